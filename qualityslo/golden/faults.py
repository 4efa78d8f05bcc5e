"""Faults of a golden set: collected as they are met, raised once, all together."""

import difflib
import reprlib
from collections.abc import Iterable

from qualityslo.errors import GoldenSetError

MOST_SHOWN = 50

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 70
_short.maxlevel = 3


def show(value: object) -> str:
    r"""Return a short `repr` of untrusted data: control characters escaped, long values cut.

    >>> show("a\x1b[31m")
    "'a\\x1b[31m'"
    """
    return _short.repr(value)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return what to say of an unknown name: `; did you mean 'context'?`, or the known ones.

    >>> nearest("contexts", ["context", "meta"])
    "; did you mean 'context'?"
    """
    names = list(known)
    close = difflib.get_close_matches(name.casefold(), names, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names)}"


def misspelt(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` is all but certainly a misspelling of, or None.

    A longer name that merely contains a known one (`question_id`) is a name of its own.

    >>> misspelt("refrences", ["references"]), misspelt("question_id", ["question"])
    ('references', None)
    """
    folded = name.casefold()
    alike = [one for one in known if abs(len(one) - len(name)) <= 1 and one != name]
    close = difflib.get_close_matches(folded, alike, n=1, cutoff=0.81)
    return close[0] if close else None


class Faults:
    """Everything that is wrong, in the order it was met; keeps the first `MOST_SHOWN` texts."""

    def __init__(self) -> None:
        """Start without a fault."""
        self._texts: list[str] = []
        self._count = 0

    def __len__(self) -> int:
        """Return how many faults there are, the ones that are not kept included."""
        return self._count

    def add(self, place: str, text: str) -> None:
        """Note a fault: `place` is `file:line` or `file`, `text` says what, value and remedy."""
        self._count += 1
        if len(self._texts) < MOST_SHOWN:
            self._texts.append(f"{place}: {text}")

    def forget(self, kept: int) -> None:
        """Forget all faults behind the first `kept`."""
        self._count = min(kept, self._count)
        del self._texts[kept:]

    def error(self, location: str) -> GoldenSetError:
        """Return the one error that names every fault, a line each."""
        many = "1 fault" if self._count == 1 else f"{self._count:,} faults"
        lines = [f"golden set {show(location)} has {many}:", *self._texts]
        if self._count > len(self._texts):
            lines.append(f"and {self._count - len(self._texts):,} more")
        return GoldenSetError("\n".join(lines))
