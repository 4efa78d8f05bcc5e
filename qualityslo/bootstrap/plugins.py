"""Plug-ins, ours and strangers' alike: found by entry point, made from what the spec says."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from qualityslo.domain.events import ABSTENTION
from qualityslo.domain.golden import GoldenSet
from qualityslo.domain.identity import GraderIdentity
from qualityslo.domain.sli import Role
from qualityslo.errors import PluginError, UsageError
from qualityslo.ports import Embedder, Exporter, Grader, Model
from qualityslo.spec import to_domain
from qualityslo.spec.v1 import PluginSpec, SpecV1

DEFAULT_EMBEDDER = "sentence_transformer"
_CARDS_RUBRIC = "(as the golden card says)"  # where the card itself may not be readable


@cache
def installed(group: str) -> dict[str, EntryPoint]:
    """Return the plug-ins of a group, ours and strangers' alike, by name."""
    return {one.name: one for one in entry_points(group=f"qualityslo.{group}")}


class Faults(list[str]):
    """Collects what is wrong, so that everything is told at once."""

    def catch(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return what `work` returns; a mistake of the caller becomes a fault and None."""
        try:
            return work(*args, **kwargs)
        except UsageError as error:
            self.append(str(error))
            return None


def make(
    group: str,
    entry: PluginSpec,
    environ: Mapping[str, str],
    offered: Mapping[str, str] | None = None,
) -> Any:
    """Return an instance of a plug-in with the parameters the spec gives it.

    Args:
        group: the kind of plug-in.
        entry: its name and parameters.
        environ: given to a plug-in that has a parameter `environ`.
        offered: what the golden card knows (`criterion`, `rubric`), given to a plug-in that has
            parameters of these names.

    Raises:
        PluginError: no such plug-in, it cannot be loaded, or it refuses its parameters.
    """
    found = installed(group)
    if entry.use not in found:
        known = ", ".join(sorted(found)) or "none"
        raise PluginError(f"no qualityslo.{group} named {entry.use!r}; installed: {known}")
    point = found[entry.use]
    try:
        factory = point.load()
    except Exception as error:
        raise PluginError(
            f"{group} {entry.use!r} ({point.value}) cannot be loaded: {error}"
        ) from error
    named = inspect.signature(factory).parameters
    given = {"environ": environ, **(offered or {})}
    extra = {name: value for name, value in given.items() if name in named}
    inner = _inner(group, entry, factory, environ, extra.get("criterion"))
    try:
        return factory(**{**entry.params, **inner}, **extra)
    except TypeError as error:
        raise PluginError(f"{group} {entry.use!r} refuses its parameters: {error}") from error


def _inner(
    group: str, entry: PluginSpec, factory: Any, environ: Mapping[str, str], criterion: Any
) -> dict[str, Any]:
    """Return the model and the embedder that a grader is given, made from its parameters.

    A grader that asks its model for JSON says by `model_parameters` how.
    """
    made: dict[str, Any] = {}
    named = inspect.signature(factory).parameters if group == "graders" else {}
    asked = entry.params.get("model")
    if "model" in named and isinstance(asked, dict) and isinstance(asked.get("use"), str):
        if entry.params.get("json_schema") is True and hasattr(factory, "model_parameters"):
            asked = _under(asked, factory.model_parameters(criterion))
        made["model"] = make("models", PluginSpec.model_validate(asked), environ)
    if "embedder" in named:
        wanted = entry.params.get("embedder", {"use": DEFAULT_EMBEDDER})
        if isinstance(wanted, dict) and isinstance(wanted.get("use"), str):
            made["embedder"] = make("embedders", PluginSpec.model_validate(wanted), environ)
    return made


def _under(given: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters over their defaults, mappings merged; what is given wins."""
    merged = {**defaults, **given}
    for name, value in defaults.items():
        if isinstance(value, dict) and isinstance(given.get(name), dict):
            merged[name] = {**value, **given[name]}
    return merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Plug-ins of a spec, made."""

    models: Mapping[Role, Model]
    graders: Mapping[str, Mapping[str, Sequence[Grader]]]
    embedder: Embedder | None
    exporters: Sequence[Exporter]


def make_pieces(
    spec: SpecV1, goldens: Sequence[GoldenSet], environ: Mapping[str, str], faults: Faults
) -> Pieces:
    """Return the plug-ins of a spec; what cannot be made is added to `faults`."""
    roles = {Role.BASELINE: spec.models.baseline}
    if spec.models.candidate is not None:
        roles[Role.CANDIDATE] = spec.models.candidate
    models = {role: faults.catch(make, "models", entry, environ) for role, entry in roles.items()}
    embedder = None
    if to_domain.measures_drift(spec):
        entry = spec.drift.embedder if spec.drift is not None else PluginSpec(use=DEFAULT_EMBEDDER)
        embedder = faults.catch(make, "embedders", entry, environ)
    for name, override in spec.criteria.items():  # also where the golden set is not usable
        offered = {"criterion": name, "rubric": override.rubric or _CARDS_RUBRIC}
        for one in override.graders or ():
            faults.catch(make, "graders", _plugin(one), environ, offered)
    exporters = [faults.catch(make, "exporters", _plugin(one), environ) for one in spec.exports]
    return Pieces(
        models=models,
        graders={one.name: _graders(spec, one, environ, faults) for one in goldens},
        embedder=embedder,
        exporters=exporters,
    )


def _plugin(entry: str | PluginSpec) -> PluginSpec:
    return PluginSpec(use=entry) if isinstance(entry, str) else entry


def _graders(
    spec: SpecV1, golden: GoldenSet, environ: Mapping[str, str], faults: Faults
) -> dict[str, list[Grader]]:
    graders: dict[str, list[Grader]] = {}
    for criterion in golden.criteria:
        override = spec.criteria.get(criterion.name)
        given = (
            {to_domain.grader_name(one): _plugin(one) for one in (override.graders or ())}
            if override
            else {}
        )
        offered = {"criterion": criterion.name, "rubric": criterion.rubric}
        made = [
            faults.catch(make, "graders", given.get(name, PluginSpec(use=name)), environ, offered)
            for name in criterion.graders
        ]
        graders[criterion.name] = made
    if graders and ABSTENTION not in graders:
        graders[ABSTENTION] = [faults.catch(make, "graders", PluginSpec(use=ABSTENTION), environ)]
    return graders


def grader_identities(graders: Mapping[str, Sequence[Grader]]) -> tuple[GraderIdentity, ...]:
    """Return name and version of the graders of a golden set, by criterion."""
    return tuple(
        GraderIdentity(name=one.name, version=one.version, criterion=criterion)
        for criterion, found in graders.items()
        for one in found
    )


def check_plugin_names(raw: Mapping[str, Any], faults: Faults) -> None:
    """Find unknown plug-ins even where the spec's shape is wrong."""
    models = raw.get("models")
    for role in models.values() if isinstance(models, dict) else ():
        name = role.get("use") if isinstance(role, dict) else None
        if isinstance(name, str) and name not in installed("models"):
            known = ", ".join(sorted(installed("models")))
            faults.append(f"no qualityslo.models named {name!r}; installed: {known}")
