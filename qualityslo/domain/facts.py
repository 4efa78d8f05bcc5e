"""Facts as rows: what the store gives back of runs, grades, similarities and the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qualityslo.domain.golden import Json
from qualityslo.domain.verdict import Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run as the store knows it.

    `finished_at`, `exit_code` and `conclusion` (the sentence) are those of its first conclusion,
    None while it is unfinished; `goldens` maps a golden set to its digest.
    """

    run_id: str
    service: str
    kind: str
    slot: datetime
    attempt: int
    revision: str
    started_at: datetime
    finished_at: datetime | None
    exit_code: int | None
    conclusion: str | None
    goldens: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRow:
    """One grade as stored."""

    item_id: str
    criterion: str
    grader: str
    version: str
    grade: Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class CosineRow:
    """Similarity of two answers to one item; `kind` says why there is no cosine.

    Kinds: `cosine`, `identical`, `both_empty`, `one_side_empty`, `missing`.
    """

    item_id: str
    kind: str
    cosine: float | None
    cut: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """Something still to be told to a tracker; `payload` names what, the store has the rest."""

    id: int
    target: str
    payload: Mapping[str, Json]
    attempts: int
