"""Judges by script: what a model would reply to a judge's prompt, without a model."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.outcome import Ending, Outcome, Response

_BOUNDARY = re.compile(r"BEGIN <field> ([0-9a-f]{32})\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A judge's prompt as a careful reader sees it: the fields, and everything outside them."""

    boundary: str
    fields: tuple[tuple[str, str], ...]
    outside: str

    def all(self, name: str) -> list[str]:
        """Return the fields of a name."""
        return [text for known, text in self.fields if known == name]

    @property
    def answer(self) -> str:
        """The answer to judge."""
        (text,) = self.all("ANSWER")
        return text


def read_prompt(prompt: str) -> Seen:
    """Take a prompt apart by its boundary, which the task names before any field."""
    found = _BOUNDARY.search(prompt)
    assert found is not None, prompt
    boundary = found[1]
    pattern = re.compile(
        rf"^BEGIN (\w+) {boundary}\n(.*?)\nEND \1 {boundary}$", re.MULTILINE | re.DOTALL
    )
    fields = tuple((one[1], one[2]) for one in pattern.finditer(prompt))
    outside = pattern.sub(lambda one: f"[{one[1]}]", prompt).replace(boundary, "<boundary>")
    return Seen(boundary=boundary, fields=fields, outside=outside)


@dataclass
class ScriptedJudge:
    """A model that replies by a rule on the prompt; a rule may return an outcome instead."""

    rule: Callable[[Seen], str | Outcome]
    repaired: Callable[[Seen], str | Outcome] | None = None
    prompts: list[str] = field(default_factory=list)
    repairs: list[GoldenItem] = field(default_factory=list)
    name: str = "judge-1"
    closed: int = 0

    @property
    def identity(self) -> ModelIdentity:
        """What this model is."""
        return ModelIdentity(kind="scripted", name=self.name)

    def answer(self, items: Iterable[GoldenItem]) -> Iterator[Outcome]:
        """Yield one outcome an item, the last item first: a model keeps no order."""
        for item in reversed(list(items)):
            prompt = item.messages[0].content if item.messages else item.question
            rule = self.rule
            if item.messages:
                self.repairs.append(item)
                rule = self.repaired or rule
            else:
                self.prompts.append(prompt)
            said = rule(read_prompt(prompt))
            if isinstance(said, str):
                ending = Ending.ANSWERED if said.strip() else Ending.EMPTY
                said = Response(item_id=item.id, ending=ending, text=said)
            yield replace(said, item_id=item.id)

    def close(self) -> None:
        """Count the call."""
        self.closed += 1


def saying(verdict: str, *, quote: str | None = None, reason: str = "it is so") -> str:
    """Return a reply in the form that is asked for."""
    members = {"reason": reason} | ({} if quote is None else {"quote": quote})
    return json.dumps({**members, "verdict": verdict})
