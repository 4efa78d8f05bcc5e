"""A reviewed answer as an MLflow trace: one span, with what was asked and what was answered."""

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qualityslo.ports.telling import ReviewedAnswer
from qualityslo.records import names

if TYPE_CHECKING:
    from mlflow.entities import Span, TraceInfo

    from qualityslo.domain.golden import Json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PREVIEW = 1000
_TEXT = 20_000  # of one text; the run's items.parquet has all of it


def clean(text: str) -> str:
    r"""Return text that a tracker can hold: no lone surrogate, and no NUL, which databases refuse.

    >>> clean("a\ud800b")
    'a?b'
    """
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def millis(instant: datetime) -> int:
    """Return an instant as the tracker counts time."""
    return int((instant - _EPOCH).total_seconds() * 1000)


def digest_of(*parts: str) -> str:
    """Return 64 hex digits that stand for some names."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def trace_id(home: str, answer: ReviewedAnswer) -> str:
    """Return the id of an answer's trace: always the same, so that it cannot be there twice.

    Args:
        home: the experiment; the ids of a tracking store are shared by all experiments.
        answer: one arm of a review.
    """
    return "tr-" + digest_of(home, answer.review.id, answer.arm)[:32]


def trace_info(home: str, source_run: str, answer: ReviewedAnswer) -> "TraceInfo":
    """Return what lists show of an answer.

    Args:
        home: the experiment.
        source_run: the tracker's run in whose list it stands; empty where there is none.
        answer: one arm of a review.
    """
    from mlflow.entities import TraceInfo, TraceLocation, TraceState

    review = answer.review
    tags = {
        names.TAG_TRACE_NAME: f"{review.golden}/{review.item.id}",
        names.TAG_RUN_ID: review.run_id,
        names.TAG_REVIEW_ID: review.id,
        names.TAG_SERVICE: review.service,
        names.TAG_ROLE: roles_of(answer),
        names.TAG_TRACE_GOLDEN: review.golden,
        names.TAG_ITEM_ID: review.item.id,
    }
    return TraceInfo(
        trace_id=trace_id(home, answer),
        trace_location=TraceLocation.from_experiment_id(home),
        request_time=millis(review.slot),
        state=TraceState.OK,
        request_preview=names.clip(clean(review.item.question), _PREVIEW),
        response_preview=names.clip(clean(review.arms[answer.arm]), _PREVIEW),
        trace_metadata={names.TAG_SOURCE_RUN: source_run} if source_run else {},
        tags={key: names.clip(clean(text), names.MAX_KEY) for key, text in tags.items()},
    )


def roles_of(answer: ReviewedAnswer) -> str:
    """Return whose answer it is: one model's, or that of both where they said the same."""
    return ",".join(answer.review.roles[answer.arm])


def answer_span(home: str, answer: ReviewedAnswer) -> "Span":
    """Return the one span of an answer's trace."""
    from mlflow.entities import Span

    item = answer.review.item
    asked: dict[str, Json] = {
        "question": _text(item.question),
        "messages": [
            {"role": _text(one.role), "content": _text(one.content)} for one in item.messages
        ],
        "context": [_text(one) for one in item.context],
        "references": [_text(one) for one in item.references],
    }
    known = trace_id(home, answer)
    nanos = millis(answer.review.slot) * 1_000_000
    attributes: dict[str, Json] = {
        "mlflow.traceRequestId": known,
        "mlflow.spanType": "LLM",
        "mlflow.spanInputs": {name: value for name, value in asked.items() if value},
        "mlflow.spanOutputs": _text(answer.review.arms[answer.arm]),
    }
    return Span.from_dict(
        {
            "name": "answer",
            "trace_id": known,
            "span_id": digest_of(known, "answer")[:16],
            "parent_span_id": None,
            "start_time_unix_nano": nanos,
            "end_time_unix_nano": nanos,  # how long it took is a figure of the run
            "status": {"code": "STATUS_CODE_OK", "message": ""},
            "attributes": {
                key: json.dumps(value, ensure_ascii=False) for key, value in attributes.items()
            },
            "events": [],
        }
    )


def _text(text: str) -> str:
    return names.clip(clean(text), _TEXT, names.ITEMS_FILE)
