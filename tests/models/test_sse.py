"""Server-sent events, however the bytes are cut."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from qualityslo.models.sse import SseEvent, SseParser


def _parse(*pieces: bytes) -> list[SseEvent]:
    parser = SseParser(max_event_bytes=1_000)
    events = [event for piece in pieces for event in parser.feed(piece)]
    return events + parser.finish()


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        pytest.param(b"data: a\n\n", [("", "a")], id="one event"),
        pytest.param(b"data:a\ndata: b\n\n", [("", "a\nb")], id="two data lines are one event"),
        pytest.param(b"event: error\ndata: x\n\n", [("error", "x")], id="a named event"),
        pytest.param(b": hi\n\nretry: 5\n\nid: 3\n\n", [], id="comments, retry and id are none"),
        pytest.param(b"event: x\n\ndata: a\n\n", [("", "a")], id="a name without data is dropped"),
        pytest.param(b"data: a\r\n\r\ndata: b\r\r", [("", "a"), ("", "b")], id="other line ends"),
        pytest.param(b"data: a", [("", "a")], id="the last line may have no end"),
        pytest.param(b"data: a\n", [("", "a")], id="the last event may have no empty line"),
        pytest.param(b"\xef\xbb\xbfdata: a\n\n", [("", "a")], id="a byte-order mark in front"),
        pytest.param(b"data\n\n", [("", "")], id="a data field without a value"),
        pytest.param(b"data:  a \n\n", [("", " a ")], id="only one blank goes"),
        pytest.param(b"data: \xff\n\n", [("", "\ufffd")], id="no UTF-8"),
        pytest.param("data: a\u2028b\n\n".encode(), [("", "a\u2028b")], id="no other line ends"),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_a_stream_is_parsed(stream: bytes, events: list[tuple[str, str]]) -> None:
    assert _parse(stream) == [SseEvent(*event) for event in events]


_BYTES = st.lists(
    st.sampled_from(
        [
            *(b"data:", b"data: ", b"event: e", b"\n", b"\r", b"\r\n", b":", b" ", b"x"),
            *("世".encode(), "🌍".encode(), b"\xef\xbb\xbf", b"\xf0\x9f"),
        ]
    ),
    max_size=30,
).map(b"".join)


@given(_BYTES, st.data())
def test_any_split_of_the_bytes_gives_the_same_events(stream: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    edges = [0, *cuts, len(stream)]
    pieces = [stream[begin:end] for begin, end in pairwise(edges)]
    assert _parse(*pieces) == _parse(stream)
    assert _parse(*(stream[at : at + 1] for at in range(len(stream)))) == _parse(stream)


def test_an_event_comes_out_as_soon_as_its_empty_line_begins() -> None:
    parser = SseParser(max_event_bytes=1_000)
    assert parser.feed(b"data: a\r\n\r") == [SseEvent("", "a")]
    assert parser.feed(b"\ndata: b\r\n\r\n") == [SseEvent("", "b")]


@pytest.mark.parametrize(
    ("line", "too_long"),
    [
        pytest.param(b"data:12345", False, id="a line of ten bytes"),
        pytest.param(b"data:123456", True, id="a line of eleven bytes"),
        pytest.param(b"data:12345\ndata", False, id="five bytes of data held, and a short line"),
        pytest.param(b"data:12345\ndata:6", True, id="five bytes of data held, and six more"),
        pytest.param(b"data:12345\n\ndata:12345", False, id="two events"),
        pytest.param(b": 123456789", True, id="a comment of eleven bytes"),
    ],
)
def test_an_event_or_line_beyond_the_limit_ends_the_parsing(
    line: bytes, *, too_long: bool
) -> None:
    for size in (1, 2, 3, len(line) + 2):
        parser = SseParser(max_event_bytes=10)
        for at in range(0, len(line) + 2, size):
            parser.feed((line + b"\n\n")[at : at + size])
        assert parser.too_long is too_long
        assert parser.feed(b"data:a\n\n") == ([] if too_long else [SseEvent("", "a")])
