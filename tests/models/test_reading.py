"""How a chat completion ended, and what is kept of it."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.outcome import Ending, Failure, Response, Timing, Usage
from qualityslo.models.reading import Arrival, read_completion, read_text

_ARRIVAL = Arrival(item_id="a")
_CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}


def _body(finish: str | None = "stop", **message: object) -> dict[str, object]:
    return {"choices": [{"message": {"role": "assistant", **message}, "finish_reason": finish}]}


@pytest.mark.parametrize(
    ("body", "ending", "text"),
    [
        pytest.param(_body(content=" yes "), Ending.ANSWERED, "yes", id="an answer"),
        pytest.param(_body(None, content="yes"), Ending.ANSWERED, "yes", id="no finish reason"),
        pytest.param(
            _body(content=[{"type": "text", "text": "Par"}, {"type": "text", "text": "is"}]),
            Ending.ANSWERED,
            "Paris",
            id="an answer in parts",
        ),
        pytest.param(_body(content=["a", "b"]), Ending.ANSWERED, "ab", id="parts that are texts"),
        pytest.param(
            _body(
                content=[
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}, 7]},
                    {"type": "text", "text": "yes"},
                    {"type": "image_url", "image_url": {}},
                ]
            ),
            Ending.ANSWERED,
            "yes",
            id="a thinking part before the answer",
        ),
        pytest.param(_body(content=None), Ending.EMPTY, "", id="null content"),
        pytest.param(_body(content=" \n"), Ending.EMPTY, "", id="blanks only"),
        pytest.param(_body(), Ending.EMPTY, "", id="no content at all"),
        pytest.param(_body(content="<think>x</think>"), Ending.EMPTY, "", id="only reasoning"),
        pytest.param(
            _body(content=None, refusal="No."), Ending.REFUSAL, "No.", id="the refusal field"
        ),
        pytest.param(
            _body(content=[{"type": "refusal", "refusal": "No."}]),
            Ending.REFUSAL,
            "No.",
            id="a refusal part",
        ),
        pytest.param(_body(content="I cannot."), Ending.ANSWERED, "I cannot.", id="words only"),
        pytest.param(
            _body("content_filter", content="Sorry."), Ending.FILTERED, "Sorry.", id="filtered"
        ),
        pytest.param(
            _body("content_filter", refusal="No."), Ending.FILTERED, "", id="filtered refusal"
        ),
        pytest.param(_body("length", content="Par"), Ending.TRUNCATED, "Par", id="cut short"),
        pytest.param(
            _body("length", content="<think>Let me"), Ending.TRUNCATED, "", id="cut in thought"
        ),
        pytest.param(
            _body("tool_calls", content=None, tool_calls=[_CALL]),
            Ending.TOOL_CALL,
            'f({"x":1})',
            id="a tool call",
        ),
        pytest.param(
            _body("stop", content="I look.", tool_calls=[_CALL]),
            Ending.TOOL_CALL,
            "I look.",
            id="a tool call with words",
        ),
        pytest.param(
            _body(content=None, function_call=_CALL["function"]),
            Ending.TOOL_CALL,
            'f({"x":1})',
            id="the older form of a tool call",
        ),
        pytest.param(
            _body("length", tool_calls=[_CALL]), Ending.TRUNCATED, "", id="a tool call cut short"
        ),
        pytest.param(_body(content="hi", tool_calls=[]), Ending.ANSWERED, "hi", id="no calls"),
        pytest.param(
            {"choices": [{"text": "old", "finish_reason": "stop"}]},
            Ending.ANSWERED,
            "old",
            id="the older completions protocol",
        ),
    ],
)
def test_how_a_reply_ended(body: object, ending: Ending, text: str) -> None:
    found = read_completion(body, _ARRIVAL)
    assert isinstance(found, Response)
    assert (found.ending, found.text) == (ending, text)


@pytest.mark.parametrize(
    ("body", "status", "code", "detail"),
    [
        pytest.param({"choices": []}, 200, "malformed", "no choice", id="no choices"),
        pytest.param({"choices": [{}]}, 200, "malformed", "no choice", id="no message"),
        pytest.param([1], 200, "malformed", "no choice", id="no object"),
        pytest.param({"error": "busy"}, 200, "error_body", "busy", id="an error behind 200"),
        pytest.param(
            {"error": {"message": "slow", "type": "Gateway", "code": 504}},
            200,
            "http_504",
            "Gateway: slow",
            id="an error behind 200 that names its status",
        ),
        pytest.param(
            {"error": {"message": "m", "code": "429"}}, 200, "http_429", "m", id="status as text"
        ),
        pytest.param(
            {"error": {"code": "rate_limit_exceeded", "status": 429}},
            200,
            "http_429",
            "",
            id="a code in words beside a status",
        ),
        pytest.param(
            {"object": "error", "message": "too long", "code": 400},
            200,
            "http_400",
            "too long",
            id="an error object in place of a completion",
        ),
        pytest.param(
            {"choices": [{"error": {"message": "upstream", "code": 502}}]},
            200,
            "http_502",
            "upstream",
            id="an error inside the choice",
        ),
        pytest.param(_body(content="hi"), 500, "http_500", "", id="an answer behind 500"),
        pytest.param({"detail": "nope"}, 404, "http_404", "nope", id="another error form"),
        pytest.param("<html>bad</html>", 502, "http_502", "<html>", id="a page of HTML"),
    ],
)
def test_errors_are_failures(body: object, status: int, code: str, detail: str) -> None:
    found = read_completion(body, Arrival(item_id="a", status=status))
    assert isinstance(found, Failure)
    assert (found.ending, found.code) == (Ending.ERROR, code)
    assert detail in found.detail


def test_everything_the_model_wrote_is_kept() -> None:
    body = _body(content="<think>hm</think>yes", reasoning_content="first", tool_calls=[_CALL])
    found = read_completion(body, _ARRIVAL)
    assert isinstance(found, Response)
    assert found.raw == '<think>first</think>\n<think>hm</think>yes\nf({"x":1})'
    assert found.text == "yes"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_in_a_field_of_its_own_is_not_seen(field: str) -> None:
    found = read_completion(_body(content="7", **{field: "maybe 5"}), _ARRIVAL)
    assert isinstance(found, Response)
    assert (found.text, found.raw) == ("7", "<think>maybe 5</think>\n7")


def test_reasoning_sent_under_two_names_is_kept_once() -> None:
    found = read_completion(_body(content="7", reasoning_content="r", reasoning="r"), _ARRIVAL)
    assert isinstance(found, Response)
    assert found.raw == "<think>r</think>\n7"


def test_what_the_server_says_of_itself_is_kept() -> None:
    body = {**_body(content="hi"), "model": "m-1", "usage": {"prompt_tokens": 3}}
    arrival = Arrival(item_id="a", attempts=2, timing=Timing(total_s=1.5))
    assert read_completion(body, arrival) == Response(
        item_id="a",
        ending=Ending.ANSWERED,
        text="hi",
        raw="hi",
        timing=Timing(total_s=1.5),
        usage=Usage(prompt_tokens=3),
        served_model="m-1",
        finish_reason="stop",
        attempts=2,
    )


def test_damaged_characters_are_replaced_in_text_and_raw() -> None:
    found = read_completion(_body(content="a\ud800\x00"), _ARRIVAL)
    assert isinstance(found, Response)
    assert (found.text, found.raw) == ("a\ufffd\u2400", "a\ufffd\u2400")


def test_a_secret_that_the_server_echoes_is_not_shown_even_where_the_text_is_cut() -> None:
    secret = "sk-" + "x" * 40
    for before in range(460, 500):
        body = {"error": {"message": "y" * before + secret}}
        found = read_completion(body, Arrival(item_id="a", secrets=(secret,)))
        assert isinstance(found, Failure)
        assert "sk-" not in found.detail


def test_a_bare_text_is_read_like_an_answer() -> None:
    found = read_text("<think>x</think> yes", _ARRIVAL)
    assert isinstance(found, Response)
    assert (found.text, found.raw) == ("yes", "<think>x</think> yes")


_NAMES = st.sampled_from(
    [
        *("choices", "message", "content", "refusal", "tool_calls", "function", "name", "error"),
        *("arguments", "code", "type", "text", "finish_reason", "usage", "model", "thinking"),
        *("completion_tokens", "reasoning", "delta", "function_call", "object", "status"),
    ]
)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | _NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(_JSON, _JSON, st.sampled_from([200, 400, 500]))
def test_any_json_is_an_outcome(body: object, message: object, status: int) -> None:
    arrival = Arrival(item_id="a", status=status)
    for reply in (body, {"choices": [{"message": message}]}, {"choices": [body]}):
        found = read_completion(reply, arrival)
        assert found.item_id == "a"
        assert found.ending.failed == isinstance(found, Failure)
