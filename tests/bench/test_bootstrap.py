"""The bench of the bootstrap: one document, a time for every kind of scores."""

import json

import pytest

from bench.bootstrap import main

SMALL = ["--items", "60", "--slis", "2", "--resamples", "400", "--repeats", "1"]
KINDS = ["zero_one", "zero_one_paired", "real", "real_bca", "one_by_one"]


def test_json_is_one_document_with_sizes_and_times(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SMALL, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (document["items"], document["slis"], document["resamples"]) == (60, 2, 400)
    assert list(document["cpu_seconds"]) == KINDS
    assert all(one >= 0 for one in document["cpu_seconds"].values())


def test_people_get_a_line_for_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    main(SMALL)
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "2 SLIs of 60 items, 400 resamples, CPU time"
    assert [line.split()[0] for line in lines] == KINDS
