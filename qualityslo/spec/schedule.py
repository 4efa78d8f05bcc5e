"""Slots: the scheduled instants of a cron line in a time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qualityslo.spec.v1 import ScheduleSpec


def schedule_fault(schedule: ScheduleSpec) -> str | None:
    """Return what is wrong with a schedule, or None."""
    from cronsim import CronSim, CronSimError

    try:
        zone = ZoneInfo(schedule.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return (
            f"schedule.timezone is {schedule.timezone!r}: not an IANA zone, such as Europe/Berlin"
        )
    try:
        due = len(schedule.cron.split()) == 5 and next(
            CronSim(schedule.cron, datetime(2026, 1, 1, tzinfo=zone)), None
        )
    except CronSimError:
        due = None
    if not due:
        return f"schedule.cron is {schedule.cron!r}: not five cron fields that ever come due"
    return None


def slots_back(schedule: ScheduleSpec, now: datetime) -> Iterator[datetime]:
    """Yield the scheduled instants up to and including `now`, the latest first, in UTC.

    DST-exact: a local time that does not exist is run at the next that does, one that comes
    twice is run once.
    """
    from cronsim import CronSim

    # Cron walks wall time, which in autumn comes twice: what is due before `now` may lie after
    # it on the wall. Three hours on is further than any clock change.
    start = (now.astimezone(UTC) + timedelta(hours=3)).astimezone(ZoneInfo(schedule.timezone))
    for instant in CronSim(schedule.cron, start, reverse=True):
        slot = instant.astimezone(UTC)
        if slot <= now:
            yield slot


def expected_slots(
    schedule: ScheduleSpec, now: datetime, length: timedelta
) -> tuple[datetime, ...]:
    """Return the scheduled instants in (now - length, now], oldest first."""
    kept = []
    for slot in slots_back(schedule, now):
        if slot <= now - length:
            break
        kept.append(slot)
    return tuple(reversed(kept))


def cadence(schedule: ScheduleSpec, slot: datetime) -> timedelta:
    """Return the usual distance of two slots: the median of the last eight before `slot`."""
    slots = []
    for one in slots_back(schedule, slot):
        slots.append(one)
        if len(slots) == 9:
            break
    steps = sorted(later - earlier for later, earlier in pairwise(slots))
    return steps[len(steps) // 2] if steps else timedelta(days=1)
