"""YAML of a card as texts, lists and mappings with line numbers, and nothing that can hurt.

Only structure is taken from the file: no tag builds an object, no scalar but null is
interpreted, equal keys are a fault, and an alias may stand for a text only, so that nothing
grows when it is written out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from qualityslo.golden.faults import Faults, show

MOST_BYTES = 1_000_000
MOST_NODES = 10_000
MOST_DEPTH = 20
MOST_ALIASES = 100

_NULL = "tag:yaml.org,2002:null"
_TEXT = "tag:yaml.org,2002:str"

Value: TypeAlias = "str | list[Located] | dict[str, Located] | None"
Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"


@dataclass(frozen=True, slots=True)
class Located:
    """A value and the line it stands on, counted from 1."""

    line: int
    value: Value

    def plain(self) -> Plain:
        """Return the value without lines, for a message."""
        match self.value:
            case dict():
                return {key: one.plain() for key, one in self.value.items()}
            case list():
                return [one.plain() for one in self.value]
            case _:
                return self.value


class _CardFault(Exception):  # noqa: N818  # it never leaves this module
    """A fault of the card, on its way to the message."""

    def __init__(self, at: yaml.Event | yaml.Node | None, text: str) -> None:
        super().__init__(text)
        self.line = at.start_mark.line + 1 if at and at.start_mark else 1


def read_yaml(path: Path, label: str, faults: Faults) -> Located | None:
    """Return the document, or None where it is not usable: `faults` then says why.

    Args:
        path: the file.
        label: how messages call it.
        faults: takes the faults as `label:line`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        faults.add(label, f"cannot be read: {error.strerror}")
        return None
    if len(data) > MOST_BYTES:
        faults.add(label, f"is larger than {MOST_BYTES:,} bytes; a card is a page of text")
        return None
    try:
        return _compose(data)
    except _CardFault as error:
        faults.add(f"{label}:{error.line}", str(error))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.add(f"{label}:{line}", f"not valid YAML: {error.problem}")
    except yaml.YAMLError as error:
        faults.add(label, f"not valid YAML: {show(str(error))}")
    return None


def _compose(data: bytes) -> Located:
    loader = _Loader(data)
    try:
        node = loader.get_single_node()
    finally:
        loader.dispose()
    if node is None:
        raise _CardFault(None, "is empty; write at least the criteria, or remove the card")
    return _located(node)


class _Loader(yaml.SafeLoader):
    """Composes nodes, and counts as it goes so that a hostile file stops early."""

    # `no`, 1.10 and 2026-01-01 stay texts; null alone keeps its meaning
    yaml_implicit_resolvers = {  # noqa: RUF012  # PyYAML's own way to say it
        first: [row for row in rows if row[0] == _NULL]
        for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._nodes = self._aliases = self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose a node within the limits; see `yaml.composer.Composer`."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # bare in the stubs
        if isinstance(event, yaml.AliasEvent):
            self._aliases += 1
            named = self.anchors.get(event.anchor)
            if self._aliases > MOST_ALIASES or isinstance(named, yaml.CollectionNode):
                raise _CardFault(
                    event,
                    f"alias *{event.anchor}: only texts may be repeated by alias, "
                    f"{MOST_ALIASES} times at most; write it out",
                )
        self._nodes += 1
        self._depth += 1
        if self._nodes > MOST_NODES or self._depth > MOST_DEPTH:
            raise _CardFault(
                event,
                f"more than {MOST_NODES:,} values or {MOST_DEPTH} levels; a card is a page of text",
            )
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _located(node: yaml.Node) -> Located:
    line = node.start_mark.line + 1
    match node:
        case yaml.ScalarNode(tag=tag) if tag in {_NULL, _TEXT}:
            return Located(line, None if tag == _NULL else node.value)
        case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
            return Located(line, [_located(one) for one in node.value])
        case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
            return Located(line, _mapping(node))
        case _:
            raise _CardFault(node, f"tag {show(node.tag)} is refused; write plain text")


def _mapping(node: yaml.MappingNode) -> dict[str, Located]:
    found: dict[str, Located] = {}
    for key, value in node.value:
        name = _located(key).value
        if not isinstance(name, str):
            raise _CardFault(key, "a key is text")
        if name in found:
            first = found[name].line
            raise _CardFault(
                key, f"key {show(name)} is given twice, first on line {first}; keep one"
            )
        found[name] = Located(key.start_mark.line + 1, _located(value).value)
    return found
