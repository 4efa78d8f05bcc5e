"""Loading an entailment model and asking it; nothing heavy is imported before that.

Two kinds are read: sequence classifiers of any number of labels (NLI models, the encoders of
MiniCheck and FactCG, cross-encoders with one output), and models whose own code, opted in, has a
method `predict` that takes pairs and returns P(supported), as HHEM 2 has.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from typing import Any

from qualityslo.errors import ModelError
from qualityslo.graders.nli_chunks import Pair
from qualityslo.graders.nli_source import Source, supported_index

_NO_LIMIT = 1_000_000  # a tokenizer without a limit says 1e30
_SPARE_POSITIONS = 2  # RoBERTa's positions begin behind its padding's
_ENCODED_AT_ONCE = 4_096  # pairs: a few hundred megabytes of tokens at most
_OWN_PROMPT = 64  # tokens that a model's own `predict` may put around a pair


def precision_of(source: Source) -> str:
    """Return the precision a model runs in: for `auto`, bfloat16 on CUDA devices that have it."""
    if source.precision != "auto":
        return source.precision
    if source.device == "cpu":
        return "float32"
    import torch

    fast = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return "bfloat16" if fast else "float32"


class EntailmentModel:
    """A loaded model: how long texts are to it, and how probable it is that a claim is supported."""

    def __init__(self, source: Source) -> None:
        """Load the model.

        Raises:
            ModelError: it cannot be loaded, or there is no CUDA device where one is asked for.
            PluginError: none of its labels is known to mean "supported".
        """
        import torch

        self._source = source
        there = torch.cuda.is_available()
        if source.device == "cuda" and not there:
            raise ModelError("grader 'nli' has device 'cuda', but this machine has no CUDA device")
        self._device = "cuda" if there and source.device != "cpu" else "cpu"
        try:
            with _quiet():
                self._load(getattr(torch, precision_of(source)))
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            raise ModelError(f"model {source.model!r} cannot be loaded: {error}") from error
        self._predicts = source.trust_remote_code and hasattr(self._model, "predict")
        self._supported = (
            0 if self._predicts else supported_index(self._model.config.id2label, source)
        )

    def _load(self, dtype: Any) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        source = self._source
        where = str(source.folder or source.model)
        how: dict[str, Any] = {
            "local_files_only": source.folder is not None,
            "trust_remote_code": source.trust_remote_code,  # left out, transformers asks on stdin
        }
        if source.revision:
            how["revision"] = source.revision
        code = dict(how)
        if source.trust_remote_code and source.revision:
            # Code that lies in another repository has no such commit: it is refused, not run.
            code["code_revision"] = source.revision
        model = AutoModelForSequenceClassification.from_pretrained(where, **code)
        self._model: Any = model.to(self._device, dtype).eval()
        self._tokenizer: Any = self._own_tokenizer() or AutoTokenizer.from_pretrained(where, **how)

    def _own_tokenizer(self) -> Any:
        """Return the tokenizer that a model with code of its own holds, or None."""
        from transformers import PreTrainedTokenizerBase

        held = vars(self._model).values() if self._source.trust_remote_code else ()
        return next((one for one in held if isinstance(one, PreTrainedTokenizerBase)), None)

    @property
    def room(self) -> int:
        """Tokens for a premise and a hypothesis together, special ones left out."""
        if self._predicts:
            return self.limit - _OWN_PROMPT
        return self.limit - int(self._tokenizer.num_special_tokens_to_add(pair=True))

    @cached_property
    def limit(self) -> int:
        """Tokens of a pair that the model reads, all told.

        Raises:
            ModelError: neither the spec nor the model says.
        """
        if self._source.max_tokens:
            return self._source.max_tokens
        positions = getattr(self._model.config, "max_position_embeddings", None)
        limits = [int(self._tokenizer.model_max_length)]
        if isinstance(positions, int) and positions > 0:
            limits.append(positions - _SPARE_POSITIONS)
        if min(limits) > _NO_LIMIT:
            raise ModelError(
                f"model {self._source.model!r} does not say how many tokens it reads: give"
                " `max_tokens`"
            )
        return min(limits)

    def sizes(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, special ones left out."""
        if not texts:
            return []
        encoded = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(one) for one in encoded["input_ids"]]

    def supports(self, pairs: Sequence[Pair]) -> dict[Pair, float]:
        """Return the probability that the premise supports the hypothesis, for each pair.

        Left out are pairs that come out longer than the model reads: they are not cut, and not
        asked. Pairs go by length, so that little is padded, and equal ones are asked once.
        """
        distinct = list(dict.fromkeys(pairs))
        found: dict[Pair, float] = {}
        for start in range(0, len(distinct), _ENCODED_AT_ONCE):
            found |= self._asked(distinct[start : start + _ENCODED_AT_ONCE])
        return found

    def _asked(self, pairs: Sequence[Pair]) -> dict[Pair, float]:
        found: dict[Pair, float] = {}
        encoded = self._encoded(pairs)
        lengths = [len(one) for one in encoded["input_ids"]]
        most = self.limit - (_OWN_PROMPT if self._predicts else 0)
        fitting = [at for at, size in enumerate(lengths) if size <= most]
        fitting.sort(key=lengths.__getitem__)
        for start in range(0, len(fitting), self._source.batch_size):
            batch = fitting[start : start + self._source.batch_size]
            asked = [pairs[at] for at in batch]
            scores = self._predicted(asked) if self._predicts else self._classified(encoded, batch)
            found |= zip(asked, scores, strict=True)
        return found

    def _encoded(self, pairs: Sequence[Pair]) -> dict[str, list[list[int]]]:
        premises, claims = (list(side) for side in zip(*pairs, strict=True))
        made = self._tokenizer(premises, claims, truncation=False, padding=False, verbose=False)
        return dict(made)

    def _classified(
        self, encoded: dict[str, list[list[int]]], batch: Sequence[int]
    ) -> list[float]:
        import torch

        width = max(len(encoded["input_ids"][at]) for at in batch)
        fill = {"input_ids": self._tokenizer.pad_token_id or 0}
        inputs = {
            name: torch.tensor(
                [rows[at] + [fill.get(name, 0)] * (width - len(rows[at])) for at in batch],
                device=self._device,
            )
            for name, rows in encoded.items()
        }
        with torch.inference_mode():
            logits = self._model(**inputs).logits.double()
        if logits.shape[-1] == 1:
            return [float(one) for one in torch.sigmoid(logits[:, 0])]
        return [float(one) for one in torch.softmax(logits, dim=-1)[:, self._supported]]

    def _predicted(self, pairs: Sequence[Pair]) -> list[float]:
        import torch

        with torch.inference_mode():
            return [min(1.0, max(0.0, float(one))) for one in self._model.predict(list(pairs))]


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the library's progress bars and warnings; what they were set to comes back."""
    library: Any = import_module("transformers.utils.logging")
    verbosity, bars = library.get_verbosity(), library.is_progress_bar_enabled()
    library.set_verbosity_error()
    library.disable_progress_bar()
    try:
        yield
    finally:
        library.set_verbosity(verbosity)
        if bars:
            library.enable_progress_bar()
