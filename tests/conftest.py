"""The rule of `make check`: a test that does not run has not passed.

With QUALITYSLO_NO_SKIP=1 a skipped or deselected test fails the session, unless it carries the
marker `gpu` or `soak`.
"""

import os
from collections.abc import Sequence
from typing import Any

import pytest

_MAY_REST = ("gpu", "soak")
_WORKERS = "tests that a worker process left out"
_left_out = pytest.StashKey[dict[str, None]]()  # in order, each once though all workers collect


def pytest_configure(config: pytest.Config) -> None:
    """Start the list of tests that were left out."""
    config.stash[_left_out] = {}
    config.pluginmanager.register(_Watch(config))


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Note tests that the command line leaves out."""
    for item in items:
        if not any(item.get_closest_marker(name) for name in _MAY_REST):
            item.config.stash[_left_out][f"{item.nodeid}: deselected"] = None


class _Watch:
    """Notes what reports say: in a process that runs tests itself, and in one that has workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._left_out = config.stash[_left_out]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note tests that skip themselves; an expected failure is no skip."""
        may_rest = any(name in report.keywords for name in _MAY_REST)
        if report.skipped and not hasattr(report, "wasxfail") and not may_rest:
            self._left_out[f"{report.nodeid}: {_why(report)}"] = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note whole modules that skip themselves while they are imported."""
        if report.skipped:
            self._left_out[f"{report.nodeid}: {_why(report)}"] = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Note what a worker left out: only workers know what was deselected."""
        del error  # a worker that dies fails the session by itself
        self._left_out.update(getattr(node, "workeroutput", {}).get(_WORKERS, {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session where tests were left out; a worker tells its controller."""
    worker: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if worker is not None:
        worker[_WORKERS] = session.config.stash[_left_out]
        return
    if _nothing_may_rest() and session.config.stash[_left_out] and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out."""
    left_out = terminalreporter.config.stash[_left_out]
    if _nothing_may_rest() and left_out:
        title = f"QUALITYSLO_NO_SKIP=1: {len(left_out)} tests did not run"
        terminalreporter.section(title, red=True)
        for line in left_out:
            terminalreporter.write_line(line)


def _nothing_may_rest() -> bool:
    return os.environ.get("QUALITYSLO_NO_SKIP") == "1"


def _why(report: pytest.TestReport | pytest.CollectReport) -> str:
    match report.longrepr:
        case (_, _, str(reason)):
            return reason
        case _:
            return "skipped"
