"""Every name that a tracker sees, once: experiment, runs, metrics, tags, parameters, artifacts.

Other programs query these names (design section 6). A metric reads `family/subject/figure`:

    sli/<slo>/{value,low,high,valid,bad,ungraded,failed,skipped,labelled}
    budget/<slo>/{remaining,consumed,burn,revision_mark}
    drift/<golden set>/{mean,lowest,defined,undefined}
    latency/<golden set>/<measure>_{p50,p95}
"""

import hashlib
import json
import re
from datetime import UTC, datetime

MAX_KEY = 250
MAX_PARAM = 6000
MAX_TAG = 8000
MAX_EXPERIMENT = 500
DATASET_DIGEST = 36

SLI = "sli"
BUDGET = "budget"
DRIFT = "drift"
LATENCY = "latency"

VALUE, LOW, HIGH = "value", "low", "high"
COUNTS = ("valid", "bad", "ungraded", "failed", "skipped", "labelled")
REMAINING, CONSUMED, BURN = "remaining", "consumed", "burn"
REVISION_MARK = "revision_mark"
MEAN, LOWEST, DEFINED, UNDEFINED = "mean", "lowest", "defined", "undefined"

TAG_RUN_ID = "qualityslo.run_id"
TAG_ROLE = "qualityslo.role"
TAG_LEDGER = "qualityslo.ledger"
TAG_KIND = "qualityslo.kind"
TAG_SERVICE = "qualityslo.service"
TAG_SLOT = "qualityslo.slot"
TAG_AS_OF = "qualityslo.as_of"
TAG_DECISION = "qualityslo.decision"
TAG_EXIT_CODE = "qualityslo.exit_code"
TAG_REVISION = "qualityslo.revision"
TAG_REVISION_MARK = "qualityslo.revision_mark"
TAG_GOLDEN = "qualityslo.golden."
TAG_GOLDEN_DIGEST = "qualityslo.golden_sha256"
TAG_UNDEFINED = "qualityslo.undefined"
TAG_REVIEW_ID = "qualityslo.review_id"
TAG_TRACE_GOLDEN = "qualityslo.golden"
TAG_ITEM_ID = "qualityslo.item_id"

# metadata of an assessment
LABEL_ID = "qualityslo.label_id"
GRADE_ID = "qualityslo.grade_id"
DESIGN_ID = "qualityslo.design_id"
PI = "qualityslo.pi"
STRATUM = "qualityslo.stratum"
RUBRIC = "qualityslo.rubric_sha256"
RECORDED_AT = "qualityslo.recorded_at"
ADJUDICATES = "qualityslo.adjudicates"
REVOKED = "qualityslo.revoked"
GRADER_VERSION = "qualityslo.grader_version"
SCORE = "qualityslo.score"

# names that the tracker itself gives a meaning to
TAG_PARENT = "mlflow.parentRunId"
TAG_SOURCE_RUN = "mlflow.sourceRun"
TAG_TRACE_NAME = "mlflow.traceName"
TAG_DESCRIPTION = "mlflow.note.content"
TAG_SOURCE_NAME = "mlflow.source.name"
TAG_SOURCE_TYPE = "mlflow.source.type"
TAG_DATASET_CONTEXT = "mlflow.data.context"

NOTHING = "none"  # the value of a tag that lists nothing: a tag cannot be taken back

PARAM_MODEL = "model"

DECISION_FILE = "decision.json"
REPORT_FILE = "report.json"
ITEMS_FILE = "items.parquet"
UNDEFINED_FILE = "undefined.json"
NAMES_FILE = "names.json"
MODEL_FILE = "model.json"

_UNSAFE = re.compile(r"[^\w.\- ]")
_HASH = 12


def experiment_name(service: str) -> str:
    """Return the experiment of a service.

    >>> experiment_name("support-assistant")
    'qualityslo/support-assistant'
    """
    return clip(f"qualityslo/{service}", MAX_EXPERIMENT)


def parent_run_name(kind: str, slot: datetime, run_id: str) -> str:
    """Return the name of the run that stands for one execution.

    >>> parent_run_name("nightly", datetime(2026, 3, 1, 2, tzinfo=UTC), "20260301T0200Z-4be1c0ffee00")
    'nightly 2026-03-01 02:00Z (4be1c0ffee00)'
    """
    short = run_id.rpartition("-")[2]
    return clip(f"{kind} {slot.astimezone(UTC):%Y-%m-%d %H:%MZ} ({short})", MAX_KEY)


def ledger_run_name(slo: str) -> str:
    """Return the name of the long-lived run that holds an SLO's budget series."""
    return clip(f"ledger {slo}", MAX_KEY)


def metric_name(family: str, subject: str, figure: str) -> str:
    """Return the name under which a figure is tracked.

    Letters of any script, digits, `_`, `-`, `.` and inner blanks stay. Anything else becomes `_`,
    and a hash of the original is added to the subject, so that two names never become one.

    >>> metric_name("sli", "correctness", "value")
    'sli/correctness/value'
    >>> metric_name("sli", "p95 < 2s", "value")
    'sli/p95 _ 2s-c54aca82de6d/value'
    """
    return _safe((family, subject, figure), 1)


def param_name(*parts: str) -> str:
    """Return the name of a parameter: parts joined by `/`, made safe like a metric's name."""
    return _safe(parts, len(parts) - 1)


def tag_name(prefix: str, subject: str) -> str:
    """Return the name of a tag about one subject, made safe like a metric's name."""
    return prefix + _safe((subject,), 0, MAX_KEY - len(prefix))


def revision_mark(revision: str) -> int:
    """Return a revision as a number, so that a chart of the budget jumps where it changes.

    >>> revision_mark("4be1c0ffee")
    965139522
    """
    return int(hashlib.sha256(revision.encode()).hexdigest()[:8], 16)


def clip(text: str, limit: int, where: str = "") -> str:
    """Return a text of at most `limit` characters that says so where it was cut.

    >>> clip("a" * 50, 40, "x.json")
    'aaaaaaaaaaaaa[cut, 50 in all: x.json]...'
    """
    if len(text) <= limit:
        return text
    marker = f"[cut, {len(text)} in all{': ' if where else ''}{where}]..."
    return text[: max(0, limit - len(marker))] + marker[-limit:]


def _safe(parts: tuple[str, ...], subject: int, limit: int = MAX_KEY) -> str:
    """Return the parts joined by `/`; where anything had to change, `subject` gets a hash."""
    cleaned = [_clean(part) for part in parts]
    name = "/".join(cleaned)
    if name == "/".join(parts) and len(name) <= limit:
        return name
    tail = "-" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_HASH]
    share = limit - len(parts) - len(tail)
    for at, part in enumerate(cleaned):
        rest = len(cleaned) - 1
        cleaned[at] = part[: share - 40 * rest] if at == subject else part[:40]
    cleaned[subject] = cleaned[subject].rstrip() + tail
    return "/".join(cleaned)


def _clean(part: str) -> str:
    text = _UNSAFE.sub("_", part).strip()
    return text if text.strip(".") else "_" * max(1, len(text))
