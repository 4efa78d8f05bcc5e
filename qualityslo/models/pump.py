"""Runs asynchronous work for a synchronous caller: items go in as they are asked for, results come out.

The event loop lives in a thread of its own, so that times are taken when bytes arrive and not
when the caller comes back for the next result.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Awaitable, Callable, Generator, Iterable
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
    """Works on items with a fixed number of workers, pulling few items ahead of the results.

    Args:
        connect: opens what the workers share, and gives the work they do on one item.
        cancelled: the result of an item whose work `stop` cut off.
        workers: how many items are worked on at a time.
        ahead: how many more may be pulled from the items before a result is taken.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractAsyncContextManager[Work[T, R]]],
        cancelled: Callable[[T], R],
        *,
        workers: int,
        ahead: int,
    ) -> None:
        """Prepare; nothing is started before `run`."""
        self._connect = connect
        self._cancelled = cancelled
        self._workers = workers
        self._limit = workers + ahead
        self._results: queue.SimpleQueue[R | _Broken] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._stopped = False
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._stopping = asyncio.Event()
        self._inbox: asyncio.Queue[T] = asyncio.Queue()
        self._thread: threading.Thread | None = None

    def run(self, items: Iterable[T]) -> Generator[R, None, None]:
        """Yield one result an item as they arrive; closing the iterator stops all work."""
        source = iter(items)
        pending = 0
        try:
            self._start()
            while True:
                for item in islice(source, self._limit - pending):
                    self._submit(item)
                    pending += 1
                if pending == 0:
                    return
                result = self._results.get()
                if isinstance(result, _Broken):
                    raise result.error
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

    def _submit(self, item: T) -> None:
        with self._lock:
            if self._stopped:
                self._results.put(self._cancelled(item))
            else:
                self._wake(self._inbox.put_nowait, item)

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
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        while not self._inbox.empty():
            self._results.put(self._cancelled(self._inbox.get_nowait()))
        for end in ended:
            if isinstance(end, Exception):
                raise end

    async def _worker(self, work: Work[T, R]) -> None:
        while True:
            item = await self._inbox.get()
            try:
                result = await work(item)
            except asyncio.CancelledError:
                self._results.put(self._cancelled(item))
                raise
            self._results.put(result)
