"""The digest of a file."""

import hashlib
from pathlib import Path

from qualityslo.models.file_revision import file_revision


def test_it_is_the_start_of_the_digest_and_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    assert file_revision(path) == f"sha256:{hashlib.sha256(b'one').hexdigest()[:16]}"
    path.write_bytes(b"another")
    assert file_revision(path) == f"sha256:{hashlib.sha256(b'another').hexdigest()[:16]}"
