"""The pump: asynchronous work for a synchronous caller."""

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from qualityslo.models.pump import Pump, Work

_WORKERS = 3


@contextlib.asynccontextmanager
async def _doubling() -> AsyncIterator[Work[int, int]]:
    async def double(item: int) -> int:
        await asyncio.sleep(0)
        return 2 * item

    yield double


def _pump(
    work: Callable[[int], Awaitable[int]] | None = None, *, workers: int = _WORKERS
) -> Pump[int, int]:
    @contextlib.asynccontextmanager
    async def connect() -> AsyncIterator[Work[int, int]]:
        assert work is not None
        yield work

    return Pump(_doubling if work is None else connect, lambda item: -item, workers=workers)


def _threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_every_item_has_one_result() -> None:
    assert sorted(_pump().run(range(1000))) == [2 * n for n in range(1000)]


def test_no_items_give_no_results() -> None:
    assert list(_pump().run([])) == []


def test_items_are_pulled_in_the_callers_thread_and_none_before_a_worker_is_free() -> None:
    pulled = 0

    def items() -> Iterator[int]:
        nonlocal pulled
        for item in range(50):
            assert threading.current_thread() is threading.main_thread()
            pulled += 1
            yield item

    for taken, _ in enumerate(_pump().run(items())):
        assert pulled <= taken + _WORKERS
    assert pulled == 50


def test_as_many_items_are_worked_on_at_a_time_as_there_are_workers() -> None:
    running = most = 0

    async def work(item: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(10):
            await asyncio.sleep(0)
        running -= 1
        return item

    assert len(list(_pump(work).run(range(40)))) == 40
    assert most == _WORKERS


def test_closing_early_cuts_off_the_work_and_ends_the_thread() -> None:
    cancelled: list[int] = []

    async def work(item: int) -> int:
        if item == 0:
            return 0
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(item)
            raise
        return item

    before = _threads()
    results = _pump(work).run(range(100))
    assert next(results) == 0
    assert _threads() > before
    results.close()
    assert _threads() == before
    assert 0 < len(cancelled) <= _WORKERS
    gc.collect()  # an unclosed loop or task would warn here


def test_an_error_in_the_callers_items_ends_the_thread() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    before = _threads()
    with pytest.raises(LookupError, match="no more"):
        list(_pump().run(items()))
    assert _threads() == before


def test_an_interrupt_while_waiting_ends_the_thread() -> None:
    main_thread = threading.main_thread().ident
    assert main_thread is not None

    async def work(_: int) -> int:
        signal.pthread_kill(main_thread, signal.SIGINT)
        await asyncio.Event().wait()
        return 0

    before = _threads()
    with pytest.raises(KeyboardInterrupt):
        list(_pump(work, workers=1).run([1]))
    gc.collect()
    assert _threads() == before


def test_stopping_turns_what_is_in_flight_into_cancelled_results() -> None:
    async def work(item: int) -> int:
        if item > 1:
            await asyncio.Event().wait()
        return item

    pump = _pump(work)
    results = pump.run(range(1, 11))
    assert next(results) == 1
    pump.stop()
    pump.stop()
    assert sorted(results) == [-n for n in range(10, 1, -1)]


def test_a_pump_that_was_stopped_before_it_ran_cancels_everything() -> None:
    pump = _pump()
    pump.stop()
    assert list(pump.run([1, 2, 3])) == [-1, -2, -3]


def test_an_error_of_our_own_is_raised_at_the_caller() -> None:
    async def work(item: int) -> int:
        if item == 5:
            raise ZeroDivisionError("ours")
        return item

    before = _threads()
    with pytest.raises(ZeroDivisionError, match="ours"):
        list(_pump(work).run(range(100)))
    assert _threads() == before


def test_an_error_while_connecting_is_raised_at_the_caller() -> None:
    @contextlib.asynccontextmanager
    async def connect() -> AsyncIterator[Work[int, int]]:
        if threading.current_thread() is not threading.main_thread():
            raise OSError("no network")
        async with _doubling() as work:
            yield work

    pump = Pump(connect, lambda item: item, workers=1)
    with pytest.raises(OSError, match="no network"):
        list(pump.run(range(3)))


def test_it_works_where_an_event_loop_runs_already() -> None:
    async def main() -> list[int]:
        return sorted(_pump().run(range(5)))

    assert asyncio.run(main()) == [0, 2, 4, 6, 8]
