"""The bench of the throughput: both sides ask about every item, and the figures are all there."""

import json

import pytest

from bench.throughput import main

SMALL = ["--items", "10", "40", "--latencies", "0", "--repeats", "1", "--concurrency", "4"]


def test_json_is_one_document_with_a_cell_for_each_kind_of_reply(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main([*SMALL, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["items"] == [10, 40]
    assert document["start_cpu_s"] > 0
    assert document["date"] > "2026"
    assert document["faults"]["same_score"] is True
    assert 1.0 <= document["faults"]["requests_an_item"] < 1.5
    assert [(one["stream"], one["latency_ms"]) for one in document["cells"]] == [
        (False, 0),
        (True, 0),
    ]
    for cell in document["cells"]:
        assert cell["median"].keys() <= cell.keys()
        assert set(cell["took"]) == {
            f"{side}, {count}" for side in ("qualityslo", "bare loop") for count in (10, 40)
        }
        for took in cell["took"].values():
            assert took["cpu_s"] > 0
            assert took["peak_mib"] > 0


def test_people_get_a_line_for_each_cell(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SMALL, "--stream", "false"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("date ")
    assert lines[1] == "10 to 40 items, 4 at a time"
    assert len(lines) == 6
    assert lines[-2].startswith("whole  reply,    0 ms latency")
    assert lines[-1].endswith("requests an item, the same score")
