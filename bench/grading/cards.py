"""The model cards of the trained graders, written with their figures."""

from collections.abc import Mapping
from typing import Any

_HEADS = {
    "correctness": """# Model card: correctness

Boosted trees (scikit-learn's HistGradientBoosting, monotone where a better match must not lower the score) over {features}
features of a question, its references and an answer: no model, no network, numpy alone. The score is the probability
that a person calls the answer correct; good from {threshold} on.

**For** free-form answers of a sentence or two to factual questions with listed references, in English. **Not for** long
prose, for facts that the references do not hold, or as the truth of a criterion: let people label.

**Data and licences**: EVOUNA (wangcunxiang/QA-Eval, Apache-2.0), NQ301 (ehsk/OpenQA-eval, MIT), TruthfulQA (Apache-2.0
in its repository, which was not seen; labels written by its authors). Rows that only the full EVOUNA file has weigh
0.35. Neither the number of references nor the length of the answer is a feature.

**Limits**: an answer that is right by other knowledge than the references hold is called wrong (most misses, above all on
NQ301), and so is a paraphrase without their words; a reference named in a sentence that refutes it in other words than
"not" counts as named. List references that mean the same: where the references disagree with one another, and the answer
meets only one, the score is lower, because people's verdicts are.
""",
    "faithfulness": """# Model card: faithfulness

Boosted trees (scikit-learn's HistGradientBoosting, monotone where more support must not lower the score) over {features}
features of an answer's sentences against the whole context: no model, no network, numpy alone. Half of the trees know
nothing but features of known direction. The score is the probability that a person calls the answer supported; bad from
a probability of {threshold} of a hallucination on. A sentence with a number, date or time that neither context nor
question has is never called supported.

**For** sorting: where should people look first? **Not for** a verdict by itself. **It has no skill on SummEdits** (one
word of a good summary changed): an AUROC of 0.5 is chance, and the table says how little it has there. It sees no wrong joint
of right parts, flags free paraphrase, and reads English.

**Data and licences**: BEGIN (CC BY 4.0), WiCE (annotations ODC-BY; texts CC BY-SA and Common Crawl), SummEdits
(Apache-2.0 repository, source texts vary), HaluEval (MIT; synthetic, so weighing 0.4, and its QA part, which answer
length gives away, 0.2). Only counts and thresholds are shipped, no text. FaithBench (CC BY-NC-SA) and QAGS (no licence)
were never trained on. HaluEval-QA is an artefact: read the figures without it. Length, of answer or context, is no feature.
""",
}
_READING = (
    "These are not the figures of the shipped trees on these rows, which they know, but of trees that saw four fifths of",
    "the groups; rows of a source never trained on are judged by the shipped trees themselves. On new rows of the same",
    "kind expect the same of the shipped trees, or slightly more; on other data less. The threshold is the best of nine",
    "on these very scores, which flatters balanced accuracy and accuracy by a hair.",
)
_COLUMNS = "| rows | positive | AUROC | balanced accuracy | accuracy | ECE |"
_CALIBRATION = """
Calibration does not carry over to other data ({ece:.2f} expected calibration error on the sources never trained on):
calibrate on labels of your own set (`qualityslo calibrate`).
"""


def card_text(name: str, threshold: float, card: Mapping[str, Any]) -> str:
    """Return a model card in Markdown."""
    found = card["cross_validated"]
    head = _HEADS[name].format(threshold=threshold, features=card["features"])
    unseen = next((one for pool, one in found.items() if pool.startswith("never")), None)
    rows = ", ".join(f"{source} {count:,}" for source, count in card["rows"].items())
    return "\n".join(
        [
            head,
            f"Trained on {rows} rows with scikit-learn {card['scikit_learn']} by `bench/train_graders.py`.",
            "",
            "## Figures",
            "",
            "Grouped 5-fold cross-validation: no row of the same document or question was trained on. 95 % intervals by",
            f"resampling groups. Positive: {'hallucinated' if name == 'faithfulness' else 'correct'}.",
            "",
            *_READING,
            "",
            *figures_table(found),
            *([_CALIBRATION.format(ece=unseen["ece"])] if unseen else [""]),
            "## Ablations",
            "",
            "AUROC of the same cross-validation without some features, and of the answer's",
            "length alone, in whichever direction is better.",
            "",
            *_ablation_table(found, card["ablations_auroc"]),
            "",
        ]
    )


def figures_table(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the lines of a table with a row a pool."""
    lines = [f"| pool {_COLUMNS}", "| --- " * 7 + "|"]
    for pool, one in found.items():
        auroc = _with_interval(one["auroc"], one["auroc_interval"])
        balanced = _with_interval(one["balanced_accuracy"], one["balanced_accuracy_interval"])
        lines.append(
            f"| {pool} | {one['rows']:,} | {one['positive']:.0%} | {auroc} | {balanced}"
            f" | {one['accuracy']:.3f} | {one['ece']:.3f} |"
        )
    return lines


def _ablation_table(
    found: Mapping[str, Mapping[str, Any]], ablations: Mapping[str, Mapping[str, float]]
) -> list[str]:
    names = list(ablations)
    lines = [f"| pool | all | {' | '.join(names)} |", "| --- " * (len(names) + 2) + "|"]
    for pool, one in found.items():
        values = " | ".join(f"{ablations[name][pool]:.3f}" for name in names)
        lines.append(f"| {pool} | {one['auroc']:.3f} | {values} |")
    return lines


def _with_interval(value: float, limits: list[float]) -> str:
    return f"{value:.3f} [{limits[0]:.3f}, {limits[1]:.3f}]"
