"""The grader `llm_judge`: a model is asked one binary question about each answer.

It is given any model the spec can name, and has no client of its own. Correctness is asked about
against the references (correct / incorrect / not attempted), hallucination against the context
with a quotation that code looks up, any other criterion by the card's rubric alone.

A judge errs, and can be talked to by what it judges: it is one grader among others, whose verdicts
people's labels correct. What it does not say clearly is `Ungraded`, never a guess:
`unparseable` (after one repair), `truncated` (the judge was cut short, or its prompt is too long),
`grader_error` with the code of the failure.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence

from qualityslo.domain.golden import Json
from qualityslo.domain.verdict import Answer, Grade, Ungraded, Verdict
from qualityslo.errors import PluginError
from qualityslo.graders.checks import flag, refuse_unknown, whole
from qualityslo.graders.judge_calls import Bench, Call, Vote
from qualityslo.graders.judge_form import Read
from qualityslo.graders.judge_prompt import (
    CORRECTNESS,
    HALLUCINATION,
    LONGEST_PROMPT,
    Case,
    case_of,
    question_of,
)
from qualityslo.ports import Model

RULE = "1"
"""Changes with the reading of replies; the wording of the questions is hashed."""

_LONGEST_RATIONALE = 300


class LlmJudge:
    """Judges one criterion by asking a model; the module's docstring is the rule.

    Parameters of the spec:
        model: {use: openai_http, ...}; required. A model that is not the one judged, at
            temperature 0, with enough max_tokens for a sentence and a quotation.
        repeat (1): calls an answer, an odd number; the majority decides, and the share of good
            votes is the score, so that a score between 0 and 1 is a verdict that flipped.
        repair (true): ask once more, with what is wrong, after a reply that is no verdict.
        longest_prompt (200000): characters; a longer prompt is not sent.
        json_schema (false): have the model's server enforce the form of the reply
            (`response_format`); for `openai_http` servers that know it.

    `criterion` and `rubric` come from the golden card.
    """

    name = "llm_judge"

    def __init__(  # noqa: PLR0913 - one argument a parameter of the spec
        self,
        *,
        model: Model,
        criterion: str = CORRECTNESS,
        rubric: str = "",
        repeat: int = 1,
        repair: bool = True,
        longest_prompt: int = LONGEST_PROMPT,
        json_schema: bool = False,
        **unknown: object,
    ) -> None:
        """Check the parameters; nothing is asked before `grade`.

        Raises:
            PluginError: a parameter is unknown or unusable, or there is nothing to ask about.
        """
        known = "model, repeat, repair, longest_prompt, json_schema"
        refuse_unknown(self.name, unknown, known)
        self.repeat = whole(self.name, "repeat", repeat)
        if self.repeat % 2 == 0:
            raise PluginError(f"grader 'llm_judge': repeat {repeat!r} is even, and votes may tie")
        if criterion not in {CORRECTNESS, HALLUCINATION} and not rubric.strip():
            raise PluginError(
                f"grader 'llm_judge': criterion {criterion!r} has no rubric to judge by; write one"
                " into the golden card"
            )
        if not hasattr(model, "answer"):
            raise PluginError(
                f"grader 'llm_judge': model {model!r} is none; write {{use: openai_http, ...}}"
            )
        self.criterion = criterion
        self._rubric = rubric
        self._bench = Bench(
            model=model,
            longest_prompt=whole(self.name, "longest_prompt", longest_prompt),
            repair=flag(self.name, "repair", repair),
        )
        self.version = self._version(json_schema=flag(self.name, "json_schema", json_schema))

    @staticmethod
    def model_parameters(criterion: str) -> dict[str, Json]:
        """Return what `json_schema: true` adds to the parameters of the judge's model."""
        schema: dict[str, Json] = {
            "name": "verdict",
            "strict": True,
            "schema": question_of(criterion, "").schema(),
        }
        return {"extra": {"response_format": {"type": "json_schema", "json_schema": schema}}}

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, in order; the whole batch is asked about at once."""
        cases = [case_of(answer, self.criterion, self._rubric) for answer in batch]
        calls = [
            Call(case=one, number=number)
            for one in cases
            if isinstance(one, Case)
            for number in range(self.repeat)
        ]
        votes = iter(self._bench.votes(calls))
        for one in cases:
            if isinstance(one, Ungraded):
                yield one
            else:
                yield _majority([next(votes) for _ in range(self.repeat)])

    def close(self) -> None:
        """Release the judge's model; a later `grade` may start it again."""
        self._bench.model.close()

    def _version(self, *, json_schema: bool) -> str:
        """Return the version: the rule, and a digest of all that shapes a verdict."""
        wordings = [
            question_of(self.criterion, self._rubric, declining=one) for one in (False, True)
        ]
        shape = {
            "prompts": [Case(question=one, fields=(("X", ""),)).prompt(0) for one in wordings],
            "model": self._bench.model.identity.as_json(),
            "repeat": self.repeat,
            "repair": self._bench.repair,
            "longest_prompt": self._bench.longest_prompt,
            "json_schema": json_schema,
        }
        hashed = json.dumps(shape, sort_keys=True).encode()
        return f"{RULE}-{hashlib.sha256(hashed).hexdigest()[:16]}"


def flips(grades: Iterable[Grade]) -> tuple[int, int]:
    """Return how many verdicts of a repeating judge were not unanimous, and of how many.

    >>> flips([Verdict(good=True, score=2 / 3), Verdict(good=True, score=1.0)])
    (1, 2)
    """
    scores = [one.score for one in grades if isinstance(one, Verdict)]
    return sum(0 < score < 1 for score in scores), len(scores)


def _majority(votes: Sequence[Vote]) -> Grade:
    """Return what more than half of all votes say; a vote that is missing says nothing."""
    cast = [vote for vote in votes if isinstance(vote, Read)]
    good = sum(vote.good for vote in cast)
    for side, count in ((True, good), (False, len(cast) - good)):
        if 2 * count > len(votes):
            said = next(vote for vote in cast if vote.good is side)
            tally = f" ({good} of {len(cast)} votes good)" if len(votes) > 1 else ""
            return Verdict(good=side, score=good / len(cast), rationale=_rationale(said) + tally)
    # An odd number of votes without a majority: one is missing.
    missing = next(vote for vote in votes if isinstance(vote, Ungraded))
    if len(votes) == 1:
        return missing
    detail = (
        f"no majority: {good} of {len(votes)} votes good, {len(cast) - good} bad; {missing.detail}"
    )
    return Ungraded(reason=missing.reason, detail=detail)


def _rationale(said: Read) -> str:
    quote = f" [{said.quote}]" if said.quote else ""
    line = " ".join(f"{said.label or said.good}: {said.reason}{quote}".split())
    return line.encode("utf-8", "replace").decode()[:_LONGEST_RATIONALE]
