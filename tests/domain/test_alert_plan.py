"""Which preset is recommended, and what cannot be asked."""

from datetime import timedelta
from typing import Any

import pytest

from qualityslo.domain.alert_plan import (
    FALLBACK,
    AlertQuestion,
    AlertReport,
    PresetFigures,
    Regression,
    median_of,
)
from qualityslo.domain.alert_presets import Subject
from qualityslo.domain.burn import BudgetTerms
from qualityslo.errors import UsageError

DAY = timedelta(days=1)


def question(*, target: float = 0.9, **how: Any) -> AlertQuestion:
    """Return a question about a nightly set."""
    terms = BudgetTerms(target=target, window=30 * DAY, cadence=DAY)
    return AlertQuestion(
        name="correctness",
        golden="faq",
        subject=Subject(terms=terms),
        items=200,
        labels=40,
        **how,
    )


class TestRecommendations:
    """No preset is recommended that sees twice the budget less than half of the time."""

    def report(self, **powers: float | None) -> AlertReport:
        """Return a report with these chances to see twice the budget."""

        def figures(name: str, power: float | None) -> PresetFigures:
            if power is None:
                return PresetFigures(name=name, unfit="too small")
            seen = Regression(
                burn=2.0, soon=0.0, recall=power, delay=9.0, reset=1.0, precision=1.0
            )
            return PresetFigures(name=name, together=(seen,))

        shown = tuple(figures(name.replace("_", "-"), power) for name, power in powers.items())
        return AlertReport(question=question(), presets=shown, trials=1, seed=0)

    def test_the_first_that_sees_it_half_of_the_time(self) -> None:
        found = self.report(nightly=0.5, slow=0.9, e_detector=1.0).recommendation
        assert (found.preset, found.qualifies) == ("nightly", True)
        assert "with a chance of 50.0 %, half of the time within 9 slots" in found.text
        assert found.text.endswith("at 0.8 of it rings 0.0 times a quarter")

    def test_one_that_does_not_is_passed_over(self) -> None:
        assert self.report(nightly=0.49, slow=0.9, e_detector=1.0).recommendation.preset == "slow"
        assert self.report(nightly=None, slow=0.9, e_detector=1.0).recommendation.preset == "slow"

    def test_the_last_resort_is_the_e_detector_with_its_median_delay(self) -> None:
        found = self.report(nightly=0.49, slow=0.2, e_detector=0.4).recommendation
        assert (found.preset, found.qualifies) == (FALLBACK, False)
        assert "median delay at twice the budget: 9 slots" in found.text
        assert "at best 49.0 %" in found.text

    def test_medians_know_what_never_came(self) -> None:
        assert median_of([1, 2, None]) == 2
        assert median_of([1, 4]) == 2.5
        assert median_of([2, None]) is None
        assert median_of([]) is None


def test_a_low_target_is_tried_with_the_burn_that_it_can_have() -> None:
    assert question(target=0.3).burns == pytest.approx([1 / 0.7])


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"slots": 29}, "nights=29: a regression takes 28, give 30 or more"),
        ({"true_rate": 4.0}, "true_rate=4.0 is no share"),
        ({"true_rate": 0.0}, "true_rate=0.0 is no share"),
    ],
)
def test_what_cannot_be_simulated_is_refused(how: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        question(**how)
