"""SQLite's own troubles: network disks, full disks, damaged pages."""

import sqlite3
from pathlib import Path

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.sli import Role
from qualityslo.errors import StoreError
from qualityslo.store.database import open_database
from qualityslo.store.facts import SqlFactStore
from qualityslo.store.sqlite import network_file_system, remedy
from tests.store.conftest import Clock, items_of, plan_for, response_to

MOUNTS = """\
overlay / overlay rw 0 0
server:/export /data nfs4 rw 0 0
/dev/sdb /data/local ext4 rw 0 0
//nas/share /with\\040space cifs rw 0 0
/dev/sdc /twice ext4 rw 0 0
server:/late /twice nfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        pytest.param("/home/me/facts.db", None, id="the root disk"),
        pytest.param("/data/facts.db", "nfs4", id="a network mount"),
        pytest.param("/data/deep/er/facts.db", "nfs4", id="a folder of a network mount"),
        pytest.param("/data/local/facts.db", None, id="a local disk inside a network mount"),
        pytest.param("/database/facts.db", None, id="a name that only begins alike"),
        pytest.param("/with space/facts.db", "cifs", id="a mount with a space"),
        pytest.param("/twice/facts.db", "nfs", id="the later of two mounts"),
    ],
)
def test_network_file_systems_are_recognised(path: str, kind: str | None) -> None:
    """By the longest mounted folder above the path."""
    assert network_file_system(Path(path), MOUNTS) == kind


def test_a_store_on_a_network_file_system_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite would lose data there."""
    mounts = f"server:/x {tmp_path} nfs rw 0 0\n"
    monkeypatch.setattr("qualityslo.store.sqlite._mounts", lambda: mounts)
    with pytest.raises(StoreError, match=r"network file system \(nfs\).*PostgreSQL"):
        open_database(str(tmp_path / "facts.db"))


def test_a_full_disk_keeps_what_was_committed_and_goes_on_when_there_is_space(
    tmp_path: Path,
) -> None:
    """Whole batches only; the same append succeeds later."""
    path = tmp_path / "facts.db"
    items = items_of(400)
    batches = [items[at : at + 20] for at in range(0, 400, 20)]
    with open_database(str(path)) as database:
        facts = SqlFactStore(database, Clock())
        run_id = facts.begin(plan_for()).run_id
        facts.append_items(run_id, "faq", items)
        with database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 40}")

        def append(batch: list[GoldenItem]) -> None:
            answers = [response_to(item, "long " * 200) for item in batch]
            facts.append_outcomes(run_id, "faq", Role.BASELINE, answers)

        with pytest.raises(StoreError, match="disk is full; what was committed is safe") as caught:
            list(map(append, batches))
        assert str(path) in str(caught.value)
        stored = len(facts.answered(run_id, "faq", Role.BASELINE))
        assert 0 < stored < 400
        assert stored % 20 == 0
        assert database.integrity_faults() == []
        with database.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        list(map(append, batches))
        assert len(facts.answered(run_id, "faq", Role.BASELINE)) == 400


def test_damaged_pages_are_found_and_explained(tmp_path: Path) -> None:
    """By the check for certain, by a query where it meets one."""
    path = tmp_path / "facts.db"
    with open_database(str(path)) as database:
        facts = SqlFactStore(database, Clock())
        run_id = facts.begin(plan_for()).run_id
        facts.append_items(run_id, "faq", items_of(1000))
        assert database.integrity_faults() == []
    content = bytearray(path.read_bytes())
    half = len(content) // 2  # before it lie the schema and the first page of every table
    content[half:] = b"\x55" * (len(content) - half)
    path.write_bytes(content)
    with open_database(str(path)) as database:
        facts = SqlFactStore(database, Clock())
        with pytest.raises(StoreError, match="the file is damaged; restore a backup"):
            facts.columns(run_id, "faq", Role.BASELINE)
        assert database.integrity_faults() != []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(sqlite3.SQLITE_FULL, "the disk is full", id="full"),
        pytest.param(sqlite3.SQLITE_IOERR_WRITE, "the disk failed or is full", id="a variety"),
        pytest.param(sqlite3.SQLITE_READONLY_DBMOVED, "no permission", id="read-only"),
        pytest.param(sqlite3.SQLITE_CANTOPEN, "cannot be opened", id="cannot open"),
        pytest.param(sqlite3.SQLITE_ERROR, "boom", id="anything else in its own words"),
    ],
)
def test_an_error_says_what_to_do(code: int, expected: str) -> None:
    """By the kind of the code, whatever its variety."""
    error = sqlite3.OperationalError("boom")
    error.sqlite_errorcode = code
    assert expected in remedy(error)
    assert "boom" in remedy(error)
