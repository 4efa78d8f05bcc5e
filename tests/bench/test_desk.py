"""The bench of the desk: every case is measured, and the soak counts."""

import json

import pytest

from bench.desk import main

SMALL = ["--reviews", "60", "--history", "20", "--calls", "5", "--postgres", "-"]


def test_json_is_one_document_with_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SMALL, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["reviews"] == 60
    assert [one["name"] for one in document["sqlite"]] == ["empty", "fresh", "history", "beside"]
    for case in document["sqlite"]:
        assert 0 < case["claim"]["p50"] <= case["claim"]["p99"] <= case["claim"]["most"]
        assert case["submit"]["p50"] > 0
    assert document["sqlite"][0]["ratio"]["claim_p50"] == 1
    assert set(document["sqlite_reads"]) == {"counts", "done"}
    assert "postgresql" not in document


def test_people_get_a_line_for_each_case(capsys: pytest.CaptureFixture[str]) -> None:
    main(SMALL)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [
        ["sqlite", name] for name in ("empty", "fresh", "history", "beside", "counts", "done")
    ]
    assert lines[-1] == "postgresql: not measured"


def test_the_soak_counts_what_must_not_happen(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--soak", "1", "--people", "3", "--json", "--postgres", "-"])
    found = json.loads(capsys.readouterr().out)["sqlite"]
    assert found["people"] == 3
    assert found["claims"] > 0
    assert found["errors"] == []
