"""The books of a desk in a real store."""

from pathlib import Path

import pytest

from qualityslo.domain.label import LabelValue
from qualityslo.domain.span import Span
from qualityslo.engine.local import LocalEngine
from qualityslo.jobs.parts import Parts
from qualityslo.ports.desk import Form
from qualityslo.store.database import open_database
from qualityslo.store.facts import SqlFactStore
from qualityslo.store.outbox import SqlOutbox
from qualityslo.web.books import RECOUNT, Books
from qualityslo.web.seams import Progress
from tests.fakes import FakeClock, FakeProgress
from tests.store.conftest import plan_for
from tests.store.desk_world import NOW, SERVICE, World, hand_in, world_in


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a desk on which three reviews wait."""
    world = world_in(open_database(f"sqlite:///{tmp_path / 'desk.db'}"), 3)
    world.open()
    return world


@pytest.fixture
def clock() -> FakeClock:
    """Return the clock of the books."""
    return FakeClock(NOW)


@pytest.fixture
def books(world: World, clock: FakeClock, tmp_path: Path) -> Books:
    """Return the books of that desk."""
    parts = Parts(
        models={},
        sources={},
        graders={},
        embedder=None,
        store=SqlFactStore(world.database, clock),
        queue=world.queue,
        outbox=SqlOutbox(world.database, clock),
        recorder=None,
        exporters=(),
        engine=LocalEngine(),
        progress=FakeProgress(),
        folder=tmp_path,
        desk=world.desk,
    )
    return Books(plan_for(SERVICE), parts, clock)


def test_only_reviews_of_the_service_are_known(world: World, books: Books) -> None:
    found = books.review(world.reviews[1].id)
    assert found is not None
    assert found.arms == world.reviews[1].arms
    assert books.review("nothing of ours") is None


def test_progress_moves_with_forms_and_is_counted_anew(
    world: World, books: Books, clock: FakeClock
) -> None:
    assert books.progress() == Progress(done=0, of=3)
    world.desk.submit("ann", hand_in(world.claim("ann"), "one"))
    assert books.progress() == Progress(done=0, of=3)  # not counted anew yet
    books.moved(1)
    assert books.progress() == Progress(done=1, of=3)
    world.desk.submit("ben", hand_in(world.claim("ben"), "two"))  # at another server
    clock.move(seconds=RECOUNT.total_seconds() + 1)
    assert books.progress() == Progress(done=2, of=3)
    books.moved(-1)
    assert books.progress() == Progress(done=1, of=3)


def test_a_new_day_begins_at_nothing(world: World, books: Books, clock: FakeClock) -> None:
    world.desk.submit("ann", hand_in(world.claim("ann"), "one"))
    assert books.progress() == Progress(done=1, of=3)
    clock.move(days=1)
    assert books.progress() == Progress(done=0, of=2)


def test_labels_are_exported_with_their_probability_and_marks(world: World, books: Books) -> None:
    lease = world.claim("ann")
    start = lease.review.arms["A"].index("\N{ROCKET}")
    span = Span(start=start, end=start + 1, quote="\N{ROCKET}")
    values = {("A", "correctness"): LabelValue.BAD, ("B", "correctness"): LabelValue.GOOD}
    form = Form(values=values, spans={("A", "correctness"): (span,)}, note="so it is")
    world.desk.submit("ann", hand_in(lease, "one", form))
    rows = {row["value"]: row for row in books.export()}
    assert set(rows) == {"good", "bad"}
    assert rows["bad"]["pi"] == 1.0
    assert rows["bad"]["review_id"] == lease.review.id
    assert rows["bad"]["spans"] == [
        {"start": start, "end": start + 1, "quote": "\N{ROCKET}", "kind": "unsupported"}
    ]
    assert rows["good"]["spans"] == []
