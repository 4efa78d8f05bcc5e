"""Normalisation: what may differ, and what may not."""

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.graders.characters import plain, stream_safe
from qualityslo.graders.normalise import normalise, same_text, written_without_blanks
from qualityslo.graders.number_words import canonical_numbers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("The Beatles", "beatles", id="an article goes"),
        pytest.param("Vitamin A", "vitamin a", id="an article at the end stays"),
        pytest.param("\u201cParis\u201d!", "paris", id="quotes and punctuation go"),
        pytest.param("Shakespeare\u2019s", "shakespeare s", id="a possessive comes off"),
        pytest.param("\uff21\uff22 \ufb01ne", "ab fine", id="compatibility forms"),
        pytest.param("stra\u00dfe", "strasse", id="case folding"),
        pytest.param("Caf\u00e9", "caf\u00e9", id="an accent stays"),
        pytest.param("\U0001f44d\U0001f3fd", "\U0001f44d\U0001f3fd", id="a skin tone stays"),
        pytest.param("C++ and C#", "c++ and c#", id="plus and hash behind a letter stay"),
        pytest.param("+5 #1", "5 1", id="plus and hash elsewhere go"),
        pytest.param("AT&T", "at and t", id="an ampersand is a word"),
        pytest.param("-5 (-5) 3-5 x-5", "-5 -5 3 5 x 5", id="a minus sign stays, a hyphen goes"),
        pytest.param("3.14. End", "3.14 end", id="a decimal point stays, a full stop goes"),
        pytest.param("169kg, 169 kilograms", "169 kg 169 kg", id="number and unit"),
        pytest.param("\u20ac12.00 = 12 euros", "12 eur 12 eur", id="currency and zero decimals"),
        pytest.param("3.10", "3.10", id="a version keeps its zero"),
        pytest.param("60% or 60 percent", "60 % or 60 %", id="per cent"),
        pytest.param("the 1990s, 10s", "1990s 10 s", id="a decade is no time"),
        pytest.param("H\u2082O $H_2O$ H_{2}O", "h2o h2o h2o", id="subscripts in three spellings"),
        pytest.param("\\boxed{42}", "42", id="LaTeX around an answer"),
        pytest.param("80\\,\\text{kg}", "80 kg", id="LaTeX inside a quantity"),
        pytest.param("$5 or $6", "5 usd or 6 usd", id="two prices are no mathematics"),
        pytest.param("\u6771\u4eac\u3001\u65e5\u672c\u3002", "\u6771\u4eac \u65e5\u672c", id="CJK"),
        pytest.param("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940", id="vowel signs stay"),
        pytest.param("iPhone\u2122 co\u00adop", "iphone coop", id="marks without meaning go"),
        pytest.param("... !!", "", id="nothing left"),
    ],
)  # fmt: skip
def test_normalised_words(text: str, words: str) -> None:
    assert normalise(text) == words


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("Forty-two", "42", id="tens and units"),
        pytest.param("one hundred and five", "105", id="hundred and"),
        pytest.param("five million three hundred thousand and six", "5300006", id="scales"),
        pytest.param("nineteen eighty-four", "1984", id="a year in pairs"),
        pytest.param("a million", "1000000", id="an article as one"),
        pytest.param("1.5 million", "1500000", id="digits and a scale"),
        pytest.param("2 hundred thousand", "200000", id="digits and two scales"),
        pytest.param("$1.5M, \u20ac300k", "$1500000, \u20ac300000", id="prices with a scale"),
        pytest.param("1.5m", "1.5m", id="metres are no millions"),
        pytest.param("two and three", "2 and 3", id="two numbers"),
        pytest.param("ten, twenty", "10, 20", id="a list"),
        pytest.param("one two three", "1 2 3", id="counting"),
        pytest.param("twenty-first", "twenty-first", id="an ordinal stays"),
        pytest.param("a second", "a second", id="second stays"),
        pytest.param("five second delay", "5 second delay", id="a number of seconds"),
        pytest.param("two thirds", "two thirds", id="a fraction stays"),
        pytest.param("a dozen", "a dozen", id="a dozen stays"),
        pytest.param("hundred", "hundred", id="a scale alone stays"),
        pytest.param("1,000,000", "1000000", id="commas"),
        pytest.param("46 600", "46600", id="a blank"),
        pytest.param("46\u202f600", "46600", id="a narrow blank"),
        pytest.param("1'000", "1000", id="an apostrophe"),
        pytest.param("1,00,000", "100000", id="Indian groups"),
        pytest.param("1.234,56", "1234.56", id="European groups and decimals"),
        pytest.param("1.234.567", "1234567", id="groups of dots"),
        pytest.param("1.234", "1.234", id="one dot is a point"),
        pytest.param("3,14", "3.14", id="a decimal comma"),
        pytest.param("0,125", "0.125", id="a decimal comma behind zero"),
        pytest.param("1,2,3", "1,2,3", id="a list of digits"),
        pytest.param("14,2026", "14,2026", id="no well-formed number"),
        pytest.param("in 2024 100 people", "in 2024 100 people", id="a year is no group"),
        pytest.param(".5", "0.5", id="a bare point"),
        pytest.param("2\u00bd", "2.5", id="a vulgar fraction"),
        pytest.param("\u0664\u0662", "42", id="digits of another script"),
        pytest.param("299{,}792", "299792", id="a LaTeX group"),
        pytest.param("4\u20135", "4-5", id="a range"),
        pytest.param("\u20135", "-5", id="an en dash as a minus sign"),
        pytest.param("is\u20145", "is - 5", id="an em dash is punctuation"),
        pytest.param("**42** 2**10", "**42** 2^10", id="bold is no power"),
    ],
)
def test_numbers_in_one_spelling(text: str, numbers: str) -> None:
    assert canonical_numbers(plain(text)) == numbers


def test_same_text_is_blind_to_blanks_and_composition_alone() -> None:
    assert same_text(" e\u0301  x\n") == "\u00e9 x"
    assert same_text("A.") != same_text("a")


def test_scripts_without_blanks_are_known() -> None:
    assert written_without_blanks("\u6771\u4eac")
    assert written_without_blanks("\u0e01\u0e23\u0e38\u0e07")
    assert not written_without_blanks("Tokyo \u041c\u043e\u0441\u043a\u0432\u0430")


def test_runs_of_marks_are_cut_where_normalising_would_take_quadratic_time() -> None:
    assert stream_safe("a" + "\u0323\u0301" * 1000) == "a" + "\u0323\u0301" * 15
    assert stream_safe("\U0001f44d" * 100) == "\U0001f44d" * 100


@settings(deadline=None)
@given(st.text())
def test_normalising_ends_with_single_blanks(text: str) -> None:
    words = normalise(text)
    assert words == " ".join(words.split())


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**12))
def test_thousands_separators_do_not_change_a_number(number: int) -> None:
    spellings = {f"{number:,}", f"{number:_}".replace("_", "\u00a0"), str(number)}
    assert {canonical_numbers(plain(one)) for one in spellings} == {str(number)}
