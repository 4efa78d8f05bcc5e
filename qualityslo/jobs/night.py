"""One night's evidence, read from the facts as of an instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.columns import Coded
from qualityslo.domain.evidence import (
    AnswerColumns,
    Judged,
    Labelled,
    Sample,
    alarm_mask,
    judge,
    known_codes,
    nightly_strata,
)
from qualityslo.domain.facts import CosineRow, RunRow
from qualityslo.domain.golden import Criterion, GoldenSet
from qualityslo.domain.label import Label, truths
from qualityslo.domain.plan import Plan
from qualityslo.domain.release import ReleaseStratum, release_of, release_strata
from qualityslo.domain.sli import Role
from qualityslo.ports import FactStore, ReviewQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The facts of one run on one golden set, with the labels known at `as_of`."""

    run: RunRow
    golden: GoldenSet
    columns: Mapping[Role, AnswerColumns]
    labelled: Mapping[tuple[Role, str], Labelled]
    cosines: tuple[CosineRow, ...]

    def aligned_cosines(self) -> NDArray[np.float64]:
        """Return the cosines in the items' order; NaN where none is defined."""
        by_id = {row.item_id: row.cosine for row in self.cosines}
        ids = next(iter(self.columns.values())).item_ids
        found = [by_id.get(one) for one in ids]
        return np.array([np.nan if one is None else one for one in found], dtype=np.float64)

    def failed_pairs(self) -> NDArray[np.bool_]:
        """Return the items on which a model failed."""
        failed = np.zeros(len(next(iter(self.columns.values()))), dtype=np.bool_)
        for one in self.columns.values():
            failed |= Coded.of(one.endings).where(lambda ending: ending.failed)
        return failed


class Nights:
    """Reads nights, each once an instant: a window asks for the same night for many SLOs."""

    def __init__(self, plan: Plan, store: FactStore, queue: ReviewQueue, as_of: datetime) -> None:
        """Read for a plan's rules, as of an instant."""
        self._plan = plan
        self._store = store
        self._queue = queue
        self._as_of = as_of
        self._known: dict[tuple[str, str], Night] = {}
        self._labels: dict[str, list[Label]] = {}

    def night(self, run: RunRow, golden: GoldenSet) -> Night:
        """Return the evidence of a run on a golden set."""
        key = (run.run_id, golden.name)
        if key not in self._known:
            self._known[key] = self._read(run, golden)
        return self._known[key]

    def _read(self, run: RunRow, golden: GoldenSet) -> Night:
        roles = tuple(self._plan.models)
        columns = {role: self._store.columns(run.run_id, golden.name, role) for role in roles}
        judged = {
            (role, criterion.name): judge(
                columns[role], criterion, failures_are_bad=self._plan.failures_are_bad
            )
            for role in roles
            for criterion in golden.criteria
        }
        return Night(
            run=run,
            golden=golden,
            columns=columns,
            labelled=self._lay_labels(run, golden, columns, judged),
            cosines=tuple(self._store.cosines(run.run_id, golden.name)),
        )

    def is_final(self, run: RunRow, *, needs_labels: bool) -> bool:
        """Return whether a run's slot may be concluded on; without labels to wait for, at once."""
        if not needs_labels:
            return True
        if run.finished_at is None:
            return False
        return self._plan.deadline.deadline(run.slot, run.finished_at) <= self._as_of

    def cut_off(self, run: RunRow) -> datetime:
        """Return the instant after which labels no longer count for a run."""
        if run.finished_at is None:
            return self._as_of
        return min(self._as_of, self._plan.deadline.deadline(run.slot, run.finished_at))

    def _lay_labels(
        self,
        run: RunRow,
        golden: GoldenSet,
        columns: Mapping[Role, AnswerColumns],
        judged: Mapping[tuple[Role, str], Judged],
    ) -> dict[tuple[Role, str], Labelled]:
        ids = next(iter(columns.values())).item_ids
        flagged = flagged_items(judged, golden, len(ids))
        until = self.cut_off(run)
        rows = self._queue.sample(run.run_id, golden.name, until)
        sample = Sample.laid(nightly_strata(flagged), ids, rows)
        drawn = {row.review_id for row in rows}
        labels = self._night_labels(run, golden, until)
        earlier = [one for one in labels if one.review_id not in drawn]
        return _laid(judged, sample, golden, earlier, labels)

    def release(
        self, night: Night, draw: RunRow, until: datetime
    ) -> dict[tuple[Role, str], Labelled]:
        """Return a night's evidence with the labels of a release draw laid over it.

        Remembered is what had been labelled when the draw was ordered; what other draws' labels
        said since does not count, so that the draw stays a random sample of what was open.
        """
        golden, slot = night.golden, night.run.slot
        judged = {key: one.judged for key, one in night.labelled.items()}
        ids = next(iter(night.columns.values())).item_ids
        rows = self._queue.sample(draw.run_id, golden.name, until)
        drawn = {row.review_id for row in rows}
        labels = self._labels_up_to(golden, slot, until)
        earlier = [
            one
            for one in labels
            if one.review_id not in drawn and one.recorded_at <= draw.started_at
        ]
        tonight = earlier + [one for one in labels if one.review_id in drawn]
        sample = Sample.laid(pair_strata(night), ids, rows)
        return _laid(judged, sample, golden, earlier, tonight)

    def _night_labels(self, run: RunRow, golden: GoldenSet, until: datetime) -> list[Label]:
        """Return the labels that count to a night: not those of a release draw of its answers.

        That draw leaves out what the night's labels had settled and not what still waits for a
        second look: taken as known, it would take bad answers out of the night's sample.
        """
        rows = self._queue.sample(release_of(run.run_id), golden.name, until)
        ordered = {row.review_id for row in rows}
        return [
            one
            for one in self._labels_up_to(golden, run.slot, until)
            if one.review_id not in ordered
        ]

    def _labels_up_to(self, golden: GoldenSet, slot: datetime, until: datetime) -> list[Label]:
        return [
            one
            for one in self._labels_of(golden)
            if one.recorded_at <= until and one.slot is not None and one.slot <= slot
        ]

    def _labels_of(self, golden: GoldenSet) -> list[Label]:
        if not golden.human_criteria:
            return []
        if golden.name not in self._labels:
            labels = self._queue.labels(self._plan.service, golden.name, self._as_of)
            self._labels[golden.name] = labels
        return self._labels[golden.name]


def _laid(
    judged: Mapping[tuple[Role, str], Judged],
    sample: Sample,
    golden: GoldenSet,
    earlier: Sequence[Label],
    tonight: Sequence[Label],
) -> dict[tuple[Role, str], Labelled]:
    policies = {criterion.name: criterion.label_policy for criterion in golden.criteria}
    known, all_known = truths(earlier, policies), truths(tonight, policies)
    criteria: dict[str, Criterion] = {one.name: one for one in golden.criteria}
    return {
        key: Labelled(
            judged=one,
            sample=sample,
            earlier=known_codes(one, criteria[key[1]], known),
            tonight=known_codes(one, criteria[key[1]], all_known),
        )
        for key, one in judged.items()
    }


def pair_strata(night: Night) -> tuple[tuple[ReleaseStratum, NDArray[np.bool_]], ...]:
    """Return the strata of a release draw of a night's answers."""
    judged = {key: one.judged for key, one in night.labelled.items()}
    size = len(next(iter(night.columns.values())))
    flags = [
        flagged_items(
            {key: one for key, one in judged.items() if key[0] is role}, night.golden, size
        )
        for role in (Role.CANDIDATE, Role.BASELINE)
    ]
    return release_strata(*flags)


def flagged_items(
    judged: Mapping[tuple[Role, str], Judged], golden: GoldenSet, size: int
) -> NDArray[np.bool_]:
    """Return which items stand in the alarm stratum of a golden set's draw."""
    human = [
        one for (_, name), one in judged.items() if name in {c.name for c in golden.human_criteria}
    ]
    return alarm_mask(human) if human else np.zeros(size, dtype=np.bool_)


def finished_runs(rows: Sequence[RunRow], as_of: datetime) -> list[RunRow]:
    """Return one finished run a slot, by slot: the one that finished last, as of an instant."""
    latest: dict[datetime, tuple[datetime, RunRow]] = {}
    for row in rows:
        if row.finished_at is not None and row.finished_at <= as_of:
            best = latest.get(row.slot)
            if best is None or best[0] <= row.finished_at:
                latest[row.slot] = (row.finished_at, row)
    return [latest[slot][1] for slot in sorted(latest)]
