"""Drift: how similar the two models' answers to one item are."""

from collections.abc import Sequence

import numpy as np

from qualityslo.domain.facts import CosineRow
from qualityslo.domain.plan import Plan
from qualityslo.domain.sli import Role
from qualityslo.jobs.chunks import chunks
from qualityslo.jobs.parts import Parts
from qualityslo.ports import Embedder

BATCH = 256

IDENTICAL = "identical"
COSINE = "cosine"
BOTH_EMPTY = "both_empty"
ONE_SIDE_EMPTY = "one_side_empty"
MISSING = "missing"


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
