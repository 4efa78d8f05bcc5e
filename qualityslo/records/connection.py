"""Reaching a tracking server without ever waiting long for it, and without a trace in the host."""

import logging
import os
import socket
import threading
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from qualityslo.errors import InfrastructureError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import URL

PROBE_S = 2.0

_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}
_DATABASES = {"sqlite", "postgresql", "mysql", "mssql"}
_LOGGERS = ("mlflow", "alembic", "urllib3.connectionpool")
_surroundings = threading.Lock()


class TrackerError(InfrastructureError):
    """The tracker cannot be reached or refuses; the report is safe and can be told again."""


def check_uri(uri: str) -> str:
    """Return the URI of a tracking store that MLflow can use.

    Raises:
        UsageError: a folder or a `file:` URI, which MLflow no longer writes to.
    """
    scheme = urlsplit(uri).scheme
    is_drive = len(scheme) == 1  # C:\runs
    if uri == "databricks" or (scheme not in {"", "file"} and not is_drive):
        return uri
    folder = urlsplit(uri).path if scheme == "file" else uri
    remedy = f"sqlite:///{folder.rstrip('/') or 'runs'}/mlflow.db"
    raise UsageError(
        f"mlflow tracking_uri={uri!r} is a folder, which MLflow no longer records into; "
        f"write {remedy!r}, or the address of a server such as 'http://localhost:5000'"
    )


def shown(uri: str) -> str:
    """Return a URI as it may be shown: without its password.

    >>> shown("postgresql://me:secret@db/mlflow")
    'postgresql://me:***@db/mlflow'
    """
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    return uri.replace(f":{parts.password}@", ":***@", 1)


def probe(uri: str, timeout_s: float = PROBE_S) -> None:
    """Find out within seconds whether a tracking store is there.

    MLflow itself asks a dead server again for minutes. A server behind a proxy is not probed:
    only the proxy can reach it.

    Raises:
        TrackerError: nobody listens, or a database refuses.
        UsageError: the driver of a database is not installed.
    """
    parts = urlsplit(uri)
    kind = parts.scheme.partition("+")[0]
    host = parts.hostname
    if host and not (kind in {"http", "https"} and _proxied(parts)):
        _knock(uri, host, parts.port or _PORTS.get(kind, 0), timeout_s)
    if kind in _DATABASES:
        _open_database(uri, kind, timeout_s)


def _proxied(parts: SplitResult) -> bool:
    proxies = urllib.request.getproxies()
    has_proxy = parts.scheme in proxies or "all" in proxies
    return has_proxy and not urllib.request.proxy_bypass(parts.hostname or "")


def _knock(uri: str, host: str, port: int, timeout_s: float) -> None:
    if not port:
        return
    try:
        socket.create_connection((host, port), timeout_s).close()
    except OSError as error:
        raise TrackerError(
            f"MLflow at {shown(uri)!r} does not accept connections: {error}"
        ) from None


def _open_database(uri: str, kind: str, timeout_s: float) -> None:
    import sqlalchemy

    # the drivers of these two agree on the name of the setting, and wait for ever without it
    patient = kind in {"postgresql", "mysql"}
    options = {"connect_timeout": int(timeout_s)} if patient else {}
    try:
        if (path := sqlite_path(sqlalchemy.make_url(uri))) is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        engine = sqlalchemy.create_engine(uri, connect_args=options)
        engine.connect().close()
        engine.dispose()
    except (ImportError, sqlalchemy.exc.NoSuchModuleError) as error:
        raise UsageError(
            f"mlflow tracking_uri={shown(uri)!r} needs a database driver: {error}; install it with pip"
        ) from None
    except (OSError, sqlalchemy.exc.SQLAlchemyError) as error:
        raise TrackerError(
            f"MLflow's database {shown(uri)!r} cannot be opened: {one_line(error)}"
        ) from None


def sqlite_path(url: "URL") -> Path | None:
    """Return the file of an SQLite store, or None for everything else."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database).resolve()


def one_line(error: BaseException) -> str:
    """Return the first line of an error that says something, at most 300 characters."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"[:300]


def timed_out(error: BaseException) -> bool:
    """Return whether a timeout is what an error goes back to, in whichever library's words."""
    chain: BaseException | None = error
    while chain is not None:
        if "Timeout" in type(chain).__name__:
            return True
        chain = chain.__cause__ or chain.__context__
    return False


@contextmanager
def surroundings(timeout_s: float) -> Iterator[None]:
    """Make MLflow impatient and silent for a while, then leave everything as it was.

    MLflow reads its retries, timeouts and progress bars from the process environment at every
    request and has no argument for them, so that this is the one place that writes to it. One
    recording at a time: the environment is shared by all threads.
    """
    settings = {
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # the outbox tries again, later
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(max(1, round(timeout_s))),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # stdout belongs to --json
    }
    with _surroundings, _environment(settings), warnings.catch_warnings():
        # deprecations inside MLflow and its dependencies are not this program's to report
        warnings.simplefilter("ignore")
        import mlflow  # noqa: F401 - it configures its own logging, once, when first imported

        with _muted(_LOGGERS):
            yield


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _muted(names: tuple[str, ...]) -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
