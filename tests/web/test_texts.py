"""Texts on the page: every character seen and counted once, searches, parts."""

import pytest
from hypothesis import given, strategies as st

from qualityslo.web.texts import PART, Part, find, part_of, seen, token_of, utf16_length

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


def units_of(part: Part) -> int:
    """Return how many UTF-16 units the browser counts in a part."""
    return sum(utf16_length(one.text) + one.units for one in part.pieces)


@given(text=ANY_TEXT)
def test_the_browser_counts_as_javascript_counts_the_stored_text(text: str) -> None:
    assert units_of(part_of(text)) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(
    text=ANY_TEXT, marks=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4)
)
def test_marks_and_searches_change_no_character(text: str, marks: list[tuple[int, int]]) -> None:
    marked = [(start, end, "unsupported") for start, end in marks if start < end]
    part = part_of(text, marks=marked, query=text[:5])
    plain = part_of(text)
    assert units_of(part) == units_of(plain)
    assert "".join(one.text for one in part.pieces) == "".join(one.text for one in plain.pieces)


@given(text=ANY_TEXT)
def test_nothing_hidden_reaches_the_page(text: str) -> None:
    shown = "".join(one.text for one in part_of(text).pieces)
    hidden = "\x00\x1b\x85\u200b\u200d\u202e\u2066\u2069\u2028\ufeff\U000e0041\U000e0100\ud800"
    assert not set(shown) & set(hidden)
    assert not set(seen(text)) & set(hidden)


@pytest.mark.parametrize(
    ("character", "token"),
    [
        ("\x00", "\N{SYMBOL FOR NULL}"),
        ("\r", "\N{SYMBOL FOR CARRIAGE RETURN}"),
        ("\x7f", "\N{SYMBOL FOR DELETE}"),
        ("\u200d", "ZWJ"),
        ("\u202e", "RLO"),
        ("\u2069", "PDI"),
        ("\U000e0041", "U+E0041"),
        ("\ud800", "U+D800"),
    ],
)
def test_what_cannot_be_seen_is_named(character: str, token: str) -> None:
    assert token_of(character) == token
    piece = part_of(f"a{character}b").pieces[1]
    assert (piece.token, piece.text) == (token, "")
    assert piece.units == len(character.encode("utf-16-le", "surrogatepass")) // 2


def test_what_has_a_glyph_is_left_alone() -> None:
    text = "tab\t line\n emoji \N{ROCKET}\ufe0f \u0600\u06dd e\u0301"
    assert [one.text for one in part_of(text).pieces] == [text]


def test_the_end_of_a_line_of_windows_is_counted_but_not_seen() -> None:
    pieces = part_of("a\r\nb").pieces
    assert [(one.text, one.token, one.units) for one in pieces] == [
        ("a", "", 0),
        ("", "", 1),
        ("\nb", "", 0),
    ]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        pytest.param("80 kg", ["80 kg"], id="a phrase"),
        pytest.param("80  KG", ["80 kg"], id="a phrase in other space and case"),
        pytest.param("It may carry 80 kilos", ["80"], id="a claim whose number stands there"),
        pytest.param("the wheels turn", ["wheels"], id="a claim whose words stand there"),
        pytest.param("8", [], id="a part of a number"),
        pytest.param("of a in", [], id="short words"),
        pytest.param("", [], id="nothing"),
        pytest.param("   ", [], id="white space"),
        pytest.param(".*", [], id="a pattern is no pattern"),
    ],
)
def test_a_claim_is_found_in_the_context(query: str, places: list[str]) -> None:
    text = "The box holds 80 kg. It has two wheels."
    found = [text[start:end] for start, end in find(text, query)]
    assert found == places or (query == "8" and found == ["8"])


def test_matches_are_bounded() -> None:
    assert len(find("a " * 10_000, "a")) == 200


@given(text=ANY_TEXT, query=ANY_TEXT)
def test_any_search_is_harmless(text: str, query: str) -> None:
    for start, end in find(text, query):
        assert 0 <= start < end <= len(text)


def test_parts_make_up_the_whole_text() -> None:
    text = "\N{ROCKET}" * (2 * PART + 5)
    parts = [part_of(text, n) for n in (1, 2, 3)]
    assert [one.of for one in parts] == [3, 3, 3]
    assert [one.units_before for one in parts] == [0, 2 * PART, 4 * PART]
    assert "".join(piece.text for one in parts for piece in one.pieces) == text


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-3, 1), (99, 2)])
def test_a_part_that_does_not_exist_is_the_nearest(asked: int, given: int) -> None:
    assert part_of("x" * (PART + 1), asked).number == given


def test_a_mark_over_the_edge_of_a_part_is_shown_in_both() -> None:
    text = "x" * (PART + 100)
    mark = [(PART - 10, PART + 10, "unsupported")]
    first, second = part_of(text, 1, marks=mark), part_of(text, 2, marks=mark)
    assert [(len(one.text), one.kind) for one in first.pieces][-1] == (10, "unsupported")
    assert (len(second.pieces[0].text), second.pieces[0].kind) == (10, "unsupported")
