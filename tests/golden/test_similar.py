"""Near equality of questions: the fast search finds exactly what comparing all pairs finds."""

from collections.abc import Sequence

from hypothesis import given, strategies as st

from qualityslo.golden.similar import holds, near_groups, words

_texts = st.lists(
    st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), max_size=24), max_size=12
)


def _by_all_pairs(texts: Sequence[Sequence[str]]) -> list[set[int]]:
    sets = [set(text) for text in texts]
    groups: list[set[int]] = []
    for at, one in enumerate(sets):
        linked = {at}
        for group in [group for group in groups if any(_near(one, sets[b]) for b in group)]:
            linked |= group
            groups.remove(group)
        groups.append(linked)
    return [group for group in groups if len(group) > 1]


def _near(one: set[str], other: set[str]) -> bool:
    return bool(one | other) and len(one & other) / len(one | other) >= 0.9


@given(
    texts=_texts, copies=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 24)), max_size=8)
)
def test_prefix_filtering_loses_no_pair(
    texts: list[list[str]], copies: list[tuple[int, int]]
) -> None:
    # copies that lack a word make near pairs likely
    texts += [
        texts[at % len(texts)][:cut] + texts[at % len(texts)][cut + 1 :]
        for at, cut in copies
        if texts
    ]
    found = [set(group) for group in near_groups(texts)]
    assert sorted(found, key=min) == sorted(_by_all_pairs(texts), key=min)


def test_signs_that_carry_meaning_are_words() -> None:
    assert words("What is 2+2?") != words("What is 2*2?")
    assert words("Is it OK?") == words("“is it, ok”")


def test_a_number_is_found_with_its_thousands_separator_and_not_inside_another() -> None:
    assert holds(words("It costs 1,500 EUR."), words("1500"))
    assert not holds(words("It costs 11500 EUR."), words("1500"))
    assert not holds(words("anything"), words(""))
