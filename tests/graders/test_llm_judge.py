"""The grader `llm_judge` with judges by script: what it asks, and what it makes of the replies."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle

import pytest
from jsonschema import Draft202012Validator

from qualityslo.domain.golden import AnswerKind, AnswerType, GoldenItem, Message
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response, Usage
from qualityslo.domain.verdict import Grade, Ungraded, UngradedReason, Verdict
from qualityslo.errors import ModelError, PluginError
from qualityslo.graders.judge_evidence import occurs_in
from qualityslo.graders.judge_prompt import question_of
from qualityslo.graders.llm_judge import LlmJudge, flips
from qualityslo.testing import check_grader
from tests.graders.conftest import answer_to, grade_one, item_with, reason_of
from tests.graders.judges import ScriptedJudge, Seen, read_prompt, saying

_ITEM = item_with("Paris", question="What is the capital of France?")
_BOX = item_with(context="The box carries up to 80 kg.", question="What does it carry?")


def _always(said: str | Outcome) -> ScriptedJudge:
    return ScriptedJudge(lambda _: said)


def _in_turn(*said: str | Outcome) -> ScriptedJudge:
    turns = cycle(said)
    return ScriptedJudge(lambda _: next(turns))


def _verdict(grade: Grade) -> Verdict:
    assert isinstance(grade, Verdict), grade
    return grade


def _ungraded(grade: Grade) -> Ungraded:
    assert isinstance(grade, Ungraded), grade
    return grade


def _failure(code: str = "timeout") -> Failure:
    return Failure(item_id="", ending=Ending.ERROR, code=code, detail="no reply in 300 s")


def _reply(text: str, ending: Ending = Ending.ANSWERED, tokens: int | None = None) -> Response:
    return Response(item_id="", ending=ending, text=text, usage=Usage(prompt_tokens=tokens))


@pytest.mark.parametrize(
    ("said", "good"), [("correct", True), ("incorrect", False), ("not_attempted", False)]
)
def test_correctness_has_three_verdicts(said: str, good: bool) -> None:  # noqa: FBT001 - a parameter of the test
    verdict = _verdict(grade_one(LlmJudge(model=_always(saying(said))), _ITEM, "Paris"))
    assert (verdict.good, verdict.score) == (good, float(good))
    assert verdict.rationale == f"{said}: it is so"


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(replace(_ITEM, references=(), answerable=False), id="unanswerable"),
        pytest.param(replace(_ITEM, answer=AnswerType(kind=AnswerKind.REFUSAL)), id="to be refused"),
    ],
)  # fmt: skip
def test_where_declining_is_right_an_answer_not_attempted_is_good(item: GoldenItem) -> None:
    judge = _always(saying("not_attempted"))
    assert _verdict(grade_one(LlmJudge(model=judge), item, "I cannot say.")).good
    assert "no right answer exists" in judge.prompts[0]
    assert read_prompt(judge.prompts[0]).all("REFERENCE") == []


def test_the_prompt_holds_the_rubric_and_every_text_in_a_field_of_its_own() -> None:
    item = GoldenItem(
        id="x",
        question="And of it?",
        messages=(Message(role="user", content="France"), Message(role="user", content="And of it?")),
        context=("one", " ", "two"),
        references=("Paris", "Paname"),
    )  # fmt: skip
    judge = _always(saying("correct"))
    grade_one(LlmJudge(model=judge, rubric="Accept {nicknames}."), item, "Paname {x} %s")
    seen = read_prompt(judge.prompts[0])
    assert seen.fields == (
        ("QUESTION", "user: France\nuser: And of it?"),
        ("CONTEXT", "one"),
        ("CONTEXT", "two"),
        ("REFERENCE", "Paris"),
        ("REFERENCE", "Paname"),
        ("ANSWER", "Paname {x} %s"),
    )
    assert "Accept {nicknames}." in seen.outside


def test_another_criterion_is_judged_by_its_rubric() -> None:
    judge = _always(saying("bad"))
    grader = LlmJudge(model=judge, criterion="politeness", rubric="Good: it calls nobody names.")
    assert grader.criterion == "politeness"
    assert not _verdict(grade_one(grader, item_with(), "You idiot.")).good
    assert "Good: it calls nobody names." in judge.prompts[0]


@pytest.mark.parametrize(
    ("said", "quote", "good"),
    [
        pytest.param("supported", "carries UP to 80\nkg", True, id="from the context"),
        pytest.param("unsupported", "'90 kg'", False, id="from the answer"),
        pytest.param("not_attempted", "", True, id="nothing stated"),
    ],
)
def test_evidence_is_looked_up(said: str, quote: str, good: bool) -> None:  # noqa: FBT001 - a parameter of the test
    grader = LlmJudge(model=_always(saying(said, quote=quote)), criterion="hallucination")
    verdict = _verdict(grade_one(grader, _BOX, "It carries 90 kg."))
    assert verdict.good is good


@pytest.mark.parametrize(
    ("said", "quote"),
    [
        pytest.param("supported", "carries up to 90 kg", id="not in the context"),
        pytest.param("supported", "", id="none"),
        pytest.param("supported", "...", id="only a gap"),
        pytest.param("supported", "80 kg ... the box", id="in another order"),
        pytest.param("unsupported", "up to 80", id="not in the answer"),
    ],
)
def test_evidence_that_is_made_up_is_no_verdict(said: str, quote: str) -> None:
    judge = _always(saying(said, quote=quote))
    grade = _ungraded(grade_one(LlmJudge(model=judge, criterion="hallucination"), _BOX, "90 kg."))
    assert grade.reason is UngradedReason.UNPARSEABLE
    assert "(evidence)" in grade.detail
    assert len(judge.repairs) == 1


@pytest.mark.parametrize("said", ['{"pass": true}', '{"score": 1}', "supported"])
def test_a_verdict_that_needs_evidence_is_none_without_it(said: str) -> None:
    grader = LlmJudge(model=_always(said), criterion="hallucination", repair=False)
    assert "(evidence)" in _ungraded(grade_one(grader, _BOX, "It carries 80 kg.")).detail


def test_a_quote_is_made_of_whole_words() -> None:
    assert occurs_in("is 8 or 80", "It is 8, or 80.")
    assert not occurs_in("is 8", "It is 80.")
    assert occurs_in("\u6771\u4eac", "\u6771\u4eac")


def test_an_unusable_reply_is_repaired_once() -> None:
    judge = ScriptedJudge(lambda _: "Hm, correct I guess", lambda _: saying("incorrect"))
    assert not _verdict(grade_one(LlmJudge(model=judge), _ITEM, "Lyon")).good
    (repair,) = judge.repairs
    assert [one.role for one in repair.messages] == ["user", "assistant", "user"]
    assert repair.messages[0].content == judge.prompts[0]
    assert repair.messages[1].content == "Hm, correct I guess"
    assert "holds no JSON object" in repair.messages[2].content


def test_an_unusable_reply_stays_one_after_the_repair_or_without_it() -> None:
    judge = _always('{"verdict": "correct", "score": 9}')
    grade = _ungraded(grade_one(LlmJudge(model=judge), _ITEM, "Lyon"))
    assert grade.reason is UngradedReason.UNPARSEABLE
    assert "(invalid): 'score' is not within 0 and 1" in grade.detail
    assert (len(judge.prompts), len(judge.repairs)) == (1, 1)
    assert reason_of(LlmJudge(model=judge, repair=False), _ITEM, "Lyon") == "unparseable"
    assert len(judge.repairs) == 1


@pytest.mark.parametrize(
    ("said", "reason", "words"),
    [
        pytest.param(_failure(), "grader_error", "timeout: no reply", id="it failed"),
        pytest.param(
            _reply("", Ending.FILTERED), "grader_error", "filtered", id="it was filtered"
        ),
        pytest.param(
            _reply(saying("correct"), Ending.TRUNCATED), "truncated", "max_tokens", id="cut short"
        ),
        pytest.param(
            _reply(saying("correct"), tokens=12), "truncated", "read 12", id="cut prompt"
        ),
        pytest.param(_reply(""), "unparseable", "empty", id="it said nothing"),
        pytest.param(
            _reply("I will not judge this.", Ending.REFUSAL),
            "unparseable",
            "JSON",
            id="it refused",
        ),
    ],
)
def test_a_judge_without_a_verdict_leaves_the_answer_ungraded(
    said: Outcome, reason: str, words: str
) -> None:
    grade = _ungraded(grade_one(LlmJudge(model=_always(said)), _ITEM, "Paris"))
    assert grade.reason.value == reason
    assert words in grade.detail


def test_a_server_that_read_the_whole_prompt_is_believed() -> None:
    said = _reply(saying("correct"), tokens=5_000)
    assert _verdict(grade_one(LlmJudge(model=_always(said)), _ITEM, "Paris")).good


def test_a_failing_judge_is_not_asked_again() -> None:
    judge = _always(_failure())
    grade_one(LlmJudge(model=judge), _ITEM, "Paris")
    assert judge.repairs == []


def test_a_prompt_that_is_too_long_is_not_sent() -> None:
    judge = _always(saying("correct"))
    grader = LlmJudge(model=judge, longest_prompt=3_000)
    grades = list(grader.grade([answer_to(_ITEM, "x" * 3_000), answer_to(_ITEM, "Paris")]))
    assert _ungraded(grades[0]).reason is UngradedReason.TRUNCATED
    assert _verdict(grades[1]).good
    assert len(judge.prompts) == 1


@dataclass
class _Dying(ScriptedJudge):
    """Gives some outcomes, and dies."""

    error: Exception = field(default_factory=lambda: ModelError("llama.cpp cannot load 'x'"))

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield all outcomes but one."""
        yield from ScriptedJudge.answer(self, list(items)[:-1])
        raise self.error


@pytest.mark.parametrize("error", [ModelError("it is gone"), ZeroDivisionError("it is gone")])
def test_a_model_that_dies_leaves_the_rest_ungraded(error: Exception) -> None:
    judge = _Dying(lambda _: saying("correct"), error=error)
    first, second = LlmJudge(model=judge).grade([answer_to(_ITEM, "a"), answer_to(_ITEM, "b")])
    assert _verdict(first).good
    assert _ungraded(second).reason is UngradedReason.GRADER_ERROR
    assert f"{type(error).__name__}: it is gone" in _ungraded(second).detail


class _Silent(ScriptedJudge):
    """Yields the outcome of somebody else's item."""

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield one outcome that nobody asked for."""
        list(items)
        yield Response(item_id="other", ending=Ending.ANSWERED, text=saying("correct"))


class _Chatty(ScriptedJudge):
    """Answers everybody, and somebody else as well."""

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield one outcome an item and one that nobody asked for."""
        yield from ScriptedJudge.answer(self, items)
        yield Response(item_id="other", ending=Ending.ANSWERED, text=saying("correct"))


def test_outcomes_that_nobody_asked_for_are_passed_over() -> None:
    judge = _Chatty(lambda _: "Hm", lambda _: saying("incorrect"))
    assert not _verdict(grade_one(LlmJudge(model=judge), _ITEM, "Lyon")).good


def test_a_model_that_skips_an_item_leaves_it_ungraded() -> None:
    grade = grade_one(LlmJudge(model=_Silent(lambda _: "")), _ITEM, "Paris")
    assert "no_outcome" in _ungraded(grade).detail


@pytest.mark.parametrize(
    ("item", "text", "reason"),
    [
        pytest.param(item_with(), "Paris", "no_reference", id="no reference"),
        pytest.param(item_with(" "), "Paris", "invalid_reference", id="a blank reference"),
        pytest.param(_ITEM, " \n", "not_applicable", id="no text"),
        pytest.param(
            item_with("x", answer=AnswerType(kind=AnswerKind.TOOL_CALL)), "Paris", "not_applicable", id="a tool call",
        ),
    ],
)  # fmt: skip
def test_without_anything_to_judge_by_nobody_is_asked(
    item: GoldenItem, text: str, reason: str
) -> None:
    judge = _always(saying("correct"))
    assert reason_of(LlmJudge(model=judge), item, text) == reason
    assert judge.prompts == []


def test_hallucination_needs_a_context() -> None:
    grader = LlmJudge(model=_always(saying("supported")), criterion="hallucination")
    assert reason_of(grader, item_with("Paris"), "Paris") == "no_context"


class TestRepeats:
    """Several calls an answer."""

    def test_the_majority_decides_and_the_score_tells_that_it_flipped(self) -> None:
        """Two of three are a majority; the score is their share."""
        judge = _in_turn(saying("correct"), saying("incorrect"), saying("correct"))
        verdict = _verdict(grade_one(LlmJudge(model=judge, repeat=3), _ITEM, "Paris"))
        assert verdict.good
        assert verdict.score == pytest.approx(2 / 3)
        assert verdict.rationale.endswith("(2 of 3 votes good)")
        assert len({read_prompt(one).boundary for one in judge.prompts}) == 3

    def test_the_flip_rate_counts_what_was_not_unanimous(self) -> None:
        """Only verdicts count, and a verdict of one mind is no flip."""
        grades: list[Grade] = [
            Verdict(good=True, score=1.0),
            Verdict(good=False, score=1 / 3),
            Verdict(good=False, score=0.0),
            Ungraded(reason=UngradedReason.UNPARSEABLE),
        ]
        assert flips(grades) == (1, 3)
        assert flips([]) == (0, 0)

    def test_a_majority_of_all_votes_is_needed(self) -> None:
        """One good vote, one bad one and a failure are no verdict."""
        judge = _in_turn(saying("correct"), _failure(), saying("incorrect"))
        grade = _ungraded(grade_one(LlmJudge(model=judge, repeat=3), _ITEM, "Paris"))
        assert grade.reason is UngradedReason.GRADER_ERROR
        assert grade.detail.startswith("no majority: 1 of 3 votes good, 1 bad; the judge failed")

    def test_one_vote_of_three_is_no_majority(self) -> None:
        """Calls that failed are no votes for the one that did not."""
        judge = _in_turn(saying("correct"), _failure(), _failure())
        grade = _ungraded(grade_one(LlmJudge(model=judge, repeat=3), _ITEM, "Paris"))
        assert grade.detail.startswith("no majority: 1 of 3 votes good, 0 bad")

    def test_a_failure_beside_a_majority_does_no_harm(self) -> None:
        """Two good votes of three are enough."""
        judge = _in_turn(saying("correct"), _failure(), saying("correct"))
        verdict = _verdict(grade_one(LlmJudge(model=judge, repeat=3), _ITEM, "Paris"))
        assert (verdict.good, verdict.score) == (True, 1.0)


def _sensible(seen: Seen) -> str:
    """Judge any criterion by a rule on the answer alone."""
    good = "Paris" in seen.answer or "80" in seen.answer
    if '"supported"' in seen.outside:
        quote = seen.all("CONTEXT")[0] if good else seen.answer[:50]
        return saying("supported" if good else "unsupported", quote=quote)
    if '"good"' in seen.outside:
        return saying("good" if good else "bad")
    return saying("correct" if good else "incorrect")


@pytest.mark.parametrize("criterion", ["correctness", "hallucination", "politeness"])
def test_it_keeps_the_contract(criterion: str) -> None:
    check_grader(LlmJudge(model=ScriptedJudge(_sensible), criterion=criterion, rubric="Be good."))


def test_it_keeps_the_contract_with_a_judge_that_repeats_everything() -> None:
    check_grader(LlmJudge(model=ScriptedJudge(lambda seen: seen.answer)))


def test_equal_answers_are_asked_about_once() -> None:
    judge = _always(saying("correct"))
    grades = list(LlmJudge(model=judge).grade([answer_to(_ITEM, "Paris")] * 3))
    assert [_verdict(one).good for one in grades] == [True] * 3
    assert len(judge.prompts) == 1


def test_the_version_changes_with_everything_that_shapes_a_verdict() -> None:
    def version(model: str = "judge-1", **parameters: object) -> str:
        make: Callable[..., LlmJudge] = LlmJudge
        judge = ScriptedJudge(lambda _: "", name=model)
        return make(model=judge, **parameters).version

    others = [
        version("judge-2"),
        version(rubric="Be strict."),
        version(repeat=3),
        version(repair=False),
        version(longest_prompt=9),
        version(json_schema=True),
        version(criterion="hallucination"),
    ]
    assert version() == version()
    assert len({version(), *others}) == 8


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({"repeat": 2}, "repeat 2 is even", id="even repeats"),
        pytest.param({"repeat": 0}, "repeat 0 is no whole number", id="no repeats"),
        pytest.param({"repair": "yes"}, "repair 'yes' is neither", id="a word for a flag"),
        pytest.param({"json_schema": 1}, "json_schema 1 is neither", id="a number for a flag"),
        pytest.param({"longest_prompt": 0}, "longest_prompt 0", id="no room"),
        pytest.param({"criterion": "tone"}, "criterion 'tone' has no rubric", id="no rubric"),
        pytest.param({"modle": "x"}, "has no parameter 'modle'", id="unknown"),
        pytest.param({"model": "gpt"}, "model 'gpt' is none", id="a name for a model"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, object], message: str) -> None:
    make: Callable[..., LlmJudge] = LlmJudge
    with pytest.raises(PluginError, match=message):
        make(**{"model": _always(""), **parameters})


def test_the_schema_takes_our_replies_and_nothing_else() -> None:
    extra = LlmJudge.model_parameters("hallucination")["extra"]
    wanted = json.loads(json.dumps(extra))["response_format"]["json_schema"]["schema"]
    check = Draft202012Validator(wanted)
    assert check.is_valid(json.loads(saying("supported", quote="x")))
    assert not check.is_valid(json.loads(saying("supported")))
    assert not check.is_valid(json.loads(saying("correct", quote="x")))
    assert "quote" not in question_of("correctness", "").schema()["properties"]  # type: ignore[operator]  # JSON


def test_closing_the_grader_closes_its_model() -> None:
    judge = _always("")
    LlmJudge(model=judge).close()
    assert judge.closed == 1
