"""Work done aside: never waited for, never lost, never more than fits."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from qualityslo.jobs.aside import ROOM, SIZE, Aside


class HandCranked(Executor):
    """An executor that works when it is told to."""

    def __init__(self) -> None:
        """Start with nothing to do."""
        self.batches: list[Sequence[int]] = []
        self._work: Callable[[], Any] | None = None
        self._future: Future[Any] = Future()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Take one piece of work."""
        assert self._work is None, "one batch at a time"
        self.batches.append(args[0])
        self._work, self._future = (lambda: fn(*args, **kwargs)), Future()
        return self._future

    def turn(self) -> bool:
        """Do the work that was taken; return whether there was any."""
        if self._work is None:
            return False
        work, self._work = self._work, None
        try:
            self._future.set_result(work())
        except ArithmeticError as error:
            self._future.set_exception(error)
        return True


def _doubled(things: Sequence[int]) -> list[int]:
    return [2 * one for one in things]


def test_a_full_batch_is_worked_on_and_its_results_are_kept_at_the_next_offer() -> None:
    kept: list[int] = []
    pool = HandCranked()
    aside = Aside(_doubled, kept.extend, pool)
    aside.offer(range(SIZE - 1))
    assert pool.batches == []
    aside.offer([SIZE - 1])
    assert [list(one) for one in pool.batches] == [list(range(SIZE))]
    pool.turn()
    assert kept == []
    aside.offer([])
    assert kept == [2 * n for n in range(SIZE)]


def test_what_does_not_fit_is_left_to_the_step_itself() -> None:
    kept: list[int] = []
    pool = HandCranked()
    aside = Aside(_doubled, kept.extend, pool)
    for begin in range(0, 10 * SIZE, SIZE):
        aside.offer(range(begin, begin + SIZE))
    assert len(pool.batches) == 1
    while pool.turn():
        aside.offer([])
    aside.collect()
    assert kept == [2 * n for n in range(SIZE + ROOM)]


def test_what_fails_is_neither_kept_nor_tried_again() -> None:
    def fails(_: Sequence[int]) -> list[int]:
        raise ZeroDivisionError

    kept: list[int] = []
    pool = HandCranked()
    aside = Aside(fails, kept.extend, pool)
    aside.offer(range(SIZE))
    pool.turn()
    aside.offer(range(2 * SIZE))
    aside.offer(range(2 * SIZE))
    aside.collect()
    assert (kept, len(pool.batches)) == ([], 1)


def test_at_the_end_all_that_was_taken_is_worked_on() -> None:
    kept: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        aside = Aside(_doubled, kept.extend, pool)
        aside.offer(range(2 * SIZE + 1))
        aside.finish()
        aside.finish()
    assert kept == [2 * n for n in range(2 * SIZE + 1)]


def test_at_the_end_nothing_is_begun_behind_a_failure() -> None:
    batches: list[Sequence[int]] = []

    def fails(things: Sequence[int]) -> list[int]:
        batches.append(things)
        raise SystemExit

    kept: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        aside = Aside(fails, kept.extend, pool)
        aside.offer(range(2 * SIZE))
        aside.finish()
    assert (kept, len(batches)) == ([], 1)


def test_broken_off_only_the_batch_in_work_is_waited_for() -> None:
    kept: list[int] = []
    threads: set[str] = set()
    go = threading.Event()

    def slow(things: Sequence[int]) -> list[int]:
        threads.add(threading.current_thread().name)
        go.wait()
        return _doubled(things)

    with ThreadPoolExecutor(1, "aside") as pool:
        aside = Aside(slow, kept.extend, pool)
        aside.offer(range(2 * SIZE))
        assert kept == []
        go.set()
        aside.collect()
    assert len(kept) == SIZE
    assert threads == {"aside_0"}
    aside.collect()
    assert len(kept) == SIZE
