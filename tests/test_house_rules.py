"""Rules of the house that no linter has: sizes, docstrings, a synchronous core, a tidy surface."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import qualityslo

PACKAGE = Path(qualityslo.__file__).parent
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
SYNCHRONOUS = ("stats", "domain", "ports", "jobs")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function


def _files() -> list[Path]:
    """Return every module of the package; migrations are written once and never read again."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _functions(tree: ast.AST) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length_without_docstring(function: Function) -> int:
    """Return the lines from `def` to the end, decorators and docstring left out."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        assert first.end_lineno is not None
        lines -= first.end_lineno - first.lineno + 1
    return lines


def wanting_docstrings(tree: ast.Module) -> Iterator[Documented]:
    """Yield the module, every class, and every public top-level function."""
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
            yield node


@pytest.mark.parametrize("path", _files(), ids=_name)
class TestEveryModule:
    """What holds for each file of the package."""

    def test_is_short(self, path: Path) -> None:
        """A file that needs scrolling to be understood wants to be two files."""
        assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES

    def test_has_short_functions(self, path: Path) -> None:
        """A function fits on a screen."""
        tree = ast.parse(path.read_text(encoding="utf-8"))
        lengths = {one.name: length_without_docstring(one) for one in _functions(tree)}
        assert {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == {}

    def test_says_what_it_is_for(self, path: Path) -> None:
        """Modules, classes and public functions say in words what they are for."""
        tree = ast.parse(path.read_text(encoding="utf-8"))
        silent = [
            getattr(one, "name", "the module")
            for one in wanting_docstrings(tree)
            if not ast.get_docstring(one)
        ]
        assert silent == []


def test_the_core_is_synchronous() -> None:
    """Event loops stay inside adapters."""
    core = [path for path in _files() if path.relative_to(PACKAGE).parts[0] in SYNCHRONOUS]
    assert core
    found = [
        f"{_name(path)}: {one.name}"
        for path in core
        for one in _functions(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(one, ast.AsyncFunctionDef)
    ]
    assert found == []


def test_the_public_surface_is_sorted_and_there() -> None:
    """What the package says it offers is in order, and can be had."""
    assert sorted(qualityslo.__all__) == qualityslo.__all__
    assert [name for name in qualityslo.__all__ if not hasattr(qualityslo, name)] == []


def test_the_rules_see_what_they_should() -> None:
    """The checks above catch a long function and a silent class."""
    body = "\n".join(f"    x = {n}" for n in range(MAX_FUNCTION_LINES))
    tree = ast.parse(
        f'def f():\n    """Say.\n\n    More.\n    """\n{body}\n\nclass C:\n    pass\n'
    )
    function = next(_functions(tree))
    assert length_without_docstring(function) == MAX_FUNCTION_LINES + 1
    silent = [one for one in wanting_docstrings(tree) if not ast.get_docstring(one)]
    assert [type(one) for one in silent] == [ast.Module, ast.ClassDef]
