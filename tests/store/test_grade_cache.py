"""The cache of verdicts in the store."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings, strategies as st

from qualityslo.domain.verdict import Verdict
from qualityslo.ports.grading import CacheUse
from qualityslo.store.grade_cache import SqlGradeCache
from qualityslo.store.text import clean
from tests.store.conftest import BAD, GOOD, Store, hostile_text

fresh = itertools.count()
LATE = datetime(2100, 1, 1, tzinfo=UTC)


def use(asked: int = 1, known: int = 0, *, grader: str = "judge", golden: str = "faq") -> CacheUse:
    """Return one batch's use."""
    return CacheUse(
        golden=golden, criterion="correctness", grader=grader, asked=asked, known=known
    )


def test_what_is_kept_is_known_and_nothing_else(store: Store) -> None:
    cache, run_id = SqlGradeCache(store.database, store.clock), store.begun()
    cache.keep(run_id, "1", use(), {"a": GOOD, "b": BAD})
    assert cache.known(["b", "a", "c"]) == {"a": GOOD, "b": BAD}
    assert cache.known([]) == {}


def test_what_is_known_stays_as_it_is(store: Store) -> None:
    cache, run_id = SqlGradeCache(store.database, store.clock), store.begun()
    cache.keep(run_id, "1", use(), {"a": GOOD})
    cache.keep(run_id, "1", use(), {"a": BAD})
    assert cache.known(["a"]) == {"a": GOOD}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    good=st.booleans(),
    score=st.floats(0, 1, allow_subnormal=False),
    rationale=hostile_text(),
)
def test_a_verdict_comes_back_as_it_would_from_the_facts(
    store: Store, *, good: bool, score: float, rationale: str
) -> None:
    cache, run_id, key = (
        SqlGradeCache(store.database, store.clock),
        store.begun(),
        str(next(fresh)),
    )
    cache.keep(run_id, "1", use(), {key: Verdict(good=good, score=score, rationale=rationale)})
    expected = Verdict(good=good, score=score, rationale=clean(rationale))
    assert cache.known([key]) == {key: expected}


def test_the_use_of_a_run_is_added_up_by_golden_set_criterion_and_grader(store: Store) -> None:
    cache, run_id = SqlGradeCache(store.database, store.clock), store.begun()
    for one in (use(5, 2), use(3, 3), use(4, 0, grader="nli"), use(1, 1, golden="other")):
        cache.keep(run_id, "1", one, {})
    assert cache.uses(run_id, LATE) == [
        use(8, 5),
        use(4, 0, grader="nli"),
        use(1, 1, golden="other"),
    ]
    assert cache.uses("another run", LATE) == []


def test_what_was_recorded_later_is_not_counted(store: Store) -> None:
    cache, run_id = SqlGradeCache(store.database, store.clock), store.begun()
    cache.keep(run_id, "1", use(5, 2), {})
    then = store.clock.now
    cache.keep(run_id, "1", use(5, 2), {})
    assert cache.uses(run_id, then) == [use(5, 2)]


def test_a_lookup_is_one_query_a_batch(store: Store) -> None:
    from sqlalchemy import event

    @dataclass
    class Counted:
        statements: int = 0

        def __call__(
            self, _connection: object, _cursor: object, statement: str, *_: object
        ) -> None:
            self.statements += statement.startswith("SELECT")

    cache = SqlGradeCache(store.database, store.clock)
    keys = [f"key {n}" for n in range(3_000)]
    counted = Counted()
    event.listen(store.database.engine, "before_cursor_execute", counted)
    cache.known(keys)
    assert counted.statements == 1
