"""What the graders of this package do with parameters from the spec: take none."""

from collections.abc import Mapping

from qualityslo.errors import PluginError


def refuse_parameters(grader: str, given: Mapping[str, object]) -> None:
    """Raise where a grader that takes no parameters was given some.

    Raises:
        PluginError: `given` is not empty; names what was given.
    """
    if given:
        names = ", ".join(repr(name) for name in sorted(given))
        raise PluginError(
            f"grader {grader!r} takes no parameters, but was given {names}; remove them"
        )
