"""One row of a file of recorded answers: what it may hold, and the outcome it stands for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeGuard

from qualityslo.domain.outcome import Ending, Failure, Outcome, Timing
from qualityslo.models.reading import Arrival, failure, read_completion
from qualityslo.models.untrusted import as_count, loads

COLUMNS = (
    "id",
    "text",
    "ending",
    "ttft_s",
    "total_s",
    "inter_token_s",
    "served_model",
    "finish_reason",
    "completion_tokens",
    "code",
    "detail",
    "attempt",
    "http_status",
    "response",
    "error",
)
_TEXTS = ("text", "ending", "served_model", "finish_reason", "code", "detail")
_SECONDS = ("ttft_s", "total_s", "inter_token_s")
_COUNTS = ("completion_tokens", "attempt", "http_status")
_AGES = 1e9  # seconds; also keeps out NaN and infinity
_SAYS_SOMETHING = ("text", "ending", "response", "error", "http_status")


def faults_of(row: object) -> list[str]:
    """Return what is wrong with a row, in words; nothing where it can be read."""
    if not isinstance(row, dict):
        return [f"a row is a JSON object, not {type(row).__name__}"]
    item_id = row.get("id")
    if not isinstance(item_id, str) or not item_id:
        return [f"id {item_id!r}: is not a text, or is empty"]
    faults = [
        f"{name} {str(row[name])[:60]!r}: is not {kind}"
        for names, kind, right in (
            (_TEXTS, "a text", _is_text),
            (_SECONDS, "a number of seconds", _is_seconds),
            (_COUNTS, "a whole number", _is_count),
        )
        for name in names
        if row.get(name) is not None and not right(row[name])
    ]
    ending = row.get("ending")
    if isinstance(ending, str) and ending not in list(Ending):
        faults.append(f"ending {ending!r}: is none of {', '.join(Ending)}")
    if all(row.get(name) is None for name in _SAYS_SOMETHING) and "text" not in row:
        faults.append("holds neither text nor response nor error")
    return faults


def attempt_of(row: Mapping[str, object]) -> int:
    """Return which try a row records, 1 where it does not say."""
    return max(1, as_count(row.get("attempt")) or 1)


def read_row(row: Mapping[str, object]) -> Outcome:
    """Return the outcome that a row without faults stands for."""
    arrival = Arrival(
        item_id=str(row["id"]),
        status=as_count(row.get("http_status")) or 200,
        attempts=attempt_of(row),
        timing=_timing(row),
    )
    if row.get("error") is not None:
        return read_completion({"error": _nested(row["error"]) or "error"}, arrival)
    if row.get("response") is not None:
        return read_completion(_nested(row["response"]), arrival)
    return _simple(row, arrival)


def _simple(row: Mapping[str, object], arrival: Arrival) -> Outcome:
    ending = row.get("ending")
    if isinstance(ending, str) and Ending(ending).failed:
        text = row.get("text")
        code = str(row.get("code") or f"recorded_{ending}")
        found = failure(
            arrival, code, str(row.get("detail") or ""), text if isinstance(text, str) else ""
        )
        return replace(found, ending=Ending(ending))
    message = {"content": row.get("text")}
    outcome = read_completion(
        {
            "choices": [{"message": message, "finish_reason": row.get("finish_reason")}],
            "model": row.get("served_model"),
            "usage": {"completion_tokens": row.get("completion_tokens")},
        },
        arrival,
    )
    if isinstance(ending, str) and not isinstance(outcome, Failure):
        return replace(outcome, ending=Ending(ending))
    return outcome


def _timing(row: Mapping[str, object]) -> Timing:
    seconds = {name: row.get(name) for name in _SECONDS}
    known = {name: float(value) for name, value in seconds.items() if _is_seconds(value)}
    return Timing(**known)


def _nested(value: object) -> object:
    """Return a nested value; Parquet files often hold it as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return loads(value)
    except ValueError:
        return value


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_seconds(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _AGES


def _is_count(value: object) -> bool:
    return as_count(value) is not None
