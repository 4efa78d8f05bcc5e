"""The grader `faithfulness`."""

import pytest

from qualityslo.domain.verdict import Verdict
from qualityslo.errors import PluginError
from qualityslo.graders.faithfulness import Faithfulness
from qualityslo.graders.trained.forest import shipped
from qualityslo.testing import check_grader
from tests.graders.conftest import grade_one, item_with, reason_of

_CONTEXT = (
    "The Heron is the two-wheeled front-loader of the fleet. The cargo box carries up to 80 kg;"
    " power comes from an 85 Nm mid-motor. The Heron entered service on 3 April 2023 with 120"
    " bikes and replaced the older Stork. It opens at 7:30. Cable-steered Herons must not be lent"
    " to trailer users. Objections go to Ottilie Brandsma."
)
_POPULATION = "The population is 67 million people, spread over thirteen regions."
_FILLER = " ".join(f"Sentence number {n} speaks of other matters apart." for n in range(300))


def _verdict(text: str, context: str = _CONTEXT, question: str = "What about it?") -> Verdict:
    grade = grade_one(Faithfulness(), item_with(context=context, question=question), text)
    assert isinstance(grade, Verdict)
    return grade


def test_it_keeps_the_contract_of_graders() -> None:
    check_grader(Faithfulness())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The cargo box of the Heron carries up to 80 kg.", id="a copy"),
        pytest.param("The Heron entered service on 2023-04-03.", id="a date in another form"),
        pytest.param("The cargo box carries up to 80 kilograms.", id="another unit"),
        pytest.param("It replaced the older Stork.", id="a name"),
        pytest.param("The Heron is the front-loader of the fleet. It replaced the older Stork.", id="two sentences"),
    ],
)  # fmt: skip
def test_supported(text: str) -> None:
    assert _verdict(text).good


@pytest.mark.parametrize(
    "context",
    [
        pytest.param(_POPULATION, id="a short context"),
        pytest.param(f"{_FILLER} {_POPULATION} {_FILLER}", id="a context of 4,000 words"),
        pytest.param(f"{_FILLER} {_FILLER} {_POPULATION}", id="at the end of a long context"),
    ],
)
@pytest.mark.parametrize(
    ("text", "piece"),
    [
        pytest.param("The population is 999 million.", "'999 million' [18:29]", id="digits"),
        pytest.param("The population is 999,000,000 people.", "'999,000,000' [18:29]", id="separators"),
        pytest.param("It is nine hundred and ninety-nine million.", "[6:42]", id="words"),
    ],
)  # fmt: skip
def test_an_invented_figure_is_caught_and_shown(text: str, piece: str, context: str) -> None:
    verdict = _verdict(text, context)
    assert not verdict.good
    assert piece in verdict.rationale
    assert _verdict("The population is 67 million people.", context).score > verdict.score


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        pytest.param("The cargo box carries up to 90 kg.", "'90 kg' [28:33]", id="a quantity"),
        pytest.param("The Heron entered service on 4 April 2023.", "'4 April 2023' [29:41]", id="a date"),
        pytest.param("It opens at 7:45.", "'7:45' [12:16]", id="a time"),
        pytest.param("Casper Utrecht and Casimir Zwolle object to it.", "'Utrecht' [7:14]", id="names"),
        pytest.param("Customers adore the gorgeous mustard paint everywhere.", "'gorgeous' [20:28]", id="words"),
    ],
)  # fmt: skip
def test_unsupported_pieces_are_named_with_their_place(text: str, piece: str) -> None:
    verdict = _verdict(text)
    assert not verdict.good
    assert piece in verdict.rationale


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        pytest.param("The cargo box carries up to 80 kg.", "The cargo box carries up to 81 kg.", id="number"),
        pytest.param("It replaced the older Stork.", "It replaced the older Pelican.", id="name"),
        pytest.param("It replaced the older Stork.", "It replaced the gorgeous mustard Stork.", id="words"),
    ],
)  # fmt: skip
def test_less_support_never_scores_better(text: str, changed: str) -> None:
    assert _verdict(changed).score < _verdict(text).score


def test_one_bad_sentence_among_good_ones_is_enough() -> None:
    good = "The cargo box carries up to 80 kg. It replaced the older Stork."
    bad = f"{good} Customers in Berlin adore its gorgeous mustard paint."
    assert _verdict(good).good
    assert not _verdict(bad).good
    assert "least supported: 'Customers in Berlin" in _verdict(bad).rationale


def test_words_of_the_question_are_known() -> None:
    text = "The insurance premium is 80."
    asked = _verdict(text, question="What is the insurance premium?")
    assert asked.score > _verdict(text, question="What?").score


def test_a_number_split_by_the_tokeniser_is_supported() -> None:
    context = "Of the 3, 700 women who served, few were tried."
    assert "3,700" not in _verdict("Few of the 3,700 women were tried.", context).rationale


def test_counting_in_words_is_no_invented_figure() -> None:
    context = "Anna lives in Oslo. Berit lives in Bergen."
    assert (
        "two"
        not in _verdict("Two women, Anna and Berit, live there.", context).rationale.casefold()
    )


def test_several_context_parts_are_one() -> None:
    item = item_with(context="The Heron is red.", question="q")
    parts = type(item)(id="x", question="q", context=("The Heron is red.", "It weighs 41 kg."))
    grade = grade_one(Faithfulness(), parts, "It weighs 41 kg.")
    assert isinstance(grade, Verdict)
    assert grade.good


def test_the_rationale_stays_short() -> None:
    text = " ".join(f"Unheardofword{n}{'x' * 100}" for n in range(50))
    assert len(_verdict(text).rationale) < 500


def test_what_cannot_be_judged_is_ungraded() -> None:
    grader = Faithfulness()
    assert reason_of(grader, item_with(), "x") == "no_context"
    assert reason_of(grader, item_with(context="  "), "x") == "no_context"
    assert reason_of(grader, item_with(context=_CONTEXT), " ") == "not_applicable"
    assert reason_of(grader, item_with(context=_CONTEXT), "...") == "not_applicable"


def test_what_is_too_long_is_ungraded_and_never_cut() -> None:
    grader = Faithfulness()
    assert reason_of(grader, item_with(context=_CONTEXT), "x" * 100_001) == "not_applicable"
    assert reason_of(grader, item_with(context="word " * 400_001), "word") == "not_applicable"
    end = "word " * 300_000 + "The Heron weighs 41 kg."
    assert _verdict("The Heron weighs 41 kg.", end).good


def test_the_version_names_the_artefact() -> None:
    assert Faithfulness().version.endswith(shipped("faithfulness").digest)
    with pytest.raises(PluginError, match="takes no parameters"):
        Faithfulness(threshold=0.4)
