"""Hygiene at the border of the store."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from qualityslo.errors import UsageError
from qualityslo.store.text import (
    checked_name,
    clean,
    dump,
    instant_of,
    instant_text,
)

ANY_TEXT = st.text(st.characters(exclude_categories=()))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
ANY_INSTANT = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 - the zone is drawn beside it
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001 - the zone is drawn beside it
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=10, minutes=30))]),
)


@given(ANY_TEXT)
def test_a_clean_text_can_be_stored_and_is_clean_for_good(text: str) -> None:
    """Cleaning keeps the length, and cleaning twice changes nothing."""
    cleaned = clean(text)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert len(cleaned) == len(text)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Gr\u00fc\u00dfe \u4f60\u597d", id="other scripts"),
        pytest.param("\U0001f469\u200d\U0001f680 \U0001f680", id="joined emoji"),
        pytest.param("\u202eabc\u202c \u05e9\u05dc\u05d5\u05dd", id="right to left"),
        pytest.param("a\u2028b\u2029c\r\n\x01\x7f", id="odd line ends and controls"),
        pytest.param("e\u0301 \u00e9", id="composed and decomposed"),
    ],
)
def test_text_that_can_be_stored_stays_as_it_is(text: str) -> None:
    """Only what no database takes is replaced."""
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\x00b", "a\u2400b", id="NUL"),
        pytest.param("a\ud800b", "a\ufffdb", id="first half of a pair"),
        pytest.param("a\udc00b", "a\ufffdb", id="second half of a pair"),
        pytest.param("\ud83d\ude80", "\ufffd\ufffd", id="both halves, never joined"),
    ],
)
def test_what_no_database_takes_is_replaced_visibly(text: str, expected: str) -> None:
    """The replacement is one visible character for each."""
    assert clean(text) == expected


@pytest.mark.parametrize("name", ["a\x00b", "\ud800"])
def test_an_identifier_is_refused_rather_than_rewritten(name: str) -> None:
    """Two identifiers must never become one."""
    with pytest.raises(UsageError, match="rename it"):
        checked_name(name)


@given(ANY_JSON)
def test_dumped_json_is_clean_all_the_way_down(value: object) -> None:
    """No NaN, no NUL and no lone surrogate comes out, however deep."""
    text = dump(value)
    text.encode()
    assert "\x00" not in text

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    assert dump(json.loads(text, parse_constant=refuse)) == text


def test_a_backslash_before_u0000_is_not_taken_for_a_nul() -> None:
    """What looks like an escape in the text itself survives."""
    assert json.loads(dump(["\\u0000"])) == ["\\u0000"]


def test_a_number_that_is_none_becomes_null() -> None:
    """NaN and infinity are unknown."""
    assert json.loads(dump([math.nan, math.inf, -math.inf, 0.5])) == [None, None, None, 0.5]


@given(ANY_INSTANT, ANY_INSTANT)
def test_instants_compare_as_their_texts_do(one: datetime, other: datetime) -> None:
    """A comparison in the database is a comparison of instants, to the microsecond."""
    assert (one <= other) is (instant_text(one) <= instant_text(other))
    assert instant_of(instant_text(one)) == one
    assert instant_of(instant_text(one)).tzinfo == UTC


def test_an_instant_without_a_zone_is_refused() -> None:
    """Local times mean nothing on another host."""
    with pytest.raises(ValueError, match="time zone"):
        instant_text(datetime(2026, 3, 1))  # noqa: DTZ001 - that is the point
