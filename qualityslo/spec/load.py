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
MAX_DEPTH = 30  # an alias can hold itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What was read: the raw mapping, the spec where it is valid, and the faults otherwise."""

    raw: Mapping[str, Any]
    spec: SpecV1 | None
    faults: tuple[str, ...]


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a value that means nothing (`2026-13-45`) is a fault with its line."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyYAML's signature
        try:
            return super().construct_object(node, deep=deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            problem = f"{node.value!r:.80} is no {node.tag.rpartition(':')[2]}"
            raise yaml.constructor.ConstructorError(
                problem=problem, problem_mark=node.start_mark
            ) from error


def load_spec(path: Path) -> Loaded:
    """Read a spec file; never raises for what the file says, faults are returned."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return _refused(f"{path}: cannot be read: {reason}")
    if len(data) > MAX_BYTES:
        return _refused(f"{path}: more than {MAX_BYTES:,} bytes are no spec")
    try:
        return _parse(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _refused(f"{path}: not UTF-8 at byte {error.start}")
    except yaml.MarkedYAMLError as error:
        return _refused(_marked(path, error))
    except yaml.YAMLError as error:
        return _refused(f"{path}: not YAML: {str(error).splitlines()[0]}")


def _refused(*faults: str) -> Loaded:
    return Loaded(raw={}, spec=None, faults=faults)


def _marked(path: Path, error: yaml.MarkedYAMLError) -> str:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    return f"{path}:{line}: {error.problem or 'not YAML'}"


def _parse(path: Path, text: str) -> Loaded:
    too_much = _size_fault(text)
    if too_much is not None:
        return _refused(f"{path}: {too_much}")
    loader = _Loader(text)
    node = loader.get_single_node()
    if not isinstance(node, yaml.MappingNode):
        return _refused(f"{path}:1: expected a mapping with 'version: 1'")
    lines: dict[tuple[str | int, ...], int] = {}
    faults = [f"{path}:{fault}" for fault in _index(node, (), lines)]
    if len(lines) > MAX_NODES:
        return _refused(f"{path}: more than {MAX_NODES:,} values are no spec")
    try:
        raw = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        return _refused(*faults, _marked(path, error))
    try:
        spec = SpecV1.model_validate(raw)
    except ValidationError as error:
        faults += [f"{path}:{fault}" for fault in _faults(error, lines)]
        return Loaded(raw=raw, spec=None, faults=tuple(faults))
    return Loaded(raw=raw, spec=None if faults else spec, faults=tuple(faults))


def _size_fault(text: str) -> str | None:
    """Return what makes a text too much to be composed, found without composing it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if count > MAX_NODES:
            return f"more than {MAX_NODES:,} values are no spec"
        if depth > MAX_DEPTH:
            return f"more than {MAX_DEPTH} levels are no spec"
    return None


def _index(
    node: yaml.Node, at: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]
) -> list[str]:
    """Note the line of every key and entry; return duplicate keys as faults."""
    line = node.start_mark.line + 1
    if len(at) > MAX_DEPTH:
        return [f"{line}: {_dotted(at[:3])} has more than {MAX_DEPTH} levels, or holds itself"]
    lines[at] = line
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
        at = _place(one, lines)
        line = next(lines[at[:n]] for n in range(len(at), -1, -1) if at[:n] in lines)
        rows[line, _sentence(one, at)] = None
    return [f"{line}: {text}" for line, text in sorted(rows)]


def _place(one: Any, lines: Mapping[tuple[str | int, ...], int]) -> tuple[str | int, ...]:
    """Return the keys of the file that lead to a fault.

    Pydantic's location also names the branches of unions, which are no keys of the file. The
    last step of a missing or unknown key is kept though no line may be known for it.
    """
    at: tuple[str | int, ...] = ()
    for part in one["loc"]:
        step = next((s for s in (part, str(part)) if (*at, s) in lines), None)
        at = at if step is None else (*at, step)
    if one["type"] in {"missing", "extra_forbidden"} and at[-1:] != one["loc"][-1:]:
        return (*at, one["loc"][-1])
    return at


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
            message = one["msg"][:1].lower() + one["msg"][1:]
            return f"{where or 'a key'} is {one['input']!r:.80}: {message}"


def _nearest(at: tuple[str | int, ...]) -> str:
    section = _section(at[:-1])
    known = list(section.model_fields) if section is not None else []
    close = difflib.get_close_matches(str(at[-1]), known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(known)}" if known else ""


def _section(at: Sequence[str | int]) -> type[BaseModel] | None:
    """Return the section that holds a path: the whole spec, one of its parts, or an entry."""
    return _model_in(SpecV1.model_fields[str(at[0])].annotation) if at else SpecV1


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
