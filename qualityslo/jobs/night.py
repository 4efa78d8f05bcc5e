"""One night's evidence, read from the facts as of an instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.evidence import (
    AnswerColumns,
    Judged,
    Labelled,
    Sample,
    alarm_mask,
    judge,
    known_codes,
)
from qualityslo.domain.facts import CosineRow, RunRow
from qualityslo.domain.golden import Criterion, GoldenSet
from qualityslo.domain.label import Label, truths
from qualityslo.domain.plan import Plan
from qualityslo.domain.review import SampleRow
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
            failed |= np.array([ending.failed for ending in one.endings], dtype=np.bool_)
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
        until = self.cut_off(run)
        rows = self._queue.sample(run.run_id, golden.name, until)
        sample = _sample(rows, columns, judged, golden)
        drawn = {row.review_id for row in rows}
        labels = [
            one
            for one in self._labels_of(golden)
            if one.recorded_at <= until and one.slot is not None and one.slot <= run.slot
        ]
        policies = {criterion.name: criterion.label_policy for criterion in golden.criteria}
        earlier = truths((one for one in labels if one.review_id not in drawn), policies)
        tonight = truths(labels, policies)
        criteria: dict[str, Criterion] = {one.name: one for one in golden.criteria}
        return {
            key: Labelled(
                judged=one,
                sample=sample,
                earlier=known_codes(one, criteria[key[1]], earlier),
                tonight=known_codes(one, criteria[key[1]], tonight),
            )
            for key, one in judged.items()
        }

    def _labels_of(self, golden: GoldenSet) -> list[Label]:
        if not golden.human_criteria:
            return []
        if golden.name not in self._labels:
            labels = self._queue.labels(self._plan.service, golden.name, self._as_of)
            self._labels[golden.name] = labels
        return self._labels[golden.name]


def flagged_items(
    judged: Mapping[tuple[Role, str], Judged], golden: GoldenSet, size: int
) -> NDArray[np.bool_]:
    """Return which items stand in the alarm stratum of a golden set's draw."""
    human = [
        one for (_, name), one in judged.items() if name in {c.name for c in golden.human_criteria}
    ]
    return alarm_mask(human) if human else np.zeros(size, dtype=np.bool_)


def _sample(
    rows: list[SampleRow],
    columns: Mapping[Role, AnswerColumns],
    judged: Mapping[tuple[Role, str], Judged],
    golden: GoldenSet,
) -> Sample:
    ids = next(iter(columns.values())).item_ids
    flagged = flagged_items(judged, golden, len(ids))
    if not rows:
        return Sample.none(flagged)
    positions = {row.item_id: row.position for row in rows}
    reached = max((row.position + 1 for row in rows if row.looked_at), default=0)
    return Sample(
        flagged=flagged,
        position=np.array([positions.get(one, -1) for one in ids], dtype=np.int64),
        reached=reached,
    )
