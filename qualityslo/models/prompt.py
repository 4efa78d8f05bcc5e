"""Golden items become chat messages."""

import re
from dataclasses import dataclass

from qualityslo.domain.golden import GoldenItem, Json
from qualityslo.models.parameters import Parameters

WITH_CONTEXT = "Context:\n{context}\n\nQuestion: {question}"
WITHOUT_CONTEXT = "{question}"
_SYSTEM_ROLES = frozenset({"system", "developer"})
_PLACEHOLDER = re.compile(r"\{(context|question)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """How an item is put to a model.

    `template` holds the literal placeholders `{context}` and `{question}`; None stands for the
    built-in pair, `WITH_CONTEXT` for items that have a context and `WITHOUT_CONTEXT` for others.
    """

    system: str | None = None
    template: str | None = None

    def messages(self, item: GoldenItem) -> list[Json]:
        """Return the messages to send, in the words of the chat-completions protocol.

        A conversation is sent as it is; only its last user turn is put into the template, and
        only where the item has a context.
        """
        turns = [(message.role, message.content) for message in item.messages]
        if not turns:
            turns = [("user", self._fill(item, item.question))]
        elif item.context:
            users = [at for at, (role, _) in enumerate(turns) if role == "user"]
            last = users[-1] if users else len(turns) - 1
            role, content = turns[last]
            turns[last] = (role, self._fill(item, content))
        if self.system is not None and all(role not in _SYSTEM_ROLES for role, _ in turns):
            turns.insert(0, ("system", self.system))
        return [{"role": role, "content": content} for role, content in turns]

    def _fill(self, item: GoldenItem, question: str) -> str:
        """Fill the template in one pass: a placeholder inside the question is only text."""
        template = self.template
        if template is None:
            template = WITH_CONTEXT if item.context else WITHOUT_CONTEXT
        values = {"context": "\n\n".join(item.context), "question": question}
        return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def read_prompt(read: Parameters) -> Prompt:
    """Read the parameters `system` and `prompt` of an adapter."""
    template = read.optional_text("prompt")
    if template is not None and "{question}" not in template:
        read.fault("prompt", "never asks the question: write {question} where it belongs")
    return Prompt(system=read.optional_text("system"), template=template)
