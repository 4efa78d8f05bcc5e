"""The items worth reading: regressions first, what people confirmed before what they refuted."""

from collections.abc import Callable
from dataclasses import replace

from qualityslo.domain.draw import ReviewRule
from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Outcome
from qualityslo.domain.report import Example, ExampleKind, Report
from qualityslo.domain.sli import Role
from qualityslo.jobs import regressions
from qualityslo.jobs.settle import settle
from tests.fakes import reply
from tests.jobs.conftest import Lab, mostly_right
from tests.jobs.reviewers import fill, open_rows, send

MakeLab = Callable[..., Lab]


def by_kind(report: Report, kind: ExampleKind) -> list[Example]:
    """Return the examples of a kind, the worst first."""
    return [one for one in report.examples if one.kind is kind]


def test_regressions_are_where_only_the_candidate_is_bad(lab: Lab) -> None:
    report = lab.run()
    wrong = {f"q{at:03d}" for at in range(0, 60, 6)} - {f"q{at:03d}" for at in range(0, 60, 10)}
    assert {one.item_id for one in by_kind(report, ExampleKind.REGRESSION)} == wrong
    assert {one.item_id for one in by_kind(report, ExampleKind.BOTH_BAD)} == {"q000", "q030"}
    assert report.example_totals == {"regression": 8, "both_bad": 2}
    kinds = [one.kind for one in report.examples]
    assert kinds == sorted(kinds, key=list(ExampleKind).index)


def test_an_example_says_what_was_asked_answered_and_judged_and_why(lab: Lab) -> None:
    one = by_kind(lab.run(), ExampleKind.REGRESSION)[0]
    assert one.question == f"question {one.item_id[0]}{int(one.item_id[1:])}?"
    assert one.answers == {"baseline": "right", "candidate": "wrong"}
    assert one.references == ("right",)
    assert one.context == (f"context {int(one.item_id[1:])}",)
    assert one.criteria == ("correctness",)
    assert one.endings == {"baseline": "answered", "candidate": "answered"}
    assert one.slices["half"] in {"first", "second"}
    assert one.cosine is not None
    said = {one.role: (one.by, one.verdict, one.detail) for one in one.said}
    assert said[Role.BASELINE] == ("fake", "good", "")
    assert said[Role.CANDIDATE] == ("fake", "bad", "no 'right'")


def test_a_candidate_that_failed_where_the_baseline_did_not_is_a_regression(lab: Lab) -> None:
    def rule(item: GoldenItem) -> Outcome:
        if item.id == "q001":
            return Failure(item_id=item.id, ending=Ending.ERROR, code="timeout")
        return reply(item, "right")

    lab.models[Role.CANDIDATE].rule = rule
    report = lab.run()
    assert [one.item_id for one in report.examples] == ["q001"]
    assert report.examples[0].endings["candidate"] == "error: timeout"
    assert report.examples[0].criteria == ()


def test_what_decides_against_the_graders_is_said_too(make_lab: MakeLab) -> None:
    lab = make_lab()
    lab.models[Role.CANDIDATE].rule = lambda item: reply(
        item, "right", Ending.TRUNCATED if item.id == "q001" else Ending.ANSWERED
    )
    one = next(one for one in lab.run().examples if one.item_id == "q001")
    rows = [(row.by, row.verdict, row.detail) for row in one.said if row.role is Role.CANDIDATE]
    assert ("rule", "bad", "ended as truncated") in rows


def test_what_people_confirmed_comes_first_and_what_they_refuted_last(make_lab: MakeLab) -> None:
    lab = make_lab(review=ReviewRule(items_per_night=60))
    first = lab.run()
    refuted = first.examples[0].item_id
    confirmed = first.examples[-3].item_id

    rows = open_rows(lab)
    for row in rows:
        fill([row], said=(lambda _: "good") if row["item_id"] == refuted else None)
    lab.clock.move(hours=1)
    send(lab, rows)
    found = settle(lab.plan(), lab.parts(), lab.clock())[-1].report
    shown = [one.item_id for one in by_kind(found, ExampleKind.REGRESSION)]
    assert shown[-1] == refuted
    assert shown.index(confirmed) < shown.index(refuted)
    one = next(one for one in found.examples if one.item_id == confirmed)
    assert ("people", "bad") in {(row.by, row.verdict) for row in one.said}


def test_of_many_regressions_only_the_worst_are_kept_and_all_are_counted(
    make_lab: MakeLab,
) -> None:
    lab = make_lab(count=450, baseline=lambda _: "right", candidate=lambda _: "wrong")
    report = lab.run()
    assert len(report.examples) == regressions.MAX_REGRESSIONS
    assert report.example_totals["regression"] == 450


def test_without_a_candidate_the_flagged_answers_are_shown(make_lab: MakeLab) -> None:
    report = make_lab(candidate=None, baseline=mostly_right(20)).run()
    assert {one.item_id for one in report.examples} == {"q000", "q020", "q040"}
    assert {one.kind for one in report.examples} == {ExampleKind.FLAGGED}
    assert report.examples[0].criteria == ("correctness",)


def test_a_report_keeps_no_endless_text(lab: Lab) -> None:
    lab.models[Role.CANDIDATE] = replace(
        lab.models[Role.CANDIDATE], rule=lambda item: reply(item, "wrong " * 10_000)
    )
    text = lab.run().examples[0].answers["candidate"]
    assert len(text) < regressions.MAX_TEXT + 60
    assert text.endswith("[40,000 more characters in the facts]")
