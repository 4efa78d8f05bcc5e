"""The parameters of an adapter, read one by one; every fault ends up in one message."""

import contextlib
import difflib
import json
import re
from collections.abc import Mapping
from typing import TypeGuard

from qualityslo.domain.golden import Json
from qualityslo.errors import PluginError

_SECRET = re.compile(r"key|token|secret|passw|auth|header|credential|cookie|bearer", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,39}")
_ABSENT = object()


class Parameters:
    """Reads keyword parameters as the spec gives them.

    Each method returns the parameter, or its default where it is absent. A wrong value is noted
    and a stand-in returned, so that `finish` can name all faults at once.
    """

    def __init__(self, kind: str, given: Mapping[str, object], prefix: str = "") -> None:
        """Read the parameters `given` to an adapter that the spec calls `kind`."""
        self._kind = kind
        self._given = given
        self._prefix = prefix
        self._known: list[str] = []
        self._groups: list[Parameters] = []
        self._faults: list[str] = []

    def text(self, name: str) -> str:
        """Return a required text."""
        if self._take(name) in (_ABSENT, None):
            self._faults.append(f"{self._prefix}{name}: is missing")
            return ""
        return self.optional_text(name) or ""

    def optional_text(self, name: str) -> str | None:
        """Return a text, None where it is absent or null."""
        value = self._take(name)
        if value is _ABSENT or value is None:
            return None
        if isinstance(value, str) and value.strip():
            return value
        self.fault(name, "is not a text, or is blank")
        return None

    def integer(self, name: str, default: int, *, at_least: int = 0) -> int:
        """Return a whole number."""
        found = self.optional_integer(name, at_least=at_least)
        return default if found is None else found

    def optional_integer(self, name: str, *, at_least: int = 0) -> int | None:
        """Return a whole number, None where it is absent or null."""
        value = self._take(name)
        if value is _ABSENT or value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= at_least:
            return value
        self.fault(name, f"is not a whole number of at least {at_least}")
        return None

    def number(self, name: str, default: float, *, positive: bool = True) -> float:
        """Return a finite number, above 0 where `positive` is set, else at least 0."""
        found = self.optional_number(name, default, positive=positive)
        return default if found is None else found

    def optional_number(
        self, name: str, default: float | None, *, positive: bool = False
    ) -> float | None:
        """Return a finite number; the default where it is absent, None where it is null."""
        value = self._take(name)
        if value is _ABSENT:
            return default
        if value is None:
            return None
        if _is_number(value) and (value > 0 or (value == 0 and not positive)):
            return float(value)
        self.fault(name, f"is not a number {'above' if positive else 'of at least'} 0")
        return default

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a truth value."""
        value = self._take(name)
        if value is _ABSENT:
            return default
        if isinstance(value, bool):
            return value
        self.fault(name, "is neither true nor false")
        return default

    def mapping(self, name: str) -> dict[str, Json]:
        """Return a mapping of JSON values, empty where it is absent or null."""
        value = self._take(name)
        if value is _ABSENT or value is None:
            return {}
        with contextlib.suppress(TypeError, ValueError, RecursionError):
            parsed = json.loads(json.dumps(value, allow_nan=False))
            if isinstance(parsed, dict):
                return parsed
        self.fault(name, "is not a mapping of names to JSON values")
        return {}

    def group(self, name: str) -> "Parameters":
        """Return the parameters nested under a name; `finish` checks them as well."""
        value = self._take(name)
        if value is not _ABSENT and value is not None and not isinstance(value, Mapping):
            self.fault(name, "is not a mapping")
        given = value if isinstance(value, Mapping) else {}
        group = Parameters(self._kind, given, f"{self._prefix}{name}.")
        self._groups.append(group)
        return group

    def secret(self, name: str, environ: Mapping[str, str]) -> str:
        """Return the value of the environment variable that a parameter names; "" where absent.

        A value that does not look like such a name may be the secret itself: it is never shown.
        """
        variable = self.optional_text(name)
        if variable is None:
            return ""
        secret = environ.get(variable, "").strip()
        if not secret and not _VARIABLE.fullmatch(variable):
            self.fault(name, "is not the NAME of an environment variable", show=False)
        elif not secret:
            self.fault(name, "names an environment variable that is not set: export it first")
        elif not (secret.isascii() and secret.isprintable()):
            self.fault(name, "names an environment variable whose value no HTTP header can carry")
            return ""
        return secret

    def fault(self, name: str, problem: str, *, show: bool = True) -> None:
        """Note what is wrong with a parameter; `show=False` keeps its value out of the message."""
        value = repr(self._given.get(name)) if show else "(not shown)"
        shown = value if len(value) <= 100 else value[:99] + "…"
        self._faults.append(f"{self._prefix}{name} {shown}: {problem}")

    def note(self, problem: str) -> None:
        """Note a fault that is not about one parameter's value."""
        self._faults.append(problem)

    def finish(self) -> None:
        """Check that nothing is wrong and nothing is left over.

        Raises:
            PluginError: something is; names each parameter, its value and the remedy.
        """
        faults = self.all_faults()
        if faults:
            noun = "parameter is" if len(faults) == 1 else "parameters are"
            lines = "".join(f"\n  {one}" for one in faults)
            raise PluginError(f"{self._kind}: {len(faults)} {noun} wrong{lines}")

    def all_faults(self) -> list[str]:
        """Return what is wrong here and in the groups, unknown parameters included."""
        faults = list(self._faults)
        for name, value in self._given.items():
            if name not in self._known:
                faults.append(self._unknown(str(name), value))
        for group in self._groups:
            faults += group.all_faults()
        return faults

    def _take(self, name: str) -> object:
        self._known.append(name)
        return self._given.get(name, _ABSENT)

    def _unknown(self, name: str, value: object) -> str:
        """Describe an unknown parameter; what may be a secret, by its name or inside, is hidden."""
        hidden = _SECRET.search(name) or not isinstance(value, str | int | float | None)
        shown = "(not shown)" if hidden else repr(value)[:100]
        close = difflib.get_close_matches(name, self._known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(self._known)}"
        return f"{self._prefix}{name} {shown}: is unknown; {hint}"


def _is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is a number that a float holds; NaN and infinity are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
