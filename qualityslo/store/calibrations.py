"""Calibrations in SQL, and the grades they are fitted on and applied to."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from qualityslo.domain.calibration import (
    CalibratedScores,
    Calibration,
    GraderScores,
    Series,
    Skill,
    in_force,
)
from qualityslo.domain.grader_summary import GraderCount
from qualityslo.domain.sli import Role
from qualityslo.stats import ScoreMap
from qualityslo.store.database import Database
from qualityslo.store.dialect import insert_new
from qualityslo.store.schema import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select


class SqlCalibrations:
    """Satisfies `ports.grading.CalibrationStore`."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Keep calibrations in a database; `clock` says when one is recorded."""
        self._database = database
        self._clock = clock

    def append_calibration(self, calibration: Calibration) -> None:
        """Store a calibration; one that is there already is left as it is."""
        row = {**_row(calibration), "recorded_at": self._clock()}
        with self._database.writing() as connection:
            insert_new(connection, schema().calibration, [row])

    def calibrations(self, service: str, golden: str, as_of: datetime) -> list[Calibration]:
        """Return the calibrations of a golden set recorded by an instant, oldest first."""
        with self._database.reading() as connection:
            return _known(connection, service, golden, as_of)

    def grader_counts(self, run_id: str) -> list[GraderCount]:
        """Return what every grader of a run said, counted by golden set, role and criterion."""
        from sqlalchemy import and_, case, func, select

        verdict = schema().verdict
        names = [verdict.c[name] for name in ("golden", "role", "criterion", "grader", "version")]
        good = func.count(func.nullif(verdict.c.good, False))  # noqa: FBT003 - a value in SQL
        graded = func.count(verdict.c.good)  # a count leaves nulls out, and so the ungraded
        score = verdict.c.score
        counts = {
            "graded": graded,
            "flagged": graded - good,
            "ungraded": func.count() - graded,
            "between": func.count(case((and_(score > 0, score < 1), 1))),
        }
        query = (
            select(*names, *(one.label(name) for name, one in counts.items()))
            .where(verdict.c.run_id == run_id)
            .group_by(*names)
            .order_by(*names)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [GraderCount(**{**row, "role": Role(row["role"])}) for row in rows]

    def grader_scores(self, run_id: str, role: Role, series: Series) -> GraderScores | None:
        """Return one grader's word on a role's answers, aligned with `FactStore.columns`.

        None where this version of it judged none of them; the series' rubric is not looked at.
        """
        from sqlalchemy import select

        planned, verdict = schema().run_item, schema().verdict
        ids = (
            select(planned.c.item_id)
            .where(planned.c.run_id == run_id, planned.c.golden == series.golden)
            .order_by(planned.c.ordinal)
        )
        grades = _grades((run_id, series.golden, role)).where(
            verdict.c.criterion == series.criterion,
            verdict.c.grader == series.grader,
            verdict.c.version == series.version,
        )
        with self._database.reading() as connection:
            rows = connection.execute(grades).all()
            found = _scores(rows, connection.execute(ids).scalars().all()) if rows else []
        return found[0] if found else None


def calibrated_scores(
    connection: "Connection", about: tuple[str, str, Role], ids: Sequence[str]
) -> dict[str, list[CalibratedScores]]:
    """Return the scores of the graders whose calibration was in force, by criterion.

    In force is what had been recorded when the run began: a later one never changes what a past
    night concludes. Without any, no grade is read.
    """
    from sqlalchemy import select

    run_id, golden, _ = about
    run = schema().run
    query = select(run.c.service, run.c.started_at).where(run.c.run_id == run_id)
    begun = connection.execute(query).first()
    known = [] if begun is None else _known(connection, begun.service, golden, begun.started_at)
    found: dict[str, list[CalibratedScores]] = {}
    if not known:
        return found
    rows = connection.execute(_grades(about)).all()
    for one in _scores(rows, ids):
        for calibration in in_force(known, one.criterion, one.grader, one.version):
            row = CalibratedScores(calibration=calibration, scores=one.scores)
            found.setdefault(one.criterion, []).append(row)
    return found


def _scores(rows: Sequence[Any], ids: Sequence[str]) -> list[GraderScores]:
    place = {item_id: at for at, item_id in enumerate(ids)}
    found: dict[tuple[str, str, str], GraderScores] = {}
    for item_id, criterion, grader, version, good, score in rows:
        one = found.get((criterion, grader, version))
        if one is None:
            one = found[criterion, grader, version] = GraderScores(
                criterion=criterion,
                grader=grader,
                version=version,
                scores=np.full(len(ids), np.nan),
                flagged=np.zeros(len(ids), dtype=np.bool_),
            )
        if score is not None:
            one.scores[place[item_id]] = score
            one.flagged[place[item_id]] = not good
    return [found[key] for key in sorted(found)]


def _grades(about: tuple[str, str, Role]) -> "Select[Any]":
    from sqlalchemy import select

    verdict = schema().verdict
    run_id, golden, role = about
    names = ("item_id", "criterion", "grader", "version", "good", "score")
    return select(*(verdict.c[name] for name in names)).where(
        verdict.c.run_id == run_id, verdict.c.golden == golden, verdict.c.role == role.value
    )


def _known(
    connection: "Connection", service: str, golden: str, as_of: datetime
) -> list[Calibration]:
    from sqlalchemy import select

    table = schema().calibration
    query = (
        select(table)
        .where(table.c.service == service, table.c.golden == golden, table.c.recorded_at <= as_of)
        .order_by(table.c.recorded_at, table.c.calibration_id)
    )
    return [_calibration(row) for row in connection.execute(query)]


def _row(calibration: Calibration) -> dict[str, Any]:
    series, score_map = calibration.series, calibration.score_map
    return {
        "calibration_id": calibration.id,
        "service": series.service,
        "golden": series.golden,
        "criterion": series.criterion,
        "grader": series.grader,
        "version": series.version,
        "rubric_hash": series.rubric_hash,
        "skill": calibration.skill.value,
        "labels": calibration.labels,
        "labels_digest": calibration.labels_digest,
        "first_slot": calibration.first_slot,
        "last_slot": calibration.last_slot,
        "restarts": calibration.restarts,
        "score_map": {
            "method": score_map.method,
            "scores": list(score_map.scores),
            "probabilities": list(score_map.probabilities),
        },
        "figures": dict(calibration.figures),
    }


def _calibration(row: Any) -> Calibration:
    fitted = row.score_map
    return Calibration(
        id=row.calibration_id,
        series=Series(
            service=row.service,
            golden=row.golden,
            criterion=row.criterion,
            grader=row.grader,
            version=row.version,
            rubric_hash=row.rubric_hash,
        ),
        skill=Skill(row.skill),
        score_map=ScoreMap(
            method=fitted["method"],
            scores=tuple(fitted["scores"]),
            probabilities=tuple(fitted["probabilities"]),
        ),
        labels=row.labels,
        labels_digest=row.labels_digest,
        first_slot=row.first_slot,
        last_slot=row.last_slot,
        restarts=row.restarts,
        created_at=row.recorded_at,
        figures=row.figures,
    )
