"""The card of a golden set: what is judged, by whom, and where the items come from.

YAML is composed with PyYAML's safe loader and no object is ever constructed from it: texts stay
as written (`version: 1.10` is the text "1.10"), and every fault names its line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from qualityslo.domain.golden import Criterion, LabelPolicy, TruthKind
from qualityslo.golden.card_yaml import Located, read_yaml
from qualityslo.golden.faults import Faults, misspelt, nearest, show

SOURCES = ("authored", "traffic", "public", "synthetic", "mixed")

_CARD_KEYS = (
    "name",
    "version",
    "purpose",
    "sampled_from",
    "licence",
    "label_policy",
    "criteria",
)
_CRITERION_KEYS = ("truth", "graders", "rubric")
_CRITERION_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_SET_NAME = re.compile(r"\w[\w .-]{0,99}")
_GRADER_TRUTH = "grader:"

_Fields: TypeAlias = Mapping[str, Located]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a card says; `name` is empty where it does not give one."""

    name: str = ""
    version: str = "1"
    purpose: str = ""
    sampled_from: str = "authored"
    licence: str = ""
    criteria: tuple[Criterion, ...] = ()


def read_card(path: Path, label: str, faults: Faults) -> Card:
    """Read a card; every fault goes to `faults` as `label:line`, and the rest is still read.

    Args:
        path: the file.
        label: how messages call it.
        faults: takes the faults.
    """
    top = read_yaml(path, label, faults)
    if top is None:
        return Card()
    reader = _Reader(label, faults)
    fields = reader.mapping("the card", top, _CARD_KEYS)
    name = reader.text("name", fields, default="")
    if name and not valid_name(name):
        reader.fault(fields["name"], name_fault(name))
    return Card(
        name=name,
        version=reader.text("version", fields, default="1"),
        purpose=reader.text("purpose", fields, default=""),
        sampled_from=reader.sampled_from(fields),
        licence=reader.text("licence", fields, default=""),
        criteria=reader.criteria(fields),
    )


def valid_name(name: str) -> bool:
    """Return whether a name can stand in a path, a metric's label and a log line."""
    return _SET_NAME.fullmatch(name) is not None


def name_fault(name: str) -> str:
    """Return what to say of a name that cannot."""
    return (
        f"name {show(name)} is not usable; start with a letter or digit and use letters, "
        "digits, blanks, '.', '_' and '-', 100 at most"
    )


class _Reader:
    """Reads the card's fields one after another and notes what is wrong with each."""

    def __init__(self, label: str, faults: Faults) -> None:
        self._label = label
        self._faults = faults

    def fault(self, at: Located, text: str) -> None:
        self._faults.add(f"{self._label}:{at.line}", text)

    def mapping(self, what: str, value: Located, keys: tuple[str, ...]) -> _Fields:
        """Return a mapping without unknown and without null-valued keys."""
        if not isinstance(value.value, dict):
            self.fault(value, f"{what} is a mapping, not {show(value.plain())}")
            return {}
        for key, one in value.value.items():
            if key not in keys:
                self.fault(one, f"{what} has an unknown key {show(key)}{nearest(key, keys)}")
        return {key: one for key, one in value.value.items() if one.value is not None}

    def text(self, name: str, fields: _Fields, *, default: str) -> str:
        """Return a text; `default` where there is none or no text."""
        one = fields.get(name)
        if one is None:
            return default
        if not isinstance(one.value, str):
            self.fault(one, f"{name} is text, not {show(one.plain())}")
            return default
        return one.value.strip()

    def sampled_from(self, fields: _Fields) -> str:
        """Return where the items come from; only `traffic` has a meaning to the estimates."""
        name = self.text("sampled_from", fields, default="authored")
        if meant := misspelt(name, SOURCES):
            self.fault(
                fields["sampled_from"],
                f"sampled_from {show(name)} is not known; did you mean {meant!r}?",
            )
        return name

    def criteria(self, fields: _Fields) -> tuple[Criterion, ...]:
        """Return the criteria in the card's order, each with the card's label policy."""
        policy = self._label_policy(fields)
        block = fields.get("criteria")
        if block is None:
            return ()
        if not isinstance(block.value, dict):
            remedy = "write a mapping such as {correctness: {truth: human}}"
            self.fault(block, f"criteria is {show(block.plain())}; {remedy}")
            return ()
        return tuple(self._criterion(name, one, policy) for name, one in block.value.items())

    def _label_policy(self, fields: _Fields) -> LabelPolicy:
        name = self.text("label_policy", fields, default=LabelPolicy.CONFIRM_BAD.value)
        known = [policy.value for policy in LabelPolicy]
        if name in known:
            return LabelPolicy(name)
        hint = nearest(name, known)
        self.fault(fields["label_policy"], f"label_policy {show(name)} is not known{hint}")
        return LabelPolicy.CONFIRM_BAD

    def _criterion(self, name: str, block: Located, policy: LabelPolicy) -> Criterion:
        if not _CRITERION_NAME.fullmatch(name):
            remedy = "start with a letter and use letters, digits, '_' and '-', 64 at most"
            self.fault(block, f"criterion name {show(name)} is not usable; {remedy}")
        fields: _Fields = {}
        if block.value is not None:
            fields = self.mapping(f"criterion {show(name)}", block, _CRITERION_KEYS)
        graders = self._graders(fields)
        truth, truth_grader = self._truth(fields, graders)
        return Criterion(
            name=name,
            truth=truth,
            truth_grader=truth_grader,
            graders=graders or ((truth_grader,) if truth_grader else ()),
            rubric=self.text("rubric", fields, default=""),
            label_policy=policy,
        )

    def _graders(self, fields: _Fields) -> tuple[str, ...]:
        block = fields.get("graders")
        if block is None:
            return ()
        rows = block.value if isinstance(block.value, list) else [block]
        names = [one.value for one in rows if isinstance(one.value, str) and one.value.strip()]
        if rows == [block] or len(names) < len(rows) or len(set(names)) < len(names):
            remedy = "write a list of different names such as [contains]"
            self.fault(block, f"graders is {show(block.plain())}; {remedy}")
        return tuple(names)

    def _truth(self, fields: _Fields, graders: tuple[str, ...]) -> tuple[TruthKind, str | None]:
        text = self.text("truth", fields, default=TruthKind.HUMAN.value)
        if text == TruthKind.HUMAN.value:
            return TruthKind.HUMAN, None
        grader = text.removeprefix(_GRADER_TRUTH).strip()
        if not text.startswith(_GRADER_TRUTH) or not grader:
            remedy = "write human, or grader:NAME for the grader whose rule is the definition"
            self.fault(fields["truth"], f"truth {show(text)} is not known; {remedy}")
            return TruthKind.HUMAN, None
        if graders and grader not in graders:
            self.fault(
                fields["truth"],
                f"truth {show(text)}, but graders {show(list(graders))} lack {show(grader)}; add it",
            )
        return TruthKind.GRADER, grader
