"""Opening the store: new, up to date, older, newer, another program's, damaged, out of reach."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qualityslo.errors import StoreError
from qualityslo.store.database import open_database
from qualityslo.store.facts import SqlFactStore
from qualityslo.store.schema import VERSION_TABLE
from tests.store.conftest import Clock, plan_for

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a store's file is to be."""
    return tmp_path / "facts.db"


@pytest.fixture
def without_privileges() -> Iterator[None]:
    """Give up root's power to read and write everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def set_version(path: Path, *versions: str) -> None:
    """Overwrite the revision of a store's schema."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(f"DELETE FROM {VERSION_TABLE}")
        connection.executemany(f"INSERT INTO {VERSION_TABLE} VALUES (?)", [(v,) for v in versions])
    connection.close()


def run_python(program: str, *arguments: str) -> str:
    """Run a program in a new interpreter and return what it prints."""
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class TestOpening:
    """Places that work."""

    def test_a_new_store_has_the_schema_and_opens_again(self, database_url: str) -> None:
        """Facts of the first opening are there at the second."""
        for expected in (0, 1):
            with open_database(database_url) as database:
                store = SqlFactStore(database, Clock())
                assert len(store.runs()) == expected
                store.begin(plan_for())

    @pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
    def test_the_folder_is_created(self, tmp_path: Path, form: str) -> None:
        """A path and its URL are the same place."""
        path = tmp_path / "new" / "with space & 100%" / "facts.db"
        with open_database(form.format(path)) as database:
            assert database.path == path
        assert path.stat().st_size > 0

    def test_commits_reach_the_disk_and_readers_do_not_wait(self, path: Path) -> None:
        """WAL, full synchronisation, foreign keys, on every connection of the pool."""
        expected = {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": 30_000,
        }
        with (
            open_database(str(path)) as database,
            database.reading() as first,
            database.reading() as second,
        ):
            for connection in (first, second):
                for pragma, value in expected.items():
                    assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value

    def test_only_a_commit_made_in_passing_does_not_wait_for_the_disk(self, path: Path) -> None:
        """Whatever the connection was used for before."""
        levels = []
        with open_database(str(path)) as database:
            for in_passing in (False, True, True, False):
                with database.writing(in_passing=in_passing) as connection:
                    levels.append(connection.exec_driver_sql("PRAGMA synchronous").scalar())
        assert levels == [2, 1, 1, 2]

    def test_of_many_appends_one_a_second_waits_for_the_disk(self, path: Path) -> None:
        """A clock that steps back changes nothing about it."""
        from sqlalchemy import event

        at = datetime(2026, 3, 1, tzinfo=UTC)
        times = [0.0, 0.5, 0.9, 1.0, 1.5, -7.0, -6.5]
        levels = []

        def look(connection: "Connection") -> None:
            levels.append(connection.exec_driver_sql("PRAGMA synchronous").scalar())

        with open_database(str(path)) as database:
            clock = Clock()
            SqlFactStore(database, clock).begin(plan_for())
            event.listen(database.engine, "commit", look)
            moments = iter(times)
            store = SqlFactStore(database, lambda: at + timedelta(seconds=next(moments)))
            for _ in times:
                store.append_items(plan_for().run_id, "faq", [])
        assert levels == [2, 1, 1, 2, 1, 2, 1]

    def test_a_file_in_another_journal_mode_is_brought_back_to_wal(self, path: Path) -> None:
        """A restored copy is one."""
        open_database(str(path)).close()
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
        with open_database(str(path)) as database, database.reading() as reading:
            assert reading.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"

    def test_alembic_is_not_loaded_for_an_up_to_date_store(self, path: Path) -> None:
        """Nor for a new one: it costs as much as everything else together."""
        program = (
            "import sys\n"
            "from qualityslo.store.database import open_database\n"
            "open_database(sys.argv[1]).close()\n"
            "print('sqlalchemy' in sys.modules, 'alembic' in sys.modules)\n"
        )
        assert run_python(program, str(path)) == "True False"
        assert run_python(program, str(path)) == "True False"

    def test_importing_the_store_loads_no_database_library(self) -> None:
        """Commands that need no store do not pay for it."""
        program = (
            "import sys\n"
            "import qualityslo.store.facts, qualityslo.store.reviews, qualityslo.store.outbox\n"
            "import qualityslo.store.database, qualityslo.store.upgrade\n"
            "print('sqlalchemy' in sys.modules, 'alembic' in sys.modules)\n"
        )
        assert run_python(program) == "False False"

    def test_many_may_open_one_new_store_at_once(self, database_url: str) -> None:
        """One creates it, the others wait."""

        def begin(attempt: int) -> None:
            with open_database(database_url) as database:
                SqlFactStore(database, Clock()).begin(plan_for(attempt=attempt))

        with ThreadPoolExecutor(12) as pool:
            list(pool.map(begin, range(1, 25)))
        with open_database(database_url) as database:
            assert len(SqlFactStore(database, Clock()).runs()) == 24


class TestRefusing:
    """Places that do not work: the error names the place and the remedy."""

    @pytest.mark.parametrize(
        ("versions", "message"),
        [
            pytest.param(["9999"], "newer qualityslo .*'9999'.*upgrade qualityslo", id="newer"),
            pytest.param([], "older schema .*qualityslo db upgrade", id="without a revision"),
        ],
    )
    def test_another_revision_of_the_schema_is_refused(
        self, path: Path, versions: list[str], message: str
    ) -> None:
        """Never guessed at."""
        open_database(str(path)).close()
        set_version(path, *versions)
        with pytest.raises(StoreError, match=message) as caught:
            open_database(str(path))
        assert str(path) in str(caught.value)

    def test_another_programs_database_is_left_alone(self, path: Path) -> None:
        """Not even its journal mode changes."""
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE experiments (id INTEGER)")
        connection.close()
        before = path.read_bytes()
        with pytest.raises(StoreError, match=r"another program's database .*experiments"):
            open_database(str(path))
        assert path.read_bytes() == before

    def test_a_directory_is_refused(self, tmp_path: Path) -> None:
        """And a file in it proposed."""
        with pytest.raises(StoreError, match=r"is a directory; name a file inside it"):
            open_database(str(tmp_path))

    def test_a_folder_that_cannot_be_created_is_refused(self, tmp_path: Path) -> None:
        """A file is in the way."""
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreError, match="check the path and its permissions"):
            open_database(str(tmp_path / "file" / "sub" / "facts.db"))

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(
                b"not a database at all, but long enough to have a header" * 40, id="text"
            ),
            pytest.param(b"SQLite format 3\x00" + b"\xff" * 4080, id="damaged first page"),
        ],
    )
    def test_a_file_that_is_no_database_is_refused_and_kept(
        self, path: Path, content: bytes
    ) -> None:
        """It may be somebody's only copy."""
        path.write_bytes(content)
        with pytest.raises(StoreError, match=r"damaged|no SQLite database") as caught:
            open_database(str(path))
        assert str(path) in str(caught.value)
        assert path.read_bytes() == content

    @pytest.mark.parametrize(
        ("url", "message"),
        [
            pytest.param("", "needs a file", id="nothing"),
            pytest.param(":memory:", "needs a file", id="memory"),
            pytest.param("sqlite://", "needs a file", id="URL without path"),
            pytest.param("sqlite:///a.db?mode=ro", "needs a file", id="options"),
            pytest.param("mysql://u:secret@h/d", "not a 'mysql' URL", id="another server"),
        ],
    )
    def test_a_url_that_names_no_store_is_refused(self, url: str, message: str) -> None:
        """Without repeating what may be a password."""
        with pytest.raises(StoreError, match=message) as caught:
            open_database(url)
        assert "secret" not in str(caught.value)

    def test_a_server_that_is_not_there_is_named_without_its_password(self) -> None:
        """Port 1 answers nobody."""
        pytest.importorskip("psycopg")
        url = "postgresql://me:secret@127.0.0.1:1/facts"
        with pytest.raises(
            StoreError, match=r"127\.0\.0\.1:1/facts: .*check that the server"
        ) as caught:
            open_database(url)
        assert "secret" not in str(caught.value)

    def test_a_missing_driver_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """PostgreSQL's is not among the dependencies."""
        monkeypatch.setitem(sys.modules, "psycopg", None)
        with pytest.raises(StoreError, match=r"pip install psycopg\[binary\]"):
            open_database("postgresql://me@127.0.0.1:1/facts")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
class TestPermissions:
    """Places that somebody else owns."""

    @pytest.fixture
    def shared(self) -> Iterator[Path]:
        """Return a folder that everybody can enter and only its owner can write."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            open_database(str(folder / "facts.db")).close()
            (folder / "facts.db").chmod(0o444)
            folder.chmod(0o555)
            yield folder
            folder.chmod(0o755)

    @pytest.mark.usefixtures("without_privileges")
    @pytest.mark.parametrize("name", ["facts.db", "new.db"])
    def test_what_may_not_be_written_is_refused_before_any_work(
        self, shared: Path, name: str
    ) -> None:
        """Not after the models have answered."""
        with pytest.raises(StoreError, match="no permission to read and write") as caught:
            open_database(str(shared / name))
        assert str(shared) in str(caught.value)

    def test_a_folder_that_may_not_be_entered_is_refused(
        self, path: Path, without_privileges: None
    ) -> None:
        """The file inside cannot even be looked for."""
        del without_privileges
        folder = path.parent / "closed"
        if os.geteuid() != NOBODY:
            folder.mkdir(mode=0o000)
        with pytest.raises(StoreError, match="Permission denied"):
            open_database(str(folder / "facts.db"))
