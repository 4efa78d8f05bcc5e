"""The gate that every request of a model passes: concurrency, rates a minute, circuit breaker."""

import asyncio
import threading
from collections import deque
from dataclasses import dataclass, field, replace

from qualityslo.domain.outcome import Failure, Outcome
from qualityslo.models.breaker import Breaker, BreakerRule, Down, Go, Leave, Wait
from qualityslo.models.pacing import Congestion, Quota, TokenGuess

_NO_ROOM = frozenset({"http_429", "http_503", "http_529"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a model may be asked: at a time, a minute, and while it is silent.

    `answer_tokens` is the first guess of an answer's length, before any has come.
    """

    concurrency: int
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    answer_tokens: int = 256
    breaker: BreakerRule = field(default_factory=BreakerRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Leave to send one request, with the tokens it was booked for.

    A `probe` is sent for the sake of all that wait: that it fails is no failure of its item.
    """

    sent_bytes: int
    tokens: float
    probe: bool = False


class Pace:
    """What is known of how an endpoint takes its requests; safe to share between threads."""

    def __init__(self, limits: Limits) -> None:
        """Start without any knowledge."""
        self._lock = threading.Lock()
        self._congestion = Congestion(limits.concurrency)
        self._breaker = Breaker(limits.breaker)
        self._guess = TokenGuess(answer_tokens=limits.answer_tokens)
        self._quota = Quota(
            requests_per_minute=limits.requests_per_minute,
            tokens_per_minute=limits.tokens_per_minute,
        )

    @property
    def limit(self) -> int:
        """How many requests may run at a time now."""
        return self._congestion.limit

    def ask(self, now: float) -> Leave:
        """Return whether the breaker lets a request through now."""
        with self._lock:
            return self._breaker.ask(now)

    def book(self, now: float, sent_bytes: int) -> tuple[Pass, float]:
        """Book a request; return its pass and the seconds to wait before it is sent."""
        with self._lock:
            tokens = self._guess.tokens(sent_bytes) if self._quota.counts_tokens else 0.0
            wait = self._quota.book(now, tokens, self._congestion.apart_s)
            return Pass(sent_bytes=sent_bytes, tokens=tokens), wait

    def learn(self, now: float, given: Pass, outcome: Outcome, *, started: bool) -> None:
        """Take note of what became of a request; `started` is whether any reply had come."""
        with self._lock:
            if isinstance(outcome, Failure):
                self._learn_failure(now, outcome, started=started)
                return
            self._breaker.replied()
            self._congestion.answered(now, outcome.timing.total_s or 0.0)
            prompt, answer = outcome.usage.prompt_tokens, outcome.usage.completion_tokens
            if self._quota.counts_tokens and prompt is not None and answer is not None:
                self._quota.settle(given.tokens, prompt + answer)
                self._guess.learn(given.sent_bytes, prompt + answer)

    def _learn_failure(self, now: float, failure: Failure, *, started: bool) -> None:
        if failure.code == "cancelled":
            return  # our doing: says nothing about the endpoint
        if started:
            self._breaker.replied()
        else:
            self._breaker.silent(now, failure.detail)
        if failure.code in _NO_ROOM or failure.code.startswith("timeout_"):
            self._congestion.refused(now)


class Gate:
    """Lets the requests of one event loop through, as the pace of their endpoint allows."""

    def __init__(self, pace: Pace) -> None:
        """Guard one event loop."""
        self._pace = pace
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, sent_bytes: int) -> Pass | Down:
        """Wait until a request of so many bytes may be sent.

        Whoever gets a pass calls `leave` when the request has ended; who is told that the
        endpoint is down, sends nothing.
        """
        await self._take_turn()
        try:
            loop, probe = asyncio.get_running_loop(), False
            while True:
                match self._pace.ask(loop.time()):
                    case Go(probe):
                        break
                    case Wait(seconds):
                        await asyncio.sleep(seconds)
                    case Down() as down:
                        self.leave()
                        return down
            given, seconds = self._pace.book(loop.time(), sent_bytes)
            if seconds > 0.0:
                await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.leave()
            raise
        return replace(given, probe=True) if probe else given

    def learn(self, given: Pass, outcome: Outcome, *, started: bool) -> None:
        """Take note of what became of a request; `started` is whether any reply had come."""
        now = asyncio.get_running_loop().time()
        self._pace.learn(now, given, outcome, started=started)

    def leave(self) -> None:
        """Make room for the next requests."""
        self._running -= 1
        while self._waiting and self._running < self._pace.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._running += 1
                turn.set_result(None)

    async def _take_turn(self) -> None:
        if self._running < self._pace.limit:
            self._running += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # the turn had come at the same instant
            raise
