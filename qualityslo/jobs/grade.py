"""Grading: every grader of every criterion sees every response that has text to judge."""

from collections.abc import Iterator, Sequence

from qualityslo.domain.facts import GradeRow
from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending
from qualityslo.domain.plan import Plan
from qualityslo.domain.sli import Role
from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
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


def _grade_items(
    plan: Plan, parts: Parts, golden: str, role: Role, items: Sequence[GoldenItem]
) -> list[GradeRow]:
    ids = [item.id for item in items]
    responses = parts.store.responses(plan.run_id, golden, role, ids)
    known = parts.store.graded(plan.run_id, golden, role, ids)
    answers = [
        Answer(item=item, response=responses[item.id])
        for item in items
        if item.id in responses and responses[item.id].ending in GRADED_ENDINGS
    ]
    rows: list[GradeRow] = []
    for criterion, graders in parts.graders[golden].items():
        for grader in graders:
            fresh = [one for one in answers if (one.item.id, criterion, grader.name) not in known]
            rows += _rows(grader, criterion, fresh)
    return rows


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
