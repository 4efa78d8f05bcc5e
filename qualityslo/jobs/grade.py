"""Grading: every grader of every criterion sees every response that has text to judge."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import partial

from qualityslo.domain.facts import GradeRow
from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Outcome, Response
from qualityslo.domain.plan import Plan
from qualityslo.domain.sli import Role
from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.jobs.aside import Aside
from qualityslo.jobs.chunks import chunks
from qualityslo.jobs.parts import Parts
from qualityslo.ports import Grader

BATCH = 256
GRADED_ENDINGS = frozenset({Ending.ANSWERED, Ending.TRUNCATED, Ending.REFUSAL, Ending.TOOL_CALL})


def grade(plan: Plan, parts: Parts) -> None:
    """Append a grade for every response, criterion and grader that has none yet."""
    for golden in plan.goldens:
        parts.progress.start(f"grading {golden.name}", golden.items * len(plan.models))
        for role in plan.models:
            if not _is_left(plan, parts, golden.name, role):
                parts.progress.advance(golden.items)
                continue

            def work(
                items: Sequence[GoldenItem], role: Role = role, golden: str = golden.name
            ) -> tuple[int, list[GradeRow]]:
                return len(items), _grade_items(plan, parts, golden, role, items)

            batches = chunks(parts.sources[golden.name].items(), BATCH)
            for size, rows in parts.engine.map(work, batches):
                if rows:
                    parts.store.append_grades(plan.run_id, golden.name, role, rows)
                parts.progress.advance(size)
        parts.progress.finish()


def _is_left(plan: Plan, parts: Parts, golden: str, role: Role) -> bool:
    """Return whether any answer lacks a grade: mostly all were graded while they arrived."""
    names = [(criterion, one.name) for criterion, one in _graders(parts, golden)]
    return parts.store.ungraded(plan.run_id, golden, role, GRADED_ENDINGS, names) > 0


def _grade_items(
    plan: Plan, parts: Parts, golden: str, role: Role, items: Sequence[GoldenItem]
) -> list[GradeRow]:
    graders = _graders(parts, golden)
    known = parts.store.graded(plan.run_id, golden, role, [item.id for item in items])
    left = [
        item
        for item in items
        if any((item.id, criterion, one.name) not in known for criterion, one in graders)
    ]
    responses = parts.store.responses(plan.run_id, golden, role, [item.id for item in left])
    answers = [
        Answer(item=item, response=responses[item.id])
        for item in left
        if item.id in responses and responses[item.id].ending in GRADED_ENDINGS
    ]
    rows: list[GradeRow] = []
    for criterion, grader in graders:
        fresh = [one for one in answers if (one.item.id, criterion, grader.name) not in known]
        rows += _rows(grader, criterion, fresh)
    return rows


def _graders(parts: Parts, golden: str) -> list[tuple[str, Grader]]:
    return [
        (criterion, one) for criterion, found in parts.graders[golden].items() for one in found
    ]


class GradeAside:
    """Grades while answers arrive; `grade` does what is left.

    A grader is called from one thread at a time, though not always from the same one. One that
    fails here may work there: only `grade` stores that a grader failed.
    """

    def __init__(self, plan: Plan, parts: Parts, golden: str, pool: Executor) -> None:
        """Grade the answers to one golden set in a thread of `pool`."""
        graders = _graders(parts, golden)

        def work(answers: Sequence[Answer]) -> list[GradeRow]:
            rows = [row for criterion, one in graders for row in _rows(one, criterion, answers)]
            return [row for row in rows if not _is_grader_error(row.grade)]

        self._asides = {
            role: Aside(work, partial(parts.store.append_grades, plan.run_id, golden, role), pool)
            for role in plan.models
            if graders
        }

    def offer(self, role: Role, arrived: Sequence[tuple[GoldenItem, Outcome]]) -> None:
        """Take stored outcomes of a role."""
        answers = [
            Answer(item=item, response=outcome)
            for item, outcome in arrived
            if isinstance(outcome, Response) and outcome.ending in GRADED_ENDINGS
        ]
        if role in self._asides:
            self._asides[role].offer(answers)

    def finish(self) -> None:
        """Grade all that was taken, and store it."""
        for aside in self._asides.values():
            aside.finish()

    def break_off(self) -> None:
        """Store what is in work, and begin nothing else."""
        for aside in self._asides.values():
            aside.collect()


def _is_grader_error(grade: Grade) -> bool:
    return isinstance(grade, Ungraded) and grade.reason is UngradedReason.GRADER_ERROR


def _rows(grader: Grader, criterion: str, answers: Sequence[Answer]) -> Iterator[GradeRow]:
    for answer, one in zip(answers, grades_of(grader, answers), strict=True):
        yield GradeRow(
            item_id=answer.item.id,
            criterion=criterion,
            grader=grader.name,
            version=grader.version,
            grade=one,
        )


def grades_of(grader: Grader, answers: Sequence[Answer]) -> list[Grade]:
    """Return one grade an answer, whatever the grader does.

    A grader that throws on a batch is asked again answer by answer, so that one poisonous
    answer leaves the others graded; what still fails is `Ungraded(GRADER_ERROR)`.
    """
    grades = _attempt(grader, answers)
    if not isinstance(grades, Ungraded):
        return grades
    if len(answers) == 1:
        return [grades]
    return [one for answer in answers for one in grades_of(grader, [answer])]


def _attempt(grader: Grader, answers: Sequence[Answer]) -> list[Grade] | Ungraded:
    if not answers:
        return []
    try:
        grades = list(grader.grade(answers))
    except Exception as error:  # noqa: BLE001 - a stranger's grader may raise anything; it costs no night
        return _failed(f"{type(error).__name__}: {error}")
    if len(grades) != len(answers):
        return _failed(f"{len(grades)} grades for {len(answers)} answers")
    kinds = {type(one) for one in grades}
    if not kinds <= {Verdict, Ungraded}:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        return _failed(f"returned {names}; a grade is a Verdict or an Ungraded")
    return grades


def _failed(detail: str) -> Ungraded:
    return Ungraded(reason=UngradedReason.GRADER_ERROR, detail=detail[:500])
