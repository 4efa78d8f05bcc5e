"""What every benchmark says besides its figures: how far it is, and what it ran on."""

import math
import platform
import sys
from importlib.metadata import version

LEVEL = 0.95


def progress(text: str) -> None:
    """Say on stderr what is being measured."""
    print(text, file=sys.stderr, flush=True)


def versions() -> dict[str, str]:
    """Return the versions that figures depend on."""
    found = {name: version(name) for name in ("qualityslo", "numpy", "scipy")}
    return {"python": platform.python_version(), **found}


def monte_carlo_error(draws: int, share: float = LEVEL) -> float:
    """Return the standard error of a share counted over independent draws."""
    return math.sqrt(share * (1 - share) / draws)
