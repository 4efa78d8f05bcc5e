"""The cache in front of a grader: the same verdicts, and nothing is graded twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.outcome import Ending
from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.graders.cached import CachedGrader, Task, is_worth_caching
from qualityslo.jobs.grade import grades_of
from qualityslo.ports.grading import CacheUse
from tests.fakes import FakeGrader, items, reply

TASK = Task(run_id="run", golden="faq", criterion="correctness", rubric="Is it right?")


@dataclass
class FakeCache:
    """A cache in memory."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    noted: list[CacheUse] = field(default_factory=list)
    looked_up: int = 0

    def known(self, keys: Sequence[str]) -> dict[str, Verdict]:
        """Return what is known."""
        self.looked_up += 1
        return {key: self.verdicts[key] for key in keys if key in self.verdicts}

    def keep(self, run_id: str, version: str, use: CacheUse, new: Mapping[str, Verdict]) -> None:
        """Remember everything."""
        self.verdicts |= new
        self.noted.append(use)

    def uses(self, run_id: str, as_of: datetime) -> list[CacheUse]:
        """Return what was noted."""
        return self.noted


def rule(answer: Answer) -> Grade:
    """Judge by the text; one text is never graded."""
    text = answer.response.text
    if text == "unclear":
        return Ungraded(reason=UngradedReason.UNPARSEABLE)
    return Verdict(good=text == "right", score=0.75, rationale=f"it says {text}")


def answers(*texts: str) -> list[Answer]:
    """Return an answer a text, each to an item of its own."""
    rows = zip(items(len(texts)), texts, strict=True)
    return [Answer(item=item, response=reply(item, text)) for item, text in rows]


def cached(cache: FakeCache, grader: FakeGrader | None = None, task: Task = TASK) -> CachedGrader:
    """Return a grader with the cache in front."""
    return CachedGrader(grader or FakeGrader("correctness", rule), cache, task)


@given(
    nights=st.lists(
        st.lists(st.sampled_from(["right", "wrong", "unclear"]), max_size=6), max_size=5
    )
)
def test_the_verdicts_are_those_of_the_grader_inside_on_every_night(
    nights: list[list[str]],
) -> None:
    cache, alone = FakeCache(), FakeGrader("correctness", rule)
    for texts in nights:
        batch = answers(*texts)
        assert list(cached(cache).grade(batch)) == list(alone.grade(batch))


def test_an_unchanged_answer_is_not_graded_twice_and_a_changed_one_is() -> None:
    cache, grader = FakeCache(), FakeGrader("correctness", rule)
    for texts in (("right", "wrong"), ("right", "right")):
        list(cached(cache, grader).grade(answers(*texts)))
    assert grader.seen == ["q000", "q001", "q001"]
    assert [(one.asked, one.known) for one in cache.noted] == [(2, 0), (2, 1)]
    assert cache.looked_up == 2


def test_what_was_not_graded_is_asked_again() -> None:
    cache, grader = FakeCache(), FakeGrader("correctness", rule)
    for _ in range(2):
        list(cached(cache, grader).grade(answers("unclear")))
    assert grader.seen == ["q000", "q000"]
    assert cache.verdicts == {}


def test_repeats_of_an_answer_in_a_batch_are_entries_of_their_own() -> None:
    """Five calls that measure how often a judge changes its mind stay five."""
    cache, grader = FakeCache(), FakeGrader("correctness", rule)
    batch = answers("right") * 5
    for _ in range(2):
        assert len(list(cached(cache, grader).grade(batch))) == 5
    assert len(grader.seen) == len(cache.verdicts) == 5


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"version": "2"}, id="another version"),
        pytest.param({"name": "other"}, id="another grader"),
    ],
)
def test_a_changed_grader_grades_again(change: dict[str, str]) -> None:
    cache, grader = FakeCache(), FakeGrader("correctness", rule)
    list(cached(cache, grader).grade(answers("right")))
    other = replace(grader, seen=[], **change)  # type: ignore[arg-type]  # two texts
    list(cached(cache, other).grade(answers("right")))
    assert other.seen == ["q000"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"criterion": "safety"}, id="another criterion"),
        pytest.param({"rubric": "Is it polite?"}, id="another rubric"),
        pytest.param({"parameters": {"strict": True}}, id="other parameters"),
    ],
)
def test_a_changed_task_grades_again(change: dict[str, object]) -> None:
    cache, grader = FakeCache(), FakeGrader("correctness", rule)
    for task in (TASK, replace(TASK, **change)):  # type: ignore[arg-type]  # fields of a task
        list(cached(cache, grader, task).grade(answers("right")))
    assert len(grader.seen) == 2


def test_another_run_or_golden_set_does_not() -> None:
    cache, grader = FakeCache(), FakeGrader("correctness", rule)
    for task in (TASK, replace(TASK, run_id="next", golden="other")):
        list(cached(cache, grader, task).grade(answers("right")))
    assert len(grader.seen) == 1


def test_all_that_a_grader_may_look_at_is_in_the_key() -> None:
    answer = answers("right")[0]
    response, item = answer.response, answer.item
    changed = [
        replace(answer, response=replace(response, ending=Ending.TRUNCATED)),
        replace(answer, response=replace(response, raw="<think>hm</think>right")),
        replace(answer, item=replace(item, references=("other",))),
        replace(answer, item=replace(item, context=("other",))),
        replace(answer, item=replace(item, meta={"gold": True})),
        replace(answer, item=replace(item, slices={"topic": "tax"})),
    ]
    cache, grader = FakeCache(), FakeGrader("correctness", rule)
    for one in [answer, *changed]:
        list(cached(cache, grader).grade([one]))
    assert len(cache.verdicts) == 1 + len(changed)


def test_texts_that_move_between_fields_have_different_keys() -> None:
    answer = answers("right")[0]
    first = replace(answer, response=replace(answer.response, text="ab", raw="c"))
    second = replace(answer, response=replace(answer.response, text="a", raw="bc"))
    cache = FakeCache()
    for one in (first, second):
        list(cached(cache).grade([one]))
    assert len(cache.verdicts) == 2


def test_half_a_character_has_a_key_too() -> None:
    cache = FakeCache()
    list(cached(cache).grade(answers("\ud800")))
    assert len(cache.verdicts) == 1


def test_a_poisonous_answer_costs_the_others_neither_verdict_nor_entry() -> None:
    def poisoned(answer: Answer) -> Grade:
        if answer.response.text == "poison":
            raise ZeroDivisionError
        return rule(answer)

    cache = FakeCache()
    grader = cached(cache, FakeGrader("correctness", poisoned))
    grades = grades_of(grader, answers("right", "poison", "wrong"))
    assert [type(one) for one in grades] == [Verdict, Ungraded, Verdict]
    assert len(cache.verdicts) == 2


def test_too_few_grades_are_refused_and_not_kept() -> None:
    class Silent(FakeGrader):
        def grade(self, batch: Sequence[Answer]) -> list[Grade]:  # type: ignore[override]  # wrong on purpose
            return []

    cache = FakeCache()
    grades = grades_of(cached(cache, Silent("correctness", rule)), answers("right"))
    assert isinstance(grades[0], Ungraded)
    assert "0 grades for 1 answers" in grades[0].detail
    assert cache.verdicts == {}


def test_no_answer_needs_no_lookup() -> None:
    cache = FakeCache()
    assert list(cached(cache).grade([])) == []
    assert cache.looked_up == 0


class Cheap(FakeGrader):
    """A grader that opts out."""

    cacheable = False


@pytest.mark.parametrize(
    ("grader", "expected"),
    [
        pytest.param(FakeGrader("correctness", rule), True, id="a grader is cached"),
        pytest.param(
            FakeGrader("correctness", rule, name="exact"), False, id="a cheap one is not"
        ),
        pytest.param(Cheap("correctness", rule), False, id="nor one that opts out"),
    ],
)
def test_what_costs_less_than_a_lookup_does_without(grader: FakeGrader, *, expected: bool) -> None:
    assert is_worth_caching(grader) is expected


def test_the_wrapper_is_known_by_what_is_inside() -> None:
    grader = cached(FakeCache(), FakeGrader("safety", rule, name="judge", version="7"))
    assert (grader.name, grader.version, grader.criterion) == ("judge", "7", "safety")


def test_what_the_grader_inside_holds_is_released() -> None:
    class Holding(FakeGrader):
        closed = 0

        def close(self) -> None:
            self.closed += 1

    holding = Holding("correctness", rule)
    cached(FakeCache(), holding).close()
    cached(FakeCache()).close()  # one that holds nothing
    assert holding.closed == 1
