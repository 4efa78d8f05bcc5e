"""The forms that reviewers fill: one item, its answers blind, every human criterion."""

import hashlib
from collections.abc import Iterator, Mapping

from qualityslo.domain.draw import Draw, DrawnItem
from qualityslo.domain.facts import RunRow
from qualityslo.domain.golden import GoldenItem, GoldenSet
from qualityslo.domain.label import AnswerKey
from qualityslo.domain.outcome import Response, answer_hash
from qualityslo.domain.plan import Plan
from qualityslo.domain.review import Review
from qualityslo.domain.sli import Role
from qualityslo.jobs.parts import Parts


def forms(
    plan: Plan, parts: Parts, golden: GoldenSet, draw: Draw, run: RunRow, answers_of: RunRow
) -> Iterator[Review]:
    """Yield the reviews of a draw, in the set's order.

    Args:
        plan: for its models and its seed.
        parts: the adapters.
        golden: the set that was drawn from.
        draw: which items, and in which order.
        run: the run that the reviews belong to.
        answers_of: the run whose answers are looked at.
    """
    places = {one.item_id: one for one in draw.drawn}
    responses = {
        role: parts.store.responses(answers_of.run_id, golden.name, role, list(places))
        for role in plan.models
    }
    items = (item for item in parts.sources[golden.name].items() if item.id in places)
    for item in items:
        answers = {role: found[item.id] for role, found in responses.items() if item.id in found}
        yield _form(run, golden, item, places[item.id], _arms(plan.seed, run, item, answers))


def _arms(
    seed: int, run: RunRow, item: GoldenItem, answers: Mapping[Role, Response]
) -> dict[str, tuple[str, ...]]:
    """Return the distinct texts in the order of their letters, and whose each is."""
    texts: dict[str, list[str]] = {}
    for role, response in answers.items():
        texts.setdefault(response.text, []).append(role.value)
    order = sorted(texts)
    # Which answer stands first must not tell whose it is: a coin per review, from the seed.
    if _digest(str(seed), run.run_id, item.id)[0] & 1:
        order.reverse()
    return {text: tuple(texts[text]) for text in order}


def _form(
    run: RunRow,
    golden: GoldenSet,
    item: GoldenItem,
    place: DrawnItem,
    arms: Mapping[str, tuple[str, ...]],
) -> Review:
    return Review(
        id=_digest(run.run_id, golden.name, item.id).hex()[:24],
        run_id=run.run_id,
        service=run.service,
        golden=golden.name,
        slot=run.slot,
        item=item,
        position=place.position,
        stratum=place.stratum.value,
        inclusion_probability=place.inclusion_probability,
        arms=dict(zip("AB", arms, strict=False)),
        roles=dict(zip("AB", arms.values(), strict=False)),
        criteria={one.name: (one.rubric, one.rubric_hash) for one in golden.human_criteria},
    )


def _digest(*names: str) -> bytes:
    return hashlib.sha256("\x1f".join(names).encode("utf-8", "surrogatepass")).digest()


def review_keys(review: Review) -> dict[tuple[str, str], AnswerKey]:
    """Return what each blank of a review's form is about, by arm and criterion."""
    return {
        (arm, criterion): AnswerKey(
            item_digest=review.item.digest,
            answer_hash=answer_hash(text),
            criterion=criterion,
            rubric_hash=rubric_hash,
        )
        for arm, text in review.arms.items()
        for criterion, (_, rubric_hash) in review.criteria.items()
    }
