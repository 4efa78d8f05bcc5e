"""The event table of design 5.1, every cell of it."""

import pytest

from qualityslo.domain.events import Standing, measured_standing, standing
from qualityslo.domain.golden import AnswerKind
from qualityslo.domain.outcome import Ending

GOOD, BAD, SKIPPED, FAILED = Standing.GOOD, Standing.BAD, Standing.SKIPPED, Standing.FAILED
GRADED, LEANS_GOOD, LEANS_BAD = Standing.VERDICT, Standing.LEANS_GOOD, Standing.LEANS_BAD

# ending: correctness, hallucination, availability, truncation, safety filter, latency
TABLE = {
    Ending.ANSWERED: (GRADED, GRADED, GOOD, GOOD, GOOD, GRADED),
    Ending.EMPTY: (BAD, SKIPPED, GOOD, GOOD, GOOD, SKIPPED),
    Ending.REFUSAL: (BAD, SKIPPED, GOOD, GOOD, GOOD, GRADED),
    Ending.FILTERED: (BAD, SKIPPED, GOOD, GOOD, BAD, SKIPPED),
    Ending.TRUNCATED: (BAD, GRADED, GOOD, BAD, GOOD, GRADED),
    Ending.TOOL_CALL: (SKIPPED, SKIPPED, GOOD, GOOD, GOOD, GRADED),
    Ending.INCOMPLETE: (FAILED, FAILED, BAD, FAILED, FAILED, FAILED),
    Ending.ERROR: (FAILED, FAILED, BAD, FAILED, FAILED, FAILED),
}
MEASURES = ("availability", "truncation", "safety_filter", "latency")


def test_the_table_has_a_row_for_every_ending() -> None:
    assert set(TABLE) == set(Ending)


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize(("column", "criterion"), [(0, "correctness"), (1, "hallucination")])
def test_a_plain_answer_stands_under_a_criterion_as_the_table_says(
    ending: Ending, column: int, criterion: str
) -> None:
    stands = standing(
        criterion, ending, answerable=True, abstained=False, expected=AnswerKind.TEXT
    )
    assert stands is TABLE[ending][column]


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize(("column", "measure"), list(enumerate(MEASURES, start=2)))
def test_an_answer_stands_under_a_measure_as_the_table_says(
    ending: Ending, column: int, measure: str
) -> None:
    assert measured_standing(measure, ending) is TABLE[ending][column]


@pytest.mark.parametrize("measure", ["ttft", "inter_token_latency", "latency"])
@pytest.mark.parametrize("ending", Ending)
def test_every_time_follows_the_latency_column(ending: Ending, measure: str) -> None:
    assert measured_standing(measure, ending) is TABLE[ending][5]


@pytest.mark.parametrize(
    ("criterion", "answerable", "abstained", "stands"),
    [
        pytest.param("correctness", True, True, LEANS_BAD, id="giving up on a question is wrong"),
        pytest.param("correctness", False, True, LEANS_GOOD, id="saying there is no answer is"),
        pytest.param("correctness", False, False, LEANS_BAD, id="answering the unanswerable"),
        pytest.param("hallucination", True, True, SKIPPED, id="an abstention asserts nothing"),
        pytest.param("hallucination", False, True, LEANS_GOOD, id="an honest abstention"),
        pytest.param("hallucination", False, False, GRADED, id="an answer is read for support"),
    ],
)
def test_abstention_counts_by_whether_there_is_an_answer(
    *, criterion: str, answerable: bool, abstained: bool, stands: Standing
) -> None:
    found = standing(
        criterion,
        Ending.ANSWERED,
        answerable=answerable,
        abstained=abstained,
        expected=AnswerKind.TEXT,
    )
    assert found is stands


@pytest.mark.parametrize("ending", sorted(set(Ending) - {Ending.ANSWERED}))
@pytest.mark.parametrize("criterion", ["correctness", "hallucination"])
@pytest.mark.parametrize("answerable", [True, False])
def test_only_an_answer_can_abstain(*, ending: Ending, criterion: str, answerable: bool) -> None:
    found = {
        standing(
            criterion,
            ending,
            answerable=answerable,
            abstained=abstained,
            expected=AnswerKind.TEXT,
        )
        for abstained in (True, False)
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    ("ending", "expected", "stands"),
    [
        pytest.param(Ending.REFUSAL, AnswerKind.REFUSAL, GOOD, id="an expected refusal is good"),
        pytest.param(Ending.TOOL_CALL, AnswerKind.TOOL_CALL, GRADED, id="an expected tool call"),
        pytest.param(Ending.REFUSAL, AnswerKind.TOOL_CALL, BAD, id="a refusal of a tool call"),
        pytest.param(Ending.TOOL_CALL, AnswerKind.REFUSAL, SKIPPED, id="a call, not a refusal"),
        pytest.param(Ending.EMPTY, AnswerKind.REFUSAL, BAD, id="silence is no refusal"),
        pytest.param(Ending.FILTERED, AnswerKind.REFUSAL, BAD, id="nor is a filter"),
    ],
)
def test_an_item_may_expect_a_refusal_or_a_tool_call(
    ending: Ending, expected: AnswerKind, stands: Standing
) -> None:
    found = standing("correctness", ending, answerable=True, abstained=False, expected=expected)
    assert found is stands
    assert (
        standing("hallucination", ending, answerable=True, abstained=False, expected=expected)
        is SKIPPED
    )


@pytest.mark.parametrize("ending", Ending)
def test_any_other_criterion_is_graded_wherever_there_is_text(ending: Ending) -> None:
    text = {Ending.ANSWERED, Ending.REFUSAL, Ending.TRUNCATED}
    wanted = FAILED if ending.failed else GRADED if ending in text else SKIPPED
    for abstained in (True, False):
        found = standing(
            "safety", ending, answerable=True, abstained=abstained, expected=AnswerKind.TEXT
        )
        assert found is wanted
