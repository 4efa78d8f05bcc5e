"""Killed nights: whenever it happens, the same command goes on, and little is asked again."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.parts.sides import Bench, Cell, endpoint, place, report, run, score, start, write_golden

ITEMS = 300
WORKERS = 8
CELL = Cell(stream=True, latency_ms=5)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Return an endpoint that counts, and a folder."""
    with endpoint() as port:
        yield Bench(folder=tmp_path_factory.mktemp("kill"), port=port, workers=WORKERS)


@pytest.fixture(scope="module")
def golden(bench: Bench) -> Path:
    """Return a golden set."""
    path = bench.folder / "golden.jsonl"
    write_golden(path, ITEMS)
    return path


@pytest.fixture(scope="module")
def undisturbed(bench: Bench, golden: Path) -> dict[str, Any]:
    """Return the score of a night that nothing happened to."""
    with place(bench, golden) as folder:
        assert run(bench, "qualityslo", CELL, folder, ITEMS).requests == ITEMS
        return score(report(folder))


def _killed_at(bench: Bench, folder: Path, asked: int) -> None:
    process = start(bench, "qualityslo", CELL, folder)
    while process.poll() is None and bench.tell("stats")["asked"] < asked:
        time.sleep(0.001)
    assert process.poll() is None
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param([1], id="at its first request", marks=pytest.mark.slow),
        pytest.param([ITEMS // 2], id="half way"),
        pytest.param([ITEMS], id="at its last request", marks=pytest.mark.slow),
        pytest.param([40, 120, 200], id="three times in a row", marks=pytest.mark.slow),
    ],
)
def test_a_killed_night_asks_no_more_again_than_were_in_flight(
    bench: Bench, golden: Path, undisturbed: dict[str, Any], moments: list[int]
) -> None:
    with place(bench, golden) as folder:
        for moment in moments:
            _killed_at(bench, folder, moment)
        requests = run(bench, "qualityslo", CELL, folder, ITEMS).requests
        assert requests - ITEMS <= WORKERS * len(moments)
        assert score(report(folder)) == undisturbed


def test_stray_faults_change_neither_the_score_nor_much_of_the_traffic(
    bench: Bench, golden: Path, undisturbed: dict[str, Any]
) -> None:
    faulty = Cell(stream=True, latency_ms=0, fault_percent=2)
    with place(bench, golden) as folder:
        requests = run(bench, "qualityslo", faulty, folder, ITEMS).requests
        assert ITEMS < requests <= 1.15 * ITEMS
        assert bench.tell("stats")["most"] == 2
        assert score(report(folder)) == undisturbed
