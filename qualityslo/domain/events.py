"""The event table (design 5.1): what an answer counts for, given how it ended."""

import math
from enum import StrEnum
from typing import assert_never

import numpy as np

from qualityslo.domain.columns import Coded
from qualityslo.domain.combine import Mask
from qualityslo.domain.golden import AnswerKind
from qualityslo.domain.outcome import Ending

CORRECTNESS = "correctness"
HALLUCINATION = "hallucination"
ABSTENTION = "abstention"  # not an SLI: its verdict is good where the answer does not abstain


class Standing(StrEnum):
    """What one answer is to one SLI.

    `GOOD` and `BAD` follow from the rule alone and need no label. `LEANS_*` follow from a grader
    that says the answer abstains: they stand where a verdict would, and people may overrule them.
    """

    VERDICT = "verdict"
    LEANS_GOOD = "leans_good"
    LEANS_BAD = "leans_bad"
    GOOD = "good"
    BAD = "bad"
    SKIPPED = "skipped"
    FAILED = "failed"


def standing(
    criterion: str, ending: Ending, *, answerable: bool, abstained: bool, expected: AnswerKind
) -> Standing:
    """Return what an answer counts for under a criterion.

    Args:
        criterion: its name; `correctness` and `hallucination` have rows of their own, every
            other criterion is graded wherever there is text to judge.
        ending: how the answer ended.
        answerable: whether the item has an answer at all.
        abstained: whether the text says that it cannot answer.
        expected: the kind of answer the item expects.
    """
    if criterion == CORRECTNESS:
        return _correctness(ending, answerable=answerable, abstained=abstained, expected=expected)
    if ending.failed:
        return Standing.FAILED
    if criterion == HALLUCINATION:
        return _hallucination(ending, answerable=answerable, abstained=abstained)
    if ending in {Ending.ANSWERED, Ending.TRUNCATED, Ending.REFUSAL}:
        return Standing.VERDICT
    return Standing.SKIPPED


def _correctness(
    ending: Ending, *, answerable: bool, abstained: bool, expected: AnswerKind
) -> Standing:
    match ending:
        case Ending.ANSWERED:
            if abstained:
                return Standing.LEANS_BAD if answerable else Standing.LEANS_GOOD
            return Standing.VERDICT if answerable else Standing.LEANS_BAD
        case Ending.REFUSAL:
            return Standing.GOOD if expected is AnswerKind.REFUSAL else Standing.BAD
        case Ending.TOOL_CALL:
            return Standing.VERDICT if expected is AnswerKind.TOOL_CALL else Standing.SKIPPED
        case Ending.EMPTY | Ending.FILTERED | Ending.TRUNCATED:
            return Standing.BAD
        case Ending.INCOMPLETE | Ending.ERROR:
            return Standing.FAILED
        case _:
            assert_never(ending)


def _hallucination(ending: Ending, *, answerable: bool, abstained: bool) -> Standing:
    if ending not in {Ending.ANSWERED, Ending.TRUNCATED}:
        return Standing.SKIPPED
    if ending is Ending.ANSWERED and abstained:
        return Standing.SKIPPED if answerable else Standing.LEANS_GOOD
    return Standing.VERDICT


def standings(
    criterion: str,
    answers: tuple[Coded[Ending], Coded[AnswerKind]],
    *,
    answerable: Mask,
    abstained: Mask,
    unsaid: Mask,
) -> Coded[Standing]:
    """Return what every answer of a set counts for: `standing`, asked once a kind of answer.

    Args:
        criterion: its name.
        answers: how each ended, and the kind that each item expects.
        answerable: which items have an answer.
        abstained: which texts a grader says abstain.
        unsaid: of which texts nobody could say whether they do.
    """
    endings, expected = answers
    # Both are short lists: a kind of answer is a small number.
    shape = (len(endings.values), len(expected.values), 2, 2, 2)
    kinds = endings.codes.astype(np.int16)
    for size, part in zip(shape[1:], (expected.codes, answerable, abstained, unsaid), strict=True):
        kinds *= size
        kinds += np.asarray(part, dtype=np.int16)
    values, places = [], np.zeros(math.prod(shape), dtype=np.int16)
    for number, found in enumerate(np.unique(kinds).tolist()):
        places[found] = number
        ending, kind, *flags = (int(one) for one in np.unravel_index(found, shape))
        can, abstains, unknown = map(bool, flags)
        stands = standing(
            criterion,
            endings.values[ending],
            answerable=can,
            abstained=abstains,
            expected=expected.values[kind],
        )
        # An answer where there is none is wrong unless it abstains: where nobody could say
        # whether it does, that is not known either. A grader's failure is never a bad answer.
        open_yet = stands is Standing.LEANS_BAD and unknown
        values.append(Standing.VERDICT if open_yet else stands)
    return Coded(values, places[kinds])


def measured_standing(measure: str, ending: Ending) -> Standing:
    """Return what an answer counts for under a measured SLI (design 5.1, columns 4 to 7).

    `VERDICT` means that the measured value decides.
    """
    if measure == "availability":
        return Standing.BAD if ending.failed else Standing.GOOD
    if ending.failed:
        return Standing.FAILED
    if measure == "truncation":
        return Standing.BAD if ending is Ending.TRUNCATED else Standing.GOOD
    if measure == "safety_filter":
        return Standing.BAD if ending is Ending.FILTERED else Standing.GOOD
    return Standing.SKIPPED if ending in {Ending.EMPTY, Ending.FILTERED} else Standing.VERDICT
