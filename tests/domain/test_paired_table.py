"""Both models on the same items: the table of verdicts, and the labels' difference."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.evidence import AnswerColumns, Labelled
from qualityslo.domain.gate import GateOutcome, decide
from qualityslo.domain.golden import Criterion
from qualityslo.domain.outcome import Ending
from qualityslo.domain.pairs import GateRule, PairedTable, paired_table
from qualityslo.stats import Estimate, PairedStratum, mcnemar_exact, paired_difference_interval

PASS, FAIL, INCONCLUSIVE = GateOutcome.PASS, GateOutcome.FAIL, GateOutcome.INCONCLUSIVE
SET = GateRule(frame="golden_set")
Columns = Callable[..., AnswerColumns]
Lay = Callable[..., Labelled]


def _difference(table: PairedTable) -> Estimate:
    assert table.difference is not None
    return table.difference


def _texts(size: int, *, other: Sequence[int] = ()) -> list[str]:
    """Return one text an item, marked where a model gave another one."""
    return [f"text {at}" + ("*" if at in other else "") for at in range(size)]


# --- the table ---------------------------------------------------------------------------------


def test_the_table_is_the_graders_verdicts_on_the_same_items(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    table = paired_table(
        lay(make_columns(10, "gbbgggggg?"), human),
        lay(make_columns(10, "gbgbgggggg"), human),
        human,
        "faq",
        SET,
    )
    assert (table.both_good, table.only_candidate_bad) == (6, 1)
    assert (table.only_baseline_bad, table.both_bad) == (1, 1)
    assert (table.pairs, table.failed, table.skipped, table.ungraded) == (9, 0, 0, 1)
    assert (table.criterion, table.golden, table.by_definition) == ("correctness", "faq", False)


def test_mcnemar_looks_at_the_disagreements_alone(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    candidate = lay(make_columns(40, "b" * 14 + "g" * 4 + "b" * 2 + "g" * 20), human)
    baseline = lay(make_columns(40, "g" * 14 + "b" * 4 + "b" * 2 + "g" * 20), human)
    table = paired_table(candidate, baseline, human, "faq", SET)
    assert table.mcnemar_p == mcnemar_exact(14, 4)
    assert table.mcnemar_p == pytest.approx(0.030884, abs=5e-7)  # case C35


def test_items_without_a_pair_are_counted_and_in_no_stratum(
    make_columns: Columns, lay: Lay, defined: Criterion
) -> None:
    endings = [Ending.ERROR, Ending.TOOL_CALL, *[Ending.ANSWERED] * 8]
    candidate = lay(make_columns(endings, "g" * 10, texts=_texts(10, other=[5])), defined)
    baseline = lay(make_columns(10, "ggg" + "g" * 7), defined)
    table = paired_table(candidate, baseline, defined, "faq", SET)
    assert (table.pairs, table.failed, table.skipped, table.excluded) == (8, 1, 1, 2)
    assert _difference(table).items == 8


# --- the difference ----------------------------------------------------------------------------


def test_answers_of_one_text_differ_by_nothing_without_a_label(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    columns = make_columns(30, "g" * 30)
    table = paired_table(lay(columns, human), lay(columns, human), human, "faq", SET)
    assert (_difference(table).low, _difference(table).high) == (0, 0)
    assert decide([table], SET).outcome is PASS


def test_the_same_words_cut_short_are_not_the_same_answer(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    cut = [Ending.TRUNCATED] * 5 + [Ending.ANSWERED] * 25
    candidate = lay(make_columns(cut, "g" * 30), human, earlier="ggggg", tonight="ggggg")
    baseline = lay(make_columns(30, "g" * 30), human, earlier="ggggg", tonight="ggggg")
    table = paired_table(candidate, baseline, human, "faq", SET)
    assert (_difference(table).low, _difference(table).high) == (5 / 30, 5 / 30)
    assert decide([table], SET).outcome is FAIL


def test_two_empty_answers_are_bad_alike(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    columns = make_columns([Ending.EMPTY] * 3, texts=["", "", ""])
    table = paired_table(lay(columns, human), lay(columns, human), human, "faq", SET)
    assert (_difference(table).low, _difference(table).high) == (0, 0)
    assert table.both_bad == 3


@pytest.mark.parametrize("frame", ["golden_set", "traffic"])
def test_labels_of_the_draw_make_the_paired_interval(
    make_columns: Columns, lay: Lay, human: Criterion, frame: str
) -> None:
    # 4 of one text, 2 remembered on both sides, 4 flagged (2 looked at), 20 quiet (6 looked at).
    other = range(4, 30)
    flagged = range(6, 10)
    drawn = [6, 7, *range(10, 16)]
    candidate = lay(
        make_columns(30, "g" * 30, texts=_texts(30, other=other)),
        human,
        drawn=drawn,
        flagged=flagged,
        earlier="????bg",
        tonight="????bg" + "bb??" + "bggggg",
    )
    baseline = lay(
        make_columns(30, "g" * 30),
        human,
        drawn=drawn,
        flagged=flagged,
        earlier="????gg",
        tonight="????gg" + "gb??" + "gggggb",
    )
    rule = GateRule(frame="golden_set") if frame == "golden_set" else GateRule()
    table = paired_table(candidate, baseline, human, "faq", rule)
    by_hand = paired_difference_interval(
        [
            PairedStratum(4, 4, 0, 0),
            PairedStratum(2, 2, 1, 0),
            PairedStratum(4, 2, 1, 0),
            PairedStratum(20, 6, 1, 1),
        ],
        frame=rule.frame,
    )
    assert table.difference == by_hand
    assert table.labelled_pairs == 14


def test_one_side_remembered_and_the_other_looked_at_tonight_make_a_pair(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    candidate = lay(
        make_columns(4, "gggg", texts=_texts(4, other=range(4))),
        human,
        drawn=[0, 1],
        tonight="bg",
    )
    baseline = lay(make_columns(4, "gggg"), human, drawn=[0, 1], earlier="gggg", tonight="gggg")
    table = paired_table(candidate, baseline, human, "faq", SET)
    assert table.difference == paired_difference_interval(
        [PairedStratum(4, 2, 1, 0)], frame="golden_set"
    )


def test_only_pairs_in_the_answered_prefix_of_the_draw_count(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    candidate = lay(
        make_columns(20, "g" * 20, texts=_texts(20, other=range(20))),
        human,
        drawn=range(10),
        reached=4,
        tonight="bggg" + "b" * 6,
    )
    baseline = lay(make_columns(20, "g" * 20), human, drawn=range(10), reached=4, tonight="g" * 10)
    table = paired_table(candidate, baseline, human, "faq", SET)
    assert table.difference == paired_difference_interval(
        [PairedStratum(20, 4, 1, 0)], frame="golden_set"
    )


def test_without_labels_there_is_no_difference_to_decide_on(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    candidate = lay(make_columns(10, "g" * 10, texts=_texts(10, other=[0])), human)
    table = paired_table(candidate, lay(make_columns(10, "g" * 10), human), human, "faq", SET)
    assert table.difference is None
    decision = decide([table], SET)
    assert decision.outcome is INCONCLUSIVE
    assert decision.reasons[0].code == "no_labels"


def test_no_pair_at_all_is_inconclusive(make_columns: Columns, lay: Lay, human: Criterion) -> None:
    dead = lay(make_columns([Ending.ERROR] * 5), human)
    table = paired_table(dead, lay(make_columns(5, "ggggg"), human), human, "faq", SET)
    assert (table.difference, table.pairs, table.excluded) == (None, 0, 5)
    assert decide([table], SET).reasons[0].code == "pairs"


def test_a_defining_grader_needs_no_labels_and_what_it_could_not_grade_widens(
    make_columns: Columns, lay: Lay, defined: Criterion
) -> None:
    candidate = lay(make_columns(100, "?b" + "g" * 98, texts=_texts(100, other=[0, 1])), defined)
    baseline = lay(make_columns(100, "g" * 100), defined)
    table = paired_table(candidate, baseline, defined, "faq", SET)
    assert table.by_definition
    difference = _difference(table)
    assert (difference.low, difference.high) == (0.0, 0.02)
    assert decide([table], GateRule(frame="golden_set", default_margin=0.03)).outcome is PASS


def test_an_unconfirmed_bad_label_is_held_against_either_side(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    def table(candidate: str, baseline: str) -> PairedTable:
        return paired_table(
            lay(
                make_columns(20, "g" * 20, texts=_texts(20, other=range(20))),
                human,
                drawn=range(10),
                tonight=candidate,
            ),
            lay(make_columns(20, "g" * 20), human, drawn=range(10), tonight=baseline),
            human,
            "faq",
            SET,
        )

    good = "g" * 10
    open_pair = _difference(table("p" + good[1:], good[1:] + "p"))
    assert open_pair.point is None
    assert open_pair.high == _difference(table("b" + good[1:], good)).high
    assert open_pair.low == _difference(table(good, good[1:] + "b")).low


@pytest.mark.parametrize(
    ("gaps", "enough"), [pytest.param(1, True, id="a tenth"), pytest.param(2, False, id="a fifth")]
)
def test_too_many_looks_without_opinion_leave_the_gate_open(
    make_columns: Columns, lay: Lay, human: Criterion, gaps: int, *, enough: bool
) -> None:
    said = "m" * gaps + "g" * (10 - gaps)
    texts = _texts(11, other=range(10))
    candidate = lay(make_columns(11, "g" * 11, texts=texts), human, drawn=range(10), tonight=said)
    baseline = lay(make_columns(11, "g" * 11), human, drawn=range(10), tonight="g" * 10)
    table = paired_table(candidate, baseline, human, "faq", SET)
    assert table.too_many_missing is not enough
    assert table.difference == paired_difference_interval(
        [PairedStratum(1, 1, 0, 0), PairedStratum(10, 10 - gaps, 0, 0)], frame="golden_set"
    )
    code = decide([table], replace(SET, default_margin=0.9)).reasons[0].code
    assert code == ("non_inferior" if enough else "missing_labels")


def test_the_tenth_is_asked_of_every_stratum_and_of_pairs_that_need_a_look(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    def missing(flagged: Sequence[int], said: str, *, other: Sequence[int] = range(20)) -> bool:
        place = {"drawn": range(20), "flagged": flagged}
        texts = _texts(40, other=other)
        candidate = lay(make_columns(40, "g" * 40, texts=texts), human, tonight=said, **place)
        baseline = lay(make_columns(40, "g" * 40), human, tonight="b" * 20, **place)
        return paired_table(candidate, baseline, human, "faq", SET).too_many_missing

    assert not missing((), "m" + "g" * 19)
    assert missing((0, 1), "m" + "g" * 19)
    assert missing((0, 1), "gg" + "mm" + "g" * 16)
    assert not missing((), "b" * 20)
    assert not missing((), "mmm" + "g" * 17, other=range(3, 20))


def test_people_may_judge_what_no_grader_could(make_columns: Columns, lay: Lay) -> None:
    plain = Criterion(name="correctness", graders=("contains",))
    candidate = make_columns(10, "?" * 5 + "g" * 5, texts=_texts(10, other=range(10)))
    baseline = make_columns(10, "g" * 10)
    drawn = {"drawn": range(10), "flagged": (), "tonight": "g" * 10}
    table = paired_table(
        lay(candidate, plain, **drawn), lay(baseline, plain, **drawn), plain, "faq", SET
    )
    assert (table.pairs, table.ungraded) == (5, 5)
    assert decide([table], SET).outcome is PASS


def test_a_criterion_without_graders_is_decided_by_people_alone(
    make_columns: Columns, lay: Lay
) -> None:
    people_only = Criterion(name="correctness")
    candidate = make_columns(40, texts=_texts(40, other=range(40)))
    drawn = {"drawn": range(30), "flagged": (), "tonight": "g" * 30}
    table = paired_table(
        lay(candidate, people_only, **drawn),
        lay(make_columns(40), people_only, **drawn),
        people_only,
        "faq",
        replace(SET, default_margin=0.5),
    )
    assert (table.pairs, table.ungraded) == (0, 40)
    assert decide([table], replace(SET, default_margin=0.5)).outcome is PASS


sides = st.integers(1, 14).flatmap(
    lambda size: st.tuples(
        *[st.text(alphabet="gb?", min_size=size, max_size=size)] * 2,
        *[st.text(alphabet="gbmp?", min_size=size, max_size=size)] * 2,
        st.sets(st.integers(0, size - 1)),
        st.integers(0, size),
    )
)


@settings(deadline=None)
@given(case=sides, frame=st.sampled_from(["golden_set", "traffic"]))
@pytest.mark.parametrize("by", ["people", "definition"])
def test_swapping_the_models_negates_the_difference(
    make_columns: Columns,
    lay: Lay,
    human: Criterion,
    defined: Criterion,
    *,
    by: str,
    case: tuple[str, str, str, str, set[int], int],
    frame: str,
) -> None:
    said, other_said, tonight, other_tonight, differing, reached = case
    size = len(said)
    criterion = human if by == "people" else defined
    place = {"drawn": range(size), "reached": reached, "flagged": range(0, size, 2)}
    one = lay(
        make_columns(size, said, texts=_texts(size, other=sorted(differing))),
        criterion,
        tonight=tonight,
        **place,
    )
    two = lay(make_columns(size, other_said), criterion, tonight=other_tonight, **place)
    rule = GateRule(frame="golden_set" if frame == "golden_set" else "traffic")
    there = paired_table(one, two, criterion, "faq", rule)
    back = paired_table(two, one, criterion, "faq", rule)
    assert (there.only_candidate_bad, there.only_baseline_bad) == (
        back.only_baseline_bad,
        back.only_candidate_bad,
    )
    assert there.pairs + there.failed + there.skipped + there.ungraded == size
    for same in ("failed", "skipped", "ungraded", "mcnemar_p", "too_many_missing"):
        assert getattr(there, same) == getattr(back, same)
    if there.difference is None:
        assert back.difference is None
        return
    assert back.difference is not None
    assert there.difference.low == pytest.approx(-back.difference.high, abs=1e-12)
    assert there.difference.high == pytest.approx(-back.difference.low, abs=1e-12)
