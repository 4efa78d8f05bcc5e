"""One item becomes one outcome over HTTP: requests, replies, retries."""

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from qualityslo.domain.golden import GoldenItem, Json
from qualityslo.domain.outcome import Failure, Outcome, Timing
from qualityslo.models.breaker import Down
from qualityslo.models.gate import Gate
from qualityslo.models.prompt import Prompt
from qualityslo.models.reading import Arrival, failure, read_completion, read_error
from qualityslo.models.retrying import RetryRule, retry_after_s, worth_retrying
from qualityslo.models.stream_reply import StreamReply
from qualityslo.models.untrusted import loads

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

_LONGEST_ERROR_BODY = 65_536
_LINGER_S = 1.0
CLOSED = "the model was closed before the reply had come"
_ENCODER = json.JSONEncoder(allow_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait: for a connection, for the next bytes, for the whole of one reply."""

    connect_s: float = 10.0
    idle_s: float = 60.0
    total_s: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What every request of a model has in common; `body` is all of it but the messages.

    `secrets` are texts that no error message may hold: servers are known to echo them.
    """

    url: str = field(repr=False)  # its query may hold a secret
    body: Mapping[str, Json]
    prompt: Prompt
    timeouts: Timeouts
    retry: RetryRule
    max_answer_bytes: int
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """What became of one try: whether any of a reply had come, and what wait the server asks for."""

    outcome: Outcome
    started: bool = True
    retry_after_s: float | None = None
    probe: bool = False


class HttpCall:
    """Asks one endpoint within one session."""

    def __init__(self, session: "ClientSession", endpoint: Endpoint, gate: Gate) -> None:
        """Ask `endpoint` within `session`, which the caller closes, as `gate` allows."""
        self._session = session
        self._to = endpoint
        self._gate = gate
        without = _ENCODER.encode({**endpoint.body, "messages": None})
        self._before = without.removesuffix("null}")

    async def answer(self, item: GoldenItem) -> Outcome:
        """Return the outcome of one item, after as many tries as the endpoint's rule allows.

        Cancelled while a reply comes, it returns what had come of it: the answer where that was
        whole, else a failure that keeps the part, code `cancelled`.
        """
        asked = _ENCODER.encode(self._to.prompt.messages(item))
        data = f"{self._before}{asked}}}".encode()
        attempt, probes, last = 1, 0, None
        while True:
            arrival = Arrival(item_id=item.id, attempts=attempt, secrets=self._to.secrets)
            tried = await self._pass(data, arrival)
            if isinstance(tried, Down):
                return _not_asked(arrival, tried) if last is None else last
            outcome = tried.outcome
            if not isinstance(outcome, Failure):
                return outcome
            retry = worth_retrying(outcome, started=tried.started)
            probes += tried.probe
            counted = attempt - probes
            if counted > self._to.retry.retries or not retry:
                return outcome
            delay = self._to.retry.delay_s(item.id, max(1, counted), tried.retry_after_s)
            await asyncio.sleep(delay)
            attempt, last = attempt + 1, outcome

    async def _pass(self, data: bytes, arrival: Arrival) -> _Tried | Down:
        """Try once, when the gate lets the request through."""
        given = await self._gate.enter(len(data))
        if isinstance(given, Down):
            return given
        try:
            tried = await self._try(data, arrival)
            self._gate.learn(given, tried.outcome, started=tried.started)
        finally:
            self._gate.leave()
        return replace(tried, probe=True) if given.probe and not tried.started else tried

    async def _try(self, data: bytes, arrival: Arrival) -> _Tried:
        import aiohttp

        sent_at = time.perf_counter()
        growing = StreamReply(sent_at=sent_at, max_bytes=self._to.max_answer_bytes)
        try:
            async with self._session.post(self._to.url, data=data, allow_redirects=False) as reply:
                if not 200 <= reply.status < 300:
                    return await _refused(reply, replace(arrival, status=reply.status))
                if self._to.body.get("stream") and reply.content_type != "application/json":
                    return _Tried(outcome=await _streamed(reply, growing, arrival))
                return _Tried(outcome=await self._whole(reply, growing, arrival))
        except asyncio.CancelledError:
            return _Tried(outcome=_cut_off(growing, arrival, "cancelled", CLOSED))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            code = _fault_code(error, started=growing.started)
            outcome = _cut_off(growing, arrival, code, _describe(error))
            return _Tried(outcome=outcome, started=growing.started)

    async def _whole(
        self, reply: "ClientResponse", growing: StreamReply, arrival: Arrival
    ) -> Outcome:
        data = bytearray()
        async for piece in reply.content.iter_any():
            growing.started = True
            data += piece
            if len(data) > self._to.max_answer_bytes:
                detail = f"the reply is longer than {self._to.max_answer_bytes} bytes"
                return failure(arrival, "too_long", detail)
        total = time.perf_counter() - growing.sent_at
        try:
            body = loads(bytes(data))
        except ValueError:
            text = data.decode("utf-8", "replace")
            return failure(arrival, "malformed", f"the reply is no JSON: {text}")
        timed = Arrival(
            item_id=arrival.item_id,
            attempts=arrival.attempts,
            timing=Timing(total_s=total),
            secrets=arrival.secrets,
        )
        return read_completion(body, timed)


def _not_asked(arrival: Arrival, down: Down) -> Failure:
    detail = f"not asked, the endpoint is down: {down.why}"
    return failure(replace(arrival, attempts=0), "endpoint_down", detail)


def _cut_off(growing: StreamReply, arrival: Arrival, code: str, detail: str) -> Outcome:
    """Return what had come of a reply that was cut off; behind its last word nothing is missing."""
    if growing.complete:
        return growing.outcome(arrival)
    return failure(arrival, code, detail, growing.said.raw)


async def _streamed(reply: "ClientResponse", growing: StreamReply, arrival: Arrival) -> Outcome:
    async for data in reply.content.iter_any():
        growing.feed(data, time.perf_counter())
        if growing.done:
            break
    else:
        growing.end(time.perf_counter())
    outcome = growing.outcome(arrival)
    if not isinstance(outcome, Failure) and not reply.content.at_eof():
        await _drain(reply)
    return outcome


async def _drain(reply: "ClientResponse") -> None:
    """Read the few bytes that may follow the last event.

    The connection can then be used again; a new one for each request would add its set-up to
    every time to first token.
    """
    import aiohttp

    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with asyncio.timeout(_LINGER_S):
            async for _ in reply.content.iter_any():
                pass


async def _refused(reply: "ClientResponse", arrival: Arrival) -> _Tried:
    """Return the failure that a status other than success stands for."""
    import aiohttp

    data = bytearray()
    # The status is the finding; what can be read of the body only explains it.
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async for piece in reply.content.iter_any():
            data += piece
            if len(data) > _LONGEST_ERROR_BODY:
                break
    try:
        body = loads(bytes(data))
    except ValueError:
        body = data.decode("utf-8", "replace")
    if arrival.status < 400:
        detail = "the server answers with a redirect or without a body: check base_url"
        return _Tried(outcome=failure(arrival, f"http_{arrival.status}", detail))
    return _Tried(outcome=read_error(body, arrival), retry_after_s=retry_after_s(reply.headers))


def _fault_code(error: Exception, *, started: bool) -> str:
    """Return the failure code of an error that aiohttp raises."""
    import aiohttp

    match error:
        case aiohttp.ConnectionTimeoutError():
            return "timeout_connect"
        case aiohttp.SocketTimeoutError():
            return "timeout_idle"
        case TimeoutError():
            return "timeout_total"
        case _:
            return "stream_error" if started else "connection"


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
