"""A PostgreSQL server of one's own, with the disk in earnest, where one is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NOBODY = 65_534  # PostgreSQL refuses to run as root


@contextmanager
def own_server(given: str | None = None) -> Iterator[str | None]:
    """Yield the URL of a database that may be emptied; None where no server is installed.

    Args:
        given: a URL to use instead of a server of one's own, or "-" for none at all.
    """
    programs = _programs()
    if given is not None or programs is None:
        yield None if given == "-" else given
        return
    folder = Path(tempfile.mkdtemp(prefix="qualityslo-bench-"))
    who: dict[str, Any] = {}
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    control = [str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w"]

    def run(command: list[str]) -> None:
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **who)

    try:
        data = str(folder / "data")
        run([str(programs / "initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"])
        port = _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        run([*control, "-o", options, "-l", str(folder / "log"), "start"])
        try:
            yield f"postgresql://bench@127.0.0.1:{port}/postgres"
        finally:
            run([*control, "-m", "fast", "stop"])
    finally:
        shutil.rmtree(folder)


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found is not None and shutil.which("pg_ctl", path=str(Path(found).parent)):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
