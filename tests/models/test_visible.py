"""What a person sees of a reply that reasons first."""

import pytest
from hypothesis import given, strategies as st

from qualityslo.models.visible import visible


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        pytest.param("  plain answer\n", "plain answer", id="a plain answer loses its blanks"),
        pytest.param("<think>a</think> b", "b", id="a block before the answer goes"),
        pytest.param("a</think>b", "b", id="a closing tag alone takes all before it"),
        pytest.param("<think>a", "", id="a block cut short leaves nothing"),
        pytest.param(" \n<think>a", "", id="blanks before a cut block are nothing"),
        pytest.param("<THINK>a</Think>b", "b", id="case does not matter"),
        pytest.param("<think></think>b", "b", id="an empty block goes"),
        pytest.param("a <think>x</think>b", "a b", id="a block inside the answer goes"),
        pytest.param("<think>a<think>b</think>c</think>d", "d", id="a nested block goes whole"),
        pytest.param("<think>a</think>b<think>c", "b", id="a second block cut short goes"),
        pytest.param("use <think> here", "use <think> here", id="a tag named in prose stays"),
        pytest.param("1 < 2", "1 < 2", id="a bare bracket stays"),
        pytest.param("", "", id="nothing is nothing"),
    ],
)
def test_the_visible_answer(content: str, seen: str) -> None:
    assert visible(content).text == seen


@given(st.lists(st.sampled_from(["<think>", "</think>", "a", " ", "\n", "<", "b c"]), max_size=12))
def test_the_start_is_the_place_of_the_first_visible_character(pieces: list[str]) -> None:
    content = "".join(pieces)
    found = visible(content)
    if found.start is None:
        assert found.text == ""
    else:
        assert content[found.start] == found.text[0]


@given(st.text(alphabet="ab <>/\n"), st.text(alphabet="xyz \n"))
def test_nothing_inside_a_closed_block_is_seen(reasoning: str, answer: str) -> None:
    assert visible(f"<think>{reasoning}</think>{answer}").text == answer.strip()
