"""What earlier nights found shares the next night's reviews, and nothing that came later does."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from qualityslo.domain import draw as drawing
from qualityslo.domain.draw import Draw, DrawHistory, ReviewRule
from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.sli import Role
from qualityslo.jobs import review as reviewing
from tests.fakes import START
from tests.jobs.conftest import DAY, Lab
from tests.jobs.reviewers import Row, fill, open_rows, send

MakeLab = Callable[..., Lab]
LOOKS = ReviewRule(items_per_night=40, floor=5)


def answer(night: int) -> Callable[[GoldenItem], str]:
    """Return a rule whose texts are new every night, so that nothing is remembered."""

    def rule(item: GoldenItem) -> str:
        word = "wrong" if int(item.id[1:]) % 4 == 0 else "right"
        return f"{word} {item.id} of night {night}"

    return rule


def say(text: str) -> str:
    """Call every flagged answer bad, and every 11th of the others."""
    number = int(text.split()[1][1:])
    return "bad" if text.startswith("wrong") or number % 11 == 0 else "good"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[DrawHistory]]:
    """Return the histories that draws are given, as they come."""
    seen: list[Sequence[DrawHistory]] = []
    allocate = drawing.allocate

    def spy(
        alarm: int, quiet: int, rule: ReviewRule, history: Sequence[DrawHistory] = ()
    ) -> tuple[int, int]:
        seen.append(history)
        return allocate(alarm, quiet, rule, history)

    monkeypatch.setattr(drawing, "allocate", spy)
    return seen


@pytest.fixture
def shop(make_lab: MakeLab) -> Lab:
    """Return a shop with one model, 200 items, before its first night."""
    return make_lab(count=200, candidate=None, baseline=answer(0), review=LOOKS)


def night(lab: Lab, number: int) -> list[Row]:
    """Run a night and return its reviews, not filled in."""
    lab.another_model(Role.BASELINE, answer(number))
    lab.clock.now = START + number * DAY
    lab.run(START + number * DAY)
    lab.clock.move(hours=1)
    day = f"{START + number * DAY:%Y-%m-%d}"
    return [row for row in open_rows(lab) if row["slot"].startswith(day)]


def answered(lab: Lab, rows: Sequence[Row]) -> None:
    """Send the rows filled in, an hour later."""
    fill(rows, said=say)
    send(lab, rows)
    lab.clock.move(hours=1)


def draw_of(lab: Lab, number: int) -> Draw:
    """Return a night's draw."""
    run = next(one for one in lab.parts().store.runs("shop") if one.slot == START + number * DAY)
    draw = lab.parts().queue.draw(run.run_id, "faq")
    assert draw is not None
    return draw


def counted(rows: Sequence[Row]) -> DrawHistory:
    """Count the labels of some reviews by hand."""
    texts = [row["answers"]["A"] for row in rows]
    alarm = [text for text in texts if text.startswith("wrong")]
    quiet = [text for text in texts if text.startswith("right")]
    return DrawHistory(
        alarm_labelled=len(alarm),
        alarm_bad=sum(say(text) == "bad" for text in alarm),
        quiet_labelled=len(quiet),
        quiet_bad=sum(say(text) == "bad" for text in quiet),
    )


def test_the_first_night_has_no_history(shop: Lab, told: list[Sequence[DrawHistory]]) -> None:
    night(shop, 0)
    assert told == [[]]


def test_a_draw_learns_from_the_nights_that_are_final(
    shop: Lab, told: list[Sequence[DrawHistory]]
) -> None:
    first = night(shop, 0)
    answered(shop, first)
    second = night(shop, 1)  # the first night's labels may still arrive
    assert told[1:] == [[]]
    answered(shop, second)
    night(shop, 2)
    assert told[2:] == [[counted(first)]]
    night(shop, 3)
    assert told[3:] == [[counted([*first, *second])]]


def test_the_shares_follow_what_was_found(shop: Lab) -> None:
    rows = night(shop, 0)
    plain = sizes_of(draw_of(shop, 0))
    answered(shop, rows)
    answered(shop, night(shop, 1))
    draw = draw_at(shop, 4)
    sizes = sizes_of(draw)
    assert sum(sizes) == sum(plain) == 40
    assert sizes != plain
    for one in draw.drawn:
        inside = sizes[0] if one.stratum == "alarm" else sizes[1]
        size = draw.alarm_items if one.stratum == "alarm" else draw.quiet_items
        assert one.inclusion_probability == inside / size


def draw_at(lab: Lab, number: int) -> Draw:
    """Run a night and return its draw."""
    night(lab, number)
    return draw_of(lab, number)


def sizes_of(draw: Draw) -> tuple[int, int]:
    """Return how many items of alarm and of quiet were drawn."""
    alarm = sum(one.stratum == "alarm" for one in draw.drawn)
    return alarm, len(draw.drawn) - alarm


def test_labels_after_a_nights_deadline_teach_nothing(
    shop: Lab, told: list[Sequence[DrawHistory]]
) -> None:
    first = night(shop, 0)
    answered(shop, first[:20])
    shop.clock.now = START + 49 * DAY / 24
    answered(shop, first[20:])
    night(shop, 3)
    assert told[-1] == [counted(first[:20])]


def test_remembered_answers_are_no_second_piece_of_evidence(
    make_lab: MakeLab, told: list[Sequence[DrawHistory]]
) -> None:
    lab = make_lab(count=200, candidate=None, baseline=answer(0), review=LOOKS)
    first = night(lab, 0)
    answered(lab, first)
    lab.another_model(Role.BASELINE, answer(0))
    lab.clock.now = START + DAY
    lab.run(START + DAY)  # the same answers: 40 of them are known
    night(lab, 5)
    assert told[-1] == [counted(first)]


def test_every_model_and_criterion_has_its_own_history(
    make_lab: MakeLab, told: list[Sequence[DrawHistory]]
) -> None:
    lab = make_lab(human=("correctness", "tone"), review=LOOKS)
    lab.run()
    rows = open_rows(lab)
    fill(rows)
    send(lab, rows)
    lab.clock.now = START + 3 * DAY
    lab.run(START + 3 * DAY)
    assert len(told[-1]) == 4
    labelled = {one.alarm_labelled + one.quiet_labelled for one in told[-1]}
    assert labelled == {40}


def test_a_role_that_is_new_has_no_history_and_breaks_nothing(
    make_lab: MakeLab, told: list[Sequence[DrawHistory]]
) -> None:
    lab = make_lab(count=200, candidate=None, baseline=answer(0), review=LOOKS)
    answered(lab, night(lab, 0))
    newcomer = make_lab(count=200).models[Role.CANDIDATE]
    lab.models[Role.CANDIDATE] = newcomer
    night(lab, 3)
    assert len(told) == 2


def test_a_night_that_is_resumed_draws_what_it_would_have_drawn(shop: Lab) -> None:
    first = night(shop, 0)
    answered(shop, first[:20])
    shop.clock.now = START + 2 * DAY
    shop.another_model(Role.BASELINE, answer(2))
    shop.models[Role.BASELINE].dies_after = 100
    with pytest.raises(KeyboardInterrupt):
        shop.run(START + 2 * DAY)
    whole = make_again(shop, first[:20], "whole")
    # Before it is resumed more labels arrive, and the first night becomes final.
    answered(shop, first[20:])
    shop.clock.move(hours=5)
    shop.models[Role.BASELINE].dies_after = None
    shop.run(START + 2 * DAY)
    assert draw_of(shop, 2) == whole


def make_again(lab: Lab, rows: Sequence[Row], folder: str) -> Draw:
    """Return the draw of the third night of a shop that nothing interrupts."""
    other = replace(
        lab,
        folder=lab.folder / folder,
        clock=type(lab.clock)(),
        models={Role.BASELINE: replace(lab.models[Role.BASELINE], asked=[], dies_after=None)},
    )
    night(other, 0)
    answered(other, rows)
    return draw_at(other, 2)


def test_history_is_of_at_most_a_fortnight(
    shop: Lab, told: list[Sequence[DrawHistory]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviewing, "HISTORY", 2)
    kept = []
    for number in (0, 3, 6):
        rows = night(shop, number)
        answered(shop, rows)
        kept.append(rows)
    night(shop, 9)
    assert told[-1] == [counted([*kept[1], *kept[2]])]
