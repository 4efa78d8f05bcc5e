"""How well one reference is met by an answer: the features that compare the two.

Every value is oriented so that more is a better match. `INCREASING` names those that may only
raise the probability; the others (places and gaps) are left to the data.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qualityslo.graders.trained.lexicon import NEGATIONS, word_set
from qualityslo.graders.trained.words import (
    COMMON,
    Rarity,
    Words,
    all_trigrams,
    bigrams,
    dice,
    share,
    stem,
)

MATCH_FEATURES = (
    "grams", "new_grams", "new_grams_first", "recall", "recall_first", "recall_unweighted",
    "run", "run_first", "equal", "within_reference", "soft_recall", "last_word", "first_word",
    "place", "relative_place", "new_words_before", "gap", "not_denied",
    "precision", "f1", "answer_grams",
    "numbers", "years", "months", "days", "near_number", "no_other_number", "same_period",
    "elements",
)  # fmt: skip
INCREASING_MATCHES = word_set(
    """
    grams new_grams new_grams_first recall recall_first recall_unweighted run run_first
    equal soft_recall last_word first_word precision f1 answer_grams numbers near_number
    same_period
    """
)

_ELEMENT = re.compile(r"[,;/&]| and | or ")
_SEARCHED = 120  # words of an answer among which a misspelt one is looked for
_FAR = 40
_YEAR_LENGTH = 4
_DECADE = re.compile(r"[0-9]{3}0s")
_CENTURY = stem("century")


class AnswerText:
    """An answer as whole and as its first sentence, compared with a question."""

    def __init__(self, sentences: Sequence[str], text: str, question: Words) -> None:
        self.question = question
        self.whole = Words(text)
        self.sentences = [Words(one) for one in sentences[1:]] if len(sentences) > 1 else []
        self.first = Words(sentences[0]) if len(sentences) > 1 else self.whole
        self.grams = all_trigrams(self.whole.known)
        self.first_grams = all_trigrams(self.first.known) if self.sentences else self.grams
        self.new_first = self.first.content(question.known)
        self.new_grams = all_trigrams(self.new_first)
        self.order = {word: at for at, word in reversed(list(enumerate(self.whole.stems)))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A reference beside its question: `new` are the words by which it answers."""

    text: Words
    new: tuple[str, ...]
    weight: float
    recall: float
    new_grams: float

    @classmethod
    def of(cls, text: Words, answer: AnswerText, rarity: Rarity) -> "Wanted":
        """Compare a reference roughly: how much of its new words the answer has."""
        new = (
            text.content(answer.question.known)
            or text.content()
            or list(dict.fromkeys(text.stems))
        )
        weight = rarity.total(new) or 1e-9
        has = [one for one in new if one in answer.whole.known]
        return cls(
            text=text,
            new=tuple(new),
            weight=weight,
            recall=rarity.total(has) / weight,
            new_grams=share(all_trigrams(new), answer.grams),
        )

    @property
    def closeness(self) -> float:
        """The order in which references are tried; between full matches the longer one wins."""
        length = 0.01 * min(len(self.new), 5) if self.recall > 0.99 else 0.0
        return self.recall + self.new_grams + length


def match_features(wanted: Wanted, answer: AnswerText, rarity: Rarity) -> list[float]:
    """Return the values of `MATCH_FEATURES` for one reference."""
    return [
        *_overlap(wanted, answer, rarity),
        *_positions(wanted, answer, rarity),
        *_agreement(wanted, answer, rarity),
        *_numbers(wanted, answer),
        _elements(wanted, answer),
    ]


def _overlap(wanted: Wanted, answer: AnswerText, rarity: Rarity) -> list[float]:
    text, whole, first = wanted.text, answer.whole, answer.first
    return [
        share(all_trigrams(text.known), answer.grams),
        wanted.new_grams,
        share(all_trigrams(wanted.new), answer.first_grams),
        wanted.recall,
        _recall_first(wanted, answer, rarity),
        sum(one in whole.known for one in wanted.new) / max(1, len(wanted.new)),
        float(text.line in whole.line),
        float(text.line in first.line),
        float(text.line == whole.line),
        float(bool(whole.stems) and whole.line in text.line),
    ]


def _recall_first(wanted: Wanted, answer: AnswerText, rarity: Rarity) -> float:
    return rarity.total(one for one in wanted.new if one in answer.first.known) / wanted.weight


def _positions(wanted: Wanted, answer: AnswerText, rarity: Rarity) -> list[float]:
    stems, new = answer.whole.stems, wanted.new
    soft, places = _soft_matches(wanted, answer, rarity)
    known = answer.whole.known
    ends = [float(new[-1] in known), float(new[0] in known)] if new else [0.0, 0.0]
    if not places:
        return [soft, *ends, -float(_FAR), -1.5, -30.0, -9.0, 0.0]
    start = min(places)
    before = sum(
        one not in answer.question.known and one not in COMMON for one in stems[: min(start, 500)]
    )
    denied = not NEGATIONS.isdisjoint(answer.whole.words[max(0, start - 4) : start])
    return [
        soft,
        *ends,
        -float(min(start, _FAR)),
        -start / len(stems),
        -float(min(before, 30)),
        -(max(places) - start + 1) / len(places),
        -float(denied),
    ]


def _soft_matches(wanted: Wanted, answer: AnswerText, rarity: Rarity) -> tuple[float, list[int]]:
    """Return the recall with misspelt words counted in part, and where the words stand."""
    found, places = 0.0, []
    for word in wanted.new:
        at = answer.order.get(word)
        if at is not None:
            found += rarity.of(word)
            places.append(at)
        elif not word[:1].isdigit():
            likeness, at = _most_like(word, answer.whole.stems[:_SEARCHED])
            if likeness > 0.5:
                found += rarity.of(word) * likeness
                places.append(at)
    return found / wanted.weight, places


def _most_like(word: str, others: Sequence[str]) -> tuple[float, int]:
    grams, best, where = bigrams(word), 0.0, 0
    for at, other in enumerate(others):
        if abs(len(other) - len(word)) <= 4:
            likeness = dice(grams, bigrams(other))
            if likeness > best:
                best, where = likeness, at
    return best, where


def _agreement(wanted: Wanted, answer: AnswerText, rarity: Rarity) -> list[float]:
    said = rarity.total(answer.new_first)
    recall = _recall_first(wanted, answer, rarity)
    precision = recall * wanted.weight / said if said else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return [precision, f1, share(answer.new_grams, all_trigrams(wanted.text.known))]


def _numbers(wanted: Wanted, answer: AnswerText) -> list[float]:
    """Return how the numbers agree: -1 stands for a reference without any, 0 for no comparison."""
    asked = answer.question.numbers
    text, whole = wanted.text, answer.whole
    theirs = text.numbers - asked or text.numbers
    if not theirs:
        return [-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0]
    ours = whole.numbers - asked
    return [
        len(theirs & whole.numbers) / len(theirs),
        _same(_years(theirs), _years(ours)),
        _same(text.months, whole.months),
        _same(_days(theirs), _days(ours)),
        max((_nearness(one, other) for one in theirs for other in sorted(ours)[:50]), default=0.0),
        -float(bool(ours) and not theirs & whole.numbers),
        float(_is_within(text, whole) or _is_within(whole, text)),
    ]


def _same(theirs: frozenset[object], ours: frozenset[object]) -> float:
    if not (theirs and ours):
        return 0.0
    return 1.0 if theirs & ours else -1.0


def _years(numbers: frozenset[str]) -> frozenset[object]:
    return frozenset(one for one in numbers if len(one) == _YEAR_LENGTH and one.isdigit())


def _days(numbers: frozenset[str]) -> frozenset[object]:
    return frozenset(one for one in numbers if len(one) <= 2 and one.isdigit())


def _is_within(exact: Words, coarse: Words) -> bool:
    """Whether a text has a year of a decade or century that another one names."""
    periods = _periods(coarse)
    years = {int(str(one)) for one in _years(exact.numbers)} if periods else set()
    return not all(years.isdisjoint(one) for one in periods)


def _periods(words: Words) -> set[range]:
    """Return the years of "the 1930s", and of "the 19th century" from 1800 to 1900."""
    decades = {int(one[:4]) for one in words.numbers if _DECADE.fullmatch(one)}
    centuries = {
        int(number)
        for number, following in pairwise(words.stems)
        if following == _CENTURY and number in words.numbers and number.isdecimal()
    }
    return {range(first, first + 10) for first in decades} | {
        range(100 * one - 100, 100 * one + 1) for one in centuries if one < 100
    }


def _nearness(theirs: str, ours: str) -> float:
    """Return 1 for the same number, 0 for one ten years or ten per cent away."""
    if theirs == ours:
        return 1.0
    try:
        first, second = float(theirs[:40]), float(ours[:40])
    except ValueError:
        return 0.0
    apart = abs(first - second)
    years = {len(theirs), len(ours)} == {_YEAR_LENGTH}
    scale = 10.0 if years else max(abs(first), abs(second)) / 10
    return max(0.0, 1 - apart / scale) if scale else 1.0


def _elements(wanted: Wanted, answer: AnswerText) -> float:
    """Return the share of a listing's elements of which the answer has a word."""
    parts = [one for one in _ELEMENT.split(wanted.text.raw[:2000]) if one.strip()]
    if len(parts) < 2 or wanted.text.numbers:
        return float(wanted.recall > 0)
    elements = [Words(one) for one in parts[:50]]
    named = [one.content() or one.stems for one in elements]
    hits = sum(any(word in answer.whole.known for word in words) for words in named)
    return hits / len(elements)
