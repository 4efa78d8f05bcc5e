"""JSON Lines: whatever the bytes between the objects, the items are the same or a line is named."""

import json
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.golden import Json
from qualityslo.errors import GoldenSetError
from qualityslo.golden.jsonl import MOST_LINE_BYTES
from qualityslo.golden.source import CheckedSource, open_source

_ROWS: list[dict[str, Json]] = [
    {"id": "g1", "question": "Wie spät?", "reference": "zwölf", "meta": {"topic": "time"}},
    {"id": "g2", "question": "Line\u2028separator?\u0085", "reference": 2, "meta": {"level": 1}},
    {"id": "g3", "question": "😀?", "context": "a\r\nb"},
]


def _write(folder: str, data: bytes) -> CheckedSource:
    (Path(folder) / "set.jsonl").write_bytes(data)
    return open_source("set.jsonl", root=Path(folder))


def _fault(source: CheckedSource) -> str:
    with pytest.raises(GoldenSetError) as caught:
        source.describe()
    return str(caught.value)


@given(
    mark=st.booleans(),
    ends=st.lists(st.sampled_from([b"\n", b"\r\n"]), min_size=3, max_size=3),
    blanks=st.lists(
        st.lists(st.sampled_from([b"\n", b"\r\n", b"   \n", b"\t \r\n"]), max_size=3),
        min_size=4,
        max_size=4,
    ),
    escaped=st.booleans(),
    last_end=st.booleans(),
)
def test_mark_line_ends_and_blank_lines_change_neither_items_nor_digest(
    *, mark: bool, ends: list[bytes], blanks: list[list[bytes]], escaped: bool, last_end: bool
) -> None:
    lines = [json.dumps(row, ensure_ascii=escaped).encode() for row in _ROWS]
    data = b"\xef\xbb\xbf" if mark else b""
    for before, line, end in zip(blanks, lines, ends, strict=False):
        data += b"".join(before) + line + end
    data = data + b"".join(blanks[3]) if last_end else data.removesuffix(b"\n")
    plain = b"\n".join(json.dumps(row).encode() for row in _ROWS) + b"\n"
    with tempfile.TemporaryDirectory() as folder:
        source = _write(folder, data)
        found, items = source.describe(), list(source.items())
        expected = _write(folder, plain)
        assert items == list(expected.items())
        assert found == expected.describe()
        assert [item.question for item in items] == [row["question"] for row in _ROWS]


@given(blanks=st.lists(st.sampled_from([b"\n", b"\r\n", b" \n"]), max_size=5), mark=st.booleans())
def test_a_damaged_line_is_named_by_its_physical_number(
    *, blanks: list[bytes], mark: bool
) -> None:
    data = (b"\xef\xbb\xbf" if mark else b"") + b"".join(blanks) + b'{"id": }\n'
    with tempfile.TemporaryDirectory() as folder:
        assert f"set.jsonl:{len(blanks) + 1}: not valid JSON" in _fault(_write(folder, data))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(
            '{"id": "a"}'.encode("utf-16"),
            "set.jsonl:1: encoded as UTF-16 (seen at byte 0",
            id="UTF-16",
        ),
        pytest.param(
            '{"id": "a"}'.encode("utf-16-be"), "encoded as UTF-16", id="UTF-16 without a mark"
        ),
        pytest.param('{"id": "a"}'.encode("utf-32"), "encoded as UTF-32", id="UTF-32"),
        pytest.param(
            b'\xef\xbb\xbf{"id": "a"}\n{"id": "caf\xe9"}\n',
            "set.jsonl:2: not UTF-8 at byte 26 (0xE9), Latin-1",
            id="Latin-1 on the second line, the mark counted",
        ),
        pytest.param(b'{"id": "\xed\xa0\x80"}', "not UTF-8 at byte 8", id="a surrogate in bytes"),
        pytest.param(b'{"id"\n', "set.jsonl:1: not valid JSON", id="a torn line"),
        pytest.param(b'\n{"id": "a"}\x00\x00', "set.jsonl:2: holds NUL bytes", id="a NUL tail"),
        pytest.param(b"[\n", "write one JSON object a line", id="a JSON array over many lines"),
        pytest.param(b"[1]\n", "an item is an object, not [1]", id="an array on a line"),
        pytest.param(
            b'{"id": "a", "question": "q", "id": "b"}', "key 'id' is given twice", id="two ids"
        ),
        pytest.param(b"[" * 200_000, "nested deeper than 50", id="200,000 levels"),
        pytest.param(
            b"", "set.jsonl: 0 items: an empty set never gives an SLI", id="an empty file"
        ),
        pytest.param(b"\xef\xbb\xbf\r\n \n", "0 items", id="a mark and blank lines"),
        pytest.param(
            b'{"id": "a", "question": "q"}\n\xef\xbb\xbf{"id": "b", "question": "q"}\n',
            "set.jsonl:2: not valid JSON",
            id="two marked files behind one another",
        ),
    ],
)
def test_a_file_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    assert said in _fault(_write(str(tmp_path), data))


def test_an_overlong_line_is_one_fault_and_the_next_line_is_read(tmp_path: Path) -> None:
    data = b'{"id": "' + b"x" * (MOST_LINE_BYTES + 2_000_000) + b'"}\n{"id": "\xff"}\n'
    message = _fault(_write(str(tmp_path), data))
    lines = message.splitlines()
    assert lines[0].endswith("has 2 faults:")
    assert lines[1] == "set.jsonl:1: a line of 18 MB; 16 MB is the most; split it up"
    assert f"set.jsonl:2: not UTF-8 at byte {data.index(bytes([255]))}" in lines[2]


def test_an_overlong_last_line_without_an_end_is_one_fault(tmp_path: Path) -> None:
    message = _fault(_write(str(tmp_path), b"x" * (MOST_LINE_BYTES + 1)))
    assert message.splitlines()[1:] == [
        "set.jsonl:1: a line of 16 MB; 16 MB is the most; split it up"
    ]


def test_the_longest_line_that_is_allowed_is_read(tmp_path: Path) -> None:
    frame = len(b'{"id": "a", "question": ""}\n')
    question = "q" * (MOST_LINE_BYTES + 1 - frame)
    row = json.dumps({"id": "a", "question": question}).encode() + b"\n"
    assert len(row) == MOST_LINE_BYTES + 1
    assert _write(str(tmp_path), row).describe().items == 1


def test_memory_does_not_grow_with_the_texts(tmp_path: Path) -> None:
    rows = (
        json.dumps({"id": f"q{at}", "question": f"{at}?", "context": "x" * 20_000}).encode()
        for at in range(1_000)
    )
    source = _write(str(tmp_path), b"\n".join(rows))
    tracemalloc.start()
    try:
        assert source.describe().items == 1_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000  # the file has 20 MB


def test_fifty_faults_are_shown_and_the_rest_is_counted(
    source_of: Callable[..., CheckedSource],
) -> None:
    lines = _fault(source_of(*("{" for _ in range(120)))).splitlines()
    assert lines[0] == "golden set 'set.jsonl' has 120 faults:"
    assert lines[1].startswith("set.jsonl:1: ")
    assert lines[50].startswith("set.jsonl:50: ")
    assert lines[51:] == ["and 70 more"]


def test_a_duplicate_is_found_also_among_faulty_rows(
    source_of: Callable[..., CheckedSource],
) -> None:
    message = _fault(
        source_of(
            {"id": "a"}, {"id": "a"}, {"id": "a", "question": "q"}, {"id": 7, "question": "q"},
            {"id": "7", "question": "q"},
        )
    )  # fmt: skip
    assert "set.jsonl:2: id 'a' on lines 1 and 2 (identical rows)" in message
    assert "set.jsonl:3: id 'a' on lines 1 and 3 (content differs)" in message
    assert "set.jsonl:5: id '7' on lines 4 and 5 (identical rows)" in message


def test_hostile_text_cannot_write_to_the_terminal(
    source_of: Callable[..., CheckedSource],
) -> None:
    message = _fault(source_of({"id": "\x1b[2J\u202egood", "question": "q"}))
    assert "\x1b" not in message
    assert "\u202e" not in message


def test_the_digest_depends_on_the_order_and_on_every_field(
    source_of: Callable[..., CheckedSource],
) -> None:
    one: dict[str, Json] = {"id": "a", "question": "q"}
    two: dict[str, Json] = {"id": "b", "question": "q"}
    sets: list[list[dict[str, Json]]] = [
        [one, two],
        [two, one],
        [one],
        [{**one, "meta": {}}, two],
        [{**one, "group": "g"}, two],
    ]
    digests = {source_of(*rows).describe().digest for rows in sets}
    assert len(digests) == len(sets)
