"""Where rows come from: what the checker needs to know of a file of any kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """One row as read: `number` counts physical lines or table rows from 1.

    `fault` says why there is no `value`; it is empty where there is one.
    """

    number: int
    value: object = None
    fault: str = ""


class RowReader(Protocol):
    """Knows how to read the rows of one kind of file."""

    @property
    def name(self) -> str:
        """What stands before the number in a message: the file as the user named it."""
        ...

    @property
    def unit(self) -> Literal["line", "row"]:
        """What the numbers count."""
        ...

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows in order, again from the start at every call.

        Raises:
            GoldenSetError: it cannot be read at all.
        """
        ...

    def stamp(self) -> tuple[object, ...]:
        """Return what differs once the content has been written again: sizes and times."""
        ...
