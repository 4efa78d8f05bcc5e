"""The pages: functions from a request to an answer, one module a subject."""
