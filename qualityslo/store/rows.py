"""Outcomes and grades as rows, and back."""

from typing import Any, assert_never

from qualityslo.domain.outcome import (
    Ending,
    Failure,
    Outcome,
    Response,
    Timing,
    Usage,
    answer_hash,
)
from qualityslo.domain.verdict import Grade, Ungraded, Verdict
from qualityslo.store.text import clean

_NOT_OBSERVED: dict[str, Any] = {
    "answer_hash": None,
    "ttft_s": None,
    "inter_token_s": None,
    "total_s": None,
    "prompt_tokens": None,
    "completion_tokens": None,
    "served_model": None,
    "finish_reason": None,
    "original_hash": None,
    "failure_code": None,
    "failure_detail": None,
    "raw": None,
}


def outcome_row(outcome: Outcome) -> dict[str, Any]:
    """Return the row of `response`, but for the run, the golden set and the role.

    The answer hash is that of the text as stored: label memory follows what people see.
    """
    row = {
        **_NOT_OBSERVED,
        "item_id": outcome.item_id,
        "ending": outcome.ending.value,
        "attempts": outcome.attempts,
        "text": outcome.text,
    }
    match outcome:
        case Response():
            row.update(_observed(outcome))
        case Failure():
            row.update(failure_code=outcome.code, failure_detail=outcome.detail)
        case _:
            assert_never(outcome)
    return row


def _observed(response: Response) -> dict[str, Any]:
    stored = clean(response.text)
    return {
        "answer_hash": answer_hash(stored),
        "original_hash": None if stored == response.text else response.answer_hash,
        "ttft_s": response.timing.ttft_s,
        "inter_token_s": response.timing.inter_token_s,
        "total_s": response.timing.total_s,
        "prompt_tokens": response.usage.prompt_tokens,
        "completion_tokens": response.usage.completion_tokens,
        "served_model": response.served_model,
        "finish_reason": response.finish_reason,
        "raw": None if response.raw == response.text else response.raw,
    }


def response_of(row: Any) -> Response:
    """Return the response that a row of `response` holds."""
    return Response(
        item_id=row.item_id,
        ending=Ending(row.ending),
        text=row.text,
        raw=row.text if row.raw is None else row.raw,
        timing=Timing(ttft_s=row.ttft_s, inter_token_s=row.inter_token_s, total_s=row.total_s),
        usage=Usage(prompt_tokens=row.prompt_tokens, completion_tokens=row.completion_tokens),
        served_model=row.served_model,
        finish_reason=row.finish_reason,
        attempts=row.attempts,
    )


def grade_columns(grade: Grade) -> dict[str, Any]:
    """Return the columns of `verdict` that a grade fills."""
    match grade:
        case Verdict():
            return {
                "good": grade.good,
                "score": grade.score,
                "reason": None,
                "rationale": grade.rationale,
            }
        case Ungraded():
            return {
                "good": None,
                "score": None,
                "reason": grade.reason.value,
                "rationale": grade.detail,
            }
        case _:
            assert_never(grade)
