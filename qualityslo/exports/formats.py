"""Numbers, instants and untrusted text as a person reads them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qualityslo.domain.golden import Json

TEXT_LIMIT = 2000
UNKNOWN = "unknown"
MINUS = "\N{MINUS SIGN}"

_CONTROLS = {code: 0x2400 + code for code in range(32) if code not in {9, 10, 13}} | {127: 0x2421}
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])

_METHODS = (
    ("definition", "counted: decided by rule, no label needed"),
    ("census", "counted: every item is known"),
    ("uncorrected", "graders alone, not corrected by labels"),
    ("no labels", "nothing labelled: only what is possible"),
    ("hypergeometric", "labels of a random sample, exact for this set"),
    ("finite", "labels of a stratified sample, for this set"),
    ("clopper_pearson", "labels of a random sample, exact for items like these"),
    ("exact2", "labels of two strata, exact"),
    ("super", "labels of a stratified sample, for items like these"),
    ("strict", "labels of a stratified sample, a bound on the safe side"),
    ("window_rate", "labels of several nights, clustered by item"),
    ("clustered", "several nights, clustered by item"),
)


def percent(share: float | None) -> str:
    """Return a share with one decimal; 0 % and 100 % are kept for what is exactly that.

    >>> percent(0.98214), percent(0.99999), percent(1.0), percent(0.0)
    ('98.2 %', '>99.9 %', '100.0 %', '0.0 %')
    """
    if share is None or not math.isfinite(100 * share):
        return UNKNOWN
    text = f"{100 * share:.1f}"
    if text == "100.0" and share < 1 - 1e-12:
        return ">99.9 %"
    if text in {"0.0", "-0.0"}:
        return "<0.1 %" if share > 1e-12 else "0.0 %"
    return f"{text} %".replace("-", MINUS)


def points(difference: float | None) -> str:
    """Return a difference of two shares in percentage points, with its sign.

    >>> points(0.013), points(0.0)
    ('+1.3 pp', '+0.0 pp')
    """
    if difference is None or not math.isfinite(100 * difference):
        return UNKNOWN
    return f"{100 * difference + 0.0:+.1f} pp".replace("-", MINUS)


def target(share: float) -> str:
    """Return a target with as many decimals as it was given.

    >>> target(0.98), target(0.9995)
    ('98 %', '99.95 %')
    """
    return f"{100 * share:.10g} %"


def seconds(value: float | None) -> str:
    """Return a time in milliseconds or seconds.

    >>> seconds(0.0312), seconds(0.9999), seconds(2.25), seconds(123.4)
    ('31 ms', '1.00 s', '2.25 s', '123 s')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if 0 < abs(value) < 0.00995:
        return f"{1000 * value:.2g} ms"
    if abs(value) < 0.9995:
        return f"{1000 * value:.0f} ms"
    return f"{value:.2f} s" if value < 99.995 else f"{value:,.0f} s"


def round_seconds(value: float) -> str:
    """Return a time that somebody chose, such as a limit, without decimals it does not need.

    >>> round_seconds(20.0), round_seconds(0.5), round_seconds(1.5)
    ('20 s', '500 ms', '1.5 s')
    """
    return f"{1000 * value:.4g} ms" if value < 0.9995 else f"{value:,.6g} s"


def times(value: float | None) -> str:
    """Return a burn rate as a multiple of the budget.

    >>> times(1.254)[:-1]
    '1.25'
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:,.2f}\N{MULTIPLICATION SIGN}".replace("-", MINUS)


def number(value: float | None) -> str:
    """Return a plain number such as a cosine or a p value.

    >>> number(0.0309), number(0.00001), number(1.0)
    ('0.031', '<0.001', '1.000')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if 0 < value < 0.0005:
        return "<0.001"
    return f"{value:.3f}".replace("-", MINUS)


def moment(instant: datetime) -> str:
    """Return an instant in UTC.

    >>> moment(datetime(2026, 3, 1, 2, tzinfo=UTC))
    '2026-03-01 02:00 UTC'
    """
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(instant: datetime) -> str:
    """Return the day of an instant in UTC, short.

    >>> day(datetime(2026, 3, 1, 2, tzinfo=UTC))
    '1 Mar'
    """
    return f"{instant.astimezone(UTC):%-d %b}"


def factor(value: float) -> str:
    """Return how many times as long something is.

    >>> factor(0.25)[:-1], factor(1.0)[:-1], factor(4.0)[:-1]
    ('1/4', '1', '4')
    """
    words = f"{value:g}" if value >= 1 else f"1/{1 / value:g}"
    return f"{words}\N{MULTIPLICATION SIGN}"


def length(period: timedelta) -> str:
    """Return the length of a window in whole days, or hours.

    >>> length(timedelta(days=30)), length(timedelta(hours=12))
    ('30 d', '12 h')
    """
    hours = period.total_seconds() / 3600
    return f"{hours / 24:g} d" if hours >= 24 else f"{hours:g} h"


def plain(word: str) -> str:
    """Return an identifier as words.

    >>> plain("only_candidate_bad")
    'only candidate bad'
    """
    return word.replace("_", " ")


def method_in_words(method: str) -> str:
    """Return how an estimate was found, for people; a method nobody knows keeps its own name.

    >>> method_in_words("finite2, missing labels both ways")
    'labels of a stratified sample, for this set, missing labels both ways'
    """
    for prefix, words in _METHODS:
        if method.startswith(prefix):
            rest = method.partition(",")[2]
            return f"{words},{rest}" if rest else words
    return plain(method)


def straight(text: str, limit: int = 80) -> str:
    r"""Return a text for a drawing, where nothing isolates its direction: without direction marks.

    >>> straight("\u202eabc")
    'abc'
    """
    return cut(text, limit).shown.translate(_TURNS)


@dataclass(frozen=True, slots=True)
class Text:
    """An untrusted text as it is shown: without control characters, cut where it is too long."""

    shown: str
    rest: int


def cut(text: str, limit: int = TEXT_LIMIT) -> Text:
    r"""Return what is shown of a text, and how many characters are left out.

    Control characters become their pictures: they have no business in HTML.

    >>> cut("a\x1b[31m")
    Text(shown='a␛[31m', rest=0)
    """
    shown = text[:limit].translate(_CONTROLS)
    return Text(shown=shown, rest=max(0, len(text) - limit))


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value of a JSON document with the path to it.

    >>> list(leaves({"rules": {"margin": 0.02}, "seeds": [1, 2]}))
    [('rules.margin', '0.02'), ('seeds', '1, 2')]
    """
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for at, one in enumerate(value):
            yield from leaves(one, f"{path}[{at}]")
    elif isinstance(value, list):
        yield path, ", ".join(str(one) for one in value)
    else:
        yield path, "none" if value is None else str(value)
