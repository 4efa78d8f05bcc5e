"""Golden sets written to a temporary folder, and the copied cases."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qualityslo.golden.source import CheckedSource, open_source

_TESTS = Path(__file__).parents[1]


@pytest.fixture
def cases() -> Path:
    """Return the folder of the copied cases: inputs/ and expected/."""
    return _TESTS / "cases"


@pytest.fixture
def our_sets() -> Path:
    """Return the repository's folder, which holds golden/handbook and golden/facts."""
    return _TESTS.parent


@pytest.fixture
def source_of(tmp_path: Path) -> Callable[..., CheckedSource]:
    """Return a function: rows (objects, texts or bytes, a line each) -> a source on them."""

    def write(*rows: object, card: str | None = None) -> CheckedSource:
        lines: list[bytes] = []
        for row in rows:
            if isinstance(row, bytes):
                lines.append(row)
            else:
                lines.append((row if isinstance(row, str) else json.dumps(row)).encode())
        (tmp_path / "set.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
        if card is not None:
            (tmp_path / "card.yaml").write_text(card, encoding="utf-8")
        return open_source("set.jsonl", root=tmp_path)

    return write
