"""Label Studio: tasks out, annotations back."""

import json
import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from qualityslo.domain.review import Review
from qualityslo.errors import LabelError
from qualityslo.exports import label_studio
from qualityslo.exports.form_files import control
from tests.exports.filling import ROCKET, SECRETS, Said, canonical, filled_reviews, review, stored

Json = dict[str, Any]


def chosen(arm: str, criterion: str, value: str) -> Json:
    """Return a result that is a choice."""
    return {
        "from_name": control(arm, criterion),
        "to_name": f"answer_{arm.lower()}",
        "type": "choices",
        "value": {"choices": [value]},
    }


def marked(start: int, end: int, quote: str, kind: str = "contradicted", arm: str = "a") -> Json:
    """Return a result that is a marked piece."""
    value = {"start": start, "end": end, "text": quote, "labels": [kind]}
    return {"from_name": f"spans_{arm}", "type": "labels", "value": value}


def annotation(person: Json | int | None, *results: Json, **more: object) -> Json:
    """Return an annotation as an export has it."""
    return {"id": 7, "completed_by": person, "was_cancelled": False, "result": [*results], **more}


def exported(review: Review, *annotations: Json) -> Json:
    """Return the task of a review, as an export has it."""
    (task,) = json.loads(label_studio.tasks([review]))
    return {**task, "id": 3, "annotations": [*annotations], "drafts": [], "predictions": []}


def rows(
    tasks: Sequence[Json], reviews: Sequence[Review] = (), **people: str
) -> list[tuple[str, Json]]:
    """Read an export."""
    known = {name.removeprefix("p"): person for name, person in people.items()}
    text = json.dumps(tasks)
    return label_studio.filled(text, "done.json", reviews or [review()], known)


ANN = {"id": 1, "email": "ann@shop.example"}
GOOD = chosen("A", "correctness", "good")


@given(filled_reviews())
def test_labels_that_went_through_label_studio_are_those_of_our_own_rows(
    drawn: tuple[list[Review], list[Said]],
) -> None:
    reviews, said = drawn
    tasks = json.loads(label_studio.tasks(reviews))
    for task in tasks:
        task["annotations"] = [
            annotation(
                {"email": one.reviewer},
                *(chosen(*blank, value) for blank, value in one.values.items()),
                {"from_name": "note", "type": "textarea", "value": {"text": [one.note]}},
            )
            for one in said
            if one.review.id == task["data"]["review_id"]
        ]
    found = stored(rows(tasks, reviews), reviews)
    assert found == stored(canonical(said), reviews)
    assert len(found) == sum(len(one.values) for one in said)


@given(filled_reviews())
def test_every_control_of_the_configuration_is_a_blank_and_shows_a_field(
    drawn: tuple[list[Review], list[Said]],
) -> None:
    reviews, _ = drawn
    view = ET.fromstring(label_studio.config(reviews))
    names = [one.get("name") for one in view.iter() if one.get("name")]
    assert len(names) == len(set(names))
    tasks = json.loads(label_studio.tasks(reviews))
    for text in view.iter("Text"):
        assert all(text.get("value", "").removeprefix("$") in task["data"] for task in tasks)
    choices = {one.get("name"): one.get("toName") for one in view.iter("Choices")}
    for arm in "AB":
        for name in reviews[0].criteria:
            assert choices.pop(control(arm, name)) == f"answer_{arm.lower()}"
    assert choices == {}


def test_a_task_is_blind_and_the_configuration_holds_no_text_of_an_item() -> None:
    text = label_studio.tasks([review()])
    assert not any(secret in text for secret in (*SECRETS, "secret-stratum", "0.25"))
    assert "predictions" not in text
    assert "France" not in label_studio.config([review()])


def test_several_annotators_give_several_labels_and_numbers_need_a_name() -> None:
    one = review()
    task = exported(one, annotation(ANN, GOOD), annotation(2, chosen("B", "Tone v2", "bad")))
    labels = stored(rows([task], p2="bob"), [one])
    assert {(label.reviewer, label.value.value) for label in labels} == {
        ("ann@shop.example", "good"),
        ("bob", "bad"),
    }
    with pytest.raises(LabelError, match=r"task 1, annotation 2: reviewer 2: .*--person ID=NAME"):
        rows([task])


def test_a_cancelled_annotation_skips_every_blank_whatever_it_holds() -> None:
    one = review()
    task = exported(one, annotation(ANN, GOOD, was_cancelled=True))
    labels = stored(rows([task]), [one])
    assert [label.value.value for label in labels] == ["skipped"] * 4


@pytest.mark.parametrize(
    ("start", "end", "quote"),
    [
        pytest.param(9, 13, "Lyon", id="offsets in UTF-16 units"),
        pytest.param(8, 12, "Lyon", id="offsets in code points, of other releases"),
    ],
)
def test_a_marked_piece_stands_in_the_note_by_code_points(
    start: int, end: int, quote: str
) -> None:
    note = {"from_name": "note", "type": "textarea", "value": {"text": ["no", "source"]}}
    task = exported(review(), annotation(ANN, GOOD, marked(start, end, quote), note))
    ((_, row),) = rows([task])
    assert row["note"] == "no\nsource\nmarked in A, 8 to 12, contradicted: 'Lyon'"


def test_the_blanks_that_label_studio_changes_in_a_quote_are_no_fault() -> None:
    one = review(answers=["a  b\nc"])
    ((_, row),) = rows([exported(one, annotation(ANN, GOOD, marked(0, 6, "a b\\nc")))], [one])
    assert row["note"] == r"marked in A, 0 to 6, contradicted: 'a  b\nc'"


@pytest.mark.parametrize(
    ("result", "what"),
    [
        pytest.param(marked(0, 4, "Lyon"), "but the answer has", id="another piece"),
        pytest.param(marked(9, 99, "Lyon"), "but the answer has", id="past the end"),
        pytest.param(marked(1, 13, "Lyon"), "but the answer has", id="half a character"),
        pytest.param(marked(9, 13, "Lyon", "odd"), "labelled 'odd'", id="an unknown kind"),
        pytest.param(
            {"from_name": "spans_a", "value": {"start": 9, "end": 13, "labels": ["unsupported"]}},
            "cannot be checked",
            id="no quote",
        ),
        pytest.param(chosen("A", "correctness", "fine"), "'fine': expected one of", id="no value"),
        pytest.param(chosen("A", "taste", "good"), "no blank", id="an unknown criterion"),
        pytest.param(
            {"from_name": "a_correctness", "value": {"choices": ["good", "bad"]}},
            "expected a list of one",
            id="two choices",
        ),
        pytest.param({"from_name": "a_correctness"}, "expected an object", id="no value at all"),
        pytest.param({"from_name": "note", "value": {"text": 3}}, "expected a text", id="no text"),
    ],
)
def test_a_wrong_result_is_refused_with_file_task_annotation_and_reason(
    result: Json, what: str
) -> None:
    task = exported(review(), annotation(ANN, chosen("B", "correctness", "bad"), result))
    place = r"done\.json: task 1, annotation 1.*"
    with pytest.raises(LabelError, match=place + re.escape(what)):
        rows([task])


def test_all_faults_of_a_file_are_in_one_message() -> None:
    one = review()
    lone = review("r2", answers=["yes"])
    tasks: list[Json] = [
        {"data": {"review_id": "nope"}, "annotations": []},
        {"question": "as JSON-MIN has it"},
        exported(one, annotation(ANN, GOOD), annotation(ANN, GOOD), annotation(None, GOOD)),
        exported(lone, annotation(ANN, chosen("B", "correctness", "good"))),
        {**exported(one), "annotations": [3]},
        exported(one, annotation(ANN, GOOD, was_cancelled="no")),
    ]
    with pytest.raises(LabelError) as caught:
        rows(tasks, [one, lone])
    head, *faults = str(caught.value).splitlines()
    assert head == "7 faults; no label was stored:"
    expected = [
        ("task 1:", "'nope': no such review"),
        ("task 2:", "JSON-MIN"),
        ("task 3, annotation 2:", "said it already, task 3, annotation 1"),
        ("task 3, annotation 3:", "reviewer None"),
        ("task 4, annotation 1:", "no such blank"),
        ("task 5, annotation 1:", "expected an object"),
        ("task 6, annotation 1:", "no boolean"),
    ]
    for fault, (place, what) in zip(faults, expected, strict=True):
        assert fault.startswith(f"done.json: {place}")
        assert what in fault


@pytest.mark.parametrize("text", ["", "{}", "[1]", "[" * 100_000, '"x"'])
def test_what_is_no_export_is_refused_with_the_file(text: str) -> None:
    with pytest.raises(LabelError, match=r"done\.json: .*no label was stored"):
        label_studio.filled(text, "done.json", [review()], {})


def test_a_task_that_nobody_looked_at_gives_nothing() -> None:
    assert rows([*json.loads(label_studio.tasks([review()])), exported(review())]) == []
    assert rows([exported(review(), annotation(1))]) == []
    assert ROCKET in json.loads(label_studio.tasks([review()]))[0]["data"]["answer_a"]
