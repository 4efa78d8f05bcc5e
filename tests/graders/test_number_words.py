"""Number words become digits wherever they stand, and no other word does."""

import pytest

from qualityslo.graders.normalise import normalise
from qualityslo.graders.number_words import canonical_numbers

CARDINALS = (
    *(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
        ]
    ),
    *(["fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]),
)
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SCALES = {"hundred": "100", "thousand": "1000", "million": "1000000", "billion": "1000000000"}


@pytest.mark.parametrize(
    ("word", "digits"),
    [
        *((word, str(value)) for value, word in enumerate(CARDINALS)),
        *((word, str(10 * value)) for value, word in enumerate(TENS, start=2)),
        *((f"a {word}", digits) for word, digits in SCALES.items()),
        pytest.param("a trillion", "1000000000000", id="a trillion"),
    ],
)
def test_each_number_word_is_read_alone_and_among_others(word: str, digits: str) -> None:
    """A text is looked through for number words only where it holds a trace of one."""
    assert canonical_numbers(word) == digits
    assert canonical_numbers(f"it was {word}, surely") == f"it was {digits}, surely"


@pytest.mark.parametrize(
    "text",
    ["the phone rang", "often", "a tension", "weight", "stone", "x_one", "one_x", "sevenfold"],
)
def test_no_part_of_another_word_is_read(text: str) -> None:
    """Nor one behind a letter, a digit or an underscore."""
    assert canonical_numbers(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("x%-3", "x % -3", id="a minus behind a percent sign"),
        pytest.param("(x)-3", "x 3", id="a hyphen behind a bracket"),
        pytest.param("x-3 and y.-3", "x 3 and y 3", id="a hyphen behind a letter or a point"),
        pytest.param("c++ & c# + #1", "c++ and c# 1", id="signs behind letters"),
        pytest.param("x \t b\u00a0 c", "x b c", id="blanks of every kind"),
        pytest.param("12.00 of 7.05.0", "12 of 7.05.0", id="decimals that are all zero"),
        pytest.param("1,000 1.000,5 0,5 .5", "1000 1000.5 0.5 0.5", id="separators"),
    ],
)
def test_what_surrounds_a_sign_decides_what_it_is(text: str, words: str) -> None:
    """As the docstring of `normalise` says."""
    assert normalise(text) == words
