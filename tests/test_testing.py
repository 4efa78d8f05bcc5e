"""`check_grader` passes what keeps the contract and names what does not."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.testing import check_grader
from tests.stranger.stranger_grader import Polite

_ROOT = Path(__file__).parents[1]
_BUILT_IN = [
    point
    for point in entry_points(group="qualityslo.graders")
    if point.value.startswith("qualityslo.")
]


class Sound:
    """Keeps the contract; its faulty variants below change one thing each."""

    name = "sound"
    version = "1"
    criterion = "length"

    def grade(self, batch: Sequence[Answer]) -> Iterable[Grade]:
        """Return one grade an answer, in order."""
        return [self.judge(answer) for answer in batch]

    def judge(self, answer: Answer) -> Grade:
        """Judge one answer."""
        if not answer.response.text:
            return Ungraded(reason=UngradedReason.NOT_APPLICABLE)
        short = len(answer.response.text) < 30
        return Verdict(good=short, score=float(short))


class Nameless(Sound):
    """Has no version."""

    version = " "


class Forgetful(Sound):
    """Leaves out what it cannot judge."""

    def grade(self, batch: Sequence[Answer]) -> Iterable[Grade]:
        """Return too few grades."""
        return [self.judge(answer) for answer in batch if answer.response.text]


class Shuffling(Sound):
    """Sorts the batch by length, and does not sort back."""

    def grade(self, batch: Sequence[Answer]) -> Iterable[Grade]:
        """Return the grades in another order."""
        return [self.judge(one) for one in sorted(batch, key=lambda one: len(one.response.text))]


class Moody(Sound):
    """Changes its mind at every call."""

    def __init__(self) -> None:
        """Start in a good mood."""
        self._calls = 0

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield the mood."""
        self._calls += 1
        for _ in batch:
            yield Verdict(good=bool(self._calls % 2), score=0.5)


class Comparing(Sound):
    """Judges answers against the longest of the batch."""

    def grade(self, batch: Sequence[Answer]) -> Iterable[Grade]:
        """Return scores that depend on the neighbours."""
        longest = max((len(one.response.text) for one in batch), default=1) or 1
        return [Verdict(good=True, score=len(one.response.text) / longest) for one in batch]


class Fragile(Sound):
    """Cannot write every text."""

    def judge(self, answer: Answer) -> Grade:
        """Fail on lone surrogates."""
        answer.response.text.encode()
        return super().judge(answer)


class Overwhelmed(Sound):
    """Cannot read much."""

    def judge(self, answer: Answer) -> Grade:
        """Fail on a huge text."""
        if len(answer.response.text) > 1_000_000:
            raise MemoryError("too long")
        return super().judge(answer)


class Numeric(Sound):
    """Says 1 for good and for the score."""

    def judge(self, answer: Answer) -> Grade:
        """Return numbers of the wrong kind."""
        return Verdict(good=1, score=1)  # type: ignore[arg-type]  # the fault under test


class Plain(Sound):
    """Returns bare truth values."""

    def grade(self, batch: Sequence[Answer]) -> Iterable[Grade]:
        """Return no grades at all."""
        return [True for _ in batch]  # type: ignore[misc]  # the fault under test


# They are given a model: each is checked beside its own tests.
_WITH_A_MODEL = {"embedding", "llm_judge", "nli"}


@pytest.mark.parametrize(
    "point",
    [point for point in _BUILT_IN if point.name not in _WITH_A_MODEL],
    ids=lambda point: point.name,
)
def test_every_built_in_grader_keeps_the_contract(point: EntryPoint) -> None:
    grader = point.load()()
    check_grader(grader)
    assert grader.name == point.name


def test_the_built_in_graders_are_installed() -> None:
    names = {point.name for point in _BUILT_IN}
    rules = {"exact", "numeric", "contains", "closed", "support", "abstention"}
    assert names == rules | {"correctness", "faithfulness"} | _WITH_A_MODEL


@pytest.mark.parametrize("grader", [Sound(), Polite()], ids=["sound", "the stranger's"])
def test_sound_graders_pass(grader: Sound | Polite) -> None:
    check_grader(grader)


@pytest.mark.parametrize(
    ("grader", "message"),
    [
        pytest.param(
            Nameless(), "version is to be a text that is not empty, not ' '", id="no name"
        ),
        pytest.param(Forgetful(), r"gave \d+ grades for \d+ answers", id="too few"),
        pytest.param(Shuffling(), "has another grade when graded alone", id="another order"),
        pytest.param(Moody(), "has another grade when graded a second time", id="no memory"),
        pytest.param(Comparing(), "has another grade when graded alone", id="neighbours matter"),
        pytest.param(Fragile(), r"raised UnicodeEncodeError.*lone surrogate", id="hostile text"),
        pytest.param(Overwhelmed(), r"raised MemoryError.*10000000 characters", id="huge text"),
        pytest.param(Numeric(), "good is to be a bool.*not good=1, score=1", id="wrong types"),
        pytest.param(Plain(), "a grade is a Verdict or an Ungraded.*not True", id="no grades"),
    ],
)
def test_a_fault_is_named(grader: Sound, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_grader(grader)


def test_the_items_of_a_golden_set_can_be_given() -> None:
    seen: set[str] = set()

    class Curious(Sound):
        """Remembers what it was asked."""

        def judge(self, answer: Answer) -> Grade:
            """Note the item."""
            seen.add(answer.item.id)
            return super().judge(answer)

    check_grader(Curious(), golden=[GoldenItem(id="mine", question="q")])
    assert seen == {"mine"}
    with pytest.raises(AssertionError, match="at least one golden item"):
        check_grader(Sound(), golden=[])


@pytest.mark.parametrize("name", ["stranger_grader.py", "pyproject.toml"])
def test_the_page_shows_the_example_as_it_is(name: str) -> None:
    page = (_ROOT / "docs" / "write-a-grader.md").read_text(encoding="utf-8")
    assert (_ROOT / "tests" / "stranger" / name).read_text(encoding="utf-8").strip() in page


def test_the_example_is_short() -> None:
    text = (_ROOT / "tests" / "stranger" / "stranger_grader.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 30
