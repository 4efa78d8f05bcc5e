"""Golden items and sets: one question with what a right answer needs; a named, digested collection."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from qualityslo.domain.combination import Combination

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class AnswerKind(StrEnum):
    """What a right answer to an item is; it selects the rule of the closed-answer graders."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    LIST = "list"
    REFUSAL = "refusal"
    TOOL_CALL = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerType:
    """The kind of answer expected, and for numbers how near is near enough.

    `tolerance` is absolute, in the reference's unit, or a fraction of the reference where
    `relative` is set.
    """

    kind: AnswerKind = AnswerKind.TEXT
    tolerance: float = 0.0
    relative: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation, in the words of the chat-completions protocol."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenItem:
    """One question of a golden set.

    `references` are alternatives, any of which is right; an empty tuple means there is none.
    `question` is always set: for a conversation it is the last user turn.
    """

    id: str
    question: str
    messages: tuple[Message, ...] = ()
    context: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    answer: AnswerType = field(default_factory=AnswerType)
    answerable: bool = True
    group: str | None = None
    slices: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, Json] | None = None

    @property
    def digest(self) -> str:
        """Identity of the item: sha256 of what is asked and what is right.

        The id, the slices and the free `meta` are left out, so that a renamed or re-sliced item
        keeps its labels (design 5.7).
        """
        return _sha256(self._asked())

    @property
    def fingerprint(self) -> str:
        """The sha256 of everything parsed, id, group, slices and meta included; makes the set's digest."""
        rest: dict[str, Json] = {
            "id": self.id,
            "group": self.group,
            "slices": dict(self.slices),
            "meta": None if self.meta is None else dict(self.meta),
        }
        return _sha256({**self._asked(), **rest})

    def _asked(self) -> dict[str, Json]:
        answer = self.answer
        return {
            "question": self.question,
            "messages": [[message.role, message.content] for message in self.messages],
            "context": list(self.context),
            "references": list(self.references),
            "answer": [answer.kind.value, answer.tolerance, answer.relative, answer.unit],
            "answerable": self.answerable,
        }


class TruthKind(StrEnum):
    """Who defines the truth of a criterion (design 5.3)."""

    HUMAN = "human"
    GRADER = "grader"


class LabelPolicy(StrEnum):
    """How labels of several people become one truth.

    `confirm_bad`: a bad label counts after a second person's blind look agrees; where they
    differ, an adjudicator decides. `single`: the latest label counts.
    """

    CONFIRM_BAD = "confirm_bad"
    SINGLE = "single"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """What is judged on a golden set: by which graders, against which rubric, and whose word is final."""

    name: str
    truth: TruthKind = TruthKind.HUMAN
    truth_grader: str | None = None
    graders: tuple[str, ...] = ()
    rubric: str = ""
    label_policy: LabelPolicy = LabelPolicy.CONFIRM_BAD
    combine: Combination = Combination.ANY_BAD

    @property
    def rubric_hash(self) -> str:
        """Identity of the rubric and the label policy; a label made under another one is not reused."""
        return _sha256([self.name, self.rubric.strip(), self.label_policy.value])

    @property
    def needs_people(self) -> bool:
        """Whether only labels can make this criterion's estimate conclude."""
        return self.truth is TruthKind.HUMAN


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenSet:
    """What is known of a golden set before its items stream: name, size, digest, criteria."""

    name: str
    location: str
    items: int
    digest: str
    criteria: tuple[Criterion, ...]
    version: str = "1"
    purpose: str = ""
    sampled_from: str = "authored"
    licence: str = ""

    def criterion(self, name: str) -> Criterion | None:
        """Return the criterion of that name, or None where the set does not judge it."""
        return next((one for one in self.criteria if one.name == name), None)

    @property
    def human_criteria(self) -> tuple[Criterion, ...]:
        """The criteria whose truth needs people, in the card's order."""
        return tuple(one for one in self.criteria if one.needs_people)


def _sha256(value: object) -> str:
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
