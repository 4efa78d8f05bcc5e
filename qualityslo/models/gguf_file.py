"""Finding the file of a local model."""

import importlib.metadata
import importlib.util
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from qualityslo.models.parameters import Parameters

_MAGIC = b"GGUF"


def read_model_path(read: Parameters) -> Path:
    """Read the parameters `path` and `package`, of which exactly one names a GGUF file."""
    path, package = read.optional_text("path"), read.optional_text("package")
    if (path is None) == (package is None):
        read.note("path, package: exactly one of the two must name the model's file")
        return Path()
    found = Path(path) if path is not None else None
    if package is not None:
        found = _in_package(read, package)
    if found is None:
        return Path()
    name = "path" if package is None else "package"
    try:
        with found.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                read.fault(name, f"{found.name} is not a GGUF file")
    except OSError as error:
        read.fault(name, f"cannot be read: {error.strerror or error}")
    return found.absolute()


def _in_package(read: Parameters, package: str) -> Path | None:
    """Return the one file of an installed distribution or module that a pattern matches."""
    name, _, pattern = package.partition(":")
    pattern = pattern or "*.gguf"
    files = _package_files(name)
    if files is None:
        read.fault("package", f"is not installed: pip install {name}")
        return None
    found = sorted({path for path in files if fnmatchcase(path.name, pattern)})
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(path.name for path in found)
        hint = f"add which one, as in {name}:{found[0].name}"
        read.fault("package", f"holds {len(found)} files that match {pattern}: {listed}; {hint}")
    else:
        read.fault("package", f"holds no file that matches {pattern}")
    return None


def _package_files(name: str) -> Iterable[Path] | None:
    """Return the files of a distribution or module, or None where neither is installed."""
    paths: list[Path] = []
    known = False
    try:
        distribution = importlib.metadata.distribution(name)
        known = True
        paths += [Path(str(one.locate())) for one in distribution.files or ()]
    except (importlib.metadata.PackageNotFoundError, ValueError):
        pass
    module = importlib.util.find_spec(name) if name.isidentifier() else None
    if module is not None:
        known = True
        for folder in module.submodule_search_locations or ():
            paths += Path(folder).rglob("*")
    return [path.resolve() for path in paths if path.is_file()] if known else None
