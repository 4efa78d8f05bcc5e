"""Indicators: their limits, and what they say of themselves."""

import numpy as np
import pytest

from qualityslo.domain.sli import Measure, Sli


@pytest.mark.parametrize("measure", Measure)
def test_times_and_similarity_need_a_limit(measure: Measure) -> None:
    times = {Measure.TTFT, Measure.INTER_TOKEN, Measure.LATENCY}
    assert measure.is_time is (measure in times)
    assert measure.needs_threshold is (measure in {*times, Measure.DRIFT})


def test_a_limit_is_still_kept_at_the_limit() -> None:
    values = np.array([0.1, 0.5, 0.9])
    assert Sli(name="x", at_most=0.5).is_good(values).tolist() == [True, True, False]
    assert Sli(name="x", at_least=0.5).is_good(values).tolist() == [False, True, True]
    assert Sli(name="x", at_least=0.2, at_most=0.6).is_good(values).tolist() == [
        False,
        True,
        False,
    ]
    assert Sli(name="x").is_good(values).all()


@pytest.mark.parametrize(
    ("sli", "words"),
    [
        (
            Sli(name="c", criterion="correctness"),
            "valid answers judged good on correctness / valid answers",
        ),
        (
            Sli(name="a", measure=Measure.AVAILABILITY),
            "requests that got a reply (not an error, not cut off) / planned items",
        ),
        (
            Sli(name="t", measure=Measure.LATENCY, at_most=2.5),
            (
                "answers with seconds from sending the request to the end of the reply <= 2.5 / "
                "answers measured"
            ),
        ),
        (
            Sli(name="d", measure=Measure.DRIFT, at_least=0.85),
            (
                "items with cosine similarity of the two models' answers to one item >= 0.85 / "
                "items measured"
            ),
        ),
    ],
)
def test_an_indicator_says_what_it_counts_and_of_what(sli: Sli, words: str) -> None:
    assert sli.in_words() == words


@pytest.mark.parametrize("measure", Measure)
def test_every_measure_has_words(measure: Measure) -> None:
    assert Sli(name="x", measure=measure).in_words()
