"""Reviews as a file of any format, and a file of any format as rows of labels."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import assert_never

from qualityslo.domain.golden import Json
from qualityslo.domain.review import Review
from qualityslo.errors import LabelError, UsageError
from qualityslo.exports import argilla, label_csv, label_studio
from qualityslo.exports.form_files import Rows
from qualityslo.exports.label_format import LabelFormat
from qualityslo.jobs.labels import review_row


def reviews_as(form: LabelFormat, reviews: Sequence[Review], reviewer: str | None) -> bytes:
    """Return reviews, blind, as a file of a format; a reviewer's name where it has a place."""
    match form:
        case LabelFormat.JSONL:
            rows = [{**review_row(one), "reviewer": reviewer} for one in reviews]
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
            # a lone surrogate, which UTF-8 cannot hold, becomes JSON's own escape
            return "".join(lines).encode("utf-8", "backslashreplace")
        case LabelFormat.LABEL_STUDIO:
            return label_studio.tasks(reviews).encode()
        case LabelFormat.ARGILLA:
            return argilla.records(reviews).encode()
        case LabelFormat.CSV:
            return label_csv.table(reviews, reviewer).encode("utf-8-sig", "backslashreplace")
        case _:
            assert_never(form)


def read_labels(
    form: LabelFormat, file: Path, reviews: Iterable[Review], people: Mapping[str, str]
) -> Rows:
    """Return the rows of a file for `import_labels`.

    Args:
        form: the file's format.
        file: the file, UTF-8 with or without a byte order mark.
        reviews: the reviews that there are.
        people: who is behind another tool's ids of people.

    Raises:
        LabelError: the file cannot be read; says everything that is wrong with it.
        UsageError: people are renamed in our own format, which holds names.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(f"{file}: cannot be read: {error}; write it as UTF-8") from error
    match form:
        case LabelFormat.JSONL:
            if people:
                raise UsageError("--person: rows of JSONL hold names already: change them there")
            return list(_jsonl(text, file))
        case LabelFormat.LABEL_STUDIO:
            return label_studio.filled(text, str(file), reviews, people)
        case LabelFormat.ARGILLA:
            return argilla.filled(text, str(file), reviews, people)
        case LabelFormat.CSV:
            return label_csv.filled(text, str(file), reviews, people)
        case _:
            assert_never(form)


def _jsonl(text: str, file: Path) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield every row with its place.

    Raises:
        LabelError: a line is no JSON object; names every such line.
    """
    faults = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            faults.append(f"{file}:{number}: not JSON: {error}")
            continue
        if isinstance(row, dict):
            yield f"{file}:{number}", row
        else:
            faults.append(f"{file}:{number}: {line[:60]!r}: expected a JSON object")
    if faults:
        raise LabelError("no label was stored:\n" + "\n".join(faults))
