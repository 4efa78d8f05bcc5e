"""Several people at once, on every database: what must not happen does not."""

import pytest

from bench.parts.desk_soak import soak
from qualityslo.store.database import open_database


@pytest.mark.slow
def test_people_at_once_neither_share_seats_nor_lose_labels(database_url: str) -> None:
    """Eight people for some seconds: claims, forms, skips, double clicks, late forms, deaths."""
    with open_database(database_url) as database:
        found = soak(database, people=8, seconds=6, reviews=60)
    assert found.errors == ()
    assert found.faults == 0, found
    assert min(found.stored, found.known, found.lost, found.undone, found.deaths) > 0


@pytest.mark.soak
def test_fifty_people_for_a_minute(database_url: str) -> None:
    """The whole crowd."""
    with open_database(database_url) as database:
        found = soak(database, people=50, seconds=60, reviews=5_000)
    assert found.errors == ()
    assert found.faults == 0, found
