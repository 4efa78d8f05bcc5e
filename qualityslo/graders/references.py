"""The references of an item, as the graders of closed answers may use them."""

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.verdict import Ungraded, UngradedReason, Verdict


def usable_references(item: GoldenItem) -> tuple[str, ...] | Ungraded:
    """Return the references that are not blank, or why there is none.

    The texts "None", "null" and "nan" are references like any other.
    """
    if not item.references:
        return Ungraded(
            reason=UngradedReason.NO_REFERENCE, detail=f"item {item.id!r} has no reference"
        )
    filled = tuple(one for one in item.references if one.strip())
    if not filled:
        return invalid_reference(item, "is empty")
    return filled


def invalid_reference(item: GoldenItem, why: str) -> Ungraded:
    """Return the grade of an item none of whose references can be compared with."""
    return Ungraded(
        reason=UngradedReason.INVALID_REFERENCE,
        detail=f"reference {shown(item.references[0])} of item {item.id!r} {why}",
    )


def right(why: str) -> Verdict:
    """Return the verdict on a right answer."""
    return Verdict(good=True, score=1.0, rationale=why)


def wrong(why: str, *, score: float = 0.0) -> Verdict:
    """Return the verdict on a wrong answer; `score` tells how much of it was there."""
    return Verdict(good=False, score=score, rationale=why)


def shown(text: str, limit: int = 60) -> str:
    """Return a text as a rationale shows it: quoted, on one line, cut."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "\u2026")
