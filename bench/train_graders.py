"""Train the graders `correctness` and `faithfulness` and write their artefacts.

    OMP_NUM_THREADS=1 python bench/train_graders.py DATA_DIR [--out FOLDER] [--only GRADER]

DATA_DIR holds a split as `bench/grading/rows.py` describes it. Writes GRADER.json and the model
card GRADER.md into FOLDER (by default where the package keeps them). The same data, versions and
thread count give the same bytes. The cross-validated figures of the card come from trees that saw
no row of the same group; the threshold is chosen on them. About five CPU minutes.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

if not __package__:  # run as a file: the repository is where `bench` is found
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.grading.cards import card_text  # after the path is set
from bench.grading.figures import (  # after the path is set
    Flags,
    Floats,
    balanced_accuracy,
)
from bench.grading.fit import (  # after the path is set
    Recipe,
    artefact_text,
    fitted,
    out_of_fold,
    rarity_of,
)
from bench.grading.pools import measured, pools  # after the path is set
from bench.grading.recipes import (  # after the path is set
    EVOUNA_SOURCES,
    HUMAN,
    correctness_recipe,
    correctness_table,
    faithfulness_recipe,
    faithfulness_table,
)
from bench.grading.rows import (  # after the path is set
    CORE,
    EVOUNA,
    FAITHFULNESS,
    Row,
    digest_of,
    read_rows,
)
from qualityslo.graders.faithfulness import FACTS  # after the path is set
from qualityslo.graders.trained.words import Rarity  # after the path is set

ARTEFACTS = Path(__file__).resolve().parent.parent / "qualityslo/graders/trained/artefacts"
_THRESHOLDS = [round(0.4 + 0.05 * step, 2) for step in range(9)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Everything a grader is trained on: features, rows, and rows with an unsupported fact."""

    recipe: Recipe
    rarity: Rarity
    rows: list[Row]
    table: Floats
    facts: Flags
    files: dict[str, str]
    core: int

    def scores(self, recipe: Recipe | None = None) -> Floats:
        """Return out-of-fold probabilities, of all features or of a recipe without some."""
        return out_of_fold(recipe or self.recipe, self.table, self.rows)


def correctness_training(folder: Path) -> Training:
    """Read the rows of `correctness`: the core file, then those of EVOUNA it does not have."""
    core = read_rows(folder, CORE)
    ids = {one.id for one in core}
    rows = [*core, *(one for one in read_rows(folder, EVOUNA) if one.id not in ids)]
    rarity = rarity_of(text for one in rows for text in (one.question, one.answer))
    return Training(
        recipe=correctness_recipe(core),
        rarity=rarity,
        rows=rows,
        table=correctness_table(rows, rarity),
        facts=np.zeros(len(rows), dtype=bool),
        files={name: digest_of(folder, name) for name in (CORE, EVOUNA)},
        core=len(core),
    )


def faithfulness_training(folder: Path) -> Training:
    """Read the rows of `faithfulness`; those that are only measured do not shape the word weights."""
    rows, recipe = read_rows(folder, FAITHFULNESS), faithfulness_recipe()
    trained = [one for one in rows if recipe.weight(one) > 0]
    rarity = rarity_of(text for one in trained for text in (*one.context, one.answer))
    table, facts = faithfulness_table(rows, rarity)
    return Training(
        recipe=recipe,
        rarity=rarity,
        rows=rows,
        table=table,
        facts=facts,
        files={FAITHFULNESS: digest_of(folder, FAITHFULNESS)},
        core=len(rows),
    )


def correctness_threshold(training: Training, scores: Floats) -> float:
    """Return the threshold with the best mean of core balanced accuracy and EVOUNA accuracy."""
    positive = np.array([one.positive for one in training.rows])
    evouna = np.array([one.source in EVOUNA_SOURCES for one in training.rows])
    core = np.arange(len(positive)) < training.core

    def worth(threshold: float) -> float:
        said = scores >= threshold
        right = float((said == positive)[evouna].mean()) if evouna.any() else 0.0
        return balanced_accuracy(said[core], positive[core]) + right

    return max(_THRESHOLDS, key=worth)


def faithfulness_threshold(training: Training, scores: Floats) -> float:
    """Return the threshold with the best balanced accuracy on people's labels and each source.

    On the pool of people's labels alone the curve is flat, and its top lies where other sources
    fall off: so the mean over the sources of the training, each counting the same, counts too.
    """
    positive = np.array([one.positive for one in training.rows])
    source = np.array([one.source for one in training.rows])
    trained = {one.source for one in training.rows if training.recipe.weight(one) > 0}

    def worth(threshold: float) -> float:
        said = scores >= threshold

        def of(sources: Collection[str]) -> float:
            at = np.isin(source, list(sources))
            return balanced_accuracy(said[at], positive[at])

        return of(HUMAN) + float(np.mean([of({one}) for one in sorted(trained)]))

    return max(_THRESHOLDS, key=worth)


def cross_validated(training: Training, scores: Floats, threshold: float) -> dict[str, Any]:
    """Return the figures of every pool, with the floor under unsupported facts applied."""
    floored = np.where(training.facts, np.maximum(scores, threshold), scores)
    found: dict[str, Any] = {}
    for name in training.files:
        chosen = _rows_of(training, name)
        rows = [training.rows[at] for at in chosen]
        part = floored[chosen]
        for pool, one in measured(name, rows, part, part >= threshold).items():
            found[pool] = one.to_json()
    return found


def _rows_of(training: Training, name: str) -> list[int]:
    if name == EVOUNA:
        return [at for at, one in enumerate(training.rows) if one.source in EVOUNA_SOURCES]
    return list(range(training.core))


def ablations(training: Training) -> dict[str, dict[str, Any]]:
    """Return the AUROC by pool without groups of features, and of length alone."""
    left_out = _GROUPS[training.recipe.name]
    found = {}
    for group, names in left_out.items():
        scores = training.scores(training.recipe.without(names))
        found[f"without {group}"] = _aurocs(training, scores)
    length = np.array([float(len(one.answer.split())) for one in training.rows])
    alone = _aurocs(training, 1 / (1 + length))
    found["answer length alone"] = {pool: max(one, 1 - one) for pool, one in alone.items()}
    return found


_GROUPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "correctness": {
        "numbers": (
            "numbers", "years", "months", "days", "near_number", "no_other_number",
            "strange_numbers", "reference_numbers", "reference_is_number", "years_later",
            "same_period",
        ),
        "negation and stance": (
            "declines", "yes_or_no", "denies", "denial_differs", "prefix_denied", "undecided",
            "reference_denies", "not_denied",
        ),
    },
    "faithfulness": {
        "numbers and names": (
            "most_strange_numbers", "most_numbers_elsewhere", "most_strange_names",
            "most_names_elsewhere", "most_strange_names_share", "mean_strange_names",
            "mean_strange_names_share",
        ),
        "negation, opposites, quantifiers, hedges": (
            "most_negation_added", "most_negation_dropped", "most_opposite_added",
            "most_opposite_of_window", "most_quantifiers_added", "most_hedges_added",
            "most_hedges_dropped", "most_comparisons_added", "most_prefix_denied",
        ),
    },
}  # fmt: skip


def _aurocs(training: Training, scores: Floats) -> dict[str, float]:
    from bench.grading.figures import auroc

    positive = np.array([one.positive for one in training.rows])
    found = {}
    for name in training.files:
        chosen = np.array(_rows_of(training, name))
        rows = [training.rows[at] for at in chosen]
        for pool, at in pools(name, rows).items():
            found[pool] = round(auroc(scores[chosen][at], positive[chosen][at]), 4)
    return found


def write(training: Training, threshold: float, scores: Floats, folder: Path) -> None:
    """Fit on all rows that weigh something; write the artefact and its card."""
    recipe, rows = training.recipe, training.rows
    weights = np.array([recipe.weight(one) for one in rows])
    positive = np.array([one.positive for one in rows])
    counts = Counter(one.source for one in rows if recipe.weight(one) > 0)
    card = {
        "trained_on": training.files,
        "features": len(recipe.features),
        "rows": dict(sorted(counts.items())),
        "scikit_learn": version("scikit-learn"),
        "cross_validated": cross_validated(training, scores, threshold),
        "ablations_auroc": ablations(training),
    }
    text = artefact_text(
        recipe,
        fitted(recipe, training.table, positive, weights),
        threshold=threshold,
        floors={FACTS: threshold} if training.facts.any() else {},
        card=card,
        rarity=training.rarity.to_json(),
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{recipe.name}.json").write_text(text, "utf-8")
    (folder / f"{recipe.name}.md").write_text(card_text(recipe.name, threshold, card), "utf-8")
    print(f"{recipe.name}: threshold {threshold}, {len(text.encode()) / 1000:.0f} kB")


def trainings(folder: Path, grader: str) -> Training:
    """Return what one of the two graders is trained on."""
    return {"correctness": correctness_training, "faithfulness": faithfulness_training}[grader](
        folder
    )


def train(folder: Path, grader: str, out: Path) -> None:
    """Train one grader and write what it is shipped as."""
    training = trainings(folder, grader)
    scores = training.scores()
    choose = correctness_threshold if grader == "correctness" else faithfulness_threshold
    write(training, choose(training, scores), scores, out)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the graders and write what they are shipped as."""
    parser = argparse.ArgumentParser(description="train the graders")
    parser.add_argument("data", type=Path, metavar="DATA_DIR")
    parser.add_argument("--out", type=Path, default=ARTEFACTS)
    parser.add_argument("--only", choices=("correctness", "faithfulness"))
    given = parser.parse_args(arguments)
    for grader in ("correctness", "faithfulness"):
        if given.only in {None, grader}:
            train(given.data, grader, given.out)


if __name__ == "__main__":
    main()
