"""Parquet and `datasets` give the same items as JSON Lines, through the same checks."""

import hashlib
import json
import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.errors import GoldenSetError, InfrastructureError
from qualityslo.golden.lint import lint
from qualityslo.golden.source import CheckedSource, open_source
from qualityslo.golden.table import ParquetRows

_ROWS: list[dict[str, Any]] = [
    {
        "id": "a",
        "question": "How heavy?",
        "context": ["80 kg", "more"],
        "references": ["80"],
        "answer": {"type": "number", "tolerance": 0, "unit": "kg"},
        "meta": {"topic": "math"},
        "slices": {"kind": "numeric"},
    },
    {"id": "b", "question": "Why?", "references": [], "meta": {"level": 1, "in": {"x": [1]}}},
    {"id": "c", "question": "Who?", "answerable": False, "slices": {"topic": "people"}},
    {"id": "d", "messages": [{"role": "user", "content": "Hi"}], "meta": {}, "group": "g"},
]


def _lines(folder: Path, rows: list[dict[str, Any]]) -> CheckedSource:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "set.jsonl").write_text(text, encoding="utf-8")
    return open_source("set.jsonl", root=folder)


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _parquet(folder: Path, table: object) -> CheckedSource:
    import pyarrow as pa
    from pyarrow import parquet

    if isinstance(table, list):
        table = pa.table(_columns(table))
    parquet.write_table(table, folder / "set.parquet", row_group_size=2)
    return open_source("set.parquet", root=folder)


def _fault(source: CheckedSource) -> str:
    with pytest.raises(GoldenSetError) as caught:
        source.describe()
    return str(caught.value)


def test_parquet_gives_the_items_and_the_digest_of_json_lines(tmp_path: Path) -> None:
    lines, table = _lines(tmp_path, _ROWS), _parquet(tmp_path, _ROWS)
    assert list(table.items()) == list(lines.items())
    assert table.describe().digest == lines.describe().digest


_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@settings(deadline=None)  # the first example imports pyarrow
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"question": _words.filter(str.strip)},
            optional={
                "context": st.lists(_words),
                "references": st.lists(_words),
                "answerable": st.booleans(),
                "meta": st.fixed_dictionaries(
                    {}, optional={"n": st.integers(-(2**60), 2**60), "t": _words}
                ),
            },
        ),
        min_size=1,
        max_size=5,
    )
)
def test_the_file_format_is_no_part_of_the_digest(rows: list[dict[str, Any]]) -> None:
    rows = [{"id": f"q{at}", **row} for at, row in enumerate(rows)]
    # Parquet has no struct without fields, so where one item has meta, another has both keys
    rows.append({"id": "last", "question": "q", "meta": {"n": 1, "t": "x"}})
    with tempfile.TemporaryDirectory() as folder:
        lines, table = _lines(Path(folder), rows), _parquet(Path(folder), rows)
        assert table.describe().digest == lines.describe().digest


def test_dates_decimals_and_maps_of_a_table_become_text_and_objects(tmp_path: Path) -> None:
    import pyarrow as pa

    table = pa.table(
        {
            "id": pa.array([1, 2]),
            "question": pa.array(["q", "q"]).dictionary_encode(),
            "slices": pa.array([[("topic", "x")], []], pa.map_(pa.string(), pa.string())),
            "meta": [
                {"day": date(2026, 3, 1), "at": datetime(2026, 3, 1, 2, tzinfo=UTC)},
                {"day": None, "at": None},
            ],
            "reference": [Decimal("12.50"), None],
            "__index_level_0__": [0, 1],
        }
    )
    first, second = _parquet(tmp_path, table).items()
    assert (first.id, first.references) == ("1", ("12.50",))
    assert first.slices == {"topic": "x"}
    assert first.meta == {"day": "2026-03-01", "at": "2026-03-01T02:00:00+00:00"}
    assert (second.slices, second.meta, second.references) == ({}, {}, ())


def test_faults_of_a_table_name_file_and_row(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "question": "q", "reference": 1.0},
        {"id": "a", "question": "q", "reference": float("nan")},
        {"id": None, "question": "q", "reference": None},
    ]
    assert _fault(_parquet(tmp_path, rows)).splitlines()[1:] == [
        "set.parquet:2: reference: nan is neither text nor a number; write it as text",
        "set.parquet:2: id 'a' on rows 1 and 2 (content differs); give every item its own id",
        "set.parquet:3: no id; give every item an `id` that is its own",
    ]


def test_bytes_in_a_table_are_a_fault_where_they_are_read(tmp_path: Path) -> None:
    rows = [{"id": "a", "question": b"q", "picture": b"\x89PNG"}]
    assert "question is text, not b'q'" in _fault(_parquet(tmp_path, rows))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    import pyarrow as pa

    table = pa.Table.from_arrays([pa.array(["a"])] * 2, names=["id", "id"])
    assert "two columns have the same name" in _fault(_parquet(tmp_path, table))


@pytest.mark.parametrize("data", [b"", b"PAR1", b"not a table at all"])
def test_a_damaged_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "set.parquet").write_bytes(data)
    message = _fault(open_source("set.parquet", root=tmp_path))
    assert message.startswith("set.parquet: cannot be read as Parquet: ")


def test_a_folder_may_hold_parquet_instead_of_lines(tmp_path: Path) -> None:
    _parquet(tmp_path, _ROWS)
    (tmp_path / "faq").mkdir()
    (tmp_path / "set.parquet").rename(tmp_path / "faq" / "items.parquet")
    (tmp_path / "faq" / "card.yaml").write_text("name: questions\n", encoding="utf-8")
    golden = open_source("faq", root=tmp_path).describe()
    assert (golden.name, golden.items) == ("questions", 4)


def _save(folder: Path, name: str, *, split: str | None = None) -> None:
    import datasets

    datasets.disable_progress_bars()
    found = datasets.Dataset.from_dict(_columns(_ROWS))
    if split is None:
        found.save_to_disk(str(folder / name))
    else:
        datasets.DatasetDict({split: found}).save_to_disk(str(folder / name))


def test_a_datasets_folder_gives_the_items_of_json_lines(tmp_path: Path) -> None:
    _save(tmp_path, "saved")
    (tmp_path / "saved" / "card.yaml").write_text("version: 3\n", encoding="utf-8")
    golden = open_source("saved", root=tmp_path).describe()
    assert golden.digest == _lines(tmp_path, _ROWS).describe().digest
    assert (golden.name, golden.version) == ("saved", "3")
    assert "has no splits" in _fault(open_source("saved#test", root=tmp_path))


def test_a_split_of_a_datasets_folder_is_named_behind_it(tmp_path: Path) -> None:
    _save(tmp_path, "saved", split="test")
    golden = open_source("saved#test", root=tmp_path).describe()
    assert (golden.items, golden.location) == (4, "saved#test")
    assert "no split is named; write FOLDER#SPLIT with one of: test" in _fault(
        open_source("saved", root=tmp_path)
    )
    assert "no split 'dev'" in _fault(open_source("saved#dev", root=tmp_path))


def test_a_damaged_datasets_folder_is_refused(tmp_path: Path) -> None:
    _save(tmp_path, "saved")
    (tmp_path / "saved" / "state.json").write_text("[]", encoding="utf-8")
    assert "saved: cannot be read" in _fault(open_source("saved", root=tmp_path))


class _Hub:
    """Stands for `datasets.load_dataset`: remembers how it was called, answers or raises."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.calls: list[tuple[object, ...]] = []

    def __call__(self, path: str, name: str | None, *, revision: str, split: str) -> object:
        self.calls.append((path, name, revision, split))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


_COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _hub(monkeypatch: pytest.MonkeyPatch, answer: object) -> _Hub:
    import datasets

    hub = _Hub(answer)
    monkeypatch.setattr(datasets, "load_dataset", hub)
    return hub


def test_a_hub_location_is_loaded_at_its_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    hub = _hub(monkeypatch, datasets.Dataset.from_dict(_columns(_ROWS)))
    source = open_source(f"hf:owner/faq@{_COMMIT}#test", root=tmp_path, options={"config": "en"})
    golden = source.describe()
    assert hub.calls == [("owner/faq", "en", _COMMIT, "test")]
    assert (golden.name, golden.digest) == ("faq", _lines(tmp_path, _ROWS).describe().digest)
    assert "moving_revision" not in {one.code for one in lint(source).findings}


def test_lint_warns_of_a_revision_that_is_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    _hub(monkeypatch, datasets.Dataset.from_dict(_columns(_ROWS)))
    report = lint(open_source("hf:owner/faq@main#test", root=tmp_path))
    (finding,) = [one for one in report.findings if one.code == "moving_revision"]
    assert "'main'" in finding.detail


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        pytest.param(FileNotFoundError("no such set"), GoldenSetError, id="no such data set"),
        pytest.param(ValueError("Unknown split"), GoldenSetError, id="no such split"),
        pytest.param(ConnectionError("offline"), InfrastructureError, id="the hub is away"),
        pytest.param(RuntimeError("scripts"), GoldenSetError, id="it wants to run its own code"),
        pytest.param(TimeoutError("slow"), InfrastructureError, id="the hub is slow"),
    ],
)
def test_a_hub_that_fails_is_a_mistake_or_a_broken_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, expected: type[Exception]
) -> None:
    _hub(monkeypatch, raised)
    with pytest.raises(expected, match=r"hf:owner/faq@main#test: "):
        open_source("hf:owner/faq@main#test", root=tmp_path).describe()


def test_memory_does_not_grow_with_a_parquet_file_even_of_one_row_group(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    count = 40_000
    texts = [hashlib.sha512(str(at).encode()).hexdigest() for at in range(count)]
    path = tmp_path / "items.parquet"
    table = pa.table({"id": list(map(str, range(count))), "question": texts})
    parquet.write_table(table, path, row_group_size=count, use_dictionary=False)
    del table
    before, most = pa.total_allocated_bytes(), 0
    for row in ParquetRows(path=path, name="items.parquet").rows():
        if row.number % 100 == 0:
            most = max(most, pa.total_allocated_bytes() - before)
    assert most < path.stat().st_size / 2
