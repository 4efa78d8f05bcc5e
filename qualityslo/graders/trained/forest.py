"""Boosted trees read from an artefact and evaluated with numpy: features in, probabilities out.

An artefact is one JSON document of this package, written by `bench/train_graders.py`:
- `features`: the names of the columns, in order;
- `base`, `trees`: log-odds = base + the sum over trees of the leaf a row falls into, and the
  probability is its logistic function (Friedman 2001, "Greedy function approximation"). A tree
  is three lists over its nodes, parents first: the column asked (-1: a leaf), the threshold
  (a row goes to the next node if its value is at most this; for a leaf its value), and the node
  that the other rows go to;
- `threshold`: the probability from which a row counts as positive;
- `rarity`: the word weights the features were made with (`words.Rarity`);
- `floors`: probabilities below which a finding of a given name does not leave a row;
- `card`: how it was trained and what it reaches, for people; nothing is computed from it.
Thresholds are written in full, so the numbers agree with scikit-learn's.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qualityslo.graders.trained.words import Rarity

Tree = tuple[list[int], list[float], list[int]]
_ROWS = 512  # rows evaluated at a time: their nodes in every tree stay in the cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Boosted trees over named features; arrays are (trees, nodes of the largest tree)."""

    features: tuple[str, ...]
    base: float
    column: NDArray[np.int64]
    number: NDArray[np.float64]
    other: NDArray[np.int64]
    depth: int

    @classmethod
    def of(cls, features: Sequence[str], base: float, trees: Sequence[Tree]) -> "Forest":
        """Put trees of different sizes into one table; a leaf leads to itself."""
        nodes = max((len(tree[0]) for tree in trees), default=1)
        column = np.full((len(trees), nodes), -1, dtype=np.int64)
        number = np.zeros((len(trees), nodes))
        other = np.zeros((len(trees), nodes), dtype=np.int64)
        for at, (asked, numbers, others) in enumerate(trees):
            column[at, : len(asked)] = asked
            number[at, : len(asked)] = numbers
            other[at, : len(asked)] = others
        depth = max((_depth(tree) for tree in trees), default=0)
        return cls(
            features=tuple(features),
            base=base,
            column=column,
            number=number,
            other=other,
            depth=depth,
        )

    def probabilities(self, rows: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of the positive class, shape (rows,), for (rows, features)."""
        table = np.asarray(rows, dtype=np.float64).reshape(-1, len(self.features))
        parts = [self._log_odds(table[at : at + _ROWS]) for at in range(0, len(table), _ROWS)]
        log_odds = np.concatenate([np.empty(0), *parts])
        return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))

    def _log_odds(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        tree = np.arange(len(self.column))
        row = np.arange(len(table))[:, None]
        node = np.zeros((len(table), len(tree)), dtype=np.int64)
        for _ in range(self.depth):
            column, number = self.column[tree, node], self.number[tree, node]
            low = table[row, np.maximum(column, 0)] <= number
            step = np.where(low, node + 1, self.other[tree, node])
            node = np.where(column < 0, node, step)
        return np.asarray(self.base + self.number[tree, node].sum(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """What is shipped of a trained grader; `digest` changes with every byte of it."""

    forest: Forest
    threshold: float
    rarity: Rarity
    floors: Mapping[str, float]
    card: Mapping[str, Any]
    digest: str

    @classmethod
    def from_text(cls, text: str) -> "Artefact":
        """Read an artefact from its JSON."""
        stored = json.loads(text)
        trees = [(tree[0], tree[1], tree[2]) for tree in stored["trees"]]
        return cls(
            forest=Forest.of(stored["features"], stored["base"], trees),
            threshold=stored["threshold"],
            rarity=Rarity.from_json(stored["rarity"]),
            floors=stored["floors"],
            card=stored["card"],
            digest=hashlib.sha256(text.encode()).hexdigest()[:12],
        )


@cache
def shipped(name: str) -> Artefact:
    """Return the artefact of a grader of this package, read once a process."""
    path = files("qualityslo.graders.trained") / "artefacts" / f"{name}.json"
    return Artefact.from_text(path.read_text("utf-8"))


def _depth(tree: Tree) -> int:
    """Return how many questions lead to the deepest leaf."""
    asked, _, others = tree
    deepest = [0] * len(asked)
    for node, column in enumerate(asked):
        if column >= 0:
            deepest[node + 1] = deepest[others[node]] = deepest[node] + 1
    return max(deepest)
