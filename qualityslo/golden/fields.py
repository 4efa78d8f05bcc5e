"""The fields of a golden item, one reader each: a value as given -> its checked form.

Each reader notes what is wrong in `faults` and returns something harmless, so that one look at
a row finds everything. Null is the same as absent everywhere but inside `meta`.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from qualityslo.domain.golden import AnswerKind, AnswerType, Json, Message
from qualityslo.golden.faults import nearest, show

MOST_ID_CHARS = 500
ROLES = ("system", "developer", "user", "assistant")

_PERCENT = re.compile(r"\s*(\d{1,9}(?:\.\d{1,18})?)\s*%\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something worth a word in lint that does not make a row unusable."""

    code: str
    detail: str


def read_id(value: Json, faults: list[str]) -> str | None:
    """Return the id; a whole number is taken as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        faults.append("no id; give every item an `id` that is its own")
    elif not isinstance(value, str):
        faults.append(f"id is text, not {show(value)}")
    elif not value.strip():
        faults.append(f"id is empty: {show(value)}; give every item an `id` that is its own")
    elif len(value) > MOST_ID_CHARS or not value.isprintable():
        faults.append(
            f"id {show(value)} is longer than {MOST_ID_CHARS} characters or holds some that do "
            "not print; use a short printable one"
        )
    else:
        return value
    return None


def read_question(row: Mapping[str, Json], faults: list[str]) -> tuple[str, tuple[Message, ...]]:
    """Return the question and the conversation it ends, if any, of a whole row."""
    messages = _messages(row.get("messages"), faults)
    asked = messages[-1].content if messages else ""
    given = [name for name in ("question", "prompt") if row.get(name) is not None]
    if len(given) == 2:
        faults.append("question and prompt are both given; keep one")
    elif given:
        value = row[given[0]]
        if not isinstance(value, str):
            faults.append(
                f"{given[0]} is text, not {show(value)}; write a conversation as `messages`"
            )
        elif not value.strip():
            faults.append(f"no question: {given[0]} is empty: {show(value)}")
        elif asked and value != asked:
            faults.append(
                f"{given[0]} {show(value)} is not the last turn of messages {show(asked)}; "
                "keep messages alone"
            )
        else:
            return value, messages
    elif row.get("messages") is None:
        faults.append("no question; give `question`, `prompt` or `messages`")
    return asked, messages


def _messages(value: Json, faults: list[str]) -> tuple[Message, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value:
        faults.append(f"messages is a list of turns with role and content, not {show(value)}")
        return ()
    before = len(faults)
    turns = [_turn(f"messages[{at}]", one, faults) for at, one in enumerate(value)]
    if len(faults) > before:
        return ()
    if turns[-1].role != "user":
        faults.append(
            f"messages end with a turn of {turns[-1].role!r}, but the model writes the next one; "
            "end with a user turn and put the expected answer in `references`"
        )
        return ()
    return tuple(turns)


def _turn(place: str, value: Json, faults: list[str]) -> Message:
    if not isinstance(value, dict):
        faults.append(f"{place} is an object with role and content, not {show(value)}")
        return Message(role="", content="")
    for name, one in value.items():
        if name not in {"role", "content"} and one is not None:
            faults.append(
                f"{place} holds {show(name)}, which is not understood; a turn has role and content"
            )
    role, content = value.get("role"), _content(value.get("content"))
    if role not in ROLES:
        faults.append(f"{place}.role is one of {', '.join(ROLES)}, not {show(role)}")
    if not content.strip():
        faults.append(f"{place}.content is text, not {show(value.get('content'))}")
    return Message(role=str(role), content=content)


def _content(value: Json) -> str:
    """Return a turn's text; parts of type `text` are joined, anything else gives an empty text."""
    if isinstance(value, str):
        return value
    texts: list[str] = []
    for part in value if isinstance(value, list) else []:
        text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
        if not isinstance(text, str):
            return ""
        texts.append(text)
    return "".join(texts)


def read_context(value: Json, faults: list[str], notes: list[Note]) -> tuple[str, ...]:
    """Return the passages; blank ones are no context and are left out, with a note."""
    if value is None:
        return ()
    passages: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, str):
            faults.append(f"context is text or a list of texts, not {show(one)}")
        elif one.strip():
            passages.append(one)
        else:
            notes.append(Note(code="blank_context", detail="a blank context is read as none"))
    return tuple(passages)


def read_references(row: Mapping[str, Json], faults: list[str]) -> tuple[str, ...]:
    """Return the references of a whole row; numbers become their digits, texts stay as they are.

    `"None"`, `"nan"` and `""` are texts; null, an absent field and an empty list are none.
    """
    given = [name for name in ("references", "reference") if row.get(name) is not None]
    if len(given) == 2:
        faults.append("references and reference are both given; keep references")
        return ()
    if not given:
        return ()
    value = row[given[0]]
    texts: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            texts.append(one)
        elif isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one):
            texts.append(repr(one))
        else:
            faults.append(
                f"{given[0]}: {show(one)} is neither text nor a number; write it as text"
            )
    return tuple(texts)


def read_answer(value: Json, faults: list[str], notes: list[Note]) -> AnswerType:
    """Return the expected kind of answer with its tolerance and unit."""
    if value is None:
        return AnswerType()
    if not isinstance(value, dict):
        faults.append(f'answer is an object such as {{"type": "number"}}, not {show(value)}')
        return AnswerType()
    known = ("type", "tolerance", "unit")
    for name, one in value.items():
        if name not in known and one is not None:
            faults.append(f"answer holds {show(name)}, which is not known{nearest(name, known)}")
    kind = _kind(value.get("type"), faults)
    tolerance, relative = _tolerance(value.get("tolerance"), faults)
    if tolerance and kind is not AnswerKind.NUMBER:
        detail = "a tolerance is used for numbers only"
        notes.append(Note(code="tolerance_unused", detail=detail))
    unit = read_label("answer.unit", value.get("unit"), faults)
    return AnswerType(kind=kind, tolerance=tolerance, relative=relative, unit=unit)


def _kind(value: Json, faults: list[str]) -> AnswerKind:
    if value is None:
        return AnswerKind.TEXT
    names = [kind.value for kind in AnswerKind]
    if value not in names:
        hint = nearest(str(value)[:40], names)
        faults.append(f"answer.type {show(value)} is not known{hint}")
        return AnswerKind.TEXT
    return AnswerKind(value)


def _tolerance(value: Json, faults: list[str]) -> tuple[float, bool]:
    if value is None:
        return 0.0, False
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value)):
        return float(match[1]) / 100, True
    # a whole number may be too large for a float; comparing it is exact
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1e300:
        return float(value), False
    faults.append(
        f'answer.tolerance {show(value)} is neither a number >= 0 nor a share such as "1%"'
    )
    return 0.0, False


def read_label(name: str, value: Json, faults: list[str]) -> str | None:
    """Return a text that is not empty, or None where there is none."""
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        faults.append(f"{name} is text that is not empty, not {show(value)}; or leave it out")
        return None
    return value


def read_slices(value: Json, faults: list[str]) -> dict[str, str]:
    """Return the slices, a text each."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        faults.append(f'slices is an object such as {{"topic": "billing"}}, not {show(value)}')
        return {}
    read = {name: read_label(f"slices.{show(name)}", one, faults) for name, one in value.items()}
    return {name: one for name, one in read.items() if one is not None}
