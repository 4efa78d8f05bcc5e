"""How fast a model may be asked: so much a minute, and as many at a time as it can take."""

_ROUND = 8
_FEW = 0.1
_SLOWER = 3.0
_SLOWER_BY_S = 0.5
_HALF = 0.5
_FOLLOW = 0.1
_CLOSER = 0.75
_CLOSEST_S = 0.001
_BYTES_A_TOKEN = 4.0


class Quota:
    """Spaces requests so that no minute holds more of them, or of their tokens, than is allowed.

    The generic cell rate algorithm (ITU-T I.371) without a burst tolerance: a request that needs
    x tokens of a limit of L a minute is followed by the next one after 60 x / L seconds at the
    earliest. Times are in seconds on any one clock that does not go below 0.

    >>> quota = Quota(requests_per_minute=60, tokens_per_minute=6_000)
    >>> quota.book(now=0.0, tokens=500), quota.book(now=0.0, tokens=50), quota.book(5.0, 50)
    (0.0, 5.0, 1.0)
    """

    def __init__(
        self, *, requests_per_minute: float | None, tokens_per_minute: float | None
    ) -> None:
        """Allow what is given a minute; None is no limit."""
        self._request_s = 60.0 / requests_per_minute if requests_per_minute else 0.0
        self._token_s = 60.0 / tokens_per_minute if tokens_per_minute else 0.0
        self._requests_free_at = self._tokens_free_at = 0.0

    @property
    def counts_tokens(self) -> bool:
        """Whether tokens are limited."""
        return self._token_s > 0.0

    def book(self, now: float, tokens: float, apart_s: float = 0.0) -> float:
        """Book one request that needs so many tokens; return the seconds to wait before it.

        The next one follows `apart_s` seconds later at the earliest, whatever the limits say.
        """
        start = max(now, self._requests_free_at, self._tokens_free_at)
        self._requests_free_at = start + max(self._request_s, apart_s)
        self._tokens_free_at = start + tokens * self._token_s
        return start - now

    def settle(self, booked: float, used: float) -> None:
        """Put right what a finished request was booked with, by what it used."""
        self._tokens_free_at += (used - booked) * self._token_s


class TokenGuess:
    """Guesses the tokens of the next request, its answer's included, from those before it.

    >>> guess = TokenGuess(answer_tokens=100)
    >>> guess.tokens(sent_bytes=400)
    200.0
    >>> guess.learn(sent_bytes=400, used=80)
    >>> guess.tokens(sent_bytes=400)
    80.0
    """

    def __init__(self, *, answer_tokens: float) -> None:
        """Start with four bytes of request a token, and so many tokens of answer."""
        self._prompt_share = 1.0 / _BYTES_A_TOKEN
        self._more = answer_tokens
        self._known = False

    def tokens(self, sent_bytes: int) -> float:
        """Return how many tokens a request of so many bytes will need, at least 1."""
        return max(1.0, sent_bytes * self._prompt_share + self._more)

    def learn(self, sent_bytes: int, used: int) -> None:
        """Take note of what a request used: the first time at once, later by a tenth."""
        more = used - sent_bytes * self._prompt_share
        self._more = self._more + _FOLLOW * (more - self._more) if self._known else more
        self._known = True


class Congestion:
    """How many requests an endpoint takes at a time, and how far apart, by how it takes them.

    Additive increase, multiplicative decrease, once a round (as many ends as may run at a time,
    at least 8): the share of the round that was refused is taken off, as DCTCP does (RFC 8257);
    a round with few refusals (under 10 %) adds one. So a limit that is really there is found
    within a round, and stray refusals cost nothing. A round whose answers took over three times
    as long as usual, and half a second longer, counts as half refused; what is usual follows.

    Refusals are quick: one request at a time can still be refused hundreds of times a second. A
    round with more than few refusals therefore also sets requests as far apart as its answers
    were; any other takes a quarter off that. Times are in seconds on any one clock.
    """

    def __init__(self, most: int) -> None:
        """Start with the most at a time, and nothing between them."""
        self._most = most
        self._level = float(most)
        self._apart_s = 0.0
        self._usual_s: float | None = None
        self._begun: float | None = None
        self._start_round()

    @property
    def limit(self) -> int:
        """How many requests may run at a time now."""
        return int(self._level)

    @property
    def apart_s(self) -> float:
        """How many seconds have to lie between the starts of two requests now."""
        return self._apart_s

    def answered(self, now: float, seconds: float) -> None:
        """Take note of a request that was answered in so many seconds."""
        self._answers += 1
        self._seconds += seconds
        self._ended(now)

    def refused(self, now: float) -> None:
        """Take note of a request that the server had no room for."""
        self._refusals += 1
        self._ended(now)

    def _start_round(self) -> None:
        self._refusals = self._answers = 0
        self._seconds = 0.0

    def _ended(self, now: float) -> None:
        if self._begun is None:
            self._begun = now
        ends = self._answers + self._refusals
        if ends < max(self.limit, _ROUND):
            return
        share = self._refusals / ends
        if share >= _FEW and self._answers:
            self._apart_s = (now - self._begun) / self._answers
        else:
            self._apart_s *= _CLOSER if self._apart_s > _CLOSEST_S else 0.0
        if self._slower():
            share = max(share, _HALF)
        grown = self._level * (1.0 - share) + (1.0 if share < _FEW else 0.0)
        self._level = min(float(self._most), max(1.0, grown))
        self._begun = now
        self._start_round()

    def _slower(self) -> bool:
        """Return whether the round's answers took much longer than is usual; follow what is."""
        if self._answers < self._refusals:
            return False
        mean, usual = self._seconds / self._answers, self._usual_s
        if usual is None or mean < usual:
            self._usual_s = mean
            return False
        self._usual_s = usual + _FOLLOW * (mean - usual)
        return mean > _SLOWER * usual and mean - usual > _SLOWER_BY_S
