"""The grader `correctness`."""

import pytest

from qualityslo.domain.golden import AnswerKind, AnswerType, GoldenItem
from qualityslo.domain.verdict import Verdict
from qualityslo.errors import PluginError
from qualityslo.graders.correctness import Correctness
from qualityslo.graders.trained.answers import ANSWER_FEATURES, compare
from qualityslo.graders.trained.forest import shipped
from qualityslo.graders.trained.words import Rarity
from qualityslo.testing import check_grader
from tests.graders.conftest import answer_to, grade_one, is_good, item_with, reason_of


def _verdict(question: str, references: tuple[str, ...], text: str) -> Verdict:
    grade = grade_one(Correctness(), item_with(*references, question=question), text)
    assert isinstance(grade, Verdict)
    return grade


def test_it_keeps_the_contract_of_graders() -> None:
    check_grader(Correctness())


RIGHT = [
    pytest.param("Who wrote Emma?", "Jane Austen", "Emma was written by Jane Austen in 1815.", id="a sentence around it"),
    pytest.param("Who wrote Emma?", "Jane Austen", "Austen", id="the last name"),
    pytest.param("How many moons has Mars?", "two", "Mars has 2 moons.", id="a number word"),
    pytest.param("In which country is Paris?", "France", "It is in France.", id="a word"),
    pytest.param("Where was it made?", "United States", "In the USA", id="an alias"),
    pytest.param("When did the war end?", "2 September 1945", "September 2nd, 1945", id="a date in another form"),
    pytest.param("What did he play?", "theatre organ", "He played the theater organ", id="another spelling"),
    pytest.param("Who discovered it?", "Marie Curie", "It was Marie Cury who discovered it.", id="a misspelling"),
    pytest.param("What is the speed?", "30 km", "30 kilometres", id="a unit spelt out"),
    pytest.param("What is the agency called?", "Federal Bureau of Investigation", "the FBI", id="an acronym"),
]  # fmt: skip

WRONG = [
    pytest.param("Who wrote Emma?", "Jane Austen", "Charlotte Bront\u00eb wrote it.", id="another name"),
    pytest.param("How many moons has Mars?", "two", "Mars has 3 moons.", id="another number"),
    pytest.param("When did the war end?", "2 September 1945", "It ended on 7 May 1944.", id="another date"),
    pytest.param("In which country is Paris?", "France", "Paris is a lovely city in Spain.", id="the question's words alone"),
    pytest.param("Who wrote Emma?", "Jane Austen", "I'm sorry, but I do not know who wrote Emma.", id="it declines"),
    pytest.param("What is the capital of France?", "Paris", "It is not Paris.", id="it denies the reference"),
    pytest.param("What is the capital of France?", "Paris", "It isn't Paris.", id="it denies by a contraction"),
    pytest.param("Who wrote Emma?", "Jane Austen", " \n", id="it is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "reference", "text"), RIGHT)
def test_right(question: str, reference: str, text: str) -> None:
    assert _verdict(question, (reference,), text).good


@pytest.mark.parametrize(("question", "reference", "text"), WRONG)
def test_wrong(question: str, reference: str, text: str) -> None:
    assert not _verdict(question, (reference,), text).good


def test_any_of_several_references_will_do() -> None:
    references = ("the Moorish red", "Jane Austen", "42")
    for text in references:
        assert _verdict("What is it?", references, text).good
    assert not _verdict("What is it?", references, "Walter Scott").good


def test_a_reference_that_matches_never_hurts() -> None:
    text = "Emma was written by Jane Austen."
    alone = _verdict("Who wrote Emma?", ("The author of Persuasion",), text)
    both = _verdict("Who wrote Emma?", ("The author of Persuasion", "Jane Austen"), text)
    assert both.score > alone.score
    assert both.good


def _feature(name: str, references: tuple[str, ...], text: str) -> float:
    found = compare("When?", references, text, Rarity(weights={}, unknown=1.0))
    assert found is not None
    return found.values[ANSWER_FEATURES.index(name)]


@pytest.mark.parametrize(
    ("reference", "text", "within"),
    [
        pytest.param("1936", "in the 1930s", True, id="a year of a decade"),
        pytest.param("the 1980s", "1984", True, id="the reference is a decade"),
        pytest.param("4 July 1898", "late in the nineteenth century", True, id="a century"),
        pytest.param("1900", "in the 19th century", True, id="its last year"),
        pytest.param("1940", "in the 1930s", False, id="the next decade"),
        pytest.param("1901", "in the 19th century", False, id="the next century"),
        pytest.param("19", "in the 19th century", False, id="no year"),
        pytest.param("soon", "in the 19th century", False, id="no number"),
    ],
)
def test_a_coarser_time_is_seen_to_hold_a_year(reference: str, text: str, *, within: bool) -> None:
    assert _feature("same_period", (reference,), text) == float(within)


def test_a_second_reference_counts_as_far_as_it_is_met() -> None:
    met = "Jane Austen"
    assert _feature("second_reference", (met,), met) == 1.0
    assert _feature("second_reference", (met, "Walter Scott"), met) == 0.0
    assert _feature("second_reference", (met, "Walter Scott", "Miss Jane Austen"), met) > 0.5
    assert _feature("second_reference", ("Walter Scott",), met) == 0.0


def test_a_denied_mention_beside_a_plain_one_counts() -> None:
    assert _verdict("Which city is it?", ("Paris",), "Paris. It is not Paris in Texas.").good
    assert _verdict("Which city is not in Spain?", ("Paris",), "Not Paris").good


@pytest.mark.parametrize(
    ("references", "text", "piece"),
    [
        pytest.param(("Jane Austen",), "Jane Austen", "names 'Jane Austen'", id="named"),
        pytest.param(("Jane Austen",), "Walter Scott", "lacks 'jane', 'austen'", id="lacking"),
        pytest.param(("Jane Austen",), "Not Jane Austen", "denies 'Jane Austen'", id="denied"),
        pytest.param(("Jane Austen",), "I do not know.", "declines", id="declining"),
    ],
)
def test_the_rationale_says_why(references: tuple[str, ...], text: str, piece: str) -> None:
    assert piece in _verdict("Who wrote Emma?", references, text).rationale


def test_the_rationale_stays_short() -> None:
    assert len(_verdict("q", ("x" * 5000 + " y",), "z " * 5000).rationale) < 300


def test_numbers_follow_the_rule_of_the_item() -> None:
    rule = AnswerType(kind=AnswerKind.NUMBER, tolerance=0.01, relative=True, unit="kg")
    item = item_with("80", answer=rule)
    assert is_good(Correctness(), item, "It carries 80.5 kg.")
    assert not is_good(Correctness(), item, "It carries 82 kg.")


def test_an_expected_refusal_is_one_that_declines() -> None:
    item = GoldenItem(id="x", question="How?", answer=AnswerType(kind=AnswerKind.REFUSAL))
    assert is_good(Correctness(), item, "I'm sorry, but I can't help with that.")
    assert not is_good(Correctness(), item, "First, take a wire.")


def test_what_cannot_be_judged_is_ungraded() -> None:
    tool = AnswerType(kind=AnswerKind.TOOL_CALL)
    assert reason_of(Correctness(), item_with(), "x") == "no_reference"
    assert reason_of(Correctness(), item_with(" "), "x") == "invalid_reference"
    assert reason_of(Correctness(), item_with("..."), "x") == "invalid_reference"
    assert reason_of(Correctness(), item_with("x", answer=tool), "x") == "not_applicable"
    assert reason_of(Correctness(), item_with("x"), "x " * 100_001) == "not_applicable"


def test_the_version_names_the_artefact() -> None:
    assert Correctness().version.endswith(shipped("correctness").digest)
    with pytest.raises(PluginError, match="takes no parameters"):
        Correctness(threshold=0.4)


def test_grades_do_not_depend_on_neighbours() -> None:
    batch = [
        answer_to(item_with("Paris", question="Where?"), text)
        for text in ("Paris", "", "Rome", "x" * 200_001)
    ]
    together = list(Correctness().grade(batch))
    alone = [grade for one in batch for grade in Correctness().grade([one])]
    assert together == alone
