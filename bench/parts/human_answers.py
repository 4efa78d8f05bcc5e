"""Answers that people have judged, and what the grader `contains` says of them.

One JSON object a line (plain or gzip): `source`, `model`, `question`, `references`, `answer` and
`label` ("correct" or "incorrect"); other fields are left alone.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Response
from qualityslo.domain.verdict import Answer, Verdict
from qualityslo.graders.contains import Contains

GZIP = b"\x1f\x8b"
FIELDS = ("source", "model", "question", "references", "answer", "label")
LABELS = {"correct": False, "incorrect": True}

Key = tuple[str, tuple[str, ...]]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """All judged answers of one system to one set; arrays share the order of `keys`.

    `bad` is the people's word, `alarm` the grader's: bad, or no verdict.
    """

    source: str
    model: str
    keys: tuple[Key, ...]
    texts: tuple[str, ...]
    bad: NDArray[np.bool_]
    alarm: NDArray[np.bool_]

    @property
    def rate(self) -> float:
        """The bad rate as people see it."""
        return float(self.bad.mean())

    def sensitivity(self) -> float:
        """Return the share of the bad answers that are in alarm."""
        return float(self.alarm[self.bad].mean())

    def specificity(self) -> float:
        """Return the share of the good answers that are not in alarm."""
        return float(1 - self.alarm[~self.bad].mean())


def read_systems(path: Path) -> list[System]:
    """Read a file and grade it; systems by source and model.

    Raises:
        SystemExit: a line that cannot be used, with its number and why.
    """
    rows = list(_rows(path))
    groups: dict[tuple[str, str], dict[Key, tuple[Mapping[str, Any], bool]]] = defaultdict(dict)
    for row, alarm in zip(rows, _alarms(rows), strict=True):
        key = row["question"], tuple(row["references"])
        groups[row["source"], row["model"]].setdefault(key, (row, alarm))
    return [_system(*name, group) for name, group in sorted(groups.items())]


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if data.startswith(GZIP) else data).decode("utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            row = json.loads(line)
            missing = [name for name in FIELDS if name not in row]
            if missing or row["label"] not in LABELS:
                why = f"lacks {', '.join(missing)}" if missing else f"label {row['label']!r}"
                raise SystemExit(f"{path}:{number}: {why}; see bench/parts/human_answers.py")
            yield row


def _alarms(rows: Iterable[Mapping[str, Any]]) -> Iterator[bool]:
    answers = [
        Answer(
            item=GoldenItem(
                id=str(at), question=row["question"], references=tuple(row["references"])
            ),
            response=Response(item_id=str(at), ending=Ending.ANSWERED, text=row["answer"]),
        )
        for at, row in enumerate(rows)
    ]
    for grade in Contains().grade(answers):
        yield not (isinstance(grade, Verdict) and grade.good)


def _system(
    source: str, model: str, group: Mapping[Key, tuple[Mapping[str, Any], bool]]
) -> System:
    keys = tuple(sorted(group))
    return System(
        source=source,
        model=model,
        keys=keys,
        texts=tuple(group[key][0]["answer"] for key in keys),
        bad=np.array([LABELS[group[key][0]["label"]] for key in keys], dtype=np.bool_),
        alarm=np.array([group[key][1] for key in keys], dtype=np.bool_),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two systems on items both have answered; arrays share the order of the items.

    `same` marks equal texts: there the two differ by nothing, whatever two labels say.
    """

    source: str
    models: tuple[str, str]
    same: Mask
    bad: tuple[Mask, Mask]
    alarm: tuple[Mask, Mask]

    @property
    def difference(self) -> float:
        """The first one's bad rate minus the second's over these items."""
        first, second = (int((bad & ~self.same).sum()) for bad in self.bad)
        return (first - second) / len(self.same)

    @property
    def labelled_apart(self) -> int:
        """How many equal texts people have judged differently."""
        return int((self.same & (self.bad[0] != self.bad[1])).sum())

    def some(self, items: int, entropy: tuple[int, ...]) -> "Pair":
        """Return the pair on that many of its items, drawn at random; all where it has no more."""
        if items >= len(self.same):
            return self
        kept = np.random.default_rng(entropy).permutation(len(self.same))[:items]
        return Pair(
            source=self.source,
            models=self.models,
            same=self.same[kept],
            bad=(self.bad[0][kept], self.bad[1][kept]),
            alarm=(self.alarm[0][kept], self.alarm[1][kept]),
        )


def pair_of(first: System, second: System) -> Pair:
    """Return two systems of one set on their common items."""
    common = sorted(set(first.keys) & set(second.keys))
    sides = []
    for one in (first, second):
        place = {key: at for at, key in enumerate(one.keys)}
        sides.append(np.array([place[key] for key in common], dtype=np.int64))
    left, right = sides
    texts = zip(left.tolist(), right.tolist(), strict=True)
    return Pair(
        source=first.source,
        models=(first.model, second.model),
        same=np.array([first.texts[a] == second.texts[b] for a, b in texts], dtype=np.bool_),
        bad=(first.bad[left], second.bad[right]),
        alarm=(first.alarm[left], second.alarm[right]),
    )
