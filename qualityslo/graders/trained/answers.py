"""The features of `correctness`: an answer against a question's references.

The references closest to the answer are compared one by one (`matching`), and of each
comparison the best value counts; then what the answer says beyond all references is weighed.
Neither the number of references nor the length of the answer is a feature.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qualityslo.graders.abstention import declines
from qualityslo.graders.sentences import sentences
from qualityslo.graders.trained.lexicon import MONTHS, NEGATIONS, TIME_BOUND, UNDECIDED, word_set
from qualityslo.graders.trained.matching import (
    INCREASING_MATCHES,
    MATCH_FEATURES,
    AnswerText,
    Wanted,
    match_features,
)
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

ANSWER_FEATURES = (
    *MATCH_FEATURES,
    "explained_first", "explained", "explained_grams", "strange_names", "strange_names_share",
    "strange_weight", "strange_share", "strange_numbers",
    "declines", "yes_or_no", "denies", "denial_differs", "prefix_denied", "undecided",
    "kind", "time_bound", "reference_numbers", "reference_is_number", "reference_denies", "years_later", "rarest_missed", "rarest_found",
    "acronym", "likeness", "best_sentence", "second_reference",
)  # fmt: skip
INCREASING = INCREASING_MATCHES | {
    "yes_or_no", "rarest_found", "acronym", "likeness", "best_sentence", "second_reference",
}  # fmt: skip
DECREASING = frozenset({"declines", "rarest_missed"})

_READ_REFERENCES = 60
_COMPARED = 4
_READ_SENTENCES = 12
# "in 1996 during the weekend1." - the foot of a quotation, glued to a word
_FOOTNOTE = re.compile(r"(?<=[A-Za-z)\"'])[0-9]{1,2}(?=[.,;]|\s|$)")
_BEHIND_NAME = re.compile(r"\s*\([^()]{1,40}\)\s*$")
_NAME = re.compile(r"[^\W\d_][\w'\u2019.-]*+")
_KINDS = {"when": 1, "who": 2, "whom": 2, "whose": 2, "where": 3, "why": 5, "which": 6, "what": 7}
_AMOUNTS = word_set("many much long old far tall big large often")
_TIMES = word_set("year date day month time")
_VERBS = word_set("is are do does did can was were will has have had should")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The features of one answer, and what a person is told: the closest reference."""

    values: list[float]
    closest: Wanted
    declined: bool
    contained: bool
    missing: list[str]
    denied: bool


def compare(
    question: str, references: Sequence[str], text: str, rarity: Rarity
) -> Comparison | None:
    """Compare an answer with references; None where no reference has a word."""
    asked = Words(question)
    cleaned = _FOOTNOTE.sub("", text)
    answer = AnswerText(sentences(cleaned), cleaned, asked)
    read = _distinct(references)
    if not read:
        return None
    wanted = [Wanted.of(one, answer, rarity) for one in (*read, *_acronyms(read, answer))]
    wanted.sort(key=lambda one: -one.closeness)
    rows = [match_features(one, answer, rarity) for one in wanted[:_COMPARED]]
    best = [max(values) for values in zip(*rows, strict=True)]
    declined = not answer.whole.stems or declines(text)
    values = [
        *best,
        *_beyond(read, wanted[0], answer, rarity),
        *_stance(read, wanted[0], answer, declined=declined),
        *_kind(wanted[0], answer),
        *_details(wanted, answer, rarity),
    ]
    return Comparison(
        values=[round(one, 4) for one in values],
        closest=wanted[0],
        declined=declined,
        contained=wanted[0].text.line in answer.whole.line,
        missing=_missing(wanted[0], answer),
        denied=is_denied(wanted[0].text, answer.whole, asked),
    )


def is_denied(reference: Words, answer: Words, question: Words) -> bool:
    """Whether an answer names a reference only to deny it: "not Paris", "wasn't Paris".

    Every mention has to stand right behind the denial, and neither the question nor the
    reference may hold one.
    """
    if not answer.negated or question.negated or reference.negated:
        return False
    size = len(reference.stems)
    starts = [
        at
        for at in range(len(answer.stems) - size + 1)
        if answer.stems[at : at + size] == reference.stems
    ]
    return bool(starts) and all(_denies(answer.words[max(0, at - 2) : at]) for at in starts)


def _denies(before: Sequence[str]) -> bool:
    if before[-1:] == ["t"]:  # "wasn't"
        return before[0] in NEGATIONS
    return before[-1:] in (["not"], ["never"], ["neither"], ["nor"])


def _missing(closest: Wanted, answer: AnswerText) -> list[str]:
    """Return the words of a reference, as it spells them, that the answer does not have."""
    spelled = dict(zip(closest.text.stems, closest.text.words, strict=True))
    return [spelled[one] for one in closest.new if one not in answer.whole.known]


def _distinct(references: Sequence[str]) -> list[Words]:
    """Return the references that differ once normalised."""
    spelled = list({one.casefold(): one for one in reversed(references)}.values())[::-1]
    read = [_reference(one) for one in spelled[:_READ_REFERENCES]]
    return list({one.line: one for one in read if one.stems}.values())


@lru_cache(maxsize=1 << 12)
def _reference(text: str) -> Words:
    return Words(_BEHIND_NAME.sub("", text) or text)


def _acronyms(read: Sequence[Words], answer: AnswerText) -> list[Words]:
    """Return the acronyms of references of three words and more that the answer uses."""
    known, asked = answer.whole.known, answer.question.known
    letters = (_initials(one) for one in read)
    used = [one for one in letters if len(one) > 2 and one in known and one not in COMMON | asked]
    return [_reference(one) for one in dict.fromkeys(used)]


def _beyond(
    read: Sequence[Words], closest: Wanted, answer: AnswerText, rarity: Rarity
) -> list[float]:
    """Return how much of the answer's own words the references explain, and what is strange."""
    known = frozenset().union(*(one.known for one in read))
    nothing = 1.0 if known <= answer.question.known | COMMON else 0.0
    said = rarity.total(answer.new_first)
    strange = rarity.total(one for one in answer.new_first if one not in known)
    explained = (said - strange) / said if said else nothing
    new = answer.whole.content(answer.question.known)
    all_said = rarity.total(new)
    all_explained = rarity.total(one for one in new if one in known)
    names = _names(answer, known)
    return [
        explained,
        all_explained / all_said if all_said else explained,
        share(answer.new_grams, all_trigrams(known)) if answer.new_grams else explained,
        float(names.count(False)),
        names.count(False) / len(names) if names else 0.0,
        strange,
        min(strange, 60.0) / (closest.weight + strange),
        float(len(answer.first.numbers - known - answer.question.known)),
    ]


def _names(answer: AnswerText, known: frozenset[str]) -> list[bool]:
    """Return for each capitalised word of the first sentence whether a reference has it."""
    found = []
    for match in _NAME.finditer(answer.first.raw[:5000]):
        if match[0][0].isupper():
            word = match[0].casefold().rstrip(".'\u2019-")
            name = stem(word.removesuffix("'s").removesuffix("\u2019s"))
            if name not in COMMON and name not in answer.question.known:
                found.append(name in known)
    return found


def _stance(
    read: Sequence[Words], closest: Wanted, answer: AnswerText, *, declined: bool
) -> list[float]:
    opening = answer.whole.words[0] if answer.whole.words else ""
    wanted = {one.words[0] for one in read if one.words[0] in {"yes", "no"}}
    clear = bool(wanted) and opening in {"yes", "no"}
    return [
        float(declined),
        (1.0 if opening in wanted else -1.0) if clear else 0.0,
        float(answer.whole.negated),
        float(answer.first.negated != closest.text.negated),
        float(any(_prefix_denied(one, answer.whole.known) for one in closest.new)),
        float(min(sum(one in UNDECIDED for one in answer.whole.words), 3)),
    ]


def _prefix_denied(word: str, known: frozenset[str]) -> bool:
    """Whether a text has "indirect" for "direct", or the other way round."""
    if len(word) < 4 or not word.isalpha() or word in known:
        return False
    longer = any(prefix + word in known for prefix in ("in", "un", "non", "im"))
    return longer or (word[:2] in {"in", "un", "im"} and word[2:] in known)


def _kind(closest: Wanted, answer: AnswerText) -> list[float]:
    text = closest.text
    only = all(one in text.numbers or one in MONTHS or one in COMMON for one in text.stems)
    return [
        float(kind_of_question(answer.question.words)),
        float(not TIME_BOUND.isdisjoint(answer.question.words)),
        float(len(text.numbers)),
        float(bool(text.numbers) and only),
        float(text.negated),
    ]


def kind_of_question(words: Sequence[str]) -> int:
    """Return what is asked for: 1 a time, 2 a person, 3 a place, 4 an amount, 9 yes or no, ...

    >>> kind_of_question("how many moons has mars".split())
    4
    """
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "how":
            return 4 if following in _AMOUNTS else 8
        if word in _KINDS:
            return 1 if word in {"which", "what"} and following in _TIMES else _KINDS[word]
    return 9 if words and words[0] in _VERBS else 0


def _details(wanted: Sequence[Wanted], answer: AnswerText, rarity: Rarity) -> list[float]:
    closest, known = wanted[0], answer.whole.known
    missed = [rarity.of(one) for one in closest.new if one not in known]
    found = [rarity.of(one) for one in closest.new if one in known]
    shares = [
        rarity.total(one for one in closest.new if one in words.known) / closest.weight
        for words in (answer.first, *answer.sentences[:_READ_SENTENCES])
    ]
    return [
        _years_later(closest, answer),
        max(missed, default=0.0),
        max(found, default=0.0),
        float(any(_is_acronym(one.text, answer.whole) for one in wanted[:10])),
        _likeness(wanted, answer),
        max(shares),
        _second_recall(wanted),
    ]


def _second_recall(wanted: Sequence[Wanted]) -> float:
    """Return how well the second closest reference is met; the only one's where it is alone.

    People's verdicts are less sure where the references of a question disagree.
    """
    return sorted(one.recall for one in wanted)[-2:][0]


def _years_later(closest: Wanted, answer: AnswerText) -> float:
    def years(words: Words) -> list[int]:
        return [int(one) for one in words.numbers if len(one) == 4 and one.isdecimal()]

    theirs, ours = years(closest.text), years(answer.first)
    return float(min(30, max(-30, max(ours) - max(theirs)))) if theirs and ours else 0.0


def _is_acronym(reference: Words, answer: Words) -> bool:
    """Whether one side spells the other by its first letters."""
    first = _initials(reference)
    if len(reference.stems) > 1:
        return len(first) > 1 and first in answer.known
    word = reference.stems[0]
    return 2 <= len(word) <= 6 and word.isalpha() and word in _initials(answer)


def _initials(words: Words) -> str:
    return "".join(one[0] for one in words.stems[:200] if one not in COMMON)


def _likeness(wanted: Sequence[Wanted], answer: AnswerText) -> float:
    """Return how alike the spellings of a short answer and a reference are; -1 for a long one."""
    if len(answer.whole.stems) > 12:
        return -1.0
    said = bigrams(_spelled(answer.whole))
    return max(dice(said, bigrams(_spelled(one.text))) for one in wanted[:3])


def _spelled(words: Words) -> str:
    return " ".join(one for one in words.stems if one not in COMMON)[:80]
