"""Reviews as Argilla's records, and its records as labels.

Shape: `Record.to_dict()` of Argilla 2, with the status of every response beside its value.
"""

import json
from collections.abc import Iterable, Mapping

from qualityslo.domain.golden import Json
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span, from_utf16
from qualityslo.errors import LabelError
from qualityslo.exports import form_files
from qualityslo.exports.form_files import NOTE, FilledForms, Rows, Sheet

_LEFT_OUT = ("draft", "discarded")


def records(reviews: Iterable[Review]) -> str:
    """Return reviews as a JSON list of records, blind: no suggestions, no models."""
    rows = [
        {
            "id": one.id,
            # an empty text is no value to Argilla
            "fields": {name: text for name, text in form_files.shown(one).items() if text},
            "metadata": {},
            "suggestions": {},
            "responses": {},
            "vectors": {},
            "status": "pending",
            "_server_id": None,
        }
        for one in reviews
    ]
    return json.dumps(rows, indent=1) + "\n"


def filled(text: str, file: str, reviews: Iterable[Review], people: Mapping[str, str]) -> Rows:
    """Return the labels of records: a row a record and person; only what was submitted.

    Args:
        text: a JSON list of records.
        file: its name, for messages.
        reviews: the reviews that there are.
        people: who is behind Argilla's ids of users.

    Raises:
        LabelError: with every fault: file, record, what. A response without a status is one: a
            draft cannot be told from a submitted one.
    """
    forms = FilledForms(file, reviews, people)
    for at, record in enumerate(form_files.json_objects(text, file), start=1):
        _record(f"record {at}", record, forms)
    return forms.rows()


def _record(where: str, record: Mapping[str, Json], forms: FilledForms) -> None:
    review, responses = forms.review(where, record.get("id")), record.get("responses", {})
    if not isinstance(responses, dict):
        forms.fault(where, f"responses {responses!r}: expected an object by question")
        return
    if review is None:
        return
    sheets: dict[str, Sheet] = {}
    for question, said in responses.items():
        place = f"{where}, {question}"
        for response in said if isinstance(said, list) else [said]:
            try:
                _response(question, response, review, sheets)
            except LabelError as error:
                forms.fault(place, str(error))
    for user, sheet in sheets.items():
        reviewer = forms.person(where, user) if sheet.said else None
        if reviewer is not None:
            forms.add(where, review, reviewer, sheet)


def _response(question: str, said: Json, review: Review, sheets: dict[str, Sheet]) -> None:
    if not isinstance(said, dict):
        raise LabelError(f"{said!r}: expected an object")
    status = said.get("status")
    if status in _LEFT_OUT:
        return
    if status != "submitted":
        raise LabelError(
            f"status {status!r}: expected submitted, draft or discarded; `records.to_json` leaves "
            "it out: write the file as docs/review-formats.md shows"
        )
    sheet = sheets.setdefault(str(said.get("user_id") or ""), Sheet())
    value, arm = said.get("value"), form_files.marked_arm(question)
    blank = form_files.controls(review).get(question)
    if blank is not None:
        sheet.said.append((blank, value))
    elif arm is not None:
        for piece in value if isinstance(value, list) else [value]:
            sheet.mark(arm, _span(review.arms.get(arm, ""), piece))
    elif question == NOTE and isinstance(value, str):
        sheet.notes.append(value)
    else:
        raise LabelError(f"{value!r}: no blank of this review's form")


def _span(text: str, piece: Json) -> Span:
    """Return a marked piece. Argilla quotes nothing, so it must be clear what its offsets count.

    Its page counts UTF-16 units, its documentation characters: up to the first character that
    takes two units both agree.
    """
    if not isinstance(piece, dict):
        raise LabelError(f"a marked piece is {piece!r}: expected an object")
    kind = form_files.span_kind(piece.get("label"))
    start, end = piece.get("start"), piece.get("end")
    if type(start) is not int or type(end) is not int:
        raise LabelError(f"a marked piece, {start!r} to {end!r}: expected whole numbers")
    if from_utf16(text, start, end) != (start, end):
        raise LabelError(
            f"a marked piece, {start} to {end}, stands after a character of two UTF-16 units: "
            "it cannot be told which piece is meant; remove it"
        )
    span = Span(start=start, end=end, quote=text[start:end], kind=kind)
    span.check(text)
    return span
