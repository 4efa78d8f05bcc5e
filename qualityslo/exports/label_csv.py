"""Reviews as a table for spreadsheets, a row a blank, and a filled table as labels.

No cell is taken for a formula: what would be one gets a leading apostrophe, which reading undoes
(OWASP, "CSV Injection").
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from qualityslo.domain.review import Review
from qualityslo.errors import LabelError
from qualityslo.exports.form_files import FilledForms, Rows, Sheet, answer_field, shown

_ASKED = ("review_id", "answer", "criterion", "reviewer", "value")
_COLUMNS = (
    *("review_id", "golden", "item_id", "question", "context", "references", "answerable"),
    *("answer", "answer_text", "criterion", "rubric", "reviewer", "value", "note"),
)
_UNSEEN = r"\s\x00-\x1f\x7f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_FORMULA = re.compile(rf"'*[{_UNSEEN}]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_WIDEST = 2**31 - 1  # the csv module's own limit, 131072 characters, is one for the whole process


def safe_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; `plain_cell` undoes it.

    Apostrophes before a formula count as part of it, so that every text comes back as it was.

    >>> safe_cell("=1+1"), safe_cell("'=1+1"), safe_cell("1 = 1")
    ("'=1+1", "''=1+1", '1 = 1')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def plain_cell(text: str) -> str:
    """Return what `safe_cell` was given.

    >>> plain_cell("'=1+1"), plain_cell("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def table(reviews: Iterable[Review], reviewer: str | None = None) -> str:
    """Return reviews as CSV, blind: `reviewer`, `value` and `note` of every row are to be filled.

    Every cell is quoted: a spreadsheet that splits at semicolons finds no formula behind one.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    for review in reviews:
        texts = shown(review)
        for arm, criterion in product(review.arms, review.criteria):
            cells = {
                **texts,
                "review_id": review.id,
                "golden": review.golden,
                "item_id": review.item.id,
                "answer": arm,
                "answer_text": texts[answer_field(arm)],
                "criterion": criterion,
                "rubric": review.criteria[criterion][0],
                "reviewer": reviewer or "",
            }
            writer.writerow(safe_cell(cells.get(name, "")) for name in _COLUMNS)
    return file.getvalue()


def filled(text: str, file: str, reviews: Iterable[Review], people: Mapping[str, str]) -> Rows:
    """Return the labels of a filled table: a row a row with a value.

    Columns are found by their heads, may be in any order, and parted by comma, semicolon or tab;
    those that show the review are not read.

    Args:
        text: the table.
        file: its name, for messages.
        reviews: the reviews that there are.
        people: other names of people, by the name in the table.

    Raises:
        LabelError: with every fault: file, line, what.
    """
    forms = FilledForms(file, reviews, people)
    rows = _cells(text, file)
    _, head = next(rows, (1, []))
    heads = [one.strip() for one in head]
    wrong = [name for name in (*_ASKED, "note") if heads.count(name) > 1]
    wrong += [name for name in _ASKED if name not in heads]
    if wrong:
        raise LabelError(
            f"{file}: line 1: columns {', '.join(wrong)}: expected each once; no label was stored"
        )
    for line, cells in rows:
        if len(cells) != len(heads):
            forms.fault(f"line {line}", f"{len(cells)} cells under {len(heads)} heads")
        else:
            _row(f"line {line}", dict(zip(heads, map(plain_cell, cells), strict=True)), forms)
    return forms.rows()


def _row(where: str, row: Mapping[str, str], forms: FilledForms) -> None:
    if not row["value"].strip():
        return
    review, reviewer = forms.review(where, row["review_id"]), forms.person(where, row["reviewer"])
    if review is not None and reviewer is not None:
        sheet = Sheet(notes=[row.get("note", "")])
        sheet.said.append(((row["answer"], row["criterion"]), row["value"]))
        forms.add(where, review, reviewer, sheet)


def _cells(text: str, file: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Return the rows that are not empty, and the line on which each begins."""
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, begins = [], 1
    before = csv.field_size_limit(_WIDEST)
    try:
        for cells in lines:
            if cells:
                rows.append((begins, cells))
            begins = lines.line_num + 1
    except csv.Error as error:
        raise LabelError(
            f"{file}: line {begins}: not CSV: {error}; no label was stored"
        ) from error
    finally:
        csv.field_size_limit(before)
    return iter(rows)
