"""Mirrors of a report in trackers."""
