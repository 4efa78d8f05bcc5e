"""The outbox: a dead tracker delays nothing, and is told everything once it is back."""

from qualityslo.jobs.publish import drain
from tests.fakes import START
from tests.jobs.conftest import DAY, Lab


def test_a_dead_tracker_changes_nothing_and_is_told_later_once(lab: Lab) -> None:
    lab.recorder.down = True
    first = lab.run()
    assert drain(lab.parts()) == (0, "the tracker is down")
    lab.clock.move(hours=24)
    second = lab.run(START + DAY)
    lab.recorder.down = False
    assert drain(lab.parts()) == (2, None)
    assert drain(lab.parts()) == (0, None)
    assert [one.run_id for one in lab.recorder.told] == [first.run_id, second.run_id]
    assert lab.recorder.told[1].step - lab.recorder.told[0].step == 24 * 60


def test_the_tracker_is_given_the_report_the_files_and_a_row_an_answer(lab: Lab) -> None:
    report = lab.run()
    drain(lab.parts())
    told = lab.recorder.told[0]
    assert told.report == report.as_json()
    assert [path.name for path in told.files] == ["conclusion.txt"]
    rows = list(told.item_rows())
    assert len(rows) == 2 * 60
    assert {row["role"] for row in rows} == {"baseline", "candidate"}


def test_a_run_that_has_not_concluded_waits(lab: Lab) -> None:
    parts = lab.parts()
    plan = lab.plan()
    parts.store.begin(plan)
    parts.outbox.put(
        "fake", {"run_id": plan.run_id, "as_of": "2026-03-02T02:00:00Z", "step": 1}, "k"
    )
    assert drain(parts) == (0, None)
    assert len(parts.outbox.waiting("fake")) == 1
