"""Watching a grader: it rings when it should, and seldom when it should not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from qualityslo.domain.grader_drift import GraderDrift, GraderNight, grader_drift, two_proportions

FIRST = datetime(2026, 3, 2, 2, tzinfo=UTC)


def night(
    at: int, flagged: int = 20, graded: int = 200, apart: float | None = None
) -> GraderNight:
    """Return the n-th night."""
    return GraderNight(
        slot=FIRST + timedelta(days=at),
        graded=graded,
        flagged=flagged,
        labels=0 if apart is None else 20,
        disagreement=apart,
    )


def watch(since: Sequence[GraderNight], limit: float = 0.2) -> GraderDrift:
    """Watch nights against ten usual ones."""
    return grader_drift([night(at) for at in range(10)], since, limit)


def test_usual_nights_ring_nothing() -> None:
    found = watch([night(at, apart=0.1) for at in range(10, 40)])
    assert (found.drifts, found.reference_share, len(found.nights)) == (False, 0.1, 30)
    assert found.reference_slots == (FIRST, FIRST + timedelta(days=9))


@pytest.mark.parametrize("flagged", [45, 3], ids=["more is flagged", "less is flagged"])
def test_another_share_rings_on_its_night(flagged: int) -> None:
    found = watch([night(10), night(11, flagged), night(12)])
    assert found.share_alarms == (night(11).slot,)
    assert found.drifts
    assert not found.disagreement_alarms


def test_people_who_disagree_again_and_again_ring() -> None:
    found = watch([night(at, apart=0.7) for at in range(10, 30)])
    assert found.disagreement_alarms
    assert not found.share_alarms


def test_nights_without_labels_add_no_evidence() -> None:
    labelled = [night(at, apart=0.5) for at in range(10, 14)]
    between = [night(at) for at in range(14, 24)]
    assert watch(labelled).evidence == watch([*labelled, *between]).evidence > 0


def test_a_night_on_which_nothing_was_graded_rings_nothing() -> None:
    assert not watch([night(10, 0, 0)]).drifts
    assert night(10, 0, 0).share == 0
    assert not grader_drift([night(0, 0, 0)], [night(1)], 1.0).drifts


@pytest.mark.parametrize(("first", "second"), [((0, 50), (0, 80)), ((50, 50), (80, 80))])
def test_shares_that_cannot_differ_do_not(first: tuple[int, int], second: tuple[int, int]) -> None:
    assert two_proportions(*first, *second) == 0


def test_a_grader_that_stays_the_same_rings_as_seldom_as_declared() -> None:
    """The same 200 items every night, each flagged with its own chance: 300 quarters."""
    random = np.random.default_rng(5)
    shares = quarters = disagreements = 0
    for _ in range(300):
        chance = random.beta(0.3, 2.7, 200)
        wrong = random.beta(0.5, 4.5, 200)
        flagged = (random.random((100, 200)) < chance).sum(axis=1)
        seen = random.integers(200, size=(100, 20))
        apart = (random.random((100, 20)) < wrong[seen]).mean(axis=1)
        rows = [night(at, int(flagged[at]), apart=float(apart[at])) for at in range(100)]
        found = grader_drift(rows[:10], rows[10:], float(wrong.mean()))
        shares += bool(found.share_alarms)
        disagreements += bool(found.disagreement_alarms)
        quarters += 1
    assert shares / quarters <= 0.09
    assert disagreements / quarters <= 0.10
