"""A real HTTP server with a scripted behaviour, golden items, and the copied cases."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Outcome
from qualityslo.models.openai_http import OpenAIHttp

if TYPE_CHECKING:
    from aiohttp import web

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
def cases() -> Path:
    """Return the folder of the copied cases: inputs/ and expected/."""
    return Path(__file__).parents[1] / "cases"


@pytest.fixture
def items() -> Callable[[int], list[GoldenItem]]:
    """Return a function: how many -> that many items, ids i0, i1, ..."""

    def make(count: int) -> list[GoldenItem]:
        return [GoldenItem(id=f"i{n}", question=f"question {n}") for n in range(count)]

    return make


class Talk:
    """What a server says, piece by piece."""

    whole: ClassVar[dict[str, object]] = {
        "model": "m-1",
        "choices": [{"index": 0, "message": {"content": "hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    }

    @staticmethod
    def event(delta: dict[str, object], finish: str | None = None, **more: object) -> bytes:
        """Return one chunk as an event."""
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return b"data: " + json.dumps({"choices": choices, **more}).encode() + b"\n\n"

    @property
    def hello_pieces(self) -> tuple[bytes, ...]:
        """The greeting as a stream."""
        return (
            self.event({"role": "assistant", "content": ""}, model="m-1"),
            self.event({"content": "hel"}),
            self.event({"content": "lo"}, "stop"),
            b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}\n\n',
            b"data: [DONE]\n\n",
        )

    async def hello(
        self, request: "web.Request", *, stream: bool | None = None
    ) -> "web.StreamResponse":
        """Say hello, streamed where the request asks for it, unless `stream` says otherwise."""
        from aiohttp import web

        asked = (await request.json())["stream"] if stream is None else stream
        return (
            await self.stream(request, *self.hello_pieces)
            if asked
            else web.json_response(self.whole)
        )

    @staticmethod
    async def stream(
        request: "web.Request", *pieces: bytes, drop: bool = False
    ) -> "web.StreamResponse":
        """Send pieces as an event stream, one by one; then end it, or just close the connection."""
        from aiohttp import web

        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        for piece in pieces:
            await reply.write(piece)
            await asyncio.sleep(0)
        if drop:
            assert request.transport is not None
            request.transport.close()  # after what is written, without the end of the body
        return reply

    @staticmethod
    def drop(request: "web.Request") -> None:
        """Cut the connection."""
        assert request.transport is not None
        request.transport.abort()


@pytest.fixture
def talk() -> Talk:
    """Return what a server can say."""
    return Talk()


@pytest.fixture
def model_at() -> Callable[..., OpenAIHttp]:
    """Return a function: base URL and parameters -> a client that never waits between tries."""

    def make(url: str, **parameters: object) -> OpenAIHttp:
        parameters = {"model": "m", "backoff": {"initial_s": 0.0}, **parameters}
        return OpenAIHttp(environ={}, base_url=url, **parameters)

    return make


@pytest.fixture
def ask(model_at: Callable[..., OpenAIHttp]) -> Callable[..., Outcome]:
    """Return a function: base URL and parameters -> the outcome of one item, id a."""

    def one(url: str, **parameters: object) -> Outcome:
        [outcome] = model_at(url, **parameters).answer([GoldenItem(id="a", question="why")])
        assert outcome.item_id == "a"
        return outcome

    return one


@pytest.fixture
def serve() -> Iterator[Callable[["Handler"], str]]:
    """Return a function: a handler of POST /v1/chat/completions -> the base URL it is served at.

    Each server runs in a thread of its own on a free port of the loopback interface.
    """
    running: list[_Server] = []

    def start(handler: "Handler") -> str:
        server = _Server(handler)
        running.append(server)
        return server.url

    yield start
    for server in running:
        server.stop()


class _Server:
    def __init__(self, handler: "Handler") -> None:
        self._handler = handler
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self) -> None:
        from aiohttp import web

        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        application = web.Application()
        application.router.add_post("/v1/chat/completions", self._handler)
        # Handlers that wait for ever end when their client goes.
        runner = web.AppRunner(
            application, handler_cancellation=True, shutdown_timeout=0.1, access_log=None
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._ready.set()
        await self._stopping.wait()
        await runner.cleanup()
