"""What a browser sends in a form, and how the reviewer's form is read from it and put back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qsl

from qualityslo.domain.label import LabelValue
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span, SpanKind, from_utf16
from qualityslo.errors import LabelError
from qualityslo.ports.desk import Blank, Form
from qualityslo.web.texts import utf16_length

MAX_FIELDS = 500
MAX_MARKS = 100
MAX_NOTE = 20_000
SKIP_REASONS = {
    "unclear": "The question or the material is unclear",
    "cannot judge": "I cannot judge this",
    "needs expert": "This needs an expert",
}
OPINIONS = (LabelValue.GOOD, LabelValue.BAD, LabelValue.UNSURE)
_MARK = re.compile(
    r"(?P<name>\d+\.\d+):(?P<kind>unsupported|contradicted):(?P<start>\d{1,9}):(?P<end>\d{1,9})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a form or a query; a name may come several times."""

    values: Mapping[str, list[str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, encoded: str) -> "Fields":
        """Return the fields of an urlencoded text.

        Raises:
            LabelError: there are more than `MAX_FIELDS`.
        """
        try:
            pairs = parse_qsl(
                encoded, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS
            )
        except ValueError as error:
            raise LabelError(f"a form of more than {MAX_FIELDS} fields: {error}") from None
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value.replace("\r\n", "\n"))
        return cls(values)

    def one(self, name: str, default: str = "") -> str:
        """Return the last value of a field."""
        return self.values.get(name, [default])[-1]

    def all(self, name: str) -> list[str]:
        """Return every value of a field."""
        return self.values.get(name, [])

    def number(self, name: str, default: int = 0) -> int:
        """Return a field as a number of at most twelve digits; what is none becomes `default`."""
        text = self.one(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else default


def blanks(review: Review) -> dict[str, Blank]:
    """Return the blanks of a review by the name of their field.

    Names count, so that an arm or a criterion may be called anything.
    """
    return {
        f"{a}.{c}": (arm, criterion)
        for a, arm in enumerate(review.arms)
        for c, criterion in enumerate(review.criteria)
    }


def read_form(fields: Fields, review: Review, *, skipping: bool = False) -> tuple[Form, list[str]]:
    """Return what a person filled in, whole or not, and what is wrong with it.

    What is wrong is left out of the form: nothing else of it may be lost for that.

    Args:
        fields: from the browser.
        review: what the form is about.
        skipping: whether the person passes the review on, so that a reason is wanted.
    """
    faults: list[str] = []
    places = blanks(review)
    values = {place: _value(fields.one(f"v.{name}"), faults) for name, place in places.items()}
    note = fields.one("note").strip()
    if len(note) > MAX_NOTE:
        faults.append(f"a note of {len(note)} characters: {MAX_NOTE} is the most")
    form = Form(
        values={place: value for place, value in values.items() if value is not None},
        spans=_spans(fields, review, places, faults),
        note=note,
        skipped_because=_reason(fields, faults) if skipping else "",
        flagged=fields.one("flag") == "1",
    )
    return form, faults


def missing(form: Form, review: Review) -> list[Blank]:
    """Return the blanks without a value."""
    return [place for place in blanks(review).values() if place not in form.values]


def _value(text: str, faults: list[str]) -> LabelValue | None:
    found = next((value for value in OPINIONS if text == value.value), None)
    if text and found is None:
        faults.append(f"{text[:60]!r} is no choice; choose one of {', '.join(OPINIONS)}")
    return found


def _reason(fields: Fields, faults: list[str]) -> str:
    reason = fields.one("reason")
    other = fields.one("other").strip()[:MAX_NOTE]
    if reason not in SKIP_REASONS and not other:
        faults.append("say why you skip this one: choose a reason or write one")
    return reason if reason in SKIP_REASONS else other


def _spans(
    fields: Fields, review: Review, places: Mapping[str, Blank], faults: list[str]
) -> dict[Blank, tuple[Span, ...]]:
    """Return the marked pieces that the browser sends in UTF-16 units, and the pasted one."""
    removed = fields.one("unmark")
    marks = [one for one in fields.all("mark") if one != removed][:MAX_MARKS]
    work = [partial(_marked, one, review, places) for one in marks]
    if fields.one("action") == "mark" and fields.one("quote").strip():
        work.append(partial(_pasted, fields, review, places))
    found: dict[Blank, dict[tuple[int, int], Span]] = {}
    for read in work:
        try:
            place, span = read()
        except LabelError as error:
            faults.append(str(error))
        else:
            found.setdefault(place, {})[span.start, span.end] = span
    return {
        place: tuple(sorted(spans.values(), key=lambda one: (one.start, one.end)))
        for place, spans in found.items()
    }


def _marked(encoded: str, review: Review, places: Mapping[str, Blank]) -> tuple[Blank, Span]:
    match = _MARK.fullmatch(encoded)
    if match is None or match["name"] not in places:
        raise LabelError(f"{encoded[:60]!r} marks nothing: mark the piece again")
    place = places[match["name"]]
    text = review.arms[place[0]]
    start, end = from_utf16(text, int(match["start"]), int(match["end"]))
    return place, _span(text, start, end, match["kind"])


def _pasted(fields: Fields, review: Review, places: Mapping[str, Blank]) -> tuple[Blank, Span]:
    """Return what a person without script copied from an answer and pasted."""
    quote, name, kind = fields.one("quote").strip(), fields.one("about"), fields.one("kind")
    if name not in places or kind not in set(SpanKind):
        raise LabelError("say which answer and criterion the pasted piece is about")
    arm = places[name][0]
    start = review.arms[arm].find(quote)
    if start < 0:
        raise LabelError(f"answer {arm} does not say {quote[:60]!r}: copy the piece from it")
    return places[name], _span(review.arms[arm], start, start + len(quote), kind)


def _span(text: str, start: int, end: int, kind: str) -> Span:
    span = Span(start=start, end=end, quote=text[start:end], kind=SpanKind(kind))
    span.check(text)
    return span


def mark_field(name: str, span: Span, text: str) -> str:
    r"""Return a marked piece as the browser sends it, by UTF-16 units of its text.

    >>> mark_field("0.1", Span(start=1, end=3, quote="ab"), "\U0001f680ab")
    '0.1:unsupported:2:4'
    """
    start, length = utf16_length(text[: span.start]), utf16_length(span.quote)
    return f"{name}:{span.kind.value}:{start}:{start + length}"
