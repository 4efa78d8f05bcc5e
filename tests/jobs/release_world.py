"""A world of two models and the people who judge them, and what a release draw says of it.

The graders look for `right`. Both models give one text to every 4th item; they are wrong on every
10th and 6th. Two answers of the candidate read well and are bad all the same.
"""

from collections.abc import Callable, Sequence

from qualityslo.domain.draw import Draw, ReviewRule
from qualityslo.domain.gate import GateOutcome
from qualityslo.domain.golden import GoldenItem, LabelPolicy
from qualityslo.domain.pairs import PairedTable
from qualityslo.domain.plan import Plan
from qualityslo.domain.release import ReleaseStratum
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role
from qualityslo.jobs.release import Release, conclude_release, order_release
from qualityslo.stats import Estimate, PairedStratum, paired_gate_interval
from tests.fakes import golden_set
from tests.jobs.conftest import Lab
from tests.jobs.reviewers import Row, fill

C, B, A = ReleaseStratum

SILENT = {"q007", "q017"}


def number(item_id: str) -> int:
    """Return the number in an item's id."""
    return int(item_id[1:])


def same_text(item_id: str) -> bool:
    """Tell whether both models give one text."""
    return number(item_id) % 4 == 1


def flagged(item_id: str, role: Role) -> bool:
    """Tell whether the grader flags a model's answer."""
    wrong = number(item_id) % (10 if role is Role.BASELINE else 6) == 0
    return wrong and not same_text(item_id)


def is_bad(item_id: str, role: Role) -> bool:
    """Tell whether a person calls a model's answer bad."""
    return flagged(item_id, role) or (role is Role.CANDIDATE and item_id in SILENT)


def text_of(role: Role) -> Callable[[GoldenItem], str]:
    """Return what a model answers."""

    def answer(item: GoldenItem) -> str:
        if same_text(item.id):
            return f"right {item.id}"
        return f"{'wrong' if flagged(item.id, role) else 'right'} {role.value} {item.id}"

    return answer


def say(text: str) -> str:
    """Return what a person says of a text."""
    bad = text.startswith("wrong") or (
        "candidate" in text and any(text.endswith(one) for one in SILENT)
    )
    return "bad" if bad else "good"


def stratum(item_id: str) -> ReleaseStratum:
    """Return where a pair of answers belongs."""
    candidate, baseline = (flagged(item_id, role) for role in (Role.CANDIDATE, Role.BASELINE))
    if candidate == baseline:
        return A
    return C if candidate else B


def different(count: int = 60) -> list[str]:
    """Return the items on which the two texts differ."""
    return [f"q{n:03d}" for n in range(count) if not same_text(f"q{n:03d}")]


def pair_counts(inside: Sequence[str], looked_at: Sequence[str]) -> PairedStratum:
    """Return the counts of some pairs of which some were looked at."""
    only = [
        (is_bad(one, Role.CANDIDATE), is_bad(one, Role.BASELINE))
        for one in inside
        if one in set(looked_at)
    ]
    return PairedStratum(
        len(inside), len(only), only.count((True, False)), only.count((False, True))
    )


def by_hand(
    looked_at: Sequence[str], *, remembered: Sequence[str] = (), confidence: float = 0.95
) -> Estimate:
    """Return the interval that these looks give, counted by hand."""
    strata = [
        pair_counts(
            [one for one in different() if stratum(one) is at and one not in remembered], looked_at
        )
        for at in (C, B, A)
    ]
    return paired_gate_interval(
        *strata,
        items=60,
        confidence=confidence,
        remembered=pair_counts(list(remembered), remembered),
    )


def tell(rows: Sequence[Row], reviewer: str = "ann") -> None:
    """Fill every blank truthfully."""
    fill(rows, reviewer, say)


def order(lab: Lab, labels: int, plan: Plan | None = None) -> Release:
    """Order a release draw now."""
    return order_release(plan or lab.plan(), lab.parts(), labels, lab.clock())


def conclude(lab: Lab, release: Release, plan: Plan | None = None) -> Report:
    """Conclude a release draw now."""
    return conclude_release(plan or lab.plan(), lab.parts(), release, lab.clock())


def gate_of(lab: Lab, labels: int, plan: Plan | None = None) -> Report:
    """Do what `qualityslo gate --labels` does."""
    return conclude(lab, order(lab, labels, plan), plan)


def draw_of(lab: Lab, release: Release) -> Draw:
    """Return the draw as the queue keeps it."""
    draw = lab.parts().queue.draw(release.run.run_id, "faq")
    assert draw is not None
    return draw


def table_of(report: Report) -> PairedTable:
    """Return the one table of a report."""
    assert report.gate is not None
    (table,) = report.gate.tables
    return table


def outcome(report: Report) -> tuple[GateOutcome, list[str]]:
    """Return what a gate says, and the codes of its reasons."""
    assert report.gate is not None
    return report.gate.outcome, [reason.code for reason in report.gate.reasons]


def of_release(rows: Sequence[Row], release: Release, lab: Lab) -> list[Row]:
    """Return the rows of a release draw among those that wait."""
    ours = {one.id for one in lab.parts().queue.reviews("shop", release.run.run_id)}
    return [row for row in rows if row["review_id"] in ours]


def first_night(make_lab: Callable[..., Lab], *, careful: bool = False, reviews: int = 10) -> Lab:
    """Return this world an hour after its first night; nobody has looked at anything.

    Where people are `careful`, a bad label counts after a second look.
    """
    lab = make_lab(
        baseline=text_of(Role.BASELINE),
        candidate=text_of(Role.CANDIDATE),
        review=ReviewRule(items_per_night=reviews),
    )
    if careful:
        lab.golden = golden_set("faq", lab.rows, policy=LabelPolicy.CONFIRM_BAD)
    lab.run()
    lab.clock.move(hours=1)
    return lab
