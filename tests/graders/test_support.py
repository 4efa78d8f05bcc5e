"""The grader `support`."""

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.verdict import Verdict
from qualityslo.graders.support import Support
from tests.graders.conftest import grade_one, is_good, item_with, reason_of

_CONTEXT = (
    "The Heron is the two-wheeled front-loader of the fleet. The cargo box carries up to 80 kg;"
    " power comes from an 85 Nm mid-motor. The Heron entered service on 3 April 2023 with 120"
    " bikes and replaced the older Stork. It opens at 7:30. Cable-steered Herons must not be lent"
    " to trailer users. Objections go to Ottilie Brandsma. A ride may last one hour and a half."
)


def _verdict(
    text: str, context: str = _CONTEXT, question: str = "What about the Heron?"
) -> Verdict:
    grade = grade_one(Support(), item_with(context=context, question=question), text)
    assert isinstance(grade, Verdict)
    return grade


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The cargo box of the Heron carries up to 80 kg.", id="a copy"),
        pytest.param("80", id="a bare number"),
        pytest.param("It entered service on 2023-04-03.", id="a date in another form"),
        pytest.param("It entered service in April 2023.", id="a part of a date"),
        pytest.param("The box carries 80 kilograms, or 80,000 g.", id="another unit"),
        pytest.param("It replaced the Stork; Brandsma hears objections.", id="names"),
        pytest.param("It opens at 7:30.", id="a time"),
        pytest.param("1. The Heron.\n2. The Stork.", id="list marks are no numbers"),
        pytest.param("The box carries 80 kg [1].", id="a citation is no number"),
        pytest.param("The passage does not say anything about insurance.", id="it declines"),
        pytest.param(
            "No, cable-steered Herons must not be lent to trailer users.", id="a negation"
        ),
        pytest.param("Yes.", id="no content at all"),
    ],
)
def test_supported(text: str) -> None:
    verdict = _verdict(text)
    assert verdict.good, verdict
    assert verdict.score >= 0.65


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        pytest.param("The cargo box carries up to 90 kg.", "'90 kg'", id="a number"),
        pytest.param("The box carries eighty-one kilograms.", "'81 kilograms'", id="a number in words"),
        pytest.param("It entered service on 4 April 2023.", "'4 april 2023'", id="a date"),
        pytest.param("It opens at 7:45.", "'7:45'", id="a time"),
        pytest.param("Objections go to Casimir Brandsma.", "'Casimir'", id="a name"),
        pytest.param("The Heron shows E17.", "'E17'", id="a code"),
        pytest.param("It is painted mustard yellow by hand.", "'mustard'", id="other words"),
        pytest.param("The passage does not say, but 55 bikes.", "'55'", id="a number while declining"),
    ],
)  # fmt: skip
def test_unsupported_pieces_are_named(text: str, piece: str) -> None:
    verdict = _verdict(text)
    assert not verdict.good
    assert piece in verdict.rationale


def test_an_invented_figure_is_caught() -> None:
    context = "The population is 67 million people, spread over thirteen regions."
    assert _verdict("The population is 67 million.", context).good
    assert _verdict("The population is 67,000,000.", context).good
    assert not _verdict("The population is 999 million.", context).good


def test_a_negation_turned_around_is_caught() -> None:
    verdict = _verdict("Cable-steered Herons may be lent to trailer users.")
    assert not verdict.good
    assert verdict.rationale.startswith("negates the context: 'Cable-steered Herons")
    assert not _verdict("The older Stork never replaced the Heron with bikes.").good


def test_words_of_the_question_are_supported() -> None:
    assert _verdict("The insurance premium is 80.", question="What is the insurance premium?").good
    assert not _verdict("The insurance premium is 80.", question="What?").good


def test_one_bad_sentence_among_good_ones_is_enough() -> None:
    good = "The cargo box carries up to 80 kg. It replaced the Stork."
    assert _verdict(good).good
    assert not _verdict(f"{good} Customers adore its gorgeous paint.").good


def test_a_long_context_does_not_switch_it_off() -> None:
    filler = " ".join(f"Sentence number {n} speaks of matters apart." for n in range(400))
    context = f"{filler} {_CONTEXT} {filler}"
    assert len(context.split()) > 5000
    assert _verdict("The cargo box carries up to 80 kg.", context).good
    assert not _verdict("The cargo box carries up to 8080 kg.", context).good


def test_several_context_parts_are_one() -> None:
    item = GoldenItem(id="x", question="q", context=("The Heron is red.", "It weighs 41 kg."))
    assert is_good(Support(), item, "The Heron weighs 41 kg.")


def test_cjk_is_looked_up_by_pairs_of_characters() -> None:
    context = "\u6771\u4eac\u306f\u65e5\u672c\u306e\u9996\u90fd\u3067\u3059\u3002"
    assert _verdict("\u65e5\u672c\u306e\u9996\u90fd\u306f\u6771\u4eac\u3002", context).good
    assert not _verdict("\u5927\u962a\u304c\u4e00\u756a\u5927\u304d\u3044\u3002", context).good


def test_the_score_falls_with_what_is_unsupported() -> None:
    texts = (
        "The cargo box carries up to 80 kg.",
        "The gorgeous cargo box carries up to 80 kg.",
        "The gorgeous cargo box carries up to 90 kg.",
        "The gorgeous cargo box of Casimir carries up to 90 kg.",
    )
    scores = [_verdict(text).score for text in texts]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_the_rationale_stays_short() -> None:
    verdict = _verdict(" ".join(f"Unheardofword{n}{'x' * 100}" for n in range(50)))
    assert len(verdict.rationale) < 300


def test_what_cannot_be_judged_is_ungraded() -> None:
    assert reason_of(Support(), item_with(), "x") == "no_context"
    assert reason_of(Support(), item_with(context="  "), "x") == "no_context"
    assert reason_of(Support(), item_with(context=_CONTEXT), " ") == "not_applicable"
    assert reason_of(Support(), item_with(context=_CONTEXT), "x" * 200_001) == "not_applicable"
