"""What presets do: the published false alarms, the detection table, and honest recommendations."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from qualityslo.domain.alert_figures import (
    quiet_of,
)
from qualityslo.domain.alert_plan import (
    FALLBACK,
    AlertFigures,
    AlertQuestion,
    AlertReport,
)
from qualityslo.domain.alert_presets import Subject, preset
from qualityslo.domain.alert_watch import AlertStatus, SlotResult, trace
from qualityslo.domain.alerts import Alert
from qualityslo.domain.burn import BudgetTerms
from qualityslo.errors import UsageError
from qualityslo.jobs.simulate import quarters_of, simulate_alerts
from qualityslo.stats import Frame, Stratum
from qualityslo.stats.alert_trials import AlertDesign, simulate_nights
from qualityslo.stats.special import binomial_table

DAY = timedelta(days=1)
OK, FIRING = AlertStatus.OK, AlertStatus.FIRING


def question(
    *,
    target: float = 0.9,
    items: int = 200,
    labels: int = 40,
    frame: Frame = "golden_set",
    **how: Any,
) -> AlertQuestion:
    """Return a question about a nightly set."""
    terms = BudgetTerms(target=target, window=30 * DAY, cadence=DAY)
    subject = Subject(terms=terms, frame=frame, census=how.pop("census", False))
    return AlertQuestion(
        name="correctness", golden="faq", subject=subject, items=items, labels=labels, **how
    )


def nightly(target: float, frame: Frame, *, census: bool = False) -> tuple[Alert, Alert]:
    """Return the default page and ticket."""
    terms = BudgetTerms(target=target, window=30 * DAY, cadence=DAY)
    page, ticket = preset("nightly", Subject(terms=terms, frame=frame, census=census))
    return page, ticket


class TestACensusOf200ItemsAtNinetyPercent:
    """Exact, by the counts that the rule itself rings on; answers of every night are fresh."""

    ITEMS, BUDGET = 200, 0.1

    def chances(self, rate: float) -> Any:
        """Return P(so many bad), by count."""
        return binomial_table(self.ITEMS, self.ITEMS, np.array([rate]))[:, 0]

    def rings(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return which counts make the page ring on their night."""
        page, _ = nightly(0.9, "golden_set", census=True)
        found = []
        for bad in range(self.ITEMS + 1):
            night = SlotResult(strata=(Stratum(self.ITEMS, self.ITEMS, bad),))
            found.append(trace(page, [night], self.BUDGET)[0] is FIRING)
        return np.array(found)

    def ends(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return which counts end a page on their night."""
        page, _ = nightly(0.9, "golden_set", census=True)
        storm = SlotResult(strata=(Stratum(self.ITEMS, self.ITEMS, 100),))
        found = []
        for bad in range(self.ITEMS + 1):
            night = SlotResult(strata=(Stratum(self.ITEMS, self.ITEMS, bad),))
            found.append(trace(page, [storm, night], self.BUDGET)[1] is not FIRING)
        return np.array(found)

    def test_a_true_error_of_twenty_percent_pages_within_two_nights(self) -> None:
        missed = 1 - float(self.chances(0.20)[self.rings()].sum())
        assert 1 - missed**2 >= 0.95

    @pytest.mark.parametrize(("rate", "least"), [(0.05, 0.99999), (0.08, 0.98)])
    def test_it_clears_within_two_nights_of_recovery(self, rate: float, least: float) -> None:
        stays = 1 - float(self.chances(rate)[self.ends()].sum())
        assert 1 - stays**2 >= least

    def test_at_the_budget_it_rings_falsely_less_than_once_in_eleven_quarters(self) -> None:
        assert 90 * float(self.chances(0.10)[self.rings()].sum()) <= 0.09

    def test_a_set_with_exactly_that_error_pages_on_the_first_night(self) -> None:
        assert self.rings()[40]


class TestPublishedFalseAlarms:
    """docs/statistics.md, Nightly looks; all of it is bench/alerts.py."""

    @pytest.mark.parametrize("target", [0.9, 0.98])
    def test_a_set_exactly_at_its_budget_rings_no_more_than_promised(self, target: float) -> None:
        design = AlertDesign(items=200, labels=40, fixed=True)
        budget = round(1 - target, 9)
        rates = [budget] * 90
        found = simulate_nights(design, rates, trials=40, rng=np.random.default_rng(2))
        quarters = list(quarters_of(found, rates, 30))
        for alert, most in zip(nightly(target, "golden_set"), (0.09, 0.056), strict=True):
            marks = [trace(alert, one.results, budget) for one in quarters]
            quiet = quiet_of(alert, quarters, marks, 1.0, budget)
            assert quiet.false_quarters <= most + 2 * (most * (1 - most) / 40) ** 0.5

    def test_the_usual_interval_on_one_night_rings_in_many_quarters(self) -> None:
        # What LowerLimit refuses to be, by hand: 97.5 % on one night (published, one split: .82).
        design = AlertDesign(items=200, labels=40, fixed=True)
        rates = [0.1] * 90
        found = simulate_nights(design, rates, trials=40, rng=np.random.default_rng(2))
        _, ticket = nightly(0.9, "golden_set")
        rang = 0
        for one in quarters_of(found, rates, 30):
            said = trace(ticket, one.results, 0.1)
            rang += any(status in {AlertStatus.SUSPECT, FIRING} for status in said)
        assert rang / 40 > 0.4


class TestPublishedDetection:
    """statistics-decisions.md, 3b: alarms within 7 nights, 40 labels; ours are not less.

    The table was made with limits wider than ours; with those the bench repeats it (docs/alerts.md).
    """

    @pytest.mark.parametrize(
        ("target", "burn", "ticket", "page"),
        [
            (0.9, 2, 0.72, 0.34),
            (0.95, 2, 0.38, 0.14),
            (0.98, 2, 0.16, 0.04),
            (0.9, 5, 1.0, 1.0),
            (0.98, 5, 0.93, 0.80),
            (0.99, 5, 0.69, 0.48),
        ],
    )
    def test_of_this_set_with_the_same_items(
        self, target: float, burn: float, ticket: float, page: float
    ) -> None:
        budget, trials = round(1 - target, 9), 60
        rates = [burn * budget] * 7
        design = AlertDesign(items=200, labels=40, remember=False)
        found = simulate_nights(design, rates, trials=trials, rng=np.random.default_rng(8))
        quarters = list(quarters_of(found, rates, 28))
        for alert, published in zip(nightly(target, "golden_set"), (page, ticket), strict=True):
            rings = sum(FIRING in trace(alert, one.results, budget) for one in quarters)
            error = (published * (1 - published) / trials) ** 0.5
            assert rings / trials >= published - 2 * error - 1e-9


class TestSimulations:
    """The whole, small."""

    def by_name(self, report: AlertReport, name: str) -> list[AlertFigures]:
        """Return the alerts of a preset."""
        return list(next(one for one in report.presets if one.name == name).alerts)

    def test_a_census_sees_twice_the_budget_and_does_not_ring_at_it(self) -> None:
        asked = question(census=True, icc=0.0, changed=1.0, true_rate=0.3)
        report = simulate_alerts(asked, trials=40)
        page, ticket = self.by_name(report, "nightly")
        assert [one.burn for one in page.regressions] == pytest.approx([2, 5, 3])
        assert page.regressions[0].recall == 1.0
        assert page.regressions[0].delay == 1
        assert page.regressions[0].reset == 1
        assert page.quiet[0].false_quarters <= 0.09 + 2 * 0.045
        assert ticket.quiet[1].alarms <= 0.05
        assert report.recommendation.preset == "nightly"

    def test_few_labels_and_a_strict_target_get_the_e_detector(self) -> None:
        asked = question(target=0.99, labels=20, frame="traffic", remember=False, slots=34)
        report = simulate_alerts(asked, ["nightly"], trials=12)
        assert report.recommendation.preset == FALLBACK
        assert "median delay" in report.recommendation.text
        assert [one.name for one in report.presets] == ["nightly", FALLBACK]
        assert self.by_name(report, FALLBACK)[0].alert.frame == "golden_set"

    def test_a_preset_that_cannot_be_had_says_why_and_the_others_stay(self) -> None:
        terms = BudgetTerms(target=0.9, window=28 * DAY, cadence=7 * DAY)
        asked = replace(question(census=True, slots=30), subject=Subject(terms=terms, census=True))
        report = simulate_alerts(asked, trials=3)
        unfit = {one.name: one.unfit for one in report.presets}
        assert unfit["nightly"] is None
        assert "propose fraction=0.25" in str(unfit["classic-fast"])
        assert report.recommendation.preset == "nightly"

    def test_the_seed_decides_everything(self) -> None:
        asked = question(census=True, slots=30)
        assert simulate_alerts(asked, trials=4, seed=3) == simulate_alerts(asked, trials=4, seed=3)
        assert simulate_alerts(asked, trials=4, seed=3) != simulate_alerts(asked, trials=4, seed=4)

    def test_an_unknown_preset_is_refused(self) -> None:
        with pytest.raises(UsageError, match="known: nightly, classic-fast, slow, e-detector"):
            simulate_alerts(question(), ["fast"], trials=1)
