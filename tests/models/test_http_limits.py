"""The HTTP client against servers that fail now and then, have little room, or are not there."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from zlib import crc32

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Response
from qualityslo.models.openai_http import OpenAIHttp

Handler = Callable[[Any], Awaitable[Any]]
Serve = Callable[[Handler], str]
Items = Callable[[int], list[GoldenItem]]
ModelAt = Callable[..., OpenAIHttp]

_NOBODY = "http://127.0.0.1:9/v1"


def _answer(question: str) -> dict[str, Any]:
    message = {"content": f"You ask {question}."}
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


class _Faulty:
    """Says back what it is asked; of its tries, 2 % each end in one of four faults, by seed."""

    def __init__(self, talk: Any, *, seed: int, share: float) -> None:
        self._talk = talk
        self._seed = seed
        self._share = share
        self.requests = 0
        self._tries: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    async def handle(self, request: Any) -> Any:
        """Answer one request."""
        from aiohttp import web

        self.requests += 1
        body = await request.json()
        question = body["messages"][0]["content"]
        self._tries[question] += 1
        fault = self._fault(f"{self._seed} {self._tries[question]} {question}")
        self.faults[fault] += 1
        match fault:
            case "429":
                return web.Response(status=429, headers={"Retry-After": "0"})
            case "500":
                return web.Response(status=500)
            case "drop":
                self._talk.drop(request)
                return web.Response()
            case "malformed":
                return web.Response(text='{"choices": [{"mess', content_type="application/json")
            case _:
                pass
        if not body["stream"]:
            return web.json_response(_answer(question))
        pieces = (self._talk.event({"content": word}) for word in ("You ask ", question, "."))
        return await self._talk.stream(request, *pieces, self._talk.event({}, "stop"))

    def _fault(self, key: str) -> str:
        place = crc32(key.encode()) / 2**32
        kinds = ["429", "500", "drop", "malformed"]
        return kinds[int(place / self._share)] if place < self._share * len(kinds) else "none"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_two_percent_of_each_fault_change_no_answer(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items, *, stream: bool, seed: int
) -> None:
    count = 600
    faulty = _Faulty(talk, seed=seed, share=0.02)
    model = model_at(serve(faulty.handle), stream=stream, concurrency=32)
    found = list(model.answer(items(count)))
    assert {kind: number > 0 for kind, number in faulty.faults.items()} == {
        "429": True,
        "500": True,
        "drop": True,
        "malformed": True,
        "none": True,
    }
    assert len(found) == count
    assert {one.item_id: one.text for one in found} == {
        f"i{n}": f"You ask question {n}." for n in range(count)
    }
    assert {one.ending for one in found} == {Ending.ANSWERED}
    assert faulty.requests == sum(one.attempts for one in found)
    assert faulty.requests <= 1.15 * count


def test_a_server_with_little_room_is_asked_as_much_as_it_can_take(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    count, room = 300, 3
    running = most = requests = 0

    async def handler(request: Any) -> Any:
        nonlocal running, most, requests
        from aiohttp import web

        requests += 1
        if running == room:
            return web.Response(status=429, headers={"Retry-After": "0"})
        running += 1
        most = max(most, running)
        for _ in range(20):
            await asyncio.sleep(0)
        running -= 1
        return web.json_response(talk.whole)

    model = model_at(serve(handler), stream=False, concurrency=24, retries=8)
    found = list(model.answer(items(count)))
    assert [one for one in found if not isinstance(one, Response)] == []
    assert len({one.item_id for one in found}) == count
    assert most > 1
    assert requests <= 1.5 * count


def test_the_rate_a_minute_holds_over_all_calls(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    at: list[float] = []

    async def handler(request: Any) -> Any:
        at.append(asyncio.get_running_loop().time())
        return await talk.hello(request)

    model = model_at(serve(handler), requests_per_minute=3_000, concurrency=8)
    assert len([*model.answer(items(10)), *model.answer(items(10))]) == 20
    assert at[-1] - at[0] >= 0.8 * 19 * 60 / 3_000  # a lower bound: requests travel a while


def test_tokens_a_minute_hold_by_what_the_server_counts(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    at: list[float] = []

    async def handler(request: Any) -> Any:
        at.append(asyncio.get_running_loop().time())
        return await talk.hello(request)  # five tokens

    model = model_at(serve(handler), tokens_per_minute=6_000, concurrency=1, max_tokens=1)
    assert len(list(model.answer(items(11)))) == 11
    assert at[-1] - at[0] >= 0.8 * 10 * 5 * 60 / 6_000


def test_a_server_that_is_not_there_costs_few_connections_and_each_item_its_failure(
    model_at: ModelAt, items: Items
) -> None:
    model = model_at(_NOBODY, breaker={"failures": 10, "patience_s": 0.0, "probe_s": 3_600.0})
    found = list(model.answer(items(2_000)))
    assert len({one.item_id for one in found}) == 2_000
    codes = Counter(one.code for one in found if isinstance(one, Failure))
    assert codes.keys() == {"connection", "endpoint_down"}
    assert sum(one.attempts for one in found) <= 10 + 8
    for one in found:
        assert isinstance(one, Failure)
        assert one.ending is Ending.ERROR
        if one.code == "endpoint_down":
            assert one.attempts == 0
            assert one.detail.startswith("not asked, the endpoint is down: the last 1")
            assert "ClientConnectorError" in one.detail
    again = list(model.answer(items(3)))  # another golden set of the same night
    assert [(one.code, one.attempts) for one in again if isinstance(one, Failure)] == [
        ("endpoint_down", 0)
    ] * 3


def test_an_outage_in_between_costs_no_item(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    requests = 0

    async def handler(request: Any) -> Any:
        nonlocal requests
        from aiohttp import web

        requests += 1
        if 40 <= requests < 70:
            talk.drop(request)
            return web.Response()
        return await talk.hello(request)

    model = model_at(serve(handler), breaker={"failures": 10, "probe_s": 0.005}, retries=10)
    found = list(model.answer(items(100)))
    assert [one for one in found if not isinstance(one, Response)] == []
    assert len(found) == 100


def test_an_endpoint_that_is_back_is_asked_again(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items
) -> None:
    down = True

    async def handler(request: Any) -> Any:
        from aiohttp import web

        if down:
            talk.drop(request)
            return web.Response()
        return await talk.hello(request)

    breaker = {"failures": 2, "patience_s": 0.0, "probe_s": 1e-9}  # every request is let through
    model = model_at(serve(handler), breaker=breaker, retries=0, concurrency=1)
    assert {type(one) for one in model.answer(items(5))} == {Failure}
    down = False
    assert {type(one) for one in model.answer(items(5))} == {Response}


def test_rates_and_the_breaker_are_no_part_of_the_identity(model_at: ModelAt) -> None:
    plain = model_at(_NOBODY).identity
    tuned = model_at(
        _NOBODY, requests_per_minute=60, tokens_per_minute=1e5, breaker={"failures": 3}
    ).identity
    assert json.dumps(plain.as_json()) == json.dumps(tuned.as_json())
