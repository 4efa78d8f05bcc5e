"""The circuit breaker: when an endpoint is silent, when it is down, when it is back."""

import pytest

from qualityslo.models.breaker import Breaker, BreakerRule, Down, Go, Wait

_RULE = BreakerRule(failures=3, patience_s=10.0, probe_s=2.0)


def _silent(breaker: Breaker, *at: float) -> Breaker:
    for now in at:
        breaker.silent(now, "refused")
    return breaker


def test_fewer_silences_than_the_rule_says_change_nothing() -> None:
    assert _silent(Breaker(_RULE), 0.0, 0.0).ask(0.0) == Go()


def test_a_reply_in_between_starts_the_count_anew() -> None:
    breaker = _silent(Breaker(_RULE), 0.0, 0.0)
    breaker.replied()
    assert _silent(breaker, 1.0, 1.0).ask(1.0) == Go()
    assert _silent(breaker, 1.0).ask(1.0) == Wait(2.0)


def test_a_silent_endpoint_is_asked_once_every_few_seconds() -> None:
    breaker = Breaker(_RULE)
    breaker.replied()
    _silent(breaker, 0.0, 0.0, 0.0)
    assert [breaker.ask(now) for now in (1.0, 2.0, 2.0, 3.5, 4.0, 4.0)] == [
        Wait(1.0),
        Go(probe=True),
        Wait(2.0),
        Wait(0.5),
        Go(probe=True),
        Wait(2.0),
    ]


@pytest.mark.parametrize(
    ("ever_replied", "down_at"),
    [
        pytest.param(True, 10.0, id="patience with an endpoint that replied before"),
        pytest.param(False, 5.0, id="less patience with one that never did"),
    ],
)
def test_an_endpoint_that_stays_silent_is_down(*, ever_replied: bool, down_at: float) -> None:
    breaker = Breaker(BreakerRule(failures=1, patience_s=10.0, probe_s=100.0))
    if ever_replied:
        breaker.replied()
    _silent(breaker, 0.0)
    assert isinstance(breaker.ask(down_at - 0.01), Wait)
    assert breaker.ask(down_at) == Down("the last 1 requests got no reply: refused")


def test_who_asks_an_endpoint_that_is_down_does_not_probe_for_others() -> None:
    breaker = _silent(Breaker(_RULE), 0.0, 0.0, 0.0)
    assert [breaker.ask(4.9), breaker.ask(7.0)] == [Go(probe=True), Go(probe=False)]


def test_less_patience_than_at_first_is_kept() -> None:
    breaker = _silent(Breaker(BreakerRule(failures=1, patience_s=0.0)), 0.0)
    assert isinstance(breaker.ask(0.0), Down)


def test_a_probe_that_is_answered_ends_it() -> None:
    breaker = _silent(Breaker(_RULE), 0.0, 0.0, 0.0)
    assert isinstance(breaker.ask(6.0), Go)
    assert isinstance(breaker.ask(6.0), Down)
    _silent(breaker, 6.5)
    assert breaker.ask(7.0) == Down("the last 4 requests got no reply: refused")
    assert isinstance(breaker.ask(8.0), Go)
    breaker.replied()
    assert [breaker.ask(8.5) for _ in range(3)] == [Go(), Go(), Go()]
