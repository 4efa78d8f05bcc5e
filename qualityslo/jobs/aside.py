"""Work done aside: in a thread of its own while answers still arrive, as far as it fits."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

SIZE = 64
ROOM = 4 * SIZE


class Aside(Generic[T, R]):
    """Works on what it is offered, batch by batch, without making its caller wait for it.

    What does not fit is not taken, and what fails is not kept: the step whose work this is comes
    later and does whatever is missing, and meets the error itself. Results are handed to `keep`
    in the caller's own thread, so that one thread alone writes.

    Args:
        work: turns a batch into results, in a thread of `pool`.
        keep: takes the results of one batch.
        pool: where the work is done, one batch after the other.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Sequence[R]],
        keep: Callable[[Sequence[R]], None],
        pool: Executor,
    ) -> None:
        """Start with nothing."""
        self._work = work
        self._keep = keep
        self._pool = pool
        self._waiting: list[T] = []
        self._running: Future[Sequence[R]] | None = None
        self._broken = False

    def offer(self, things: Sequence[T]) -> None:
        """Take as many of the things as there is room for, and keep what is done."""
        self._waiting += things[: ROOM - len(self._waiting)]
        if self._running is not None and self._running.done():
            self.collect()
        if self._running is None and len(self._waiting) >= SIZE:
            self._submit()

    def finish(self) -> None:
        """Work on all that was taken, and keep it."""
        self.collect()
        while self._waiting and not self._broken:
            self._submit()
            self.collect()

    def collect(self) -> None:
        """Wait for the batch in work, if any, and keep its results."""
        running = self._running
        if running is None:
            return
        error = running.exception()  # interrupted here, it is still in work
        self._running = None
        if error is None:
            self._keep(running.result())
        else:
            self._broken = True

    def _submit(self) -> None:
        if not self._broken:
            batch, self._waiting = self._waiting[:SIZE], self._waiting[SIZE:]
            self._running = self._pool.submit(self._work, batch)
