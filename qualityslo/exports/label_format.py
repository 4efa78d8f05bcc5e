"""The names of the formats in which reviews leave and labels come back; imports nothing heavy."""

from enum import StrEnum


class LabelFormat(StrEnum):
    """A format of reviews and labels; `JSONL` is our own and loses nothing."""

    JSONL = "jsonl"
    LABEL_STUDIO = "label-studio"
    ARGILLA = "argilla"
    CSV = "csv"
