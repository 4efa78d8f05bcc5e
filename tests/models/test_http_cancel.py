"""The HTTP client when it is closed or runs out of time: nothing that had come is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response
from qualityslo.models.gate import Gate, Limits, Pace
from qualityslo.models.http_call import Endpoint, HttpCall, Timeouts
from qualityslo.models.prompt import Prompt
from qualityslo.models.retrying import RetryRule

Handler = Callable[[Any], Awaitable[Any]]
Serve = Callable[[Handler], str]
Ask = Callable[..., Outcome]


class _Hanging:
    """A session whose replies hang after some pieces; `reached` says that these were taken."""

    status = 200
    content_type = "text/event-stream"

    def __init__(self, *pieces: bytes) -> None:
        self.reached = asyncio.Event()
        self.content = self
        self._pieces = pieces

    @contextlib.asynccontextmanager
    async def post(self, *_: object, **__: object) -> AsyncIterator["_Hanging"]:
        """Reply at once."""
        yield self

    async def iter_any(self) -> AsyncIterator[bytes]:
        """Give the pieces one by one, then nothing for ever."""
        for piece in self._pieces:
            yield piece
        self._pieces = ()
        self.reached.set()
        await asyncio.Event().wait()

    def at_eof(self) -> bool:
        """Say that more may come."""
        return False


def _cancelled(*pieces: bytes) -> Outcome:
    """Return the outcome of a request that is cancelled once some pieces have come."""

    async def main() -> Outcome:
        session = _Hanging(*pieces)
        endpoint = Endpoint(
            url="",
            body={"stream": True},
            prompt=Prompt(),
            timeouts=Timeouts(),
            retry=RetryRule(),
            max_answer_bytes=1_000,
        )
        call = HttpCall(cast("Any", session), endpoint, Gate(Pace(Limits(concurrency=1))))
        asking = asyncio.create_task(call.answer(GoldenItem(id="a", question="why")))
        await session.reached.wait()
        asking.cancel()
        return await asking

    return asyncio.run(main())


def test_the_part_of_an_answer_that_had_come_is_kept(talk: Any) -> None:
    found = _cancelled(talk.event({"content": "hel"}))
    assert isinstance(found, Failure)
    assert (found.ending, found.code, found.text) == (Ending.INCOMPLETE, "cancelled", "hel")


def test_before_any_answer_there_is_nothing_to_keep(talk: Any) -> None:
    found = _cancelled(talk.event({"role": "assistant"}))
    assert isinstance(found, Failure)
    assert (found.ending, found.code, found.text) == (Ending.ERROR, "cancelled", "")


@pytest.mark.parametrize("pieces", [3, 4, 5], ids=["no usage yet", "no end yet", "no close yet"])
def test_an_answer_that_is_whole_is_an_answer(talk: Any, pieces: int) -> None:
    found = _cancelled(*talk.hello_pieces[:pieces])
    assert isinstance(found, Response)
    assert (found.text, found.finish_reason, found.attempts) == ("hello", "stop", 1)


@pytest.mark.parametrize(
    ("piece", "text"),
    [
        pytest.param(b": ping\n\n", "", id="comments only"),
        pytest.param(b'data: {"choices": [{"delta": {"content": "x"}}]}\n\n', "x", id="an answer"),
    ],
)
def test_a_stream_that_never_pauses_and_never_ends_is_cut_off(
    talk: Any, ask: Ask, serve: Serve, *, piece: bytes, text: str
) -> None:
    async def handler(request: Any) -> Any:
        from aiohttp import web

        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        while True:
            await reply.write(piece)
            await asyncio.sleep(0.01)

    found = ask(serve(handler), timeout={"idle_s": 10.0, "total_s": 0.3}, retries=1)
    assert isinstance(found, Failure)
    assert (found.code, found.attempts) == ("timeout_total", 1)
    assert set(found.text) == set(text)
