"""However the network cuts a streamed reply into reads, its outcome is the same."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.outcome import Failure, Outcome, Response
from qualityslo.models.reading import Arrival
from qualityslo.models.stream_reply import StreamReply

_INPUTS = Path(__file__).parents[1] / "cases" / "inputs"
_MOST = 400


def _event(delta: dict[str, object], finish: str | None = None, *, plain: bool = False) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({"choices": choices}, ensure_ascii=plain).encode() + b"\n\n"


_USAGE = b'{"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 7}}'
_PIECES = {
    "a comment": b": ping\n\n",
    "a comment with other line ends": b": ping\r\n\r\n",
    "a role only": _event({"role": "assistant", "content": ""}),
    "four-byte characters": _event({"content": "世界 🌍 "}),
    "escaped characters": _event({"content": "世界 🌍 "}, plain=True),
    "half of a pair": _event({"content": "\ud83c"}, plain=True),
    "the other half": _event({"content": "\udf0d"}, plain=True),
    "reasoning": _event({"reasoning_content": "hm"}),
    "a tool call": _event({"tool_calls": [{"index": 0, "function": {"name": "f"}}]}),
    "a refusal": _event({"refusal": "No."}),
    "a long text": _event({"content": "x" * 150}),
    "a very long text": _event({"content": "y" * 401}),
    "an overlong line": b": " + b"z" * (6 * _MOST + 65_536),
    "bytes that are no text": b'data: {"choices": [{"delta": {"content": "\xf0\x9f"}}]}\n\n',
    "a finish": _event({}, "stop"),
    "a finish for length": _event({"content": "!"}, "length"),
    "usage only": b"data: " + _USAGE + b"\n\n",
    "usage only, on two lines": b"data: {\ndata: " + _USAGE[1:] + b"\r\n\r\n",
    "an error object": b'data: {"error": {"message": "m", "code": 503}}\n\n',
    "an event called error": b"event: error\ndata: out of memory\n\n",
    "no JSON": b"data: {broken\n\n",
    "done": b"data: [DONE]\n\n",
    "done with other line ends": b"data:[DONE]\r\r",
    "a byte-order mark": b"\xef\xbb\xbf",
    "a plain reply": json.dumps({"choices": [{"message": {"content": "é"}}]}).encode(),
    "a plain error": b'{"error": {"message": "upstream timeout", "code": 504}}',
    "an event without its end": _event({"content": "last"}, "stop")[:-2],
}


def _outcome(*reads: bytes) -> Outcome:
    """Read as the client does: no further than the reply's end; all at one instant."""
    reply = StreamReply(sent_at=0.0, max_bytes=_MOST)
    for data in reads:
        reply.feed(data, 1.0)
        if reply.done:
            break
    else:
        reply.end(1.0)
    return reply.outcome(Arrival(item_id="a"))


@given(
    names=st.lists(st.sampled_from(sorted(_PIECES)), max_size=7),
    places=st.lists(st.floats(0.0, 1.0), max_size=12),
)
def test_any_cut_gives_the_same_outcome(names: list[str], places: list[float]) -> None:
    stream = b"".join(_PIECES[name] for name in names)
    cuts = sorted(round(place * len(stream)) for place in places)
    reads = [stream[begin:end] for begin, end in pairwise([0, *cuts, len(stream)])]
    assert _outcome(*reads) == _outcome(stream)


@given(names=st.lists(st.sampled_from(sorted(_PIECES.keys() - {"an overlong line"})), max_size=5))
def test_byte_by_byte_gives_the_same_outcome(names: list[str]) -> None:
    stream = b"".join(_PIECES[name] for name in names)
    assert _outcome(*(bytes([one]) for one in stream)) == _outcome(stream)


@pytest.mark.parametrize("name", ["C23-healthy", "C25-error-event", "C25-done-only"])
def test_every_single_cut_of_a_recorded_stream_gives_the_same_outcome(name: str) -> None:
    stream = (_INPUTS / f"{name}.sse").read_bytes()
    whole = _outcome(stream)
    for at in range(len(stream) + 1):
        assert _outcome(stream[:at], stream[at:]) == whole


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_c23_with_any_line_ends_and_without_its_last_event(end: bytes) -> None:
    stream = (_INPUTS / "C23-healthy.sse").read_bytes().replace(b"\r\n", b"\n")
    expected = _outcome(stream)
    assert isinstance(expected, Response)
    short = stream.removesuffix(b"data: [DONE]\n")
    assert short != stream
    for one in (stream, short, short.rstrip(b"\n")):
        assert _outcome(one.replace(b"\n", end)) == expected


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        pytest.param(_PIECES["a plain error"], "http_504", id="an error body"),
        pytest.param(b"<html>busy</html>", "empty_stream", id="a page"),
        pytest.param(b"", "empty_stream", id="nothing"),
        pytest.param(b"[]", "empty_stream", id="a list"),
        pytest.param(b"7" * _MOST, "empty_stream", id="as many bytes as are allowed"),
        pytest.param(b"7" * (_MOST + 1), "too_long", id="more bytes than are allowed"),
    ],
)
def test_a_reply_that_is_no_stream_is_read_as_what_it_is(stream: bytes, code: str) -> None:
    found = _outcome(stream)
    assert isinstance(found, Failure)
    assert found.code == code
    assert stream.decode() in found.detail or code != "empty_stream"
    assert not found.detail.endswith(":")


def test_a_plain_answer_where_a_stream_was_asked_for_is_an_answer() -> None:
    found = _outcome(_PIECES["a plain reply"])
    assert isinstance(found, Response)
    assert (found.text, found.timing.ttft_s) == ("é", None)


def test_an_answer_is_whole_once_the_server_has_said_why_it_ended() -> None:
    reply = StreamReply(sent_at=0.0, max_bytes=_MOST)
    seen = []
    for piece in (_event({"content": "a"}), _event({}, "stop"), _PIECES["an error object"]):
        reply.feed(piece, 1.0)
        seen.append(reply.complete)
    assert seen == [False, True, False]


def test_what_follows_the_end_does_not_count_however_long_and_near_it_is() -> None:
    answer = _PIECES["a long text"] + _PIECES["a finish"] + _PIECES["done"]
    behind = _PIECES["an overlong line"]
    assert isinstance(_outcome(answer), Response)
    assert _outcome(answer + behind) == _outcome(answer, behind) == _outcome(answer)
