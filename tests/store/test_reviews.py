"""The review queue's contract, on every database."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings

from qualityslo.domain.draw import Draw, ReviewRule, draw_entropy, draw_reviews
from qualityslo.domain.golden import GoldenItem, Message
from qualityslo.domain.label import AnswerKey, Label, LabelValue
from qualityslo.domain.plan import Plan
from qualityslo.domain.review import Review
from qualityslo.domain.sli import Role
from qualityslo.errors import LabelError, StoreError
from qualityslo.store.text import clean
from tests.store.conftest import SLOT, Store, hostile_text, items_of, plan_for

HOUR = timedelta(hours=1)
fresh = itertools.count(1)
ITEMS = [
    GoldenItem(
        id="q0",
        question="Wie hoch?",
        messages=(Message(role="user", content="Wie hoch?"),),
        context=("Der Turm ist 300 m hoch.",),
        references=("300 m",),
        group="tower",
        slices={"topic": "law"},
        meta={"source": ["a", 1, None]},
    ),
    *items_of(8)[1:],
]


def draw_of(plan: Plan, *, items: int = 3) -> Draw:
    """Return a draw from eight items, of which two are in alarm."""
    entropy = draw_entropy(plan.seed, plan.service, "faq", plan.slot)
    ids = [item.id for item in ITEMS]
    return draw_reviews(ids[:2], ids[2:], ReviewRule(items_per_night=items), entropy)


def reviews_of(plan: Plan, draw: Draw) -> list[Review]:
    """Return the reviews of a draw."""
    by_id = {item.id: item for item in ITEMS}
    return [
        Review(
            id=f"{plan.run_id}-{one.item_id}",
            run_id=plan.run_id,
            service=plan.service,
            golden="faq",
            slot=plan.slot,
            item=by_id[one.item_id],
            position=one.position,
            stratum=one.stratum.value,
            inclusion_probability=one.inclusion_probability,
            arms={"A": "yes", "B": "no"},
            roles={"A": ("candidate",), "B": ("baseline",)},
            criteria={"correctness": ("Is it right?", "r" * 64)},
        )
        for one in draw.drawn
    ]


def offered(store: Store, plan: Plan | None = None) -> list[Review]:
    """Plan, draw and offer three reviews; return them in their order."""
    plan = plan or plan_for()
    store.begun(ITEMS, plan=plan)
    draw = draw_of(plan)
    reviews = reviews_of(plan, draw)
    store.queue.offer(plan.run_id, "faq", draw, reviews[::-1])
    return reviews


def label_on(review: Review, label_id: str = "l1", *, reviewer: str = "ada") -> Label:
    """Return a label on a review's first answer."""
    key = AnswerKey(
        item_digest=review.item.digest,
        answer_hash="a" * 64,
        criterion="correctness",
        rubric_hash="r" * 64,
    )
    return Label(
        id=label_id,
        key=key,
        value=LabelValue.BAD,
        reviewer=reviewer,
        recorded_at=SLOT + HOUR,
        review_id=review.id,
        slot=review.slot,
        note="off by one",
    )


class TestDraws:
    """Draws and their reviews."""

    def test_a_draw_comes_back_as_it_was(self, store: Store) -> None:
        """Seed, strata, order and probabilities, exactly."""
        offered(store)
        plan = plan_for()
        assert store.queue.draw(plan.run_id, "faq") == draw_of(plan)
        assert store.queue.draw(plan.run_id, "other") is None
        assert store.queue.draw("nowhere", "faq") is None

    def test_reviews_come_back_whole_in_their_order(self, store: Store) -> None:
        """The item with everything the reviewer sees, and its digest."""
        reviews = offered(store)
        assert store.queue.reviews() == reviews
        assert [one.item.digest for one in store.queue.reviews()] == [
            one.item.digest for one in reviews
        ]

    def test_the_digest_of_a_hostile_item_is_the_same_wherever_it_is_read(
        self, store: Store
    ) -> None:
        """A label on the review finds the answer in the columns."""
        plan = plan_for()
        odd = [replace(item, question=f"{item.question}\x00\ud800") for item in ITEMS]
        run_id = store.begun(odd, plan=plan)
        draw = draw_of(plan)
        store.queue.offer(run_id, "faq", draw, reviews_of(plan, draw))
        columns = store.facts.columns(run_id, "faq", Role.BASELINE)
        digests = dict(zip(columns.item_ids, columns.item_digests, strict=True))
        for review in store.queue.reviews():
            assert review.item.question.endswith("?\u2400\ufffd")
            assert review.item.digest == digests[review.item.id]

    def test_an_empty_draw_is_a_draw(self, store: Store) -> None:
        """Nothing was open that night: said, and not drawn again."""
        plan = plan_for()
        store.begun(ITEMS, plan=plan)
        empty = Draw(seed=(1, 2**70), alarm_items=0, quiet_items=0, drawn=())
        store.queue.offer(plan.run_id, "faq", empty, [])
        assert store.queue.draw(plan.run_id, "faq") == empty
        assert store.queue.sample(plan.run_id, "faq", SLOT) == []

    def test_a_draw_that_is_there_is_left_as_it_is(self, store: Store) -> None:
        """A resumed run cannot draw a second time."""
        reviews = offered(store)
        plan = plan_for()
        other = draw_of(plan, items=5)
        store.queue.offer(plan.run_id, "faq", other, reviews_of(plan, other))
        assert store.queue.draw(plan.run_id, "faq") == draw_of(plan)
        assert store.queue.reviews() == reviews

    def test_a_draw_without_its_reviews_is_refused(self, store: Store) -> None:
        """A drawn item that nobody can review would bias the estimate."""
        plan = plan_for()
        store.begun(ITEMS, plan=plan)
        draw = draw_of(plan)
        with pytest.raises(StoreError, match="exactly its reviews"):
            store.queue.offer(plan.run_id, "faq", draw, reviews_of(plan, draw)[1:])
        assert store.queue.draw(plan.run_id, "faq") is None

    def test_a_draw_of_items_that_were_never_planned_is_refused_whole(self, store: Store) -> None:
        """Nothing of it stays."""
        plan = plan_for()
        store.begun(plan=plan)
        draw = draw_of(plan)
        with pytest.raises(StoreError, match="never planned"):
            store.queue.offer(plan.run_id, "faq", draw, reviews_of(plan, draw))
        assert store.queue.draw(plan.run_id, "faq") is None

    def test_reviews_are_found_by_service_and_run(self, store: Store) -> None:
        """By slot first."""
        later = offered(store, plan_for(slot=SLOT + timedelta(days=1)))
        first = offered(store)
        desk = offered(store, plan_for("desk"))
        assert store.queue.reviews("shop") == first + later
        assert store.queue.reviews(run_id=desk[0].run_id) == desk
        assert store.queue.reviews("shop", desk[0].run_id) == []

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(text=hostile_text())
    @example(text="a\x00\ud800")
    def test_hostile_answers_and_rubrics_come_back_clean(self, store: Store, text: str) -> None:
        """What the reviewer sees is what was stored."""
        plan = plan_for(attempt=next(fresh))
        store.begun(ITEMS, plan=plan)
        draw = draw_of(plan)
        reviews = [
            replace(one, arms={"A": text}, roles={"A": ("x",)}, criteria={"c": (text, "h")})
            for one in reviews_of(plan, draw)
        ]
        store.queue.offer(plan.run_id, "faq", draw, reviews)
        for back in store.queue.reviews(run_id=plan.run_id):
            assert back.arms == {"A": clean(text)}
            assert back.criteria == {"c": (clean(text), "h")}


class TestLabels:
    """What people said."""

    def test_a_label_comes_back_whole(self, store: Store) -> None:
        """By golden set, and by review."""
        review = offered(store)[0]
        label = replace(label_on(review), adjudicates=True)
        assert store.queue.append_labels([label]) == 1
        assert store.queue.labels("shop", "faq", SLOT + HOUR) == [label]
        assert store.queue.labels_of([review.id, review.id, "none"]) == [label]
        assert store.queue.labels("shop", "other", SLOT + HOUR) == []
        assert store.queue.labels("desk", "faq", SLOT + HOUR) == []

    def test_a_repeated_label_is_stored_once_and_stays(self, store: Store) -> None:
        """Only what is new is counted."""
        first, second, _ = offered(store)
        label = label_on(first)
        assert store.queue.append_labels([label, label]) == 1
        again = [replace(label, value=LabelValue.GOOD), label_on(second, "l2")]
        assert store.queue.append_labels(again) == 1
        assert store.queue.append_labels([]) == 0
        found = store.queue.labels_of([first.id, second.id])
        assert [(one.id, one.value) for one in found] == [("l1", "bad"), ("l2", "bad")]

    @pytest.mark.parametrize(
        ("moment", "known"),
        [
            pytest.param(timedelta(microseconds=-1), [], id="a microsecond before"),
            pytest.param(timedelta(0), ["l1"], id="at the instant itself"),
        ],
    )
    def test_a_label_counts_from_the_instant_it_was_recorded(
        self, store: Store, moment: timedelta, known: list[str]
    ) -> None:
        """An old conclusion can be reproduced."""
        review = offered(store)[0]
        store.queue.append_labels([label_on(review)])
        as_of = SLOT + HOUR + moment
        assert [one.id for one in store.queue.labels("shop", "faq", as_of)] == known
        sample = store.queue.sample(review.run_id, "faq", as_of)
        assert [row.looked_at for row in sample] == [bool(known), False, False]

    def test_a_label_has_the_slot_of_its_review(self, store: Store) -> None:
        """Whatever it says itself."""
        review = offered(store)[0]
        store.queue.append_labels([replace(label_on(review), slot=SLOT - HOUR)])
        assert [one.slot for one in store.queue.labels_of([review.id])] == [review.slot]

    def test_a_label_without_a_review_is_kept_and_never_admissible(self, store: Store) -> None:
        """It has no inclusion probability."""
        review = offered(store)[0]
        stray = replace(label_on(review), review_id=None, slot=None)
        assert store.queue.append_labels([stray]) == 1
        assert store.queue.append_labels([stray]) == 0
        assert store.queue.labels("shop", "faq", SLOT + HOUR) == []

    def test_unknown_reviews_are_all_named_and_nothing_is_stored(self, store: Store) -> None:
        """One wrong row does not half-import a file."""
        review = offered(store)[0]
        wrong = [replace(label_on(review, f"w{at}"), review_id=f"nope{at}") for at in range(2)]
        with pytest.raises(LabelError, match="'nope0', 'nope1'; nothing was stored"):
            store.queue.append_labels([label_on(review), *wrong])
        assert store.queue.labels_of([review.id]) == []

    @pytest.mark.parametrize("value", list(LabelValue))
    def test_any_label_is_a_look(self, store: Store, value: LabelValue) -> None:
        """Unsure and skipped are missing opinions, not missing looks."""
        reviews = offered(store)
        store.queue.append_labels([replace(label_on(reviews[1]), value=value)])
        sample = store.queue.sample(reviews[0].run_id, "faq", SLOT + HOUR)
        assert [row.looked_at for row in sample] == [False, True, False]
        assert [row.position for row in sample] == [0, 1, 2]
        assert [row.review_id for row in sample] == [one.id for one in reviews]

    @pytest.mark.parametrize(
        ("reviewers", "looks"),
        [
            pytest.param(["ada"], 1, id="one person"),
            pytest.param(["ada", "ada"], 1, id="one person twice"),
            pytest.param(["ada", "bob", "ada"], 2, id="two people"),
        ],
    )
    def test_looks_count_people(self, store: Store, reviewers: Sequence[str], looks: int) -> None:
        """Not rows."""
        review, *others = offered(store)
        labels = [label_on(review, f"l{at}", reviewer=name) for at, name in enumerate(reviewers)]
        store.queue.append_labels(labels)
        assert [one.looks for one in store.queue.reviews()] == [looks, *(0 for _ in others)]

    def test_hostile_notes_come_back_clean(self, store: Store) -> None:
        """A person can paste anything."""
        review = offered(store)[0]
        label = replace(label_on(review), note="a\x00\ud800\U0001f680", reviewer="\u202ebob\x00")
        store.queue.append_labels([label])
        (back,) = store.queue.labels_of([review.id])
        assert (back.note, back.reviewer) == ("a\u2400\ufffd\U0001f680", "\u202ebob\u2400")
