"""The report and the gate's decision as JSON files, for programs."""

import json
from pathlib import Path

from qualityslo.domain.golden import Json
from qualityslo.domain.report import Report
from qualityslo.exports.atomic import write_atomically
from qualityslo.exports.names import DECISION_JSON, REPORT_JSON


class JsonFiles:
    """Writes `report.json` (schema qualityslo.report/1) and `decision.json` (decision/1)."""

    name = "json"

    def export(self, report: Report, folder: Path) -> Path:
        """Write both files into a folder and return the report's.

        Raises:
            InfrastructureError: the folder cannot be written.
        """
        write_atomically(folder / DECISION_JSON, as_bytes(report.decision_json()))
        return write_atomically(folder / REPORT_JSON, as_bytes(report.as_json()))


def as_bytes(document: dict[str, Json]) -> bytes:
    r"""Return JSON for people and programs: two blanks of indent, no NaN, the text as it is.

    A lone surrogate, which UTF-8 cannot hold, is written as JSON's own escape.

    Raises:
        ValueError: a number that JSON does not know.

    >>> as_bytes({"text": "é\ud800"})
    b'{\n  "text": "\xc3\xa9\\ud800"\n}\n'
    """
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    return (text + "\n").encode("utf-8", "backslashreplace")
