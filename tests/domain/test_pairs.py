"""Pairs of answers: which of them a label could say something about, and the release gate's interval."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.domain.evidence import AnswerColumns, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.outcome import Ending
from qualityslo.domain.pairs import GateRule, Pairs, paired_table
from qualityslo.domain.release import release_strata
from qualityslo.stats import (
    Estimate,
    PairedStratum,
    paired_difference_interval,
    paired_gate_interval,
)

Columns = Callable[..., AnswerColumns]
Lay = Callable[..., Labelled]
SET = GateRule(frame="golden_set")
NONE = PairedStratum(0, 0, 0, 0)


def by_verdicts(candidate: Labelled, baseline: Labelled) -> tuple[Labelled, Labelled]:
    """Return both with the strata of a release draw: by what the graders say of the two."""
    flags = [np.array(one.judged.verdict) == 1 for one in (candidate, baseline)]
    strata = release_strata(*flags)
    first, second = (
        replace(one, sample=replace(one.sample, strata=strata)) for one in (candidate, baseline)
    )
    return first, second


@pytest.fixture(scope="session")
def pair(
    make_columns: Columns, lay: Lay, human: Criterion
) -> Callable[..., tuple[Labelled, Labelled]]:
    """Return a builder of two models' evidence from letters; texts differ but on the first `same`."""

    def build(
        said: str,
        other_said: str,
        *,
        same: int = 0,
        drawn: Sequence[int] = (),
        reached: int | None = None,
        tonight: tuple[str, str] = ("", ""),
        earlier: tuple[str, str] = ("", ""),
        endings: Sequence[Ending] | None = None,
    ) -> tuple[Labelled, Labelled]:
        size = len(said)
        texts = [f"text {at}" + ("" if at < same else "*") for at in range(size)]
        place = {"drawn": drawn, "reached": reached}
        return by_verdicts(
            lay(
                make_columns(endings or size, said, texts=texts),
                human,
                tonight=tonight[0],
                earlier=earlier[0],
                **place,
            ),
            lay(
                make_columns(size, other_said),
                human,
                tonight=tonight[1],
                earlier=earlier[1],
                **place,
            ),
        )

    return build


Pair = Callable[..., tuple[Labelled, Labelled]]


def everything(labelled: Labelled) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return the mask of all items."""
    return np.ones(len(labelled.judged.valid), dtype=np.bool_)


def difference(pair: tuple[Labelled, Labelled], rule: GateRule = SET) -> Estimate | None:
    """Return candidate - baseline."""
    return Pairs.of(*pair, everything(pair[0])).difference(rule, by_definition=False)


# --- which pairs are open ---------------------------------------------------------------------


def test_pairs_of_one_text_and_known_pairs_are_not_open(pair: Pair) -> None:
    # 0, 1 of one text; 2 known on both sides, 3 on one only, 4 pending, 5 without opinion, 6 new.
    evidence = pair("ggggggg", "ggggggg", same=2, earlier=("??ggpm?", "??b?gg?"))
    pairs = Pairs.of(*evidence, everything(evidence[0]))
    assert pairs.same.tolist() == [True, True, False, False, False, False, False]
    assert pairs.known.tolist() == [False, False, True, False, False, False, False]
    assert pairs.open.tolist() == [False, False, False, True, True, True, True]


def test_what_a_rule_decides_by_how_it_ended_is_known(pair: Pair) -> None:
    endings = [Ending.EMPTY, Ending.EMPTY, Ending.ERROR, Ending.ANSWERED]
    evidence = pair("gggg", "gggg", same=1, endings=endings, earlier=("????", "gg??"))
    pairs = Pairs.of(*evidence, everything(evidence[0]))
    # An empty answer is bad by rule: where the other is known the pair is, whatever the texts.
    assert pairs.pair.tolist() == [True, True, False, True]
    assert pairs.same.tolist() == [False] * 4
    assert pairs.known.tolist() == [True, True, False, False]


def test_only_items_within_the_mask_are_pairs(pair: Pair) -> None:
    evidence = pair("gggg", "gggg", same=2)
    pairs = Pairs.of(*evidence, np.array([True, False, True, False]))
    assert (pairs.pair.tolist(), pairs.same.tolist()) == (
        [True, False, True, False],
        [True, False, False, False],
    )


# --- the interval of a release draw -----------------------------------------------------------

# 2 of one text, 1 remembered, 4 flagged on the candidate (2 looked at: 1 really bad), 3 on the
# baseline (2 looked at: both really bad), 10 that agree (6 looked at: 1 silent miss of each).
SAID = "gg" + "g" + "bbbb" + "ggg" + "g" * 10
OTHER = "gg" + "g" + "gggg" + "bbb" + "g" * 10
DRAWN = [3, 4, 7, 8, *range(10, 16)]
TONIGHT = (
    "??" + "b" + "bg??" + "gg?" + "bggggg????",
    "??" + "g" + "gg??" + "bb?" + "gbgggg????",
)


def test_a_release_draw_on_the_set_gets_the_exact_interval(pair: Pair) -> None:
    evidence = pair(SAID, OTHER, same=2, drawn=DRAWN, earlier=("??b", "??g"), tonight=TONIGHT)
    expected = paired_gate_interval(
        PairedStratum(4, 2, 1, 0),
        PairedStratum(3, 2, 0, 2),
        PairedStratum(10, 6, 1, 1),
        items=20,
        remembered=PairedStratum(1, 1, 1, 0),
    )
    assert difference(evidence) == expected
    assert expected.method == "pair_exact"


def test_a_release_draw_asked_about_traffic_gets_the_wider_one(pair: Pair) -> None:
    evidence = pair(SAID, OTHER, same=2, drawn=DRAWN, earlier=("??b", "??g"), tonight=TONIGHT)
    assert difference(evidence, GateRule()) == paired_difference_interval(
        [
            PairedStratum(2, 2, 0, 0),
            PairedStratum(1, 1, 1, 0),
            PairedStratum(4, 2, 1, 0),
            PairedStratum(3, 2, 0, 2),
            PairedStratum(10, 6, 1, 1),
        ]
    )


def test_the_confidence_asked_for_is_the_confidence_given(pair: Pair) -> None:
    evidence = pair(SAID, OTHER, same=2, drawn=DRAWN, earlier=("??b", "??g"), tonight=TONIGHT)
    wide, usual = difference(evidence, replace(SET, confidence=0.99)), difference(evidence)
    assert wide is not None
    assert usual is not None
    assert wide.confidence == 0.99
    assert wide.low < usual.low
    assert wide.high > usual.high


def test_empty_strata_of_a_release_draw_are_no_obstacle(pair: Pair) -> None:
    evidence = pair("g" * 12, "g" * 12, drawn=range(8), tonight=("bggggggg", "g" * 8))
    assert difference(evidence) == paired_gate_interval(
        NONE, NONE, PairedStratum(12, 8, 1, 0), items=12
    )


def test_a_stratum_that_nobody_has_come_to_leaves_no_difference(pair: Pair) -> None:
    evidence = pair(
        "bb" + "g" * 8, "g" * 10, drawn=[2, 3, 4, 0], reached=3, tonight=("b?ggg", "g?ggg")
    )
    assert difference(evidence) is None


def test_labels_beyond_the_answered_prefix_do_not_count(pair: Pair) -> None:
    evidence = pair("g" * 10, "g" * 10, drawn=range(8), reached=4, tonight=("ggggbbbb", "g" * 8))
    assert difference(evidence) == paired_gate_interval(
        NONE, NONE, PairedStratum(10, 4, 0, 0), items=10
    )


def test_unconfirmed_bad_labels_are_held_against_either_side(pair: Pair) -> None:
    def at(candidate: str, baseline: str) -> Estimate:
        found = difference(
            pair("g" * 14, "g" * 14, drawn=range(10), tonight=(candidate, baseline))
        )
        assert found is not None
        return found

    good = "g" * 10
    unsettled = at("p" + "g" * 9, "g" * 9 + "p")
    assert unsettled.high == at("b" + "g" * 9, good).high
    assert unsettled.low == at(good, "g" * 9 + "b").low
    assert unsettled.point is None
    assert unsettled.method == "pair_exact, unconfirmed labels both ways"


def test_an_unconfirmed_pair_is_open_and_its_looks_are_not_missing(pair: Pair) -> None:
    evidence = pair("g" * 10, "g" * 10, drawn=range(10), tonight=("p" * 10, "g" * 10))
    pairs = Pairs.of(*evidence, everything(evidence[0]))
    assert not pairs.too_many_missing()
    found = difference(evidence)
    assert found is not None
    assert (found.low, found.high) == (0, 1)


def test_a_slice_is_a_post_stratum_of_the_same_draw(pair: Pair, human: Criterion) -> None:
    evidence = pair(SAID, OTHER, same=2, drawn=DRAWN, earlier=("??b", "??g"), tonight=TONIGHT)
    inside = np.isin(np.arange(20), [0, 2, 3, 4, 7, 8, 9, 10, 11, 12, 19])
    table = paired_table(*evidence, human, "faq", SET, inside)
    assert table.difference == paired_gate_interval(
        PairedStratum(2, 2, 1, 0),
        PairedStratum(3, 2, 0, 2),
        PairedStratum(4, 3, 1, 1),
        items=11,
        remembered=PairedStratum(1, 1, 1, 0),
    )
    assert (table.pairs, table.only_candidate_bad, table.only_baseline_bad) == (11, 2, 3)


evidences = st.integers(1, 9).flatmap(
    lambda size: st.tuples(
        *[st.text(alphabet="gb", min_size=size, max_size=size)] * 2,
        *[st.text(alphabet="gbmp?", min_size=size, max_size=size)] * 2,
        st.integers(0, size),
        st.integers(0, size),
    )
)


@settings(deadline=None, max_examples=60)
@given(case=evidences)
def test_swapping_the_models_negates_the_difference_of_a_release_draw(
    pair: Pair, case: tuple[str, str, str, str, int, int]
) -> None:
    said, other, tonight, other_tonight, same, reached = case
    size = len(said)
    one, two = pair(
        said,
        other,
        same=same,
        drawn=range(size),
        reached=reached,
        tonight=(tonight, other_tonight),
    )
    strata = release_strata(*(np.array(each.judged.verdict) == 1 for each in (two, one)))
    turned = [replace(each, sample=replace(each.sample, strata=strata)) for each in (two, one)]
    there, back = difference((one, two)), difference((turned[0], turned[1]))
    if there is None:
        assert back is None
        return
    assert back is not None
    assert there.low == pytest.approx(-back.high, abs=1e-12)
    assert there.high == pytest.approx(-back.low, abs=1e-12)
