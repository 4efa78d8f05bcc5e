"""The seams of the work itself: who answers, judges, embeds, and where."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.golden import GoldenItem, GoldenSet
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Outcome
from qualityslo.domain.verdict import Answer, Grade

T = TypeVar("T")
R = TypeVar("R")


class Model(Protocol):
    """Knows how to answer golden items."""

    @property
    def identity(self) -> ModelIdentity:
        """What this model is; known before it is started, and part of the run's name."""
        ...

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield one outcome an item, in whatever order they arrive.

        Pulls items only as fast as it asks them. A model that fails on an item yields a
        `Failure`; `ModelError` is for a model that cannot work at all.
        """
        ...

    def close(self) -> None:
        """Release what the model holds; may be called twice, or before `answer`."""
        ...


@runtime_checkable
class Remote(Protocol):
    """What a model may have besides: a word on where it computes.

    Where all models are remote, this machine has time on its hands while they answer, and grades
    and compares what has come. A model without this attribute is taken to compute here, where
    that would slow it down, and its latency with it.
    """

    @property
    def remote(self) -> bool:
        """Whether it computes elsewhere."""
        ...


class Grader(Protocol):
    """Knows how to judge one criterion; called from one thread at a time, not always the same."""

    @property
    def name(self) -> str:
        """Name as in the spec."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever a verdict on the same answer could."""
        ...

    @property
    def criterion(self) -> str:
        """The criterion it judges when none is given in the card."""
        ...

    def grade(self, batch: Sequence[Answer]) -> Iterable[Grade]:
        """Return one grade an answer, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Embeddings of n texts: (n, d), rows of length 1; `cut` marks texts longer than is read."""

    vectors: NDArray[np.float32]
    cut: NDArray[np.bool_]


class Embedder(Protocol):
    """Knows how to turn texts into vectors."""

    @property
    def name(self) -> str:
        """Model and precision; part of the run's name."""
        ...

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Return one vector a text; no text is empty."""
        ...


class GoldenSource(Protocol):
    """Knows where golden items come from."""

    def describe(self) -> GoldenSet:
        """Read and check the whole set; raise `GoldenSetError` naming every fault."""
        ...

    def items(self) -> Iterator[GoldenItem]:
        """Yield the items in the set's order, again from the start at every call."""
        ...


class Engine(Protocol):
    """Knows where batches run."""

    def map(self, work: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
        """Yield the results in the order of the batches."""
        ...


class Progress(Protocol):
    """Knows how to show how far a step is."""

    def start(self, step: str, total: int) -> None:
        """Begin a step of so many items."""
        ...

    def advance(self, done: int, failed: int = 0) -> None:
        """Note items done, and how many of them failed."""
        ...

    def finish(self) -> None:
        """End the step."""
        ...
