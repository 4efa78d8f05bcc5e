"""Formats as files: bytes out, rows in."""

import json
from pathlib import Path

import pytest

from qualityslo.errors import LabelError, UsageError
from qualityslo.exports.form_files import FilledForms
from qualityslo.exports.label_format import LabelFormat
from qualityslo.exports.label_formats import read_labels, reviews_as
from tests.exports.filling import review, stored


@pytest.mark.parametrize("form", LabelFormat)
def test_an_export_that_nobody_filled_in_gives_no_label(form: LabelFormat, tmp_path: Path) -> None:
    file = tmp_path / "open"
    one = review(answers=["half a character: \ud800", "\ufeffx"])
    file.write_bytes(reviews_as(form, [one], "ann"))
    assert stored(read_labels(form, file, [one], {}), [one]) == []


def test_a_table_says_its_encoding_and_holds_the_reviewer() -> None:
    data = reviews_as(LabelFormat.CSV, [review()], "ann")
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b'"ann"') == 4


@pytest.mark.parametrize("form", LabelFormat)
def test_a_file_that_is_not_utf_8_is_refused(form: LabelFormat, tmp_path: Path) -> None:
    file = tmp_path / "done"
    file.write_bytes("caf\xe9".encode("latin-1"))
    with pytest.raises(LabelError, match=r"done: cannot be read: .*UTF-8"):
        read_labels(form, file, [], {})


def test_every_bad_line_of_our_own_format_is_named(tmp_path: Path) -> None:
    file = tmp_path / "done.jsonl"
    file.write_text('\n{"x": 1}\n[1]\n{\n', encoding="utf-8")
    with pytest.raises(LabelError, match=r"(?s)done\.jsonl:3.*done\.jsonl:4"):
        read_labels(LabelFormat.JSONL, file, [], {})
    file.write_text(json.dumps({"x": 1}), encoding="utf-8")
    assert read_labels(LabelFormat.JSONL, file, [], {}) == [(f"{file}:1", {"x": 1})]
    with pytest.raises(UsageError, match="--person"):
        read_labels(LabelFormat.JSONL, file, [], {"1": "ann"})


def test_a_message_shows_the_first_fifty_faults() -> None:
    forms = FilledForms("done", [], {})
    for at in range(53):
        forms.fault(f"row {at}", "wrong")
    with pytest.raises(LabelError) as caught:
        forms.rows()
    lines = str(caught.value).splitlines()
    assert len(lines) == 52
    assert lines[-1] == "... and 3 more"
