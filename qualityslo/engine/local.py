"""Batches in this process, one after another."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class LocalEngine:
    """Runs every batch where it is called; the default engine."""

    def map(self, work: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
        """Yield the results in the order of the batches, each computed when it is asked for."""
        return map(work, batches)
