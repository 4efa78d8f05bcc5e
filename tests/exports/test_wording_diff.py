"""Two answers word by word: nothing is lost, and what differs is marked."""

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.exports.wording_diff import Piece, compare_words

QUICK = settings(deadline=None, max_examples=150)
TEXTS = st.text(max_size=80) | st.lists(
    st.sampled_from(["a", "b", "it", "30 days", "\n", "1,200.50", "don't", "日本", "."]),
    max_size=30,
).map(" ".join)


def marked(pieces: tuple[Piece, ...]) -> list[str]:
    """Return the stretches that only this side has."""
    runs: list[str] = []
    joined = False
    for piece in pieces:
        if piece.changed:
            runs = [*runs[:-1], runs[-1] + piece.text] if joined else [*runs, piece.text]
        joined = piece.changed
    return runs


@pytest.mark.parametrize(
    ("before", "after", "lost", "added"),
    [
        pytest.param("in 30 days", "in 14 days", ["30"], ["14"], id="one word"),
        pytest.param("in 30 days", "in 30 days", [], [], id="equal texts"),
        pytest.param("yes", "yes, always", [], [", always"], id="an addition"),
        pytest.param(
            "1,200.50 euros", "1,200.60 euros", ["1,200.50"], ["1,200.60"], id="a number"
        ),
        pytest.param("don't go", "do go", ["don't"], ["do"], id="an apostrophe"),
        pytest.param("東京です", "京都です", ["東"], ["都"], id="a script without blanks"),
        pytest.param("", "a b", [], ["a b"], id="an empty answer"),
        pytest.param(
            "The fee is 3 euros a day",
            "The fee is 5 dollars a day",
            ["3 euros"],
            ["5 dollars"],
            id="neighbouring words are one stretch",
        ),
    ],
)
def test_only_words_that_differ_are_marked(
    before: str, after: str, lost: list[str], added: list[str]
) -> None:
    found = compare_words(before, after)
    assert marked(found.before) == lost
    assert marked(found.after) == added


@QUICK
@given(before=TEXTS, after=TEXTS, why=TEXTS)
def test_the_pieces_are_the_texts(before: str, after: str, why: str) -> None:
    found = compare_words(before, after, [f"'{why}'"], [f'"{why}"'])
    assert "".join(piece.text for piece in found.before) == before
    assert "".join(piece.text for piece in found.after) == after


@QUICK
@given(text=TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    found = compare_words(text, text)
    assert not found.rewritten
    assert not any(piece.changed for piece in (*found.before, *found.after))


def test_two_answers_with_little_in_common_are_not_marked_word_by_word() -> None:
    found = compare_words("one two three four five six seven eight", "nine ten eleven twelve")
    assert found.rewritten
    assert marked(found.before) == marked(found.after) == []


def test_what_a_grader_quotes_is_marked_where_the_answer_holds_it() -> None:
    found = compare_words(
        "Return it in 30 days.",
        "Return it in 14 days, No Questions asked.",
        why_after=["not in the context: 'no questions', 'ask', \"14 days\""],
    )
    assert [one.text for one in found.after if one.quoted] == ["14", " days", "No Questions"]
    assert not any(one.quoted for one in found.before)


def test_texts_made_to_be_slow_are_not_compared_word_by_word() -> None:
    found = compare_words("a b " * 150, "b a a b " * 75)
    assert found.rewritten


def test_a_long_answer_is_still_compared() -> None:
    words = [f"word{at}" for at in range(400)]
    after = [*words[:200], "other", *words[201:]]
    found = compare_words(" ".join(words), " ".join(after))
    assert (marked(found.before), marked(found.after)) == (["word200"], ["other"])
