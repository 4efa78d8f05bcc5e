"""What a judge may say, and what it said: labels, the form of a reply, a verdict or why it is none."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

_AROUND_A_LABEL = "*_`\"'.!#> \t\r\n\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A verdict a judge may give: its name, whether it is good, and what it means."""

    name: str
    good: bool
    meaning: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyForm:
    """What a usable reply may say: one of the labels; a score in [low, high], good from `pass_at`."""

    labels: tuple[Label, ...]
    low: float = 0.0
    high: float = 1.0
    pass_at: float = 0.5

    def label(self, text: str) -> Label | None:
        """Return the label that a text names: up to case, blanks and underscores."""
        wanted = spelt(text)
        for one in self.labels:
            if wanted in map(spelt, (one.name, *one.aliases)):
                return one
        return None


class Fault(StrEnum):
    """Why a reply is no verdict."""

    UNPARSEABLE = "unparseable"
    INVALID = "invalid"
    CONTRADICTION = "contradiction"
    TWO_VERDICTS = "two_verdicts"
    QUOTATION = "quotation"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A reply that is no verdict; `why` is told to people and to the judge."""

    fault: Fault
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A verdict as the judge gave it; `label` is "" where it gave only a score or a pass."""

    good: bool
    label: str = ""
    score: float | None = None
    reason: str = ""
    quote: str = ""


Reading: TypeAlias = Read | Unreadable


def spelt(text: str) -> str:
    r"""Return a label as labels are compared.

    >>> spelt("**Not_Attempted**.")
    'not attempted'
    """
    return " ".join(
        text.strip(_AROUND_A_LABEL).replace("_", " ").replace("-", " ").casefold().split()
    )
