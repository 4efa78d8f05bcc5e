"""Splitting a text into sentences, roughly but in linear time.

A sentence ends at ".", "!", "?", "\u3002" (and its full-width kin) followed by a blank, or at a
line end. A point does not end one behind a single letter ("J. K."), a common abbreviation
("Dr."), or in front of a lower-case letter. List marks at the start of a line ("1.", "-", "*")
are taken off.
"""

import re

_BOUNDARY = re.compile(r"""[.!?]["')\]*]{0,3}[^\S\n]+|\n+|[\u3002\uff01\uff1f]""")
_LIST_MARK = re.compile(r"^\s*(?:[0-9]{1,2}[.)]\s|[-*\u2022#>]+\s)+")
_ABBREVIATION = re.compile(
    r"(?:^|[^\w.])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|vs|No|approx|ca|cf|e\.g|i\.e|etc|Inc|Ltd|Jan|Feb|Mar|Apr"
    r"|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)


def sentences(text: str) -> list[str]:
    r"""Return the sentences of a text, trimmed, without blank ones.

    >>> sentences("1. Ask Dr. Tveit. She is in!\n- Or not")
    ['Ask Dr. Tveit.', 'She is in!', 'Or not']
    """
    parts: list[str] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match[0].startswith(".") and _goes_on(text, match):
            continue
        parts.append(text[start : match.end()])
        start = match.end()
    parts.append(text[start:])
    trimmed = (_LIST_MARK.sub("", part).strip() for part in parts)
    return [part for part in trimmed if part]


def _goes_on(text: str, match: re.Match[str]) -> bool:
    following = text[match.end() : match.end() + 1]
    before = text[max(0, match.start() - 8) : match.start() + 1]
    return following.islower() or _ABBREVIATION.search(before) is not None
