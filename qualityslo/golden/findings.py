"""The rules of lint: each looks at all items of a set and says what is worth a look."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from qualityslo.domain.golden import AnswerKind, GoldenItem, GoldenSet, TruthKind
from qualityslo.domain.reason import Severity
from qualityslo.golden.faults import show
from qualityslo.golden.similar import equal_groups, holds, near_groups, words
from qualityslo.stats import zero_failure_upper

FEWEST_OF_SLICE = 10
MOST_CONTEXT_CHARS = 8_000
MOST_FOR_NEAR = 5_000
_SHOWN = 20

_QUOTED_KINDS = frozenset({"lookup", "numeric", "number", "date", "list"})
_QUOTED_ANSWERS = frozenset({AnswerKind.NUMBER, AnswerKind.DATE, AnswerKind.LIST})
_UNREFERENCED = frozenset({AnswerKind.REFUSAL, AnswerKind.TOOL_CALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in a golden set worth a look.

    Severity `error`: items are measured wrongly as they stand; `warning`: probably a mistake;
    `info`: good to know. `item_ids` are in the set's order, empty where it is about the set.
    """

    code: str
    severity: Severity
    item_ids: tuple[str, ...]
    detail: str


def item_findings(items: Sequence[GoldenItem]) -> list[Finding]:
    """Return what can be said of the items, a finding a rule or a group of items."""
    found = [finding for rule in _RULES if (finding := _of_items(items, *rule)) is not None]
    return [*found, *_look_alike_ids(items), *_alike_questions(items), *_small_slices(items)]


def set_findings(golden: GoldenSet, *, has_card: bool, moving_revision: str) -> list[Finding]:
    """Return what can be said of a set as a whole: what it can show, and what its card lacks."""
    found = [_about_set("what_it_can_show", Severity.INFO, what_it_can_show(golden.items))]
    if not has_card:
        detail = "there is no card.yaml: the spec says what is judged"
        found.append(_about_set("no_card", Severity.INFO, detail))
    for criterion in golden.criteria:
        if criterion.truth is TruthKind.HUMAN and not criterion.rubric:
            detail = (
                f"criterion {criterion.name!r} is judged by people without a rubric in the card"
            )
            found.append(_about_set("no_rubric", Severity.WARNING, detail))
    if moving_revision:
        detail = f"revision {show(moving_revision)} is no commit and may move; name the commit"
        found.append(_about_set("moving_revision", Severity.WARNING, detail))
    return found


def what_it_can_show(items: int) -> str:
    """Return in words what bad rate a set of that size can rule out.

    >>> what_it_can_show(120)
    '120 items with no failure still allow 3.0 % bad; a 99 % target needs at least 368 items'
    """
    allowed = f"{100 * zero_failure_upper(items):.1f} %"
    needed = items_for_target(0.99)
    many = "1 item" if items == 1 else f"{items:,} items"
    return f"{many} with no failure still allow {allowed} bad; a 99 % target needs at least {needed} items"


def items_for_target(target: float) -> int:
    """Return the fewest items that can show a target, a good share in (0, 1), without a failure.

    >>> items_for_target(0.90), items_for_target(0.999)
    (36, 3688)
    """
    assert 0 < target < 1
    enough = 1
    while zero_failure_upper(enough) > 1 - target:
        enough *= 2
    too_few = enough // 2
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        if zero_failure_upper(middle) > 1 - target:
            too_few = middle
        else:
            enough = middle
    return enough


def _about_set(code: str, severity: Severity, detail: str) -> Finding:
    return Finding(code=code, severity=severity, item_ids=(), detail=detail)


def _of_items(
    items: Iterable[GoldenItem],
    code: str,
    severity: Severity,
    applies: Callable[[GoldenItem], bool],
    detail: str,
) -> Finding | None:
    ids = tuple(item.id for item in items if applies(item))
    return Finding(code=code, severity=severity, item_ids=ids, detail=detail) if ids else None


def _empty_reference(item: GoldenItem) -> bool:
    return any(not reference.strip() for reference in item.references)


def _no_reference(item: GoldenItem) -> bool:
    return item.answerable and not item.references and item.answer.kind not in _UNREFERENCED


def _echo(item: GoldenItem) -> bool:
    question = words(item.question)
    return any(holds(question, words(reference)) for reference in item.references)


def _not_in_context(item: GoldenItem) -> bool:
    kind = item.slices.get("kind")
    quoted = item.answer.kind in _QUOTED_ANSWERS if kind is None else kind in _QUOTED_KINDS
    if not (quoted and item.answerable and item.context and item.references):
        return False
    context = words("\n".join(item.context))
    return not any(_quotes(item, context, reference) for reference in item.references)


def _quotes(item: GoldenItem, context: list[str], reference: str) -> bool:
    listed = item.answer.kind is AnswerKind.LIST
    parts = reference.split(";") if listed else [reference]
    return all(holds(context, words(part)) for part in parts)


_RULES: tuple[tuple[str, Severity, Callable[[GoldenItem], bool], str], ...] = (
    (
        "empty_reference",
        Severity.ERROR,
        _empty_reference,
        "an empty reference can match nothing; write the answer, or leave the reference out",
    ),
    (
        "unanswerable_with_references",
        Severity.WARNING,
        lambda item: not item.answerable and bool(item.references),
        "has no answer, and yet references; leave out one of the two",
    ),
    (
        "reference_in_question",
        Severity.WARNING,
        _echo,
        "the question already holds a reference: repeating the question would count as right",
    ),
    (
        "no_reference",
        Severity.INFO,
        _no_reference,
        "no reference: graders that compare with one stay without a verdict",
    ),
    (
        "reference_not_in_context",
        Severity.INFO,
        _not_in_context,
        "no reference stands in the context word for word; look whether the context has it",
    ),
    (
        "long_context",
        Severity.INFO,
        lambda item: sum(map(len, item.context)) > MOST_CONTEXT_CHARS,
        f"more than {MOST_CONTEXT_CHARS:,} characters of context: models and graders may cut it",
    ),
)


def _look_alike_ids(items: Sequence[GoldenItem]) -> list[Finding]:
    keys = (unicodedata.normalize("NFKC", item.id).casefold().strip() for item in items)
    return [
        Finding(
            code="look_alike_ids",
            severity=Severity.WARNING,
            item_ids=tuple(items[at].id for at in group),
            detail="the ids differ in case, blanks or letter forms only; people will mix them up",
        )
        for group in equal_groups(keys)
        if len(group) > 1
    ]


def _alike_questions(items: Sequence[GoldenItem]) -> list[Finding]:
    """Compare questions asked in the same setting: same context, same earlier turns."""
    asked = [words(item.question) for item in items]
    found: list[Finding] = []
    firsts: defaultdict[object, list[int]] = defaultdict(list)
    settings = [(item.context, item.messages[:-1]) for item in items]
    for group in equal_groups(zip(settings, (tuple(one) for one in asked), strict=True)):
        firsts[settings[group[0]]].append(group[0])
        if len(group) > 1:
            found.append(_same_question([items[at] for at in group]))
    if len(items) > MOST_FOR_NEAR:
        return found
    for several in firsts.values():
        for near in near_groups([asked[at] for at in several]):
            ids = tuple(items[several[at]].id for at in near)
            detail = "the questions share nine words of ten; they add less than they seem to"
            found.append(
                Finding(
                    code="near_duplicate", severity=Severity.WARNING, item_ids=ids, detail=detail
                )
            )
    return found


def _same_question(group: Sequence[GoldenItem]) -> Finding:
    ids = tuple(item.id for item in group)
    answers = {(item.answerable, frozenset(_folded(item.references))) for item in group}
    if len(answers) == 1:
        detail = "the same question in the same setting; it counts more than once"
        return Finding(
            code="duplicate_question", severity=Severity.WARNING, item_ids=ids, detail=detail
        )
    detail = "the same question in the same setting, with different references; one is wrong"
    return Finding(
        code="different_references", severity=Severity.ERROR, item_ids=ids, detail=detail
    )


def _folded(references: Iterable[str]) -> Iterable[str]:
    return (" ".join(words(reference)) for reference in references)


def _small_slices(items: Iterable[GoldenItem]) -> list[Finding]:
    sizes = Counter(pair for item in items for pair in item.slices.items())
    small = [(pair, size) for pair, size in sorted(sizes.items()) if size < FEWEST_OF_SLICE]
    if not small:
        return []
    texts = [f"{show(name)}={show(value)} ({size})" for (name, value), size in small[:_SHOWN]]
    if len(small) > _SHOWN:
        texts.append(f"and {len(small) - _SHOWN:,} more")
    detail = f"fewer than {FEWEST_OF_SLICE} items, too few for a figure alone: {', '.join(texts)}"
    return [_about_set("small_slices", Severity.INFO, detail)]
