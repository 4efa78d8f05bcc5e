"""The HTTP client: what it sends, what it is, which parameters it takes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response, Usage
from qualityslo.errors import PluginError
from qualityslo.models.openai_http import OpenAIHttp
from qualityslo.ports import Remote

Handler = Callable[[Any], Awaitable[Any]]
Serve = Callable[[Handler], str]
Items = Callable[[int], list[GoldenItem]]
Ask = Callable[..., Outcome]
ModelAt = Callable[..., OpenAIHttp]


@pytest.mark.parametrize("stream", [True, False])
def test_every_item_has_one_outcome(
    talk: Any, model_at: ModelAt, serve: Serve, items: Items, *, stream: bool
) -> None:
    async def handler(request: Any) -> Any:
        return await talk.hello(request)

    found = {
        one.item_id: one for one in model_at(serve(handler), stream=stream).answer(items(100))
    }
    assert sorted(found) == sorted(item.id for item in items(100))
    for one in found.values():
        assert isinstance(one, Response)
        assert (one.ending, one.text, one.served_model) == (Ending.ANSWERED, "hello", "m-1")
        assert one.usage == Usage(prompt_tokens=3, completion_tokens=2 if stream else 1)
        assert one.timing.total_s is not None
        assert one.timing.total_s > 0
        assert (one.timing.ttft_s is not None) is stream
        assert (one.timing.inter_token_s is not None) is stream


def test_the_request_holds_what_the_spec_says(talk: Any, serve: Serve) -> None:
    seen: list[tuple[dict[str, Any], dict[str, str]]] = []

    async def handler(request: Any) -> Any:
        body = await request.json()
        seen.append((body, {**request.headers, "?": request.query_string}))
        return await talk.hello(request)

    model = OpenAIHttp(
        environ={"MY_KEY": "s3cret"},
        base_url=serve(handler) + "/?api-version=7",
        model="m",
        system="Be brief.",
        prompt="Q: {question}",
        max_tokens=9,
        seed=4,
        extra={"top_k": 1, "temperature": 0.5, "stream_options": None},
        api_key_env="MY_KEY",
    )
    [_] = model.answer([GoldenItem(id="a", question="why")])
    [(body, headers)] = seen
    assert body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Q: why"},
        ],
        "temperature": 0.5,
        "max_tokens": 9,
        "seed": 4,
        "stream": True,
        "top_k": 1,
    }
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["?"] == "api-version=7"


def test_usage_is_asked_for_and_absent_parameters_are_left_out(
    talk: Any, ask: Ask, serve: Serve
) -> None:
    seen: list[dict[str, Any]] = []

    async def handler(request: Any) -> Any:
        seen.append(await request.json())
        assert "Authorization" not in request.headers
        return await talk.hello(request)

    ask(serve(handler), temperature=None)
    assert seen[0].keys() == {"model", "messages", "stream", "stream_options"}
    assert seen[0]["stream_options"] == {"include_usage": True}


def test_a_server_that_does_not_stream_is_read_all_the_same(
    talk: Any, ask: Ask, serve: Serve
) -> None:
    async def handler(request: Any) -> Any:
        return await talk.hello(request, stream=False)

    found = ask(serve(handler), stream=True)
    assert isinstance(found, Response)
    assert (found.text, found.timing.ttft_s) == ("hello", None)


def test_the_identity_holds_what_shapes_the_answers_and_no_secret() -> None:
    model = OpenAIHttp(
        environ={"MY_KEY": "s3cret"},
        base_url="https://example.org/v1/?key=hunter22",
        model="m",
        system="S",
        prompt="{question}?",
        temperature=0.3,
        max_tokens=5,
        seed=1,
        extra={"top_k": 1},
        api_key_env="MY_KEY",
    )
    identity = model.identity
    assert identity.as_json() == {
        "kind": "openai_http",
        "name": "m",
        "revision": "",
        "parameters": {
            "base_url": "https://example.org/v1",
            "system": "S",
            "prompt": "{question}?",
            "temperature": 0.3,
            "max_tokens": 5,
            "seed": 1,
            "stream": True,
            "extra": {"top_k": 1},
        },
    }
    shown = repr(model) + repr(identity) + repr(vars(model)["_endpoint"])
    assert "s3cret" not in shown
    assert "hunter22" not in shown


def test_how_it_is_asked_is_no_part_of_the_identity(model_at: ModelAt) -> None:
    plain = model_at("http://localhost/v1").identity
    tuned = model_at(
        "http://localhost/v1", concurrency=3, retries=9, timeout={"idle_s": 1}, max_answer_bytes=9
    ).identity
    assert plain == tuned


def test_a_secret_that_the_server_echoes_is_not_shown(serve: Serve) -> None:
    async def handler(request: Any) -> Any:
        from aiohttp import web

        echo = f"{request.headers['Authorization']} {request.query_string}"
        return web.json_response({"error": {"message": f"bad key {echo}"}}, status=401)

    model = OpenAIHttp(
        environ={"MY_KEY": "s3cret-key"},
        base_url=serve(handler) + "?key=hunter22",
        model="m",
        api_key_env="MY_KEY",
    )
    [found] = model.answer([GoldenItem(id="a", question="why")])
    assert isinstance(found, Failure)
    assert found.detail == "bad key Bearer *** ***"


def test_all_wrong_parameters_are_named_at_once() -> None:
    with pytest.raises(PluginError) as caught:
        OpenAIHttp(
            environ={},
            base_url="localhost:8000",
            concurrency=0,
            extra={"messages": [], "model": "x"},
            prompt="no question",
            api_key_env="MY_KEY",
            timeout={"idle_s": 0, "idel_s": 1},
            api_key="sk-abc12",
        )
    assert str(caught.value).splitlines() == [
        "openai_http: 9 parameters are wrong",
        "  base_url 'localhost:8000': is no address such as http://localhost:8000/v1",
        "  prompt 'no question': never asks the question: write {question} where it belongs",
        "  extra {'messages': [], 'model': 'x'}: may not set messages, model",
        "  model: is missing",
        "  api_key_env 'MY_KEY': names an environment variable that is not set: export it first",
        "  concurrency 0: is not a whole number of at least 1",
        "  api_key (not shown): is unknown; did you mean 'api_key_env'?",
        "  timeout.idle_s 0: is not a number above 0",
        "  timeout.idel_s 1: is unknown; did you mean 'idle_s'?",
    ]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("http://u:hunter22@host/v1", "holds credentials: name an env", id="a login"),
        pytest.param("ftp://host/v1", "is no address", id="another scheme"),
        pytest.param(None, "base_url: is missing", id="null"),
        pytest.param("http://", "is no address", id="no host"),
        pytest.param("http://host:port/v1?k=hunter22", "is no address", id="no port"),
        pytest.param("http://[::1/v1", "is no address", id="no closing bracket"),
        pytest.param("http://h/v1/chat/completions", "give the part before it", id="too much"),
    ],
)
def test_base_urls_that_are_refused(model_at: ModelAt, url: str | None, message: str) -> None:
    with pytest.raises(PluginError, match=message) as caught:
        model_at(url)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "remote"),
    [
        pytest.param({}, True, id="unless it is said otherwise"),
        pytest.param({"remote": False}, False, id="not where it is said"),
    ],
)
def test_it_computes_elsewhere(given: dict[str, bool], *, remote: bool) -> None:
    plain = OpenAIHttp(environ={}, base_url="http://h/v1", model="m")
    model = OpenAIHttp(environ={}, base_url="http://h/v1", model="m", **given)
    assert isinstance(model, Remote)
    assert model.remote is remote
    assert model.identity == plain.identity
