"""A circuit breaker: an endpoint that gives no sign of life is not asked about every item."""

from dataclasses import dataclass
from typing import TypeAlias

_PATIENCE_AT_FIRST_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRule:
    """When an endpoint counts as silent, and as down.

    Silent: `failures` requests in a row, of any items, got no reply. Then one request every
    `probe_s` seconds is let through and the others wait. Down: it has been silent for
    `patience_s` seconds (for at most 5, where it never replied). Then the others fail at once.
    """

    failures: int = 10
    patience_s: float = 60.0
    probe_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Go:
    """The request may be sent; a `probe` only finds out whether waiting has an end."""

    probe: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """The endpoint is silent: ask again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Down:
    """The endpoint is down: do not send; `why` is for people."""

    why: str


Leave: TypeAlias = Go | Wait | Down
_GO = Go()


class Breaker:
    """Counts signs of life of one endpoint; times are in seconds on any one clock.

    >>> breaker = Breaker(BreakerRule(failures=2, patience_s=3.0))
    >>> breaker.silent(0.0, "refused"); breaker.ask(0.0)
    Go(probe=False)
    >>> breaker.silent(1.0, "refused"); breaker.ask(1.5)
    Wait(seconds=1.5)
    >>> breaker.ask(3.0), breaker.ask(4.0)
    (Go(probe=False), Down(why='the last 2 requests got no reply: refused'))
    >>> breaker.replied(); breaker.ask(4.5)
    Go(probe=False)
    """

    def __init__(self, rule: BreakerRule) -> None:
        """Start closed."""
        self._rule = rule
        self._in_a_row = 0
        self._ever_replied = False
        self._since = self._probe_at = 0.0
        self._why = ""

    def ask(self, now: float) -> Leave:
        """Return whether a request may be sent now; a probe counts as sent."""
        if self._in_a_row < self._rule.failures:
            return _GO
        patience = self._rule.patience_s
        if not self._ever_replied:
            patience = min(patience, _PATIENCE_AT_FIRST_S)
        waiting = now - self._since < patience
        if now >= self._probe_at:
            self._probe_at = now + self._rule.probe_s
            return Go(probe=waiting)
        if waiting:
            return Wait(self._probe_at - now)
        return Down(f"the last {self._in_a_row} requests got no reply: {self._why}")

    def replied(self) -> None:
        """Take note of a reply, whatever it says."""
        self._in_a_row = 0
        self._ever_replied = True

    def silent(self, now: float, why: str) -> None:
        """Take note of a request that got no reply."""
        self._in_a_row += 1
        self._why = why
        if self._in_a_row == 1:
            self._since = now
        if self._in_a_row == self._rule.failures:
            self._probe_at = now + self._rule.probe_s
