"""Lint: each rule names the items it is about and no others."""

from collections.abc import Callable

import pytest

from qualityslo.domain.golden import Json
from qualityslo.domain.reason import Severity
from qualityslo.errors import GoldenSetError
from qualityslo.golden.findings import Finding, items_for_target, what_it_can_show
from qualityslo.golden.lint import LintReport, lint, stats_of
from qualityslo.golden.source import CheckedSource
from qualityslo.stats import zero_failure_upper

SourceOf = Callable[..., CheckedSource]

_CARD = "criteria: {correctness: {truth: human, rubric: Judge it.}}\n"


def _only(report: LintReport, code: str) -> Finding:
    (found,) = [finding for finding in report.findings if finding.code == code]
    return found


def _codes(report: LintReport) -> set[str]:
    return {finding.code for finding in report.findings}


def _row(item_id: str, question: str, **fields: Json) -> dict[str, Json]:
    return {"id": item_id, "question": question, **fields}


def test_a_sound_set_has_nothing_but_what_it_can_show(source_of: SourceOf) -> None:
    rows = [_row(f"q{at}", f"How high is hill {at}?", references=["5 m"]) for at in range(12)]
    report = lint(source_of(*rows, card=_CARD))
    assert report.clean
    assert _codes(report) == {"what_it_can_show"}
    detail = (
        "12 items with no failure still allow 26.5 % bad; a 99 % target needs at least 368 items"
    )
    assert report.findings[0].detail == detail


@pytest.mark.parametrize(
    ("code", "severity", "bad", "good"),
    [
        pytest.param(
            "empty_reference",
            Severity.ERROR,
            {"references": ["a", " "]},
            {"references": ["a"]},
            id="a blank reference",
        ),
        pytest.param(
            "unanswerable_with_references",
            Severity.WARNING,
            {"references": ["x"], "answerable": False},
            {"references": [], "answerable": False},
            id="an unanswerable item with references",
        ),
        pytest.param(
            "reference_in_question",
            Severity.WARNING,
            {"references": ["THE river!"]},
            {"references": ["the riverbank"]},
            id="the question holds the reference",
        ),
        pytest.param(
            "no_reference",
            Severity.INFO,
            {},
            {"answer": {"type": "refusal"}},
            id="no reference",
        ),
        pytest.param(
            "reference_not_in_context",
            Severity.INFO,
            {"references": ["80"], "answer": {"type": "number"}, "context": "up to 180 kg"},
            {"references": ["1500", "80"], "answer": {"type": "number"}, "context": "1,500 kg"},
            id="a number that is not in the context",
        ),
        pytest.param(
            "reference_not_in_context",
            Severity.INFO,
            {"references": ["b; d"], "answer": {"type": "list"}, "context": ["a b", "c"]},
            {"references": ["b; c"], "answer": {"type": "list"}, "context": ["a b", "c"]},
            id="a list of which a part is missing",
        ),
        pytest.param(
            "reference_not_in_context",
            Severity.INFO,
            {"references": ["x"], "context": "y", "slices": {"kind": "lookup"}},
            {"references": ["x"], "context": "y", "slices": {"kind": "multi-hop"}},
            id="a look-up by its slice",
        ),
        pytest.param(
            "long_context",
            Severity.INFO,
            {"context": ["x" * 8_000, "y"]},
            {"context": "x" * 8_000},
            id="a long context",
        ),
        pytest.param("unknown_field", Severity.WARNING, {"metric": 1}, {}, id="an unknown field"),
        pytest.param("blank_context", Severity.WARNING, {"context": " "}, {}, id="blank context"),
        pytest.param(
            "tolerance_unused",
            Severity.WARNING,
            {"answer": {"tolerance": 1}},
            {"answer": {"tolerance": 1, "type": "number"}},
            id="a tolerance of a text",
        ),
    ],
)
def test_a_rule_names_the_items_it_is_about(
    source_of: SourceOf,
    code: str,
    severity: Severity,
    bad: dict[str, Json],
    good: dict[str, Json],
) -> None:
    rows = [_row("bad", "Where is the river?", **bad), _row("good", "What is a lake?", **good)]
    finding = _only(lint(source_of(*rows, card=_CARD)), code)
    assert finding.item_ids == ("bad",)
    assert finding.severity is severity


def test_a_reference_in_the_question_needs_whole_words(source_of: SourceOf) -> None:
    report = lint(source_of(_row("a", "How many rivers?", references=["river"])))
    assert "reference_in_question" not in _codes(report)


def test_look_alike_ids_are_named_together(source_of: SourceOf) -> None:
    wide = "\uff211"  # a full-width A, and 1
    rows = [_row(wide, "one?"), _row("b", "two?"), _row("a1 ", "three?")]
    assert _only(lint(source_of(*rows)), "look_alike_ids").item_ids == (wide, "a1 ")


def test_the_same_question_in_the_same_setting_is_a_duplicate(source_of: SourceOf) -> None:
    rows = [
        _row("a", "How high?", context="hill", references=["5 m"]),
        _row("b", "how HIGH", context="hill", references=["5 M."]),
        _row("c", "How high?", context="tower", references=["9 m"]),
    ]
    report = lint(source_of(*rows))
    finding = _only(report, "duplicate_question")
    assert finding.item_ids == ("a", "b")
    assert finding.severity is Severity.WARNING
    assert "different_references" not in _codes(report)


@pytest.mark.parametrize(
    "other", [{"references": ["6 m"]}, {"references": ["5 m"], "answerable": False}, {}]
)
def test_the_same_question_with_different_references_is_an_error(
    source_of: SourceOf, other: dict[str, Json]
) -> None:
    rows = [_row("a", "How high?", references=["5 m"]), _row("b", "How high?", **other)]
    report = lint(source_of(*rows))
    assert _only(report, "different_references").item_ids == ("a", "b")
    assert report.findings[0].severity is Severity.ERROR


def test_the_last_turn_alone_does_not_make_a_duplicate(source_of: SourceOf) -> None:
    last: Json = {"role": "user", "content": "And today?"}
    rows: list[Json] = [
        {"id": name, "messages": [{"role": "user", "content": f"Tell of {name}."}, last]}
        for name in ("rain", "snow")
    ]
    assert "duplicate_question" not in _codes(lint(source_of(*rows)))


_TEN = "one two three four five six seven eight nine ten"
_TWENTY = f"{_TEN} {' '.join(f'{word}teen' for word in _TEN.split())}"


def test_nearly_equal_questions_are_named_together(source_of: SourceOf) -> None:
    rows = [
        _row("a", f"{_TEN}?"),
        _row("b", f"{_TEN} eleven?"),
        _row("c", f"{_TEN} eleven twelve?"),
        _row("d", "something else altogether?"),
        _row("e", f"{_TEN} eleven?", context="in another setting"),
    ]
    report = lint(source_of(*rows))
    assert _only(report, "near_duplicate").item_ids == ("a", "b", "c")


def test_near_duplicates_are_not_searched_in_a_large_set(source_of: SourceOf) -> None:
    rows = [_row(f"q{at}", f"{_TWENTY} {at}?") for at in range(5_001)]
    assert _only(lint(source_of(*rows[:5])), "near_duplicate").item_ids == _ids(rows[:5])
    assert "near_duplicate" not in _codes(lint(source_of(*rows)))


def _ids(rows: list[dict[str, Json]]) -> tuple[Json, ...]:
    return tuple(row["id"] for row in rows)


def test_small_slices_are_counted(source_of: SourceOf) -> None:
    rows = [
        _row(f"q{at}", f"{at}?", slices={"topic": "x" if at < 10 else "y", "all": "z"})
        for at in range(13)
    ]
    finding = _only(lint(source_of(*rows)), "small_slices")
    assert finding.item_ids == ()
    assert finding.detail.endswith("too few for a figure alone: 'topic'='y' (3)")


def test_very_many_small_slices_are_cut(source_of: SourceOf) -> None:
    rows = [_row(f"q{at}", f"{at}?", slices={"n": str(at)}) for at in range(25)]
    assert _only(lint(source_of(*rows)), "small_slices").detail.endswith("and 5 more")


def test_a_card_without_a_rubric_for_people_is_a_warning(source_of: SourceOf) -> None:
    card = "criteria:\n  a: {truth: human}\n  b: {truth: 'grader:closed'}\n"
    report = lint(source_of(_row("a", "q?"), card=card))
    assert "'a'" in _only(report, "no_rubric").detail
    assert not report.clean


def test_a_set_without_a_card_says_so(source_of: SourceOf) -> None:
    report = lint(source_of(_row("a", "q?")))
    assert _only(report, "no_card").severity is Severity.INFO


def test_findings_come_the_worst_first(source_of: SourceOf) -> None:
    report = lint(source_of(_row("a", "q?", reference="", metric=1)))
    order = [finding.severity for finding in report.findings]
    assert order == sorted(order, key=[Severity.ERROR, Severity.WARNING, Severity.INFO].index)
    assert [finding.code for finding in report.of(Severity.ERROR)] == ["empty_reference"]


def test_an_unusable_set_cannot_be_linted(source_of: SourceOf) -> None:
    with pytest.raises(GoldenSetError, match="no question"):
        lint(source_of({"id": "a"}))


def test_what_one_item_can_show() -> None:
    assert what_it_can_show(1).startswith("1 item with no failure still allow 97.5 % bad")


@pytest.mark.parametrize("target", [0.5, 0.9, 0.95, 0.99, 0.999])
def test_the_items_a_target_needs_are_the_fewest(target: float) -> None:
    items = items_for_target(target)
    assert zero_failure_upper(items) <= 1 - target < zero_failure_upper(items - 1)


def test_stats_count_what_a_set_holds(source_of: SourceOf) -> None:
    user: Json = {"role": "user", "content": "four"}
    rows: list[Json] = [
        _row("a", "q", references=["x", "yz"], context=["12", "3"], slices={"s": "1"}, group="g"),
        _row("b", "qqq", answerable=False, answer={"type": "date"}, slices={"s": "2"}, group="g"),
        {"id": "c", "messages": [user], "slices": {"s": "1"}},
    ]
    source = source_of(*rows)
    assert stats_of(source) == {
        "name": "set",
        "version": "1",
        "digest": source.describe().digest,
        "items": 3,
        "answerable": 2,
        "answerable_share": 2 / 3,
        "conversations": 1,
        "with_context": 1,
        "groups": 1,
        "kinds": {"date": 1, "text": 2},
        "references": {"0": 2, "2": 1},
        "slices": {"s": {"1": 2, "2": 1}},
        "lengths": {
            "question": {"shortest": 1, "median": 3, "longest": 4},
            "context": {"shortest": 3, "median": 3, "longest": 3},
            "reference": {"shortest": 1, "median": 1.5, "longest": 2},
        },
    }


def test_stats_of_what_is_not_there_are_null(source_of: SourceOf) -> None:
    lengths = stats_of(source_of(_row("a", "q")))["lengths"]
    assert isinstance(lengths, dict)
    assert lengths["context"] is None
    assert lengths["reference"] is None
