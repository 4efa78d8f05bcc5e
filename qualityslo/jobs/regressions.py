"""The items most worth reading: where the candidate is bad and the baseline is not, first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.changes import Change, changes, strongest
from qualityslo.domain.evidence import Code, Labelled
from qualityslo.domain.facts import RunRow
from qualityslo.domain.golden import Json
from qualityslo.domain.outcome import Ending
from qualityslo.domain.plan import Plan
from qualityslo.domain.report import Example, ExampleKind, Said
from qualityslo.domain.sli import Role
from qualityslo.jobs.chunks import chunks
from qualityslo.jobs.night import Night, Nights
from qualityslo.jobs.parts import Parts

MAX_REGRESSIONS = 200
MAX_OTHERS = 20  # bad on both models: known already, shown while there is room
MAX_TEXT = 20_000  # characters of one text that a report keeps; the facts have the rest
MAX_TEXTS = 20
PEOPLE = "people"
RULE = "rule"  # how an answer ended decides, whatever graders say (design 5.1)
_PAGE = 100

_WORDS = {Code.GOOD: "good", Code.BAD: "bad", Code.PENDING: "unconfirmed"}
_LIMITS = {
    ExampleKind.REGRESSION: MAX_REGRESSIONS,
    ExampleKind.FLAGGED: MAX_REGRESSIONS,
    ExampleKind.BOTH_BAD: MAX_OTHERS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """The examples of a report, the worst first, and how many items of each kind there are."""

    rows: tuple[Example, ...]
    totals: Mapping[str, int] = field(default_factory=dict)


def examples(plan: Plan, nights: Nights, run: RunRow, parts: Parts) -> Examples:
    """Return the items most worth reading, with both answers and what was said about them.

    Only their texts are read: what ranks them are the verdicts, which are small.
    """
    found: dict[ExampleKind, list[tuple[float, str, int]]] = {one: [] for one in ExampleKind}
    totals: dict[str, int] = {}
    read = {golden.name: nights.night(run, golden) for golden in plan.goldens}
    for name, night in read.items():
        rank, kinds = _ranked(night)
        for kind, mask in kinds.items():
            places = np.flatnonzero(mask)
            totals[kind.value] = totals.get(kind.value, 0) + len(places)
            best = places[np.argsort(-rank[places], kind="stable")][: _LIMITS[kind]]
            found[kind] += [(-float(rank[at]), name, int(at)) for at in best]
    wanted = [
        (kind, name, at)
        for kind, rows in found.items()
        for _, name, at in sorted(rows)[: _LIMITS[kind]]
    ][:MAX_REGRESSIONS]
    built = {
        (name, at): one
        for name, night in read.items()
        for at, one in _read(night, parts, [row for row in wanted if row[1] == name])
    }
    rows = [built[name, at] for _, name, at in wanted if (name, at) in built]
    return Examples(rows=tuple(rows), totals=totals)


def _ranked(night: Night) -> tuple[NDArray[np.float64], dict[ExampleKind, NDArray[np.bool_]]]:
    """Return how much each item is worth reading, and which items are of which kind."""
    size = len(next(iter(night.columns.values())))
    rank = np.zeros(size)
    if Role.CANDIDATE not in night.columns:
        for one in night.labelled.values():
            rank += one.judged.valid & (one.judged.verdict == Code.BAD)
        return rank, {ExampleKind.FLAGGED: rank > 0}
    found = []
    for criterion in night.golden.criteria:
        candidate = night.labelled[Role.CANDIDATE, criterion.name]
        baseline = night.labelled[Role.BASELINE, criterion.name]
        found.append(changes(candidate.judged, baseline.judged))
        worse = found[-1] == Change.ONLY_CANDIDATE_BAD
        rank += np.where(worse, 2.0 + _peoples_weight(candidate), 0.0)
        rank += np.where(found[-1] == Change.BOTH_BAD, 0.2, 0.0)
    failed = _failed(night, Role.CANDIDATE) & ~_failed(night, Role.BASELINE)
    rank += np.where(failed, 2.5, 0.0)
    if night.cosines:
        rank += np.nan_to_num(1 - night.aligned_cosines(), nan=0.0) / 10
    worst = strongest(found, size)
    regressed = failed | (worst == Change.ONLY_CANDIDATE_BAD)
    return rank, {
        ExampleKind.REGRESSION: regressed,
        ExampleKind.BOTH_BAD: ~regressed & (worst == Change.BOTH_BAD),
    }


def _peoples_weight(labelled: Labelled) -> NDArray[np.float64]:
    """Return what people's word adds to a flag: a confirmed one comes first, a refuted one last."""
    said = _peoples_word(labelled)
    return np.where(said == Code.BAD, 1.0, np.where(said == Code.GOOD, -1.5, 0.0))


def _peoples_word(labelled: Labelled) -> NDArray[np.int8]:
    known = np.where(labelled.earlier <= Code.BAD, labelled.earlier, labelled.tonight)
    return np.asarray(known, dtype=np.int8)


def _failed(night: Night, role: Role) -> NDArray[np.bool_]:
    return np.array([one.failed for one in night.columns[role].endings], dtype=np.bool_)


def _read(
    night: Night, parts: Parts, wanted: Sequence[tuple[ExampleKind, str, int]]
) -> Iterator[tuple[int, Example]]:
    """Yield the examples of one golden set with their places, a page of texts at a time."""
    ids = next(iter(night.columns.values())).item_ids
    kinds = {ids[at]: (kind, at) for kind, _, at in wanted}
    for page in chunks(kinds, _PAGE):
        rows: dict[str, list[Mapping[str, Json]]] = {}
        for row in parts.store.some_item_rows(night.run.run_id, night.golden.name, page):
            rows.setdefault(str(row["item_id"]), []).append(row)
        for item_id, both in rows.items():
            kind, at = kinds[item_id]
            yield at, _example(night, kind, at, both)


def _example(
    night: Night, kind: ExampleKind, at: int, rows: Sequence[Mapping[str, Json]]
) -> Example:
    first = rows[0]
    references, slices = first["references"], first["slices"]
    cosine, context = first.get("cosine"), str(first.get("context") or "")
    said = [one for row in rows for one in _grades(row)] + _labels(night, at)
    return Example(
        golden=night.golden.name,
        item_id=str(first["item_id"]),
        question=_kept(str(first["question"])),
        context=(_kept(context),) if context else (),
        references=tuple(_kept(str(one)) for one in references[:MAX_TEXTS])
        if isinstance(references, list)
        else (),
        answers={str(row["role"]): _kept(str(row["text"] or "")) for row in rows},
        kind=kind,
        criteria=_criteria(night, kind, at),
        endings={str(row["role"]): _ending(row) for row in rows},
        said=tuple(sorted(said, key=_order)),
        slices={name: str(value) for name, value in slices.items()}
        if isinstance(slices, dict)
        else {},
        cosine=cosine if isinstance(cosine, float) else None,
    )


def _order(one: Said) -> tuple[str, int, str]:
    first = (PEOPLE, RULE)
    return one.criterion, first.index(one.by) if one.by in first else len(first), one.by


def _criteria(night: Night, kind: ExampleKind, at: int) -> tuple[str, ...]:
    """Return the criteria under which an item is of its kind."""

    def verdict(role: Role, criterion: str) -> int:
        judged = night.labelled[role, criterion].judged
        return int(judged.verdict[at]) if judged.valid[at] else Code.UNKNOWN

    names = [one.name for one in night.golden.criteria]
    if kind is ExampleKind.FLAGGED:
        return tuple(one for one in names if verdict(Role.BASELINE, one) == Code.BAD)
    before = Code.BAD if kind is ExampleKind.BOTH_BAD else Code.GOOD
    return tuple(
        one
        for one in names
        if verdict(Role.CANDIDATE, one) == Code.BAD and verdict(Role.BASELINE, one) == before
    )


def _grades(row: Mapping[str, Json]) -> Iterator[Said]:
    verdicts = row.get("verdicts")
    for criterion, graders in verdicts.items() if isinstance(verdicts, dict) else ():
        for grader, said in graders.items() if isinstance(graders, dict) else ():
            if isinstance(said, dict):
                good, score = said.get("good"), said.get("score")
                why = said.get("rationale") or said.get("reason") or ""
                yield Said(
                    role=Role(str(row["role"])),
                    criterion=criterion,
                    by=grader,
                    verdict="ungraded" if good is None else "good" if good else "bad",
                    score=float(score) if isinstance(score, int | float) else None,
                    detail=_kept(str(why)),
                )


def _labels(night: Night, at: int) -> list[Said]:
    """Return what people said of an item's answers, and what the way they ended decides."""
    rows = []
    for (role, criterion), labelled in night.labelled.items():
        word = _WORDS.get(Code(int(_peoples_word(labelled)[at])))
        if word is not None:
            rows.append(Said(role=role, criterion=criterion, by=PEOPLE, verdict=word))
        columns, judged = night.columns[role], labelled.judged
        graded = columns.verdicts.get(criterion)
        code = Code(int(judged.verdict[at])) if judged.valid[at] else Code.UNKNOWN
        if code <= Code.BAD and (graded is None or graded[at] != code):
            ending = columns.endings[at]
            why = "an abstention" if ending is Ending.ANSWERED else f"ended as {ending.value}"
            said = Said(role=role, criterion=criterion, by=RULE, verdict=_WORDS[code], detail=why)
            rows.append(said)
    return rows


def _ending(row: Mapping[str, Json]) -> str:
    code = row.get("failure_code")
    return f"{row['ending']}: {code}" if code else str(row["ending"])


def _kept(text: str) -> str:
    """Return what a report keeps of a text; the rest stands in the facts."""
    rest = len(text) - MAX_TEXT
    return text if rest <= 0 else f"{text[:MAX_TEXT]} … [{rest:,} more characters in the facts]"
