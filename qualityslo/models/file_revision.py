"""The digest of a file, as the revision of the model that it is."""

import functools
import hashlib
from pathlib import Path


def file_revision(path: Path) -> str:
    """Return `sha256:` and the first 16 hex digits of a file's digest.

    It is computed once per process while the file's size and time of change stay the same.
    """
    stat = path.stat()
    return _revision(path, stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _revision(path: Path, _size: int, _mtime_ns: int) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return f"sha256:{digest[:16]}"
