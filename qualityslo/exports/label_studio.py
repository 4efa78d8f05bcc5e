"""Reviews as Label Studio's tasks, its labelling configuration, and its export as labels.

Both answers of a review are in one task. Shapes: Label Studio's task format, `data` and
`annotations` with `result`, `completed_by` and `was_cancelled`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from qualityslo.domain.golden import Json
from qualityslo.domain.label import LabelValue
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span, SpanKind, from_utf16
from qualityslo.errors import LabelError
from qualityslo.exports import form_files
from qualityslo.exports.form_files import ARMS, NOTE, FilledForms, Rows, Sheet
from qualityslo.jobs.labels import VALUES


def tasks(reviews: Iterable[Review]) -> str:
    """Return reviews as a JSON list of tasks, blind: no predictions, no models."""
    rows = [{"data": {"review_id": one.id, **form_files.shown(one)}} for one in reviews]
    return json.dumps(rows, indent=1) + "\n"


def config(reviews: Iterable[Review]) -> str:
    """Return the labelling configuration, XML, for tasks of these reviews.

    Nothing is `required`: a review with one answer could not be submitted then. It holds only
    names that `form_files` made, no text of an item: Label Studio reads `$` in it as a variable.
    """
    names = dict.fromkeys(name for review in reviews for name in review.criteria)
    lines = ["<View>"]
    lines += [
        f'  <Header value="{name}"/><Text name="{name}" value="${name}"/>'
        for name in ("question", "context", "references", "answerable", "rubrics")
    ]
    for arm in ARMS:
        lines += _answer(arm, names)
    lines += [
        '  <Header value="note"/>',
        f'  <TextArea name="{NOTE}" toName="question" maxSubmissions="1"/>',
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def _answer(arm: str, names: Iterable[str]) -> Iterator[str]:
    shown = form_files.answer_field(arm)
    kinds = "".join(f'<Label value="{kind.value}"/>' for kind in SpanKind)
    choices = "".join(f'<Choice value="{value}"/>' for value in VALUES)
    spans = form_files.spans_control(arm)
    yield f'  <Header value="{shown}"/>'
    yield f'  <Labels name="{spans}" toName="{shown}">{kinds}</Labels>'
    yield f'  <Text name="{shown}" value="${shown}" saveTextResult="yes"/>'
    for name in names:
        control = form_files.control(arm, name)
        yield f'  <Header value="{control}"/>'
        yield f'  <Choices name="{control}" toName="{shown}" choice="single-radio">{choices}</Choices>'


def filled(text: str, file: str, reviews: Iterable[Review], people: Mapping[str, str]) -> Rows:
    """Return the labels of an export, format "JSON": a row an annotation.

    A cancelled annotation is a skipped review: every blank of it is `skipped`, whatever its
    result says. Predictions and drafts are not read.

    Args:
        text: the export.
        file: its name, for messages.
        reviews: the reviews that there are.
        people: who is behind Label Studio's numbers of users and e-mail addresses.

    Raises:
        LabelError: with every fault: file, task, annotation, what.
    """
    forms = FilledForms(file, reviews, people)
    for at, task in enumerate(form_files.json_objects(text, file), start=1):
        _task(f"task {at}", task, forms)
    return forms.rows()


def _task(where: str, task: Mapping[str, Json], forms: FilledForms) -> None:
    data, annotations = task.get("data"), task.get("annotations", [])
    if not isinstance(data, dict) or not isinstance(annotations, list):
        forms.fault(where, "no data and annotations: export as JSON, not as JSON-MIN or another")
        return
    review = forms.review(where, data.get("review_id"))
    if review is None:
        return
    for at, annotation in enumerate(annotations, start=1):
        place = f"{where}, annotation {at}"
        if isinstance(annotation, dict):
            _annotation(place, annotation, review, forms)
        else:
            forms.fault(place, f"{annotation!r}: expected an object")


def _annotation(
    where: str, annotation: Mapping[str, Json], review: Review, forms: FilledForms
) -> None:
    cancelled, results = annotation.get("was_cancelled", False), annotation.get("result", [])
    if not isinstance(cancelled, bool) or not isinstance(results, list):
        forms.fault(where, "was_cancelled is no boolean or result no list")
        return
    sheet = Sheet()
    if cancelled:
        sheet.said = [
            (blank, LabelValue.SKIPPED.value) for blank in product(review.arms, review.criteria)
        ]
    else:
        for at, result in enumerate(results, start=1):
            try:
                _result(result, review, sheet)
            except LabelError as error:
                forms.fault(f"{where}, result {at}", str(error))
    if not sheet.said:
        return
    reviewer = forms.person(where, _who(annotation.get("completed_by")))
    if reviewer is not None:
        forms.add(where, review, reviewer, sheet)


def _who(completed_by: Json) -> Json:
    """Return the e-mail address of a user or, where the export has no more, the number."""
    if isinstance(completed_by, dict):
        return completed_by.get("email") or completed_by.get("id")
    return completed_by


def _result(result: Json, review: Review, sheet: Sheet) -> None:
    value = result.get("value") if isinstance(result, dict) else None
    if not isinstance(result, dict) or not isinstance(value, dict):
        raise LabelError(f"{result!r}: expected an object with a value")
    name = str(result.get("from_name"))
    blank, arm = form_files.controls(review).get(name), form_files.marked_arm(name)
    if blank is not None:
        sheet.said.append((blank, _one(value, "choices")))
    elif arm is not None:
        sheet.mark(arm, _span(review.arms.get(arm, ""), value))
    elif name == NOTE:
        sheet.notes += _texts(value.get("text"))
    else:
        raise LabelError(f"from_name {name!r}: no blank of this review's form")


def _one(value: Mapping[str, Json], key: str) -> Json:
    chosen = value.get(key)
    if isinstance(chosen, list) and len(chosen) == 1:
        return chosen[0]
    raise LabelError(f"{key} {chosen!r}: expected a list of one")


def _texts(said: Json) -> list[str]:
    texts = said if isinstance(said, list) else [said]
    words = [one for one in texts if isinstance(one, str)]
    if len(words) < len(texts):
        raise LabelError(f"text {said!r}: expected a text or a list of texts")
    return words


def _span(text: str, value: Mapping[str, Json]) -> Span:
    """Return a marked piece; its offsets count UTF-16 units.

    Some of Label Studio's releases count code points: those are taken where only they fit.
    """
    kind, quote = form_files.span_kind(_one(value, "labels")), value.get("text")
    start, end = value.get("start"), value.get("end")
    if type(start) is not int or type(end) is not int or not isinstance(quote, str):
        raise LabelError(f"a marked piece, {start!r} to {end!r}, {quote!r}: cannot be checked")
    try:
        places = [from_utf16(text, start, end), (start, end)]
    except LabelError:
        places = [(start, end)]
    for first, last in places:
        if 0 <= first < last <= len(text) and _words(text[first:last]) == _words(quote):
            return Span(start=first, end=last, quote=text[first:last], kind=kind)
    wrong = Span(start=places[0][0], end=places[0][1], quote=quote, kind=kind)
    wrong.check(text)
    raise AssertionError("a span that quotes its text was found above")


def _words(text: str) -> list[str]:
    r"""Return what is left of a text in Label Studio's quotes: it writes `\n` and drops blanks."""
    return text.replace("\\n", " ").split()
