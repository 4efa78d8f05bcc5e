"""Domain values as JSON: no NaN, no infinity, instants in UTC."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.budget import budget_of
from qualityslo.domain.golden import Json
from qualityslo.domain.jsonable import instant, to_json
from qualityslo.domain.window import SlotCounts, occurrences_rate, ratio_timeslices_rate
from qualityslo.errors import ExitCode
from qualityslo.stats import Estimate

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()),  # noqa: DTZ001 - the bounds are naive by hypothesis' rule
    st.timedeltas(),
    st.sampled_from(ExitCode),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner), st.tuples(inner, inner), st.dictionaries(st.text(), inner)
    ),
    max_leaves=20,
)


@given(value=values)
def test_anything_becomes_strict_json_that_reads_back_the_same(value: object) -> None:
    found = to_json(value)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
def test_a_number_that_is_none_becomes_null(value: float) -> None:
    assert to_json({"a": [value], "b": value}) == {"a": [None], "b": None}


def test_an_instant_is_told_in_utc_with_a_z() -> None:
    local = datetime(2026, 3, 29, 3, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert instant(local) == "2026-03-29T01:00:00Z"
    assert to_json(local) == "2026-03-29T01:00:00Z"
    fine = datetime(2026, 3, 7, 23, 59, 59, 999_000, tzinfo=UTC)
    assert instant(fine) == "2026-03-07T23:59:59.999000Z"
    assert datetime.fromisoformat(instant(fine)) == fine


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Leaf:
    size: float
    colour: Colour


def test_enums_durations_and_values_in_values() -> None:
    value = {Colour.RED: Leaf(math.inf, Colour.RED), "n": (Level.HIGH, timedelta(minutes=1.5))}
    assert to_json(value) == {"red": {"size": None, "colour": "red"}, "n": [3, 90.0]}
    assert to_json(frozenset({Colour.RED})) == ["red"]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(object(), id="any object"),
        pytest.param(Leaf, id="a class"),
        pytest.param(date(2026, 3, 1), id="a day"),
        pytest.param(1j, id="a complex number"),
        pytest.param(b"bytes", id="bytes"),
    ],
)
def test_what_has_no_json_form_is_refused_by_name(value: object) -> None:
    with pytest.raises(TypeError, match=f"no JSON form for {type(value).__name__}"):
        to_json(value)


def _numbers(value: Json) -> list[float]:
    match value:
        case dict():
            return [n for one in value.values() for n in _numbers(one)]
        case list():
            return [n for one in value for n in _numbers(one)]
        case bool() | None | str():
            return []
        case _:
            return [value]


@given(
    rows=st.lists(
        st.integers(0, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        max_size=10,
    ),
    target=st.floats(0, 1, exclude_min=True, exclude_max=True),
)
def test_no_history_puts_nan_or_infinity_into_a_report(
    make_estimate: Callable[..., Estimate], rows: list[tuple[int, int]], target: float
) -> None:
    history = [
        SlotCounts(run_id=str(n), slot=datetime(2026, 3, 1, tzinfo=UTC), good=good, valid=valid)
        for n, (good, valid) in enumerate(rows)
    ]
    figures = []
    for rate in (occurrences_rate(history), ratio_timeslices_rate(history)):
        estimate = None if rate is None else make_estimate(rate)
        figures.append({"rate": rate, "budget": budget_of(estimate, estimate, target)})
    found = to_json(figures)
    assert all(math.isfinite(number) for number in _numbers(found))
    assert ("null" in json.dumps(found, allow_nan=False)) is all(valid == 0 for _, valid in rows)
