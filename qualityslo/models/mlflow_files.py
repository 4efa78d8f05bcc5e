"""A model in MLflow: which one it is, its files, and whether loading them can run strange code."""

import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qualityslo.errors import ModelError

_REGISTERED = re.compile(r"models:/(?P<name>[^/@#]+)(/(?P<version>[0-9]+)|@(?P<alias>[^/@]+))")
_LOGGED = re.compile(r"models:/(?P<id>m-[^/@#]+)|runs:/(?P<run>[^/]+)/(?P<path>.+)")
# What loads these reads weights and settings, and no pickle unless one lies among the files.
_TRUSTED_LOADERS = frozenset({"mlflow.openai", "mlflow.openai.model", "mlflow.transformers"})
_CODE_SUFFIXES = frozenset(
    {".bin", ".ckpt", ".joblib", ".pickle", ".pkl", ".pt", ".pth", ".py", ".so", ".whl"}
)
_SHOWN = 5


def is_model_uri(uri: str) -> bool:
    """Return whether a text names a model: in the registry, of a run, or in a folder.

    >>> [is_model_uri(one) for one in ("models:/qa/3", "models:/qa@prod", "models:/qa/latest")]
    [True, True, False]
    """
    named = _REGISTERED.fullmatch(uri) or _LOGGED.fullmatch(uri)
    return named is not None or Path(uri).is_dir()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    """A model as MLflow describes it; `source` is where exactly these files are."""

    source: str
    revision: str
    loader: str
    has_code: bool
    columns: tuple[str, ...] = field(default=())
    takes_messages: bool = False


def find_model(uri: str, tracking_uri: str | None) -> FoundModel:
    """Return what MLflow knows of a model, an alias followed to the version it names now.

    Raises:
        ModelError: the tracker does not answer, or has no such model.
    """
    try:
        with _quiet(), tempfile.TemporaryDirectory() as folder:
            source = _source(uri, tracking_uri)
            path = _download(f"{source.rstrip('/')}/MLmodel", tracking_uri, folder)
            return _describe(source, path)
    except Exception as error:
        raise ModelError(f"MLflow has no model {uri!r} to offer: {error}") from error


def _source(uri: str, tracking_uri: str | None) -> str:
    """Return where a model's files are; the registry's answer where it is a registered one."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)
    logged, registered = _LOGGED.fullmatch(uri), _REGISTERED.fullmatch(uri)
    if logged is not None and logged["id"] is not None:
        return str(client.get_logged_model(logged["id"]).artifact_location)
    if logged is not None:
        return _of_run(client, logged["run"], logged["path"]) or uri
    if registered is None:
        return uri
    name, version = registered["name"], registered["version"]
    if version is None:
        version = client.get_model_version_by_alias(name, registered["alias"]).version
    return str(client.get_model_version_download_uri(name, version))


def _of_run(client: Any, run_id: str, name: str) -> str:
    """Return where a model is that a run made, empty where it lies among the run's own files."""
    outputs = client.get_run(run_id).outputs
    for one in outputs.model_outputs if outputs is not None else ():
        model = client.get_logged_model(one.model_id)
        if model.name == name:
            return str(model.artifact_location)
    return ""


def _download(source: str, tracking_uri: str | None, folder: str) -> Path:
    if "://" not in source and not source.startswith("runs:/"):
        return Path(source)
    from mlflow.artifacts import download_artifacts

    return Path(
        download_artifacts(artifact_uri=source, tracking_uri=tracking_uri, dst_path=folder)
    )


def _describe(source: str, path: Path) -> FoundModel:
    from mlflow.models import Model

    model: Any = Model.load(str(path))
    pyfunc = (model.flavors or {}).get("python_function")
    if not isinstance(pyfunc, dict):
        raise ModelError("it has no python_function flavor, so it cannot be asked")
    inputs = model.signature.inputs if model.signature is not None else None
    names = tuple(str(one) for one in inputs.input_names()) if inputs is not None else ()
    code = any(pyfunc.get(name) for name in ("code", "python_model", "model_code_path"))
    return FoundModel(
        source=source,
        revision=str(model.model_id or model.model_uuid or ""),
        loader=str(pyfunc.get("loader_module")),
        has_code=code,
        columns=names,
        takes_messages="messages" in names,
    )


def load_model(
    found: FoundModel, tracking_uri: str | None, folder: str, *, allow_untrusted: bool
) -> Any:
    """Return the model, loaded from exactly the files that were found.

    Args:
        found: which model it is.
        tracking_uri: where it is registered; None is MLflow's own setting.
        folder: where its files are put; it has to stay as long as the model is used.
        allow_untrusted: whether code that comes with the model may run.

    Raises:
        ModelError: its files cannot be had or loaded, or loading them could run strange code and
            that is not allowed.
    """
    with _quiet():
        try:
            path = _download(found.source, tracking_uri, folder)
        except Exception as error:
            raise ModelError(f"the files of {found.source!r} cannot be had: {error}") from error
        if not allow_untrusted:
            _refuse_code(found, path)
        import mlflow.pyfunc

        try:
            return mlflow.pyfunc.load_model(str(path))
        except Exception as error:
            raise ModelError(f"{found.source!r} cannot be loaded: {error}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep MLflow's advice to whoever made the model away from whoever measures it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def why_untrusted(found: FoundModel) -> str:
    """Return why loading a model may run code that came with it; empty where it cannot.

    What MLflow notes beside the files is enough to refuse, never enough to trust: the files
    themselves are looked at before they are loaded.
    """
    if found.has_code:
        return "it brings its own code or a pickle"
    if found.loader not in _TRUSTED_LOADERS:
        return f"its flavor (loader {found.loader!r}) may hold a pickle"
    return ""


def _refuse_code(found: FoundModel, path: Path) -> None:
    again = _describe(found.source, path / "MLmodel")  # the files loaded are the files judged
    files = [one.relative_to(path) for one in path.rglob("*") if one.suffix in _CODE_SUFFIXES]
    why = why_untrusted(again)
    if files:
        why = why or f"it holds {', '.join(map(str, sorted(files)[:_SHOWN]))}"
    if why:
        raise ModelError(f"{found.source!r} is not loaded: {why}; see allow_untrusted")
