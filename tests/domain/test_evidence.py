"""Answers under the event table: nothing is lost, failures are never graded."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.events import ABSTENTION
from qualityslo.domain.evidence import (
    AnswerColumns,
    Code,
    Counts,
    Sample,
    alarm_mask,
    judge,
    known_codes,
    nightly_strata,
)
from qualityslo.domain.golden import AnswerKind, Criterion, TruthKind
from qualityslo.domain.label import AnswerKey, Truth
from qualityslo.domain.outcome import Ending

Columns = Callable[..., AnswerColumns]

rows = st.lists(
    st.tuples(
        st.sampled_from(Ending),
        st.booleans(),
        st.sampled_from(AnswerKind),
        st.sampled_from("gb?"),
        st.sampled_from("gb?"),
    ),
    max_size=30,
)
criteria = st.builds(
    Criterion,
    name=st.sampled_from(["correctness", "hallucination", "safety"]),
    truth=st.sampled_from(TruthKind),
)


@given(rows=rows, criterion=criteria, failures_are_bad=st.booleans())
def test_valid_failed_and_skipped_are_all_that_was_planned(
    make_columns: Columns,
    rows: list[tuple[Ending, bool, AnswerKind, str, str]],
    criterion: Criterion,
    *,
    failures_are_bad: bool,
) -> None:
    columns = make_columns(
        [row[0] for row in rows],
        "".join(row[3] for row in rows),
        criterion=criterion.name,
        answerable=[row[1] for row in rows],
        expected=[row[2] for row in rows],
        abstention="".join(row[4] for row in rows),
    )
    judged = judge(columns, criterion, failures_are_bad=failures_are_bad)
    counts = judged.counts()
    assert counts.valid + counts.failed + counts.skipped == counts.planned == len(rows)
    assert not (judged.valid & judged.failed).any()
    assert counts.bad + counts.ungraded <= counts.valid
    assert not (judged.decided & ~judged.valid).any()
    failures = np.array([row[0].failed for row in rows], dtype=np.bool_)
    if failures_are_bad:
        assert (judged.verdict[failures] == Code.BAD).all()
        assert counts.failed == 0
    else:
        assert (judged.verdict[failures] == Code.UNKNOWN).all()
        assert counts.failed == failures.sum()


def test_a_verdict_on_a_failure_or_a_skipped_answer_is_not_looked_at(
    make_columns: Columns, human: Criterion
) -> None:
    endings = [Ending.ERROR, Ending.INCOMPLETE, Ending.TOOL_CALL]
    judged = judge(make_columns(endings, "bgb"), human)
    assert judged.counts() == Counts(planned=3, valid=0, failed=2, skipped=1)


def test_the_graders_word_stands_where_no_rule_decides(
    make_columns: Columns, human: Criterion
) -> None:
    judged = judge(make_columns(4, "gb?g"), human)
    assert judged.counts() == Counts(planned=4, valid=4, failed=0, skipped=0, bad=1, ungraded=1)
    assert not judged.decided.any()


def test_a_criterion_without_graders_is_unknown_everywhere(
    make_columns: Columns, human: Criterion
) -> None:
    assert judge(make_columns(3), human).counts().ungraded == 3


def test_an_ending_that_decides_needs_no_label(make_columns: Columns, human: Criterion) -> None:
    endings = [Ending.EMPTY, Ending.REFUSAL, Ending.REFUSAL, Ending.ANSWERED]
    kinds = [AnswerKind.TEXT, AnswerKind.TEXT, AnswerKind.REFUSAL, AnswerKind.TEXT]
    judged = judge(make_columns(endings, "gggg", expected=kinds), human)
    assert judged.decided.tolist() == [True, True, True, False]
    assert judged.verdict.tolist() == [Code.BAD, Code.BAD, Code.GOOD, Code.GOOD]


def test_an_abstention_stands_for_a_verdict_and_people_may_overrule_it(
    make_columns: Columns, human: Criterion
) -> None:
    columns = make_columns(4, "gggg", abstention="bbgg", answerable=[True, False, False, True])
    judged = judge(columns, human)
    assert judged.verdict.tolist() == [Code.BAD, Code.GOOD, Code.BAD, Code.GOOD]
    assert not judged.decided.any()


@pytest.mark.parametrize("truth", TruthKind)
def test_an_abstention_grader_that_failed_never_makes_a_bad_answer(
    make_columns: Columns, truth: TruthKind
) -> None:
    criterion = Criterion(name="correctness", truth=truth)
    columns = make_columns(2, "??", abstention="??", answerable=[False, True])
    counts = judge(columns, criterion).counts()
    assert (counts.bad, counts.ungraded) == (0, 2)


def test_without_any_word_on_abstention_an_unanswerable_item_is_not_known_to_be_bad(
    make_columns: Columns, human: Criterion
) -> None:
    columns = make_columns(1, "?", answerable=[False])
    silent = AnswerColumns(
        item_ids=columns.item_ids,
        item_digests=columns.item_digests,
        answer_hashes=columns.answer_hashes,
        endings=columns.endings,
        answerable=columns.answerable,
        expected=columns.expected,
        verdicts={name: said for name, said in columns.verdicts.items() if name != ABSTENTION},
        measures={},
    )
    assert judge(silent, human).counts().bad == 0


def test_where_a_graders_rule_is_the_truth_its_verdicts_decide(
    make_columns: Columns, defined: Criterion
) -> None:
    judged = judge(make_columns([Ending.ANSWERED] * 3 + [Ending.ERROR], "gb?g"), defined)
    assert judged.decided.tolist() == [True, True, False, False]


def test_counts_that_hide_an_item_are_refused() -> None:
    with pytest.raises(ValueError, match=r"valid \+ failed \+ skipped must be planned"):
        Counts(planned=10, valid=7, failed=1, skipped=1)


def _key(at: int, criterion: Criterion, rubric_hash: str | None = None) -> AnswerKey:
    return AnswerKey(
        item_digest=f"item {at}",
        answer_hash=f"text {at}",
        criterion=criterion.name,
        rubric_hash=criterion.rubric_hash if rubric_hash is None else rubric_hash,
    )


def test_labels_are_found_by_item_answer_criterion_and_rubric(
    make_columns: Columns, human: Criterion
) -> None:
    judged = judge(make_columns(5, "ggggg"), human)
    other = Criterion(name="safety")
    known = {
        _key(0, human): Truth.GOOD,
        _key(1, human): Truth.BAD,
        _key(2, human, "another rubric"): Truth.BAD,
        _key(3, other): Truth.BAD,
        _key(9, human): Truth.BAD,
    }
    found = known_codes(judged, human, known).tolist()
    assert found == [Code.GOOD, Code.BAD, Code.UNKNOWN, Code.UNKNOWN, Code.UNKNOWN]


def test_a_look_without_opinion_and_an_unconfirmed_bad_label_are_neither_good_nor_bad(
    make_columns: Columns, human: Criterion
) -> None:
    judged = judge(make_columns(2, "gg"), human)
    known = {_key(0, human): Truth.MISSING, _key(1, human): Truth.PENDING}
    missing, pending = known_codes(judged, human, known).tolist()
    assert missing == Code.MISSING
    assert pending not in {Code.GOOD, Code.BAD, Code.UNKNOWN, Code.MISSING}


def test_nobodys_word_counts_where_a_rule_decides_or_nothing_is_valid(
    make_columns: Columns, human: Criterion, defined: Criterion
) -> None:
    endings = [Ending.EMPTY, Ending.ERROR, Ending.TOOL_CALL]
    known = {_key(at, human): Truth.GOOD for at in range(3)}
    assert set(known_codes(judge(make_columns(endings, "ggg"), human), human, known)) == {
        Code.UNKNOWN
    }
    ungraded = judge(make_columns(1, "?"), defined)
    labels = {_key(0, defined): Truth.GOOD}
    assert known_codes(ungraded, defined, labels).tolist() == [Code.UNKNOWN]


def test_an_item_is_in_alarm_where_any_model_or_criterion_is_flagged_or_ungraded(
    make_columns: Columns, human: Criterion
) -> None:
    one = judge(make_columns([Ending.ANSWERED] * 4 + [Ending.ERROR], "gbg?b"), human)
    two = judge(make_columns(5, "ggggg"), human)
    three = judge(make_columns([Ending.EMPTY] + [Ending.ANSWERED] * 4, "ggggg"), human)
    assert alarm_mask([one]).tolist() == [False, True, False, True, False]
    assert alarm_mask([one, two]).tolist() == alarm_mask([two, one]).tolist()
    assert alarm_mask([one, two, three]).tolist() == [True, True, False, True, False]


def test_the_answered_prefix_of_a_draw_ends_where_people_have_come() -> None:
    flagged = np.array([True, False, False, True])
    sample = Sample(strata=nightly_strata(flagged), position=np.array([1, -1, 0, 2]), reached=2)
    assert sample.asked().tolist() == [True, False, True, False]
    assert [(name.value, mask.tolist()) for name, mask in sample.strata] == [
        ("alarm", [True, False, False, True]),
        ("quiet", [False, True, True, False]),
    ]


def test_a_night_without_draw_asked_nobody() -> None:
    strata = nightly_strata(np.array([True, False]))
    assert not Sample.laid(strata, ["a", "b"], []).asked().any()
