"""A PostgreSQL server to throw away: a cluster of its own, run by somebody who is not root."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_DEBIAN = Path("/usr/lib/postgresql")


@contextmanager
def throwaway_server() -> Iterator[str]:
    """Start a server on a free loopback port; yield the URL of its one, empty database.

    `QUALITYSLO_TEST_POSTGRES` may name a database (`postgresql://...`) to use, and to empty, instead.
    """
    given = os.environ.get("QUALITYSLO_TEST_POSTGRES")
    if given:
        yield given
        return
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not installed")
    folder = Path(tempfile.mkdtemp(prefix="qualityslo-postgres-"))
    run = _runner(folder)
    data, port = folder / "data", _free_port()
    # Nothing here outlives the tests, so nothing has to reach the disk.
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control = [programs / "pg_ctl", "-D", data, "-w", "-t", "60"]
    try:
        run([programs / "initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "-N"])
        run([*control, "-o", options, "-l", folder / "log", "start"])
        try:
            yield f"postgresql://tests@127.0.0.1:{port}/postgres"
        finally:
            run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder)


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found is not None and shutil.which("pg_ctl", path=str(Path(found).parent)):
        return Path(found).parent
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    return versions[-1].parent if versions else None


def _runner(folder: Path) -> Any:
    """Return what runs a command as the owner of the folder: PostgreSQL refuses to be root."""
    who: dict[str, Any] = {}
    if os.getuid() == 0:
        names = {one.pw_name for one in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        os.chown(folder, user.pw_uid, user.pw_gid)
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    said = folder / "said"  # a file: the server inherits it, and a pipe would be waited for

    def run(command: list[Any]) -> None:
        with said.open("wb") as output:
            done = subprocess.run(
                [str(word) for word in command],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=120,
                **who,
            )
        assert done.returncode == 0, f"{command[0]}: {said.read_text(errors='replace')[-2000:]}"

    return run


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
