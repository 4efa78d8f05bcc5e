"""The fact store's contract, on every database."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from qualityslo.domain.facts import CosineRow
from qualityslo.domain.golden import AnswerKind, AnswerType, GoldenItem, Message
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response, answer_hash
from qualityslo.domain.sli import Role
from qualityslo.errors import StoreError, UsageError
from qualityslo.store.text import clean
from tests.store.conftest import (
    BAD,
    GOOD,
    UNGRADED,
    Store,
    grade_row,
    hostile_text,
    items_of,
    plan_for,
    response_to,
)

HOSTILE = hostile_text()
# The examples of one property share a store; each uses an item of its own.
shared_store = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
fresh = itertools.count()


class TestItems:
    """Planned items."""

    def test_planning_again_in_other_batches_changes_nothing(self, store: Store) -> None:
        """Order and number are those of the first time."""
        items = items_of(7)
        run_id = store.begun(items[:3])
        store.facts.append_items(run_id, "faq", items[2:5])
        store.facts.append_items(run_id, "faq", items)
        columns = store.facts.columns(run_id, "faq", Role.BASELINE)
        assert columns.item_ids == [item.id for item in items]
        assert columns.item_digests == [item.digest for item in items]

    def test_one_content_in_two_runs_and_sets_is_stored_once(self, store: Store) -> None:
        """The digest is the identity of an item."""
        items = items_of(2)
        for plan in (plan_for(), plan_for(attempt=2)):
            run_id = store.begun(items, plan=plan)
            store.facts.append_items(run_id, "other", [replace(items[0], id="renamed")])
        with store.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM item").scalar() == 2
            assert connection.exec_driver_sql("SELECT count(*) FROM run_item").scalar() == 6

    def test_an_item_whose_content_changed_under_a_run_is_refused(self, store: Store) -> None:
        """A run never mixes two versions of a golden set."""
        items = items_of(2)
        run_id = store.begun(items)
        with pytest.raises(StoreError, match="'q1' of 'faq'"):
            store.facts.append_items(run_id, "faq", [replace(items[1], question="another?")])

    def test_an_id_that_cannot_be_stored_as_it_is_is_refused(self, store: Store) -> None:
        """Cleaned ids could collide and lose an item."""
        run_id = store.begun()
        with pytest.raises(UsageError, match=r"'a\\x00'"):
            store.facts.append_items(run_id, "faq", [GoldenItem(id="a\x00", question="?")])

    def test_items_of_an_unknown_run_are_refused(self, store: Store) -> None:
        """Facts belong to a run."""
        with pytest.raises(StoreError, match="does not have"):
            store.facts.append_items("nowhere", "faq", items_of(1))


class TestOutcomes:
    """Responses and failures."""

    def test_a_response_comes_back_whole(self, store: Store) -> None:
        """Every field, also where nothing was observed."""
        items = items_of(2)
        full = response_to(items[0])
        bare = Response(item_id="q1", ending=Ending.EMPTY, text="")
        run_id = store.begun(items)
        store.facts.append_outcomes(run_id, "faq", Role.BASELINE, [full, bare])
        found = store.facts.responses(run_id, "faq", Role.BASELINE, ["q0", "q1", "none"])
        assert found == {"q0": full, "q1": bare}

    def test_a_failure_is_an_outcome_but_no_response(self, store: Store) -> None:
        """It counts as answered, so that a resumed run does not ask it again."""
        run_id = store.begun(items_of(2))
        failure = Failure(item_id="q0", ending=Ending.ERROR, code="timeout", detail="60 s")
        store.facts.append_outcomes(run_id, "faq", Role.BASELINE, [failure])
        assert store.facts.answered(run_id, "faq", Role.BASELINE) == {"q0"}
        assert store.facts.answered(run_id, "faq", Role.CANDIDATE) == frozenset()
        assert store.facts.responses(run_id, "faq", Role.BASELINE, ["q0"]) == {}

    def test_the_first_outcome_of_an_item_stays(self, store: Store) -> None:
        """Appending twice is harmless."""
        items = items_of(2)
        run_id = store.begun(items)
        first, second = response_to(items[0], "first"), response_to(items[0], "second")
        for batch in ([first], [second, response_to(items[1])], [second, first]):
            store.facts.append_outcomes(run_id, "faq", Role.BASELINE, batch)
        found = store.facts.responses(run_id, "faq", Role.BASELINE, ["q0", "q1"])
        assert {key: one.text for key, one in found.items()} == {
            "q0": "first",
            "q1": "reply to q1",
        }

    def test_a_batch_with_an_unplanned_item_is_refused_whole(self, store: Store) -> None:
        """All or nothing."""
        items = items_of(1)
        run_id = store.begun(items)
        stranger = response_to(replace(items[0], id="stranger"))
        with pytest.raises(StoreError, match="does not have"):
            store.facts.append_outcomes(
                run_id, "faq", Role.BASELINE, [response_to(items[0]), stranger]
            )
        assert store.facts.answered(run_id, "faq", Role.BASELINE) == frozenset()

    def test_an_empty_batch_is_no_work(self, store: Store) -> None:
        """Nothing in, nothing stored."""
        run_id = store.begun(items_of(1))
        store.facts.append_outcomes(run_id, "faq", Role.BASELINE, [])
        assert store.facts.answered(run_id, "faq", Role.BASELINE) == frozenset()

    @shared_store
    @given(text=HOSTILE, raw=HOSTILE, model=HOSTILE)
    @example(text="a\x00", raw="\ud800", model="\x00")
    @example(text="\U0001f469\u200d\U0001f680 \u202e\u05e9", raw="", model="")
    def test_hostile_text_comes_back_clean_and_else_unchanged(
        self, store: Store, text: str, raw: str, model: str
    ) -> None:
        """What is stored, its hash, and what comes back agree."""
        item = GoldenItem(id=f"h{next(fresh)}", question="?")
        run_id = store.begun([item])
        response = Response(
            item_id=item.id, ending=Ending.ANSWERED, text=text, raw=raw, served_model=model
        )
        store.facts.append_outcomes(run_id, "faq", Role.BASELINE, [response])
        back = store.facts.responses(run_id, "faq", Role.BASELINE, [item.id])[item.id]
        assert (back.text, back.raw, back.served_model) == (clean(text), clean(raw), clean(model))
        columns = store.facts.columns(run_id, "faq", Role.BASELINE)
        at = list(columns.item_ids).index(item.id)
        assert columns.answer_hashes[at] == back.answer_hash == answer_hash(clean(text))

    def test_a_replaced_character_leaves_the_original_hash(self, store: Store) -> None:
        """What came is still provable, and unchanged texts carry no second hash."""
        items = items_of(2)
        run_id = store.begun(items)
        answers = [response_to(items[0], "a\x00"), response_to(items[1], "b")]
        store.facts.append_outcomes(run_id, "faq", Role.BASELINE, answers)
        query = "SELECT original_hash FROM response ORDER BY item_id"
        with store.database.reading() as connection:
            hashes = connection.exec_driver_sql(query).scalars().all()
        assert hashes == [answer_hash("a\x00"), None]

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    def test_a_time_that_is_no_number_is_not_observed(self, store: Store, value: float) -> None:
        """NaN and infinity never enter the store."""
        item = items_of(1)[0]
        run_id = store.begun([item])
        response = response_to(item)
        odd = replace(response, timing=replace(response.timing, ttft_s=value))
        store.facts.append_outcomes(run_id, "faq", Role.BASELINE, [odd])
        back = store.facts.responses(run_id, "faq", Role.BASELINE, [item.id])[item.id]
        assert back.timing == replace(response.timing, ttft_s=None)

    def test_a_count_beyond_64_bits_is_not_observed(self, store: Store) -> None:
        """A lying server cannot break a night."""
        item = items_of(1)[0]
        run_id = store.begun([item])
        response = response_to(item)
        odd = replace(response, usage=replace(response.usage, prompt_tokens=10**30))
        store.facts.append_outcomes(run_id, "faq", Role.BASELINE, [odd])
        back = store.facts.responses(run_id, "faq", Role.BASELINE, [item.id])[item.id]
        assert back.usage == replace(response.usage, prompt_tokens=None)

    def test_more_ids_than_a_query_may_name_are_no_problem(self, store: Store) -> None:
        """The ids are asked for in parts."""
        run_id = store.answered(items_of(3))
        ids = [f"x{at}" for at in range(70_000)] + ["q0", "q2"]
        found = store.facts.responses(run_id, "faq", Role.BASELINE, ids)
        assert set(found) == {"q0", "q2"}


class TestGrades:
    """Verdicts and what is ungraded."""

    def test_what_is_graded_is_known_by_item_criterion_and_grader(self, store: Store) -> None:
        """For the items asked about, of the role asked about."""
        run_id = store.answered(items_of(3))
        rows = [
            grade_row("q0", GOOD),
            grade_row("q0", UNGRADED, grader="judge"),
            grade_row("q2", BAD, criterion="hallucination"),
        ]
        store.facts.append_grades(run_id, "faq", Role.BASELINE, rows)
        assert store.facts.graded(run_id, "faq", Role.BASELINE, ["q0", "q1"]) == {
            ("q0", "correctness", "exact"),
            ("q0", "correctness", "judge"),
        }
        assert store.facts.graded(run_id, "faq", Role.CANDIDATE, ["q0"]) == set()

    def test_answers_that_lack_a_grade_are_counted(self, store: Store) -> None:
        """Of the endings and graders asked about; a failure is no answer."""
        run_id = store.answered(items_of(3))
        store.facts.append_items(run_id, "faq", items_of(1, prefix="f"))
        failure = Failure(item_id="f0", ending=Ending.ERROR, code="http_500")
        store.facts.append_outcomes(run_id, "faq", Role.BASELINE, [failure])
        both = [("correctness", "exact"), ("correctness", "judge")]

        def ungraded(graders: Sequence[tuple[str, str]], ending: Ending = Ending.ANSWERED) -> int:
            return store.facts.ungraded(run_id, "faq", Role.BASELINE, [ending], graders)

        assert ungraded(both) == 3
        rows = [grade_row("q0", GOOD), grade_row("q0", UNGRADED, grader="judge")]
        rows += [grade_row("q1", BAD), grade_row("q2", GOOD, criterion="safety")]
        store.facts.append_grades(run_id, "faq", Role.BASELINE, rows)
        assert ungraded(both) == 2
        assert ungraded(both[:1]) == 1
        assert ungraded([]) == 0
        assert ungraded(both, Ending.TRUNCATED) == 0

    def test_the_first_grade_stays(self, store: Store) -> None:
        """A repeated batch cannot turn a verdict."""
        run_id = store.answered(items_of(1))
        for grade in (BAD, GOOD):
            store.facts.append_grades(run_id, "faq", Role.BASELINE, [grade_row("q0", grade)])
        columns = store.facts.columns(run_id, "faq", Role.BASELINE)
        assert columns.verdicts == {"correctness": [1]}

    def test_a_grade_without_an_answer_is_refused(self, store: Store) -> None:
        """Nothing can be graded that was not answered."""
        run_id = store.begun(items_of(1))
        with pytest.raises(StoreError, match="does not have"):
            store.facts.append_grades(run_id, "faq", Role.BASELINE, [grade_row("q0", GOOD)])


class TestCosines:
    """Similarities."""

    def test_similarities_come_back_in_the_sets_order(self, store: Store) -> None:
        """With the kind where there is no cosine; the first row of an item stays."""
        run_id = store.begun(items_of(3))
        last = CosineRow(item_id="q2", kind="cosine", cosine=0.5, cut=1)
        first = CosineRow(item_id="q0", kind="one_side_empty", cosine=None)
        store.facts.append_cosines(run_id, "faq", [last, first])
        store.facts.append_cosines(run_id, "faq", [replace(last, cosine=0.75)])
        assert store.facts.cosines(run_id, "faq") == [first, last]
        assert store.facts.compared(run_id, "faq", ["q0", "q1"]) == {"q0"}


MESSAGES = st.builds(Message, role=HOSTILE, content=HOSTILE)
ANSWERS = st.builds(
    AnswerType,
    kind=st.sampled_from(AnswerKind),
    tolerance=st.floats(0, 10) | st.integers(0, 3),
    relative=st.booleans(),
    unit=st.none() | HOSTILE,
)
ITEMS = st.builds(
    GoldenItem,
    id=st.just("?"),
    question=HOSTILE,
    messages=st.lists(MESSAGES, max_size=2).map(tuple),
    context=st.lists(HOSTILE, max_size=2).map(tuple),
    references=st.lists(HOSTILE, max_size=2).map(tuple),
    answer=ANSWERS,
    answerable=st.booleans(),
    slices=st.dictionaries(HOSTILE, HOSTILE, max_size=2),
)


@shared_store
@given(item=ITEMS)
def test_the_digest_of_a_hostile_item_is_that_of_what_is_stored(
    store: Store, item: GoldenItem
) -> None:
    """And an item that needs no cleaning keeps the digest it had."""
    item = replace(item, id=f"i{next(fresh)}")
    run_id = store.begun([item])
    row = next(r for r in store.facts.item_rows(run_id) if r["item_id"] == item.id)
    assert row["question"] == clean(item.question)
    assert row["references"] == [clean(one) for one in item.references]
    texts = (
        item.question,
        *item.context,
        *item.references,
        item.answer.unit or "",
        *(part for one in item.messages for part in (one.role, one.content)),
    )
    if all(clean(text) == text for text in texts):
        assert row["item_digest"] == item.digest


@pytest.mark.parametrize("role", [Role.BASELINE, Role.CANDIDATE])
def test_the_roles_do_not_mix(store: Store, role: Role) -> None:
    """Each model has its own answers."""
    items = items_of(1)
    run_id = store.begun(items)
    outcomes: list[Outcome] = [response_to(items[0], role.value)]
    store.facts.append_outcomes(run_id, "faq", role, outcomes)
    for other in (Role.BASELINE, Role.CANDIDATE):
        found = store.facts.responses(run_id, "faq", other, ["q0"])
        assert [one.text for one in found.values()] == ([role.value] if other is role else [])
