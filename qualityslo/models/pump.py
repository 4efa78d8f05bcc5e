"""Runs asynchronous work for a synchronous caller: items go in as they are asked for, results come out.

The event loop lives in a thread of its own, so that times are taken when bytes arrive and not
when the caller comes back for the next result.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Work: TypeAlias = Callable[[T], Awaitable[R]]


@dataclass(frozen=True, slots=True)
class _Broken:
    """The event loop ended with an error of our own making."""

    error: BaseException


class Pump(Generic[T, R]):
    """Works on items with a fixed number of workers, pulling an item when a worker is free for it.

    Args:
        connect: opens what the workers share, and gives the work they do on one item.
        cancelled: the result of an item whose work `stop` cut off without one of its own.
        workers: how many items are worked on at a time.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractAsyncContextManager[Work[T, R]]],
        cancelled: Callable[[T], R],
        *,
        workers: int,
    ) -> None:
        """Prepare; nothing is started before `run`."""
        self._connect = connect
        self._cancelled = cancelled
        self._workers = workers
        self._results: queue.SimpleQueue[R | _Broken] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._stopped = False
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._stopping = asyncio.Event()
        self._inbox: asyncio.Queue[T] = asyncio.Queue()
        self._thread: threading.Thread | None = None

    def run(self, items: Iterable[T]) -> Generator[R, None, None]:
        """Yield one result an item as they arrive; closing the iterator stops all work.

        Everything that has arrived is yielded before more items are pulled: a caller that stores
        results whenever it is asked for an item has then stored all of them.
        """
        source = iter(items)
        pending = 0
        try:
            self._start()
            while True:
                fresh = list(islice(source, self._workers - pending))
                self._submit(fresh)
                pending += len(fresh)
                if pending == 0:
                    return
                for result in self._arrived():
                    pending -= 1
                    yield result
        finally:
            self.stop()

    def stop(self) -> None:
        """Cut off all work and end the thread; safe from any thread, and twice."""
        with self._lock:
            first, self._stopped = not self._stopped, True
            if first and self._thread is not None:
                self._wake(self._stopping.set)
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        with self._lock:
            if self._stopped:
                return
            self._loop = self._runner.get_loop()
            self._thread = threading.Thread(target=self._in_thread, name="pump", daemon=True)
            self._thread.start()

    def _arrived(self) -> Iterator[R]:
        """Yield the next result, and whatever else is there."""
        result = self._results.get()
        while True:
            if isinstance(result, _Broken):
                raise result.error
            yield result
            try:
                result = self._results.get_nowait()
            except queue.Empty:
                return

    def _submit(self, items: Sequence[T]) -> None:
        with self._lock:
            if self._stopped:
                for item in items:
                    self._results.put(self._cancelled(item))
            elif items:
                self._wake(self._take, items)

    def _take(self, items: Sequence[T]) -> None:
        for item in items:
            self._inbox.put_nowait(item)

    def _wake(self, callback: Callable[..., object], *arguments: object) -> None:
        # A loop that is closed already broke: its error is among the results.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *arguments)

    def _in_thread(self) -> None:
        try:
            with self._runner:
                self._runner.run(self._main())
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread, raised there
            self._results.put(_Broken(error))

    async def _main(self) -> None:
        async with self._connect() as work:
            workers = [asyncio.create_task(self._worker(work)) for _ in range(self._workers)]
            tasks = [asyncio.create_task(self._stopping.wait()), *workers]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        while not self._inbox.empty():
            self._results.put(self._cancelled(self._inbox.get_nowait()))
        for end in ended:
            if isinstance(end, Exception):
                raise end

    async def _worker(self, work: Work[T, R]) -> None:
        while not self._stopping.is_set():
            item = await self._inbox.get()
            try:
                result = await work(item)  # may end a cancellation with what it has
            except asyncio.CancelledError:
                self._results.put(self._cancelled(item))
                raise
            self._results.put(result)
