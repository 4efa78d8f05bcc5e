"""When to try again, and after how long."""

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.outcome import Ending, Failure
from qualityslo.models.retrying import RetryRule, retry_after_s, worth_retrying

_DATE = "Sun, 01 Mar 2026 02:00:00 GMT"


@pytest.mark.parametrize(
    ("code", "started", "again"),
    [
        pytest.param("http_429", True, True, id="too many requests"),
        pytest.param("http_500", True, True, id="a server error"),
        pytest.param("http_503", True, True, id="overload"),
        pytest.param("http_400", True, False, id="a bad request"),
        pytest.param("http_401", True, False, id="a wrong key"),
        pytest.param("http_404", True, False, id="a wrong address"),
        pytest.param("http_307", True, False, id="a redirect"),
        pytest.param("connection", False, True, id="no connection"),
        pytest.param("timeout_connect", False, True, id="no connection in time"),
        pytest.param("timeout_idle", False, True, id="silence before the first byte"),
        pytest.param("timeout_idle", True, False, id="silence after it"),
        pytest.param("timeout_total", True, False, id="too slow"),
        pytest.param("malformed", True, True, id="broken JSON"),
        pytest.param("too_long", True, False, id="too long"),
        pytest.param("cancelled", True, False, id="cancelled"),
    ],
)
def test_what_is_worth_another_try(code: str, *, started: bool, again: bool) -> None:
    failure = Failure(item_id="a", ending=Ending.ERROR, code=code)
    assert worth_retrying(failure, started=started) is again


def test_a_reply_of_which_a_part_had_come_is_not_asked_for_again() -> None:
    failure = Failure(item_id="a", ending=Ending.INCOMPLETE, code="stream_error", text="Par")
    assert not worth_retrying(failure, started=True)


@given(st.text(), st.integers(1, 10_000))
def test_a_delay_is_at_most_the_doubled_one_and_the_cap(item_id: str, attempt: int) -> None:
    delay = RetryRule().delay_s(item_id, attempt, None)
    assert 0.0 <= delay <= min(20.0, 0.5 * 2 ** min(attempt - 1, 20))


def test_delays_are_spread_over_the_items() -> None:
    delays = sorted(RetryRule().delay_s(f"i{n}", 1, None) for n in range(1000))
    assert delays[100] == pytest.approx(0.05, abs=0.03)
    assert delays[900] == pytest.approx(0.45, abs=0.03)


def test_what_the_server_asks_for_counts_up_to_a_minute() -> None:
    assert RetryRule().delay_s("a", 1, 0.0) == 0.0
    assert RetryRule().delay_s("a", 9, 7.0) == 7.0
    assert RetryRule().delay_s("a", 1, 86_400.0) == 60.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"Retry-After": "0"}, 0.0, id="at once"),
        pytest.param({"Retry-After": " 3 "}, 3.0, id="seconds"),
        pytest.param({"Retry-After": "1.5"}, 1.5, id="a fraction"),
        pytest.param(
            {"Retry-After": "Sun, 01 Mar 2026 02:01:00 GMT", "Date": _DATE}, 60.0, id="a date"
        ),
        pytest.param(
            {"Retry-After": "Sun, 01 Mar 2026 01:00:00 GMT", "Date": _DATE}, 0.0, id="a past date"
        ),
        pytest.param(
            {"Retry-After": "Sun, 01 Mar 2026 02:01:00 GMT"}, None, id="a date without a clock"
        ),
        pytest.param({"Retry-After": "-1"}, None, id="a negative number"),
        pytest.param({"Retry-After": "inf"}, None, id="infinity"),
        pytest.param({"Retry-After": "soon", "Date": _DATE}, None, id="a word"),
        pytest.param(
            {"Retry-After": "Sun, 99 Mar 99999999 02:01:00 GMT", "Date": _DATE}, None, id="no date"
        ),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_what_a_server_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers) == seconds
