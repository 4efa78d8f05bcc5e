"""The pools of rows that figures are given for: what belongs together, and each source."""

from collections.abc import Mapping, Sequence

import numpy as np

from bench.grading.figures import Figures, Flags, Floats, figures
from bench.grading.recipes import HUMAN, SYNTHETIC, UNSEEN
from bench.grading.rows import CORE, EVOUNA, FAITHFULNESS, Row

_FAITHFULNESS_POOLS = {
    "human-labelled, permissive (BEGIN, WiCE, SummEdits)": HUMAN,
    "permissive": (*HUMAN, *SYNTHETIC),
    "permissive without halueval_qa": tuple(
        one for one in (*HUMAN, *SYNTHETIC) if one != "halueval_qa"
    ),
    "never trained on (FaithBench, QAGS)": UNSEEN,
}


def pools(name: str, rows: Sequence[Row]) -> dict[str, Flags]:
    """Return which rows of a file are in each pool, largest pools first, then each source."""
    sources = np.array([one.source for one in rows])
    each = {one: sources == one for one in sorted(set(sources.tolist()))}
    match name:
        case "correctness":
            return {"core": np.ones(len(rows), dtype=bool), **each}
        case "correctness_evouna_full":
            return {
                "EVOUNA full": np.ones(len(rows), dtype=bool),
                **{f"{k}, full": v for k, v in each.items()},
            }
        case "faithfulness":
            pooled = {pool: np.isin(sources, of) for pool, of in _FAITHFULNESS_POOLS.items()}
            return {**{pool: at for pool, at in pooled.items() if at.any()}, **each}
        case _:
            known = [CORE, EVOUNA, FAITHFULNESS]
            raise ValueError(f"{name!r} is no file of a split; known: {known}")


def measured(
    name: str, rows: Sequence[Row], scores: Floats, said: Flags, *, draws: int = 300
) -> Mapping[str, Figures]:
    """Return the figures of a grader for each pool of a file."""
    positive = np.array([one.positive for one in rows])
    groups = np.array([one.group for one in rows])
    return {
        pool: figures(scores[at], said[at], positive[at], groups[at].tolist(), draws=draws)
        for pool, at in pools(name, rows).items()
    }
