"""Models in MLflow: a registered model, a run's model or a saved one, asked through pyfunc."""

import importlib.util
import threading
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

from qualityslo.domain.golden import GoldenItem, Json
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Outcome, Timing
from qualityslo.errors import ModelError
from qualityslo.jobs.chunks import chunks
from qualityslo.models.mlflow_files import (
    FoundModel,
    find_model,
    is_model_uri,
    load_model,
    why_untrusted,
)
from qualityslo.models.parameters import Parameters
from qualityslo.models.prompt import read_prompt
from qualityslo.models.reading import Arrival, failure, read_completion, read_text

_INPUTS = ("auto", "messages", "text")
_NOTHING = FoundModel(source="", revision="", loader="", has_code=False)


class MlflowModel:
    """Answers items with a model from MLflow, in this process.

    Parameters of the spec:
        uri: `models:/NAME/VERSION`, `models:/NAME@ALIAS`, `models:/m-ID`, `runs:/RUN/PATH`, or a
            folder with an MLmodel file; required.
        system, prompt, params (given to `predict`): shape the answers.
        input (auto: what the signature asks for): `messages`, one conversation a call, or `text`,
            a data frame with one column of prompts.
        tracking_uri (the environment's MLFLOW_TRACKING_URI), batch_size (32, of `text`),
            allow_untrusted (false): how it is found and run; no part of the identity.

    An alias is followed when the run is planned; the model's id is the revision. A model that
    brings a pickle or code of its own runs with all your rights when it is loaded: it is refused
    unless `allow_untrusted` is true. Only an answer to a call of its own has a time.
    """

    def __init__(self, *, environ: Mapping[str, str], **parameters: object) -> None:
        """Check the parameters and find the model; it is loaded at the first `answer`.

        Raises:
            PluginError: parameters are wrong or unknown, MLflow has no such model, or the model
                is not to be trusted.
        """
        read = Parameters("mlflow_model", parameters)
        self._uri = read.text("uri")
        self._prompt = read_prompt(read)
        self._params = read.mapping("params")
        self._input = read.optional_text("input") or "auto"
        if self._input not in _INPUTS:
            read.fault("input", f"is none of {', '.join(_INPUTS)}")
        tracking = read.optional_text("tracking_uri")
        self._tracking_uri = tracking or environ.get("MLFLOW_TRACKING_URI") or None
        self._batch_size = read.integer("batch_size", 32, at_least=1)
        self._allow_untrusted = read.flag("allow_untrusted", default=False)
        self._found = self._find(read)
        read.finish()
        self._lock = threading.Lock()
        self._loaded: Any = None
        self._folder: TemporaryDirectory[str] | None = None

    def _find(self, read: Parameters) -> FoundModel:
        if importlib.util.find_spec("mlflow") is None:
            read.note("mlflow is not installed: pip install mlflow")
            return _NOTHING
        if not self._uri:
            return _NOTHING
        if not is_model_uri(self._uri):
            forms = "models:/NAME/VERSION, models:/NAME@ALIAS, runs:/RUN/PATH or a folder"
            read.fault("uri", f"is none of {forms}")
            return _NOTHING
        try:
            found = find_model(self._uri, self._tracking_uri)
        except ModelError as error:
            read.fault("uri", str(error))
            return _NOTHING
        why = "" if self._allow_untrusted else why_untrusted(found)
        if why:
            remedy = "set allow_untrusted: true if you trust whoever made it"
            read.fault("uri", f"loading this model can run any code, for {why}; {remedy}")
        return found

    @property
    def identity(self) -> ModelIdentity:
        """The model's URI and id, and what shapes the answers."""
        shape: dict[str, Json] = {
            "system": self._prompt.system,
            "prompt": self._prompt.template,
            "params": self._params,
            "input": self._input,
        }
        return ModelIdentity(
            kind="mlflow_model", name=self._uri, revision=self._found.revision, parameters=shape
        )

    def answer(self, items: Iterable[GoldenItem]) -> Generator[Outcome, None, None]:
        """Yield one outcome an item, in order.

        Raises:
            ModelError: the model cannot be loaded.
        """
        model = self._model()
        if self._as_messages():
            for item in items:
                yield self._ask(model, item)
            return
        for batch in chunks(items, self._batch_size):
            yield from self._ask_all(model, batch)

    def close(self) -> None:
        """Free the model; a later `answer` loads it again."""
        with self._lock:
            self._loaded, folder, self._folder = None, self._folder, None
        if folder is not None:
            folder.cleanup()

    def _model(self) -> Any:
        with self._lock:
            if self._loaded is None:
                self._folder = self._folder or TemporaryDirectory(prefix="qualityslo-")
                self._loaded = load_model(
                    self._found,
                    self._tracking_uri,
                    self._folder.name,
                    allow_untrusted=self._allow_untrusted,
                )
            return self._loaded

    def _as_messages(self) -> bool:
        return self._input == "messages" or (self._input == "auto" and self._found.takes_messages)

    def _ask(self, model: Any, item: GoldenItem) -> Outcome:
        begun = time.perf_counter()
        try:
            returned = self._predict(model, {"messages": self._prompt.messages(item)})
        except Exception as error:  # noqa: BLE001 - a stranger's model may raise anything
            return _failed(item, error)
        timing = Timing(total_s=time.perf_counter() - begun)
        alone = returned[0] if isinstance(returned, list) and len(returned) == 1 else returned
        return _read(alone, replace(Arrival(item_id=item.id), timing=timing))

    def _ask_all(self, model: Any, batch: Sequence[GoldenItem]) -> Generator[Outcome, None, None]:
        """Yield the outcomes of a batch; one that fails is asked again item by item."""
        import pandas as pd

        column = self._found.columns[0] if self._found.columns else "question"
        texts = [_prompt_text(self._prompt.messages(item)) for item in batch]
        try:
            returned = _rows(self._predict(model, pd.DataFrame({column: texts})))
            if len(returned) != len(batch):
                raise ValueError(f"{len(returned)} answers to {len(batch)} prompts")  # noqa: TRY301 - it fails like any other
        except Exception as error:  # noqa: BLE001 - a stranger's model may raise anything
            if len(batch) == 1:
                yield _failed(batch[0], error)
                return
            for item in batch:
                yield from self._ask_all(model, [item])
            return
        for item, one in zip(batch, returned, strict=True):
            yield _read(one, Arrival(item_id=item.id))

    def _predict(self, model: Any, given: Any) -> Any:
        return model.predict(given, params=self._params) if self._params else model.predict(given)


def _failed(item: GoldenItem, error: Exception) -> Outcome:
    return failure(Arrival(item_id=item.id), "exception", f"{type(error).__name__}: {error}")


def _prompt_text(messages: Sequence[Json]) -> str:
    """Return a conversation as one text: the turns alone, a blank line between them."""
    return "\n\n".join(str(one["content"]) for one in messages if isinstance(one, dict))


def _rows(returned: Any) -> list[Any]:
    """Return what a pyfunc returned as one answer a prompt: of a table, its first column."""
    if hasattr(returned, "iloc") and getattr(returned, "ndim", 1) == 2:
        returned = returned.iloc[:, 0]
    if hasattr(returned, "tolist"):
        returned = returned.tolist()
    if isinstance(returned, str | dict):
        return [returned]
    return list(returned)


def _read(returned: Any, arrival: Arrival) -> Outcome:
    whole = returned.to_dict() if hasattr(returned, "to_dict") else returned
    match whole:
        case str():
            return read_text(whole, arrival)
        case {"choices": _}:
            return read_completion(whole, arrival)
        case {"messages": [*_, {"content": str() as text}]} | {"content": str() as text}:
            return read_text(text, arrival)  # a chat agent, or a bare message
        case _:
            detail = f"the model returned {type(returned).__name__}, not a text or a completion"
            return failure(arrival, "malformed", detail)
