"""Fitting boosted trees on features, cross-validated by group, and writing them as an artefact."""

import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.grading.figures import Flags, Floats
from bench.grading.rows import Row
from qualityslo.graders.trained.forest import Forest, Tree
from qualityslo.graders.trained.words import Rarity, Words

FOLDS = 5
_LEAST_TEXTS = 8  # a word in fewer texts is as rare as an unknown one
_DIGITS = 10  # of a leaf's value: two hundred of them err by less than 1e-8 in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """Boosted trees as they are stored: base log-odds, and a tree a boosting step."""

    base: float
    trees: tuple[Tree, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One fit of several that are averaged: on which features, with which settings.

    `settings` are arguments of scikit-learn's HistGradientBoostingClassifier.
    """

    features: frozenset[str]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one grader is trained.

    `monotone` gives +1 or -1 for features that may only raise or lower the probability; `weight`
    what a row counts (0: left out of training). The log-odds of the members are averaged.
    """

    name: str
    features: tuple[str, ...]
    monotone: Mapping[str, int]
    weight: Callable[[Row], float]
    members: tuple[Member, ...]

    def without(self, left_out: Collection[str]) -> "Recipe":
        """Return the recipe without some features, for an ablation."""
        members = tuple(
            replace(one, features=one.features.difference(left_out)) for one in self.members
        )
        return replace(self, members=members)


def rarity_of(texts: Iterable[str]) -> Rarity:
    """Return the word weights of some texts, each text counted once."""
    distinct = dict.fromkeys(texts)
    often = Counter(word for text in distinct for word in Words(text).known)
    weights = {
        word: round(math.log(len(distinct) / count), 1)
        for word, count in often.items()
        if count >= _LEAST_TEXTS
    }
    return Rarity(weights=weights, unknown=round(math.log(2 * len(distinct) / _LEAST_TEXTS), 1))


def fitted(recipe: Recipe, table: Floats, positive: Flags, weights: Floats) -> Grown:
    """Fit the members of a recipe on the rows that weigh something, and average them."""
    kept = weights > 0
    bases: list[float] = []
    trees: list[Tree] = []
    for seed, member in enumerate(recipe.members):
        columns = [at for at, one in enumerate(recipe.features) if one in member.features]
        model = classifier(recipe, member, seed)
        model.fit(table[kept][:, columns], positive[kept], sample_weight=weights[kept])
        grown = grown_by(model)
        bases.append(grown.base)
        trees += [_placed(tree, columns, len(recipe.members)) for tree in grown.trees]
    return Grown(base=float(np.mean(bases)), trees=tuple(trees))


def classifier(recipe: Recipe, member: Member, seed: int) -> Any:
    """Return scikit-learn's classifier for a member, not yet fitted.

    Early stopping is off: its split would not respect the groups.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    signs = [recipe.monotone.get(one, 0) for one in recipe.features if one in member.features]
    return HistGradientBoostingClassifier(
        monotonic_cst=signs, early_stopping=False, random_state=seed, **member.settings
    )


def grown_by(model: Any) -> Grown:
    """Return the trees of a fitted scikit-learn classifier."""
    base = float(np.asarray(model._baseline_prediction).ravel()[0])  # noqa: SLF001  # no public way
    stages = model._predictors  # noqa: SLF001  # no public way to the trees
    return Grown(base=base, trees=tuple(_tree(stage[0].nodes) for stage in stages))


def _tree(nodes: Any) -> Tree:
    """Return a tree with each node's low side right behind it, as `Forest` wants it."""
    columns: list[int] = []
    numbers: list[float] = []
    others: list[int] = []

    def add(at: int) -> int:
        node, here = nodes[at], len(columns)
        leaf = bool(node["is_leaf"])
        columns.append(-1 if leaf else int(node["feature_idx"]))
        numbers.append(float(node["value"] if leaf else node["num_threshold"]))
        others.append(0)
        if not leaf:
            add(int(node["left"]))
            others[here] = add(int(node["right"]))
        return here

    add(0)
    return columns, numbers, others


def _placed(tree: Tree, columns: Sequence[int], members: int) -> Tree:
    """Return a member's tree over the columns of the whole table, its values shared out."""
    asked, numbers, others = tree
    values = [
        round(number / members, _DIGITS) if column < 0 else number
        for number, column in zip(numbers, asked, strict=True)
    ]
    return [-1 if one < 0 else columns[one] for one in asked], values, others


def fold_of(rows: Sequence[Row], seed: int = 0) -> NDArray[np.int64]:
    """Return the fold of each row; rows of a group share one."""
    groups, index = np.unique([one.group for one in rows], return_inverse=True)
    return np.asarray((np.random.default_rng(seed).permutation(len(groups)) % FOLDS)[index])


def out_of_fold(recipe: Recipe, table: Floats, rows: Sequence[Row], *, seed: int = 0) -> Floats:
    """Return probabilities of each row from trees that saw no row of its group.

    Rows of sources that are never trained on are scored by trees of all others.
    """
    positive = np.array([one.positive for one in rows])
    weights = np.array([recipe.weight(one) for one in rows])
    folds = np.where(weights > 0, fold_of(rows, seed), FOLDS)
    scores = np.zeros(len(rows))
    for fold in sorted(set(folds.tolist())):
        held = folds == fold
        grown = fitted(recipe, table, positive, np.where(held, 0.0, weights))
        forest = Forest.of(recipe.features, grown.base, grown.trees)
        scores[held] = forest.probabilities(table[held])
    return scores


def artefact_text(recipe: Recipe, grown: Grown, **rest: object) -> str:
    """Return the JSON of an artefact (see `qualityslo.graders.trained.forest`)."""
    stored = {"features": recipe.features, **rest, "base": grown.base, "trees": grown.trees}
    return json.dumps(stored, allow_nan=False, separators=(",", ":"), ensure_ascii=False) + "\n"
