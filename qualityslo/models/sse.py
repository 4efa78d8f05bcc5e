"""Server-sent events: bytes in, events out, however the network cut the bytes."""

from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"


class SseEvent(NamedTuple):
    """One event: its name (mostly empty) and its data lines, joined by line feeds."""

    name: str
    data: str


class SseParser:
    r"""Parses one stream; feed it the bytes as they come.

    Follows the event-stream format of the HTML standard, with one difference: an event that the
    end of the stream cuts off before its empty line still counts.

    >>> parser = SseParser(max_event_bytes=100)
    >>> parser.feed(b": hello\n\ndata: a\r"), parser.feed(b"\n\r\ndata: b"), parser.finish()
    ([], [SseEvent(name='', data='a')], [SseEvent(name='', data='b')])
    """

    def __init__(self, *, max_event_bytes: int) -> None:
        """Start before the first byte; a longer event or line is `too_long`, and ends the parsing."""
        self.too_long = False
        self._max_event_bytes = max_event_bytes
        self._partial = bytearray()
        self._skip_line_feed = False
        self._first_line = True
        self._name = ""
        self._data: list[bytes] = []
        self._held = 0

    def feed(self, data: bytes) -> list[SseEvent]:
        """Take bytes and return the events they complete."""
        if self._skip_line_feed and data[:1] == b"\n":
            data = data[1:]
            self._skip_line_feed = False
        if not data or self.too_long:
            return []
        # A carriage return ends its line at once; a line feed behind it belongs to it.
        self._skip_line_feed = data.endswith(b"\r")
        events: list[SseEvent] = []
        for piece in data.splitlines(keepends=True):
            line = piece.rstrip(b"\r\n")
            if self._held + len(self._partial) + len(line) > self._max_event_bytes:
                self.too_long = True
                break
            if len(line) == len(piece):
                self._partial += line
                continue
            if self._partial:
                line = bytes(self._partial) + line
                self._partial.clear()
            self._take(line, events)
        return events

    def finish(self) -> list[SseEvent]:
        """Return the event that the end of the stream completes, if any."""
        events: list[SseEvent] = []
        self._take(bytes(self._partial), events)
        self._partial.clear()
        self._dispatch(events)
        return events

    def _take(self, line: bytes, events: list[SseEvent]) -> None:
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            self._dispatch(events)
            return
        field, _, value = line.partition(b":")
        if field == b"data":
            self._held += len(value)
            self._data.append(value.removeprefix(b" "))
        elif field == b"event":
            self._name = value.removeprefix(b" ").decode("utf-8", "replace")

    def _dispatch(self, events: list[SseEvent]) -> None:
        if self._data:
            data = b"\n".join(self._data).decode("utf-8", "replace")
            events.append(SseEvent(self._name, data))
            self._data.clear()
            self._held = 0
        self._name = ""
