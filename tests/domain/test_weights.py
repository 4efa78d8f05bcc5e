"""What a slot adds to a window: the weights of the design, and when it adds nothing."""

from collections.abc import Callable

import pytest

from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.evidence import AnswerColumns, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.outcome import Ending
from qualityslo.domain.weights import item_weights

Columns = Callable[..., AnswerColumns]
Lay = Callable[..., Labelled]
RULE = EstimationRule()
ACT = EstimationRule(act_on_uncorrected=True)


def test_a_drawn_item_stands_for_its_stratum_and_a_known_one_for_itself(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    # 1 by rule (bad), 1 remembered (good), 4 flagged (2 looked at), 6 quiet (3 looked at).
    endings = [Ending.EMPTY] + [Ending.ANSWERED] * 11
    labelled = lay(
        make_columns(endings, "gg" + "bbbb" + "g" * 6),
        human,
        drawn=[2, 3, 6, 7, 8],
        earlier="?g",
        tonight="?g" + "bg??" + "ggb",
    )
    found = item_weights(labelled, human, RULE)
    assert found.weight.tolist() == [1, 1, 2, 2, 0, 0, 2, 2, 2, 0, 0, 0]
    assert found.bad.tolist() == [1, 0, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0]
    assert found.worst.tolist() == found.bad.tolist()
    assert found.weight.sum() == 12
    assert (found.complete, found.census) == (True, False)


def test_a_stratum_without_a_label_makes_the_slot_incomplete(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    columns = make_columns(10, "bb" + "g" * 8)
    labelled = lay(columns, human, drawn=[5, 0], reached=1, tonight="?????g")
    assert not item_weights(labelled, human, RULE).complete
    assert not item_weights(lay(columns, human), human, RULE).complete


def test_everything_labelled_is_a_census(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    found = item_weights(lay(make_columns(3, "ggg"), human, earlier="gbg"), human, RULE)
    assert (found.complete, found.census, found.method) == (True, True, "census")
    assert found.bad.tolist() == [0, 1, 0]


@pytest.mark.parametrize("rule", [RULE, ACT], ids=["plainly", "even on uncorrected rates"])
def test_a_slot_without_valid_answers_adds_nothing(
    make_columns: Columns, lay: Lay, human: Criterion, defined: Criterion, rule: EstimationRule
) -> None:
    columns = make_columns([Ending.ERROR, Ending.TOOL_CALL], "gb")
    for criterion in (human, defined):
        found = item_weights(lay(columns, criterion), criterion, rule)
        assert (found.complete, found.census, found.weight.sum()) == (False, False, 0)


def test_too_many_looks_without_opinion_make_the_slot_incomplete(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    columns = make_columns(40, "g" * 40)
    few = lay(columns, human, drawn=range(10), tonight="m" + "g" * 9)
    many = lay(columns, human, drawn=range(10), tonight="mm" + "g" * 8)
    assert item_weights(few, human, RULE).complete
    assert not item_weights(many, human, RULE).complete


def test_an_unconfirmed_bad_label_is_good_at_best_and_bad_at_worst(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    labelled = lay(make_columns(6, "g" * 6), human, drawn=range(3), tonight="pbg")
    found = item_weights(labelled, human, RULE)
    assert found.weight.tolist() == [2, 2, 2, 0, 0, 0]
    assert found.bad.tolist() == [0, 2, 0, 0, 0, 0]
    assert found.worst.tolist() == [2, 2, 0, 0, 0, 0]


def test_a_defined_criterion_counts_every_valid_answer_and_leaves_the_ungraded_open(
    make_columns: Columns, lay: Lay, defined: Criterion
) -> None:
    columns = make_columns([Ending.ANSWERED] * 3 + [Ending.ERROR], "gb?g")
    found = item_weights(lay(columns, defined, drawn=range(3)), defined, RULE)
    assert found.weight.tolist() == [1, 1, 1, 0]
    assert found.bad.tolist() == [0, 1, 0, 0]
    assert found.worst.tolist() == [0, 1, 1, 0]
    assert (found.complete, found.census, found.method) == (True, True, "definition")


def test_the_graders_word_stands_in_only_where_that_is_asked_for_and_nobody_looked(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    columns = make_columns(4, "gb?g")
    assert not item_weights(lay(columns, human), human, RULE).complete
    found = item_weights(lay(columns, human), human, ACT)
    assert (found.complete, found.census, found.method) == (True, True, "uncorrected")
    assert (found.bad.tolist(), found.worst.tolist()) == ([0, 1, 0, 0], [0, 1, 1, 0])
    looked = lay(columns, human, flagged=(), drawn=range(2), tonight="gg")
    assert item_weights(looked, human, ACT).bad.sum() == 0
