"""Reading a spec: strict YAML, every fault at once, each with its line."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from qualityslo.spec.v1 import SpecV1

MAX_BYTES = 1_000_000
MAX_NODES = 20_000  # aliases can make a short file stand for a huge one


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What was read: the raw mapping, the spec where it is valid, and the faults otherwise."""

    raw: Mapping[str, Any]
    spec: SpecV1 | None
    faults: tuple[str, ...]


def load_spec(path: Path) -> Loaded:
    """Read a spec file; never raises for what the file says, faults are returned."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Loaded(raw={}, spec=None, faults=(f"{path}: cannot be read: {reason}",))
    if len(data) > MAX_BYTES:
        return Loaded(raw={}, spec=None, faults=(f"{path}: {len(data)} bytes are no spec",))
    try:
        text = data.decode("utf-8-sig")
        return _parse(path, text)
    except UnicodeDecodeError as error:
        return Loaded(raw={}, spec=None, faults=(f"{path}: not UTF-8 at byte {error.start}",))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = error.problem or "not YAML"
        return Loaded(raw={}, spec=None, faults=(f"{path}:{line}: {what}",))
    except yaml.YAMLError as error:
        return Loaded(
            raw={}, spec=None, faults=(f"{path}: not YAML: {str(error).splitlines()[0]}",)
        )


def _parse(path: Path, text: str) -> Loaded:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
    finally:
        loader.dispose()
    if not isinstance(node, yaml.MappingNode):
        return Loaded(
            raw={}, spec=None, faults=(f"{path}:1: expected a mapping with 'version: 1'",)
        )
    lines: dict[tuple[str | int, ...], int] = {}
    faults = [f"{path}:{fault}" for fault in _index(node, (), lines)]
    if len(lines) > MAX_NODES:
        return Loaded(
            raw={}, spec=None, faults=(f"{path}: more than {MAX_NODES} values are no spec",)
        )
    raw = yaml.safe_load(text)
    try:
        spec = None if faults else SpecV1.model_validate(raw)
    except ValidationError as error:
        spec = None
        faults += [f"{path}:{fault}" for fault in _faults(error, lines)]
    return Loaded(raw=raw, spec=spec, faults=tuple(faults))


def _index(
    node: yaml.Node, at: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]
) -> list[str]:
    """Note the line of every key and entry; return duplicate keys as faults."""
    lines[at] = node.start_mark.line + 1
    faults: list[str] = []
    if len(lines) > MAX_NODES:
        return faults
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                faults.append(
                    f"{line}: {_dotted((*at, name))} is given twice (first on line {seen[name]})"
                )
            seen[name] = line
            faults += _index(value, (*at, name), lines)
            lines[(*at, name)] = line
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            faults += _index(value, (*at, position), lines)
    return faults


def _faults(error: ValidationError, lines: Mapping[tuple[str | int, ...], int]) -> list[str]:
    rows: dict[tuple[int, str], None] = {}
    for one in error.errors(include_url=False):
        at = tuple(part for part in one["loc"] if _is_place(part))
        while at not in lines and len(at) > 0 and one["type"] != "missing":
            at = at[:-1]
        line = next(lines[at[:n]] for n in range(len(at), -1, -1) if at[:n] in lines)
        rows[line, _sentence(one, at)] = None
    return [f"{line}: {text}" for line, text in sorted(rows)]


def _is_place(part: str | int) -> bool:
    """Return whether a step of pydantic's location is a key of the file, not a union's branch."""
    return not (
        isinstance(part, str) and (part in {"PluginSpec", "MlflowSpec", "bool"} or "[" in part)
    )


def _sentence(one: Any, at: tuple[str | int, ...]) -> str:
    where = _dotted(at)
    match one["type"]:
        case "missing":
            return f"{where} is missing"
        case "extra_forbidden":
            return f"{where}: no such key{_nearest(at)}"
        case "value_error":
            return f"{where}: {one['ctx']['error']}" if where else str(one["ctx"]["error"])
        case _:
            return f"{where} is {one['input']!r:.80}: {one['msg'].lower()}"


def _nearest(at: tuple[str | int, ...]) -> str:
    section = _section(SpecV1, at[:-1])
    known = list(section.model_fields) if section is not None else []
    close = difflib.get_close_matches(str(at[-1]), known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(known)}" if known else ""


def _section(model: type[BaseModel], at: Sequence[str | int]) -> type[BaseModel] | None:
    """Return the section a path of keys leads to, or None where that is no section."""
    current: type[BaseModel] | None = model
    for part in at:
        if current is None:
            return None
        if isinstance(part, str) and part in current.model_fields:
            current = _model_in(current.model_fields[part].annotation)
    return current


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None


def _dotted(at: tuple[str | int, ...]) -> str:
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
