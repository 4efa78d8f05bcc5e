"""Asking a judge: calls go to a model in one stream, replies come back as votes, in order.

A reply that cannot be used is answered once with what is wrong with it (`repair`). A judge that
failed, or was cut short, has no vote; neither has one whose prompt is too long to be sent whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from qualityslo.domain.golden import GoldenItem, Message
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response
from qualityslo.domain.verdict import Ungraded, UngradedReason
from qualityslo.graders.judge_evidence import with_evidence
from qualityslo.graders.judge_form import Read, Reading, Unreadable
from qualityslo.graders.judge_prompt import Case, shown_to_a_judge
from qualityslo.graders.judge_reply import read_reply
from qualityslo.ports import Model

Vote: TypeAlias = Read | Ungraded

_REPAIR = (
    "This reply cannot be used: {why}. Decide again, by the same question and verdicts, and reply"
    " with the JSON object alone."
)
_REPEATED_BACK = 4_000
_LONGEST_DETAIL = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call about a case; repeats of a case have other numbers."""

    case: Case
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A model on the bench: how it is asked.

    `longest_prompt` is in characters; `repair` allows one more call after an unusable reply.
    """

    model: Model
    longest_prompt: int
    repair: bool = True

    def votes(self, calls: Sequence[Call]) -> list[Vote]:
        """Return one vote a call, in order; equal calls are asked once. Raises nothing."""
        keys = [call.case.boundary(call.number) for call in calls]
        asked = dict(zip(keys, calls, strict=True))
        votes: dict[str, Vote] = {}
        prompts: dict[str, str] = {}
        for key, call in asked.items():
            prompt = call.case.prompt(call.number)
            if len(prompt) <= self.longest_prompt:
                prompts[key] = prompt
            else:
                votes[key] = self._too_long(prompt)
        questions = [GoldenItem(id=key, question=prompt) for key, prompt in prompts.items()]
        outcomes = self._ask(questions)
        second: list[GoldenItem] = []
        for key, prompt in prompts.items():
            outcome = outcomes[key]
            read = _cut(prompt, outcome) or _read(asked[key].case, outcome)
            if isinstance(read, Unreadable) and self.repair and isinstance(outcome, Response):
                second.append(_repair_item(key, prompt, outcome.text, read.why))
            votes[key] = _vote(read)
        for key, outcome in self._ask(second).items():
            votes[key] = _vote(_read(asked[key].case, outcome))
        return [votes[key] for key in keys]

    def _too_long(self, prompt: str) -> Ungraded:
        detail = (
            f"the judge was not asked: {len(prompt)} characters are more than the"
            f" {self.longest_prompt} of longest_prompt, and nothing is cut silently"
        )
        return Ungraded(reason=UngradedReason.TRUNCATED, detail=detail)

    def _ask(self, items: Sequence[GoldenItem]) -> Mapping[str, Outcome]:
        """Return an outcome for every item, whatever the model does."""
        wanted = {item.id for item in items}
        found: dict[str, Outcome] = {}
        code, detail = "no_outcome", "the judge's model gave no outcome"
        if items:
            try:
                for outcome in self.model.answer(items):
                    if outcome.item_id in wanted:
                        found[outcome.item_id] = outcome
            except Exception as error:  # noqa: BLE001 - a judge that dies leaves answers ungraded, not a night undone
                code, detail = type(error).__name__, str(error)
        for item in items:
            missing = Failure(item_id=item.id, ending=Ending.ERROR, code=code, detail=detail)
            found.setdefault(item.id, missing)
        return found


def _repair_item(key: str, prompt: str, reply: str, why: str) -> GoldenItem:
    ask = _REPAIR.format(why=why)
    said = shown_to_a_judge(reply[:_REPEATED_BACK]) or "(nothing)"
    turns = (("user", prompt), ("assistant", said), ("user", ask))
    messages = tuple(Message(role=role, content=content) for role, content in turns)
    return GoldenItem(id=key, question=ask, messages=messages)


def _read(case: Case, outcome: Outcome) -> Reading | Ungraded:
    match outcome:
        case Failure():
            detail = f"the judge failed: {outcome.code}: {outcome.detail}"[:_LONGEST_DETAIL]
            return Ungraded(reason=UngradedReason.GRADER_ERROR, detail=detail)
        case Response(ending=Ending.TRUNCATED):
            detail = "the judge was cut short: raise the max_tokens of its model"
            return Ungraded(reason=UngradedReason.TRUNCATED, detail=detail)
        case Response(ending=Ending.FILTERED):
            detail = "the judge failed: filtered: its provider withheld the reply"
            return Ungraded(reason=UngradedReason.GRADER_ERROR, detail=detail)
        case Response():
            reading = read_reply(outcome.text, case.question.form, case.texts)
            return reading if isinstance(reading, Unreadable) else with_evidence(reading, case)
        case _:
            assert_never(outcome)


def _cut(prompt: str, outcome: Outcome) -> Ungraded | None:
    """Return that a server read less than it was sent; some cut long prompts without a word.

    Every word of a prompt is at least one token.
    """
    if not isinstance(outcome, Response) or outcome.usage.prompt_tokens is None:
        return None
    words, tokens = len(prompt.split()), outcome.usage.prompt_tokens
    if tokens >= words:
        return None
    detail = f"the judge's server read {tokens} tokens of a prompt of {words} words"
    return Ungraded(reason=UngradedReason.TRUNCATED, detail=detail)


def _vote(read: Reading | Ungraded) -> Vote:
    if isinstance(read, Unreadable):
        detail = f"the judge's reply is no verdict ({read.fault.value}): {read.why}"
        return Ungraded(reason=UngradedReason.UNPARSEABLE, detail=detail)
    return read
