"""A desk with as many open reviews as a bench or a test wants, and people with a long history."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from qualityslo.domain.draw import Draw, DrawnItem, ReviewRule, ReviewStratum
from qualityslo.domain.estimation import EstimationRule
from qualityslo.domain.golden import Criterion, GoldenItem, GoldenSet
from qualityslo.domain.identity import ModelIdentity
from qualityslo.domain.label import LabelValue
from qualityslo.domain.pairs import GateRule
from qualityslo.domain.plan import DeadlineRule, Plan
from qualityslo.domain.review import Review
from qualityslo.domain.sli import Role
from qualityslo.ports.desk import Form, SeatOffer
from qualityslo.store.database import Database
from qualityslo.store.desk import SqlDesk
from qualityslo.store.facts import SqlFactStore
from qualityslo.store.reviews import SqlReviewQueue

SERVICE = "bench"
SLOT = datetime(2026, 3, 1, 2, tzinfo=UTC)
DUE = datetime(2999, 1, 1, tzinfo=UTC)
_CONTEXT = "The depot keeps its own ledger of permits and the night shift reads the meters. " * 30
_BATCH = 5_000


def plan_of_the_night() -> Plan:
    """Return a plan of one golden set with one human criterion."""
    criterion = Criterion(name="correctness", graders=("exact",), rubric="Is it right?")
    golden = GoldenSet(name="set", location="set", items=1, digest="d", criteria=(criterion,))
    return Plan(
        service=SERVICE,
        slot=SLOT,
        models={Role.BASELINE: ModelIdentity(kind="recorded", name="prod")},
        goldens=(golden,),
        graders={},
        slos=(),
        gate=GateRule(),
        review=ReviewRule(),
        estimation=EstimationRule(),
        deadline=DeadlineRule(),
        seed=7,
        code_version="bench",
    )


def make_reviews(database: Database, count: int) -> list[str]:
    """Store one draw of so many reviews, each with a context of 2.5 kB; return their ids."""
    plan = plan_of_the_night()
    facts, queue = SqlFactStore(database, lambda: SLOT), SqlReviewQueue(database, lambda: SLOT)
    run_id = facts.begin(plan).run_id
    items = [
        GoldenItem(id=f"q{at:06}", question=f"What of {at}?", context=(f"{_CONTEXT}{at}",))
        for at in range(count)
    ]
    for start in range(0, count, _BATCH):
        facts.append_items(run_id, "set", items[start : start + _BATCH])
    drawn = tuple(
        DrawnItem(
            item_id=item.id,
            stratum=ReviewStratum.QUIET,
            position=at,
            inclusion_probability=1.0,
        )
        for at, item in enumerate(items)
    )
    draw = Draw(seed=(1,), alarm_items=0, quiet_items=count, drawn=drawn)
    queue.offer(run_id, "set", draw, [_review(plan, run_id, one) for one in enumerate(items)])
    return [f"r{at:06}" for at in range(count)]


def _review(plan: Plan, run_id: str, placed: tuple[int, GoldenItem]) -> Review:
    at, item = placed
    return Review(
        id=f"r{at:06}",
        run_id=run_id,
        service=plan.service,
        golden="set",
        slot=plan.slot,
        item=item,
        position=at,
        stratum=ReviewStratum.QUIET.value,
        inclusion_probability=1.0,
        arms={"A": f"The answer is {at}. " * 20, "B": "Nobody knows. " * 20},
        roles={"A": ("baseline",), "B": ("candidate",)},
        criteria={"correctness": ("Is it right?", "r" * 64)},
    )


def whole_form(value: LabelValue = LabelValue.GOOD) -> Form:
    """Return a form with every blank of such a review filled in."""
    return Form(values={(arm, "correctness"): value for arm in "AB"})


def open_desk(database: Database) -> SqlDesk:
    """Return a desk by the database's own clock."""
    return SqlDesk(database, lambda: secrets.token_urlsafe(16))


def offer_all(desk: SqlDesk, ids: Sequence[str], *, seats: int) -> None:
    """Offer every review."""
    for start in range(0, len(ids), _BATCH):
        batch = enumerate(ids[start : start + _BATCH], start=start)
        offers = [
            SeatOffer(review_id=one, seats=seats, priority=at, due_at=DUE) for at, one in batch
        ]
        desk.offer(offers)


def give_history(database: Database, reviewer: str, count: int) -> None:
    """Let a person have done the first seat of the first reviews; the second ones stay open.

    That is the worst that there is for the search of their next seat: it passes over all of them.
    """
    from sqlalchemy import insert, literal, select, update

    from qualityslo.store.schema import schema

    seat, handed = schema().seat, schema().submission
    first = (seat.c.service == SERVICE, seat.c.priority < count, seat.c.seat_no == 1)
    when = SLOT + timedelta(hours=6)
    columns = {
        "key": "done " + seat.c.review_id,
        "review_id": seat.c.review_id,
        "seat_no": seat.c.seat_no,
        "service": seat.c.service,
        "purpose": seat.c.purpose,
        "reviewer": literal(reviewer),
        "submitted_at": literal(when, handed.c.submitted_at.type),
        "skipped": literal(False),  # noqa: FBT003 - a value of the row
        "flagged": literal(False),  # noqa: FBT003 - a value of the row
        "client_ms": literal(0),
        "ui_version": literal(""),
        "arm_order": literal([], handed.c.arm_order.type),
        "form": literal({}, handed.c.form.type),
    }
    with database.writing() as connection:
        connection.execute(update(seat).where(*first).values(state="done", reviewer=reviewer))
        rows = select(*columns.values()).where(*first)
        connection.execute(insert(handed).from_select(list(columns), rows))
