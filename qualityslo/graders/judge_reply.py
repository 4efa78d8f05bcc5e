"""What a judge's reply says: read tolerantly in form, strictly in content.

Form: a JSON object, bare, fenced or with prose around it; or, without any object, a reply that is
a label alone, or lines such as "verdict: incorrect". Labels are never searched in running text:
"not correct" and "incorrect" both hold the word "correct".

Content: what is missing, of the wrong type, out of range or contradictory is no verdict, with the
reason. Nothing is clamped, rescaled or defaulted. Of several objects that differ the last one
counts, and only where it ends the reply (cases C15, C17, C19).

Whoever plants a verdict in an answer wants a good one. So a *good* verdict has to be beyond doubt:
it is none if it stands word for word in the text that was to be judged, if another object of the
reply says otherwise, or if the reply also holds a broken object, which it may be a piece of. A bad
verdict stands in all three cases: otherwise an answer could get rid of it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qualityslo.domain.golden import Json
from qualityslo.graders.judge_form import Fault, Label, Read, Reading, ReplyForm, Unreadable, spelt

LONGEST_REPLY = 20_000
"""Characters of a reply that are read; a verdict needs a hundredth of it."""

_LABEL_KEYS = ("verdict", "label")
_KEYS = (*_LABEL_KEYS, "pass", "score")
_MARKED = re.compile(
    r"^[ \t*_#>`-]*(?:final )?(?:verdict|label|grade)[*_` ]*[:=][*_`\" \t]*(.+)$",
    re.IGNORECASE | re.MULTILINE,
)
_FENCE = " \t\r\n`"
_SECOND_THOUGHT = ("or", "and", "but", "not", "nor")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A JSON object of a reply: its members in order, its text, and where that ends."""

    members: tuple[tuple[str, Any], ...]
    text: str
    end: int


class _Object(tuple[tuple[str, Any], ...]):
    """The members of a JSON object, duplicates kept."""

    __slots__ = ()


def read_reply(reply: str, form: ReplyForm, judged: Sequence[str] = ()) -> Reading:
    r"""Return the verdict of a reply, or why it is none.

    Args:
        reply: what the judge wrote, its reasoning taken off.
        form: the labels and the scale.
        judged: the texts the judge was shown; what it repeats of them is no verdict.

    >>> form = ReplyForm(labels=(Label(name="correct", good=True), Label(name="incorrect", good=False)))
    >>> read_reply('Well:\n```json\n{"verdict": "incorrect"}\n```', form).good
    False
    >>> read_reply("The answer is not correct.", form).fault.value
    'unparseable'
    """
    text = reply.strip(" \t\r\n\ufeff")
    if not text:
        return Unreadable(fault=Fault.UNPARSEABLE, why="the reply is empty")
    if len(text) > LONGEST_REPLY:
        why = f"the reply has {len(text)} characters, more than {LONGEST_REPLY}"
        return Unreadable(fault=Fault.UNPARSEABLE, why=why)
    asked = _Asked(form=form, shown=tuple(_squeezed(one) for one in judged))
    found, broken = _objects(text)
    if found:
        return _read_objects(text, found, broken, asked)
    if broken:
        return Unreadable(fault=Fault.UNPARSEABLE, why="the reply's JSON object is broken")
    return _read_prose(text, asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a reply is read against: its form, and the squeezed texts that were to be judged."""

    form: ReplyForm
    shown: tuple[str, ...]

    def shows(self, part: str) -> bool:
        """Whether a part of a reply stands in a judged text."""
        wanted = _squeezed(part)
        return any(wanted in one for one in self.shown)


def _squeezed(text: str) -> str:
    """Return a text without blanks and case: a quotation keeps the rest."""
    return "".join(text.split()).casefold()


def _objects(text: str) -> tuple[list[_Found], bool]:
    """Return the outermost JSON objects of a text, in order, and whether one is broken."""
    decoder = json.JSONDecoder(object_pairs_hook=_Object)
    found: list[_Found] = []
    broken = False
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
            found.append(_Found(members=tuple(value), text=text[at:end], end=end))
        except (ValueError, RecursionError):
            broken = broken or text[at + 1 :].lstrip().startswith('"')
            end = at + 1
        at = text.find("{", end)
    return found, broken


def _read_objects(text: str, found: Sequence[_Found], broken: bool, asked: _Asked) -> Reading:  # noqa: FBT001 - one finding of two
    named = [one for one in found if any(key in _KEYS for key, _ in one.members)]
    if not named:
        return Unreadable(fault=Fault.UNPARSEABLE, why="the JSON object has no member 'verdict'")
    own = [one for one in named if not asked.shows(one.text)]
    readings = [_read_object(one, asked.form) for one in own or named]
    last = readings[-1]
    if not own and (wrong := _quotation(readings)):
        return wrong
    if any(not _same_verdict(one, last) for one in readings):
        ends = not text[(own or named)[-1].end :].strip(_FENCE)
        if not ends or not isinstance(last, Read) or last.good:
            why = "the reply holds objects with different verdicts"
            return Unreadable(fault=Fault.TWO_VERDICTS, why=why)
    if broken and isinstance(last, Read) and last.good:
        return Unreadable(fault=Fault.UNPARSEABLE, why="the reply holds a broken JSON object")
    return last


def _quotation(readings: Sequence[Reading]) -> Unreadable | None:
    """Return that verdicts which stand in the judged text are no verdicts, unless all are bad."""
    if all(isinstance(one, Read) and not one.good for one in readings):
        return None
    why = "the reply only repeats a verdict that stands in the text to be judged"
    return Unreadable(fault=Fault.QUOTATION, why=why)


def _same_verdict(one: Reading, other: Reading) -> bool:
    if isinstance(one, Read) and isinstance(other, Read):
        return (one.good, one.label, one.score) == (other.good, other.label, other.score)
    return one == other


def _read_object(found: _Found, form: ReplyForm) -> Reading:
    keys = [key for key, _ in found.members]
    twice = sorted({key for key in keys if key in _KEYS and keys.count(key) > 1})
    if twice:
        why = f"the object has the member {twice[0]!r} twice"
        return Unreadable(fault=Fault.TWO_VERDICTS, why=why)
    # Null says as little as an absent member: it is never a verdict.
    members = {key: value for key, value in found.members if value is not None}
    try:
        labels = [_label(members[key], form) for key in _LABEL_KEYS if key in members]
        passed = [_passed(members["pass"])] if "pass" in members else []
        scores = [_score(members["score"], form)] if "score" in members else []
    except ValueError as error:
        return Unreadable(fault=Fault.INVALID, why=str(error))
    goods = {*(one.good for one in labels), *passed, *(one >= form.pass_at for one in scores)}
    if not goods:
        return Unreadable(fault=Fault.UNPARSEABLE, why="the object's verdict is null or missing")
    if len(goods) > 1 or len({one.name for one in labels}) > 1:
        return Unreadable(fault=Fault.CONTRADICTION, why="the object contradicts itself")
    return Read(
        good=goods.pop(),
        label=labels[0].name if labels else "",
        score=scores[0] if scores else None,
        reason=_text(members.get("reason")),
        quote=_text(members.get("quote")),
    )


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _label(value: object, form: ReplyForm) -> Label:
    found = form.label(value) if isinstance(value, str) else None
    if found is None:
        names = ", ".join(one.name for one in form.labels)
        raise ValueError(f"the verdict is none of {names}")
    return found


def _passed(value: object) -> bool:
    match value:
        case bool():
            return value
        case "true" | "false":
            return value == "true"
        case _:
            raise ValueError("'pass' is neither true nor false")


def _score(value: object, form: ReplyForm) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("'score' is no number")  # noqa: TRY004 - told as a fault of the reply
    if not form.low <= value <= form.high:  # NaN is not, and 1e999 is infinite
        raise ValueError(f"'score' is not within {form.low:g} and {form.high:g}")
    return float(value)


def _read_prose(text: str, asked: _Asked) -> Reading:
    alone = asked.form.label(text)
    if alone is not None:
        return Read(good=alone.good, label=alone.name)
    lines = list(_MARKED.finditer(text))
    own = [one for one in lines if not asked.shows(one[0])]
    labels = [_leading_label(one[1], asked.form) for one in own or lines]
    if not labels:
        return Unreadable(fault=Fault.UNPARSEABLE, why="the reply holds no JSON object")
    first = labels[0]
    if first is None or any(one != first for one in labels):
        why = "the reply names no verdict, or more than one, behind its marker"
        return Unreadable(fault=Fault.TWO_VERDICTS if first else Fault.UNPARSEABLE, why=why)
    reading = Read(good=first.good, label=first.name)
    return reading if own else _quotation([reading]) or reading


def _leading_label(line: str, form: ReplyForm) -> Label | None:
    """Return the label that a line begins with, if the line does not go on about another one."""
    head, _, rest = line.replace("_", " ").partition(" ")
    words = [head, *rest.split()]
    for size in range(min(3, len(words)), 0, -1):
        label = form.label(" ".join(words[:size]).rstrip(",;:"))
        if label is None:
            continue
        closed = words[size - 1][-1] in ".,;:!*`\"'" or size == len(words)
        following = spelt(words[size].strip(",;:/|")) if size < len(words) else ""
        again = following in _SECOND_THOUGHT or form.label(following) is not None
        return label if closed and not again else None
    return None
