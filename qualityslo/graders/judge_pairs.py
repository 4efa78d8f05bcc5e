"""Pairwise judging: which of two answers is better? Asked in both orders; only agreement counts.

Judges prefer a place: GPT-4 kept its mind on 65 % of pairs whose order was turned (MT-Bench,
arXiv 2306.05685). So each pair is asked twice, each answer first once, and a preference is one
only where both calls name the same answer; a judge that names a place is a tie, marked as such.

Where an item has references or a context, two binary verdicts and a paired test say more than a
preference (and have no place to prefer): `llm_judge` on both models, and the release gate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Response
from qualityslo.domain.verdict import Ungraded, UngradedReason
from qualityslo.graders.judge_calls import Bench, Call, Vote
from qualityslo.graders.judge_form import Label
from qualityslo.graders.judge_prompt import (
    LONGEST_PROMPT,
    Case,
    Question,
    question_fields,
    shown_to_a_judge,
)
from qualityslo.ports import Model

_FIRST, _SECOND, _TIE = "first", "second", "tie"
_LABELS = (
    Label(name=_FIRST, good=True, meaning="ANSWER_1 is better"),
    Label(name=_SECOND, good=False, meaning="ANSWER_2 is better"),
    Label(name=_TIE, good=False, meaning="neither is better"),
)
_TURNED = {_FIRST: _SECOND, _SECOND: _FIRST, _TIE: _TIE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two models' responses to one item."""

    item: GoldenItem
    first: Response
    second: Response


class Better(StrEnum):
    """Which answer of a pair is better."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What both calls agree on; `agreed` is false where they did not, which makes a tie."""

    better: Better
    agreed: bool


class PairwiseJudge:
    """Compares answers by asking a model in both orders; the module's docstring is the rule."""

    def __init__(
        self,
        model: Model,
        *,
        criterion: str,
        rubric: str = "",
        longest_prompt: int = LONGEST_PROMPT,
    ) -> None:
        """Compare by `rubric`, or by the criterion's name alone where there is none."""
        self._bench = Bench(model=model, longest_prompt=longest_prompt)
        self._question = Question(
            criterion=criterion,
            ask=f"which of the two answers, ANSWER_1 or ANSWER_2, is better in {criterion}?",
            labels=_LABELS,
            rubric=rubric.strip(),
        )

    def compare(self, pairs: Sequence[Pair]) -> Iterator[Preference | Ungraded]:
        """Yield one preference a pair, in order; ungraded where a call has no verdict."""
        cases = [case for one in pairs for case in self._cases(one)]
        votes = iter(self._bench.votes([Call(case=case) for case in cases]))
        for one in pairs:
            straight, turned = next(votes), next(votes)
            blank = not (one.first.text.strip() and one.second.text.strip())
            yield _no_text() if blank else _agreement(straight, turned)

    def _cases(self, pair: Pair) -> tuple[Case, Case]:
        first, second = (shown_to_a_judge(one.text) for one in (pair.first, pair.second))
        given = question_fields(pair.item)
        straight, turned = (
            Case(question=self._question, fields=(*given, ("ANSWER_1", one), ("ANSWER_2", other)))
            for one, other in ((first, second), (second, first))
        )
        return straight, turned


def _agreement(straight: Vote, turned: Vote) -> Preference | Ungraded:
    for vote in (straight, turned):
        if isinstance(vote, Ungraded):
            return vote
    assert not isinstance(straight, Ungraded), "returned above"
    assert not isinstance(turned, Ungraded), "returned above"
    if not (straight.label and turned.label):
        detail = "the judge gave a score, not one of first, second, tie"
        return Ungraded(reason=UngradedReason.UNPARSEABLE, detail=detail)
    agreed = straight.label == _TURNED[turned.label]
    return Preference(better=Better(straight.label) if agreed else Better.TIE, agreed=agreed)


def _no_text() -> Ungraded:
    return Ungraded(reason=UngradedReason.NOT_APPLICABLE, detail="an answer has no text")
