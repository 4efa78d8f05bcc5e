"""The parts of a report that are drawn: times, labels, slices of the pairs, the drift map."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.changes import Change, PairedSlice, changes, paired_slices, strongest, tally
from qualityslo.domain.drift_map import (
    MAX_POINTS,
    DriftMap,
    DriftPoint,
    length_ratio,
    mapped_items,
)
from qualityslo.domain.facts import RunRow
from qualityslo.domain.label_coverage import LabelCoverage, label_coverage
from qualityslo.domain.plan import Plan
from qualityslo.domain.sli import Measure, Role
from qualityslo.domain.times import TimeLimit, TimeSummary, time_summary
from qualityslo.jobs.chunks import chunks
from qualityslo.jobs.night import Night, Nights
from qualityslo.jobs.parts import Parts

_PAGE = 250
_TIMES = (Measure.TTFT, Measure.LATENCY, Measure.INTER_TOKEN)


def time_summaries(plan: Plan, nights: Nights, run: RunRow) -> tuple[TimeSummary, ...]:
    """Return the distribution of every observed time, with the limits that SLOs set on it."""
    found = []
    for golden in plan.goldens:
        columns = nights.night(run, golden).columns
        for measure in _TIMES:
            times = {
                role: one.measures[measure.value]
                for role, one in columns.items()
                if measure.value in one.measures
            }
            found.append(
                time_summary(golden.name, measure, times, _limits(plan, golden.name, measure))
            )
    return tuple(one for one in found if one is not None)


def _limits(plan: Plan, golden: str, measure: Measure) -> list[TimeLimit]:
    return [
        TimeLimit(slo=slo.name, at_most=slo.sli.at_most)
        for slo in plan.slos
        if slo.golden == golden and slo.sli.measure is measure and slo.sli.at_most is not None
    ]


def coverage_summaries(plan: Plan, nights: Nights, run: RunRow) -> tuple[LabelCoverage, ...]:
    """Return how the answers are known, for every criterion that an SLO is about, by model."""
    wanted = {(slo.golden, slo.sli.criterion) for slo in plan.slos}
    return tuple(
        label_coverage(
            nights.night(run, golden).labelled[role, criterion.name], criterion, golden.name, role
        )
        for golden in plan.goldens
        for criterion in golden.criteria
        if (golden.name, criterion.name) in wanted
        for role in plan.models
    )


def slice_summaries(plan: Plan, nights: Nights, run: RunRow) -> tuple[PairedSlice, ...]:
    """Return both models on every slice, for every criterion that an SLO is about."""
    if Role.CANDIDATE not in plan.models:
        return ()
    wanted = {(slo.golden, slo.sli.criterion) for slo in plan.slos}
    rows: list[PairedSlice] = []
    for golden in plan.goldens:
        night = nights.night(run, golden)
        slices = night.columns[Role.CANDIDATE].slices
        for criterion, found in zip(golden.criteria, _changes(night), strict=True):
            if (golden.name, criterion.name) in wanted:
                rows += paired_slices(found, slices, criterion, golden.name)
    return tuple(rows)


def _changes(night: Night) -> list[NDArray[np.int8]]:
    """Return what became of every item, by criterion in the set's order."""
    return [
        changes(
            night.labelled[Role.CANDIDATE, one.name].judged,
            night.labelled[Role.BASELINE, one.name].judged,
        )
        for one in night.golden.criteria
    ]


def drift_maps(plan: Plan, nights: Nights, run: RunRow, parts: Parts) -> tuple[DriftMap, ...]:
    """Return the drift map of every golden set whose answers were compared."""
    read = [nights.night(run, golden) for golden in plan.goldens]
    measured = [night for night in read if night.cosines]
    limit = MAX_POINTS // max(1, len(measured))
    return tuple(_drift_map(night, parts, limit) for night in measured)


def _drift_map(night: Night, parts: Parts, limit: int) -> DriftMap:
    columns = night.columns[Role.CANDIDATE]
    cosines = night.aligned_cosines()
    defined = ~np.isnan(cosines)
    found = strongest(_changes(night), len(columns))
    places = mapped_items(columns.item_digests, found, defined, limit)
    lengths = _lengths(night, parts, [columns.item_ids[at] for at in places])
    return DriftMap(
        golden=night.golden.name,
        items=_by_change(found[defined]),
        shown=_by_change(found[places]),
        points=tuple(
            DriftPoint(
                item_id=columns.item_ids[at],
                cosine=round(float(cosines[at]), 4),
                length=round(length, 3),
                change=Change(int(found[at])).name.lower(),
            )
            for at, length in zip(places, lengths, strict=True)
        ),
    )


def _by_change(found: NDArray[np.int8]) -> dict[str, int]:
    return {change.name.lower(): count for change, count in tally(found).items() if count}


def _lengths(night: Night, parts: Parts, item_ids: Sequence[str]) -> Iterator[float]:
    """Yield the log ratio of both answers' lengths, reading a page of texts at a time."""
    for page in chunks(item_ids, _PAGE):
        texts = [
            parts.store.responses(night.run.run_id, night.golden.name, role, page)
            for role in (Role.CANDIDATE, Role.BASELINE)
        ]
        for item_id in page:
            yield length_ratio(texts[0][item_id].text, texts[1][item_id].text)
