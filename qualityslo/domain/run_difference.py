"""Two runs side by side: figures, items that changed sides, and what makes them not comparable."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from qualityslo.domain.evidence import Code, Judged
from qualityslo.domain.golden import Json
from qualityslo.domain.jsonable import to_json
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role
from qualityslo.domain.slo import SloStatus
from qualityslo.stats import Estimate

SCHEMA = "qualityslo.runs_compare/1"
# Parts of the provenance that say what was asked, by whom it was judged, and by which words.
_COMPARED = ("goldens", "graders", "rubrics", "models", "embedder", "rules", "code_version")
_BREAKING = {"goldens", "graders", "rubrics"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSide:
    """One of the two runs."""

    run_id: str
    slot: datetime
    as_of: datetime
    exit_code: int
    revision: str
    conclusion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that differs between the runs; `breaks` where figures then mean something else."""

    part: str
    name: str
    first: str
    second: str
    breaks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureChange:
    """One SLO and role in both runs: the good ratio of the night itself, with its state.

    `difference` is second minus first; None where a side has no point. `doubts` say in words why
    the two do not measure the same; empty where they do.
    """

    slo: str
    golden: str
    role: Role
    target: float
    first: Estimate | None
    second: Estimate | None
    first_state: str
    second_state: str
    difference: float | None
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMatch:
    """How many items of one golden set the runs share: only `same` ones are compared."""

    golden: str
    same: int
    changed: int
    only_first: int
    only_second: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """Items whose verdict changed between the runs, by the graders; by criterion and role.

    `compared` were judged in both runs, `open` were not judged in one of them.
    """

    golden: str
    criterion: str
    role: Role
    compared: int
    open: int
    good_to_bad: tuple[str, ...]
    bad_to_good: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsComparison:
    """Everything two runs have to say to each other.

    `left_out` names the golden sets whose items are not compared: they are not in both runs, or
    not in the present spec, which knows their criteria.
    """

    service: str
    first: RunSide
    second: RunSide
    marks: tuple[Mark, ...]
    figures: tuple[FigureChange, ...]
    items: tuple[ItemMatch, ...]
    flips: tuple[Flips, ...]
    left_out: tuple[str, ...] = ()

    @property
    def comparable(self) -> bool:
        """Whether there is anything to compare: a figure on both sides, or a common item."""
        both = any(one.first is not None and one.second is not None for one in self.figures)
        return both or any(one.same for one in self.items)

    def as_json(self) -> dict[str, Json]:
        """Return the comparison as one JSON document, schema `qualityslo.runs_compare/1`."""
        body = to_json(self)
        assert isinstance(body, dict)
        return {"schema": SCHEMA, "comparable": self.comparable, **body}


def side_of(report: Report) -> RunSide:
    """Return what a comparison says of a run."""
    return RunSide(
        run_id=report.run_id,
        slot=report.slot,
        as_of=report.as_of,
        exit_code=int(report.exit_code),
        revision=report.revision,
        conclusion=report.conclusion,
    )


def marks_between(first: Report, second: Report) -> tuple[Mark, ...]:
    """Return what differs in the provenance of two reports, what breaks comparison first."""
    marks = []
    for part in _COMPARED:
        before, after = (dict(_leaves(one.provenance.get(part))) for one in (first, second))
        marks += [
            Mark(
                part=part,
                name=name,
                first=before.get(name, "none"),
                second=after.get(name, "none"),
                breaks=part in _BREAKING,
            )
            for name in dict.fromkeys([*before, *after])
            if before.get(name) != after.get(name)
        ]
    return tuple(sorted(marks, key=lambda one: not one.breaks))


def _leaves(value: Json) -> Iterable[tuple[str, str]]:
    """Yield the parts of a provenance entry that are told apart."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name, _text(one)
    elif value is not None:
        yield "", _text(value)


def _text(value: Json) -> str:
    if isinstance(value, dict):
        shown = (f"{name}={_text(one)}" for name, one in sorted(value.items()))
        return ", ".join(one for one in shown if not one.endswith("=None"))
    return "; ".join(map(_text, value)) if isinstance(value, list) else str(value)


def figures_between(
    first: Report, second: Report, marks: Sequence[Mark]
) -> tuple[FigureChange, ...]:
    """Return every SLO and role that either report has, side by side."""
    sides = [{(one.slo.name, one.role): one for one in report.slos} for report in (first, second)]
    keys = dict.fromkeys([*sides[0], *sides[1]])
    return tuple(_figure(sides[0].get(key), sides[1].get(key), marks) for key in keys)


def _figure(
    first: SloStatus | None, second: SloStatus | None, marks: Sequence[Mark]
) -> FigureChange:
    known = second or first
    assert known is not None
    estimates = [
        None if one is None or one.tonight.estimate is None else one.tonight.estimate.complement()
        for one in (first, second)
    ]
    points = [None if one is None else one.point for one in estimates]
    before, after = points
    return FigureChange(
        slo=known.slo.name,
        golden=known.slo.golden,
        role=known.role,
        target=known.slo.target,
        first=estimates[0],
        second=estimates[1],
        first_state="absent" if first is None else first.state.value,
        second_state="absent" if second is None else second.state.value,
        difference=None if before is None or after is None else after - before,
        doubts=_doubts(first, second, marks),
    )


def _doubts(
    first: SloStatus | None, second: SloStatus | None, marks: Sequence[Mark]
) -> tuple[str, ...]:
    if first is None or second is None:
        return ("in one run only",)
    doubts = []
    golden, criterion = second.slo.golden, second.slo.sli.criterion
    if first.slo.sli != second.slo.sli:
        doubts.append("another indicator")
    if first.slo.target != second.slo.target:
        doubts.append("another target")
    broken = {(one.part, one.name) for one in marks if one.breaks}
    if ("goldens", golden) in broken:
        doubts.append("another golden digest")
    if criterion is not None and ("graders", golden) in broken:
        doubts.append("other graders")
    if criterion is not None and ("rubrics", f"{golden}/{criterion}") in broken:
        doubts.append("another rubric")
    return tuple(doubts)


def match_items(
    golden: str, first: Mapping[str, str], second: Mapping[str, str]
) -> tuple[ItemMatch, list[str]]:
    """Return how two plans of a golden set match, and the ids of the items that are the same.

    Args:
        golden: name of the golden set.
        first: the digest of every item by id.
        second: the same of the other run.
    """
    common = first.keys() & second.keys()
    same = [one for one in first if second.get(one) == first[one]]
    match = ItemMatch(
        golden=golden,
        same=len(same),
        changed=len(common) - len(same),
        only_first=len(first) - len(common),
        only_second=len(second) - len(common),
    )
    return match, same


def flips_between(
    about: tuple[str, str, Role],
    ids: Sequence[str],
    first: tuple[Judged, Sequence[int]],
    second: tuple[Judged, Sequence[int]],
) -> Flips:
    """Return the items that changed sides under one criterion.

    Args:
        about: golden set, criterion and role.
        ids: the items that are the same in both runs.
        first: what was judged in the first run, and the place of every such item in it.
        second: the same of the second run.
    """
    codes = []
    for judged, places in (first, second):
        at = np.asarray(places, dtype=np.int64)
        codes.append(np.where(judged.valid[at], judged.verdict[at], Code.UNKNOWN))
    before, after = codes
    both = (before <= Code.BAD) & (after <= Code.BAD)
    worse = both & (before == Code.GOOD) & (after == Code.BAD)
    better = both & (before == Code.BAD) & (after == Code.GOOD)
    golden, criterion, role = about
    return Flips(
        golden=golden,
        criterion=criterion,
        role=role,
        compared=int(both.sum()),
        open=len(ids) - int(both.sum()),
        good_to_bad=tuple(ids[at] for at in np.flatnonzero(worse).tolist()),
        bad_to_good=tuple(ids[at] for at in np.flatnonzero(better).tolist()),
    )
