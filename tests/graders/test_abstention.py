"""The grader `abstention`, on phrases as models write them."""

import pytest

from qualityslo.domain.verdict import Verdict
from qualityslo.graders.abstention import Abstention, declines
from tests.graders.conftest import grade_one, is_good, item_with, reason_of

_DECLINES = (
    "The passage does not mention the price.",
    "The passage does not say.",
    "The context does not specify how many bikes there are.",
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, but the passage doesn\u2019t say who the area manager is.",
    "It is not specified in the context.",
    "The answer cannot be determined from the given information.",
    "There is no information about the deposit for the C2 charger.",
    "There isn't enough information in the text to answer this question.",
    "No information.",
    "No information is provided about this.",
    "I don't know.",
    "I do not know the answer to that question.",
    "I have no idea.",
    "I'm not sure.",
    "I am not sure what the fee is.",
    "I\u2019m sorry but I\u2019m not sure what you are referring to.",
    "Unknown.",
    "Not specified.",
    "Not mentioned in the passage.",
    "N/A",
    "As an AI language model, I cannot provide medical advice.",
    "As an AI, I do not have access to real-time information. You can check the website.",
    "I cannot determine the exact number from the passage.",
    "The text doesn't provide any details on that.",
    "The handbook gives no information on the cost.",
    "The passage says nothing about a deposit.",
    "Based on the passage, it is not possible to determine how long charging takes.",
    "Unfortunately, the document does not include this information.",
    "The information is not available in the given context.",
    "The exact time is not provided.",
    "The price is not mentioned.",
    "The number of bikes is not stated in the passage.",
    "The passage does not mention the cost. It only states that the frame must be reserved.",
    "The passage does not state the interest. However, it does mention a period of 30 days.",
    "I could not find any information about that. Please contact support for details.",
    "I'm unable to answer that question.",
    "I must decline to answer this.",
    "I don't have enough information to answer.",
    "It is unclear from the passage.",
    "The question cannot be answered from the passage.",
    "I won't help with that.",
    "I apologize, but I cannot fulfill this request.",
    "This information is not given in the passage.",
    "We cannot know from the text.",
    "I'm not familiar with this term.",
    "That is beyond the scope of the passage.",
    "Thank you for your question. Unfortunately, the passage does not say.",
    "No, the passage does not mention a fee for that.",
    "It is impossible to tell from the text.",
    "The document is silent on this.",
    "I'm afraid I can't do that.",
    "I'm sorry.",
    '"The passage does not say."',
)

_ANSWERS = (
    "I'm not sure, but I think it is Paris.",
    "I'm not sure. It is 12 euros.",
    "I'm not entirely sure, but probably 42.",
    "I don't know for certain, but my best guess is 12 euros.",
    "The passage does not give a date, but it was probably in 2023.",
    "The passage does not state it explicitly, but I believe the answer is Tour.",
    "The passage does not give a date. However, the Stork left on 30 June 2023.",
    "As an AI, I do not have access to current data. However, as of 2021 it was Luton.",
    "The Heron carries up to 80 kg. The passage does not mention the Badger.",
    "Sorry, it's 42.",
    "I'm sorry to hear that! The fee is 25 euros.",
    "Paris.",
    "42",
    "No.",
    "None of them.",
    "Nobody knows who the ring belongs to; the ombudsperson decides.",
    "The Badger is not given a neoprene sleeve.",
    "Batteries are not included.",
    "It cannot be opened with the master key.",
    "It does not include insurance.",
    "The policy does not cover theft.",
    "A refund is not provided for rain.",
    "You should contact the safety officer.",
    "The pack does not contain lithium.",
    "It is not possible to attach a trailer.",
    "The information is shared with no one.",
    "Yes, that is known as the Bernoulli effect.",
    "Error code E19 is not in use any more.",
    "The answer is unknown variable x equals 5.",
    "Unknown Pleasures was released by Joy Division.",
    "There is no fee.",
    "She said that she did not know the way.",
    "They cannot be reserved by telephone.",
    "It is not clear glass but frosted glass.",
    'It is the song "I Can\'t Help Falling in Love".',
    "He plays a dealer whose name is not mentioned.",
    "In 2017 Daniel Rioli won. However, I couldn't find any information about the other one.",
)


@pytest.mark.parametrize("text", _DECLINES)
def test_declines(text: str) -> None:
    assert not is_good(Abstention(), item_with(), text)


@pytest.mark.parametrize("text", _ANSWERS)
def test_answers(text: str) -> None:
    assert is_good(Abstention(), item_with(), text)


def test_the_rationale_quotes_the_phrase() -> None:
    grade = grade_one(Abstention(), item_with(), "Well, the passage does not mention it.")
    rationale = "declines: 'passage does not mention'"
    assert grade == Verdict(good=False, score=0.0, rationale=rationale)


@pytest.mark.parametrize("text", ["", " \n"], ids=["nothing", "blanks"])
def test_an_empty_text_is_ungraded(text: str) -> None:
    assert reason_of(Abstention(), item_with(), text) == "not_applicable"


def test_a_text_that_answers_at_length_before_it_declines_answers() -> None:
    assert not declines("Words and more words. " * 500 + "The passage does not say.")


def test_capitals_and_line_ends_do_not_matter() -> None:
    assert declines("THE PASSAGE DOES NOT SAY")
    assert declines("Answer:\n\nThe passage does not say")
