"""Hugging Face models in this process: items are answered in batches, on a GPU or the CPU."""

import hashlib
import importlib.util
import re
import threading
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from qualityslo.domain.golden import GoldenItem, Json
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Outcome
from qualityslo.models.file_revision import file_revision
from qualityslo.models.generating import Answerer, Generation, Question, Weights, load_answerer
from qualityslo.models.gguf_file import read_model_path
from qualityslo.models.length_buckets import LengthBuckets
from qualityslo.models.parameters import Parameters
from qualityslo.models.prompt import read_prompt

_DEVICES = ("auto", "cpu", "cuda")
_DTYPES = ("auto", "float32", "bfloat16", "float16")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NEEDED = ("transformers", "torch")


class TransformersLocal:
    """Answers items with a Hugging Face model, a batch of prompts of like length at a time.

    Parameters of the spec:
        folder (of a model saved as safetensors), path or package (a GGUF file, as for
            `llama_cpp`, read with the package gguf), or repository with revision (a commit, on the hub): exactly one.
        system, prompt, temperature (0), max_tokens (256), seed, chat_template (instead of the
            model's own), dtype (auto: bfloat16 where the hardware has it, else float32): shape
            the answers.
        batch_size (8), device (auto: cuda where there is one, else cpu): how it is run; no part
            of the identity.

    Weights are read from safetensors or GGUF only, and no code that comes with a model is run. An
    answer has no times: in a batch nobody sees when its first token is there, or its last.
    """

    def __init__(self, *, environ: Mapping[str, str], **parameters: object) -> None:
        """Check the parameters and find the files; the model is loaded at the first `answer`.

        Raises:
            PluginError: parameters are wrong or unknown, there is no such model, or the library
                is not installed.
        """
        del environ  # a local model needs no secret
        read = Parameters("transformers_local", parameters)
        for name in _NEEDED:
            if importlib.util.find_spec(name) is None:
                read.note(f"{name} is not installed: pip install {name}")
        self._prompt = read_prompt(read)
        self._found = _find(read)
        self._generation = Generation(
            temperature=read.number("temperature", 0.0, positive=False),
            max_tokens=read.integer("max_tokens", 256, at_least=1),
            seed=read.optional_integer("seed"),
            template=read.optional_text("chat_template"),
            dtype=_one_of(read, "dtype", _DTYPES),
        )
        self._batch_size = read.integer("batch_size", 8, at_least=1)
        self._device = _one_of(read, "device", _DEVICES)
        read.finish()
        self._lock = threading.Lock()
        self._answerer: Answerer | None = None

    @property
    def identity(self) -> ModelIdentity:
        """The model's name and revision, and what shapes its answers."""
        how = self._generation
        shape: dict[str, Json] = {
            "system": self._prompt.system,
            "prompt": self._prompt.template,
            "chat_template": how.template,
            "temperature": how.temperature,
            "max_tokens": how.max_tokens,
            "seed": how.seed,
            "dtype": how.dtype,
        }
        return ModelIdentity(
            kind="transformers_local",
            name=self._found.name,
            revision=self._found.revision,
            parameters=shape,
        )

    def answer(self, items: Iterable[GoldenItem]) -> Generator[Outcome, None, None]:
        """Yield one outcome an item, batch by batch, a few batches pulled ahead.

        Raises:
            ModelError: the model cannot be loaded, or its chat template does not take the prompt.
        """
        answerer = self._loaded()
        questions = (answerer.question(item.id, self._prompt.messages(item)) for item in items)
        for batch in LengthBuckets(questions, size=self._batch_size, length=_length):
            yield from answerer.outcomes(batch)

    def close(self) -> None:
        """Stop after the token that is being made, and free the model; `answer` loads it again."""
        with self._lock:
            answerer, self._answerer = self._answerer, None
        if answerer is not None:
            answerer.stop()

    def _loaded(self) -> Answerer:
        with self._lock:
            if self._answerer is None:
                self._answerer = load_answerer(self._found.weights, self._generation, self._device)
            return self._answerer


def _length(question: Question) -> int:
    return len(question.tokens)


def _one_of(read: Parameters, name: str, known: tuple[str, ...]) -> str:
    value = read.optional_text(name) or known[0]
    if value not in known:
        read.fault(name, f"is none of {', '.join(known)}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Which model it is: its name, and its revision or the files whose digest that is."""

    weights: Weights
    name: str = ""
    commit: str = ""
    files: tuple[Path, ...] = ()

    @property
    def revision(self) -> str:
        """The commit, or the digest of the files (of their digests, where they are several)."""
        digests = [f"{one.name} {file_revision(one)}" for one in self.files]
        if len(self.files) == 1:
            return file_revision(self.files[0])
        together = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]
        return f"sha256:{together}" if self.files else self.commit


def _find(read: Parameters) -> _Found:
    """Read which model it is."""
    folder, repository = read.optional_text("folder"), read.optional_text("repository")
    commit = read.optional_text("revision")
    if folder is not None and repository is not None:
        read.note("folder, repository: exactly one of them may name the model")
    if repository is not None:
        if not _COMMIT.fullmatch(commit or ""):
            read.fault("revision", "is no commit of 40 digits: what can move has no history")
        weights = Weights(where=repository, revision=commit)
        return _Found(weights=weights, name=repository, commit=commit or "")
    if commit is not None:
        read.fault("revision", "is for a repository; the revision of files is their digest")
    if folder is not None:
        return _in_folder(read, Path(folder).expanduser())
    file = read_model_path(read)
    weights = Weights(where=str(file.parent), gguf=file.name)
    return _Found(weights=weights, name=file.name, files=(file,))


def _in_folder(read: Parameters, folder: Path) -> _Found:
    files = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
    if not files:
        hint = "save the model with save_pretrained; a pickle (.bin) is not read"
        read.fault("folder", f"is no folder that holds .safetensors files: {hint}")
    more = [folder / name for name in ("config.json", "tokenizer.json", "chat_template.jinja")]
    files += [one for one in more if one.is_file()]
    whole = folder.resolve()
    return _Found(weights=Weights(where=str(whole)), name=whole.name, files=tuple(files))
