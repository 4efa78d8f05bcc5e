"""A site in memory, and browsers without a screen that visit it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from qualityslo.domain.person import Role
from qualityslo.domain.review import Review
from qualityslo.web.app import make_app
from qualityslo.web.site import Site
from tests.web.desk import FakeDesk, FakeOffice, FakePeople, make_site, review

HOST = "127.0.0.1:8765"
ORIGIN = f"http://{HOST}"
EVERYBODY = tuple(Role)


class Form(HTMLParser):
    """The fields of the form of a page that goes to an address."""

    def __init__(self, page: str, action: str) -> None:
        """Read the fields of the forms of a page that go to `action`."""
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._action, self._inside, self._note = action, False, False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a field that a browser would send."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action") == self._action
        if not self._inside or not given.get("name"):
            return
        kind = given.get("type", "text")
        chosen = kind not in {"radio", "checkbox"} or "checked" in given
        if tag == "input" and chosen:
            self.fields.append((given["name"], given.get("value", "")))
        if tag == "textarea":
            self.fields.append((given["name"], ""))
            self._note = True

    def handle_endtag(self, tag: str) -> None:
        """Leave a form or a text field."""
        self._inside = self._inside and tag != "form"
        self._note = self._note and tag != "textarea"

    def handle_data(self, data: str) -> None:
        """Note what stands in a text field."""
        if self._inside and self._note:
            name, value = self.fields[-1]
            self.fields[-1] = (name, value + data.removeprefix("\n"))


@dataclass
class Browser:
    """Somebody who visits the site; sends what a browser would."""

    client: TestClient
    page: str = ""
    status: int = 0

    def get(self, path: str) -> str:
        """Go to a page."""
        answer = self.client.get(path)
        self.page, self.status = answer.text, answer.status_code
        return self.page

    def send(
        self, action: str, extra: Mapping[str, str | list[str]], to: str | None = None
    ) -> str:
        """Send the page's form that goes to `action`, with more fields or other values.

        `to` is another address to send it to, as the page's script does.
        """
        fields = [pair for pair in Form(self.page, action).fields if pair[0] not in extra]
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        for name, given in extra.items():
            data[name] = given if isinstance(given, list) else [given]
        answer = self.client.post(to or action, data=data)
        self.page, self.status = answer.text, answer.status_code
        return self.page

    def field(self, name: str, action: str = "/review") -> str:
        """Return a field of the page's form."""
        return dict(Form(self.page, action).fields)[name]


@dataclass
class World:
    """A site, what is behind it, and its visitors."""

    site: Site
    desk: FakeDesk
    people: FakePeople
    office: FakeOffice
    visit: Callable[..., Browser]

    def reviewer(self, name: str = "ann", *roles: Role) -> Browser:
        """Return the browser of somebody who has signed in."""
        browser = self.visit()
        token = self.people.add(name, *(roles or (Role.REVIEWER,)))
        browser.get(f"/enter?token={token}")
        browser.send("/enter", {})
        return browser


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world() -> Iterator[MakeWorld]:
    """Return a maker of sites over reviews; settings by name."""
    with ExitStack() as stack:

        def make(reviews: list[Review] | None = None, **settings: object) -> World:
            site = make_site(reviews if reviews is not None else [review()], HOST, **settings)
            app = make_app(site)

            def visit(address: str = "127.0.0.1") -> Browser:
                client = TestClient(
                    app,
                    base_url=ORIGIN,
                    headers={"origin": ORIGIN},
                    client=(address, 50000),
                )
                return Browser(stack.enter_context(client))

            assert isinstance(site.desk, FakeDesk)
            assert isinstance(site.people, FakePeople)
            assert isinstance(site.office, FakeOffice)
            return World(site, site.desk, site.people, site.office, visit)

        yield make


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """Return a site with three reviews."""
    return make_world([review("r1"), review("r2"), review("r3")])
