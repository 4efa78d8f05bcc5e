"""The rule of `make check`: with QUALITYSLO_NO_SKIP=1 a test that does not run fails the session."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
PASSING = "def test_passes() -> None:\n    assert True\n"
HEAD = "import pytest\n\n"


def _session(folder: Path, text: str, *options: str, rule: str = "1") -> tuple[int, str]:
    """Run pytest on one module beside a copy of our conftest; return exit code and output."""
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    markers = "markers = gpu\n    soak\n    slow"
    (folder / "pytest.ini").write_text(f"[pytest]\n{markers}\n", encoding="utf-8")
    environ = {**os.environ, "QUALITYSLO_NO_SKIP": rule}
    environ.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["in one process", "by workers"])
@pytest.mark.parametrize(
    ("text", "options", "named"),
    [
        pytest.param(
            f"{HEAD}{PASSING}\ndef test_rests() -> None:\n    pytest.skip('no browser')\n",
            (),
            "test_it.py::test_rests: Skipped: no browser",
            id="a test skips itself",
        ),
        pytest.param(
            f"{HEAD}{PASSING}\n@pytest.mark.skip(reason='later')\n{PASSING.replace('passes', 'x')}",
            (),
            "test_it.py::test_x: Skipped: later",
            id="a test is marked as skipped",
        ),
        pytest.param(
            f"{HEAD}pytest.skip('no library', allow_module_level=True)\n",
            (),
            "test_it.py: Skipped: no library",
            id="a module skips itself",
        ),
        pytest.param(
            f"{HEAD}{PASSING}\n@pytest.mark.slow\n{PASSING.replace('passes', 'x')}",
            ("-m", "not slow"),
            "test_it.py::test_x: deselected",
            id="the command line leaves a test out",
        ),
    ],
)
def test_what_does_not_run_fails_the_session_and_is_named(
    tmp_path: Path, text: str, options: tuple[str, ...], named: str, workers: tuple[str, ...]
) -> None:
    """A green run has run everything."""
    code, output = _session(tmp_path, text, *options, *workers)
    assert code not in {0, 2, 3, 4}
    assert named in output
    assert "1 tests did not run" in output
    assert " in " in output.rstrip().splitlines()[-1], "the closing line stays the last"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        pytest.param(PASSING, (), id="everything runs"),
        pytest.param(
            f"{HEAD}{PASSING}\n@pytest.mark.gpu\n{PASSING.replace('passes', 'x')}",
            ("-m", "not gpu and not soak"),
            id="a gpu test is deselected",
        ),
        pytest.param(
            f"{HEAD}{PASSING}\n@pytest.mark.soak\n@pytest.mark.skip\n{PASSING.replace('passes', 'x')}",
            (),
            id="a soak test is skipped",
        ),
        pytest.param(
            f"{HEAD}{PASSING}\n@pytest.mark.xfail\ndef test_x() -> None:\n    assert False\n",
            (),
            id="a test fails as expected",
        ),
    ],
)
def test_what_may_rest_does_not_fail_the_session(
    tmp_path: Path, text: str, options: tuple[str, ...]
) -> None:
    """Tests that need a CUDA device, and the long matrices, have runs of their own."""
    assert _session(tmp_path, text, *options)[0] == 0


def test_without_the_rule_a_skipped_test_is_no_failure(tmp_path: Path) -> None:
    """On a machine without a browser `make test` is still green."""
    text = f"{HEAD}{PASSING}\n@pytest.mark.skip(reason='later')\n{PASSING.replace('passes', 'x')}"
    code, output = _session(tmp_path, text, rule="")
    assert code == 0
    assert "did not run" not in output
