"""One streamed reply as it grows: its parts, its timing, and what became of it."""

import contextlib
from dataclasses import dataclass, replace

from qualityslo.domain.outcome import Outcome, Timing
from qualityslo.models.reading import (
    Arrival,
    Said,
    failure,
    message_parts,
    read_completion,
    read_error,
    reported_error,
    usage_of,
)
from qualityslo.models.sse import SseEvent, SseParser
from qualityslo.models.untrusted import loads
from qualityslo.models.visible import visible

_DONE = "[DONE]"
_KEPT_OF_TOO_LONG = 1_000
_LONGEST_ESCAPE = 6  # bytes of JSON, such as \u0001, for one byte of text
_FRAME_BYTES = 65_536  # what an event may hold besides
_HEAD_FIELDS = ("model", "usage")


@dataclass(slots=True)
class _Call:
    """One tool call, put together from its pieces."""

    name: str = ""
    arguments: str = ""


class StreamReply:
    """Puts the chunks of one streamed chat completion together.

    Times are in seconds on any one clock; `sent_at` is when the request was sent.
    """

    def __init__(self, *, sent_at: float, max_bytes: int) -> None:
        """Start before the first byte; more than `max_bytes` of answer is too long."""
        self.started = False  # whether any byte of the reply has come
        self.done = False  # whether nothing more needs to be read
        self.sent_at = sent_at
        self._parser = SseParser(max_event_bytes=_LONGEST_ESCAPE * max_bytes + _FRAME_BYTES)
        self._no_event = True
        self._bare = bytearray()  # the first bytes, while they hold no event
        self._ended_at = sent_at
        self._max_bytes = max_bytes
        self._bytes = 0
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, _Call] = {}
        self._marks: list[tuple[float, int]] = []  # when content had grown to how many characters
        self._length = 0
        self._head: dict[str, object] = {}
        self._finish: str | None = None
        self._fault: tuple[str, str] | None = None
        self._error: object | None = None

    def feed(self, data: bytes, at: float) -> None:
        """Take bytes that arrived at an instant."""
        self.started = True
        self._ended_at = at
        if self._no_event:
            self._bare += data[: self._max_bytes + 1 - len(self._bare)]
        for event in self._parser.feed(data):
            self._take(event, at)
        if self._parser.too_long and not self.done:
            self._stop("too_long", f"an event is longer than an answer of {self._max_bytes} bytes")

    def end(self, at: float) -> None:
        """Take note that the stream ended at an instant, as streams do."""
        self._ended_at = at
        for event in self._parser.finish():
            self._take(event, at)
        self.done = True

    @property
    def complete(self) -> bool:
        """Whether the server has said that it has come to the end of the answer."""
        return self._finish is not None and self._error is None and self._fault is None

    @property
    def said(self) -> Said:
        """What has arrived so far."""
        calls = (f"{call.name}({call.arguments})" for call in self._calls.values())
        return Said(
            content="".join(self._content),
            reasoning="".join(self._reasoning),
            refusal="".join(self._refusal),
            calls=tuple(calls),
        )

    def outcome(self, arrival: Arrival) -> Outcome:
        """Return what became of the reply once the stream has ended."""
        said = self.said
        arrival = replace(arrival, timing=self._timing(said))
        if self._error is not None:
            body = {"error": self._error}
            return read_error(body, arrival, nameless="stream_error", text=said.raw)
        if self._fault is not None:
            code, detail = self._fault
            kept = said.raw[:_KEPT_OF_TOO_LONG] if code == "too_long" else said.raw
            return failure(arrival, code, detail, kept)
        if self._finish is None:
            if not said.raw:
                return self._without_answer(arrival)
            return failure(arrival, "no_finish_reason", "the stream broke off", said.raw)
        return read_completion(self._completion(said), arrival)

    def _without_answer(self, arrival: Arrival) -> Outcome:
        """Return the outcome of a stream that said nothing: it may be a plain reply all the same."""
        bare = bytes(self._bare) if self._no_event else b""
        if len(bare) > self._max_bytes:
            detail = f"the reply is longer than {self._max_bytes} bytes"
            return failure(arrival, "too_long", detail)
        with contextlib.suppress(ValueError):
            body = loads(bare)
            if isinstance(body, dict):
                return read_completion(body, arrival)
        text = bare.decode("utf-8", "replace")
        detail = f"the stream ended without any answer: {text}".removesuffix(": ")
        return failure(arrival, "empty_stream", detail)

    def _take(self, event: SseEvent, at: float) -> None:
        self._no_event = False
        data = event.data.strip()
        if self.done or not data:
            return
        if data == _DONE:
            self.done = True
            return
        try:
            chunk = loads(event.data)
        except ValueError:
            chunk = None
        error = reported_error(chunk)
        if error is None and event.name == "error":
            error = event.data if chunk is None else chunk
        if error is not None:
            self._error = error
            self.done = True
        elif isinstance(chunk, dict):
            self._chunk(chunk, at)
            if self._bytes > self._max_bytes:
                self._stop("too_long", f"the answer is longer than {self._max_bytes} bytes")
        else:
            self._stop("malformed", f"an event of the stream is no JSON object: {event.data}")

    def _chunk(self, chunk: dict[str, object], at: float) -> None:
        for name in _HEAD_FIELDS:
            if chunk.get(name):
                self._head[name] = chunk[name]
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict) or choice.get("index") not in (0, None):
            return
        delta = choice.get("delta")
        if isinstance(delta, dict):
            self._grow(delta, at)
        finish = choice.get("finish_reason")
        if isinstance(finish, str) and finish:
            self._finish = finish

    def _grow(self, delta: dict[str, object], at: float) -> None:
        content = delta.get("content")
        if len(delta) > 1 or not isinstance(content, str):  # most chunks hold one text only
            piece = message_parts({**delta, "tool_calls": None})
            self._call_pieces(delta.get("tool_calls"))
            self._add(self._reasoning, piece.reasoning)
            self._add(self._refusal, piece.refusal)
            content = piece.content
        if content:
            self._add(self._content, content)
            self._length += len(content)
            self._marks.append((at, self._length))

    def _add(self, parts: list[str], text: str) -> None:
        parts.append(text)
        self._bytes += len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))

    def _call_pieces(self, pieces: object) -> None:
        for at, piece in enumerate(pieces if isinstance(pieces, list) else ()):
            function = piece.get("function") if isinstance(piece, dict) else None
            if not isinstance(function, dict):
                continue
            index = piece.get("index")
            call = self._calls.setdefault(index if isinstance(index, int) else at, _Call())
            name, arguments = function.get("name"), function.get("arguments")
            call.name += name if isinstance(name, str) else ""
            call.arguments += arguments if isinstance(arguments, str) else ""
            self._bytes += len(str(name)) + len(str(arguments))

    def _stop(self, code: str, detail: str) -> None:
        self._fault = self._fault or (code, detail)
        self.done = True

    def _timing(self, said: Said) -> Timing:
        """Return the timing of the visible content; reasoning before it counts as waiting."""
        total = self._ended_at - self.sent_at
        seen = visible(said.content)
        if seen.start is None:
            return Timing(total_s=total)
        shown = [at for at, length in self._marks if length > seen.start]
        tokens = usage_of(self._head).completion_tokens
        if tokens is None or seen.reasoned or said.reasoning:
            tokens = len(shown)  # the server's count includes the reasoning
        return Timing(
            ttft_s=shown[0] - self.sent_at,
            inter_token_s=(shown[-1] - shown[0]) / (tokens - 1) if tokens > 1 else None,
            total_s=total,
        )

    def _completion(self, said: Said) -> dict[str, object]:
        message: dict[str, object] = {
            "content": said.content,
            "reasoning_content": said.reasoning,
            "refusal": said.refusal,
            "tool_calls": [
                {"function": {"name": call.name, "arguments": call.arguments}}
                for call in self._calls.values()
            ],
        }
        choice: dict[str, object] = {"message": message, "finish_reason": self._finish}
        return {**self._head, "choices": [choice]}
