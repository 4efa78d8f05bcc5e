"""Drift: cosines where both answers say something, a named reason where not."""

import pytest

from qualityslo.domain.sli import Role
from qualityslo.jobs.compare import compare, similarities
from tests.fakes import FakeEmbedder
from tests.jobs.conftest import Lab


@pytest.mark.parametrize(
    ("left", "right", "kind", "cosine"),
    [
        pytest.param("same", "same", "identical", 1.0, id="equal texts are similar by definition"),
        pytest.param("", "", "both_empty", None, id="two empty texts have no cosine"),
        pytest.param(
            "word", " ", "one_side_empty", None, id="one empty text has no cosine, not 0"
        ),
        pytest.param(None, "word", "missing", None, id="a model that failed leaves it missing"),
        pytest.param("aab", "aba", "cosine", 1.0, id="parallel vectors never exceed 1"),
        pytest.param("aa", "bb", "cosine", 0.0, id="orthogonal vectors are 0"),
    ],
)
def test_a_pair_has_a_cosine_or_a_reason(
    left: str | None, right: str | None, kind: str, cosine: float | None
) -> None:
    (row,) = similarities(["q1"], [left], [right], FakeEmbedder())
    assert row.kind == kind
    if cosine is None:
        assert row.cosine is None
    else:
        assert row.cosine == pytest.approx(cosine)
        assert row.cosine is not None
        assert -1 <= row.cosine <= 1


def test_equal_and_empty_texts_are_not_embedded() -> None:
    embedder = FakeEmbedder()
    similarities(["a", "b", "c"], ["x", "", "p"], ["x", "y", "q"], embedder)
    assert embedder.texts == ["p", "q"]


def test_a_resumed_night_compares_only_what_is_missing(lab: Lab) -> None:
    lab.run()
    embedded = list(lab.embedder.texts)

    compare(lab.plan(), lab.parts())
    assert lab.embedder.texts == embedded


def test_the_report_counts_what_has_no_cosine(lab: Lab) -> None:

    lab.another_model(Role.CANDIDATE, lambda item: "" if item.id in {"q001", "q002"} else "right")
    report = lab.run()
    (drift,) = report.drift
    assert drift.undefined == {"one_side_empty": 2}
    assert drift.defined == 58
    result = next(one for one in report.slis if one.sli == "similarity")
    assert (result.counts.valid, result.counts.skipped) == (58, 2)
