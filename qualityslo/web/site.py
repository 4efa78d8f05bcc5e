"""What the pages are made for: one service, its desk and people, and how they are served."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from qualityslo.ports.desk import DeskRecords
from qualityslo.web.seams import Office, People


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the pages are served.

    `hosts` are the values of the Host header that are answered, port included: a name that an
    attacker points at this machine is none of them. `proxies` are the addresses whose
    `proxy_header` names the person; from anywhere else that header means nothing.
    """

    hosts: tuple[str, ...]
    https: bool = False
    proxies: frozenset[str] = frozenset()
    proxy_header: str = "x-remote-user"
    lease: timedelta = timedelta(minutes=15)
    body_limit: int = 256 * 1024

    @property
    def origins(self) -> frozenset[str]:
        """What a browser says in Origin when one of our own pages sends a form."""
        return frozenset(f"{self.scheme}://{host}" for host in self.hosts)

    @property
    def address(self) -> str:
        """Where people find the pages."""
        return f"{self.scheme}://{self.hosts[0]}"

    @property
    def scheme(self) -> str:
        """By which protocol people come."""
        return "https" if self.https else "http"

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; cookies do not know ports, so its name does."""
        return f"qualityslo_session_{self._port}"

    @property
    def visit_cookie(self) -> str:
        """The name of the cookie that binds a visitor's forms before there is a session."""
        return f"qualityslo_visit_{self._port}"

    @property
    def _port(self) -> str:
        return re.sub(r"\W", "_", self.hosts[0].rpartition(":")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything that a page may use; `mint` makes names that nobody can guess."""

    service: str
    desk: DeskRecords
    people: People
    office: Office
    settings: Settings
    clock: Callable[[], datetime]
    mint: Callable[[], str]
    version: str = field(default="")
