"""Slices are post-strata of the same draw: they add up, and nobody picked them."""

from collections.abc import Callable

from hypothesis import given, strategies as st

from qualityslo.domain.estimation import EstimationRule, Where, criterion_result
from qualityslo.domain.evidence import AnswerColumns, Counts, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.outcome import Ending
from qualityslo.domain.slices import criterion_slices
from qualityslo.stats import Stratum, rate_interval

Columns = Callable[..., AnswerColumns]
Lay = Callable[..., Labelled]
RULE = EstimationRule()


def test_a_slice_is_estimated_from_its_part_of_the_draw(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    columns = make_columns(40, "g" * 40, slices={"topic": ["maps"] * 30 + ["food"] * 10})
    tonight = "b" + "g" * 9 + "?" * 20 + "gg"
    labelled = lay(columns, human, drawn=[*range(10), 30, 31], tonight=tonight)
    food, maps = criterion_slices(columns, labelled, human, RULE)
    assert (food.slice, food.value, maps.value) == ("topic", "food", "maps")
    assert food.estimate == rate_interval([Stratum(10, 2, 0)])
    assert maps.estimate == rate_interval([Stratum(30, 10, 1)])
    assert (food.counts.planned, food.counts.labelled) == (10, 2)


def test_without_labels_a_slice_shows_what_the_graders_said_of_it(
    make_columns: Columns, lay: Lay, human: Criterion, defined: Criterion
) -> None:
    columns = make_columns(8, "bb?ggggg", slices={"topic": ["a"] * 4 + ["b"] * 4})
    for criterion in (human, defined):
        one, other = criterion_slices(columns, lay(columns, criterion), criterion, RULE)
        assert one.estimate is not None
        assert (one.estimate.low, one.estimate.high, one.estimate.items) == (0.5, 0.75, 4)
        assert other.estimate is not None
        assert (other.estimate.low, other.estimate.high, other.estimate.items) == (0, 0, 4)


def test_slices_come_by_name_and_value_and_items_without_a_value_are_in_none(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    slices = {"topic": ["b", "", "a"], "kind": ["x", "x", "x"]}
    columns = make_columns(3, "gbg", slices=slices)
    found = criterion_slices(columns, lay(columns, human), human, RULE)
    assert [(one.slice, one.value, one.counts.planned) for one in found] == [
        ("kind", "x", 3),
        ("topic", "a", 1),
        ("topic", "b", 1),
    ]


def test_a_slice_without_valid_answers_has_no_estimate(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    columns = make_columns([Ending.ERROR, Ending.ANSWERED], "gg", slices={"t": ["a", "b"]})
    broken, fine = criterion_slices(columns, lay(columns, human), human, RULE)
    assert (broken.estimate, broken.counts.failed) == (None, 1)
    assert fine.estimate is not None


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(Ending),
            st.sampled_from("gb?"),
            st.sampled_from("gbmp?"),
            st.sampled_from("xyz"),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_the_counts_of_a_slice_add_up_to_those_of_the_set(
    make_columns: Columns,
    lay: Lay,
    human: Criterion,
    where: Where,
    rows: list[tuple[Ending, str, str, str]],
) -> None:
    columns = make_columns(
        [row[0] for row in rows],
        "".join(row[1] for row in rows),
        slices={"topic": [row[3] for row in rows]},
    )
    tonight = "".join(row[2] for row in rows)
    labelled = lay(columns, human, drawn=range(len(rows)), tonight=tonight)
    whole = criterion_result(labelled, human, where, RULE).counts
    parts = [one.counts for one in criterion_slices(columns, labelled, human, RULE)]
    for name in Counts.__dataclass_fields__:
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name), name
