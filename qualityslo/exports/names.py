"""The names of everything that is written for others, once."""

REPORT_HTML = "report.html"
REPORT_JSON = "report.json"
DECISION_JSON = "decision.json"
