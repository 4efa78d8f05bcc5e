"""Who may use an address, who asks, and whether a form is one of ours."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from qualityslo.domain.person import Person, Role
from qualityslo.web.site import Site

TOKEN_LIMIT = 200  # characters of a cookie or token that are looked at


class Access(Enum):
    """What an address asks of a person: any one of these roles."""

    PUBLIC = None
    SIGNED_IN = frozenset(Role)
    REVIEW = frozenset({Role.REVIEWER, Role.ADJUDICATOR})
    READ = frozenset({Role.READER, Role.ADJUDICATOR, Role.ADMIN})
    MANAGE = frozenset({Role.ADMIN})

    def admits(self, person: Person | None) -> bool:
        """Return whether a person may use the address."""
        if self.value is None:
            return True
        return person is not None and bool(person.roles & self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks, and the secret that their forms are bound to.

    `secret` is that of the session, or of the visit where a proxy names the person or nobody has
    signed in; `is_new` says that the visit began with this request.
    """

    person: Person | None
    secret: str
    is_new: bool = False
    session: str = ""

    @property
    def csrf(self) -> str:
        """What every form of this visitor must carry."""
        name = "" if self.person is None else self.person.name
        message = f"qualityslo csrf\x1f{name}".encode("utf-8", "surrogatepass")
        return hmac.new(self.secret.encode(), message, hashlib.sha256).hexdigest()

    def owns(self, token: str) -> bool:
        """Return whether a form carries this visitor's token."""
        return hmac.compare_digest(self.csrf.encode(), token.encode())


def visitor(
    site: Site, cookies: Mapping[str, str], headers: Mapping[str, str], address: str
) -> Visitor:
    """Return who asks: whom a trusted proxy names, else whose session the cookie is."""
    settings = site.settings
    session = cookies.get(settings.cookie, "")[:TOKEN_LIMIT]
    person = None
    if address in settings.proxies:
        name = headers.get(settings.proxy_header, "").strip()
        person = site.people.named(name) if name else None
    elif session:
        person = site.people.who(session)
        if person is not None:
            return Visitor(person=person, secret=session, session=session)
    visit = cookies.get(settings.visit_cookie, "")[:TOKEN_LIMIT]
    return Visitor(person=person, secret=visit or site.mint(), is_new=not visit)
