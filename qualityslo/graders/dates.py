"""Calendar dates in text: the common English and numeric forms, as `datetime.date`.

Read are "30 June 2023", "30th of June, 2023", "June 30, 2023", "Jun 30th 2023", "2023-06-30",
"2023/06/30", "30.06.2023", and "30/06/2023" where the day is over 12 or equals the month (else
day and month cannot be told apart). A date needs day, month and a year of four digits, and has
to exist.
"""

import re
from datetime import date

from qualityslo.graders.characters import plain

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun",
            "july jul", "august aug", "september sept sep", "october oct", "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"(?<![\w.])(?:"
    rf"(?P<day_1>{_DAY})[ -](?:of )?(?P<month_1>{_MONTH})\b\.?,?[ -](?:of )?(?P<year_1>[0-9]{{4}})"
    rf"|(?P<month_2>{_MONTH})\b\.?[ -](?:the )?(?P<day_2>{_DAY}),?[ ](?:of )?(?P<year_2>[0-9]{{4}})"
    r"|(?P<year_3>[0-9]{4})(?P<mark>[-/])(?P<month_3>[0-9]{1,2})(?P=mark)(?P<day_3>[0-9]{1,2})"
    r"|(?P<day_4>[0-9]{1,2})(?P<dot>[./])(?P<month_4>[0-9]{1,2})(?P=dot)(?P<year_4>[0-9]{4})"
    r")(?![0-9])"
)
_NO_DIGIT = re.compile(r"[^0-9]")


def find_dates(text: str) -> list[tuple[date, int, int]]:
    """Return the dates of a plain text (see `characters.plain`) with their start and end."""
    found = ((_read(match), match.start(), match.end()) for match in _DATE.finditer(text))
    return [(day, start, end) for day, start, end in found if day is not None]


def dates_in(text: str) -> set[date]:
    """Return the dates of any text.

    >>> dates_in("from March 14th, 2026 (2026-03-14), not 31.02.2026")
    {datetime.date(2026, 3, 14)}
    """
    return {day for day, _, _ in find_dates(plain(text))}


def _read(match: re.Match[str]) -> date | None:
    form = next(number for number in "1234" if match[f"year_{number}"])
    month_text = match[f"month_{form}"]
    day = int(_NO_DIGIT.sub("", match[f"day_{form}"]))
    month = _MONTHS.get(month_text) or int(month_text)
    if match["dot"] == "/" and day <= 12 and day != month:
        if month <= 12:
            return None
        day, month = month, day
    try:
        return date(int(match[f"year_{form}"]), month, day)
    except ValueError:
        return None
