"""The page on golden sets: its examples are true, and it names every field and finding."""

import re
from pathlib import Path

import pytest

from qualityslo.golden import findings, parse
from qualityslo.golden.card import read_card
from qualityslo.golden.faults import Faults
from qualityslo.golden.strict_json import parse_json


@pytest.fixture
def page(our_sets: Path) -> str:
    """Return the text of the page."""
    return (our_sets / "docs" / "golden-sets.md").read_text(encoding="utf-8")


def _block(page: str, language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)
    return str(found)


def test_the_item_of_the_page_is_an_item(page: str) -> None:
    parsed = parse.parse_row(parse_json(_block(page, "json").replace("\n", " ")))
    assert parsed.item is not None
    assert parsed.notes == ()


def test_the_card_of_the_page_is_a_card(page: str, tmp_path: Path) -> None:
    (tmp_path / "card.yaml").write_text(_block(page, "yaml"), encoding="utf-8")
    faults = Faults()
    card = read_card(tmp_path / "card.yaml", "card.yaml", faults)
    assert len(faults) == 0
    assert card.criteria[0].rubric.startswith("Good: ")


def test_the_python_of_the_page_runs(
    page: str, our_sets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(our_sets)
    exec(compile(_block(page, "python"), "golden-sets.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "hb-001 ('80',)" in printed
    assert "info what_it_can_show" in printed


def test_every_field_and_finding_is_named_on_the_page(page: str) -> None:
    source = Path(findings.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'(?:code=|_about_set\(|^        )"([a-z_]+)"', source, re.MULTILINE))
    assert len(codes) >= 12
    assert [name for name in [*parse.FIELDS, *sorted(codes)] if f"`{name}`" not in page] == []
