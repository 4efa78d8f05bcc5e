"""Argilla: records out, responses back."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given

from qualityslo.domain.review import Review
from qualityslo.errors import LabelError
from qualityslo.exports import argilla
from qualityslo.exports.form_files import control
from tests.exports.filling import ROCKET, SECRETS, Said, canonical, filled_reviews, review, stored

Json = dict[str, Any]
USER = "0b0d5c3e-1111-2222-3333-444455556666"


def response(value: object, user: object = "ann", status: str | None = "submitted") -> Json:
    """Return one user's response to one question."""
    return {"value": value, "user_id": user, "status": status}


def answered(review: Review, **responses: object) -> Json:
    """Return the record of a review, with responses by question."""
    (record,) = json.loads(argilla.records([review]))
    return {**record, "status": "completed", "responses": responses}


def rows(
    records: Sequence[Json], reviews: Sequence[Review] = (), people: dict[str, str] | None = None
) -> list[tuple[str, Json]]:
    """Read records."""
    text = json.dumps(records)
    return argilla.filled(text, "done.json", reviews or [review()], people or {})


@given(filled_reviews())
def test_labels_that_went_through_argilla_are_those_of_our_own_rows(
    drawn: tuple[list[Review], list[Said]],
) -> None:
    reviews, said = drawn
    records = json.loads(argilla.records(reviews))
    for record in records:
        for one in said:
            if one.review.id == record["id"]:
                answers = {control(*blank): value for blank, value in one.values.items()}
                for question, value in {**answers, "note": one.note}.items():
                    said_of = record["responses"].setdefault(question, [])
                    said_of.append(response(value, one.reviewer))
    found = stored(rows(records, reviews), reviews)
    assert found == stored(canonical(said), reviews)
    assert len(found) == sum(len(one.values) for one in said)


def test_a_record_is_blind_and_has_no_empty_field() -> None:
    (record,) = json.loads(argilla.records([review(answers=["yes"])]))
    assert record["id"] == "r1"
    assert record["fields"]["answer_a"] == "yes"
    assert all(record["fields"].values())
    assert "answer_b" not in record["fields"]
    assert record["suggestions"] == record["metadata"] == {}
    text = argilla.records([review()])
    assert not any(secret in text for secret in (*SECRETS, "secret-stratum", "0.25"))


def test_only_what_was_submitted_counts() -> None:
    record = answered(
        review(),
        a_correctness=[
            response("good"),
            response("bad", "bob", "draft"),
            response("bad", "eve", "discarded"),
        ],
    )
    labels = stored(rows([record]), [review()])
    assert [(label.reviewer, label.value.value) for label in labels] == [("ann", "good")]


def test_a_response_without_a_status_could_be_a_draft_and_is_refused() -> None:
    record = answered(review(), a_correctness=[{"value": "good", "user_id": "ann"}])
    with pytest.raises(LabelError, match=r"done\.json: record 1, a_correctness: status None"):
        rows([record])


def test_an_id_is_nobodys_name() -> None:
    record = answered(review(), a_correctness=[response("good", USER)])
    with pytest.raises(LabelError, match=f"record 1: reviewer '{USER}'"):
        rows([record])
    ((_, row),) = rows([record], people={USER: "ann"})
    assert row["reviewer"] == "ann"


def test_a_marked_piece_stands_in_the_note_where_it_is_clear_which_one_is_meant() -> None:
    piece = {"start": 0, "end": 5, "label": "unsupported"}
    record = answered(
        review(),
        b_correctness=[response("bad")],
        spans_b=[response([piece])],
        note=[response("x")],
    )
    ((_, row),) = rows([record])
    assert row["note"] == "x\nmarked in B, 0 to 5, unsupported: 'Paris'"


@pytest.mark.parametrize(
    ("question", "value", "what"),
    [
        pytest.param("a_correctness", "fine", "'fine': expected one of", id="no value of ours"),
        pytest.param("a_correctness", ["good"], "expected one of", id="a list"),
        pytest.param("a_taste", "good", "no blank", id="an unknown question"),
        pytest.param("note", 3, "no blank", id="a note that is no text"),
        pytest.param("spans_a", [3], "expected an object", id="a piece that is none"),
        pytest.param(
            "spans_a", [{"start": 9, "end": 13, "label": "odd"}], "labelled 'odd'", id="odd kind"
        ),
        pytest.param(
            "spans_a",
            [{"start": 9, "end": 13, "label": "unsupported"}],
            "two UTF-16 units",
            id="a piece behind a rocket",
        ),
        pytest.param(
            "spans_b",
            [{"start": 3, "end": 9, "label": "unsupported"}],
            "no piece of a text",
            id="a piece past the end",
        ),
        pytest.param(
            "spans_b",
            [{"start": 3, "end": 3, "label": "unsupported"}],
            "mark it again",
            id="a piece of nothing",
        ),
        pytest.param(
            "spans_b", [{"start": "0", "end": 1, "label": "unsupported"}], "whole", id="no number"
        ),
    ],
)
def test_a_wrong_response_is_refused_with_file_record_and_reason(
    question: str, value: object, what: str
) -> None:
    given_good = {"b_correctness": [response("good")]}
    record = answered(review(), **{**given_good, question: [response(value)]})
    with pytest.raises(LabelError, match=r"done\.json: record 1.*" + re.escape(what)):
        rows([record])


def test_all_faults_of_a_file_are_in_one_message() -> None:
    one = review()
    records: list[Json] = [
        {"id": "nope", "responses": {}},
        {"id": "r1", "responses": []},
        answered(one, a_correctness=[response("good"), 3]),
        answered(one, a_correctness=[response("bad")]),
        answered(one, a_correctness=[response("bad", None)]),
    ]
    with pytest.raises(LabelError) as caught:
        rows(records)
    head, *faults = str(caught.value).splitlines()
    assert head == "5 faults; no label was stored:"
    assert [fault.split(",")[0].split(": ")[1] for fault in faults] == [
        f"record {n}" for n in range(1, 6)
    ]
    assert "said it already, record 3" in faults[3]
    assert "say who looked" in faults[4]


def test_a_record_that_nobody_looked_at_gives_nothing() -> None:
    assert rows(json.loads(argilla.records([review()]))) == []
    assert rows([answered(review(), note=[response(ROCKET, USER)])]) == []
