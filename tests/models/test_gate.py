"""The gate of all requests, in an event loop whose clock leaps ahead instead of waiting."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from qualityslo.domain.outcome import Ending, Failure, Outcome, Response, Timing, Usage
from qualityslo.models.breaker import BreakerRule, Down
from qualityslo.models.gate import Gate, Limits, Pace, Pass


class _Leaping(selectors.DefaultSelector):
    """Waits for nothing; counts the seconds that it would have waited."""

    now = 100.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is not None:
            self.now += timeout
        return ready


class _LeapingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


def _run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=_LeapingLoop) as runner:
        runner.run(main())


def _now() -> float:
    return asyncio.get_running_loop().time()


def _answer(tokens: int | None = None) -> Response:
    usage = Usage(prompt_tokens=None if tokens is None else 10, completion_tokens=tokens)
    timing = Timing(total_s=1.0)
    return Response(item_id="a", ending=Ending.ANSWERED, text="x", timing=timing, usage=usage)


def _failure(code: str) -> Failure:
    return Failure(item_id="a", ending=Ending.ERROR, code=code, detail="refused")


async def _ask(
    gate: Gate, sent: list[float], outcome: Outcome | None = None, *, started: bool = True
) -> Pass | Down:
    """Ask for a second; note when the request was sent."""
    given = await gate.enter(400)
    if isinstance(given, Down):
        return given
    sent.append(_now())
    await asyncio.sleep(1.0)
    gate.learn(given, _answer() if outcome is None else outcome, started=started)
    gate.leave()
    return given


def test_as_many_requests_as_the_limit_run_at_a_time() -> None:
    async def main() -> None:
        gate, sent = Gate(Pace(Limits(concurrency=3))), list[float]()
        await asyncio.gather(*(_ask(gate, sent) for _ in range(8)))
        assert sent == [100.0] * 3 + [101.0] * 3 + [102.0] * 2

    _run(main)


def test_refusals_lower_what_runs_at_a_time_until_there_is_room_again() -> None:
    async def main() -> None:
        pace = Pace(Limits(concurrency=8))
        gate, sent = Gate(pace), list[float]()
        await asyncio.gather(*(_ask(gate, sent, _failure("http_429")) for _ in range(8)))
        assert pace.limit == 1
        sent.clear()
        begun = _now()
        await asyncio.gather(*(_ask(gate, sent) for _ in range(12)))
        assert sent[:8] == [begun + n for n in range(8)]
        assert sent[8:] == [begun + 8.0] * 2 + [begun + 9.0] * 2  # two at a time after a round

    _run(main)


def test_requests_keep_to_a_rate_a_minute() -> None:
    async def main() -> None:
        gate, sent = Gate(Pace(Limits(concurrency=50, requests_per_minute=120))), list[float]()
        await asyncio.gather(*(_ask(gate, sent) for _ in range(600)))
        assert sent[-1] - sent[0] == 599 * 0.5

    _run(main)


def test_tokens_keep_to_a_rate_a_minute_by_what_is_really_used() -> None:
    async def main() -> None:
        limits = Limits(concurrency=4, tokens_per_minute=6_000, answer_tokens=5_000)
        gate, sent = Gate(Pace(limits)), list[float]()
        for _ in range(101):
            await _ask(gate, sent, _answer(tokens=190))  # 200 tokens: two seconds' worth
        took = sent[-1] - sent[0]
        assert 199.0 <= took <= 201.0

    _run(main)


def test_an_endpoint_that_never_replied_is_given_up_and_probed() -> None:
    async def main() -> None:
        limits = Limits(concurrency=4, breaker=BreakerRule(failures=10, patience_s=60.0))
        gate, sent = Gate(Pace(limits)), list[float]()
        found = [
            await _ask(gate, sent, _failure("connection"), started=False) for _ in range(1_000)
        ]
        downs = [one for one in found if isinstance(one, Down)]
        assert len(sent) <= 13
        assert len(downs) == 1_000 - len(sent)
        assert downs[-1].why.endswith("got no reply: refused")
        await asyncio.sleep(2.0)
        assert isinstance(await _ask(gate, sent), Pass)
        assert isinstance(await _ask(gate, sent), Pass)

    _run(main)


def test_an_outage_in_between_is_waited_for() -> None:
    async def main() -> None:
        gate, sent = Gate(Pace(Limits(concurrency=4))), list[float]()
        await _ask(gate, sent)
        back_at = _now() + 40.0

        async def one() -> Pass | Down:
            if _now() < back_at:
                return await _ask(gate, sent, _failure("connection"), started=False)
            return await _ask(gate, sent)

        found = [await one() for _ in range(200)]
        assert not any(isinstance(one, Down) for one in found)
        assert len([at for at in sent if at < back_at]) <= 1 + 10 + 20

    _run(main)


def test_being_closed_says_nothing_about_the_endpoint() -> None:
    async def main() -> None:
        limits = Limits(concurrency=4, breaker=BreakerRule(failures=1, patience_s=0.0))
        pace = Pace(limits)
        gate = Gate(pace)
        for _ in range(20):
            cut = await _ask(gate, [], _failure("cancelled"), started=False)
            assert isinstance(cut, Pass)
        assert pace.limit == 4

    _run(main)


def test_who_is_cancelled_while_waiting_takes_no_turn_from_others() -> None:
    async def main() -> None:
        gate, sent = Gate(Pace(Limits(concurrency=1))), list[float]()
        tasks = [asyncio.create_task(_ask(gate, sent)) for _ in range(6)]
        await asyncio.sleep(0.5)
        tasks[1].cancel()  # waits for its turn
        await asyncio.sleep(0.5)  # the first one leaves at this very instant
        tasks[2].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [task.cancelled() for task in tasks] == [False, True, True, False, False, False]
        assert isinstance(await _ask(gate, sent), Pass)

    _run(main)


def test_who_is_cancelled_while_a_rate_makes_it_wait_leaves() -> None:
    async def main() -> None:
        gate, sent = Gate(Pace(Limits(concurrency=1, requests_per_minute=1))), list[float]()
        await _ask(gate, sent)
        waiting = asyncio.create_task(_ask(gate, sent))
        await asyncio.sleep(5.0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert isinstance(await _ask(gate, sent), Pass)

    _run(main)


class _Limited:
    """An endpoint that answers 40 requests a second, 5 at once; it refuses others at once."""

    def __init__(self) -> None:
        self.requests = 0
        self._room, self._at = 5.0, 0.0

    async def outcome(self) -> Outcome:
        """Answer or refuse one request."""
        self.requests += 1
        self._room = min(5.0, self._room + 40.0 * (_now() - self._at))
        self._at = _now()
        if self._room < 1.0:
            return _failure("http_429")
        self._room -= 1.0
        await asyncio.sleep(0.02)
        return _answer()


@pytest.mark.parametrize("workers", [8, 64])
def test_a_rate_that_only_refusals_tell_of_is_found(workers: int) -> None:
    async def main() -> None:
        endpoint, gate = _Limited(), Gate(Pace(Limits(concurrency=workers)))
        left, lost = list(range(400)), list[int]()

        async def work() -> None:
            while left:
                item = left.pop()
                for _ in range(5):  # the tries of one item
                    given = await gate.enter(400)
                    assert isinstance(given, Pass)
                    outcome = await endpoint.outcome()
                    gate.learn(given, outcome, started=True)
                    gate.leave()
                    if isinstance(outcome, Response):
                        break
                    await asyncio.sleep(1.0)
                else:
                    lost.append(item)

        await asyncio.gather(*(work() for _ in range(workers)))
        assert lost == []
        assert endpoint.requests <= 1.4 * 400

    _run(main)
