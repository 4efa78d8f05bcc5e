"""Which rules an alert may have, what it says of itself, and the ready sets of them."""

from datetime import timedelta

import pytest

from qualityslo.domain.alert_presets import PRESETS, Subject, e_detector, preset
from qualityslo.domain.alerts import (
    Accumulated,
    Alert,
    AlertSeverity,
    Evidence,
    LowerLimit,
    WindowLimit,
)
from qualityslo.domain.burn import BudgetTerms, BurnCondition
from qualityslo.errors import UsageError
from qualityslo.stats import Frame

DAY = timedelta(days=1)
TERMS = BudgetTerms(target=0.9, window=30 * DAY, cadence=DAY)
STREAM = BudgetTerms(target=0.99, window=30 * DAY, cadence=timedelta(minutes=5))


def test_point_above_a_factor_and_one_97_5_percent_bound_is_rejected_with_its_figures() -> None:
    with pytest.raises(UsageError, match="in up to 88 % of quarters that kept the budget") as said:
        LowerLimit(tail=0.025)
    assert "may ring falsely 2.2 times a quarter" in str(said.value)
    assert "use tail=0.001, or tail=0.025 on 2 slots running" in str(said.value)


@pytest.mark.parametrize(
    ("tail", "running", "most"),
    [(0.001, 1, 0.09), (0.025, 2, 0.055625), (0.001, 2, 89e-6)],
    ids=["page", "ticket", "both"],
)
def test_rules_add_up_to_the_published_false_alarms_a_quarter(
    tail: float, running: int, most: float
) -> None:
    assert LowerLimit(tail=tail, running=running).expected_false == pytest.approx(most)


@pytest.mark.parametrize("tail", [0.005, 0.0012, 0.025, 0.4])
def test_levels_that_do_not_add_up_are_rejected(tail: float) -> None:
    with pytest.raises(UsageError, match="may ring falsely"):
        LowerLimit(tail=tail)


@pytest.mark.parametrize(
    ("tail", "running", "looks"), [(0.0, 1, 1), (0.5, 1, 1), (0.001, 0, 1), (0.001, 1, 0)]
)
def test_a_rule_that_is_none_is_rejected(tail: float, running: int, looks: int) -> None:
    with pytest.raises(UsageError, match="slots and looks from 1 on"):
        LowerLimit(tail=tail, running=running, looks=looks)


@pytest.mark.parametrize("evidence", [WindowLimit(), Accumulated()])
def test_pooled_events_are_not_judged_by_what_is_about_single_slots(evidence: Evidence) -> None:
    burn = BurnCondition(fraction=0.05, factor=36.0, long=12, short=1, pooled=True)
    with pytest.raises(UsageError, match="give it the evidence of a LowerLimit"):
        Alert(name="fast", severity=AlertSeverity.PAGE, evidence=evidence, burn=burn)


@pytest.mark.parametrize(
    ("frame", "census", "rules"),
    [
        pytest.param(
            "golden_set",
            False,
            [
                "99.9 % lower limit above the budget (this set's rate)",
                "97.5 % lower limit above the budget on 2 slots running (this set's rate)",
            ],
            id="this set, labels sampled",
        ),
        pytest.param(
            "traffic",
            False,
            [
                "97.5 % lower limit above the budget on 2 slots running (the population rate)",
                "99.5 % lower limit of the window above the budget (the population rate)",
            ],
            id="the population, labels sampled",
        ),
        pytest.param(
            "golden_set",
            True,
            [
                "99.9 % lower limit above the budget (the population rate)",
                "99.5 % lower limit above the budget on 2 slots running (the population rate)",
            ],
            id="a census has no width as a set",
        ),
    ],
)
def test_the_default_says_whose_rate_rings(frame: Frame, census: bool, rules: list[str]) -> None:  # noqa: FBT001 - a case
    page, ticket = preset("nightly", Subject(terms=TERMS, frame=frame, census=census))
    assert [page.in_words(), ticket.in_words()] == rules
    assert (page.severity, ticket.severity) == (AlertSeverity.PAGE, AlertSeverity.TICKET)
    assert page.burn is ticket.burn is None


@pytest.mark.parametrize("name", ["classic-fast", "slow"])
@pytest.mark.parametrize("frame", ["golden_set", "traffic"])
def test_a_budget_factor_stands_on_top_of_the_same_evidence(name: str, frame: Frame) -> None:
    subject = Subject(terms=TERMS, frame=frame)
    page, ticket = preset("nightly", subject)
    (alert,) = preset(name, subject)
    assert alert.burn is not None
    assert alert.evidence == (page if name == "classic-fast" else ticket).evidence


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "classic-fast",
            "burn above 36 over 12 slots (5 % of the budget) and over the last 1, and ",
        ),
        ("slow", "burn above 1 over 864 slots (10 % of the budget) and over the last 72, and "),
    ],
)
def test_a_stream_has_look_backs_of_events(name: str, words: str) -> None:
    (alert,) = preset(name, Subject(terms=STREAM, stream=True))
    assert alert.pooled
    evidence = "99.9 % lower limit above the budget (the population rate)"
    assert alert.in_words() == words + evidence


def test_a_weekly_batch_cannot_lose_five_percent_of_a_month_unseen() -> None:
    weekly = BudgetTerms(target=0.9, window=28 * DAY, cadence=7 * DAY)
    with pytest.raises(UsageError, match=r"below 1: .*propose fraction=0\.25"):
        preset("classic-fast", Subject(terms=weekly))


def test_looks_reach_the_evidence() -> None:
    for alert in preset("nightly", Subject(terms=TERMS, looks=2)):
        assert isinstance(alert.evidence, LowerLimit)
        assert alert.evidence.looks == 2


def test_the_e_detector_is_about_the_set_and_says_why_about_nothing_else() -> None:
    (alert,) = e_detector(Subject(terms=TERMS))
    assert (alert.frame, alert.in_words()) == ("golden_set", "e-detector at 900 (this set's rate)")
    with pytest.raises(UsageError, match="it rang falsely in 16 to 43 % of quarters"):
        e_detector(Subject(terms=TERMS, frame="traffic"))


def test_an_unknown_preset_is_told_the_known_ones() -> None:
    with pytest.raises(UsageError, match="known: nightly, classic-fast, slow, e-detector"):
        preset("fast", Subject(terms=TERMS))
    assert list(PRESETS) == ["nightly", "classic-fast", "slow", "e-detector"]
