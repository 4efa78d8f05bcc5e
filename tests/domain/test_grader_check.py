"""From a night's evidence to scored labels: who is in, and for how many each stands."""

from collections.abc import Callable

import numpy as np
import pytest

from qualityslo.domain.calibration import GraderScores
from qualityslo.domain.evidence import AnswerColumns, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.grader_check import LabelledScores, labelled_scores, pooled
from qualityslo.domain.outcome import Ending

Columns = Callable[..., AnswerColumns]
Lay = Callable[..., Labelled]
NAN = float("nan")


def said(*scores: float) -> GraderScores:
    """Return one grader's scores; below one half it flags."""
    values = np.array(scores)
    return GraderScores(
        criterion="correctness",
        grader="contains",
        version="1",
        scores=values,
        flagged=values < 0.5,
    )


def rows(*texts: str, good: str, weights: float = 1.0) -> LabelledScores:
    """Return a night's labelled answers, one an item, `g` or `b`."""
    size = len(texts)
    return LabelledScores(
        items=np.array([f"item {at}" for at in range(size)], dtype=object),
        answers=np.array(texts, dtype=object),
        scores=np.linspace(0.1, 0.9, size),
        flagged=np.zeros(size, dtype=np.bool_),
        good=np.array([one == "g" for one in good]),
        weights=np.full(size, weights),
        unconfirmed=0,
    )


def test_a_label_stands_for_its_share_of_the_open_answers_of_its_stratum(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    """Two of four flagged answers were looked at, two of six quiet ones."""
    columns = make_columns(10, "bbbbgggggg")
    laid = lay(columns, human, drawn=[0, 4, 1, 5], tonight="bg??gb????")
    found = labelled_scores(laid, said(*[0.1] * 4, *[0.9] * 6))
    assert found.items.tolist() == ["item 0", "item 1", "item 4", "item 5"]
    assert found.weights.tolist() == [2, 2, 3, 3]
    assert found.good.tolist() == [False, True, True, False]
    assert found.flagged.tolist() == [True, True, False, False]
    assert found.weights.sum() == 10


def test_what_was_known_before_stands_for_itself(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    columns = make_columns(6, "bbgggg")
    laid = lay(columns, human, drawn=[2, 1], earlier="b?????", tonight="bgg???")
    found = labelled_scores(laid, said(*[0.5] * 6))
    assert dict(zip(found.items, found.weights, strict=True)) == {
        "item 0": 1,
        "item 1": 1,
        "item 2": 4,
    }


def test_what_is_no_graders_word_or_no_settled_label_is_left_out(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    """Empty answers are bad by rule, the fourth was not graded, the fifth waits, the sixth is unsure."""
    endings = [Ending.ANSWERED, Ending.EMPTY, *[Ending.ANSWERED] * 4]
    columns = make_columns(endings, "gggggg")
    laid = lay(columns, human, drawn=[0, 3, 4, 5], tonight="g??bpm")
    found = labelled_scores(laid, said(0.9, 0.9, 0.9, NAN, 0.9, 0.9))
    assert found.items.tolist() == ["item 0"]
    assert found.unconfirmed == 1


def test_an_answer_of_several_nights_is_one_label_that_stands_for_all() -> None:
    labels = pooled([rows("a", "b", good="gg", weights=2), rows("a", "c", good="bg", weights=3)])
    assert labels is not None
    assert len(labels) == 3
    assert sorted(labels.weights.tolist()) == [2, 3, 5]
    assert labels.item_count == 2
    heavy = labels.weights == 5
    assert not labels.good[heavy].any()  # what was said last counts


@pytest.mark.parametrize("nights", [[], [rows(good="")]], ids=["no night", "no label"])
def test_without_labels_there_is_nothing(nights: list[LabelledScores]) -> None:
    assert pooled(nights) is None
