"""Streamed replies: cases C23 and C25, and what grows in pieces."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.outcome import Ending, Failure, Outcome, Response, Timing, Usage
from qualityslo.models.reading import Arrival
from qualityslo.models.retrying import worth_retrying
from qualityslo.models.stream_reply import StreamReply

_ARRIVAL = Arrival(item_id="a")


def _event(delta: object = None, finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


def _reply(*pieces: bytes, max_bytes: int = 1_000_000) -> Outcome:
    """Return the outcome of pieces that arrive a second apart, the first after one second."""
    reply = StreamReply(sent_at=0.0, max_bytes=max_bytes)
    for at, piece in enumerate(pieces, 1):
        reply.feed(piece, float(at))
    reply.end(float(len(pieces) + 1))
    return reply.outcome(_ARRIVAL)


def _case(cases: Path, name: str) -> Outcome:
    """Replay a recorded stream: each network read with its time."""
    stream = (cases / "inputs" / f"{name}.sse").read_bytes()
    reads = json.loads((cases / "inputs" / f"{name}.reads.json").read_text("utf-8"))["reads"]
    reply = StreamReply(sent_at=0.0, max_bytes=1_000_000)
    at, seconds = 0, 0.0
    for read in reads:
        seconds = read["t_ms"] / 1000
        reply.feed(stream[at : read["up_to_byte"]], seconds)
        at = read["up_to_byte"]
    assert at == len(stream)
    reply.end(seconds)
    return reply.outcome(_ARRIVAL)


def _expected(cases: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((cases / "expected" / f"{name}.json").read_text("utf-8"))
    return found


def test_c23_a_healthy_stream_with_the_usual_oddities(cases: Path) -> None:
    expected = _expected(cases, "C23")
    found = _case(cases, "C23-healthy")
    assert isinstance(found, Response)
    assert found.ending is Ending.ANSWERED
    assert found.text == expected["text"]
    assert len(found.text) == expected["code_points"]
    assert found.finish_reason == expected["finish"]
    assert found.usage == Usage(prompt_tokens=12, completion_tokens=7)
    assert found.timing.ttft_s == pytest.approx(expected["ttft_ms"] / 1000)
    assert found.timing.total_s == pytest.approx(expected["end_ms"] / 1000)
    assert found.timing.inter_token_s == pytest.approx(1 / expected["tps_decode"])


@pytest.mark.parametrize("name", ["error-event", "done-only"])
def test_c25_a_failure_behind_200(cases: Path, name: str) -> None:
    expected = _expected(cases, "C25")
    found = _case(cases, f"C25-{name}")
    assert isinstance(found, Failure)
    assert found.ending.value == expected["states"][name]
    if name in expected["codes"]:
        assert found.code == f"http_{expected['codes'][name]}"
        assert worth_retrying(found, started=True) is expected["retryable"][name]
        assert "the request exceeds the available context size" in found.detail
    else:
        assert found.code == "empty_stream"


def test_a_stream_is_put_together() -> None:
    found = _reply(
        _event({"role": "assistant", "content": ""}, model="m-1"),
        _event({"content": "Hello"}) + _event({"content": " you"}),
        _event({"content": "!"}),
        _event(finish="stop", usage={"prompt_tokens": 5, "completion_tokens": 3}),
        b"data: [DONE]\n\n",
    )
    assert found == Response(
        item_id="a",
        ending=Ending.ANSWERED,
        text="Hello you!",
        raw="Hello you!",
        timing=Timing(ttft_s=2.0, inter_token_s=0.5, total_s=6.0),
        usage=Usage(prompt_tokens=5, completion_tokens=3),
        served_model="m-1",
        finish_reason="stop",
    )


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(
            [
                _event({"reasoning_content": "hm"}),
                _event({"content": "\n"}),
                _event({"content": "7"}),
            ],
            id="reasoning in a field of its own, and a blank",
        ),
        pytest.param(
            [
                _event({"content": "<think>hm"}),
                _event({"content": "</think>\n"}),
                _event({"content": "7"}),
            ],
            id="reasoning between tags",
        ),
        pytest.param(
            [
                _event({"content": "hm"}),
                _event({"content": "</think>"}),
                _event({"content": " 7"}),
            ],
            id="reasoning with a closing tag only",
        ),
    ],
)
def test_the_first_token_is_the_first_visible_one(pieces: list[bytes]) -> None:
    usage = {"completion_tokens": 50}
    found = _reply(*pieces, _event({"content": "8"}), _event(finish="stop", usage=usage))
    assert isinstance(found, Response)
    assert found.text == "78"
    assert found.timing.ttft_s == 3.0
    assert found.timing.inter_token_s == 1.0  # the server's 50 tokens include the reasoning


def test_one_token_has_no_gap_and_no_token_has_no_first() -> None:
    one = _reply(_event({"content": "7"}, "stop"))
    none = _reply(_event(finish="stop"))
    assert isinstance(one, Response)
    assert one.timing == Timing(ttft_s=1.0, total_s=2.0)
    assert isinstance(none, Response)
    assert (none.ending, none.timing) == (Ending.EMPTY, Timing(total_s=2.0))


def test_a_tool_call_is_put_together_from_its_pieces() -> None:
    def piece(index: int, name: str | None, arguments: str) -> bytes:
        function = {"name": name, "arguments": arguments}
        return _event({"tool_calls": [{"index": index, "function": function}]})

    found = _reply(
        piece(0, "look", '{"x"'),
        piece(1, "go", "{}"),
        piece(0, None, ":1}"),
        _event(finish="stop"),
    )
    assert isinstance(found, Response)
    assert (found.ending, found.text) == (Ending.TOOL_CALL, 'look({"x":1})\ngo({})')
    assert found.timing.ttft_s is None


def test_a_refusal_in_pieces_is_a_refusal() -> None:
    found = _reply(_event({"refusal": "I "}), _event({"refusal": "won't."}), _event(finish="stop"))
    assert isinstance(found, Response)
    assert (found.ending, found.text) == (Ending.REFUSAL, "I won't.")


def test_a_character_whose_halves_came_in_two_chunks_is_whole() -> None:
    halves = [_event({"content": half}) for half in ("\ud83c", "\udf0d")]
    found = _reply(*halves, _event(finish="stop"))
    assert isinstance(found, Response)
    assert found.text == "🌍"


@pytest.mark.parametrize(
    ("pieces", "ending", "code", "text", "again"),
    [
        pytest.param([], Ending.ERROR, "empty_stream", "", True, id="nothing arrived"),
        pytest.param(
            [_event({"role": "assistant"})], Ending.ERROR, "empty_stream", "", True, id="a role"
        ),
        pytest.param(
            [_event({"content": "Par"})],
            Ending.INCOMPLETE,
            "no_finish_reason",
            "Par",
            False,
            id="no finish reason",
        ),
        pytest.param(
            [_event({"content": "Par"}), b"data: [DONE]\n\n"],
            Ending.INCOMPLETE,
            "no_finish_reason",
            "Par",
            False,
            id="done without a finish reason",
        ),
        pytest.param(
            [b'data: {"error": {"message": "m"}}\n\n'],
            Ending.ERROR,
            "stream_error",
            "",
            True,
            id="an error without a status",
        ),
        pytest.param(
            [_event({"content": "Par"}), b'data: {"error": {"code": 503}}\n\n'],
            Ending.ERROR,
            "http_503",
            "Par",
            False,
            id="an error after content",
        ),
        pytest.param(
            [_event({"role": "assistant"}), b'data: {"error": {"code": 503}}\n\n'],
            Ending.ERROR,
            "http_503",
            "",
            True,
            id="an error before content",
        ),
        pytest.param(
            [b"event: error\ndata: out of memory\n\n"],
            Ending.ERROR,
            "stream_error",
            "",
            True,
            id="an event called error",
        ),
        pytest.param([b"data: {broken\n\n"], Ending.ERROR, "malformed", "", True, id="no JSON"),
        pytest.param([b"data: 7\n\n"], Ending.ERROR, "malformed", "", True, id="no object"),
    ],
)
def test_how_a_stream_fails(
    pieces: list[bytes], ending: Ending, code: str, text: str, *, again: bool
) -> None:
    found = _reply(*pieces)
    assert isinstance(found, Failure)
    assert (found.ending, found.code, found.text) == (ending, code, text)
    assert worth_retrying(found, started=True) is again


def test_blank_events_are_no_chunks() -> None:
    found = _reply(b"data:\n\n", _event({"content": "a"}, "stop"), b"data: \n\n")
    assert isinstance(found, Response)
    assert found.text == "a"


def test_what_follows_the_end_is_not_read() -> None:
    found = _reply(
        _event({"content": "a"}, "stop") + b"data: [DONE]\n\n" + _event({"content": "b"})
    )
    assert isinstance(found, Response)
    assert found.text == "a"


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(_event({"content": "x" * 101}), id="content"),
        pytest.param(_event({"reasoning": "x" * 101}), id="reasoning"),
        pytest.param(b"data: " + b"x" * 70_000, id="an event without an end"),
    ],
)
def test_more_than_the_limit_is_too_long(piece: bytes) -> None:
    reply = StreamReply(sent_at=0.0, max_bytes=100)
    reply.feed(piece, 1.0)
    assert reply.done
    found = reply.outcome(_ARRIVAL)
    assert isinstance(found, Failure)
    assert found.code == "too_long"


def test_as_much_as_the_limit_is_not_too_long() -> None:
    found = _reply(_event({"content": "x" * 100}), _event(finish="stop"), max_bytes=100)
    assert isinstance(found, Response)


@given(st.lists(st.sampled_from([0, [], {}, None, True, "x", 1.5, {"index": []}]), max_size=4))
def test_odd_chunks_never_raise(values: list[object]) -> None:
    for value in values:
        for chunk in (
            {"choices": value},
            {"choices": [value]},
            {"choices": [{"index": value, "delta": value, "finish_reason": value}]},
            {"choices": [{"delta": {"content": value, "tool_calls": value}}]},
            {"choices": [{"delta": {"tool_calls": [value]}}], "usage": value, "model": value},
            {"choices": [{"delta": {"tool_calls": [{"index": value, "function": {}}]}}]},
        ):
            assert _reply(b"data: " + json.dumps(chunk).encode() + b"\n\n").item_id == "a"
