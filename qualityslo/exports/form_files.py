"""What the files for other labelling tools share: what is shown, and filled forms on their way back."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from qualityslo.domain.golden import Json
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span, SpanKind
from qualityslo.errors import LabelError
from qualityslo.jobs.labels import REVIEW_SCHEMA, SHOWN_FAULTS, VALUES
from qualityslo.ports.desk import Blank

ARMS = ("A", "B")
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
NOTE = "note"
Rows: TypeAlias = list[tuple[str, dict[str, Json]]]
"""Rows as `import_labels` takes them: where each stands, and a row of `qualityslo.review/1`."""


def control(arm: str, name: str) -> str:
    """Return the name of a blank's control: both tools take lower-case words only.

    A criterion's name that is none gets a digest, so that two criteria never share a control.

    >>> control("A", "no_jargon"), control("B", "Tone v2")
    ('a_no_jargon', 'b_tone_v2_7fb370ee')
    """
    word = re.sub(r"[^a-z0-9_]", "_", name.lower())
    if word != name:
        word += "_" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{arm.lower()}_{word}"


def controls(review: Review) -> dict[str, Blank]:
    """Return which blank each control is about, those of an answer that is not there included."""
    return {control(arm, name): (arm, name) for arm in ARMS for name in review.criteria}


def answer_field(arm: str) -> str:
    """Return the name of the field that shows an answer."""
    return f"answer_{arm.lower()}"


def spans_control(arm: str) -> str:
    """Return the name of the control that marks pieces of an answer."""
    return f"spans_{arm.lower()}"


def marked_arm(name: str) -> str | None:
    """Return whose pieces a control marks; None where it marks none."""
    return next((arm for arm in ARMS if spans_control(arm) == name), None)


def shown(review: Review) -> dict[str, str]:
    """Return the texts that a reviewer sees, by field: blind, and every field for every review."""
    item = review.item
    turns = [f"{message.role}: {message.content}" for message in item.messages]
    rubrics = [f"{name}: {rubric}" for name, (rubric, _) in review.criteria.items()]
    return {
        "question": "\n\n".join(turns) or item.question,
        "context": _numbered(item.context),
        "references": _numbered(item.references),
        "answerable": "yes" if item.answerable else "no",
        "rubrics": "\n\n".join(rubrics),
        **{answer_field(arm): review.arms.get(arm, "") for arm in ARMS},
    }


def _numbered(texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    return "\n\n".join(f"[{at}] {text}" for at, text in enumerate(texts, start=1))


@dataclass(slots=True)
class Sheet:
    """What one person says of one review, as it is read."""

    said: list[tuple[Blank, Json]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    @property
    def note(self) -> str:
        """The person's words, then a line for every marked piece."""
        return "\n".join([*self.notes, *self.marks])

    def mark(self, arm: str, span: Span) -> None:
        """Keep a marked piece as a line of the note: an imported label has no other place.

        >>> sheet = Sheet()
        >>> sheet.mark("A", Span(start=6, end=10, quote="Lyon", kind=SpanKind.CONTRADICTED))
        >>> sheet.note
        "marked in A, 6 to 10, contradicted: 'Lyon'"
        """
        place = f"{span.start} to {span.end}"
        self.marks.append(f"marked in {arm}, {place}, {span.kind.value}: {span.quote!r}")


def span_kind(said: Json) -> SpanKind:
    """Return what a tool calls the kind of a marked piece.

    Raises:
        LabelError: there is no such kind.
    """
    if isinstance(said, str) and said in set(SpanKind):
        return SpanKind(said)
    kinds = ", ".join(kind.value for kind in SpanKind)
    raise LabelError(f"a marked piece is labelled {said!r}: expected one of {kinds}")


def json_objects(text: str, file: str) -> list[dict[str, Json]]:
    """Return the objects of a JSON list.

    Raises:
        LabelError: the text is something else.
    """
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LabelError(f"{file}: not JSON: {error}; no label was stored") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise LabelError(f"{file}: expected a JSON list of objects; no label was stored")
    return rows


class FilledForms:
    """Gathers what people said in another tool, and every fault of it.

    Args:
        file: the file's name, for messages.
        reviews: the reviews that there are.
        people: who is behind a tool's own id of a person, by that id.
    """

    def __init__(self, file: str, reviews: Iterable[Review], people: Mapping[str, str]) -> None:
        self._file = file
        self._reviews = {review.id: review for review in reviews}
        self._people = people
        self._faults: list[str] = []
        self._rows: Rows = []
        self._said: dict[tuple[str, Blank, str], str] = {}

    def fault(self, where: str, what: str) -> None:
        """Note a fault."""
        self._faults.append(f"{self._file}: {where}: {what}")

    def review(self, where: str, review_id: Json) -> Review | None:
        """Return a review by its id; one that is not there is a fault."""
        found = self._reviews.get(review_id) if isinstance(review_id, str) else None
        if found is None:
            self.fault(where, f"review_id {review_id!r}: no such review in this store")
        return found

    def person(self, where: str, said: Json) -> str | None:
        """Return who is behind the name or id that a tool gives; nobody is a fault.

        An id is nobody's name: the same person would count as two, here and at our own page,
        and could confirm their own label.
        """
        name = self._people.get(str(said))
        if name is None and isinstance(said, str) and not _ID.fullmatch(said):
            name = said
        if name is None or not name.strip():
            self.fault(
                where, f"reviewer {said!r}: say who looked, as a name or by --person ID=NAME"
            )
            return None
        return name.strip()

    def add(self, where: str, review: Review, reviewer: str, sheet: Sheet) -> None:
        """Take what one person said of one review; blanks that are null or empty say nothing."""
        labels: dict[str, dict[str, Json]] = {}
        for blank, value in sheet.said:
            if value is None or value == "":
                continue
            wrong = self._wrong(review, reviewer, blank, value)
            if wrong:
                self.fault(where, f"answer {blank[0]}, {blank[1]}: {wrong}")
                continue
            self._said[review.id, blank, reviewer] = where
            labels.setdefault(blank[0], {})[blank[1]] = value
        if labels:
            row: dict[str, Json] = {
                "schema": REVIEW_SCHEMA,
                "review_id": review.id,
                "reviewer": reviewer,
                "note": sheet.note,
                "labels": dict(labels),
            }
            self._rows.append((f"{self._file}: {where}", row))

    def _wrong(self, review: Review, reviewer: str, blank: Blank, value: Json) -> str:
        """Return what is wrong with what was said of a blank; nothing where nothing is."""
        if blank[0] not in review.arms or blank[1] not in review.criteria:
            return "this review has no such blank; leave it empty"
        if not isinstance(value, str) or value.strip().lower() not in VALUES:
            return f"{value!r}: expected one of {', '.join(VALUES)}"
        first = self._said.get((review.id, blank, reviewer))
        return "" if first is None else f"{reviewer!r} has said it already, {first}: keep one"

    def rows(self) -> Rows:
        """Return what was said.

        Raises:
            LabelError: with every fault.
        """
        if self._faults:
            more = len(self._faults) - SHOWN_FAULTS
            lines = [*self._faults[:SHOWN_FAULTS], *([f"... and {more} more"] if more > 0 else [])]
            raise LabelError(
                f"{len(self._faults)} faults; no label was stored:\n" + "\n".join(lines)
            )
        return self._rows
