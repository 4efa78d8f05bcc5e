"""Telling the world: files now, trackers through the outbox."""

from pathlib import Path

from qualityslo.domain.facts import OutboxEntry
from qualityslo.domain.jsonable import instant
from qualityslo.domain.report import Report
from qualityslo.errors import QualitySloError
from qualityslo.jobs.parts import Parts
from qualityslo.ports import Recording


def publish(report: Report, step: int, parts: Parts) -> tuple[Path, ...]:
    """Write the report's files and queue it for the tracker; doing it again changes nothing.

    Args:
        report: what was concluded.
        step: the slot's ordinal, the tracker's time axis.
        parts: the adapters.
    """
    folder = parts.folder / report.run_id
    files = tuple(exporter.export(report, folder) for exporter in parts.exporters)
    if parts.recorder is not None:
        key = f"{report.run_id}@{instant(report.as_of)}"
        parts.outbox.put(
            parts.recorder.target,
            {"run_id": report.run_id, "as_of": instant(report.as_of), "step": step},
            key,
        )
    return files


def drain(parts: Parts) -> tuple[int, str | None]:
    """Tell the tracker what waits, oldest first; stop at the first failure.

    Never raises: what was not told waits for the next time.

    Returns:
        How many entries were told, and the error that stopped it, if any.
    """
    if parts.recorder is None:
        return 0, None
    told = 0
    for entry in parts.outbox.waiting(parts.recorder.target):
        recording = _recording(parts, entry)
        if recording is None:
            continue  # its run has not concluded yet
        try:
            parts.recorder.record(recording)
        except QualitySloError as error:
            parts.outbox.failed(entry, str(error))
            return told, str(error)
        parts.outbox.done(entry)
        told += 1
    return told, None


def _recording(parts: Parts, entry: OutboxEntry) -> Recording | None:
    run_id, as_of = str(entry.payload["run_id"]), entry.payload["as_of"]
    reports = parts.store.conclusions(run_id)
    report = next((one for one in reports if one.get("as_of") == as_of), None)
    if report is None:
        return None
    folder = parts.folder / run_id
    files = tuple(sorted(folder.iterdir())) if folder.is_dir() else ()
    step = entry.payload["step"]
    assert isinstance(step, int)
    return Recording(
        run_id=run_id,
        report=report,
        files=files,
        step=step,
        item_rows=lambda: parts.store.item_rows(run_id),
    )
