"""A release draw: which pairs people look at, ordered once."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from qualityslo.domain.gate import GateOutcome
from qualityslo.domain.release import ReleaseStratum
from qualityslo.domain.sli import Role
from qualityslo.errors import UsageError
from tests.fakes import START
from tests.jobs.conftest import DAY, Lab
from tests.jobs.release_world import (
    A,
    B,
    C,
    conclude,
    different,
    draw_of,
    first_night,
    gate_of,
    of_release,
    order,
    outcome,
    stratum,
    tell,
    text_of,
)
from tests.jobs.reviewers import fill, open_rows, send

MakeLab = Callable[..., Lab]


@pytest.fixture
def shop(make_lab: MakeLab) -> Lab:
    """Return the world above after its first night."""
    return first_night(make_lab)


def test_pairs_are_drawn_by_what_the_graders_say_of_the_two(shop: Lab) -> None:
    release = order(shop, 20)
    draw = draw_of(shop, release)
    assert len(draw.drawn) == 20
    sizes = {at: sum(stratum(one) is at for one in different()) for at in (C, B, A)}
    assert (draw.alarm_items, draw.quiet_items) == (sizes[C] + sizes[B], sizes[A])
    assert {one.stratum for one in draw.drawn} == {C, B, A}
    takes = {at: sum(one.stratum is at for one in draw.drawn) for at in (C, B, A)}
    for one in draw.drawn:
        assert isinstance(one.stratum, ReleaseStratum)
        assert one.stratum is stratum(one.item_id)
        assert one.inclusion_probability == takes[one.stratum] / sizes[one.stratum]


def test_pairs_of_one_text_are_never_drawn(shop: Lab) -> None:
    draw = draw_of(shop, order(shop, 400))
    assert sorted(one.item_id for one in draw.drawn) == different()


def test_pairs_that_are_known_already_are_not_drawn(shop: Lab) -> None:
    night = open_rows(shop)
    tell(night)
    send(shop, night)
    known = {row["item_id"] for row in night}
    shop.clock.move(hours=1)
    draw = draw_of(shop, order(shop, 400))
    assert sorted(one.item_id for one in draw.drawn) == sorted(set(different()) - known)
    assert known & set(different())


def test_a_label_that_settles_nothing_does_not_make_a_pair_known(shop: Lab) -> None:
    night = open_rows(shop)
    fill(night, said=lambda _: "unsure")
    send(shop, night)
    shop.clock.move(hours=1)
    assert len(draw_of(shop, order(shop, 400)).drawn) == len(different())


def test_the_draw_follows_from_the_seed_and_the_night_alone(make_lab: MakeLab) -> None:
    draws = []
    for folder, seed in (("one", 7), ("two", 7), ("three", 8)):
        lab = make_lab(baseline=text_of(Role.BASELINE), candidate=text_of(Role.CANDIDATE))
        lab.folder /= folder
        lab.seed = seed
        if folder == "two":
            lab.rows = list(reversed(lab.rows))
        lab.run()
        draws.append([one.item_id for one in draw_of(lab, order(lab, 20)).drawn])
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]


def test_ordering_again_returns_the_same_draw(shop: Lab) -> None:
    first = order(shop, 20)
    drawn = draw_of(shop, first)
    shop.clock.move(hours=1)
    assert order(shop, 20) == first
    assert draw_of(shop, first) == drawn
    assert len(shop.parts().store.runs("shop", "release")) == 1


def test_a_new_night_does_not_end_a_draw_that_waits(shop: Lab) -> None:
    first = order(shop, 20)
    shop.clock.move(hours=23)
    shop.run(START + DAY)
    again = order(shop, 20)
    assert again == first
    assert again.base.slot == START


def test_an_order_that_was_interrupted_is_completed(shop: Lab) -> None:
    whole = draw_of(shop, order(shop, 20))
    shop.folder /= "cut"
    shop.clock.now = START
    shop.run()
    shop.clock.move(hours=1)
    base = shop.parts().store.runs("shop")[0]
    shop.parts().store.begin_release(base.run_id)  # and then the power failed
    shop.clock.move(minutes=5)
    report = gate_of(shop, 20)
    assert draw_of(shop, order(shop, 20)) == whole
    assert outcome(report)[0] is GateOutcome.INCONCLUSIVE
    assert report.reviews[0].waiting == 20


@pytest.mark.parametrize(
    ("decided", "state"),
    [pytest.param(False, "under way", id="waiting"), pytest.param(True, "decided", id="decided")],
)
def test_another_size_is_refused(shop: Lab, *, decided: bool, state: str) -> None:
    release = order(shop, 20)
    if decided:
        rows = of_release(open_rows(shop), release, shop)
        tell(rows)
        send(shop, rows)
        shop.clock.move(hours=1)
        conclude(shop, release)
    for size in (19, 21, 400):
        with pytest.raises(
            UsageError, match=f"--labels {size}: .* 20 items .* is {state}"
        ) as told:
            order(shop, size)
        assert release.run.run_id in str(told.value)
        assert str(told.value).endswith("--labels 20")


def test_all_there_is_may_be_asked_for_by_any_larger_number(shop: Lab) -> None:
    first = order(shop, 400)
    assert order(shop, 300) == first
    with pytest.raises(UsageError, match="--labels 20"):
        order(shop, 20)


def test_a_decided_draw_stays_that_of_its_night_and_the_next_night_may_have_its_own(
    shop: Lab,
) -> None:
    first = order(shop, 20)
    rows = of_release(open_rows(shop), first, shop)
    tell(rows)
    send(shop, rows)
    shop.clock.move(hours=1)
    conclude(shop, first)
    assert order(shop, 20).run.run_id == first.run.run_id
    shop.clock.move(hours=22)
    shop.run(START + DAY)
    shop.clock.move(hours=1)
    second = order(shop, 30)
    assert second.base.slot == START + DAY
    known = {row["item_id"] for row in rows}
    assert known.isdisjoint(one.item_id for one in draw_of(shop, second).drawn)


def test_a_golden_set_that_has_changed_is_refused(shop: Lab) -> None:
    shop.golden = replace(shop.golden, digest="another")
    with pytest.raises(UsageError, match=r"a golden set has changed since .*nightly"):
        order(shop, 20)
    assert shop.parts().store.runs("shop", "release") == []


def test_without_a_candidate_there_is_nothing_to_compare(make_lab: MakeLab) -> None:
    lab = make_lab(candidate=None)
    lab.run()
    with pytest.raises(UsageError, match=r"models\.candidate"):
        order(lab, 20)


def test_without_a_human_criterion_there_is_nothing_to_ask(make_lab: MakeLab) -> None:
    lab = make_lab(human=(), definition=("correctness",))
    lab.run()
    with pytest.raises(UsageError, match="no criterion is judged by people"):
        order(lab, 20)


def test_without_a_finished_night_there_is_nothing_to_look_at(make_lab: MakeLab) -> None:
    lab = make_lab()
    with pytest.raises(UsageError, match=r"no finished run of 'shop'.*qualityslo nightly"):
        order(lab, 20)


def test_fewer_labels_than_strata_are_refused(shop: Lab) -> None:
    with pytest.raises(UsageError, match="--labels 2: at least 3"):
        order(shop, 2)
    assert len(draw_of(shop, order(shop, 3)).drawn) == 3
