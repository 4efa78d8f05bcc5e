"""A run by what people write: its id, the beginning of it, or `latest`; and its last report."""

from collections.abc import Sequence
from datetime import datetime

from qualityslo.domain.facts import RunRow
from qualityslo.domain.report import Report
from qualityslo.errors import UsageError
from qualityslo.jobs.review import NIGHTLY
from qualityslo.ports import FactStore

LATEST = "latest"
_SHOWN = 8


def find_run(runs: Sequence[RunRow], text: str) -> RunRow:
    """Return the run that a text names.

    Args:
        runs: the runs of a service, the latest last.
        text: a run's id, the beginning of only one, or `latest`: the latest finished night.

    Raises:
        UsageError: no run, or several, are named so.
    """
    if text == LATEST:
        finished = [one for one in runs if one.kind == NIGHTLY and one.finished_at is not None]
        if not finished:
            raise UsageError("no finished run yet: `qualityslo nightly` makes one")
        return finished[-1]
    exact = [one for one in runs if one.run_id == text]
    found = exact or [one for one in runs if text and one.run_id.startswith(text)]
    if len(found) == 1:
        return found[0]
    named = ", ".join(one.run_id for one in (found or runs)[-_SHOWN:]) or "none"
    if found:
        raise UsageError(
            f"{text!r} begins the names of {len(found)} runs: {named}; write more of it"
        )
    raise UsageError(f"no run {text!r}; the last ones: {named} (`qualityslo runs list` has all)")


def last_report(store: FactStore, run: RunRow, as_of: datetime | None = None) -> Report:
    """Return what a run concluded last, or last as of an instant, as it was stored.

    Raises:
        UsageError: it has not concluded (by then).
    """
    reports = [Report.from_json(one) for one in store.conclusions(run.run_id)]
    known = [one for one in reports if as_of is None or one.as_of <= as_of]
    if not known:
        when = "yet" if as_of is None else f"by {as_of:%Y-%m-%d %H:%M:%S} UTC"
        remedy = "`qualityslo nightly` resumes it" if not reports else "name a later instant"
        raise UsageError(f"run {run.run_id} has concluded nothing {when}: {remedy}")
    return known[-1]
