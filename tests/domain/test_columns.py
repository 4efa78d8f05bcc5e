"""Columns read like the lists that they stand for."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.columns import Coded, Column, Digests, Texts

DIGESTS = st.binary(min_size=32, max_size=32).filter(any).map(bytes.hex) | st.just("")


@given(st.lists(st.text(st.characters(codec=None))))
def test_texts_come_back_as_they_were(texts: list[str]) -> None:
    """Half of a surrogate pair and the empty text too."""
    assert Texts(texts) == texts


@given(st.lists(DIGESTS))
def test_digests_come_back_as_they_were(digests: list[str]) -> None:
    """The empty text, which stands for none, too."""
    assert Digests(digests) == digests


@given(st.lists(st.sampled_from(["answered", "error", "empty"])))
def test_coded_values_come_back_as_they_were(values: list[str]) -> None:
    """And a question about the value is answered for every item."""
    column = Coded.of(values)
    assert column == values
    assert column.where(lambda one: one == "error").tolist() == [one == "error" for one in values]


@pytest.mark.parametrize("wrong", ["ab", "ab" * 33, "no hexadecimal digits"])
def test_what_is_no_digest_is_refused(wrong: str) -> None:
    """Cut to 32 bytes it would be another one."""
    with pytest.raises(ValueError, match="hex"):
        Digests([wrong])


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(Texts(["a", "b", "c"]), id="texts"),
        pytest.param(Coded.of(["a", "b", "c"]), id="coded"),
    ],
)
def test_a_column_is_indexed_as_a_list_is(column: Column[str]) -> None:
    """From both ends, in slices, and not beyond; numpy takes it for what it holds."""
    assert (column[0], column[-1], column[1:]) == ("a", "c", ["b", "c"])
    with pytest.raises(IndexError):
        column[3]
    assert column != ["a", "b"]
    assert np.array(column, dtype=object).tolist() == ["a", "b", "c"]


def test_digests_are_indexed_as_a_list_is() -> None:
    """From both ends."""
    digests = ["ab" * 32, "cd" * 32]
    assert Digests(digests)[-1] == digests[-1]
