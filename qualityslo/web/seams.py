"""What the pages need beside the desk: who people are, and the books that its keepers read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from qualityslo.domain.golden import Json
from qualityslo.domain.person import Person
from qualityslo.domain.review import Review
from qualityslo.jobs.reviewers import CriterionAgreement, ReviewerFigures
from qualityslo.ports.desk import DeskCounts


class People(Protocol):
    """Knows who may come in, and who has."""

    def enter(self, token: str) -> str | None:
        """Exchange a one-time token for a new session; None where it is unknown or used."""
        ...

    def who(self, session: str) -> Person | None:
        """Return whose session it is, with the roles of this moment."""
        ...

    def named(self, name: str) -> Person | None:
        """Return the person that a trusted proxy names."""
        ...

    def leave(self, session: str) -> None:
        """End a session."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many forms came in today, and how many that and what waits are together."""

    done: int
    of: int


class Office(Protocol):
    """Knows what the desk's keepers look at."""

    def review(self, review_id: str) -> Review | None:
        """Return a review of this service."""
        ...

    def counts(self) -> DeskCounts:
        """Return how the desk stands, and what came in today."""
        ...

    def progress(self) -> Progress:
        """Return how far today is, cheaply: it stands on every page."""
        ...

    def moved(self, forms: int) -> None:
        """Note forms that came in, or were taken back where it is negative."""
        ...

    def reviewers(self) -> list[ReviewerFigures]:
        """Return how everybody works."""
        ...

    def agreement(self) -> list[CriterionAgreement]:
        """Return how far people agree."""
        ...

    def export(self) -> Iterator[dict[str, Json]]:
        """Yield every label as a row of schema `qualityslo.label/1`."""
        ...
