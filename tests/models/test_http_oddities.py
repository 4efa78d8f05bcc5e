"""The HTTP client among what real servers and proxies do: compression, cookies, odd bodies."""

import gzip
import json
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Failure, Outcome, Response, Usage
from qualityslo.models.openai_http import OpenAIHttp

Handler = Callable[[Any], Awaitable[Any]]
Serve = Callable[[Handler], str]
Items = Callable[[int], list[GoldenItem]]
Ask = Callable[..., Outcome]
ModelAt = Callable[..., OpenAIHttp]


async def _bytes(
    request: Any, *pieces: bytes, kind: str = "text/event-stream", **more: str
) -> Any:
    from aiohttp import web

    reply = web.StreamResponse(headers={"Content-Type": kind, **more})
    await reply.prepare(request)
    for piece in pieces:
        await reply.write(piece)
    return reply


def _deflated(*pieces: bytes) -> list[bytes]:
    """Compress a stream so that each piece can be read as soon as it comes."""
    zipping = zlib.compressobj(wbits=31)
    parts = [zipping.compress(piece) + zipping.flush(zlib.Z_SYNC_FLUSH) for piece in pieces]
    return [*parts, zipping.flush()]


@pytest.mark.parametrize("kind", ["text/event-stream", "text/plain", "application/octet-stream"])
@pytest.mark.parametrize("size", [1, 100, 10_000])
def test_c23_over_a_connection_that_cuts_it_anywhere(
    ask: Ask, serve: Serve, cases: Path, *, kind: str, size: int
) -> None:
    stream = (cases / "inputs" / "C23-healthy.sse").read_bytes()
    expected = json.loads((cases / "expected" / "C23.json").read_text("utf-8"))

    async def handler(request: Any) -> Any:
        pieces = (stream[at : at + size] for at in range(0, len(stream), size))
        return await _bytes(request, *pieces, kind=kind)

    found = ask(serve(handler))
    assert isinstance(found, Response)
    assert (found.text, found.finish_reason) == (expected["text"], expected["finish"])
    assert found.usage == Usage(prompt_tokens=12, completion_tokens=7)


@pytest.mark.parametrize(
    ("name", "kind", "code", "attempts"),
    [
        pytest.param("C25-error-event.sse", "text/event-stream", "http_400", 1, id="an event"),
        pytest.param(
            "C25-done-only.sse", "text/event-stream", "empty_stream", 2, id="the end only"
        ),
        pytest.param("C25-error-body-200.json", "application/json", "http_504", 2, id="a body"),
        pytest.param(
            "C25-error-body-200.json", "text/event-stream", "http_504", 2, id="as stream"
        ),
        pytest.param("C25-error-body-200.json", "application/problem+json", "http_504", 2, id="+"),
    ],
)
def test_c25_over_a_connection_whatever_it_is_called(
    *, ask: Ask, serve: Serve, cases: Path, name: str, kind: str, code: str, attempts: int
) -> None:
    data = (cases / "inputs" / name).read_bytes()
    if name.endswith(".json"):
        data = json.dumps(json.loads(data)["body"]).encode()

    async def handler(request: Any) -> Any:
        return await _bytes(request, data, kind=kind)

    found = ask(serve(handler), retries=1)
    assert isinstance(found, Failure)
    assert (found.code, found.attempts) == (code, attempts)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_compressed_reply_is_read(
    talk: Any, ask: Ask, serve: Serve, *, stream: bool, size: int
) -> None:
    plain = talk.hello_pieces if stream else [json.dumps(talk.whole).encode()]
    zipped = b"".join(_deflated(*plain))

    async def handler(request: Any) -> Any:
        assert "gzip" in request.headers["Accept-Encoding"]
        pieces = (zipped[at : at + size] for at in range(0, len(zipped), size))
        kind = "text/event-stream" if stream else "application/json"
        return await _bytes(request, *pieces, kind=kind, **{"Content-Encoding": "gzip"})

    found = ask(serve(handler), stream=stream)
    assert isinstance(found, Response)
    assert found.text == "hello"


def test_a_compressed_stream_is_read_as_it_comes(talk: Any, ask: Ask, serve: Serve) -> None:
    async def handler(request: Any) -> Any:
        first, *_ = _deflated(*talk.hello_pieces)
        return await _bytes(request, first, **{"Content-Encoding": "gzip"})

    found = ask(serve(handler), retries=0)
    assert isinstance(found, Failure)  # the rest never came: the first event is no answer


@pytest.mark.parametrize("stream", [True, False])
def test_broken_compression_is_a_failure_that_is_tried_again(
    talk: Any, ask: Ask, serve: Serve, *, stream: bool
) -> None:
    tries = 0

    async def handler(request: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries > 1:
            return await talk.hello(request)
        kind = "text/event-stream" if stream else "application/json"
        return await _bytes(request, b"no gzip", kind=kind, **{"Content-Encoding": "gzip"})

    found = ask(serve(handler), stream=stream)
    assert isinstance(found, Response)
    assert (found.text, found.attempts) == ("hello", 2)


@pytest.mark.parametrize("stream", [True, False])
def test_a_small_reply_that_unpacks_to_a_huge_one_is_too_long(
    ask: Ask, serve: Serve, *, stream: bool
) -> None:
    bomb = gzip.compress(b'data: {"x": "' + b" " * 20_000_000)

    async def handler(request: Any) -> Any:
        kind = "text/event-stream" if stream else "application/json"
        return await _bytes(request, bomb, kind=kind, **{"Content-Encoding": "gzip"})

    found = ask(serve(handler), stream=stream, max_answer_bytes=100_000)
    assert isinstance(found, Failure)
    assert (found.code, found.attempts) == ("too_long", 1)


def test_no_request_carries_a_cookie_of_another(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    seen: list[str | None] = []

    async def handler(request: Any) -> Any:
        from aiohttp import web

        seen.append(request.headers.get("Cookie"))
        if len(seen) % 3 == 0:  # a failed try and the next one of the same item are two requests
            return web.Response(status=500, headers={"Set-Cookie": "session=1; Path=/"})
        reply = web.json_response(talk.whole)
        reply.set_cookie("session", str(len(seen)))
        return reply

    model = model_at(serve(handler), stream=False, concurrency=2)
    for _ in range(2):  # a second call of `answer` included
        assert all(isinstance(one, Response) for one in model.answer(items(20)))
    assert len(seen) >= 40
    assert set(seen) == {None}


@pytest.mark.parametrize("drop", [True, False])
def test_a_connection_that_breaks_after_the_last_word_loses_nothing(
    talk: Any, ask: Ask, serve: Serve, *, drop: bool
) -> None:
    async def handler(request: Any) -> Any:
        pieces = [talk.event({"content": "hel"}), talk.event({"content": "lo"}, "stop")]
        return await talk.stream(request, *pieces, drop=drop)

    found = ask(serve(handler), retries=0)
    assert isinstance(found, Response)
    assert (found.text, found.finish_reason) == ("hello", "stop")
