"""Columns that read like lists and take a few bytes an item, whatever the size of a set."""

from abc import abstractmethod
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

T = TypeVar("T")

_DIGEST_BYTES = 32


class Column(Sequence[T]):
    """A sequence that equals any other of the same length with the same things in it."""

    __slots__ = ()

    @abstractmethod
    def _one(self, at: int) -> T:
        """Return what stands at a place from 0 on."""

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        """Return what stands at a place, or the list of what stands at several."""
        if isinstance(at, slice):
            return [self._one(one) for one in range(len(self))[at]]
        return self._one(range(len(self))[at])

    def __eq__(self, other: object) -> bool:
        """Return whether the other holds the same, in the same order."""
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == there for one, there in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as of a list: equal to things of other types


class Coded(Column[T]):
    """A column of few different values: a code an item.

    >>> column = Coded.of(["error", "answered", "error"])
    >>> column[1], column.where(lambda one: one == "error").tolist()
    ('answered', [True, False, True])
    """

    __slots__ = ("codes", "values")

    def __init__(self, values: Sequence[T], codes: NDArray[np.integer[Any]]) -> None:
        """Take the values, and for every item the place of its value among them."""
        self.values: tuple[T, ...] = tuple(values)
        self.codes = codes

    @classmethod
    def of(cls, column: Sequence[T]) -> "Coded[T]":
        """Return any column of hashable values as a coded one."""
        if isinstance(column, Coded):
            return column
        places: dict[T, int] = {}
        codes = (places.setdefault(one, len(places)) for one in column)
        laid = np.fromiter(codes, dtype=np.int32, count=len(column))
        return cls(tuple(places), laid)

    def each(self, of: Callable[[T], object], dtype: DTypeLike) -> NDArray[Any]:
        """Return what a function says of every item's value; it is asked once a value."""
        laid: NDArray[Any] = np.array([of(one) for one in self.values], dtype=dtype)[self.codes]
        return laid

    def where(self, holds: Callable[[T], bool]) -> NDArray[np.bool_]:
        """Return for which items something holds of their value."""
        return self.each(holds, np.bool_)

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.codes)

    def _one(self, at: int) -> T:
        return self.values[int(self.codes[at])]


class Later(Column[T]):
    """A column that is read when it is first looked into: many a night never needs it."""

    __slots__ = ("_found", "_read", "_size")

    def __init__(self, size: int, read: Callable[[], Sequence[T]]) -> None:
        """Take the number of items, and what reads them, at most once."""
        self._size = size
        self._read = read
        self._found: Sequence[T] | None = None

    def __len__(self) -> int:
        """Return the number of items."""
        return self._size

    def _one(self, at: int) -> T:
        if self._found is None:
            self._found = self._read()
        return self._found[at]


class Texts(Column[str]):
    """Texts end to end in one buffer.

    >>> list(Texts(["a", "", "\u00e9"])) == ["a", "", "\u00e9"]
    True
    """

    __slots__ = ("_ends", "_joined")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Start with some texts."""
        self._joined = bytearray()
        self._ends = array("Q", [0])
        self.extend(texts)

    def extend(self, texts: Iterable[str]) -> None:
        """Append texts."""
        for one in texts:
            self._joined += one.encode("utf-8", "surrogatepass")
            self._ends.append(len(self._joined))

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self._ends) - 1

    def _one(self, at: int) -> str:
        begin, end = self._ends[at], self._ends[at + 1]
        return self._joined[begin:end].decode("utf-8", "surrogatepass")


class Digests(Column[str]):
    """Sha256 digests, as hexadecimal text outside and as 32 bytes inside; none is an empty text.

    >>> list(Digests(["ab" * 32, ""])) == ["ab" * 32, ""]
    True
    """

    __slots__ = ("_joined",)

    def __init__(self, digests: Iterable[str] = ()) -> None:
        """Start with some digests."""
        self._joined = bytearray()
        self.extend(digests)

    def extend(self, digests: Iterable[str]) -> None:
        """Append digests.

        Raises:
            ValueError: one is neither empty nor the 64 hexadecimal digits of a sha256.
        """
        for one in digests:
            raw = bytes.fromhex(one) if one else bytes(_DIGEST_BYTES)
            if len(raw) != _DIGEST_BYTES:
                raise ValueError(f"a sha256 has 64 hexadecimal digits, {one!r} has not")
            self._joined += raw

    def __len__(self) -> int:
        """Return the number of digests."""
        return len(self._joined) // _DIGEST_BYTES

    def _one(self, at: int) -> str:
        raw = self._joined[at * _DIGEST_BYTES : (at + 1) * _DIGEST_BYTES]
        return raw.hex() if any(raw) else ""
