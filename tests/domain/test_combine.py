"""Several graders, one verdict: what each rule does, and what stands in the alarm stratum."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.combination import Combination
from qualityslo.domain.combine import Said, Votes, majority, mean_probability

GRADERS = st.lists(st.sampled_from("gb?"), min_size=1, max_size=6)
NAN = float("nan")


def votes_of(*rows: str) -> Votes:
    """Return the votes on some answers, each written as one letter a grader."""
    good, bad, ungraded = (
        np.array([row.count(letter) for row in rows], dtype=np.int64) for letter in "gb?"
    )
    return Votes(good=good, bad=bad, ungraded=ungraded)


def said_of(*rows: str, probability: list[float] | None = None) -> Said:
    """Return what graders said of some answers."""
    votes = votes_of(*rows)
    return Said(
        bad=votes.bad > 0,
        good=(votes.bad == 0) & (votes.ungraded == 0) & (votes.good > 0),
        votes=votes,
        probability=np.array(probability or [NAN] * len(rows)),
    )


def verdict_of(rule: Combination, said: Said) -> str:
    """Return the combined verdicts as letters."""
    bad, good = said.combined(rule)
    return "".join("b" if b else "g" if g else "?" for b, g in zip(bad, good, strict=True))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(Combination.ANY_BAD, "gbb?b?b", id="any bad"),
        pytest.param(Combination.MAJORITY, "ggbg??b", id="majority"),
    ],
)
def test_a_rule_decides_as_it_says(rule: Combination, expected: str) -> None:
    rows = ("ggg", "ggb", "gbb", "gg?", "gb?", "g??", "bb?")
    assert verdict_of(rule, said_of(*rows)) == expected


@given(rows=st.lists(GRADERS, min_size=1, max_size=5))
def test_a_majority_is_more_than_half_of_all_graders_and_never_both(rows: list[list[str]]) -> None:
    votes = votes_of(*("".join(row) for row in rows))
    bad, good = majority(votes)
    assert not (bad & good).any()
    assert bad.tolist() == [row.count("b") > len(row) / 2 for row in rows]
    assert good.tolist() == [row.count("g") > len(row) / 2 for row in rows]


def test_the_calibrated_mean_decides_at_one_half_and_leaves_what_has_none_unknown() -> None:
    said = said_of("gg", "gg", "bb", "g?", probability=[0.49, 0.5, 0.1, NAN])
    assert verdict_of(Combination.CALIBRATED_MEAN, said) == "gbg?"


def test_without_any_calibration_the_calibrated_mean_is_any_bad() -> None:
    said = said_of("gg", "gb", "g?")
    assert verdict_of(Combination.CALIBRATED_MEAN, said) == "gb?"
    assert verdict_of(Combination.CALIBRATED_MEAN, said) == verdict_of(Combination.ANY_BAD, said)


def test_a_single_grader_is_its_own_majority() -> None:
    said = Said(
        bad=np.array([False, True]),
        good=np.array([True, False]),
        votes=None,
        probability=np.array([NAN, NAN]),
    )
    assert verdict_of(Combination.MAJORITY, said) == "gb"


@given(
    rows=st.lists(GRADERS, min_size=1, max_size=5),
    probability=st.floats(0, 1) | st.just(NAN),
    rule=st.sampled_from(Combination),
)
def test_whatever_is_not_good_by_any_rule_is_doubted_and_so_is_every_disagreement(
    rows: list[list[str]], probability: float, rule: Combination
) -> None:
    said = said_of(*("".join(row) for row in rows), probability=[probability] * len(rows))
    _, good = said.combined(rule)
    agreed = np.array([set(row) == {"g"} for row in rows])
    if rule is not Combination.CALIBRATED_MEAN or not np.isnan(probability):
        assert (said.doubted | good).all()
    assert (said.doubted | agreed).all()
    assert said.doubted[~agreed].all()


def test_graders_that_agree_on_good_are_doubted_where_their_scores_have_meant_bad() -> None:
    said = said_of("gg", "gg", "gg", probability=[0.5, 0.2, NAN])
    assert said.doubted.tolist() == [True, False, False]


def test_the_mean_is_over_those_that_have_a_say() -> None:
    rows = [np.array([0.2, 0.2, NAN]), np.array([0.6, NAN, NAN])]
    np.testing.assert_allclose(mean_probability(rows, 3), [0.4, 0.2, NAN])
    assert np.isnan(mean_probability([], 2)).all()


@pytest.mark.parametrize("rule", Combination)
def test_every_rule_says_what_it_does_with_the_ungraded(rule: Combination) -> None:
    assert "conclusion" in rule.in_words
