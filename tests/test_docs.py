"""The documentation is true: generated parts are fresh, commands are named, examples parse."""

import ast
import re
from pathlib import Path

import pytest
import typer
import yaml

from qualityslo.cli.main import app
from qualityslo.spec.json_schema import spec_schema
from qualityslo.spec.load import load_spec
from scripts.generate_docs import MEANINGS, generated, walk

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMANDS = list(walk(typer.main.get_command(app), ("qualityslo",)))


def _page(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _blocks(language: str) -> list[tuple[str, str]]:
    """Return the page and text of every code block of a language."""
    return [
        (_page(path), text)
        for path in PAGES
        for name, text in _BLOCK.findall(path.read_text(encoding="utf-8"))
        if name == language
    ]


@pytest.mark.parametrize("path", list(generated()), ids=_page)
def test_generated_part_is_what_the_code_says(path: Path) -> None:
    """`make format` writes these parts; they are never edited by hand."""
    assert path.read_text(encoding="utf-8") == generated()[path], "run: make format"


def test_every_meaning_is_about_a_key_that_exists() -> None:
    """A key that is gone takes its words with it."""
    schema = spec_schema()
    sections = {"": schema, **schema["$defs"]}
    gone = [
        path
        for path in MEANINGS
        if path.rpartition(".")[2] not in sections[path.rpartition(".")[0]]["properties"]
    ]
    assert gone == []


@pytest.mark.parametrize("path", [" ".join(path) for path, _ in _COMMANDS])
def test_command_is_named_where_its_use_is_explained(path: str) -> None:
    """The generated reference alone does not tell when to use a command."""
    pages = [page for page in PAGES if page.name not in {"commands.md", "CHANGELOG.md"}]
    assert any(path in page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize(
    ("path", "command"), [pytest.param(path, one, id=" ".join(path)) for path, one in _COMMANDS]
)
def test_command_and_its_parameters_have_help(path: tuple[str, ...], command: object) -> None:
    """`--help` says what each is for."""
    parameters = getattr(command, "params", [])
    assert getattr(command, "help", None)
    assert [one.name for one in parameters if not one.help] == []


@pytest.mark.parametrize(
    ("page", "text"),
    [pytest.param(*one, id=f"{one[0]}-{n}") for n, one in enumerate(_blocks("python"))],
)
def test_python_block_parses(page: str, text: str) -> None:
    """An example can be copied."""
    ast.parse(text, page)


@pytest.mark.parametrize(
    ("page", "text"),
    [pytest.param(*one, id=f"{one[0]}-{n}") for n, one in enumerate(_blocks("yaml"))],
)
def test_yaml_block_parses(page: str, text: str, tmp_path: Path) -> None:
    """An example can be copied; a whole spec is a valid one."""
    read = yaml.safe_load(text)
    if isinstance(read, dict) and "version" in read and "service" in read:
        spec = tmp_path / "spec.yaml"
        spec.write_text(text, encoding="utf-8")
        assert load_spec(spec).faults == ()


def test_readme_opens_with_the_two_commands() -> None:
    """What a stranger types first stands in the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make nightly" in text
    assert "make test" in text


@pytest.mark.parametrize("name", ["nightly", "minimal"])
def test_shipped_spec_has_no_fault(name: str) -> None:
    """The specs under configs/ are valid."""
    assert load_spec(ROOT / "configs" / f"{name}.yaml").faults == ()


def test_minimal_spec_is_the_example_of_the_documentation() -> None:
    """The start page shows the shipped file, not a variant of it."""
    shipped = yaml.safe_load((ROOT / "configs" / "minimal.yaml").read_text(encoding="utf-8"))
    shown = [yaml.safe_load(text) for page, text in _blocks("yaml") if page == "docs/index.md"]
    assert shown == [shipped]
