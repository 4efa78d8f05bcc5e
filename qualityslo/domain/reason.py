"""A reason: why a conclusion is what it is, as a code for programs and a sentence for people."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a reason weighs; a `WARNING` is said, it never decides."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One line of a conclusion's justification. `ok` says whether it speaks for passing."""

    code: str
    ok: bool
    severity: Severity
    detail: str


def against(code: str, detail: str) -> Reason:
    """Return a reason that keeps a conclusion from being good."""
    return Reason(code=code, ok=False, severity=Severity.ERROR, detail=detail)


def warning(code: str, detail: str) -> Reason:
    """Return a remark that decides nothing."""
    return Reason(code=code, ok=True, severity=Severity.WARNING, detail=detail)


def note(code: str, detail: str) -> Reason:
    """Return a reason that speaks for the conclusion, or just informs."""
    return Reason(code=code, ok=True, severity=Severity.INFO, detail=detail)
