"""The baselines that a grader has to beat: string comparisons with one number of their own.

Thresholds were chosen once, to 0.05, by balanced accuracy over all rows of the dev split of
`docs/grader-figures.md`.
"""

from collections import Counter
from collections.abc import Callable

from bench.grading.rows import Row
from qualityslo.graders.normalise import normalise
from qualityslo.graders.trained.context import common_length, window_masks

TOKEN_F1_THRESHOLD = 0.05
ROUGE_THRESHOLD = 0.3  # of hallucination: 1 - precision

Baseline = tuple[Callable[[Row], float], float]


def containment(row: Row) -> float:
    """Return 1 where the answer holds a reference, both normalised, as a run of words."""
    answer = f" {normalise(row.answer)} "
    return float(any(f" {normalise(one)} " in answer for one in row.references))


def exact_match(row: Row) -> float:
    """Return 1 where the answer is a reference, both normalised."""
    answer = normalise(row.answer)
    return float(any(normalise(one) == answer for one in row.references))


def token_f1(row: Row) -> float:
    """Return the best F1 of an answer's words against a reference's (SQuAD, 2016)."""
    return max((_f1(row.answer, one) for one in row.references), default=0.0)


def _f1(first: str, second: str) -> float:
    ours, theirs = Counter(normalise(first).split()), Counter(normalise(second).split())
    both = (ours & theirs).total()
    return 2 * both / (ours.total() + theirs.total()) if both else 0.0


def rouge_l(row: Row) -> float:
    """Return 1 - ROUGE-L precision: the share of the answer's words not in order in the context."""
    answer = normalise(row.answer).split()
    context = [word for part in row.context for word in normalise(part).split()]
    if not answer:
        return 0.0
    return 1 - common_length(answer, window_masks(context), len(context)) / len(answer)


CORRECTNESS_BASELINES: dict[str, Baseline] = {
    "containment": (containment, 0.5),
    "token F1": (token_f1, TOKEN_F1_THRESHOLD),
    "normalised EM": (exact_match, 0.5),
}
FAITHFULNESS_BASELINES: dict[str, Baseline] = {"ROUGE-L precision": (rouge_l, ROUGE_THRESHOLD)}
