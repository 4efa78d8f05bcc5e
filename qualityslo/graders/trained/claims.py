"""The features of `faithfulness`: what the sentences of an answer claim, against the context.

Each sentence is looked up in the whole context and in the window that holds most of it. What
supports it counts by its lowest value over the sentences and what does not by its highest: one
unsupported sentence is enough. Length, of the answer or the context, is no feature.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qualityslo.graders.trained.context import Context, common_length, window_masks
from qualityslo.graders.trained.lexicon import (
    COMPARISONS,
    HEDGES,
    NEGATIONS,
    OPPOSITES,
    QUANTIFIERS,
    word_set,
)
from qualityslo.graders.trained.sentence import Sentence, name_stem, named, strange_facts
from qualityslo.graders.trained.words import COMMON, Rarity, share, stem, trigrams

_SUPPORT = (
    "words_known", "words_known_or_asked", "all_words_known", "pairs_known", "triples_known",
    "longest_run", "window_words", "window_order", "likest_word", "neighbours_kept",
)  # fmt: skip
_DOUBT = (
    "words_elsewhere", "strange_numbers", "numbers_elsewhere", "strange_names",
    "names_elsewhere", "strange_names_share", "negation_added", "negation_dropped",
    "opposite_added", "opposite_of_window", "quantifiers_added", "hedges_added", "hedges_dropped",
    "comparisons_added", "rarest_strange", "prefix_denied",
    "small_words_strange",
)  # fmt: skip
_AVERAGED = (
    "words_known", "words_known_or_asked", "all_words_known", "pairs_known", "triples_known",
    "window_words", "window_order", "neighbours_kept", "longest_run",
    "words_elsewhere", "strange_names", "strange_names_share", "rarest_strange",
    "small_words_strange",
)  # fmt: skip
CLAIM_FEATURES = (
    *(f"least_{one}" for one in _SUPPORT),
    *(f"most_{one}" for one in _DOUBT),
    *(f"mean_{one}" for one in _AVERAGED),
    "rouge_l", "pairs_known", "second_least_words_known",
)  # fmt: skip
_SURELY_GOOD = frozenset(_SUPPORT) - {"neighbours_kept"}
_SURELY_BAD = word_set(
    """
    words_elsewhere strange_numbers strange_names strange_names_share opposite_added
    rarest_strange
    """
)
# What may only lower the probability of a hallucination, and what may only raise it.
DECREASING = {f"{kind}_{one}" for one in _SURELY_GOOD for kind in ("least", "mean")} | {
    "rouge_l",
    "pairs_known",
    "second_least_words_known",
}
INCREASING = {f"{kind}_{one}" for one in _SURELY_BAD for kind in ("most", "mean")} - {
    "mean_words_elsewhere"
}

_OPPOSITE: dict[str, frozenset[str]] = {}
for _first, _second in OPPOSITES:
    for _one, _other in ((stem(_first), stem(_second)), (stem(_second), stem(_first))):
        _OPPOSITE[_one] = _OPPOSITE.get(_one, frozenset()) | {_other}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence looked up: its values by feature, and what is unsupported in it.

    `facts` are numbers, dates and times as the sentence states them, `names` its capitalised
    words, `words` the other content words, all of which neither context nor question has.
    """

    text: str
    stems: list[str]
    values: dict[str, float]
    facts: list[str]
    names: list[str]
    words: list[str]


def look_up(text: str, context: Context, rarity: Rarity) -> Claim | None:
    """Look one sentence up in a context; None where it has no words."""
    one = Sentence(text, context, rarity)
    if not one.said.stems:
        return None
    facts = strange_facts(one)
    names = [name for name in named(one) if one.is_strange(name_stem(name))]
    values = {
        **_known(one),
        **_ordered(one),
        **_strange(one, names),
        **_turned(one),
        **_tone(one),
    }
    shown = {stem(name.casefold()) for name in names}
    words = [
        word
        for word, found in zip(one.said.words, one.said.stems, strict=True)
        if found in one.strange and found not in shown and word.isalpha()
    ]
    return Claim(
        text=text, stems=one.said.stems, values=values, facts=facts, names=names, words=words
    )


def claim_features(claims: Sequence[Claim], context: Context) -> list[float]:
    """Return the values of `CLAIM_FEATURES` for an answer; there is at least one claim."""
    sizes = [len(one.stems) for one in claims]
    stems = [stem for one in claims for stem in one.stems]
    pairs = [one in context.pairs for one in pairwise(stems)]
    lowest = sorted(one.values["words_known_or_asked"] for one in claims)
    values = [
        *(min(one.values[name] for one in claims) for name in _SUPPORT),
        *(max(one.values[name] for one in claims) for name in _DOUBT),
        *(
            sum(one.values[name] * size for one, size in zip(claims, sizes, strict=True))
            / len(stems)
            for name in _AVERAGED
        ),
        context.in_order(stems),
        sum(pairs) / max(1, len(pairs)),
        lowest[1] if len(lowest) > 1 else 1.0,
    ]
    return [round(one, 4) for one in values]


def _known(one: Sentence) -> dict[str, float]:
    context, rarity = one.context, one.rarity
    stems = one.said.stems
    all_known = sum(word in context.places for word in stems) / len(stems)
    new = rarity.total(one.strange)
    spelled = [word for word in one.strange if word.isalpha() and len(word) > 3]
    return {
        "words_known": rarity.total(one.known) / one.weight if one.content else 1.0,
        "words_known_or_asked": 1 - new / one.weight if one.content else 1.0,
        "all_words_known": all_known,
        "window_words": one.window_share,
        "words_elsewhere": rarity.total(one.elsewhere(one.known)) / one.weight,
        "likest_word": min(
            (share(trigrams(word), context.trigrams) for word in spelled), default=1.0
        ),
        "rarest_strange": max(map(rarity.of, one.strange), default=0.0),
    }


def _ordered(one: Sentence) -> dict[str, float]:
    stems, context = one.said.stems, one.context
    known = sum(word in context.places for word in stems) / len(stems)
    pairs = [pair in context.pairs for pair in pairwise(stems)]
    triples = [
        first and second and context.has_run(three)
        for first, second, three in zip(
            pairs, pairs[1:], zip(stems, stems[1:], stems[2:], strict=False), strict=False
        )
    ]
    pairs_known = sum(pairs) / len(pairs) if pairs else known
    common = common_length(stems, window_masks(one.window), len(one.window))
    return {
        "pairs_known": pairs_known,
        "triples_known": sum(triples) / len(triples) if triples else pairs_known,
        "longest_run": (_longest(pairs) + bool(known)) / len(stems),
        "window_order": common / len(stems),
        "neighbours_kept": _neighbours_kept(one),
    }


def _longest(flags: Sequence[bool]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


def _neighbours_kept(one: Sentence) -> float:
    """Return the share of neighbouring content words that stand near each other in the context."""
    pairs = list(pairwise(one.content))
    if not pairs:
        return 1.0 if one.known else 0.0
    places = one.context.places
    near = sum(
        _least_distance(places.get(first, [])[:20], places.get(second, [])) <= 8
        for first, second in pairs
    )
    return near / len(pairs)


def _least_distance(first: Sequence[int], second: Sequence[int]) -> int:
    least = 99
    for at in first:
        index = bisect_left(second, at)
        if index < len(second):
            least = min(least, second[index] - at)
        if index > 0:
            least = min(least, at - second[index - 1] + 1)
    return least


def _strange(one: Sentence, names: Sequence[str]) -> dict[str, float]:
    numbers = [word for word in one.content if word[:1].isdigit()]
    capitalised = named(one)
    small = [word for word in one.said.stems if word in COMMON]
    return {
        "strange_numbers": float(sum(word in one.strange for word in numbers)),
        "numbers_elsewhere": float(len(one.elsewhere(numbers))),
        "strange_names": float(len(names)),
        "names_elsewhere": float(len(one.elsewhere([name_stem(name) for name in capitalised]))),
        "strange_names_share": len(names) / len(capitalised) if capitalised else 0.0,
        "small_words_strange": (
            sum(word not in one.window_known for word in small) / len(small) if small else 0.0
        ),
    }


def _turned(one: Sentence) -> dict[str, float]:
    denied = not NEGATIONS.isdisjoint(one.window_words)
    window = one.window_known

    def opposed(words: Sequence[str]) -> float:
        return float(
            sum(not _OPPOSITE.get(word, frozenset()).isdisjoint(window) for word in words)
        )

    return {
        "negation_added": float(one.said.negated and not denied),
        "negation_dropped": float(denied and not one.said.negated),
        "opposite_added": opposed(one.strange),
        "opposite_of_window": opposed([word for word in one.content if word not in window]),
        "prefix_denied": float(sum(_drops_prefix(word, one) for word in one.strange)),
    }


def _drops_prefix(word: str, one: Sentence) -> bool:
    places = one.context.places
    return (word[:2] in {"un", "in", "im"} and word[2:] in places) or (
        word[:3] in {"dis", "non"} and word[3:] in places
    )


def _tone(one: Sentence) -> dict[str, float]:
    said, there = frozenset(one.said.words), one.window_words
    compared = sum(stem(word) not in one.window_known for word in COMPARISONS & said)
    return {
        "quantifiers_added": float(len(QUANTIFIERS & said - there)),
        "hedges_added": float(len(HEDGES & said - there)),
        "hedges_dropped": float(len(HEDGES & there - said)),
        "comparisons_added": float(compared),
    }
