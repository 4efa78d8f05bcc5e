"""What of a report goes into which tracked run: pure functions from JSON to names and numbers."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from qualityslo.domain.golden import Json
from qualityslo.domain.sli import Role
from qualityslo.records import names

Row = Mapping[str, Json]

NO_EVENTS = "no valid events"
NO_POINT = "nothing is known but the bounds"


@dataclass(frozen=True, slots=True)
class Content:
    """What one tracked run holds. `undefined` says per metric why it has no value.

    `renamed` maps the name of every metric, parameter or tag that had to change to its original.
    """

    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    undefined: dict[str, Json] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    def metric(self, family: str, subject: str, figure: str, value: Json) -> bool:
        """Add a figure under its name; return False, and add nothing, where it is no number."""
        name = names.metric_name(family, subject, figure)
        self._note(name, f"{family}/{subject}/{figure}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if not math.isfinite(value):
            return False
        self.metrics[name] = float(value)
        return True

    def unknown(self, family: str, subject: str, figure: str, why: dict[str, Json]) -> None:
        """Say why a figure has no value."""
        self.undefined[names.metric_name(family, subject, figure)] = why

    def param(self, parts: tuple[str, ...], text: str) -> None:
        """Add a parameter; what is too long ends in a mark, its whole stands in an artifact."""
        name = names.param_name(*parts)
        self._note(name, "/".join(parts))
        self.params[name] = names.clip(_storable(text), names.MAX_PARAM, names.MODEL_FILE)

    def tag(self, name: str, text: str) -> None:
        """Add a tag; what is too long ends in a mark, its whole stands in an artifact."""
        self.tags[name] = names.clip(_storable(text), names.MAX_TAG, names.REPORT_FILE)

    def tag_of(self, prefix: str, subject: str, text: str) -> None:
        """Add a tag about one subject."""
        name = names.tag_name(prefix, subject)
        self._note(name, prefix + subject)
        self.tag(name, text)

    def _note(self, name: str, original: str) -> None:
        if name != original:
            self.renamed[name] = original


def parent_content(report: Row) -> Content:
    """Return what the run of one night holds: its conclusion, and what lies between the models."""
    content = Content()
    decision = obj(report.get("decision"))
    for name, value in (
        (names.TAG_KIND, report["kind"]),
        (names.TAG_SERVICE, report["service"]),
        (names.TAG_SLOT, report["slot"]),
        (names.TAG_DECISION, decision.get("decision")),
        (names.TAG_EXIT_CODE, report["exit_code"]),
        (names.TAG_REVISION, report["revision"]),
        (names.TAG_REVISION_MARK, names.revision_mark(str(report["revision"]))),
        (names.TAG_DESCRIPTION, f"{report['conclusion']}\n\n{report['next_step']}"),
    ):
        content.tag(name, str(value))
    for golden in rows(report.get("goldens")):
        content.tag_of(names.TAG_GOLDEN, str(golden["name"]), str(golden["digest"]))
    for drift in rows(report.get("drift")):
        _add_drift(content, drift)
    _add_slis(content, report, Role.PAIR.value)
    return content


def role_content(report: Row, role: str) -> Content:
    """Return what the run of one model holds: its identity, SLIs and latencies."""
    content = Content()
    content.tag(names.TAG_ROLE, role)
    for summary in summaries(report, role):
        _add_identity(content, obj(summary.get("model")))
        for key, value in obj(summary.get("latency")).items():
            content.metric(names.LATENCY, str(summary["golden"]), key, value)
    _add_slis(content, report, role)
    return content


def ledger_contents(report: Row) -> dict[str, Content]:
    """Return what each SLO's ledger gains, for the SLOs whose budget this run may charge."""
    ledgers: dict[str, Content] = {}
    for status in rows(report.get("slos")):
        if not status.get("charged"):
            continue
        slo = str(obj(status.get("slo"))["name"])
        content = ledgers[slo] = Content()
        budget = obj(status.get("budget"))
        for figure in (names.REMAINING, names.CONSUMED, names.BURN):
            point = obj(budget.get(figure)).get("point")
            if not content.metric(names.BUDGET, slo, figure, point):
                why: dict[str, Json] = {"reasons": _reasons(status) or [_reason(NO_POINT)]}
                content.unknown(names.BUDGET, slo, figure, why)
        mark = names.revision_mark(str(report["revision"]))
        content.metric(names.BUDGET, slo, names.REVISION_MARK, mark)
    return ledgers


def roles(report: Row) -> list[str]:
    """Return the roles that answered, in the report's order."""
    found = [str(one["role"]) for one in rows(report.get("roles"))]
    return list(dict.fromkeys(found))


def summaries(report: Row, role: str) -> list[Row]:
    """Return a role's summaries, one a golden set."""
    return [one for one in rows(report.get("roles")) if one["role"] == role]


def _add_identity(content: Content, model: Row) -> None:
    for key, value in model.items():
        if isinstance(value, Mapping):
            for inner, one in value.items():
                content.param((names.PARAM_MODEL, key, inner), as_text(one))
        else:
            content.param((names.PARAM_MODEL, key), as_text(value))


def _add_drift(content: Content, drift: Row) -> None:
    golden = str(drift["golden"])
    undefined = sum(n for n in obj(drift.get("undefined")).values() if isinstance(n, int))
    content.metric(names.DRIFT, golden, names.DEFINED, drift.get("defined"))
    content.metric(names.DRIFT, golden, names.UNDEFINED, undefined)
    for figure in (names.MEAN, names.LOWEST):
        if not content.metric(names.DRIFT, golden, figure, drift.get(figure)):
            why: dict[str, Json] = {"reasons": [_reason("no pair of answers has a cosine")]}
            content.unknown(names.DRIFT, golden, figure, why)


def _add_slis(content: Content, report: Row, role: str) -> None:
    wanted = [one for one in rows(report.get("slis")) if one["role"] == role]
    subjects = sli_subjects(report)
    for result in wanted:
        for subject in subjects[str(result["sli"]), str(result["golden"])]:
            _add_sli(content, subject, result)


def _add_sli(content: Content, subject: str, result: Row) -> None:
    counts = obj(result.get("counts"))
    for figure in names.COUNTS:
        content.metric(names.SLI, subject, figure, counts.get(figure))
    bad = obj(result.get("estimate"))
    good = {
        names.VALUE: _complement(bad.get("point")),
        names.LOW: _complement(bad.get("high")),
        names.HIGH: _complement(bad.get("low")),
    }
    for figure, value in good.items():
        if not content.metric(names.SLI, subject, figure, value):
            content.unknown(names.SLI, subject, figure, _why(result, counts))


def _why(result: Row, counts: Row) -> dict[str, Json]:
    default = NO_POINT if counts.get("valid") else NO_EVENTS
    return {"reasons": _reasons(result) or [_reason(default)], "counts": dict(counts)}


def sli_subjects(report: Row) -> dict[tuple[str, str], list[str]]:
    """Return under which names the SLI of a golden set is tracked.

    That is every SLO that stands for it; where there is none the SLI's own name, with the golden
    set's where that is needed to tell it from another.
    """
    subjects: dict[tuple[str, str], list[str]] = {}
    taken: set[str] = set()
    for status in rows(report.get("slos")):
        slo = obj(status.get("slo"))
        key = str(obj(slo.get("sli"))["name"]), str(slo["golden"])
        name = str(slo["name"])
        taken.add(name)
        if name not in subjects.setdefault(key, []):
            subjects[key].append(name)
    for result in rows(report.get("slis")):
        key = str(result["sli"]), str(result["golden"])
        if key not in subjects:
            free = (name for name in (key[0], ".".join(key)) if name not in taken)
            subjects[key] = [next(free, json.dumps(key))]
            taken.update(subjects[key])
    return subjects


def _storable(text: str) -> str:
    """Return text that every database takes: no lone surrogate, no NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def _complement(value: Json) -> float | None:
    return 1 - value if isinstance(value, float | int) else None


def _reasons(row: Row) -> list[Json]:
    return [dict(one) for one in rows(row.get("reasons")) if not one.get("ok")]


def _reason(detail: str) -> dict[str, Json]:
    return {"code": "undefined", "detail": detail}


def as_text(value: Json) -> str:
    """Return text as it is and everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def obj(value: Json) -> Row:
    """Return a JSON object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def rows(value: Json) -> list[Row]:
    """Return the objects of a JSON array."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def instant_of(value: Json) -> datetime:
    """Return an instant of a report, written with a Z."""
    return datetime.fromisoformat(str(value))
