"""A Hugging Face model that generates answers, a batch at a time."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from qualityslo.domain.golden import Json
from qualityslo.domain.outcome import Outcome
from qualityslo.errors import ModelError
from qualityslo.models.reading import Arrival, failure, read_completion


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """How answers are generated; `template` None is the model's own, `dtype` the precision."""

    temperature: float
    max_tokens: int
    seed: int | None
    template: str | None
    dtype: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Where a model is: a folder or a repository's name, and the GGUF file in it, if it is one."""

    where: str
    gguf: str | None = None
    revision: str | None = None

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        return Path(self.where).is_dir()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One item's prompt as tokens."""

    item_id: str
    tokens: tuple[int, ...]


class Answerer:
    """A loaded model with its tokenizer."""

    def __init__(self, model: Any, tokenizer: Any, generation: Generation) -> None:
        """Answer with a model on its device."""
        self._model = model
        self._tokenizer = tokenizer
        self._generation = generation
        self._stopped = threading.Event()
        limit = getattr(model.config, "max_position_embeddings", None)
        self._longest = limit if isinstance(limit, int) else None

    def stop(self) -> None:
        """End generating after the token that is being made; what is unanswered is a failure."""
        self._stopped.set()

    def question(self, item_id: str, messages: Sequence[Json]) -> Question:
        """Return an item's prompt as tokens, put into the chat template.

        Raises:
            ModelError: there is no chat template, or it does not take these messages.
        """
        try:
            tokens = self._tokenizer.apply_chat_template(
                list(messages),
                chat_template=self._generation.template,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=False,
            )
        except Exception as error:
            raise ModelError(
                f"the prompt of item {item_id!r} does not fit the model's chat template ({error}): "
                "use a model that was made for chats, or give a chat_template"
            ) from error
        return Question(item_id=item_id, tokens=tuple(tokens))

    def outcomes(self, batch: Sequence[Question]) -> Iterator[Outcome]:
        """Yield one outcome a question; a batch that fails is halved, down to the one at fault."""
        fitting = [one for one in batch if self._fits(one)]
        yield from (self._too_long(one) for one in batch if not self._fits(one))
        if fitting:
            yield from self._answers(fitting)

    def _fits(self, question: Question) -> bool:
        needed = len(question.tokens) + self._generation.max_tokens
        return self._longest is None or needed <= self._longest

    def _too_long(self, question: Question) -> Outcome:
        detail = (
            f"{len(question.tokens)} tokens of prompt and {self._generation.max_tokens} of answer "
            f"are more than the model's {self._longest}"
        )
        return failure(Arrival(item_id=question.item_id), "context_too_long", detail)

    def _answers(self, batch: Sequence[Question]) -> Iterator[Outcome]:
        if self._stopped.is_set():
            yield from (_cancelled(one) for one in batch)
            return
        try:
            made = self._generate(batch)
        except Exception as error:  # noqa: BLE001 - out of memory, above all; its classes differ by device
            if len(batch) == 1:
                detail = f"{type(error).__name__}: {error}"
                yield failure(Arrival(item_id=batch[0].item_id), "exception", detail)
                return
            half = len(batch) // 2
            yield from self._answers(batch[:half])
            yield from self._answers(batch[half:])
            return
        yield from (self._outcome(one, tokens) for one, tokens in zip(batch, made, strict=True))

    def _generate(self, batch: Sequence[Question]) -> list[list[int]]:
        """Return the new tokens of each question."""
        import torch

        width = max(len(one.tokens) for one in batch)
        blank = self._tokenizer.pad_token_id
        # Padded on the left: generation goes on where the prompts end.
        rows = [[blank] * (width - len(one.tokens)) + list(one.tokens) for one in batch]
        mask = [[0] * (width - len(one.tokens)) + [1] * len(one.tokens) for one in batch]
        with torch.inference_mode():
            made = self._model.generate(
                input_ids=torch.tensor(rows, device=self._model.device),
                attention_mask=torch.tensor(mask, device=self._model.device),
                stopping_criteria=[self._asked_to_stop],
                **self._how(),
            )
        return [self._until_the_end(row[width:].tolist()) for row in made]

    def _how(self) -> dict[str, Any]:
        temperature = self._generation.temperature
        # A model's own generation settings would make two models incomparable in silence.
        chosen = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        greedy = {"do_sample": False, "temperature": None, "top_k": None, "top_p": None}
        return {
            "max_new_tokens": self._generation.max_tokens,
            "pad_token_id": self._tokenizer.pad_token_id,
            **(chosen if temperature > 0 else greedy),
        }

    def _asked_to_stop(self, input_ids: Any, _scores: Any, **_more: Any) -> Any:
        import torch

        return torch.full((input_ids.shape[0],), self._stopped.is_set(), device=input_ids.device)

    def _ends(self) -> frozenset[int]:
        ends = self._model.generation_config.eos_token_id
        if ends is None:
            ends = self._tokenizer.eos_token_id
        return frozenset(ends if isinstance(ends, list) else () if ends is None else (ends,))

    def _until_the_end(self, tokens: list[int]) -> list[int]:
        """Return the tokens with the first that ends the answer, without the padding behind."""
        ends = self._ends()
        at = next((at for at, token in enumerate(tokens) if token in ends), None)
        return tokens if at is None else tokens[: at + 1]

    def _outcome(self, question: Question, tokens: list[int]) -> Outcome:
        ended = bool(tokens) and tokens[-1] in self._ends()
        if not ended and self._stopped.is_set():
            return _cancelled(question)
        text = self._tokenizer.decode(tokens, skip_special_tokens=True)
        choice = {"message": {"content": text}, "finish_reason": "stop" if ended else "length"}
        usage = {"prompt_tokens": len(question.tokens), "completion_tokens": len(tokens)}
        return read_completion(
            {"choices": [choice], "usage": usage}, Arrival(item_id=question.item_id)
        )


def _cancelled(question: Question) -> Outcome:
    detail = "the model was closed before its answer was whole"
    return failure(Arrival(item_id=question.item_id), "cancelled", detail)


def load_answerer(weights: Weights, generation: Generation, device: str) -> Answerer:
    """Load a model onto a device: `auto`, `cpu` or `cuda`.

    Raises:
        ModelError: it cannot be loaded, or there is no such device.
    """
    import torch

    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise ModelError("device 'cuda': this machine has no CUDA device; use 'auto' or 'cpu'")
    device = ("cuda" if there else "cpu") if device == "auto" else device
    dtype = (
        "bfloat16" if generation.dtype == "auto" and _has_bfloat16(device) else generation.dtype
    )
    dtype = "float32" if dtype == "auto" else dtype
    try:
        tokenizer, model = _load(weights, getattr(torch, dtype))
        model = model.to(device).eval()
    except Exception as error:
        raise ModelError(f"model {weights.where!r} cannot be loaded: {error}") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if generation.seed is not None:
        torch.manual_seed(generation.seed)
    return Answerer(model, tokenizer, generation)


def _load(weights: Weights, dtype: Any) -> tuple[Any, Any]:
    """Return the tokenizer and the model; no code that comes with a model is run."""
    library: Any = import_module("transformers")
    library.utils.logging.disable_progress_bar()  # stderr is for our own progress
    options: dict[str, Any] = {"trust_remote_code": False, "local_files_only": weights.local}
    if weights.revision is not None:
        options["revision"] = weights.revision
    if weights.gguf is None:
        tokenizer = library.AutoTokenizer.from_pretrained(weights.where, **options)
        options["use_safetensors"] = True  # never a pickle
        models = library.AutoModelForCausalLM
        return tokenizer, models.from_pretrained(weights.where, dtype=dtype, **options)
    options["gguf_file"] = weights.gguf
    tokenizer = library.AutoTokenizer.from_pretrained(weights.where, **options)
    config = library.AutoConfig.from_pretrained(weights.where, **options)
    model = library.AutoModelForCausalLM.from_config(config, dtype=dtype)
    # from_pretrained would do the same, but asks for one more package.
    reading: Any = import_module("transformers.modeling_gguf_pytorch_utils")
    path = str(Path(weights.where) / weights.gguf)
    found = reading.load_gguf_checkpoint(path, return_tensors=True, model_to_load=model)
    missing, _ = model.load_state_dict(found["tensors"], strict=False)
    model.tie_weights()
    tied = getattr(model, "all_tied_weights_keys", None) or ()
    lacking = sorted(name for name in missing if name not in tied)
    if lacking:
        raise ModelError(f"{weights.gguf} lacks {len(lacking)} weights, such as {lacking[0]}")
    return tokenizer, model


def _has_bfloat16(device: str) -> bool:
    """Return whether the hardware multiplies bfloat16: elsewhere it is slower than float32."""
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, probe, lambda: False)()) for probe in probes)
