"""The per-item table: every row, every value, in types that other programs read."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.golden import Json
from qualityslo.records import items
from qualityslo.records.items import write_items

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(SCALARS, lambda one: st.lists(one) | st.dictionaries(st.text(), one))


def read(path: Path) -> list[dict[str, Json]]:
    """Return the rows of a Parquet file."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Json]] = pq.read_table(path).to_pylist()
    return rows


def test_values_keep_their_type_and_nested_ones_become_json(tmp_path: Path) -> None:
    rows: list[dict[str, Json]] = [
        {"golden": "faq", "item_id": "a", "score": 1, "ok": True, "verdicts": {"x": [1, None]}},
        {"golden": "faq", "item_id": "b", "score": 0.5, "ok": None, "verdicts": None},
    ]
    write_items(lambda: iter(rows), tmp_path / "items.parquet")
    assert read(tmp_path / "items.parquet") == [
        {
            "golden": "faq",
            "item_id": "a",
            "score": 1.0,
            "ok": True,
            "verdicts": '{"x": [1, null]}',
        },
        {"golden": "faq", "item_id": "b", "score": 0.5, "ok": None, "verdicts": None},
    ]


@pytest.mark.parametrize(
    "batch",
    [
        pytest.param(1, id="in another batch each time"),
        pytest.param(2, id="half in the first batch"),
        pytest.param(9, id="all in one batch"),
    ],
)
def test_a_column_first_seen_late_or_of_two_types_loses_nothing(
    batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "BATCH", batch)
    rows: list[dict[str, Json]] = [{"a": None}, {"a": "text"}, {"a": 7, "b": 2**70}, {"b": 1}]
    write_items(lambda: iter(rows), tmp_path / "items.parquet")
    assert read(tmp_path / "items.parquet") == [
        {"a": None, "b": None},
        {"a": '"text"', "b": None},
        {"a": "7", "b": str(2**70)},
        {"a": None, "b": "1"},
    ]


@pytest.mark.parametrize(
    ("late", "cells", "reads"),
    [
        pytest.param("text", [None, None, "text"], 2, id="a text, which needs no second look"),
        pytest.param([1], [None, None, "[1]"], 2, id="nested values, which need none either"),
        pytest.param(0.5, [None, None, 0.5], 4, id="a number, which does"),
    ],
)
def test_rows_are_read_again_only_where_a_late_value_does_not_fit(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    late: Json,
    cells: list[Json],
    reads: int,
) -> None:
    monkeypatch.setattr(items, "BATCH", 2)
    looks = 0

    def rows() -> Iterator[dict[str, Json]]:
        nonlocal looks
        looks += 1
        for value in (None, None, late):
            yield {"x": value}

    write_items(rows, tmp_path / "items.parquet")
    assert [row["x"] for row in read(tmp_path / "items.parquet")] == cells
    assert looks == reads


def test_text_that_is_no_unicode_does_not_stop_the_table(tmp_path: Path) -> None:
    rows: list[dict[str, Json]] = [{"text": "x\ud800y\0", "\udfff": 1}]
    write_items(lambda: iter(rows), tmp_path / "items.parquet")
    assert read(tmp_path / "items.parquet") == [{"text": "x?y\0", "?": 1}]


def test_rows_of_many_batches_stay_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "BATCH", 7)
    write_items(lambda: ({"at": at} for at in range(100)), tmp_path / "items.parquet")
    assert [row["at"] for row in read(tmp_path / "items.parquet")] == list(range(100))


def test_items_are_returned_by_golden_set_each_once(tmp_path: Path) -> None:
    def rows() -> Iterator[dict[str, Json]]:
        for golden in ("faq", "docs"):
            for role in ("baseline", "candidate"):
                yield {"golden": golden, "item_id": "a", "item_digest": "d", "role": role}

    found = write_items(rows, tmp_path / "items.parquet")
    assert found == {"faq": {"a": "d"}, "docs": {"a": "d"}}


def test_no_rows_make_no_file(tmp_path: Path) -> None:
    assert write_items(lambda: iter(()), tmp_path / "items.parquet") == {}
    assert not (tmp_path / "items.parquet").exists()


@settings(max_examples=50, deadline=None)  # each writes and reads a file
@given(column=st.lists(VALUES, min_size=1))
def test_any_column_of_json_is_written_and_what_is_missing_stays_missing(
    tmp_path_factory: pytest.TempPathFactory, column: list[Json]
) -> None:
    path = tmp_path_factory.mktemp("items") / "items.parquet"
    write_items(lambda: ({"at": at, "x": one} for at, one in enumerate(column)), path)
    cells = [row["x"] for row in read(path)]
    assert [cell is None for cell in cells] == [one is None for one in column]
    if any(isinstance(one, list | dict) for one in column):
        texts = [one for one in cells if isinstance(one, str)]
        assert [json.loads(text) for text in texts] == [one for one in column if one is not None]
