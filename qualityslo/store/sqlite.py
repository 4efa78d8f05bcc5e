"""SQLite: all that is said in its own words. The default store, one file on a local disk."""

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualityslo.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

BUSY_TIMEOUT_S = 30
# File systems on which SQLite's locks and its shared memory cannot be relied on.
NETWORK_FILE_SYSTEMS = frozenset(
    {"afs", "ceph", "cifs", "fuse.sshfs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}
)
# Options of a transaction: that it writes, and that its commit need not wait for the disk.
WRITES_AT_ONCE = "qualityslo_writes"
IN_PASSING = "qualityslo_in_passing"
_SYNCHRONOUS = "qualityslo_synchronous"


def create_sqlite_engine(path: Path) -> "Engine":
    """Return an engine whose transactions begin when they say so, writing ones at once.

    A commit waits until the disk has it (`synchronous=FULL`): a label is never lost to a power
    cut. One made in passing does not (`NORMAL`): it survives the end of the process, and the next
    commit that waits takes it along.
    """
    from sqlalchemy import URL, create_engine, event

    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_TIMEOUT_S}
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        for pragma in ("foreign_keys = ON", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: "Connection") -> None:
        options = connection.get_execution_options()
        level = "NORMAL" if IN_PASSING in options else "FULL"
        if connection.info.setdefault(_SYNCHRONOUS, "FULL") != level:
            connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
            connection.info[_SYNCHRONOUS] = level
        connection.exec_driver_sql("BEGIN IMMEDIATE" if WRITES_AT_ONCE in options else "BEGIN")

    return engine


def use_write_ahead_log(engine: "Engine") -> None:
    """Switch the file to WAL, where readers and the writer do not wait for each other."""
    pooled = engine.raw_connection()
    try:
        connection = pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")
    finally:
        pooled.close()


def integrity_faults(connection: "Connection") -> list[str]:
    """Return what SQLite finds wrong with its file; reads all of it."""
    rows = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    return [] if rows == ["ok"] else [str(row) for row in rows]


def back_up(path: Path, backup: Path) -> None:
    """Copy a database file while others may be using it."""
    source, target = sqlite3.connect(path), sqlite3.connect(backup)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()


def prepare_file(path: Path) -> None:
    """Create the folder of a database file, and refuse places that cannot hold one.

    Raises:
        StoreError: says which place, and what to do.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        directory, present = path.is_dir(), path.exists()
    except OSError as error:
        raise StoreError(
            f"cannot use {path} as the store: {error.strerror}; check the path and its permissions"
        ) from error
    if directory:
        raise StoreError(
            f"{path} is a directory; name a file inside it, such as {path / 'facts.db'}"
        )
    for place in (path, path.parent) if present else (path.parent,):
        if not os.access(place, os.R_OK | os.W_OK, effective_ids=_effective_ids()):
            raise StoreError(
                f"no permission to read and write {place}; the store needs both on the file and "
                "its folder: change the permissions, or name another file"
            )
    kind = network_file_system(path, _mounts())
    if kind is not None:
        raise StoreError(
            f"{path} lies on a network file system ({kind}), where SQLite loses data: "
            "name a file on a local disk, or use a PostgreSQL URL"
        )


def _effective_ids() -> bool:
    return os.access in os.supports_effective_ids


def _mounts() -> str:
    try:
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # not Linux: not checked


def network_file_system(path: Path, mounts: str) -> str | None:
    """Return the kind of network file system that a path lies on, or None.

    Args:
        path: any path.
        mounts: the text of `/proc/self/mounts`, one mount a line: device, folder, kind, ...

    >>> network_file_system(Path("/data/a.db"), "srv:/x /data nfs4 rw 0 0")
    'nfs4'
    """
    where = path.resolve()
    best, found = -1, ""
    for line in mounts.splitlines():
        _, folder, kind, *_ = line.split(" ")
        mounted = Path(folder.replace("\\040", " "))
        # The last of several mounts on one folder is the one that is seen.
        if where.is_relative_to(mounted) and len(mounted.parts) >= best:
            best, found = len(mounted.parts), kind
    return found if found in NETWORK_FILE_SYSTEMS else None


_REMEDIES = {
    sqlite3.SQLITE_FULL: (
        "the disk is full; what was committed is safe: free some space and run the same command again"
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk failed or is full; what was committed is safe: check the disk, then run the same "
        "command again"
    ),
    sqlite3.SQLITE_READONLY: "no permission to write; change the permissions, or name another file",
    sqlite3.SQLITE_PERM: "no permission; change the permissions, or name another file",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that the folder exists and may be written",
    sqlite3.SQLITE_BUSY: (
        f"another process has kept it locked for {BUSY_TIMEOUT_S} s; wait for it to end, then run "
        "the same command again"
    ),
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore a backup, or move it away to start anew",
    sqlite3.SQLITE_NOTADB: (
        "the file is no SQLite database, or its first page is damaged; name another file, restore a "
        "backup, or move it away to start anew"
    ),
}


def remedy(error: sqlite3.Error) -> str:
    """Return what an error of SQLite means for people, and what they can do."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return str(error)
    text = _REMEDIES.get(code & 0xFF)  # the low byte is the kind, the rest its variety
    return str(error) if text is None else f"{text} (SQLite says: {error})"
