"""Slots of a cron line, exact where clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.spec.schedule import cadence, expected_slots, schedule_fault, slots_back
from qualityslo.spec.v1 import ScheduleSpec

DAY = timedelta(days=1)
# Zone, and the local dates of 2026 on which its clock changes.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
]


def _daily(zone: str, at: str) -> ScheduleSpec:
    hour, minute = at.split(":")
    return ScheduleSpec(cron=f"{int(minute)} {int(hour)} * * *", timezone=zone)


def _local(slot: datetime, zone: str) -> str:
    return slot.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("zone", "at", "now", "slots"),
    [
        pytest.param(
            "Europe/Berlin",
            "02:30",
            datetime(2026, 3, 30, 12, tzinfo=UTC),
            ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"],
            id="a time that Berlin skips is run at the next there is",
        ),
        pytest.param(
            "Europe/Berlin",
            "02:30",
            datetime(2026, 10, 26, 12, tzinfo=UTC),
            ["2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30"],
            id="a time that comes twice in Berlin is run once",
        ),
        pytest.param(
            "America/New_York",
            "02:30",
            datetime(2026, 3, 9, 12, tzinfo=UTC),
            ["2026-03-07 07:30", "2026-03-08 07:00", "2026-03-09 06:30"],
            id="New York in spring",
        ),
        pytest.param(
            "America/New_York",
            "01:30",
            datetime(2026, 11, 2, 12, tzinfo=UTC),
            ["2026-10-31 05:30", "2026-11-01 05:30", "2026-11-02 06:30"],
            id="New York in autumn",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            "02:15",
            datetime(2026, 10, 5, 12, tzinfo=UTC),
            ["2026-10-02 15:45", "2026-10-03 15:30", "2026-10-04 15:15"],
            id="Lord Howe skips half an hour",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            "01:45",
            datetime(2026, 4, 6, 12, tzinfo=UTC),
            ["2026-04-04 14:45", "2026-04-05 15:15"],
            id="Lord Howe repeats half an hour",
        ),
    ],
)
def test_slots_are_exact_where_the_clock_changes(
    zone: str, at: str, now: datetime, slots: list[str]
) -> None:
    found = list(islice(slots_back(_daily(zone, at), now), len(slots)))
    assert [slot.strftime("%Y-%m-%d %H:%M") for slot in reversed(found)] == slots
    assert all(slot.tzinfo is UTC for slot in found)


@pytest.mark.parametrize(("zone", "changed"), CHANGES)
@pytest.mark.parametrize(
    "at", [f"{hour:02}:{minute:02}" for hour in (0, 1, 2, 3, 23) for minute in (0, 15, 30, 45)]
)
def test_a_daily_schedule_has_exactly_one_slot_a_local_date(
    zone: str, changed: date, at: str
) -> None:
    end = datetime.combine(changed + 4 * DAY, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    slots = list(islice(slots_back(_daily(zone, at), end), 8))
    assert all(later > earlier for later, earlier in pairwise(slots))
    dates = [slot.astimezone(ZoneInfo(zone)).date() for slot in slots]
    assert dates == [dates[0] - n * DAY for n in range(8)]
    assert changed in dates
    for slot, local in zip(slots, dates, strict=True):
        assert local == changed or _local(slot, zone).endswith(at)


@pytest.mark.parametrize(("zone", "changed"), CHANGES)
@pytest.mark.parametrize(
    "cron", ["30 2 * * *", "45 1 * * *", "59 1 * * *", "*/15 * * * *", "0 * * * *", "0 1-4 * * *"]
)
def test_the_last_slot_is_the_latest_that_is_due_at_every_minute_of_the_change(
    zone: str, changed: date, cron: str
) -> None:
    schedule = ScheduleSpec(cron=cron, timezone=zone)
    noon = datetime.combine(changed, datetime.min.time(), UTC) + timedelta(hours=12)
    known = [
        slot for slot in islice(slots_back(schedule, noon + 3 * DAY), 800) if slot > noon - 3 * DAY
    ]
    for minutes in range(-26 * 60, 26 * 60, 10):
        for seconds in (-0.000001, 0, 1, 59):
            now = noon + timedelta(minutes=minutes, seconds=seconds)
            assert next(slots_back(schedule, now)) == max(one for one in known if one <= now)


def test_a_slot_that_is_due_right_now_is_reached() -> None:
    schedule, due = _daily("UTC", "02:00"), datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert next(slots_back(schedule, due)) == due
    assert next(slots_back(schedule, due - timedelta(microseconds=1))) == due - DAY


@given(
    steps=st.integers(0, 15 * 365 * 24 * 12),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    cron=st.sampled_from(
        ["0 0 * * *", "30 2 * * *", "15 1 * * 1-5", "*/30 * * * *", "0 6,18 * * *"]
    ),
)
@settings(deadline=None)
def test_slots_go_back_strictly_from_now_whatever_zone_now_is_told_in(
    steps: int, zone: str, cron: str
) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * steps)
    schedule = ScheduleSpec(cron=cron, timezone=zone)
    slots = list(islice(slots_back(schedule, now), 5))
    assert slots[0] <= now
    assert all(later > earlier for later, earlier in pairwise(slots))
    told_locally = now.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert list(islice(slots_back(schedule, told_locally), 5)) == slots


def test_expected_slots_are_those_of_the_length_up_to_now_oldest_first() -> None:
    now = datetime(2026, 3, 8, 2, tzinfo=UTC)
    found = expected_slots(_daily("UTC", "02:00"), now, 7 * DAY)
    assert found == tuple(now - n * DAY for n in range(6, -1, -1))
    assert expected_slots(_daily("UTC", "02:00"), now - timedelta(seconds=1), DAY) == (now - DAY,)
    assert expected_slots(_daily("UTC", "02:00"), now, timedelta(microseconds=1)) == (now,)


@pytest.mark.parametrize(
    ("cron", "usual"),
    [
        ("0 2 * * *", DAY),
        ("0 2 * * 1-5", DAY),
        ("0 2 * * 1", 7 * DAY),
        ("0 */6 * * *", timedelta(hours=6)),
        ("0 0 1 * *", timedelta(days=31)),
    ],
)
def test_the_cadence_is_the_usual_distance_of_two_slots(cron: str, usual: timedelta) -> None:
    assert cadence(ScheduleSpec(cron=cron), datetime(2026, 3, 2, 12, tzinfo=UTC)) == usual


@pytest.mark.parametrize("changed", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_cadence_does_not_follow_a_clock_change(changed: date) -> None:
    now = datetime.combine(changed, datetime.min.time(), UTC) + timedelta(hours=12)
    assert cadence(_daily("Europe/Berlin", "02:30"), now) == DAY


def test_a_schedule_that_never_comes_due_has_no_slot_and_counts_as_daily() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    never = ScheduleSpec(cron="0 0 */31 2 2#5")  # 1 February as the fifth Tuesday of its month
    assert list(slots_back(never, now)) == []
    assert expected_slots(never, now, 30 * DAY) == ()
    assert cadence(never, now) == DAY


def test_a_leap_day_schedule_is_due_every_four_years() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert cadence(ScheduleSpec(cron="0 0 29 2 *"), now) == timedelta(days=1461)


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "@daily",
        "61 * * * *",
        "* * * *",
        "* * * * * *",
        "0 0 30 2 *",
        "0 0 */31 2 2#5",
        "a b c d e",
    ],
)
def test_a_cron_line_that_is_none_or_never_due_is_refused(cron: str) -> None:
    assert schedule_fault(ScheduleSpec(cron=cron)) == (
        f"schedule.cron is {cron!r}: not five cron fields that ever come due"
    )


@pytest.mark.parametrize(
    "zone",
    ["", "Berlin", "europe/berlin", "/etc/passwd", "../UTC", "America", "Europe/Berlin\x00"],
)
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    assert schedule_fault(ScheduleSpec(timezone=zone)) == (
        f"schedule.timezone is {zone!r}: not an IANA zone, such as Europe/Berlin"
    )


@pytest.mark.parametrize("cron", ["0 0 * * *", "*/5 1-3 * * MON-FRI", "0 0 29 2 *", "0 0 L * *"])
def test_a_schedule_that_comes_due_is_taken(cron: str) -> None:
    assert schedule_fault(ScheduleSpec(cron=cron, timezone="Europe/Berlin")) is None
