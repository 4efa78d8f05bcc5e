"""One row becomes an item, or all of its faults."""

import math

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.golden import AnswerKind, AnswerType, GoldenItem, Json, Message
from qualityslo.golden.parse import FIELDS, parse_row

_ROW: dict[str, Json] = {"id": "a", "question": "Why?"}


def _item(**fields: Json) -> GoldenItem:
    parsed = parse_row({**_ROW, **fields})
    assert parsed.faults == ()
    assert parsed.item is not None
    return parsed.item


def _faults(**fields: Json) -> tuple[str, ...]:
    parsed = parse_row({**_ROW, **fields})
    assert parsed.item is None
    return parsed.faults


def test_a_full_row_becomes_an_item() -> None:
    item = _item(
        context=["one", "two"],
        references=["80", 80, 80.5],
        answer={"type": "number", "tolerance": "1%", "unit": "kg"},
        answerable=True,
        group="heron",
        slices={"topic": "bikes"},
        weight=1,
        meta={"note": None, "list": [1, {"x": 2.5}]},
    )
    assert item == GoldenItem(
        id="a",
        question="Why?",
        context=("one", "two"),
        references=("80", "80", "80.5"),
        answer=AnswerType(kind=AnswerKind.NUMBER, tolerance=0.01, relative=True, unit="kg"),
        group="heron",
        slices={"topic": "bikes"},
        meta={"note": None, "list": [1, {"x": 2.5}]},
    )


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in {"id", "question"}])
def test_a_null_field_is_an_absent_field(name: str) -> None:
    assert _item(**{name: None}) == _item()


@pytest.mark.parametrize(
    ("given_as", "texts"),
    [
        pytest.param(42, ("42",), id="a whole number is its digits"),
        pytest.param(10**30, (str(10**30),), id="a large whole number keeps every digit"),
        pytest.param(42.0, ("42.0",), id="a decimal stays a decimal"),
        pytest.param("None", ("None",), id="the text None is a text"),
        pytest.param("nan", ("nan",), id="the text nan is a text"),
        pytest.param("", ("",), id="an empty text is kept for lint to name"),
        pytest.param([], (), id="an empty list is no reference"),
        pytest.param(["a", 1], ("a", "1"), id="a list mixes texts and numbers"),
    ],
)
@pytest.mark.parametrize("name", ["reference", "references"])
def test_a_reference_is_text(name: str, given_as: Json, texts: tuple[str, ...]) -> None:
    assert _item(**{name: given_as}).references == texts


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({}, AnswerType(), id="an empty object is the default"),
        pytest.param({"tolerance": 0}, AnswerType(), id="a tolerance of nothing"),
        pytest.param(
            {"type": "number", "tolerance": 2},
            AnswerType(kind=AnswerKind.NUMBER, tolerance=2.0),
            id="an absolute tolerance",
        ),
        pytest.param(
            {"type": "number", "tolerance": " 2.5 % "},
            AnswerType(kind=AnswerKind.NUMBER, tolerance=0.025, relative=True),
            id="a relative tolerance with blanks",
        ),
        pytest.param({"type": "date"}, AnswerType(kind=AnswerKind.DATE), id="a date"),
    ],
)
def test_an_answer_type_is_read(answer: Json, expected: AnswerType) -> None:
    assert _item(answer=answer).answer == expected


def test_a_whole_number_is_an_id_with_all_its_digits() -> None:
    parsed = parse_row({"id": 2**64 + 1, "question": "Why?"})
    assert parsed.item is not None
    assert parsed.item.id == "18446744073709551617"


def test_a_prompt_is_a_question() -> None:
    parsed = parse_row({"id": "a", "prompt": "Why?"})
    assert parsed.item == _item()


def test_a_conversation_asks_its_last_turn() -> None:
    turns: list[Json] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "My car is blue."},
        {"role": "assistant", "content": "Noted.", "name": None},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Which "}, {"type": "text", "text": "colour?"}],
        },
    ]
    parsed = parse_row({"id": "a", "messages": turns, "question": "Which colour?"})
    assert parsed.item is not None
    assert parsed.item.question == "Which colour?"
    assert parsed.item.messages[1] == Message(role="user", content="My car is blue.")
    assert parsed.item.messages[3].content == "Which colour?"


def test_text_as_context_is_one_passage_and_a_blank_one_is_none() -> None:
    assert _item(context="passage").context == ("passage",)
    parsed = parse_row({**_ROW, "context": [" ", "passage"]})
    assert parsed.item is not None
    assert parsed.item.context == ("passage",)
    assert [note.code for note in parsed.notes] == ["blank_context"]


_USER: dict[str, Json] = {"role": "user", "content": "Hi"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"id": None}, "no id", id="no id"),
        pytest.param({"id": " "}, "id is empty: ' '", id="a blank id"),
        pytest.param({"id": 1.5}, "id is text, not 1.5", id="a decimal id"),
        pytest.param({"id": True}, "id is text, not True", id="a true id"),
        pytest.param({"id": "x" * 501}, "longer than 500", id="a huge id"),
        pytest.param({"id": "a\nb"}, "id 'a\\nb' is longer", id="an id of two lines"),
        pytest.param({"question": None}, "no question; give", id="no question"),
        pytest.param({"question": " \n"}, "no question: question is empty", id="a blank question"),
        pytest.param({"question": ["x"]}, "write a conversation as `messages`", id="a list asks"),
        pytest.param({"prompt": "Why?"}, "question and prompt are both given", id="asked twice"),
        pytest.param({"messages": [_USER]}, "'Why?' is not the last turn", id="two questions"),
        pytest.param({"question": None, "messages": []}, "a list of turns", id="no turns"),
        pytest.param({"messages": "Hi"}, "a list of turns", id="messages as text"),
        pytest.param({"messages": ["Hi"]}, "messages[0] is an object", id="a turn as text"),
        pytest.param(
            {"messages": [_USER, {"role": "assistant", "content": "Yes."}]},
            "put the expected answer in `references`",
            id="the answer is part of the conversation",
        ),
        pytest.param(
            {"messages": [{"role": "tool", "content": "x"}, _USER]},
            "messages[0].role is one of",
            id="a role that cannot be sent",
        ),
        pytest.param(
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "messages[0].content is text",
            id="a picture",
        ),
        pytest.param(
            {"messages": [{**_USER, "tool_calls": []}]},
            "messages[0] holds 'tool_calls'",
            id="a turn with tool calls",
        ),
        pytest.param({"context": {"a": 1}}, "context is text or a list", id="context as object"),
        pytest.param({"context": ["a", None]}, "not None", id="null inside context"),
        pytest.param({"reference": True}, "True is neither text nor a number", id="a bool"),
        pytest.param({"references": ["a", None]}, "None is neither", id="null among references"),
        pytest.param({"references": {"a": 1}}, "neither text nor a number", id="an object"),
        pytest.param({"reference": math.nan}, "nan is neither", id="a NaN out of a table"),
        pytest.param(
            {"references": ["a"], "reference": "b"}, "are both given", id="references twice"
        ),
        pytest.param({"answer": "number"}, "answer is an object", id="answer as text"),
        pytest.param(
            {"answer": {"type": "numbr"}}, "did you mean 'number'?", id="a misspelt answer type"
        ),
        pytest.param({"answer": {"type": []}}, "answer.type [] is not known", id="a list as type"),
        pytest.param(
            {"answer": {"tolerence": 1}}, "did you mean 'tolerance'?", id="a misspelt answer field"
        ),
        pytest.param({"answer": {"tolerance": -1}}, "tolerance -1 is", id="a negative tolerance"),
        pytest.param({"answer": {"tolerance": True}}, "tolerance True is", id="a true tolerance"),
        pytest.param({"answer": {"tolerance": "1"}}, "tolerance '1' is", id="tolerance as text"),
        pytest.param({"answer": {"tolerance": 10**400}}, "is neither", id="a huge tolerance"),
        pytest.param({"answer": {"unit": 3}}, "answer.unit is text", id="a unit of three"),
        pytest.param({"answerable": "no"}, "answerable is true or false", id="answerable as text"),
        pytest.param({"group": ""}, "group is text that is not empty", id="an empty group"),
        pytest.param({"slices": ["a"]}, "slices is an object", id="slices as list"),
        pytest.param({"slices": {"level": 3}}, "slices.'level' is text", id="a slice of three"),
        pytest.param({"weight": 2}, "weighted items are not estimated yet", id="a weight"),
        pytest.param({"weight": True}, "weight is a number", id="a true weight"),
        pytest.param({"meta": "x"}, "meta is an object", id="meta as text"),
        pytest.param({"refrences": ["a"]}, "did you mean 'references'?", id="a misspelt field"),
        pytest.param({"Context": "a"}, "did you mean 'context'?", id="a field in capitals"),
    ],
)
def test_a_fault_is_named(fields: dict[str, Json], said: str) -> None:
    (fault,) = _faults(**fields)
    assert said in fault


def test_all_faults_of_a_row_are_found_at_once() -> None:
    faults = _faults(id="", question="", references=[True], answerable=1, weight=3, meta=[])
    assert len(faults) == 6


@pytest.mark.parametrize("name", ["metric", "question_id", "source", "tags"])
def test_an_unknown_field_is_noted_and_is_no_part_of_the_item(name: str) -> None:
    parsed = parse_row({**_ROW, name: "x"})
    assert parsed.item == _item()
    assert [note.code for note in parsed.notes] == ["unknown_field"]
    assert repr(name) in parsed.notes[0].detail


def test_the_index_of_a_data_frame_is_ignored() -> None:
    parsed = parse_row({**_ROW, "__index_level_0__": 7})
    assert parsed.item == _item()
    assert parsed.notes == ()


def test_a_tolerance_that_nothing_uses_is_noted() -> None:
    answer: Json = {"type": "text", "tolerance": 1}
    parsed = parse_row({**_ROW, "answer": answer})
    assert [note.code for note in parsed.notes] == ["tolerance_unused"]


def test_what_json_cannot_say_is_refused_in_meta() -> None:
    parsed = parse_row({**_ROW, "meta": {"a": [b"bytes"]}})
    assert "meta holds b'bytes'" in parsed.faults[0]
    assert "meta holds nan" in _faults(meta={"a": math.nan})[0]


@pytest.mark.parametrize("row", [None, [], "text", 3])
def test_a_row_that_is_no_object_is_a_fault(row: Json) -> None:
    assert parse_row(row).faults == (f"an item is an object, not {row!r}",)


_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
_anything = st.recursive(
    _leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


@given(row=st.dictionaries(st.sampled_from(FIELDS) | st.text(), _anything))
def test_nothing_in_a_row_can_raise_and_an_item_has_a_fingerprint(row: dict[str, Json]) -> None:
    parsed = parse_row(row)
    assert (parsed.item is None) == bool(parsed.faults)
    if parsed.item is not None:
        assert len(parsed.item.fingerprint) == 64


@given(question=st.text(), references=st.lists(st.text()), context=st.lists(st.text()))
def test_texts_are_kept_as_they_are(
    question: str, references: list[str], context: list[str]
) -> None:
    parsed = parse_row(
        {"id": "a", "question": f"q{question}", "references": references, "context": context}
    )
    assert parsed.item is not None
    assert parsed.item.question == f"q{question}"
    assert list(parsed.item.references) == references
    assert list(parsed.item.context) == [one for one in context if one.strip()]
