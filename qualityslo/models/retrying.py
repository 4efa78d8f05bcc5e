"""When a failed request is worth another try, and how long to wait before it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from zlib import crc32

from qualityslo.domain.outcome import Failure

_SECONDS = re.compile(r"\d{1,9}(\.\d+)?", re.ASCII)
_TRANSIENT = frozenset({"connection", "malformed", "empty_stream", "stream_error", "error_body"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """How often and how patiently a request is repeated; times in seconds."""

    retries: int = 4
    initial_s: float = 0.5
    cap_s: float = 20.0
    retry_after_cap_s: float = 60.0

    def delay_s(self, item_id: str, attempt: int, retry_after_s: float | None) -> float:
        """Return how long to wait after attempt number `attempt` (from 1) failed.

        What the server asks for counts, up to a cap. Otherwise "full jitter": a share of the
        doubled delay, taken from the item's id, so that it is spread over items and needs no
        source of randomness.
        """
        if retry_after_s is not None:
            return min(retry_after_s, self.retry_after_cap_s)
        share = crc32(f"{attempt}:{item_id}".encode("utf-8", "surrogatepass")) / 2**32
        return share * min(self.cap_s, self.initial_s * 2.0 ** min(attempt - 1, 60))


def worth_retrying(failure: Failure, *, started: bool) -> bool:
    """Return whether the same request may succeed another time.

    Args:
        failure: what became of the last try. One that kept a part of an answer is final.
        started: whether any byte of the reply had come; then a timeout is final too.
    """
    if failure.text:
        return False
    if failure.code.startswith("timeout_"):
        return not started
    if failure.code.startswith("http_"):
        return failure.code == "http_429" or failure.code >= "http_500"
    return failure.code in _TRANSIENT


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a reply asks its client to wait, or None.

    A date is read against the reply's own `Date`, so that no clock of ours is needed.

    >>> retry_after_s({"Retry-After": "2"})
    2.0
    >>> retry_after_s({"Retry-After": "Sun, 01 Mar 2026 02:00:07 GMT",
    ...                "Date": "Sun, 01 Mar 2026 02:00:00 GMT"})
    7.0
    """
    asked = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(asked):
        return float(asked)
    until, now = _instant(asked), _instant(headers.get("Date", ""))
    return None if until is None or now is None else max(0.0, until - now)


def _instant(text: str) -> float | None:
    parsed = parsedate_tz(text)
    if parsed is None:
        return None
    try:
        return float(mktime_tz(parsed))
    except (ValueError, OverflowError):
        return None
