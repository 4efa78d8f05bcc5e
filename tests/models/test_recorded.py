"""Recorded answers: cases C11 and C13 as a user reads them, and files of every shape."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response, Timing, Usage
from qualityslo.errors import ModelError, PluginError
from qualityslo.models.recorded import Recorded

Write = Callable[..., Path]


def _answers(path: Path, ids: Sequence[str]) -> list[Outcome]:
    model = Recorded(environ={}, path=str(path))
    return list(model.answer(GoldenItem(id=one, question="q") for one in ids))


def _expected(cases: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((cases / "expected" / f"{name}.json").read_text("utf-8"))
    return found


@pytest.fixture(params=["jsonl", "parquet"])
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Write:
    """Return a function: rows -> a file of them, once as JSONL and once as Parquet."""

    def to_file(*rows: dict[str, object]) -> Path:
        path = tmp_path / f"answers.{request.param}"
        if request.param == "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        else:
            import pyarrow as pa
            from pyarrow import parquet

            parquet.write_table(pa.Table.from_pylist(_aligned(rows)), path)
        return path

    return to_file


def _aligned(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    names = {name: None for row in rows for name in row}
    return [{name: row.get(name) for name in names} for row in rows]


def test_c11_visible_answers(cases: Path) -> None:
    visible = _expected(cases, "C11")["visible"]
    found = _answers(cases / "inputs" / "C11-outputs.jsonl", list(visible))
    assert {one.item_id: one.text for one in found} == visible
    assert all(one.ending is Ending.ANSWERED for one in found)
    raw = {one.item_id: one.raw for one in found if isinstance(one, Response)}
    assert "3*8=24" in raw["r1"]
    assert "17*20=340" in raw["r2"]
    assert "maybe Queen? no" in raw["r4"]


def test_c13_how_the_replies_ended(cases: Path) -> None:
    expected = _expected(cases, "C13")
    states = expected["state"]
    found = _answers(cases / "inputs" / "C13-outputs.jsonl", list(states))
    assert {one.item_id: one.ending.value for one in found} == states
    assert found[-1].text == "Paris"
    endings = Counter(one.ending for one in found)
    replies = [one for one in found if not one.ending.failed]
    assert len(replies) / len(found) == expected["availability"]
    for ending, rate in (
        (Ending.FILTERED, "filter_rate"),
        (Ending.REFUSAL, "refusal_rate"),
        (Ending.EMPTY, "empty_rate"),
        (Ending.TRUNCATED, "truncation_rate"),
    ):
        assert endings[ending] / len(replies) == pytest.approx(expected[rate], abs=1e-6)


def test_the_simple_form_is_read(write: Write) -> None:
    path = write(
        {
            "id": "a",
            "text": "<think>x</think> yes",
            "finish_reason": "stop",
            "ttft_s": 0.1,
            "total_s": 2,
            "inter_token_s": 0.01,
            "served_model": "m-1",
            "completion_tokens": 7,
        }
    )
    assert _answers(path, ["a"]) == [
        Response(
            item_id="a",
            ending=Ending.ANSWERED,
            text="yes",
            raw="<think>x</think> yes",
            timing=Timing(ttft_s=0.1, total_s=2.0, inter_token_s=0.01),
            usage=Usage(completion_tokens=7),
            served_model="m-1",
            finish_reason="stop",
        )
    ]


@pytest.mark.parametrize(
    ("row", "ending", "text"),
    [
        pytest.param({"text": "yes"}, Ending.ANSWERED, "yes", id="a text"),
        pytest.param({"text": ""}, Ending.EMPTY, "", id="an empty text"),
        pytest.param({"text": None}, Ending.EMPTY, "", id="a null text"),
        pytest.param(
            {"text": "Par", "finish_reason": "length"}, Ending.TRUNCATED, "Par", id="cut short"
        ),
        pytest.param(
            {"text": "No.", "ending": "refusal"}, Ending.REFUSAL, "No.", id="a given ending"
        ),
        pytest.param({"text": "Par", "ending": "incomplete"}, Ending.INCOMPLETE, "Par", id="cut"),
        pytest.param({"ending": "error", "code": "mine"}, Ending.ERROR, "", id="an error"),
        pytest.param({"http_status": 503, "error": {"message": "m"}}, Ending.ERROR, "", id="raw"),
        pytest.param({"http_status": 503}, Ending.ERROR, "", id="a bare status"),
    ],
)
def test_how_recorded_answers_ended(
    write: Write, row: dict[str, object], ending: Ending, text: str
) -> None:
    path = write({"id": "a", **row}, {"id": "b", "text": "x"})
    [found] = _answers(path, ["a"])
    assert (found.ending, found.text) == (ending, text)


def test_failures_say_why(write: Write) -> None:
    path = write(
        {"id": "a", "ending": "error", "code": "mine", "detail": "so it is"},
        {"id": "b", "ending": "incomplete", "text": "Par"},
        {"id": "c", "http_status": 500, "error": {"message": "upstream failed"}},
    )
    found = [one for one in _answers(path, ["a", "b", "c", "d"]) if isinstance(one, Failure)]
    assert [(one.code, one.detail) for one in found] == [
        ("mine", "so it is"),
        ("recorded_incomplete", ""),
        ("http_500", "upstream failed"),
        ("not_recorded", f"{path.name} has no row with this id"),
    ]


def test_the_response_may_be_json_text_and_is_read_like_any_other(write: Write) -> None:
    body = {"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}
    path = write({"id": "a", "response": json.dumps(body)}, {"id": "b", "response": "{broken"})
    good, bad = _answers(path, ["a", "b"])
    assert (good.ending, good.text) == (Ending.ANSWERED, "yes")
    assert isinstance(bad, Failure)
    assert bad.code == "malformed"


def test_the_last_attempt_counts_whatever_its_place(write: Write) -> None:
    path = write(
        {"id": "a", "attempt": 2, "text": "second"},
        {"id": "a", "attempt": 1, "text": "first"},
        {"id": "a", "attempt": 3, "text": "third"},
    )
    [found] = _answers(path, ["a"])
    assert isinstance(found, Response)
    assert (found.text, found.attempts) == ("third", 3)


def test_outcomes_come_in_the_order_of_the_items_and_again(write: Write) -> None:
    path = write(*({"id": f"i{n}", "text": f"t{n}"} for n in range(100)))
    ids = [f"i{n}" for n in (99, 0, 42, 0)]
    assert [one.text for one in _answers(path, ids)] == ["t99", "t0", "t42", "t0"]


def test_identical_rows_are_one_row(write: Write) -> None:
    path = write({"id": "a", "text": "x"}, {"id": "a", "text": "x"})
    assert [one.text for one in _answers(path, ["a"])] == ["x"]


def test_rows_that_contradict_each_other_are_refused(write: Write) -> None:
    path = write({"id": "a", "text": "x"}, {"id": "b", "text": "x"}, {"id": "a", "text": "y"})
    with pytest.raises(PluginError) as caught:
        _answers(path, ["a"])
    where = (
        "jsonl:3 id 'a': is on line 1" if path.suffix == ".jsonl" else "row 3 id 'a': is in row 1"
    )
    assert where in str(caught.value)


def test_marks_line_ends_and_blank_lines_are_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [
        b'\xef\xbb\xbf{"id": "a", "text": "x"}',
        b"",
        b"  ",
        '{"id": "b", "text": "é"}'.encode(),
    ]
    path.write_bytes(b"\r\n".join(lines))
    assert [one.text for one in _answers(path, ["b", "a"])] == ["é", "x"]


def test_all_damaged_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [
        b'{"id": "a", "text": "x"}',
        b'{"id": "b", "text"',
        b"",
        b"[1]",
        b'{"text": "x"}',
        b'{"id": "c"}',
        b'{"id": "d", "text": 7}',
        b'{"id": "e", "text": "x", "ttft_s": NaN, "ending": "fine"}',
        b'{"id": "f", "text": "\xff"}',
    ]
    path.write_bytes(b"\n".join(rows))
    with pytest.raises(PluginError) as caught:
        Recorded(environ={}, path=str(path))
    heading, *lines = str(caught.value).splitlines()
    assert heading == f"recorded: 8 rows are not usable in {str(path)!r}"
    assert [line.split(": ")[0].strip() for line in lines] == [
        "a.jsonl:2 is no JSON",
        "a.jsonl:4 a row is a JSON object, not list",
        "a.jsonl:5 id None",
        "a.jsonl:6 holds neither text nor response nor error",
        "a.jsonl:7 text '7'",
        "a.jsonl:8 ttft_s 'nan'",
        "a.jsonl:8 ending 'fine'",
        "a.jsonl:9 is no JSON",
    ]


def test_very_many_damaged_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{\n" * 150, encoding="utf-8")
    with pytest.raises(PluginError, match=r"150 rows(.|\n)*a\.jsonl:100 (.|\n)*and 50 more$"):
        Recorded(environ={}, path=str(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"no parquet", "is no whole Parquet file", id="another file"),
        pytest.param(None, "has no column 'id'", id="no ids"),
    ],
)
def test_parquet_files_that_cannot_be_used(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "a.parquet"
    if content is None:
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.Table.from_pylist([{"text": "x"}]), path)
    else:
        path.write_bytes(content)
    with pytest.raises(PluginError, match=message):
        Recorded(environ={}, path=str(path))


def test_a_row_of_parquet_without_an_id_is_named(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    rows = [{"id": "a", "text": "x"}, {"id": None, "text": "y"}]
    parquet.write_table(pa.Table.from_pylist(rows), path)
    with pytest.raises(PluginError, match="row 2 id None"):
        Recorded(environ={}, path=str(path))


@pytest.mark.parametrize("content", ['{"id": "b", "text": "x"}\n', "[1]", "{", ""])
def test_a_file_that_changes_while_it_is_in_use_is_a_broken_world(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "text": "x"}\n', encoding="utf-8")
    model = Recorded(environ={}, path=str(path))
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="was changed while it was in use"):
        list(model.answer([GoldenItem(id="a", question="q")]))


def test_the_parameters_are_checked(tmp_path: Path) -> None:
    with pytest.raises(PluginError) as caught:
        Recorded(environ={}, path=str(tmp_path / "none.jsonl"), oops=1)
    assert "is not a file" in str(caught.value)
    assert "oops 1: is unknown" in str(caught.value)


def test_the_identity_follows_the_content(write: Write) -> None:
    path = write({"id": "a", "text": "x"})
    first = Recorded(environ={}, path=str(path)).identity
    assert (first.kind, first.name) == ("recorded", path.name)
    assert first.revision.startswith("sha256:")
    assert Recorded(environ={}, path=str(path)).identity == first
    write({"id": "a", "text": "other"})
    assert Recorded(environ={}, path=str(path)).identity.revision != first.revision
