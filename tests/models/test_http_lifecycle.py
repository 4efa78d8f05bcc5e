"""The HTTP client: how far it pulls ahead, and what it leaves behind."""

import asyncio
import gc
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Failure, Outcome, Response
from qualityslo.models.openai_http import OpenAIHttp

Handler = Callable[[Any], Awaitable[Any]]
Serve = Callable[[Handler], str]
Items = Callable[[int], list[GoldenItem]]
Ask = Callable[..., Outcome]
ModelAt = Callable[..., OpenAIHttp]


def test_items_are_pulled_lazily_and_requests_are_limited(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    running = most = pulled = 0
    all_busy = asyncio.Event()

    async def handler(request: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 4:
            all_busy.set()
        await all_busy.wait()
        running -= 1
        return await talk.hello(request)

    def pull() -> Iterator[GoldenItem]:
        nonlocal pulled
        for item in items(60):
            pulled += 1
            yield item

    for taken, _ in enumerate(model_at(serve(handler), concurrency=4).answer(pull())):
        assert pulled <= taken + 4
    assert (pulled, most) == (60, 4)


def test_one_connection_serves_many_requests_though_their_end_comes_late(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    connections = set()

    async def handler(request: Any) -> Any:
        connections.add(request.transport)
        reply = await talk.stream(request, *talk.hello_pieces)
        await asyncio.sleep(0.02)  # a server that is slow to end its replies
        return reply

    found = list(model_at(serve(handler), concurrency=1).answer(items(3)))
    assert all(isinstance(one, Response) for one in found)
    assert len(connections) == 1


def test_a_connection_that_stays_open_after_the_last_event_is_left(
    talk: Any, ask: Ask, serve: Serve
) -> None:
    async def handler(request: Any) -> Any:
        await talk.stream(request, *talk.hello_pieces)
        await asyncio.Event().wait()
        raise AssertionError

    found = ask(serve(handler))
    assert isinstance(found, Response)
    assert found.text == "hello"


def test_closing_early_leaves_nothing_behind(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    async def handler(request: Any) -> Any:
        body = await request.json()
        if body["messages"][0]["content"] == "question 0":
            return await talk.hello(request)
        await talk.stream(request, talk.event({"content": "hel"}))
        await asyncio.Event().wait()
        raise AssertionError

    url = serve(handler)
    before = set(threading.enumerate())
    outcomes = model_at(url).answer(items(50))
    assert next(outcomes).item_id == "i0"
    outcomes.close()
    assert set(threading.enumerate()) == before
    gc.collect()  # an unclosed session, connection or loop would warn here


def test_closing_the_model_turns_what_is_in_flight_into_failures(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    async def handler(request: Any) -> Any:
        body = await request.json()
        if body["messages"][0]["content"] == "question 0":
            return await talk.hello(request)
        await asyncio.Event().wait()
        raise AssertionError

    model = model_at(serve(handler))
    model.close()
    outcomes = model.answer(items(12))
    assert next(outcomes).item_id == "i0"
    model.close()
    rest = list(outcomes)
    assert Counter(one.code for one in rest if isinstance(one, Failure)) == {"cancelled": 11}
    model.close()


def test_two_calls_at_a_time_do_not_meet(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    async def handler(request: Any) -> Any:
        return await talk.hello(request)

    model = model_at(serve(handler))
    pairs = list(zip(model.answer(items(20)), model.answer(items(20)), strict=True))
    assert all(one.text == other.text == "hello" for one, other in pairs)
