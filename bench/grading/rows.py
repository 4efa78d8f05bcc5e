"""Answers that people have judged, for training and measuring graders.

A split is a folder with `correctness.jsonl.gz`, `correctness_evouna_full.jsonl.gz` and
`faithfulness.jsonl.gz`, one JSON object a line: `id`, `source`, `group`, `answer`, `label`, and
`question`, `references` (correctness) or `question`, `context` (faithfulness).
"""

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Response
from qualityslo.domain.verdict import Answer

CORE, EVOUNA, FAITHFULNESS = "correctness", "correctness_evouna_full", "faithfulness"
_POSITIVE = {"correct": True, "incorrect": False, "hallucinated": True, "supported": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One judged answer. `positive` is correct, or hallucinated; `synthetic` no person judged."""

    id: str
    source: str
    group: str
    question: str
    references: tuple[str, ...]
    context: tuple[str, ...]
    answer: str
    positive: bool

    @property
    def as_answer(self) -> Answer:
        """The row as a grader gets it."""
        item = GoldenItem(
            id=self.id, question=self.question, references=self.references, context=self.context
        )
        ending = Ending.ANSWERED if self.answer.strip() else Ending.EMPTY
        return Answer(
            item=item, response=Response(item_id=self.id, ending=ending, text=self.answer)
        )


def read_rows(folder: Path, name: str) -> list[Row]:
    """Return the rows of a file of a split; the domains of SummEdits are one source."""
    text = gzip.decompress(_path(folder, name).read_bytes()).decode()
    return [_row(json.loads(line)) for line in text.splitlines() if line.strip()]


def digest_of(folder: Path, name: str) -> str:
    """Return the sha256 of a file's text, by which an artefact knows what it was trained on."""
    return hashlib.sha256(gzip.decompress(_path(folder, name).read_bytes())).hexdigest()


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.jsonl.gz"


def _row(stored: dict[str, Any]) -> Row:
    source = stored["source"]
    context = stored.get("context")
    return Row(
        id=stored["id"],
        source="summedits" if source.startswith("summedits") else source,
        group=stored["group"],
        question=stored["question"] or "",
        references=tuple(stored.get("references") or ()),
        context=(context,) if context else (),
        answer=stored["answer"],
        positive=_POSITIVE[stored["label"]],
    )
