"""One small fake per port, for tests that need a world they control."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from qualityslo.domain.golden import Criterion, GoldenItem, GoldenSet, LabelPolicy, TruthKind
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response, Timing
from qualityslo.domain.report import Report
from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.errors import StoreError
from qualityslo.ports import Embedded, Recording

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        """Start at an instant."""
        self.now = now

    def __call__(self) -> datetime:
        """Return the present instant."""
        return self.now

    def move(self, **parts: float) -> datetime:
        """Move on by hours, minutes, ..."""
        self.now += timedelta(**parts)
        return self.now


def reply(item: GoldenItem, text: str, ending: Ending = Ending.ANSWERED) -> Response:
    """Return a response with plausible times."""
    timing = Timing(ttft_s=0.1, inter_token_s=0.01, total_s=0.5)
    return Response(item_id=item.id, ending=ending, text=text, raw=text, timing=timing)


@dataclass
class FakeModel:
    """Answers by a rule; remembers whom it was asked about, and can die on the way."""

    rule: Callable[[GoldenItem], Outcome]
    name: str = "fake"
    revision: str = "1"
    asked: list[str] = field(default_factory=list)
    dies_after: int | None = None
    closed: int = 0

    @property
    def identity(self) -> ModelIdentity:
        """What this model is."""
        return ModelIdentity(kind="fake", name=self.name, revision=self.revision)

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield one outcome an item."""
        for item in items:
            if self.dies_after is not None and len(self.asked) >= self.dies_after:
                raise KeyboardInterrupt
            self.asked.append(item.id)
            yield self.rule(item)

    def close(self) -> None:
        """Count the call."""
        self.closed += 1


@dataclass
class FakeGrader:
    """Judges by a rule on the visible text."""

    criterion: str
    rule: Callable[[Answer], Grade]
    name: str = "fake"
    version: str = "1"
    seen: list[str] = field(default_factory=list)

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer."""
        for answer in batch:
            self.seen.append(answer.item.id)
            yield self.rule(answer)


def good_if(text: str) -> Callable[[Answer], Grade]:
    """Return a rule: good where the answer holds the text."""

    def rule(answer: Answer) -> Grade:
        good = text in answer.response.text
        return Verdict(good=good, score=float(good), rationale="" if good else f"no {text!r}")

    return rule


def ungraded(_: Answer) -> Grade:
    """Come to no conclusion."""
    return Ungraded(reason=UngradedReason.NOT_APPLICABLE)


class FakeEmbedder:
    """Embeds by character counts: equal texts are parallel, disjoint ones orthogonal."""

    name = "fake-embedder"

    def __init__(self) -> None:
        """Remember what was embedded."""
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Return unit vectors."""
        self.texts += texts
        vectors = np.zeros((len(texts), 128), dtype=np.float32)
        for row, text in enumerate(texts):
            for letter in text:
                vectors[row, ord(letter) % 128] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return Embedded(vectors=vectors, cut=np.zeros(len(texts), dtype=np.bool_))


@dataclass
class FakeSource:
    """A golden set in memory."""

    golden: GoldenSet
    rows: Sequence[GoldenItem]

    def describe(self) -> GoldenSet:
        """Return the set."""
        return self.golden

    def items(self) -> Iterator[GoldenItem]:
        """Yield the items."""
        return iter(self.rows)


@dataclass
class FakeRecorder:
    """Remembers what it was told; refuses while it is down."""

    target: str = "fake"
    down: bool = False
    told: list[Recording] = field(default_factory=list)

    def record(self, recording: Recording) -> None:
        """Remember a recording."""
        if self.down:
            raise StoreError("the tracker is down")
        self.told.append(recording)


@dataclass
class FakeExporter:
    """Writes the conclusion into a file."""

    name: str = "fake"

    def export(self, report: Report, folder: Path) -> Path:
        """Write the conclusion."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "conclusion.txt"
        path.write_text(report.conclusion, encoding="utf-8")
        return path


class FakeProgress:
    """Counts what it is shown."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.steps: list[str] = []
        self.done = 0
        self.failed = 0

    def start(self, step: str, total: int) -> None:
        """Begin a step."""
        self.steps.append(f"{step} {total}")

    def advance(self, done: int, failed: int = 0) -> None:
        """Note items done."""
        self.done += done
        self.failed += failed

    def finish(self) -> None:
        """End a step."""


def items(
    count: int, prefix: str = "q", slices: Mapping[str, str] | None = None
) -> list[GoldenItem]:
    """Return items whose right answer is `right`."""
    return [
        GoldenItem(
            id=f"{prefix}{n:03d}",
            question=f"question {prefix}{n}?",
            references=("right",),
            context=(f"context {n}",),
            slices={"half": "first" if n < count / 2 else "second"} | dict(slices or {}),
        )
        for n in range(count)
    ]


def golden_set(
    name: str,
    rows: Sequence[GoldenItem],
    *,
    human: Sequence[str] = ("correctness",),
    definition: Sequence[str] = (),
    policy: LabelPolicy = LabelPolicy.SINGLE,
) -> GoldenSet:
    """Return a set with human criteria and criteria whose truth is the grader."""
    people = [
        Criterion(name=one, graders=("fake",), rubric=f"judge {one}", label_policy=policy)
        for one in human
    ]
    rules = [
        Criterion(name=one, graders=("fake",), truth=TruthKind.GRADER, truth_grader="fake")
        for one in definition
    ]
    return GoldenSet(
        name=name,
        location=f"memory:{name}",
        items=len(rows),
        digest=f"digest-of-{name}",
        criteria=(*people, *rules),
    )


def answers(text_of: Callable[[GoldenItem], str]) -> Callable[[GoldenItem], Outcome]:
    """Return a model rule from a text rule."""
    return lambda item: reply(item, text_of(item))


def fails(item: GoldenItem) -> Outcome:
    """Fail on every item."""
    return Failure(item_id=item.id, ending=Ending.ERROR, code="http_500", detail="upstream failed")
