"""The grader `embedding`: near is good, far is bad, and what was not read is not judged."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from qualityslo.domain.verdict import Ungraded, Verdict
from qualityslo.embedders.sentence_transformer import SentenceTransformerEmbedder
from qualityslo.errors import ModelError, PluginError
from qualityslo.graders.embedding import LONGEST_TEXT, EmbeddingSimilarity
from qualityslo.ports import Embedded
from qualityslo.testing import check_grader
from tests.fakes import FakeEmbedder
from tests.graders.conftest import answer_to, grade_one, is_good, item_with, reason_of

_ITEM = item_with("Paris", "the city of Paris", question="What is the capital of France?")


class _Cutting(FakeEmbedder):
    """Reads forty characters."""

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Mark what is longer."""
        cut = np.array([len(text) > 40 for text in texts], dtype=np.bool_)
        return Embedded(vectors=super().embed(texts).vectors, cut=cut)


class _Broken(FakeEmbedder):
    """Cannot be loaded."""

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Fail."""
        raise ModelError("no such weights")


def test_the_score_is_the_cosine_to_the_nearest_reference() -> None:
    item = item_with("aabb", "ab", question="")
    grade = grade_one(EmbeddingSimilarity(embedder=FakeEmbedder()), item, "ccaa")
    assert isinstance(grade, Verdict)
    vectors = FakeEmbedder().embed([" ccaa", " aabb", " ab"]).vectors
    cosines = vectors[1:] @ vectors[0]
    assert grade.score == pytest.approx(float(max(cosines)), abs=1e-6)
    assert cosines[0] != pytest.approx(cosines[1], abs=0.01)
    assert "'aabb'" in grade.rationale or "'ab'" in grade.rationale


def test_good_is_from_the_threshold_on() -> None:
    item = item_with("aabb", question="")
    score = grade_one(EmbeddingSimilarity(embedder=FakeEmbedder()), item, "ccaa")
    assert isinstance(score, Verdict)
    for threshold, good in ((score.score - 0.01, True), (score.score + 0.01, False)):
        grader = EmbeddingSimilarity(embedder=FakeEmbedder(), threshold=threshold)
        assert is_good(grader, item, "ccaa") is good


def test_grades_stand_in_order_beside_what_is_ungraded() -> None:
    grader = EmbeddingSimilarity(embedder=FakeEmbedder(), threshold=0.999)
    texts = ["Paris", " ", "zzzz", "Paris"]
    grades = list(grader.grade([answer_to(_ITEM, text) for text in texts]))
    assert [one.good if isinstance(one, Verdict) else None for one in grades] == [True, None, False, True]  # fmt: skip


def test_what_is_not_read_whole_is_ungraded() -> None:
    cutting = EmbeddingSimilarity(embedder=_Cutting())
    assert is_good(cutting, item_with("Paris"), "Paris")
    assert reason_of(cutting, item_with("Paris"), "Paris" * 20) == "truncated"
    assert reason_of(cutting, item_with("Paris" * 20), "Paris") == "truncated"
    embedder = FakeEmbedder()
    grader = EmbeddingSimilarity(embedder=embedder)
    assert reason_of(grader, item_with("Paris"), "x" * (LONGEST_TEXT + 1)) == "truncated"
    assert embedder.texts == []


def test_without_a_reference_or_a_text_there_is_nothing_to_compare() -> None:
    grader = EmbeddingSimilarity(embedder=FakeEmbedder())
    assert reason_of(grader, item_with(), "x") == "no_reference"
    assert reason_of(grader, item_with(" "), "x") == "invalid_reference"
    assert reason_of(grader, item_with("x"), " ") == "not_applicable"


def test_an_embedder_that_fails_leaves_the_answers_ungraded() -> None:
    grade = grade_one(EmbeddingSimilarity(embedder=_Broken()), _ITEM, "Paris")
    assert isinstance(grade, Ungraded)
    assert grade.reason.value == "grader_error"
    assert "ModelError: no such weights" in grade.detail


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({"threshold": 1.5}, r"threshold 1\.5 is no number", id="a threshold above 1"),
        pytest.param({"threshold": True}, "threshold True", id="a truth value"),
        pytest.param({"threshold": 0}, "threshold 0 is no number", id="a threshold that all pass"),
        pytest.param({"treshold": 0.5}, "has no parameter 'treshold'", id="unknown"),
        pytest.param({"embedder": "minilm"}, "embedder 'minilm' is none", id="a name"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, object], message: str) -> None:
    make: Callable[..., EmbeddingSimilarity] = EmbeddingSimilarity
    with pytest.raises(PluginError, match=message):
        make(**{"embedder": FakeEmbedder(), **parameters})


def test_the_version_names_embedder_and_threshold() -> None:
    one = EmbeddingSimilarity(embedder=FakeEmbedder()).version
    assert one == "1-fake-embedder-0.87"
    assert EmbeddingSimilarity(embedder=FakeEmbedder(), threshold=0.7).version != one


def test_it_keeps_the_contract() -> None:
    check_grader(EmbeddingSimilarity(embedder=FakeEmbedder()))


@pytest.mark.slow
def test_with_a_real_model_grades_keep_their_order_and_a_wrong_city_is_near() -> None:
    grader = EmbeddingSimilarity(embedder=SentenceTransformerEmbedder(device="cpu"))
    item = item_with("Paris", question="What is the capital of France?")
    texts = ["Paris", "Lyon", "Photosynthesis needs light", "word " * 300]
    together = list(grader.grade([answer_to(item, text) for text in texts]))
    alone = [grade_one(grader, item, text) for text in texts]
    scores = []
    for one, other in zip(together[:3], alone[:3], strict=True):
        assert isinstance(one, Verdict)
        assert isinstance(other, Verdict)
        assert one.score == pytest.approx(other.score, abs=1e-5)
        scores.append(one.score)
    assert isinstance(together[3], Ungraded)
    assert together[3].reason.value == "truncated"
    assert scores[0] > 0.99
    assert scores == sorted(scores, reverse=True)
    assert scores[1] > 0.7  # a wrong city is near: why this is no judge of correctness
