"""Serving the pages: which names the server answers to, its address, the desk kept filled."""

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self

from qualityslo.bootstrap import Service
from qualityslo.errors import QualitySloError, UsageError
from qualityslo.jobs.desk import desk_of, refresh_desk
from qualityslo.web.app import make_app
from qualityslo.web.books import Books
from qualityslo.web.seams import People
from qualityslo.web.site import Settings, Site
from qualityslo.web.templating import static_version

if TYPE_CHECKING:
    from datetime import datetime

REFRESH_S = 60.0


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes any that is free.

    Raises:
        UsageError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(
            f"--host {host} --port {port}: {error.strerror or error}; take another port, or 0"
        ) from error


def hosts_of(host: str, port: int, names: Sequence[str]) -> tuple[str, ...]:
    """Return the values of the Host header that are answered.

    Args:
        host: the address that is listened on.
        port: the port, as it is.
        names: what people call the server, port included where it is not the usual one.

    Raises:
        UsageError: it listens to others than this machine, and nobody said under which name.

    >>> hosts_of("127.0.0.1", 8765, [])
    ('127.0.0.1:8765', 'localhost:8765')
    """
    if names:
        return tuple(name.lower() for name in names)
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(
            f"--host {host} lets other machines in: say with --name under which name they ask "
            "(for example --name review.example.org), and serve through a proxy with TLS (--https)"
        )
    shown = f"[{host}]" if ":" in host else host
    return tuple(dict.fromkeys((f"{shown}:{port}", f"localhost:{port}")))


def site_of(
    service: Service,
    people: People,
    settings: Settings,
    clock: "Callable[[], datetime]",
    mint: Callable[[], str],
) -> Site:
    """Return the site of a service."""
    return Site(
        service=service.plan.service,
        desk=desk_of(service.parts),
        people=people,
        office=Books(service.plan, service.parts, clock),
        settings=settings,
        clock=clock,
        mint=mint,
        version=static_version(),
    )


class Refresher:
    """Fills the desk at the start, and every minute beside the pages, in one thread."""

    def __init__(
        self,
        service: Service,
        clock: "Callable[[], datetime]",
        tell: Callable[[str], None],
        every_s: float = REFRESH_S,
    ) -> None:
        """Make a refresher; `tell` is told what went wrong, once as long as it stays the same."""
        self._service = service
        self._clock = clock
        self._tell = tell
        self._every_s = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="desk refresh", daemon=True)
        self._told = ""

    def __enter__(self) -> Self:
        """Fill the desk, then go on in the background."""
        self.refresh()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; a refresh that is going on ends first."""
        self._over.set()
        self._thread.join()

    def refresh(self) -> None:
        """Fill the desk once; what fails is told and tried again later."""
        try:
            service = self._service
            refresh_desk(service.plan, service.parts, self._clock(), service.checks)
        except QualitySloError as error:
            self._tell_once(f"the desk was not filled: {error}")
        else:
            self._told = ""

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            self.refresh()

    def _tell_once(self, text: str) -> None:
        if text != self._told:
            self._tell(text)
        self._told = text


def serve(site: Site, listening: socket.socket) -> None:
    """Answer until the process is interrupted; forms that are being stored are finished first."""
    import uvicorn

    config = uvicorn.Config(
        make_app(site),
        log_level="warning",
        access_log=False,
        server_header=False,
        # a header must not say who asks: the settings' own list of proxies decides that
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run(sockets=[listening])
