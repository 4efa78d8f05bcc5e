"""How the two shipped graders are trained, and the tables of features they are trained on.

Sources are taken by name: only those whose licence permits it (`docs/grader-figures.md`).
"""

from collections.abc import Sequence

import numpy as np

from bench.grading.figures import Flags, Floats
from bench.grading.fit import Member, Recipe
from bench.grading.rows import Row
from qualityslo.graders.faithfulness import looked_up
from qualityslo.graders.trained import answers, claims
from qualityslo.graders.trained.answers import ANSWER_FEATURES, compare
from qualityslo.graders.trained.claims import CLAIM_FEATURES
from qualityslo.graders.trained.words import Rarity

HUMAN = ("begin_wow", "wice", "summedits")
SYNTHETIC = ("halueval_dialogue", "halueval_summarization", "halueval_qa")
UNSEEN = ("faithbench", "qags_cnndm", "qags_xsum")
EVOUNA_SOURCES = ("evouna_nq", "evouna_tq")
_CORRECTNESS_WEIGHTS = {"evouna_nq": 1.0, "evouna_tq": 1.0, "nq301": 1.0, "truthfulqa": 1.0}
# Synthetic labels count less than people's, and HaluEval-QA, an artefact, least. In SummEdits
# (a summary with one word edited) more support does not mean more truth: at full weight it
# teaches what does not carry over.
_FAITHFULNESS_WEIGHTS = {
    "begin_wow": 1.0,
    "wice": 1.0,
    "summedits": 0.7,
    "halueval_dialogue": 0.4,
    "halueval_summarization": 0.4,
    "halueval_qa": 0.2,
}
EXTRA_WEIGHT = 0.35  # of the rows that only the full EVOUNA file has


def correctness_recipe(core: Sequence[Row]) -> Recipe:
    """Return the recipe of `correctness`; rows outside `core` count less."""
    ids = {one.id for one in core}
    return Recipe(
        name="correctness",
        features=ANSWER_FEATURES,
        monotone=_signs(answers.INCREASING, answers.DECREASING),
        weight=lambda row: (
            _CORRECTNESS_WEIGHTS.get(row.source, 0.0) * (1.0 if row.id in ids else EXTRA_WEIGHT)
        ),
        members=(
            Member(
                features=frozenset(ANSWER_FEATURES),
                settings={
                    "max_iter": 180,
                    "max_leaf_nodes": 16,
                    "learning_rate": 0.05,
                    "l2_regularization": 5.0,
                    "min_samples_leaf": 30,
                    "max_features": 0.3,
                },
            ),
        ),
    )


def faithfulness_recipe() -> Recipe:
    """Return the recipe of `faithfulness`: all features, and those of known direction alone.

    The second half knows nothing but how far the context supports an answer. It is weaker on the
    sources of the training and carries over better to others.
    """
    shared = {"learning_rate": 0.05, "l2_regularization": 10.0, "min_samples_leaf": 20}
    free = {**shared, "max_iter": 150, "max_leaf_nodes": 8, "max_features": 0.3}
    known = {**shared, "max_iter": 100, "max_leaf_nodes": 4, "max_features": 0.3}
    everything = Member(features=frozenset(CLAIM_FEATURES), settings=free)
    directed = Member(features=frozenset(claims.INCREASING | claims.DECREASING), settings=known)
    return Recipe(
        name="faithfulness",
        features=CLAIM_FEATURES,
        monotone=_signs(claims.INCREASING, claims.DECREASING),
        weight=lambda row: _FAITHFULNESS_WEIGHTS.get(row.source, 0.0),
        members=(everything, everything, directed, directed),
    )


def correctness_table(rows: Sequence[Row], rarity: Rarity) -> Floats:
    """Return the features of answers, shape (rows, features); zeros without a usable reference."""
    found = [compare(one.question, one.references, one.answer, rarity) for one in rows]
    nothing = [0.0] * len(ANSWER_FEATURES)
    return np.array([nothing if one is None else one.values for one in found])


def faithfulness_table(rows: Sequence[Row], rarity: Rarity) -> tuple[Floats, Flags]:
    """Return the features of answers, and whether each states an unsupported fact."""
    found = [looked_up(one.answer, one.context, one.question, rarity) for one in rows]
    nothing = [0.0] * len(CLAIM_FEATURES)
    table = np.array([nothing if one is None else one.values for one in found])
    return table, np.array([one is not None and one.has_strange_fact for one in found])


def _signs(up: frozenset[str] | set[str], down: frozenset[str] | set[str]) -> dict[str, int]:
    return {**dict.fromkeys(up, 1), **dict.fromkeys(down, -1)}
