"""Heavy libraries are loaded by the functions that need them, and by nothing else."""

import subprocess
import sys

import pytest

HEAVY = (
    "aiohttp",
    "alembic",
    "datasets",
    "fastapi",
    "jinja2",
    "matplotlib",
    "mlflow",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "rich",
    "scipy",
    "sentence_transformers",
    "sklearn",
    "sqlalchemy",
    "torch",
    "transformers",
    "xllamacpp",
)


def _loaded(statement: str) -> list[str]:
    """Return which of the heavy libraries a fresh interpreter has loaded after a statement."""
    script = f"import sys\n{statement}\nprint(*(n for n in {HEAVY!r} if n in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("import qualityslo", id="the public surface"),
        pytest.param("import qualityslo.cli.main", id="the command line"),
        pytest.param(
            "import typer\nfrom qualityslo.cli.main import app\ntyper.main.get_command(app)",
            id="the command line with every command built",
        ),
    ],
)
def test_importing_loads_no_heavy_library(statement: str) -> None:
    """`qualityslo --help` costs little more than Python itself."""
    assert _loaded(statement) == []


def test_the_check_would_see_a_heavy_library() -> None:
    """A library that is loaded is reported."""
    assert "numpy" in _loaded("import numpy")
