"""From a night's evidence to what an alert looks at: nothing unsettled rings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from qualityslo.domain.alert_evidence import (
    lookback_burn,
    measured_strata,
    slot_result,
    strata_of,
)
from qualityslo.domain.alert_watch import SlotResult
from qualityslo.domain.budget import Spread
from qualityslo.domain.evidence import AnswerColumns, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.sli import ItemWeights, SliResult
from qualityslo.domain.window import WindowSlot
from qualityslo.stats import Estimate, Stratum

Columns = Callable[..., AnswerColumns]
Lay = Callable[..., Labelled]
DAY = timedelta(days=1)


def test_the_strata_are_what_is_known_and_the_two_of_the_draw(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    columns = make_columns(10, "bbbbgggggg")
    night = lay(
        columns, human, drawn=[1, 2, 4, 5], earlier="b", tonight="bbg?gb", flagged=[0, 1, 2, 3]
    )
    assert strata_of(night) == (Stratum(1, 1, 1), Stratum(3, 2, 1), Stratum(6, 2, 1))


def test_an_unconfirmed_bad_label_makes_nothing_ring(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    night = lay(make_columns(6, "gggggg"), human, drawn=[0, 1, 2], tonight="pbg")
    assert strata_of(night) == (Stratum(6, 3, 1),)


def test_too_many_looks_without_opinion_count_as_good(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    night = lay(make_columns(6, "gggggg"), human, drawn=[0, 1, 2], tonight="mbg")
    assert strata_of(night) == (Stratum(6, 3, 1),)


def test_what_the_defining_grader_could_not_grade_counts_as_good(
    make_columns: Columns, lay: Lay, defined: Criterion
) -> None:
    strata = strata_of(lay(make_columns(10, "bbgggggg??"), defined))
    assert strata[0] == Stratum(8, 8, 2)
    assert sum(one.items for one in strata) == 10
    assert sum(one.labelled for one in strata) == 8


def weights(bad: int, items: int = 10, *, census: bool = True) -> ItemWeights:
    """Return what a slot with so many bad items adds to a window."""
    lost = (np.arange(items) < bad).astype(np.float64)
    return ItemWeights(
        item_digests=[f"item {at}" for at in range(items)],
        weight=np.ones(items),
        bad=lost,
        worst=lost,
        complete=True,
        census=census,
    )


def test_a_measure_is_one_stratum_of_known_items() -> None:
    assert measured_strata(weights(3)) == (Stratum(10, 10, 3),)
    with pytest.raises(ValueError, match="the slot is no census"):
        measured_strata(weights(3, census=False))


def test_a_slot_that_concludes_nothing_has_no_result(
    make_result: Callable[..., SliResult], make_estimate: Callable[..., Estimate]
) -> None:
    strata = (Stratum(10, 10, 3),)
    good = make_result(make_estimate(0.3))
    assert slot_result(good, strata) == SlotResult(strata=strata)
    found = slot_result(good, strata, make_estimate(0.1, 0.2))
    assert found == SlotResult(strata=strata, window_low=0.1)
    assert slot_result(replace(good, concludes=False), strata) is None


class TestBurnOverALookBack:
    """A short window: the slots inside it, their mean, its interval."""

    def burn(self, slot: datetime, *bad: int, days: int = 3) -> Spread | None:
        """Return the burn over the last days of nightly slots at a target of 90 %."""
        slots = [
            WindowSlot(slot=slot + at * DAY, weights=weights(one)) for at, one in enumerate(bad)
        ]
        end = slot + len(bad) * DAY
        return lookback_burn(slots, end=end, lookback=days * DAY, target=0.9)

    def test_the_mean_of_its_slots_over_the_budget(self, slot: datetime) -> None:
        found = self.burn(slot, 9, 1, 2, 3)
        assert found is not None
        assert found.point == pytest.approx(2.0)
        assert found.low == pytest.approx(2.0)

    def test_pyrra_1576_a_slot_leaves_exactly_one_look_back_after_its_own(
        self, slot: datetime
    ) -> None:
        with_it, without = self.burn(slot, 9, 0, 0), self.burn(slot, 9, 0, 0, 0)
        assert with_it is not None
        assert without is not None
        assert with_it.point == pytest.approx(3.0)
        assert without.point == 0.0

    def test_pyrra_1231_all_good_slots_burn_exactly_nothing(self, slot: datetime) -> None:
        assert self.burn(slot, 0, 0, 0) == Spread(point=0.0, low=0.0, high=0.0)

    def test_without_a_slot_there_is_no_burn(self, slot: datetime) -> None:
        assert self.burn(slot) is None

    def test_a_sample_has_an_interval(self, slot: datetime) -> None:
        sampled = replace(weights(2), census=False)
        found = lookback_burn(
            [WindowSlot(slot=slot, weights=sampled)], end=slot + DAY, lookback=DAY, target=0.9
        )
        assert found is not None
        assert found.point == pytest.approx(2.0)
        assert found.low < 2.0 < found.high
