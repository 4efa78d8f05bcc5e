"""Simple random sampling inside strata, in an order of review that is spread over all of them."""

from collections.abc import Sequence

import numpy as np


def draw_spread(
    pools: Sequence[Sequence[str]], sizes: Sequence[int], entropy: tuple[int, ...]
) -> list[tuple[int, str]]:
    """Draw without replacement from each pool and interleave in proportion to the sizes.

    Every prefix of the result is itself a simple random sample of each pool and holds about the
    same share of each, so that the answered prefix of an order of review can be estimated from.

    Args:
        pools: ids of each stratum; their order does not matter.
        sizes: how many to draw of each, at most its length.
        entropy: of the draw; one entropy, one draw.

    Returns:
        The index of the pool and the id of each drawn item, in the order of review.

    >>> draw_spread([["a", "b"], ["p", "q", "r", "s"]], [1, 3], (0,))
    [(1, 'r'), (0, 'a'), (1, 'p'), (1, 'q')]
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
    placed: list[tuple[float, int, str]] = []
    for at, (ids, size) in enumerate(zip(pools, sizes, strict=True)):
        pool = sorted(ids)
        chosen = rng.permutation(len(pool))[:size]
        placed += [
            ((rank + 0.5) / size, at, pool[index]) for rank, index in enumerate(chosen.tolist())
        ]
    placed.sort(key=lambda row: row[:2])
    return [(at, item) for _, at, item in placed]
