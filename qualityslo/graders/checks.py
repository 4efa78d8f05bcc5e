"""Checks of the parameters that a spec gives to a grader."""

from collections.abc import Mapping

from qualityslo.errors import PluginError


def refuse_unknown(grader: str, given: Mapping[str, object], known: str) -> None:
    """Raise where a parameter is left over.

    Raises:
        PluginError: `given` is not empty; names what was given and what is `known`.
    """
    if given:
        names = ", ".join(repr(name) for name in sorted(given))
        raise PluginError(f"grader {grader!r} has no parameter {names}; it takes {known}")


def whole(grader: str, name: str, value: object, *, at_least: int = 1) -> int:
    """Return a parameter that is a whole number.

    Raises:
        PluginError: it is none, or too small.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= at_least:
        return value
    raise PluginError(
        f"grader {grader!r}: {name} {value!r} is no whole number of at least {at_least}"
    )


def flag(grader: str, name: str, value: object) -> bool:
    """Return a parameter that is a truth value.

    Raises:
        PluginError: it is none.
    """
    if isinstance(value, bool):
        return value
    raise PluginError(f"grader {grader!r}: {name} {value!r} is neither true nor false")


def share(grader: str, name: str, value: object) -> float:
    """Return a parameter that is a number between 0 and 1, both excluded.

    Raises:
        PluginError: it is none.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1:
        return float(value)
    raise PluginError(f"grader {grader!r}: {name} {value!r} is no number between 0 and 1")


def text(grader: str, name: str, value: object) -> str:
    """Return a parameter that is a text and not blank.

    Raises:
        PluginError: it is none.
    """
    if isinstance(value, str) and value.strip():
        return value
    raise PluginError(f"grader {grader!r}: {name} {value!r} is not a text, or is blank")
