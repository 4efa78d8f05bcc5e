"""Chunks of a context: no word is lost, and no chunk is too long."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, strategies as st

from qualityslo.graders.nli_chunks import chunked


def _words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def _characters(texts: Sequence[str]) -> list[int]:
    return [len("".join(text.split())) for text in texts]


def test_a_context_that_fits_is_one_chunk() -> None:
    assert chunked(["One two.", "Three."], _words, 10) == ["One two. Three."]
    assert chunked([], _words, 10) == []


def test_a_long_word_is_divided_too() -> None:
    found = chunked(["abcdefgh"], _characters, 4)
    assert all(len(one) <= 4 for one in found)
    assert set("abcdefgh") == set("".join(found))


@given(
    st.lists(st.text(alphabet="abcdefg ", min_size=1, max_size=60).filter(str.strip), max_size=5),
    st.integers(min_value=2, max_value=15),
)
def test_every_word_stands_in_a_chunk_and_no_chunk_is_too_long(
    context: list[str], room: int
) -> None:
    found = chunked(context, _words, room)
    assert all(one <= room for one in _words(found))
    assert {word for one in context for word in one.split()} <= {
        word for one in found for word in one.split()
    }


@given(st.lists(st.sampled_from(["a", "b c", "d e f"]), min_size=2, max_size=12))
def test_neighbouring_sentences_are_seen_together(context: list[str]) -> None:
    marked = [f"{at}:{one.replace(' ', '.')}" for at, one in enumerate(context)]
    found = [set(one.split()) for one in chunked(marked, _words, 3)]
    for one, other in pairwise(marked):
        assert any({one, other} <= chunk for chunk in found)


def test_a_long_context_is_chunked_with_few_counts() -> None:
    calls = 0

    def count(texts: Sequence[str]) -> list[int]:
        nonlocal calls
        calls += 1
        return _words(texts)

    found = chunked(["The box is red and old."] * 2_000, count, 100)
    assert len(found) < 200
    assert calls < 20
