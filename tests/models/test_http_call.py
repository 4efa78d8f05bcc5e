"""The HTTP client against a real server that fails by script."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response
from qualityslo.models.http_call import _fault_code
from qualityslo.models.openai_http import OpenAIHttp

Handler = Callable[[Any], Awaitable[Any]]
Serve = Callable[[Handler], str]
Items = Callable[[int], list[GoldenItem]]
Ask = Callable[..., Outcome]
ModelAt = Callable[..., OpenAIHttp]


def _event(delta: dict[str, object], finish: str | None = None, **more: object) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({"choices": choices, **more}).encode() + b"\n\n"


_FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "body": b'{"error": "slow down"}', "headers": {"Retry-After": "0"}},
    "500": {"status": 500, "body": b"<html>oops</html>"},
    "long 500": {"status": 500, "body": b"oops " * 100_000},
    "401": {"status": 401, "body": b'{"error": {"message": "no"}}'},
    "404": {"status": 404, "body": b'{"detail": "no"}'},
    "redirect": {"status": 307, "headers": {"Location": "http://127.0.0.1:9/"}},
    "malformed": {"body": b'{"choices": [{"mess'},
    "no choices": {"body": b'{"choices": []}'},
    "error 504": {"body": b'{"error": {"message": "upstream timeout", "code": 504}}'},
    "error 400": {"body": b'{"error": {"message": "too long", "code": 400}}'},
}


async def _fault(talk: Any, request: Any, name: str) -> Any:
    from aiohttp import web

    if name == "drop":
        talk.drop(request)
        return web.Response()
    return web.Response(**_FAULTS[name], content_type="application/json")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("faults", "attempts"),
    [
        pytest.param(["429"], 2, id="429 with Retry-After 0, then right"),
        pytest.param(["500", "500"], 3, id="500 twice, then right"),
        pytest.param(["drop"], 2, id="a dropped connection, then right"),
        pytest.param(["malformed"], 2, id="broken JSON, then right"),
        pytest.param(["error 504"], 2, id="an error body behind 200, then right"),
        pytest.param(["no choices"], 2, id="a reply without choices, then right"),
        pytest.param(["429", "500", "drop", "malformed"], 5, id="one of each, then right"),
    ],
)
def test_passing_faults_are_overcome(
    talk: Any,
    ask: Ask,
    serve: Serve,
    *,
    stream: bool,
    faults: list[str],
    attempts: int,
) -> None:
    left = list(faults)

    async def handler(request: Any) -> Any:
        return await (_fault(talk, request, left.pop(0)) if left else talk.hello(request))

    found = ask(serve(handler), stream=stream)
    assert isinstance(found, Response)
    assert (found.text, found.attempts) == ("hello", attempts)


def test_the_wait_that_the_server_asks_for_counts(talk: Any, ask: Ask, serve: Serve) -> None:
    left = ["429"]

    async def handler(request: Any) -> Any:
        return await (_fault(talk, request, left.pop(0)) if left else talk.hello(request))

    found = ask(serve(handler), backoff={"initial_s": 86_400, "cap_s": 86_400})
    assert isinstance(found, Response)  # after the server's 0 seconds, not after hours


@pytest.mark.parametrize(
    ("name", "code", "attempts"),
    [
        pytest.param("429", "http_429", 3, id="always too many requests"),
        pytest.param("500", "http_500", 3, id="always a server error"),
        pytest.param("long 500", "http_500", 3, id="always a server error of many words"),
        pytest.param("drop", "connection", 3, id="always dropped"),
        pytest.param("malformed", "malformed", 3, id="always broken JSON"),
        pytest.param("error 504", "http_504", 3, id="always an error behind 200"),
        pytest.param("401", "http_401", 1, id="a wrong key is not tried again"),
        pytest.param("404", "http_404", 1, id="a wrong address is not tried again"),
        pytest.param(
            "error 400", "http_400", 1, id="a client fault behind 200 is not tried again"
        ),
        pytest.param("redirect", "http_307", 1, id="a redirect is not followed"),
    ],
)
def test_lasting_faults_are_a_failure_of_each_item(
    *,
    talk: Any,
    model_at: ModelAt,
    serve: Serve,
    items: Items,
    name: str,
    code: str,
    attempts: int,
) -> None:
    async def handler(request: Any) -> Any:
        return await _fault(talk, request, name)

    found = list(model_at(serve(handler), retries=2).answer(items(3)))
    assert len({one.item_id for one in found}) == 3
    for one in found:
        assert isinstance(one, Failure)
        assert (one.ending, one.code, one.attempts) == (Ending.ERROR, code, attempts)
        assert one.detail


@pytest.mark.parametrize(
    ("pieces", "drop", "ending", "code", "text", "tries"),
    [
        pytest.param(
            [_event({"content": "hel"})],
            False,
            Ending.INCOMPLETE,
            "no_finish_reason",
            "hel",
            1,
            id="no finish reason",
        ),
        pytest.param(
            [_event({"content": "hel"})],
            True,
            Ending.INCOMPLETE,
            "stream_error",
            "hel",
            1,
            id="dropped after content",
        ),
        pytest.param(
            [_event({"role": "assistant"})],
            True,
            Ending.ERROR,
            "stream_error",
            "",
            2,
            id="dropped before content",
        ),
        pytest.param(
            [_event({"content": "hel"}), b'data: {"error": {"message": "m", "code": 500}}\n\n'],
            False,
            Ending.ERROR,
            "http_500",
            "hel",
            1,
            id="an error after content",
        ),
        pytest.param(
            [b'data: {"error": {"message": "m", "code": 500}}\n\n'],
            False,
            Ending.ERROR,
            "http_500",
            "",
            2,
            id="a server error before content",
        ),
        pytest.param(
            [b'data: {"error": {"message": "m", "code": 400}}\n\n'],
            False,
            Ending.ERROR,
            "http_400",
            "",
            1,
            id="a client error before content",
        ),
        pytest.param([], False, Ending.ERROR, "empty_stream", "", 2, id="an empty stream"),
    ],
)
def test_streams_that_break(
    talk: Any,
    ask: Ask,
    serve: Serve,
    *,
    pieces: list[bytes],
    drop: bool,
    ending: Ending,
    code: str,
    text: str,
    tries: int,
) -> None:
    async def handler(request: Any) -> Any:
        return await talk.stream(request, *pieces, drop=drop)

    found = ask(serve(handler), retries=1)
    assert isinstance(found, Failure)
    assert (found.ending, found.code, found.text) == (ending, code, text)
    assert found.attempts == tries


@pytest.mark.parametrize(
    ("pieces", "timeout", "code", "text", "tries"),
    [
        pytest.param(None, {"idle_s": 0.05}, "timeout_idle", "", 2, id="silence from the start"),
        pytest.param(
            [_event({"content": "hel"})],
            {"idle_s": 1.0},
            "timeout_idle",
            "hel",
            1,
            id="silence after content",
        ),
        pytest.param(
            [b": hi\n"], {"idle_s": 1.0}, "timeout_idle", "", 1, id="silence after a byte"
        ),
        pytest.param(None, {"total_s": 0.05}, "timeout_total", "", 2, id="too slow as a whole"),
    ],
)
def test_slow_servers(
    *,
    talk: Any,
    ask: Ask,
    serve: Serve,
    pieces: list[bytes] | None,
    timeout: dict[str, float],
    code: str,
    text: str,
    tries: int,
) -> None:
    async def handler(request: Any) -> Any:
        if pieces is not None:
            await talk.stream(request, *pieces)
        await asyncio.Event().wait()
        raise AssertionError

    found = ask(serve(handler), retries=1, timeout=timeout)
    assert isinstance(found, Failure)
    assert (found.code, found.text, found.attempts) == (code, text, tries)


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_is_too_long(talk: Any, ask: Ask, serve: Serve, *, stream: bool) -> None:
    async def handler(request: Any) -> Any:
        from aiohttp import web

        if stream:
            return await talk.stream(request, *[talk.event({"content": "x" * 1000})] * 20)
        return web.json_response({"choices": [{"message": {"content": "x" * 20_000}}]})

    found = ask(serve(handler), stream=stream, max_answer_bytes=10_000)
    assert isinstance(found, Failure)
    assert (found.code, found.attempts) == ("too_long", 1)
    assert len(found.text) <= 1000


def test_c25_an_error_body_behind_200(ask: Ask, serve: Serve, cases: Path) -> None:
    expected = json.loads((cases / "expected" / "C25.json").read_text("utf-8"))
    case = json.loads((cases / "inputs" / "C25-error-body-200.json").read_text("utf-8"))
    assert expected["retryable"]["error-body-200"] is True

    async def handler(_: Any) -> Any:
        from aiohttp import web

        return web.json_response(case["body"], status=case["http_status"])

    found = ask(serve(handler), retries=1)
    assert isinstance(found, Failure)
    assert found.ending.value == expected["states"]["error-body-200"]
    assert found.code == f"http_{expected['codes']['error-body-200']}"
    assert found.attempts == 2
    assert "upstream timeout" in found.detail


def test_a_connection_that_takes_too_long_has_a_code_of_its_own() -> None:
    from aiohttp import ConnectionTimeoutError

    assert _fault_code(ConnectionTimeoutError("slow"), started=False) == "timeout_connect"
