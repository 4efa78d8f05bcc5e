"""Drift: how similar the two models' answers to one item are."""

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TypeAlias

import numpy as np

from qualityslo.domain.facts import CosineRow
from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Outcome, Response
from qualityslo.domain.plan import Plan
from qualityslo.domain.sli import Role
from qualityslo.jobs.aside import Aside
from qualityslo.jobs.chunks import chunks
from qualityslo.jobs.parts import Parts
from qualityslo.ports import Embedder

BATCH = 256
# How many answers may wait for the other model's answer to the same item.
MOST_UNPAIRED = 1_024

IDENTICAL = "identical"
COSINE = "cosine"
BOTH_EMPTY = "both_empty"
ONE_SIDE_EMPTY = "one_side_empty"
MISSING = "missing"

# An item, the text of the baseline, the text of the candidate.
_Pair: TypeAlias = tuple[str, str | None, str | None]


def compare(plan: Plan, parts: Parts) -> None:
    """Append the similarity of both answers for every item that has none yet."""
    if parts.embedder is None or Role.CANDIDATE not in plan.models:
        return
    for golden in plan.goldens:
        parts.progress.start(f"drift on {golden.name}", golden.items)
        for batch in chunks(parts.sources[golden.name].items(), BATCH):
            ids = [item.id for item in batch]
            known = parts.store.compared(plan.run_id, golden.name, ids)
            fresh = [one for one in ids if one not in known]
            texts = _texts(plan, parts, golden.name, fresh)
            rows = similarities(fresh, texts[Role.BASELINE], texts[Role.CANDIDATE], parts.embedder)
            if rows:
                parts.store.append_cosines(plan.run_id, golden.name, rows)
            parts.progress.advance(len(batch))
        parts.progress.finish()


class CompareAside:
    """Compares while answers arrive; `compare` does what is left."""

    def __init__(self, plan: Plan, parts: Parts, golden: str, pool: Executor) -> None:
        """Compare the answers to one golden set in a thread of `pool`."""
        self._unpaired: dict[Role, dict[str, str | None]] = {one: {} for one in Role}
        self._aside: Aside[_Pair, CosineRow] | None = None
        embedder = parts.embedder
        if embedder is not None and Role.CANDIDATE in plan.models:

            def work(pairs: Sequence[_Pair]) -> list[CosineRow]:
                ids, left, right = zip(*pairs, strict=True)
                return similarities(ids, left, right, embedder)

            keep = partial(parts.store.append_cosines, plan.run_id, golden)
            self._aside = Aside(work, keep, pool)

    def offer(self, role: Role, arrived: Sequence[tuple[GoldenItem, Outcome]]) -> None:
        """Take stored outcomes of a role."""
        if self._aside is None:
            return
        mine = self._unpaired[role]
        for item, outcome in arrived:
            if len(mine) < MOST_UNPAIRED:
                mine[item.id] = outcome.text if isinstance(outcome, Response) else None
        left, right = self._unpaired[Role.BASELINE], self._unpaired[Role.CANDIDATE]
        both = [item.id for item, _ in arrived if item.id in left and item.id in right]
        self._aside.offer([(one, left.pop(one), right.pop(one)) for one in both])

    def finish(self) -> None:
        """Compare all that was taken, and store it."""
        if self._aside is not None:
            self._aside.finish()

    def break_off(self) -> None:
        """Store what is in work, and begin nothing else."""
        if self._aside is not None:
            self._aside.collect()


def _texts(
    plan: Plan, parts: Parts, golden: str, ids: Sequence[str]
) -> dict[Role, list[str | None]]:
    found = {}
    for role in (Role.BASELINE, Role.CANDIDATE):
        responses = parts.store.responses(plan.run_id, golden, role, ids)
        found[role] = [responses[one].text if one in responses else None for one in ids]
    return found


def similarities(
    ids: Sequence[str],
    left: Sequence[str | None],
    right: Sequence[str | None],
    embedder: Embedder,
) -> list[CosineRow]:
    """Return one row an item: the cosine in [-1, 1], or the kind of reason why there is none.

    Equal texts are similar by definition and are not embedded; an empty text has no direction,
    so a pair with one has no cosine (case C37).
    """
    kinds = [_kind(one, other) for one, other in zip(left, right, strict=True)]
    wanted = [at for at, kind in enumerate(kinds) if kind == COSINE]
    texts = [str(side[at]) for side in (left, right) for at in wanted]
    cosines: dict[int, tuple[float, int]] = {}
    if texts:
        embedded = embedder.embed(texts)
        half = len(wanted)
        a, b = embedded.vectors[:half], embedded.vectors[half:]
        products = np.clip((a.astype(np.float64) * b.astype(np.float64)).sum(axis=1), -1.0, 1.0)
        cut = embedded.cut[:half].astype(int) + embedded.cut[half:].astype(int)
        cosines = {
            at: (value, int(n))
            for at, value, n in zip(wanted, products.tolist(), cut.tolist(), strict=True)
        }
    rows = []
    for at, (item_id, kind) in enumerate(zip(ids, kinds, strict=True)):
        value, n = cosines.get(at, (1.0 if kind == IDENTICAL else None, 0))
        rows.append(CosineRow(item_id=item_id, kind=kind, cosine=value, cut=n))
    return rows


def _kind(left: str | None, right: str | None) -> str:
    if left is None or right is None:
        return MISSING
    empty = (not left.strip(), not right.strip())
    if all(empty):
        return BOTH_EMPTY
    if any(empty):
        return ONE_SIDE_EMPTY
    return IDENTICAL if left == right else COSINE
