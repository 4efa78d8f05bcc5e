"""The rule of `make check`: a test that does not run has not passed.

With QUALITYSLO_NO_SKIP=1 a skipped or deselected test fails the session, unless it carries the
marker `gpu` or `soak`.
"""

import os
from collections.abc import Generator, Sequence

import pytest

_MAY_REST = ("gpu", "soak")
_left_out = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the list of tests that were left out."""
    config.stash[_left_out] = []


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Note tests that the command line leaves out."""
    for item in items:
        if not _may_rest(item):
            item.config.stash[_left_out].append(f"{item.nodeid}: deselected")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note tests that skip themselves; an expected failure is no skip."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and not _may_rest(item):
        item.config.stash[_left_out].append(f"{item.nodeid}: {_why(report)}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Note whole modules that skip themselves while they are imported."""
    report = yield
    if report.skipped:
        collector.config.stash[_left_out].append(f"{collector.nodeid}: {_why(report)}")
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session where tests were left out."""
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


def _may_rest(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in _MAY_REST)


def _why(report: pytest.TestReport | pytest.CollectReport) -> str:
    match report.longrepr:
        case (_, _, str(reason)):
            return reason
        case _:
            return "skipped"
