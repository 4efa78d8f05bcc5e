"""A chat endpoint that costs next to nothing: what is measured against it is the client.

Answers depend on the last `S-<digits>` of the request alone, so every client reaches the same
score. `/<milliseconds>/v1/chat/completions` answers after that time, streamed where asked.
`/<milliseconds>/<percent>/v1/chat/completions` does the same, but the first request about some
sites goes wrong: about so many percent of the sites are refused with 429, as many with 500, of as
many the connection is dropped, and as many are told no JSON.
`/stats` tells how many requests came, about how many sites, how many about one at most, and when;
`/reset` starts to count anew. Serves the loopback interface only; ends when its standard input
does.
"""

import asyncio
import hashlib
import json
import re
import sys
import time
from collections import Counter

_KEY = re.compile(rb"S-\d+")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_FILLER = (
    "The registry entry was checked against the site log and no later change is on record. "
    "This is the value that field staff should enter when they reach the gate."
)
_HEAD = b'{"id":"c","created":0,"model":"mock","choices":['
_FAULTS = ("429", "500", "drop", "malformed")
_USAGE = b'"usage":{"prompt_tokens":120,"completion_tokens":40,"total_tokens":160}'


def code_of(key: str) -> str:
    """Return the right answer about a site."""
    return hashlib.sha256(f"code {key}".encode()).hexdigest()[:10]


def answer_to(key: str) -> str:
    """Return what the endpoint says about a site: right about five of six."""
    digest = hashlib.sha256(f"right {key}".encode()).digest()
    code = code_of(key) if digest[0] % 6 else "0000000000"
    return f"The access code of site {key} is {code}. {_FILLER}"


def whole_reply(text: str) -> bytes:
    """Return a chat completion."""
    message = json.dumps({"role": "assistant", "content": text}).encode()
    choice = b'{"index":0,"message":' + message + b',"finish_reason":"stop"}'
    return _HEAD + choice + b"]," + _USAGE + b"}"


def streamed_reply(text: str) -> bytes:
    """Return the events of a streamed chat completion, a word each."""
    deltas = [b'{"role":"assistant","content":""}']
    deltas += [b'{"content":' + json.dumps(f"{word} ").encode() + b"}" for word in text.split()]
    chunks = [b'{"index":0,"delta":' + delta + b',"finish_reason":null}' for delta in deltas]
    chunks.append(b'{"index":0,"delta":{},"finish_reason":"stop"}')
    events = [_HEAD + chunk + b"]}" for chunk in chunks]
    events += [_HEAD + b"]," + _USAGE + b"}", b"[DONE]"]
    return b"".join(b"data: " + event + b"\n\n" for event in events)


def fault_of(key: str, percent: int) -> str | None:
    """Return what goes wrong with the first request about a site, or None."""
    digest = hashlib.sha256(f"fault {key}".encode()).digest()
    place = int.from_bytes(digest[:4]) % 100
    return _FAULTS[place // percent] if place < percent * len(_FAULTS) else None


class Counts:
    """How many requests came, about what, and when the first and the last did."""

    def __init__(self) -> None:
        """Start at none."""
        self.reset()

    def reset(self) -> None:
        """Start anew."""
        self.asked = 0
        self.first = self.last = 0.0
        self._about: Counter[str] = Counter()

    def count(self, key: str) -> int:
        """Count a request that comes now; return how many have come about its site."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.asked += 1
        self._about[key] += 1
        return self._about[key]

    def as_json(self) -> bytes:
        """Return what has been counted."""
        told = {
            "asked": self.asked,
            "sites": len(self._about),
            "most": max(self._about.values(), default=0),
            "first": self.first,
            "last": self.last,
        }
        return json.dumps(told).encode()


class Connection(asyncio.Protocol):
    """One connection of a client that waits for a reply before it asks again."""

    def __init__(self, counts: Counts) -> None:
        """Serve a connection; `counts` are shared by all."""
        self._counts = counts
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer as soon as the request is whole."""
        self._data += data
        head, found, body = self._data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or len(body) < (int(length[1]) if length else 0):
            return
        self._data = b""
        path = head.split(b" ", 2)[1]
        if path == b"/stats":
            self._send(self._counts.as_json())
        elif path == b"/reset":
            self._counts.reset()
            self._send(b"{}")
        else:
            _, latency, percent, *_ = path.split(b"/")
            key = _KEY.findall(body)[-1].decode()
            first = self._counts.count(key) == 1
            fault = fault_of(key, int(percent)) if first and percent != b"v1" else None
            streamed = b'"stream": true' in body or b'"stream":true' in body
            loop = asyncio.get_running_loop()
            loop.call_later(int(latency) / 1000, self._answer, key, fault, streamed)

    def _answer(self, key: str, fault: str | None, streamed: bool) -> None:  # noqa: FBT001 - called by the loop
        if self._transport.is_closing():
            return
        text = answer_to(key)
        match fault:
            case "429":
                self._send(b"{}", status=b"429 Too Many\r\nRetry-After: 0")
            case "500":
                self._send(b"{}", status=b"500 Broken")
            case "drop":
                self._transport.abort()
            case "malformed":
                self._send(whole_reply(text)[:-20])
            case _ if streamed:
                self._send(streamed_reply(text), b"text/event-stream")
            case _:
                self._send(whole_reply(text))

    def _send(
        self, data: bytes, kind: bytes = b"application/json", status: bytes = b"200 OK"
    ) -> None:
        head = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % (status, kind, len(data)) + data)


async def serve() -> None:
    """Serve on a free port, which is printed first, until standard input ends."""
    counts = Counts()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(counts), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
