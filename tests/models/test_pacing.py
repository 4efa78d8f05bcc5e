"""How fast a model may be asked: rates a minute, and how many requests at a time."""

import pytest
from hypothesis import given, strategies as st

from qualityslo.models.pacing import Congestion, Quota, TokenGuess


@given(
    requests_per_minute=st.sampled_from([1, 7, 60, 6_000]),
    tokens_per_minute=st.sampled_from([None, 100, 5_000]),
    asked=st.lists(st.tuples(st.floats(0.0, 30.0), st.integers(1, 200)), min_size=1, max_size=60),
)
def test_no_minute_holds_more_than_is_allowed(
    requests_per_minute: int, tokens_per_minute: int | None, asked: list[tuple[float, int]]
) -> None:
    quota = Quota(requests_per_minute=requests_per_minute, tokens_per_minute=tokens_per_minute)
    now, sent = 0.0, []
    for gap, tokens in asked:
        now += gap
        wait = quota.book(now, tokens)
        assert wait >= 0.0
        sent.append((now + wait, tokens))
    assert sent == sorted(sent, key=lambda one: one[0])
    for start, _ in sent:
        minute = [tokens for at, tokens in sent if start <= at < start + 60.0 - 1e-6]
        assert len(minute) <= requests_per_minute
        if tokens_per_minute is not None:
            assert sum(minute[:-1]) <= tokens_per_minute + 1e-6


def test_requests_are_no_further_apart_than_they_must_be() -> None:
    quota = Quota(requests_per_minute=30, tokens_per_minute=None)
    assert [quota.book(0.0, 0.0) for _ in range(3)] == [0.0, 2.0, 4.0]
    assert quota.book(100.0, 0.0) == 0.0


def test_without_limits_nothing_waits() -> None:
    quota = Quota(requests_per_minute=None, tokens_per_minute=None)
    assert not quota.counts_tokens
    assert {quota.book(5.0, 1e9) for _ in range(100)} == {0.0}


def test_what_a_request_really_used_is_what_counts() -> None:
    quota = Quota(requests_per_minute=None, tokens_per_minute=600)
    assert quota.book(0.0, 100.0) == 0.0
    quota.settle(100.0, 20.0)
    assert quota.book(0.0, 100.0) == pytest.approx(2.0)
    quota.settle(100.0, 400.0)
    assert quota.book(0.0, 1.0) == pytest.approx(42.0)


def test_the_guess_of_tokens_follows_what_is_used() -> None:
    guess = TokenGuess(answer_tokens=256)
    assert guess.tokens(400) == 356.0
    for _ in range(100):
        guess.learn(sent_bytes=400, used=150)
    assert guess.tokens(400) == pytest.approx(150.0)
    assert guess.tokens(800) == pytest.approx(250.0)
    guess.learn(sent_bytes=400, used=0)
    assert guess.tokens(400) == pytest.approx(135.0)
    assert guess.tokens(0) >= 1.0


def _round(congestion: Congestion, refused: int, seconds: float = 1.0) -> int:
    """End one round, so many of it refused; return the limit behind it."""
    size = max(8, congestion.limit)
    for _ in range(refused):
        congestion.refused(0.0)
    for _ in range(size - refused):
        congestion.answered(0.0, seconds)
    return congestion.limit


def test_it_starts_with_the_most_and_never_passes_it() -> None:
    congestion = Congestion(5)
    assert [congestion.limit, *(_round(congestion, 0) for _ in range(3))] == [5, 5, 5, 5]


def test_the_share_that_was_refused_is_taken_off() -> None:
    congestion = Congestion(32)
    assert _round(congestion, 24) == 8
    assert _round(congestion, 4) == 4


def test_it_grows_by_one_a_round_without_refusals() -> None:
    congestion = Congestion(32)
    _round(congestion, 28)
    assert [_round(congestion, 0) for _ in range(4)] == [5, 6, 7, 8]


def test_one_is_the_least() -> None:
    congestion = Congestion(32)
    assert [_round(congestion, max(8, congestion.limit)) for _ in range(3)] == [1, 1, 1]
    assert _round(congestion, 0) == 2


@pytest.mark.parametrize("share", [0.0, 0.01, 0.02, 0.03])
def test_stray_refusals_cost_no_congestion(share: float) -> None:
    congestion = Congestion(32)
    due, limits = 0.0, []
    for _ in range(5_000):
        due += share
        if due >= 1.0:
            due -= 1.0
            congestion.refused(0.0)
        else:
            congestion.answered(0.0, 1.0)
        limits.append(congestion.limit)
    assert min(limits[1_000:]) >= 29


def test_a_limit_that_is_there_is_found_and_kept() -> None:
    congestion, room, limits = Congestion(64), 4, []
    for _ in range(2_000):  # of the requests at a time, those beyond the room are refused
        running = congestion.limit
        for place in range(running):
            if place < room:
                congestion.answered(0.0, 1.0)
            else:
                congestion.refused(0.0)
        limits.append(congestion.limit)
    assert limits[0] == 4
    assert 3.0 < sum(limits) / len(limits) < 5.5


def test_answers_that_take_much_longer_halve_it_and_what_is_usual_follows() -> None:
    congestion = Congestion(32)
    assert _round(congestion, 0, seconds=1.0) == 32
    assert _round(congestion, 0, seconds=2.9) == 32
    assert _round(congestion, 0, seconds=10.0) == 16
    later = [_round(congestion, 0, seconds=10.0) for _ in range(60)]
    assert min(later) >= 1
    assert later[-1] > later[10]  # ten seconds are what is usual by now


def test_a_fast_endpoint_may_vary_by_milliseconds() -> None:
    congestion = Congestion(32)
    _round(congestion, 0, seconds=0.001)
    assert _round(congestion, 0, seconds=0.4) == 32


def test_a_round_of_refusals_says_nothing_about_time() -> None:
    congestion = Congestion(8)
    for _ in range(7):
        congestion.refused(0.0)
    congestion.answered(0.0, 0.001)
    assert congestion.limit == 1
    assert _round(congestion, 0, seconds=5.0) == 2  # nothing was usual yet


def _spread(congestion: Congestion, begin: float, *, answers: int, refusals: int) -> float:
    """End one round over eight seconds from `begin` on; return how far apart it sets requests."""
    ends = answers + refusals
    for end in range(1, ends + 1):
        now = begin + 8.0 * end / ends
        if end <= refusals:
            congestion.refused(now)
        else:
            congestion.answered(now, 1.0)
    return congestion.apart_s


def test_refusals_set_requests_as_far_apart_as_the_answers_were() -> None:
    congestion = Congestion(8)
    assert _spread(congestion, 0.0, answers=8, refusals=0) == 0.0
    assert _spread(congestion, 8.0, answers=4, refusals=4) == 2.0
    assert _spread(congestion, 16.0, answers=8, refusals=0) == 1.5
    assert _spread(congestion, 24.0, answers=2, refusals=6) == 4.0


def test_requests_close_up_again_where_nothing_is_refused_or_nothing_answered() -> None:
    congestion = Congestion(8)
    _spread(congestion, 0.0, answers=1, refusals=7)
    apart = [_spread(congestion, 8.0 * n, answers=0, refusals=8) for n in range(1, 4)]
    assert apart == sorted(apart, reverse=True)
    for n in range(4, 40):
        _spread(congestion, 8.0 * n, answers=8, refusals=0)
    assert congestion.apart_s == 0.0


def test_stray_refusals_set_nothing_apart() -> None:
    congestion = Congestion(32)
    assert _spread(congestion, 0.0, answers=30, refusals=2) == 0.0


def test_a_booking_is_as_far_from_the_next_one_as_it_is_told() -> None:
    quota = Quota(requests_per_minute=60, tokens_per_minute=None)
    assert [quota.book(0.0, 0.0, apart) for apart in (3.0, 0.5, 0.0)] == [0.0, 3.0, 4.0]
