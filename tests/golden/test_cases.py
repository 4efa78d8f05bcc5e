"""Cases C01, C03 and C05 (reading): public fault reports of other tools, with the right values."""

import json
from pathlib import Path
from typing import Any

import pytest

from qualityslo.errors import ExitCode, GoldenSetError
from qualityslo.golden.lint import lint
from qualityslo.golden.source import CheckedSource, open_source


def _expected(cases: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((cases / "expected" / f"{name}.json").read_text("utf-8"))
    return found


def _open(cases: Path, name: str) -> CheckedSource:
    return open_source(f"inputs/{name}", root=cases)


@pytest.mark.parametrize("name", ["C01-golden-bom-crlf-blank.jsonl", "C01-golden-plain.jsonl"])
def test_c01_items_are_read_as_they_are_in_the_file(cases: Path, name: str) -> None:
    expected = _expected(cases, "C01")
    items = list(_open(cases, name).items())
    assert [item.id for item in items] == expected["ids"]
    assert len(items) == expected["items"]
    meta = {item.id: "<absent>" if item.meta is None else item.meta for item in items}
    assert meta == expected["meta"]


def test_c01_the_digest_follows_the_content_and_not_the_bytes(cases: Path) -> None:
    with_mark = _open(cases, "C01-golden-bom-crlf-blank.jsonl").describe()
    plain = _open(cases, "C01-golden-plain.jsonl").describe()
    assert with_mark.digest == plain.digest
    assert with_mark.location != plain.location


def test_c01_a_damaged_line_is_named_by_its_physical_number(cases: Path, tmp_path: Path) -> None:
    lines = (cases / "inputs/C01-golden-bom-crlf-blank.jsonl").read_bytes().split(b"\n")
    lines[5] = lines[5].replace(b'"prompt":', b'"prompt"')
    (tmp_path / "damaged.jsonl").write_bytes(b"\n".join(lines))
    with pytest.raises(GoldenSetError, match=r"damaged\.jsonl:6: not valid JSON"):
        open_source("damaged.jsonl", root=tmp_path).describe()


def test_c03_all_faults_of_identity_stand_in_one_message(cases: Path) -> None:
    expected = _expected(cases, "C03")
    with pytest.raises(GoldenSetError) as caught:
        _open(cases, "C03-golden-duplicate-ids.jsonl").describe()
    assert caught.value.exit_code is ExitCode.USAGE
    (first, last), (third, fourth) = expected["duplicates"]["q2"], expected["duplicates"]["q3"]
    name = "inputs/C03-golden-duplicate-ids.jsonl"
    remedy = "give every item its own id"
    needed = "give every item an `id` that is its own"
    assert str(caught.value).splitlines() == [
        f"golden set {name!r} has 4 faults:",
        f"{name}:{last}: id 'q2' on lines {first} and {last} (content differs); {remedy}",
        f"{name}:{fourth}: id 'q3' on lines {third} and {fourth} (identical rows); {remedy}",
        f"{name}:{expected['missing_id_lines'][0]}: no id; {needed}",
        f"{name}:{expected['empty_id_lines'][0]}: id is empty: ''; {needed}",
    ]


def test_c03_nothing_of_a_refused_set_can_be_read(cases: Path) -> None:
    with pytest.raises(GoldenSetError, match="4 faults"):
        next(_open(cases, "C03-golden-duplicate-ids.jsonl").items())


def test_c05_items_do_not_depend_on_where_the_nulls_stand(cases: Path) -> None:
    first = {item.id: item for item in _open(cases, "C05-golden-null-first.jsonl").items()}
    last = {item.id: item for item in _open(cases, "C05-golden-null-last.jsonl").items()}
    assert first == last
    assert len(first) == 11


def test_c05_references_keep_their_text_and_absence_stays_absence(cases: Path) -> None:
    expected = _expected(cases, "C05")
    items = {item.id: item for item in _open(cases, "C05-golden-null-first.jsonl").items()}
    without = [item.id for item in items.values() if not item.references]
    assert sorted(without) == sorted(expected["no_reference"])
    texts = {name: items[name].references for name in ("a5", "a6", "a7", "a9", "a10")}
    assert texts == {
        "a5": ("42",),
        "a6": ("None",),
        "a7": ("null",),
        "a9": ("nan",),
        "a10": ("",),
    }
    assert len(items["a11"].messages) == expected["a11_messages"]
    assert items["a11"].question == "Which colour is my car?"


def test_c05_lint_names_the_empty_reference_and_the_missing_ones(cases: Path) -> None:
    expected = _expected(cases, "C05")
    report = lint(_open(cases, "C05-golden-null-first.jsonl"))
    by_code = {finding.code: finding.item_ids for finding in report.findings}
    assert list(by_code["empty_reference"]) == expected["invalid_reference"]
    assert list(by_code["no_reference"]) == expected["no_reference"]
    assert not report.clean
