"""Several people's labels become one truth, whatever order their rows are in."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.golden import LabelPolicy
from qualityslo.domain.label import (
    DOUBLED_SHARE,
    Label,
    LabelValue,
    SecondLooks,
    Truth,
    is_doubled,
    second_looks,
    truth_of,
    truths,
)

Build = Callable[..., Label]
CONFIRM, SINGLE = LabelPolicy.CONFIRM_BAD, LabelPolicy.SINGLE

# (reviewer, value, hours after the slot[, "rules"])
Row = tuple[str, str, float] | tuple[str, str, float, str]
HISTORIES = [
    pytest.param([], Truth.MISSING, Truth.MISSING, id="nobody looked"),
    pytest.param([("ann", "good", 1)], Truth.GOOD, Truth.GOOD, id="one person says good"),
    pytest.param([("ann", "bad", 1)], Truth.PENDING, Truth.BAD, id="one person says bad"),
    pytest.param(
        [("ann", "bad", 1), ("bob", "bad", 2)], Truth.BAD, Truth.BAD, id="a second look agrees"
    ),
    pytest.param(
        [("ann", "bad", 1), ("ann", "bad", 2)],
        Truth.PENDING,
        Truth.BAD,
        id="the same person twice is no second look",
    ),
    pytest.param(
        [("ann", "bad", 1), ("bob", "good", 2)],
        Truth.PENDING,
        Truth.GOOD,
        id="a second look differs",
    ),
    pytest.param(
        [("ann", "bad", 1), ("bob", "bad", 2), ("cy", "good", 3)],
        Truth.PENDING,
        Truth.GOOD,
        id="two against one is still a difference",
    ),
    pytest.param(
        [("ann", "bad", 1), ("bob", "good", 2), ("cy", "bad", 3, "rules")],
        Truth.BAD,
        Truth.BAD,
        id="an adjudicator rules bad",
    ),
    pytest.param(
        [("cy", "good", 1, "rules"), ("ann", "bad", 2), ("bob", "bad", 3)],
        Truth.GOOD,
        Truth.GOOD,
        id="later looks do not overrule an adjudicator",
    ),
    pytest.param(
        [("cy", "good", 1, "rules"), ("dee", "bad", 2, "rules")],
        Truth.BAD,
        Truth.BAD,
        id="the later ruling holds",
    ),
    pytest.param(
        [("ann", "bad", 1), ("ann", "good", 2)],
        Truth.GOOD,
        Truth.GOOD,
        id="a person's latest label counts",
    ),
    pytest.param(
        [("ann", "good", 1), ("bob", "good", 2)], Truth.GOOD, Truth.GOOD, id="two say good"
    ),
    pytest.param([("ann", "unsure", 1)], Truth.MISSING, Truth.MISSING, id="unsure"),
    pytest.param([("ann", "skipped", 1)], Truth.MISSING, Truth.MISSING, id="skipped"),
    pytest.param(
        [("ann", "good", 1), ("ann", "unsure", 2)],
        Truth.MISSING,
        Truth.MISSING,
        id="an opinion taken back",
    ),
    pytest.param(
        [("ann", "unsure", 1), ("bob", "good", 2)], Truth.GOOD, Truth.GOOD, id="unsure, then good"
    ),
    pytest.param(
        [("ann", "bad", 1), ("bob", "skipped", 2)],
        Truth.PENDING,
        Truth.BAD,
        id="a second look without opinion confirms nothing",
    ),
    pytest.param(
        [("cy", "unsure", 2, "rules"), ("ann", "good", 1)],
        Truth.GOOD,
        Truth.GOOD,
        id="an adjudicator without opinion rules nothing",
    ),
]


def _labels(make_label: Build, history: Sequence[Row]) -> list[Label]:
    return [make_label(*row[:3], adjudicates=len(row) == 4) for row in history]


@pytest.mark.parametrize(("history", "confirmed", "single"), HISTORIES)
def test_labels_amount_to_a_truth_in_any_order(
    make_label: Build, history: Sequence[Row], confirmed: Truth, single: Truth
) -> None:
    for rows in permutations(_labels(make_label, history)):
        assert truth_of(rows, CONFIRM) is confirmed
        assert truth_of(rows, SINGLE) is single


def test_a_bad_label_alone_never_makes_a_bad_truth_where_it_must_be_confirmed(
    make_label: Build,
) -> None:
    assert truth_of([make_label("ann", "bad")], CONFIRM) is not Truth.BAD


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cy"]),
        st.sampled_from([value.value for value in LabelValue]),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=6,
    unique_by=lambda row: (row[0], row[2]),
)


@given(rows=ROWS, data=st.data())
@pytest.mark.parametrize("policy", LabelPolicy)
def test_the_order_of_rows_changes_nothing(
    make_label: Build,
    policy: LabelPolicy,
    rows: list[tuple[str, str, int, bool]],
    data: st.DataObject,
) -> None:
    labels = [make_label(*row[:3], adjudicates=row[3]) for row in rows]
    shuffled = data.draw(st.permutations(labels))
    assert truth_of(shuffled, policy) is truth_of(labels, policy)


@given(rows=ROWS)
def test_a_repeated_row_changes_nothing(
    make_label: Build, rows: list[tuple[str, str, int, bool]]
) -> None:
    labels = [make_label(*row[:3], adjudicates=row[3]) for row in rows]
    assert truth_of(labels + labels, CONFIRM) is truth_of(labels, CONFIRM)


def test_truths_are_kept_apart_by_answer_and_criterion_and_follow_their_policy(
    make_label: Build,
) -> None:
    rows = [
        make_label("ann", "bad"),
        make_label("ann", "good", answer="other text"),
        make_label("ann", "bad", criterion="safety"),
        make_label("ann", "bad", criterion="tone"),
    ]
    found = truths(rows, {"correctness": CONFIRM, "safety": SINGLE})
    assert {(key.criterion, key.answer_hash): truth for key, truth in found.items()} == {
        ("correctness", "text"): Truth.PENDING,
        ("correctness", "other text"): Truth.GOOD,
        ("safety", "text"): Truth.BAD,
        ("tone", "text"): Truth.PENDING,  # a criterion without policy needs confirmation
    }


def test_no_labels_are_no_truths() -> None:
    assert truths([], {}) == {}


def test_equal_instants_are_settled_by_the_label_id(make_label: Build) -> None:
    first, second = make_label("ann", "bad", 1), make_label("ann", "good", 1)
    assert first.recorded_at - second.recorded_at == timedelta(0)
    assert truth_of([first, second], SINGLE) is truth_of([second, first], SINGLE)


# --- good labels that are looked at twice ---------------------------------------------------------

DOUBLED = next(name for name in map(str, range(100)) if is_doubled(name))
SINGLY = next(name for name in map(str, range(100)) if not is_doubled(name))


def test_a_tenth_of_the_reviews_is_doubled_whatever_their_names_have_in_common() -> None:
    for prefix in ("", "review ", "2026-03-02/"):
        share = sum(is_doubled(f"{prefix}{n}") for n in range(20_000)) / 20_000
        assert share == pytest.approx(DOUBLED_SHARE, abs=4 * (0.1 * 0.9 / 20_000) ** 0.5)


@pytest.mark.parametrize(
    ("history", "doubled", "overturned"),
    [
        pytest.param([], 0, 0, id="nobody looked"),
        pytest.param([("ann", "good", 1)], 0, 0, id="one look"),
        pytest.param([("ann", "good", 1), ("bob", "good", 2)], 1, 0, id="confirmed"),
        pytest.param([("ann", "good", 1), ("bob", "bad", 2)], 1, 1, id="overturned"),
        pytest.param([("ann", "bad", 1), ("bob", "good", 2)], 0, 0, id="a bad label's second"),
        pytest.param(
            [("bob", "bad", 2), ("ann", "good", 1)], 1, 1, id="by when they looked, not by row"
        ),
        pytest.param(
            [("ann", "good", 1), ("ann", "bad", 2)], 0, 0, id="the same person is no second look"
        ),
        pytest.param(
            [("ann", "good", 1), ("bob", "bad", 2), ("ann", "bad", 3)],
            1,
            1,
            id="what the first said before anybody disagreed",
        ),
        pytest.param(
            [("ann", "good", 1), ("bob", "unsure", 2)], 0, 0, id="a look without opinion"
        ),
        pytest.param(
            [("ann", "good", 1), ("bob", "unsure", 2), ("cy", "bad", 3)],
            1,
            1,
            id="the next person with one",
        ),
        pytest.param(
            [("ann", "good", 1), ("bob", "good", 2), ("cy", "bad", 3)], 1, 0, id="no third look"
        ),
        pytest.param(
            [("ann", "good", 1), ("cy", "bad", 2, "rules")], 0, 0, id="an adjudicator is not blind"
        ),
    ],
)
def test_second_looks_at_good_labels_are_counted(
    make_label: Build, history: Sequence[Row], doubled: int, overturned: int
) -> None:
    rows = [replace(one, review_id=DOUBLED) for one in _labels(make_label, history)]
    for order in permutations(rows):
        assert second_looks(order) == SecondLooks(doubled=doubled, overturned=overturned)


def test_second_looks_that_chance_did_not_ask_for_do_not_count(make_label: Build) -> None:
    """A form is looked at again because of another answer on it: no fair sample of good labels."""
    rows = _labels(make_label, [("ann", "good", 1), ("bob", "bad", 2)])
    for review in (SINGLY, None):
        assert second_looks([replace(one, review_id=review) for one in rows]).doubled == 0


def test_second_looks_are_counted_by_answer(make_label: Build) -> None:
    rows = [
        replace(make_label(who, said, answer=answer), review_id=DOUBLED)
        for answer, second in (("one", "good"), ("two", "bad"), ("three", "bad"))
        for who, said in (("ann", "good"), ("bob", second))
    ]
    assert second_looks(rows) == SecondLooks(doubled=3, overturned=2)
