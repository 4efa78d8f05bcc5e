"""Models behind any OpenAI-compatible chat-completions endpoint."""

import contextlib
from collections.abc import AsyncIterator, Generator, Iterable, Mapping
from dataclasses import replace
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from qualityslo.domain.golden import GoldenItem, Json
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Ending, Failure, Outcome
from qualityslo.models.breaker import BreakerRule
from qualityslo.models.gate import Gate, Limits, Pace
from qualityslo.models.http_call import CLOSED, Endpoint, HttpCall, Timeouts
from qualityslo.models.parameters import Parameters
from qualityslo.models.prompt import read_prompt
from qualityslo.models.pump import Pump, Work
from qualityslo.models.retrying import RetryRule

_PATH = "/chat/completions"
_OURS = ("messages", "model", "stream")
_SHORTEST_SECRET = 6


class OpenAIHttp:
    """Answers items over HTTP, many at a time; streams by default, so that TTFT is measured.

    Parameters of the spec:
        base_url, model: required.
        system, prompt, temperature (0; null leaves it out), max_tokens, seed, stream (true),
            extra (merged into the request; a null there removes a key): shape the answers.
        api_key_env: name of the environment variable that holds the key.
        concurrency (8; the most at a time, fewer while the server has no room),
            requests_per_minute, tokens_per_minute (no limit), timeout {connect_s 10, idle_s 60,
            total_s 300}, retries (4), backoff {initial_s 0.5, cap_s 20}, breaker {failures 10,
            patience_s 60, probe_s 2}, max_answer_bytes (2 MB), remote (true; false where the
            server computes on this machine's CPU, which then does nothing else meanwhile): how
            it is asked; no part of the identity.
    """

    def __init__(self, *, environ: Mapping[str, str], **parameters: object) -> None:
        """Check the parameters; nothing is sent before `answer`.

        Raises:
            PluginError: parameters are wrong or unknown; names all of them.
        """
        read = Parameters("openai_http", parameters)
        base = _base_url(read)
        prompt = read_prompt(read)
        shape = _shape(read)
        key = read.secret("api_key_env", environ)
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._concurrency = read.integer("concurrency", 8, at_least=1)
        self._endpoint = Endpoint(
            url=urlunsplit(base._replace(path=base.path + _PATH)),
            body=_body(shape),
            prompt=prompt,
            timeouts=read_timeouts(read, Timeouts()),
            retry=_retry_rule(read),
            max_answer_bytes=read.integer("max_answer_bytes", 2_000_000, at_least=1),
            secrets=tuple(one for one in (key, *_query_values(base)) if one),
        )
        self._pace = Pace(_limits(read, self._concurrency, shape["max_tokens"]))
        self._remote = read.flag("remote", default=True)
        read.finish()
        where = urlunsplit(base._replace(query=""))
        shape |= {"base_url": where, "system": prompt.system, "prompt": prompt.template}
        name = str(shape.pop("model"))
        self._identity = ModelIdentity(kind="openai_http", name=name, parameters=shape)
        self._pumps: set[Pump[GoldenItem, Outcome]] = set()

    @property
    def identity(self) -> ModelIdentity:
        """The model's name and what shapes its answers; never a key."""
        return self._identity

    @property
    def remote(self) -> bool:
        """Whether the server computes elsewhere (`ports.Remote`)."""
        return self._remote

    def answer(self, items: Iterable[GoldenItem]) -> Generator[Outcome, None, None]:
        """Yield one outcome an item as they arrive; pulls no item before it can be asked.

        Whatever goes wrong with a request is a `Failure` of its item. Closing the iterator cuts
        off what is in flight.
        """
        pump = Pump(self._connect, _cancelled, workers=self._concurrency)
        self._pumps.add(pump)
        try:
            yield from pump.run(items)
        finally:
            self._pumps.discard(pump)

    def close(self) -> None:
        """Cut off all requests in flight; their items come out as failures, code `cancelled`.

        Nothing that has come is lost: whoever goes on reading an iterator of `answer` gets the
        outcomes that were ready, and with each failure the part of its answer that had come.
        """
        for pump in tuple(self._pumps):
            pump.stop()

    @contextlib.asynccontextmanager
    async def _connect(self) -> AsyncIterator[Work[GoldenItem, Outcome]]:
        import aiohttp

        seconds = self._endpoint.timeouts
        timeout = aiohttp.ClientTimeout(
            total=seconds.total_s, connect=seconds.connect_s, sock_read=seconds.idle_s
        )
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # the workers are the limit
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            timeout=timeout,
        ) as session:
            yield HttpCall(session, self._endpoint, Gate(self._pace)).answer


def read_timeouts(read: Parameters, default: Timeouts) -> Timeouts:
    """Read the parameter `timeout` of an adapter."""
    group = read.group("timeout")
    return Timeouts(
        connect_s=group.number("connect_s", default.connect_s),
        idle_s=group.number("idle_s", default.idle_s),
        total_s=group.number("total_s", default.total_s),
    )


def _retry_rule(read: Parameters) -> RetryRule:
    rule = RetryRule()
    group = read.group("backoff")
    return RetryRule(
        retries=read.integer("retries", rule.retries),
        initial_s=group.number("initial_s", rule.initial_s, positive=False),
        cap_s=group.number("cap_s", rule.cap_s, positive=False),
    )


def _limits(read: Parameters, concurrency: int, max_tokens: Json) -> Limits:
    limits = Limits(concurrency=concurrency)
    rule = limits.breaker
    group = read.group("breaker")
    return replace(
        limits,
        requests_per_minute=read.optional_number("requests_per_minute", None, positive=True),
        tokens_per_minute=read.optional_number("tokens_per_minute", None, positive=True),
        answer_tokens=max_tokens if isinstance(max_tokens, int) else limits.answer_tokens,
        breaker=BreakerRule(
            failures=group.integer("failures", rule.failures, at_least=1),
            patience_s=group.number("patience_s", rule.patience_s, positive=False),
            probe_s=group.number("probe_s", rule.probe_s),
        ),
    )


def _shape(read: Parameters) -> dict[str, Json]:
    """Read what shapes the answers, apart from the prompt."""
    extra = read.mapping("extra")
    taken = sorted(extra.keys() & set(_OURS))
    if taken:
        read.fault("extra", f"may not set {', '.join(taken)}")
    return {
        "model": read.text("model"),
        "temperature": read.optional_number("temperature", 0.0),
        "max_tokens": read.optional_integer("max_tokens", at_least=1),
        "seed": read.optional_integer("seed"),
        "stream": read.flag("stream", default=True),
        "extra": extra,
    }


def _body(shape: Mapping[str, Json]) -> dict[str, Json]:
    """Return a request without its messages; what is null is left out."""
    extra = shape["extra"]
    assert isinstance(extra, dict)
    body = {name: value for name, value in shape.items() if name != "extra"}
    if shape["stream"]:
        body["stream_options"] = {"include_usage": True}
    return {name: value for name, value in {**body, **extra}.items() if value is not None}


def _base_url(read: Parameters) -> SplitResult:
    """Read `base_url`; credentials in it are refused, so that no key lives in a spec."""
    nothing = SplitResult("http", "", "", "", "")
    text = read.text("base_url")
    if not text:
        return nothing
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        url, host = nothing, None
    hidden = "@" in text or "?" in text
    if "@" in url.netloc:
        problem = "holds credentials: name an environment variable in api_key_env instead"
        read.fault("base_url", problem, show=False)
    elif url.scheme not in {"http", "https"} or not host or url.fragment:
        problem = "is no address such as http://localhost:8000/v1"
        read.fault("base_url", problem, show=not hidden)
    path = url.path.rstrip("/")
    if path.endswith(_PATH):
        read.fault("base_url", f"ends in {_PATH}: give the part before it", show=not hidden)
    return url._replace(path=path)


def _query_values(url: SplitResult) -> list[str]:
    values = [url.query, *(value for _, value in parse_qsl(url.query))]
    return [value for value in values if len(value) >= _SHORTEST_SECRET]


def _cancelled(item: GoldenItem) -> Failure:
    return Failure(item_id=item.id, ending=Ending.ERROR, code="cancelled", detail=CLOSED)
