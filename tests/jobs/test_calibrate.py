"""Calibrating on a store of real nights: what is fitted, stored, applied, watched, and said."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from qualityslo.domain.calibration import Calibration, Skill
from qualityslo.domain.combination import Combination
from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.grader_check import GraderCheck
from qualityslo.domain.sli import Role
from qualityslo.domain.verdict import Answer, Grade, Verdict
from qualityslo.jobs.calibrate import CalibrationOrder, calibrate
from qualityslo.store.calibrations import SqlCalibrations
from qualityslo.store.database import open_database
from tests.fakes import START, FakeGrader, answers as answering
from tests.jobs.conftest import DAY, Lab
from tests.jobs.reviewers import fill, open_rows, send

MakeLab = Callable[..., Lab]
SHOW = CalibrationOrder(dry_run=True)
LOOKS = ReviewRule(items_per_night=40, floor=5)


def answer(night: int, bad_every: int = 4) -> Callable[[GoldenItem], str]:
    """Return a rule whose texts are new every night: bad on every n-th item."""

    def rule(item: GoldenItem) -> str:
        number = int(item.id[1:])
        return f"{'wrong' if number % bad_every == 0 else 'right'} {number} night {night}"

    return rule


def number_in(answer: Answer) -> int:
    """Return the item's number."""
    return int(answer.response.text.split()[1])


def skilled(answer: Answer) -> Grade:
    """Score bad answers 0.3 or 0.8 and good ones 0.9, seldom 0.8: useful, and far too sure."""
    number = number_in(answer)
    if answer.response.text.startswith("wrong"):
        return Verdict(good=number % 8 != 0, score=0.8 if number % 8 else 0.3)
    return Verdict(good=True, score=0.9 if number % 15 else 0.8)


def blind(answer: Answer) -> Grade:
    """Score by the item's number, whatever is said."""
    score = (number_in(answer) * 37 % 100) / 100
    return Verdict(good=score >= 0.5, score=score)


def harsh(answer: Answer) -> Grade:
    """Call every second good answer bad as well."""
    number = number_in(answer)
    good = not answer.response.text.startswith("wrong") and number % 2 == 1
    return Verdict(good=good, score=0.9 if good else 0.2)


def say(text: str) -> str:
    """Call bad what is wrong."""
    return "bad" if text.startswith("wrong") else "good"


@dataclass
class Shop:
    """A laboratory with one grader, run night after night, and its calibrations."""

    lab: Lab
    nights: int = 0

    def night(self, *, labelled: bool = True, bad_every: int = 4) -> None:
        """Run the next night; people look at all of it."""
        self.lab.another_model(Role.BASELINE, answer(self.nights, bad_every))
        self.lab.run(START + self.nights * DAY)
        self.nights += 1
        if labelled:
            rows = open_rows(self.lab)
            fill(rows, said=say)
            send(self.lab, rows)
        self.lab.clock.move(days=1)

    def calibrations(self) -> SqlCalibrations:
        """Return the store of calibrations."""
        database = open_database(f"sqlite:///{self.lab.folder / 'facts.db'}")
        return SqlCalibrations(database, self.lab.clock)

    def check(self, order: CalibrationOrder | None = None) -> GraderCheck:
        """Calibrate as of now."""
        lab = self.lab
        found = calibrate(
            lab.plan(), lab.parts(), self.calibrations(), lab.clock(), order or CalibrationOrder()
        )
        assert len(found) == 1
        return found[0]

    def stored(self) -> list[Calibration]:
        """Return all calibrations."""
        return self.calibrations().calibrations("shop", "faq", self.lab.clock())

    def grade_by(self, rule: Callable[[Answer], Grade], version: str = "1") -> None:
        """Let another rule judge."""
        self.lab.graders = {"correctness": [FakeGrader("correctness", rule, version=version)]}


@pytest.fixture
def shop(make_lab: MakeLab) -> Shop:
    """Return a shop of 120 items with a skilled grader and 40 reviews a night."""
    lab = make_lab(count=120, candidate=None, baseline=answer(0), review=LOOKS)
    found = Shop(lab)
    found.grade_by(skilled)
    return found


def test_enough_labels_make_a_calibration_that_is_stored(shop: Shop) -> None:
    for _ in range(3):
        shop.night()
    check = shop.check()
    assert (check.skill, check.stored, check.labels, check.nights) == (
        Skill.CALIBRATED,
        True,
        120,
        3,
    )
    assert check.measured is not None
    assert check.measured.after.ece.point < check.measured.before.ece.point
    assert check.measured.verdicts.specificity.point == 1.0
    stored = shop.stored()
    assert [one.id for one in stored] == [check.calibration.id if check.calibration else None]
    assert (stored[0].first_slot, stored[0].last_slot) == (START, START + 2 * DAY)
    assert stored[0].score_map.method == "platt"
    assert stored[0] == replace(check.calibration, created_at=stored[0].created_at)  # type: ignore[type-var]  # it is one


def test_the_same_labels_make_no_second_calibration_and_the_same_figures(shop: Shop) -> None:
    for _ in range(2):
        shop.night()
    first, second = shop.check(), shop.check()
    assert (first.stored, second.stored, len(shop.stored())) == (True, False, 1)
    assert first.measured == second.measured


def test_a_dry_run_stores_nothing(shop: Shop) -> None:
    for _ in range(2):
        shop.night()
    check = shop.check(SHOW)
    assert check.calibration is not None
    assert (check.stored, shop.stored()) == (False, [])


def test_too_few_labels_are_said_and_fit_nothing(shop: Shop) -> None:
    shop.night(labelled=False)
    check = shop.check()
    assert (check.skill, check.labels) == (Skill.TOO_FEW_LABELS, 0)
    assert (check.measured, check.calibration, shop.stored()) == (None, None, [])
    assert "too few labels" in check.in_words


def test_few_of_a_kind_are_too_few(shop: Shop) -> None:
    for _ in range(2):
        shop.night(bad_every=60)
    check = shop.check()
    assert check.labels >= 60
    assert check.bad < 10
    assert check.skill is Skill.TOO_FEW_LABELS


def test_a_grader_without_skill_is_told_and_left_out_of_the_mean(shop: Shop) -> None:
    shop.grade_by(blind)
    for _ in range(3):
        shop.night()
    check = shop.check()
    assert check.skill is Skill.NO_SKILL
    assert "no skill" in check.in_words
    criterion = replace(shop.lab.golden.criteria[0], combine=Combination.CALIBRATED_MEAN)
    shop.lab.golden = replace(shop.lab.golden, criteria=(criterion,))
    shop.night(labelled=False)
    report = shop.lab.run(START + (shop.nights - 1) * DAY)
    counts = next(one.counts for one in report.slis if one.sli == "correctness")
    flagged = sum(not blind_word(number) for number in range(120))
    assert counts.bad == flagged


def blind_word(number: int) -> bool:
    """Return the blind grader's own verdict."""
    return (number * 37 % 100) / 100 >= 0.5


@pytest.mark.parametrize("changed", ["version", "rubric"])
def test_a_changed_grader_or_rubric_starts_a_new_series_with_a_notice(
    shop: Shop, changed: str
) -> None:
    for _ in range(2):
        shop.night()
    shop.check()
    if changed == "version":
        shop.grade_by(skilled, version="2")
    else:
        criterion = replace(shop.lab.golden.criteria[0], rubric="judge it more strictly")
        shop.lab.golden = replace(shop.lab.golden, criteria=(criterion,))
    check = shop.check()
    assert check.skill is Skill.TOO_FEW_LABELS
    assert len(check.notices) == 1
    assert f"is of {changed}" in check.notices[0]
    assert "not applied" in check.notices[0]


def test_a_calibration_moves_verdicts_and_alarms_of_later_nights_only(shop: Shop) -> None:
    """Scores of 0.8 are called good by the grader, and have meant bad in most cases."""
    criterion = replace(shop.lab.golden.criteria[0], combine=Combination.CALIBRATED_MEAN)
    shop.lab.golden = replace(shop.lab.golden, criteria=(criterion,))
    for _ in range(3):
        shop.night()
    assert alarms(shop) == [15, 15, 15]
    check = shop.check()
    assert check.calibration is not None
    good = check.calibration.score_map.apply([0.3, 0.8, 0.9])
    assert (good >= 0.5).tolist() == [False, False, True]
    shop.night()
    doubtful = 15 + 15 + 6  # scores of 0.3, and of 0.8: bad ones and good ones
    assert alarms(shop) == [15, 15, 15, doubtful]
    report = shop.lab.parts().store.conclusions(shop.lab.plan(START + 3 * DAY).run_id)[0]
    slis = report["slis"]
    assert isinstance(slis, list)
    bad = [one["counts"]["bad"] for one in slis if one["sli"] == "correctness"]  # type: ignore[index, call-overload]  # JSON
    assert bad == [doubtful]


def alarms(shop: Shop) -> list[int]:
    """Return the alarm strata's sizes as they are read now, night by night."""
    from qualityslo.jobs.night import Nights, finished_runs, flagged_items

    plan, parts = shop.lab.plan(), shop.lab.parts()
    nights = Nights(plan, parts.store, parts.queue, shop.lab.clock())
    sizes = []
    for run in finished_runs(parts.store.runs("shop"), shop.lab.clock()):
        night = nights.night(run, shop.lab.golden)
        judged = {key: one.judged for key, one in night.labelled.items()}
        sizes.append(int(flagged_items(judged, shop.lab.golden, 120).sum()))
    return sizes


def test_a_grader_that_changes_is_seen_and_one_that_does_not_is_not(shop: Shop) -> None:
    for _ in range(3):
        shop.night()
    shop.check()
    for _ in range(3):
        shop.night(labelled=False)
    quiet = shop.check().drift
    assert quiet is not None
    assert (quiet.drifts, len(quiet.nights)) == (False, 3)
    shop.grade_by(harsh)  # the same version: a judge behind an API
    shop.night()
    loud = shop.check().drift
    assert loud is not None
    assert loud.share_alarms == (START + 6 * DAY,)
    assert loud.drifts
    last = loud.nights[-1]
    assert (last.graded, last.flagged, last.labels) == (120, 60, 40)
    assert last.disagreement == pytest.approx(30 / 120, abs=0.1)


def test_recalibrating_hides_no_drift_unless_asked_to(shop: Shop) -> None:
    for _ in range(3):
        shop.night()
    shop.check()
    shop.grade_by(harsh)
    for _ in range(2):
        shop.night()
    again = shop.check()
    assert again.stored
    assert again.drift is not None
    assert shop.check().drift == again.drift
    restarted = shop.check(CalibrationOrder(restart=True, nights=2))
    assert restarted.stored
    fresh = shop.check().drift
    assert fresh is not None
    assert (fresh.reference_slots[0], fresh.drifts) == (START + 3 * DAY, False)


def test_bad_labels_that_wait_for_a_second_look_are_left_out_and_counted(
    make_lab: MakeLab,
) -> None:
    from qualityslo.domain.golden import LabelPolicy

    lab = make_lab(count=120, candidate=None, baseline=answer(0), review=LOOKS)
    criterion = replace(lab.golden.criteria[0], label_policy=LabelPolicy.CONFIRM_BAD)
    lab.golden = replace(lab.golden, criteria=(criterion,))
    shop = Shop(lab)
    shop.grade_by(skilled)
    for _ in range(2):
        shop.night()
    check = shop.check()
    assert check.bad == 0
    assert "wait for a second look" in check.notices[0]


def test_a_service_that_nobody_judges_has_nothing_to_calibrate(make_lab: MakeLab) -> None:
    lab = make_lab(human=(), definition=("correctness",), baseline=lambda _: "right")
    lab.models[Role.BASELINE] = replace(
        lab.models[Role.BASELINE], rule=answering(lambda _: "right")
    )
    lab.run()
    store = Shop(lab).calibrations()
    assert calibrate(lab.plan(), lab.parts(), store, lab.clock(), SHOW) == []
