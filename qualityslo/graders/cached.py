"""A grader that asks a cache first: an unchanged answer is not graded twice, across runs.

What a verdict follows from is taken to be: the grader with its version and parameters, the
criterion and its rubric, the item as parsed (group, slices and meta included), and of the
response its ending and texts. Times, token counts and the served model's name are left out.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qualityslo.domain.golden import Json
from qualityslo.domain.verdict import Answer, Grade, Verdict
from qualityslo.ports import Grader
from qualityslo.ports.grading import CacheUse, GradeCache

# Graders that need less than 0.3 ms an answer; a lookup costs 0.03 ms, and 0.04 ms where it finds
# nothing, and every verdict that is kept takes room (bench/grade_cache.py).
TOO_CHEAP = frozenset({"exact", "numeric", "contains", "closed", "abstention"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """For whom a grader works: what its verdicts depend on beside the answer, and what is counted."""

    run_id: str
    golden: str
    criterion: str
    rubric: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict)


def is_worth_caching(grader: Grader) -> bool:
    """Return whether a grader's verdicts are kept.

    A grader opts out, or a cheap one in, with an attribute `cacheable`.
    """
    return bool(getattr(grader, "cacheable", grader.name not in TOO_CHEAP))


class CachedGrader:
    """Satisfies `ports.Grader`: known verdicts from the cache, the others from the grader inside.

    Only verdicts are kept: an ungraded answer is asked about again. Where a batch holds the same
    answer several times, each stands for itself, so that repeats measure the grader and not the
    cache. A grader that throws, or returns too few grades, leaves nothing in the cache.
    """

    def __init__(self, grader: Grader, cache: GradeCache, task: Task) -> None:
        """Wrap a grader."""
        self._grader = grader
        self._cache = cache
        self._task = task
        self._about = _digest(
            grader.name,
            grader.version,
            task.criterion,
            task.rubric,
            json.dumps(dict(task.parameters), sort_keys=True, default=str),
        )

    @property
    def name(self) -> str:
        """Name of the grader inside."""
        return self._grader.name

    @property
    def version(self) -> str:
        """Version of the grader inside."""
        return self._grader.version

    @property
    def criterion(self) -> str:
        """Criterion of the grader inside."""
        return self._grader.criterion

    @property
    def repeat(self) -> int:
        """How many votes a verdict of the grader inside has."""
        return int(getattr(self._grader, "repeat", 1))

    def grade(self, batch: Sequence[Answer]) -> Iterable[Grade]:
        """Return one grade an answer, in order.

        Raises:
            ValueError: the grader inside returned more or fewer grades than answers.
        """
        if not batch:
            return []
        keys = self._keys(batch)
        known = self._cache.known(keys)
        left = [at for at, key in enumerate(keys) if key not in known]
        fresh = list(self._grader.grade([batch[at] for at in left])) if left else []
        if len(fresh) != len(left):
            raise ValueError(f"{len(fresh)} grades for {len(left)} answers")
        found = dict(zip((keys[at] for at in left), fresh, strict=True))
        verdicts = {key: one for key, one in found.items() if type(one) is Verdict}
        use = CacheUse(
            golden=self._task.golden,
            criterion=self._task.criterion,
            grader=self.name,
            asked=len(batch),
            known=len(known),
        )
        self._cache.keep(self._task.run_id, self.version, use, verdicts)
        return [known[key] if key in known else found[key] for key in keys]

    def close(self) -> None:
        """Release what the grader inside holds, where it holds anything."""
        release = getattr(self._grader, "close", None)
        if release is not None:
            release()

    def _keys(self, batch: Sequence[Answer]) -> list[str]:
        """Return one key an answer; the n-th time the same answer comes up it has an n-th key."""
        seen: Counter[str] = Counter()
        keys = []
        for answer in batch:
            response = answer.response
            digest = _digest(
                self._about,
                answer.item.fingerprint,
                response.ending.value,
                response.text,
                "" if response.raw == response.text else response.raw,
            )
            keys.append(digest if not seen[digest] else _digest(digest, str(seen[digest])))
            seen[digest] += 1
        return keys


def _digest(*parts: str) -> str:
    """Return the sha256 of texts, each with its length in front: no two lists have one digest."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()
