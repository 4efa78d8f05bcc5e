"""Locations, options, and that a source is checked before it yields and does not move after."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qualityslo.errors import GoldenSetError
from qualityslo.golden.source import CheckedSource, open_source

if TYPE_CHECKING:
    from qualityslo.ports import GoldenSource

_ROW = json.dumps({"id": "a", "question": "q"}) + "\n"


def _folder(root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "items.jsonl").write_text(_ROW, encoding="utf-8")
    return folder


def test_a_source_fits_the_port(tmp_path: Path) -> None:
    _folder(tmp_path, "faq")
    source: GoldenSource = open_source("faq", root=tmp_path)
    assert source.describe().items == 1


def test_a_folder_gives_its_name_and_its_card_another(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "golden/faq")
    assert open_source("golden/faq/", root=tmp_path).describe().name == "faq"
    (folder / "card.yaml").write_text("name: questions\n", encoding="utf-8")
    golden = open_source("golden/faq", root=tmp_path).describe()
    assert (golden.name, golden.location) == ("questions", "golden/faq")


def test_a_file_prefers_the_card_of_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "nightly.jsonl").write_text(_ROW, encoding="utf-8")
    assert open_source("nightly.jsonl", root=tmp_path).describe().name == "nightly"
    (tmp_path / "card.yaml").write_text("purpose: of the folder\n", encoding="utf-8")
    assert open_source("nightly.jsonl", root=tmp_path).describe().purpose == "of the folder"
    (tmp_path / "nightly.card.yaml").write_text("purpose: its own\n", encoding="utf-8")
    assert open_source("nightly.jsonl", root=tmp_path).describe().purpose == "its own"


def test_the_items_file_of_a_folder_is_the_folder(tmp_path: Path) -> None:
    _folder(tmp_path, "faq")
    by_file = open_source("faq/items.jsonl", root=tmp_path).describe()
    assert by_file.name == "faq"
    assert by_file.digest == open_source("faq", root=tmp_path).describe().digest


def test_options_name_the_set_and_its_card(tmp_path: Path) -> None:
    _folder(tmp_path, "faq")
    (tmp_path / "other.yaml").write_text("name: x\npurpose: other\n", encoding="utf-8")
    options = {"name": "chosen", "card": "other.yaml"}
    golden = open_source("faq", root=tmp_path, options=options).describe()
    assert (golden.name, golden.purpose) == ("chosen", "other")


@pytest.mark.parametrize(
    ("location", "options", "said"),
    [
        pytest.param("nowhere", {}, "there is no golden set at", id="nothing there"),
        pytest.param("empty", {}, "holds neither of items.jsonl and", id="an empty folder"),
        pytest.param("both", {}, "holds both of items.jsonl and", id="two files of items"),
        pytest.param("a.csv", {}, "'.csv' is neither .jsonl nor .parquet", id="another format"),
        pytest.param("yml", {}, "would not be read; call it card.yaml", id="card.yml"),
        pytest.param("faq#test", {}, "has no splits", id="a split of a folder of lines"),
        pytest.param("faq/items.jsonl#test", {}, "there is no golden set", id="a split of a file"),
        pytest.param("faq", {"nmae": "x"}, "did you mean 'name'?", id="a misspelt option"),
        pytest.param("faq", {"name": 3}, "option name is text, not 3", id="a number as name"),
        pytest.param("faq", {"card": "no.yaml"}, "there is no card 'no.yaml'", id="no such card"),
        pytest.param("faq", {"config": "en"}, "of hf: locations only", id="a config of a folder"),
        pytest.param("hf:a/b#test", {}, "the revision (a commit) is required", id="no revision"),
        pytest.param("hf:a/b@main", {}, "is not hf:OWNER/NAME@REVISION#SPLIT", id="no split"),
        pytest.param("hf:b@main#test", {}, "is not hf:OWNER/NAME", id="no owner"),
    ],
)
def test_a_location_is_refused(
    tmp_path: Path, location: str, options: dict[str, object], said: str
) -> None:
    _folder(tmp_path, "faq")
    (tmp_path / "empty").mkdir()
    (_folder(tmp_path, "both") / "items.parquet").write_bytes(b"")
    (_folder(tmp_path, "yml") / "card.yml").write_text("name: x\n", encoding="utf-8")
    (tmp_path / "a.csv").write_text("id\n", encoding="utf-8")
    with pytest.raises(GoldenSetError) as caught:
        open_source(location, root=tmp_path, options=options)
    assert said in str(caught.value)


def test_a_folder_name_that_cannot_be_a_label_is_refused(tmp_path: Path) -> None:
    _folder(tmp_path, "a=b")
    with pytest.raises(GoldenSetError, match=r"name 'a=b' is not usable.*a card can give another"):
        open_source("a=b", root=tmp_path).describe()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "faq")
    source = open_source("faq", root=tmp_path)
    (folder / "items.jsonl").unlink()
    with pytest.raises(GoldenSetError, match=r"faq/items.jsonl: cannot be read: No such file"):
        source.describe()


def test_items_come_again_from_the_start_at_every_call(
    source_of: Callable[..., CheckedSource],
) -> None:
    source = source_of({"id": "a", "question": "q"}, {"id": "b", "question": "q"})
    first, second = source.items(), source.items()
    assert next(first).id == next(second).id == "a"
    assert [item.id for item in source.items()] == ["a", "b"]


def _rewrite(path: Path, text: str, *, same_time: bool) -> None:
    before = path.stat()
    path.write_text(text, encoding="utf-8")
    shift = 0 if same_time else 1
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + shift))


def test_a_set_that_changed_after_its_description_yields_nothing(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "faq")
    source = open_source("faq", root=tmp_path)
    before = source.describe()
    _rewrite(folder / "items.jsonl", _ROW.replace('"q"', '"r"'), same_time=False)
    with pytest.raises(GoldenSetError, match="has changed since it was checked"):
        next(source.items())
    after = source.describe()
    assert after.digest != before.digest
    assert next(source.items()).question == "r"


def test_damage_that_size_and_time_hide_is_met_while_reading(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "faq")
    source = open_source("faq", root=tmp_path)
    source.describe()
    _rewrite(folder / "items.jsonl", "x" * len(_ROW), same_time=True)
    with pytest.raises(GoldenSetError, match=r"changed.*faq/items.jsonl:1: not valid JSON"):
        next(source.items())
