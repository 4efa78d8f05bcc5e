"""Batches of prompts of like length: padding is work that nobody asked for."""

from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")

_WINDOW = 8


class LengthBuckets(Generic[T]):
    """Cuts a stream into batches of like length, looking a few batches ahead.

    Every batch is the one around the thing that has waited longest, so that nothing waits for
    ever; as many new things are pulled as have left.

    >>> [batch for batch in LengthBuckets([5, 1, 9, 2, 8, 6], size=2, length=int)]
    [[2, 5], [1, 6], [8, 9]]
    """

    def __init__(self, things: Iterable[T], *, size: int, length: Callable[[T], int]) -> None:
        """Read nothing yet; a batch holds at most `size` things."""
        self._things = enumerate(things)
        self._size = size
        self._length = length

    def __iter__(self) -> Iterator[list[T]]:
        """Yield the batches, each sorted by length."""
        waiting: list[tuple[int, int, T]] = []
        while True:
            room = self._size * _WINDOW - len(waiting)
            for order, thing in islice(self._things, room):
                insort(waiting, (self._length(thing), order, thing), key=lambda one: one[:2])
            if not waiting:
                return
            oldest = min(range(len(waiting)), key=lambda at: waiting[at][1])
            begin = min(max(0, oldest - self._size // 2), max(0, len(waiting) - self._size))
            batch = waiting[begin : begin + self._size]
            del waiting[begin : begin + self._size]
            yield [thing for _, _, thing in batch]
