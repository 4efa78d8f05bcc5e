"""What the reviewer's page shows of a review and its form; blind by what it leaves out."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from qualityslo.domain.label import Label
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span
from qualityslo.jobs.forms import review_keys
from qualityslo.ports.desk import Blank, Form
from qualityslo.web.fields import Fields, blanks, mark_field
from qualityslo.web.texts import Part, part_of

_PLACE = re.compile(r"(?P<name>[acqrm]\d{1,4}):(?P<number>\d{1,6})", re.ASCII)
HASH_SHOWN = 12
_NONE: Mapping[Blank, Sequence["Opinion"]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a person looks at a review: what is searched, and which part of each long text."""

    query: str = ""
    parts: Mapping[str, int]

    @classmethod
    def read(cls, fields: Fields) -> "Look":
        """Return how the fields of a form or an address ask to look."""
        asked = [*fields.all("part"), *fields.all("show")]
        found = [match for match in map(_PLACE.fullmatch, asked) if match]
        parts = {match["name"]: int(match["number"]) for match in found}
        return cls(query=fields.one("find").strip(), parts=parts)

    @property
    def query_fields(self) -> dict[str, str | list[str]]:
        """The same as fields of an address."""
        return {"find": self.query, "part": [f"{n}:{k}" for n, k in self.parts.items() if k > 1]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One text on the page; `name` tells it from the others."""

    name: str
    title: str
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A marked piece: its field, and what it quotes."""

    field: str
    kind: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What somebody said before, without their name; only an adjudicator sees it."""

    who: str
    value: str
    note: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One blank of the form; `wanting` says that it was left empty."""

    name: str
    arm: str
    criterion: str
    value: str
    marks: tuple[Mark, ...]
    opinions: Sequence[Opinion]
    wanting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """By what one criterion is judged, in which version."""

    criterion: str
    text: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """Everything of a review that a reviewer may see, and what is filled in."""

    review_id: str
    turns: tuple[Shown, ...]
    question: Shown
    context: tuple[Shown, ...]
    references: tuple[Shown, ...]
    answerable: bool
    answers: tuple[Shown, ...]
    questions: tuple[tuple[str, tuple[Question, ...]], ...]
    rubrics: tuple[Rubric, ...]
    note: str
    flagged: bool
    reason: str
    look: Look


def view_of(
    review: Review,
    form: Form,
    look: Look,
    *,
    wanting: Collection[Blank] = (),
    opinions: Mapping[Blank, Sequence[Opinion]] = _NONE,
) -> ReviewView:
    """Return what the page shows.

    Args:
        review: what is reviewed.
        form: what is filled in so far.
        look: what is searched for, and which part of long texts is wanted.
        wanting: the blanks to point at.
        opinions: what others said, for an adjudicator.
    """
    item, asked = review.item, _questions(review, form, wanting, opinions)
    earlier = [one for one in item.messages if one.content != item.question]
    return ReviewView(
        review_id=review.id,
        turns=_all("m", [(one.role, one.content) for one in earlier], look),
        question=_shown("q0", "Question", item.question, look),
        context=_all("c", _numbered("Passage", item.context), look, found=True),
        references=_all("r", _numbered("Reference", item.references), look),
        answerable=item.answerable,
        answers=tuple(
            _shown(f"a{n}", f"Answer {arm}", text, look, marks=_marks(form, arm))
            for n, (arm, text) in enumerate(review.arms.items())
        ),
        questions=tuple(
            (arm, tuple(one for one in asked if one.arm == arm)) for arm in review.arms
        ),
        rubrics=tuple(
            Rubric(criterion=name, text=text.strip(), version=digest[:HASH_SHOWN])
            for name, (text, digest) in review.criteria.items()
        ),
        note=form.note,
        flagged=form.flagged,
        reason=form.skipped_because,
        look=look,
    )


def _numbered(title: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    alone = len(texts) == 1
    return [(title if alone else f"{title} {n}", text) for n, text in enumerate(texts, start=1)]


def _all(
    letter: str, texts: Sequence[tuple[str, str]], look: Look, *, found: bool = False
) -> tuple[Shown, ...]:
    return tuple(
        _shown(f"{letter}{n}", title, text, look, found=found)
        for n, (title, text) in enumerate(texts)
    )


def _shown(
    name: str,
    title: str,
    text: str,
    look: Look,
    *,
    marks: Sequence[tuple[int, int, str]] = (),
    found: bool = False,
) -> Shown:
    query = look.query if found else ""
    part = part_of(text, look.parts.get(name, 1), marks=marks, query=query)
    return Shown(name=name, title=title, part=part)


def _marks(form: Form, arm: str) -> list[tuple[int, int, str]]:
    return [
        (span.start, span.end, span.kind.value)
        for (marked, _), spans in form.spans.items()
        if marked == arm
        for span in spans
    ]


def _questions(
    review: Review,
    form: Form,
    wanting: Collection[Blank],
    opinions: Mapping[Blank, Sequence[Opinion]],
) -> list[Question]:
    return [
        Question(
            name=name,
            arm=place[0],
            criterion=place[1],
            value=form.values[place].value if place in form.values else "",
            marks=tuple(
                _mark(name, span, review.arms[place[0]]) for span in form.spans.get(place, ())
            ),
            opinions=opinions.get(place, ()),
            wanting=place in wanting,
        )
        for name, place in blanks(review).items()
    ]


def opinions_of(
    review: Review, labels: Sequence[Label], spans: Mapping[str, Sequence[Span]]
) -> dict[Blank, list[Opinion]]:
    """Return what people said of each blank; numbers stand for their names."""
    people = {name: n for n, name in enumerate(dict.fromkeys(one.reviewer for one in labels), 1)}
    return {
        place: [
            Opinion(
                who=f"Person {people[label.reviewer]}",
                value=label.value.value,
                note=label.note,
                marks=tuple(
                    Mark(field="", kind=span.kind.value, quote=span.quote)
                    for span in spans.get(label.id, ())
                ),
            )
            for label in labels
            if label.key == key
        ]
        for place, key in review_keys(review).items()
    }


def _mark(name: str, span: Span, text: str) -> Mark:
    return Mark(field=mark_field(name, span, text), kind=span.kind.value, quote=span.quote)
