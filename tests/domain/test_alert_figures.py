"""How alerts have done: delays, resets, precision and recall, by hand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qualityslo.domain.alert_figures import (
    Quarter,
    is_true,
    quiet_of,
    regression_of,
    regression_rates,
    started,
)
from qualityslo.domain.alert_plan import AlertQuestion, Regression
from qualityslo.domain.alert_presets import Subject, preset
from qualityslo.domain.alert_watch import AlertStatus, SlotResult
from qualityslo.domain.alerts import Accumulated, LowerLimit, WindowLimit
from qualityslo.domain.burn import BudgetTerms
from qualityslo.stats import Stratum

DAY = timedelta(days=1)
OK, FIRING = AlertStatus.OK, AlertStatus.FIRING
SUBJECT = Subject(terms=BudgetTerms(target=0.9, window=30 * DAY, cadence=DAY))
PAGE, TICKET = preset("nightly", SUBJECT)
# Two slots, a regression of 28, two slots.
QUESTION = AlertQuestion(
    name="correctness", golden="faq", subject=SUBJECT, items=200, labels=40, slots=32
)


class TestFigures:
    """Delays, resets, precision and recall, by hand."""

    def quarter(self, rate: float = 0.0) -> Quarter:
        """Return a quarter whose set has one own rate."""
        result = SlotResult(strata=(Stratum(200, 200, 0),))
        return Quarter(
            results=(result,) * 32, rates=(rate,) * 32, population=(0.08,) * 32, window=30
        )

    def seen(self, *fires: range, rate: float = 0.0) -> Regression:
        """Return the figures where the alarm lasts over these slots, a quarter each."""
        marks = [tuple(FIRING if at in one else OK for at in range(32)) for one in fires]
        quarters = [self.quarter(rate) for _ in fires]
        return regression_of((PAGE,), quarters, [marks], 2.0, QUESTION)

    def test_the_regression_lies_in_the_middle(self) -> None:
        rates = regression_rates(QUESTION, 2.0)
        assert rates[:2] == rates[30:] == pytest.approx([0.08, 0.08])
        assert rates[2:30] == pytest.approx([0.2] * 28)

    def test_detection_counts_from_the_first_slot_of_the_regression(self) -> None:
        found = self.seen(range(2, 30), range(4, 30), range(8, 30))
        assert (found.delay, found.soon, found.recall) == (3, 1.0, 1.0)
        late = self.seen(range(9, 30), range(29, 30), range(0))
        assert (late.delay, late.soon) == (28, 0.0)
        assert late.recall == pytest.approx(2 / 3)

    def test_a_regression_that_half_of_the_quarters_do_not_see_has_no_delay(self) -> None:
        assert self.seen(range(3, 30), range(0)).delay is None

    def test_reset_counts_from_the_repair(self) -> None:
        assert self.seen(range(5, 30)).reset == 1
        assert self.seen(range(5, 31)).reset == 2
        assert self.seen(range(5, 32)).reset == 3  # not within the quarter
        assert self.seen(range(5, 29)).reset is None

    def test_precision_counts_alarms_outside_of_the_regression(self) -> None:
        assert self.seen(range(5, 30)).precision == 1.0
        assert self.seen(range(1), range(31, 32), range(5, 9), range(0)).precision == (
            pytest.approx(1 / 3)
        )
        assert self.seen(range(1), rate=0.11).precision == 1.0  # true of the set
        assert self.seen(range(0)).precision is None

    def test_any_alert_of_a_preset_counts_for_all_of_them(self) -> None:
        quarters = [self.quarter()]
        early = [tuple(FIRING if at in range(4, 6) else OK for at in range(32))]
        late = [tuple(FIRING if at in range(10, 30) else OK for at in range(32))]
        both = regression_of((PAGE, TICKET), quarters, [early, late], 2.0, QUESTION)
        assert (both.delay, both.reset) == (3, 1)

    def test_an_alarm_begins_once(self) -> None:
        assert started([OK, FIRING, FIRING, OK, FIRING]) == [1, 4]
        assert started([FIRING]) == [0]

    def test_quiet_quarters_count_false_alarms_and_all_alarms(self) -> None:
        loud = tuple(FIRING if at in {3, 9} else OK for at in range(32))
        still = (OK,) * 32
        found = quiet_of(
            PAGE,
            [self.quarter(), self.quarter(0.2), self.quarter()],
            [loud, loud, still],
            1,
            0.1,
        )
        assert found.false_quarters == pytest.approx(1 / 3)
        assert found.alarms == pytest.approx(4 / 3)
        assert found.error == pytest.approx((1 / 3 * 2 / 3 / 3) ** 0.5)


@pytest.mark.parametrize(
    ("evidence", "true"),
    [
        pytest.param(LowerLimit(tail=0.001), [True, False, False], id="the set, on its slot"),
        pytest.param(
            LowerLimit(tail=0.025, running=2), [True, True, False], id="the set, on one of two"
        ),
        pytest.param(
            LowerLimit(tail=0.001, frame="traffic"), [False, True, False], id="the population"
        ),
        pytest.param(WindowLimit(), [False, True, True], id="the population, over two slots"),
        pytest.param(Accumulated(), [True, True, False], id="the set, on average so far"),
    ],
)
def test_an_alarm_is_true_of_what_it_speaks_of(evidence: Any, true: list[bool]) -> None:
    result = SlotResult(strata=(Stratum(10, 10, 1),))
    quarter = Quarter(
        results=(result,) * 3, rates=(0.2, 0.05, 0.0), population=(0.1, 0.3, 0.1), window=2
    )
    alert = replace(PAGE, evidence=evidence)
    assert [is_true(alert, quarter, at, 0.1) for at in range(3)] == true
