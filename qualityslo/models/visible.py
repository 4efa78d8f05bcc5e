"""What a person sees of a reply: the reasoning a model writes before its answer is taken off."""

import re
from dataclasses import dataclass

_TAG = re.compile(r"<(/?)think>", re.IGNORECASE)
_NOT_BLANK = re.compile(r"\S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """The visible part of a reply.

    `start` is the place of its first character in the reply, None where nothing is visible;
    `reasoned` says whether any reasoning was taken off.
    """

    text: str
    start: int | None
    reasoned: bool


def visible(content: str) -> Visible:
    r"""Return what a person sees of a reply, without the blanks around it.

    Taken off are `<think>...</think>` blocks; everything before a closing tag that has no
    opening one (the chat template wrote it into the prompt); and everything after an opening
    tag that is never closed (the reply was cut while thinking). An unclosed tag in the middle of
    an answer that showed no reasoning before is a word of that answer and stays.

    >>> visible("<think>3*8=24</think> The answer is 24.").text
    'The answer is 24.'
    >>> visible("17*20=340\n</think>\n391").text
    '391'
    >>> visible("<think>Let me see").text
    ''
    >>> visible("Write <think> first.").text
    'Write <think> first.'
    """
    if "<" not in content:
        return _seen(content, [(0, len(content))], reasoned=False)
    spans: list[tuple[int, int]] = []
    reasoned = False
    at, opened = 0, None
    for tag in _TAG.finditer(content):
        if not tag[1]:
            if opened is None:
                spans.append((at, tag.start()))
                opened = tag.start()
            continue
        if opened is None:
            spans.clear()
        reasoned, at, opened = True, tag.end(), None
    if opened is None:
        spans.append((at, len(content)))
    elif _first(content, spans) is not None and not reasoned:
        spans.append((opened, len(content)))
    else:
        reasoned = True
    return _seen(content, spans, reasoned=reasoned)


def _seen(content: str, spans: list[tuple[int, int]], *, reasoned: bool) -> Visible:
    text = "".join(content[begin:end] for begin, end in spans).strip()
    return Visible(text=text, start=_first(content, spans), reasoned=reasoned)


def _first(content: str, spans: list[tuple[int, int]]) -> int | None:
    for begin, end in spans:
        found = _NOT_BLANK.search(content, begin, end)
        if found is not None:
            return found.start()
    return None
