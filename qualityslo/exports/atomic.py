"""Files that are either the old one or the new one, never half of it."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from qualityslo.errors import InfrastructureError


def write_atomically(path: Path, data: bytes) -> Path:
    """Write a file beside its place and move it there; make the folder where it is missing.

    A reader, a crash or a full disk never leaves half a file under the name.

    Raises:
        InfrastructureError: the folder or the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InfrastructureError(
            f"cannot write {str(path)!r}: {reason}; free the disk or choose another folder, "
            "then run again"
        ) from error
    return path


def _replace(path: Path, data: bytes) -> None:
    with NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(0o644)  # temporary files are private, a report is to be read
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system lets a folder be synced."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
