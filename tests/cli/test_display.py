"""What a terminal shows: progress, and a table only where it fits whole."""

import os
import pty
import re
import subprocess

import pytest

from tests.cli.conftest import COMMAND, Project


def in_terminal(project: Project, columns: int) -> str:
    """Return what a night shows in a terminal of that width, without its colours."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    process = subprocess.Popen(
        [*COMMAND, "nightly", "qs.yaml", "--again"],
        cwd=project.folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # how a pseudo-terminal says that the other side has ended
        pass
    finally:
        os.close(ours)
        process.wait(timeout=60)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())


@pytest.mark.parametrize(
    ("columns", "borders"),
    [
        pytest.param(80, 0, id="a narrow terminal gets one line an SLO"),
        pytest.param(200, 9, id="a wide terminal gets the table"),
    ],
)
def test_nothing_is_cut_whatever_the_width(project: Project, columns: int, borders: int) -> None:
    shown = in_terminal(project, columns)
    assert "…" not in shown
    assert shown.count("┃") == borders
    assert "(correctness)" in shown
    assert "asking about golden" in shown
    assert "Inconclusive: all SLOs met" in shown
