"""Who gets in: every address, every role, forged and foreign requests, tokens and proxies."""

import re
from itertools import product

import pytest
from starlette.routing import Route as Routed
from starlette.websockets import WebSocketDisconnect

from qualityslo.domain.person import Role
from qualityslo.web.access import Access
from qualityslo.web.app import make_app
from qualityslo.web.ask import NOTICES
from qualityslo.web.routes import ROUTES, Route
from qualityslo.web.shell import HEADERS
from tests.web.conftest import HOST, ORIGIN, Browser, MakeWorld, World

FORM = {"content-type": "application/x-www-form-urlencoded"}
GUARDED = [one for one in ROUTES if one.access is not Access.PUBLIC]
FORMS = [one for one in ROUTES if one.method == "POST"]


def named(route: Route) -> str:
    """Return a route as a test's name."""
    return f"{route.method} {route.path}"


def ask(browser: Browser, route: Route, body: str = "", **headers: str) -> int:
    """Send what a page of ours would to an address; return the status."""
    path = route.path.replace("{name}", "review.css")
    sent = {**FORM, **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = browser.client.request(
        route.method, path, content=body, headers=sent, follow_redirects=False
    )
    browser.page = answer.text
    return answer.status_code


def csrf_of(browser: Browser) -> str:
    """Return the token of the visitor's forms."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', browser.get("/mine"))
    return "" if found is None else found[1]


def test_every_address_of_the_application_stands_in_the_table(world: World) -> None:
    app = make_app(world.site)
    routed = {
        (method, one.path)
        for one in app.routes
        if isinstance(one, Routed)
        for method in (one.methods or set()) - {"HEAD"}
    }
    assert len(app.routes) == len(ROUTES)
    assert routed == {(one.method, one.path) for one in ROUTES}
    assert all(isinstance(one.access, Access) for one in ROUTES)


def test_what_is_public_is_the_door_and_the_files() -> None:
    public = {(one.method, one.path) for one in ROUTES if one.access is Access.PUBLIC}
    assert public == {("GET", "/enter"), ("POST", "/enter"), ("GET", "/static/{name}")}


def test_who_may_use_what() -> None:
    allowed = {
        "/review": {"reviewer", "adjudicator"},
        "/mine": {"reviewer", "adjudicator"},
        "/queue": {"reader", "adjudicator", "admin"},
        "/agreement": {"reader", "adjudicator", "admin"},
        "/reviewers": {"reader", "adjudicator", "admin"},
        "/labels.jsonl": {"reader", "adjudicator", "admin"},
        "/labels": {"admin"},
    }
    for one in GUARDED:
        roles = set(one.access.value or ())
        if one.path in {"/", "/leave"}:
            assert roles == set(Role)
        else:
            part = one.path.removesuffix("/revoke")
            part = "/review" if part.startswith("/review/") else part
            assert {role.value for role in roles} == allowed[part], one.path


def test_only_forms_change_anything() -> None:
    assert {one.method for one in ROUTES} == {"GET", "POST"}


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_nobody_gets_in_without_a_session(world: World, route: Route) -> None:
    browser = world.visit()
    browser.get("/enter")
    token = browser.field("csrf", "/enter")
    assert ask(browser, route, f"csrf={token}") == 401


@pytest.mark.parametrize(
    ("route", "role"),
    list(product(GUARDED, Role)),
    ids=lambda value: named(value) if isinstance(value, Route) else f"as {value}",
)
def test_a_role_opens_exactly_what_it_may(world: World, route: Route, role: Role) -> None:
    browser = world.reviewer("somebody", role)
    status = ask(browser, route, f"csrf={world_csrf(world, browser)}")
    assert (status == 403) == (role not in (route.access.value or ()))


def world_csrf(world: World, browser: Browser) -> str:
    """Return the token of a visitor's forms, whatever their role."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', browser.get("/nowhere"))
    assert found is not None
    return found[1]


@pytest.mark.parametrize("route", FORMS, ids=named)
class TestEveryForm:
    """What holds for each address that changes something."""

    def test_needs_the_token_of_its_visitor(self, world: World, route: Route) -> None:
        browser = world.reviewer("all", *Role)
        assert ask(browser, route, "csrf=") == 403
        assert ask(browser, route) == 403
        other = world.reviewer("other", *Role)
        assert ask(browser, route, f"csrf={world_csrf(world, other)}") == 403

    def test_needs_our_own_origin(self, world: World, route: Route) -> None:
        browser = world.reviewer("all", *Role)
        good = f"csrf={world_csrf(world, browser)}"
        for origin in ("https://evil.example", "null", "", f"https://{HOST}", f"{ORIGIN}.evil"):
            assert ask(browser, route, good, origin=origin) == 403

    def test_takes_only_forms(self, world: World, route: Route) -> None:
        browser = world.reviewer("all", *Role)
        good = f"csrf={world_csrf(world, browser)}"
        for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x", ""):
            assert ask(browser, route, good, content_type=kind) == 415

    def test_has_a_bounded_size(self, world: World, route: Route) -> None:
        browser = world.reviewer("all", *Role)
        good = f"csrf={world_csrf(world, browser)}&note="
        assert ask(browser, route, good + "x" * world.site.settings.body_limit) == 413

    def test_says_nothing_to_get(self, world: World, route: Route) -> None:
        browser = world.reviewer("all", *Role)
        if any(one.path == route.path and one.method == "GET" for one in ROUTES):
            return
        assert browser.client.get(route.path).status_code == 404


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_no_address_answers_for_another_host(world: World, route: Route) -> None:
    browser = world.reviewer("all", *Role)
    for host in ("evil.example", "127.0.0.1", "127.0.0.1:80", "localhost:8765.evil.example"):
        assert ask(browser, route, host=host) == 400


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_every_answer_carries_the_headers(world: World, route: Route) -> None:
    browser = world.reviewer("all", *Role)
    path = route.path.replace("{name}", "review.css")
    for headers in ({}, {"host": "evil.example"}, {"origin": "https://evil.example"}):
        answer = browser.client.request(route.method, path, headers=headers)
        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
        kept = "private, max-age=86400" if "static" in path and answer.is_success else "no-store"
        assert answer.headers["cache-control"] == kept


def test_the_policy_lets_nothing_in_from_outside() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert {one for one in policy.split() if one[0] == "'"} == {
        "'none';",
        "'self';",
        "'self'",
    }


def test_a_body_without_a_length_is_bounded_too(world: World) -> None:
    browser = world.reviewer()
    chunks = (b"x" * 65_536 for _ in range(1000))
    answer = browser.client.post("/review", content=chunks, headers=FORM)
    assert answer.status_code == 413


def test_a_form_of_very_many_fields_is_refused(world: World) -> None:
    browser = world.reviewer()
    answer = browser.client.post("/review", content="a=1&" * 5000, headers=FORM)
    assert answer.status_code == 400


def test_an_old_browser_says_by_referer_where_it_comes_from(world: World) -> None:
    browser = world.reviewer()
    del browser.client.headers["origin"]
    token = f"csrf={world_csrf(world, browser)}"
    leave = next(one for one in ROUTES if one.path == "/leave")
    assert ask(browser, leave, token) == 403
    assert ask(browser, leave, token, referer="https://evil.example/review") == 403
    assert ask(browser, leave, token, referer=f"{ORIGIN}/review") == 303


class TestTheDoor:
    """Coming in by a one-time token."""

    def test_a_token_works_once(self, world: World) -> None:
        token = world.people.add("ann", Role.REVIEWER)
        first, second = world.visit(), world.visit()
        for browser in (first, second):
            browser.get(f"/enter?token={token}")
            browser.send("/enter", {})
        assert (first.status, second.status) == (200, 403)
        assert "used or too old" in second.page

    def test_following_the_link_does_not_use_it_up(self, world: World) -> None:
        token = world.people.add("ann", Role.REVIEWER)
        world.visit().get(f"/enter?token={token}")
        assert token in world.people.tokens

    @pytest.mark.parametrize("token", ["", "guess", "token-of-ann\x00", "x" * 100_000])
    def test_a_guess_is_refused(self, world: World, token: str) -> None:
        world.people.add("ann", Role.REVIEWER)
        browser = world.visit()
        browser.get("/enter")
        browser.send("/enter", {"token": token})
        assert browser.status == 403
        assert not world.people.sessions

    def test_a_session_is_new_whatever_cookie_was_there(self, world: World) -> None:
        browser = world.visit()
        name = world.site.settings.cookie
        browser.client.cookies.set(name, "planted", domain="127.0.0.1", path="/")
        browser.get(f"/enter?token={world.people.add('ann', Role.REVIEWER)}")
        browser.send("/enter", {})
        assert "planted" not in world.people.sessions
        assert list(world.people.sessions) == ["session-0-ann"]

    def test_the_cookie_before_it_is_for_the_server_alone_too(self, world: World) -> None:
        answer = world.visit().client.get("/enter")
        assert "HttpOnly; Path=/; SameSite=lax" in answer.headers["set-cookie"]

    def test_the_cookie_is_for_the_server_alone(self, make_world: MakeWorld) -> None:
        place = make_world(https=True)
        browser = place.visit()
        browser.client.headers["origin"] = f"https://{HOST}"
        browser.client.base_url = f"https://{HOST}"
        browser.get(f"/enter?token={place.people.add('ann', Role.REVIEWER)}")
        csrf = browser.field("csrf", "/enter")
        answer = browser.client.post(
            "/enter", data={"csrf": csrf, "token": "token-of-ann"}, follow_redirects=False
        )
        cookie = answer.headers["set-cookie"]
        for part in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
            assert part in cookie
        assert "8765" in cookie.partition("=")[0]

    def test_leaving_ends_the_session_on_the_server(self, world: World) -> None:
        browser = world.reviewer()
        browser.get("/mine")
        browser.send("/leave", {})
        assert not world.people.sessions
        browser.get("/mine")
        assert browser.status == 401

    def test_a_role_that_is_taken_away_is_gone_at_once(self, world: World) -> None:
        browser = world.reviewer("ann", Role.ADMIN)
        browser.get("/labels")
        assert browser.status == 200
        world.people.add("ann", Role.REVIEWER)
        browser.get("/labels")
        assert browser.status == 403

    def test_a_person_who_is_removed_is_out_at_once(self, world: World) -> None:
        browser = world.reviewer()
        del world.people.known["ann"]
        browser.get("/review")
        assert browser.status == 401

    @pytest.mark.parametrize(
        ("role", "home"),
        [
            (Role.REVIEWER, "/review"),
            (Role.ADJUDICATOR, "/review"),
            (Role.READER, "/queue"),
            (Role.ADMIN, "/queue"),
        ],
    )
    def test_the_start_is_where_the_work_is(self, world: World, role: Role, home: str) -> None:
        browser = world.reviewer("ann", role)
        answer = browser.client.get("/", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, home)


class TestAProxy:
    """Who comes through a proxy that names them."""

    @pytest.fixture
    def place(self, make_world: MakeWorld) -> World:
        """Return a site behind a proxy."""
        place = make_world(proxies=frozenset({"10.0.0.1"}))
        place.people.add("ann", Role.REVIEWER)
        return place

    def test_is_believed_from_its_own_address(self, place: World) -> None:
        browser = place.visit("10.0.0.1")
        browser.client.headers["x-remote-user"] = "ann"
        assert "of today" in browser.get("/review")
        browser.send("/review", {"note": "hello", "action": "look"})
        assert browser.status == 200
        assert place.desk.drafts["r1", "ann"].note == "hello"

    def test_is_not_believed_from_anywhere_else(self, place: World) -> None:
        browser = place.visit("10.0.0.2")
        browser.client.headers["x-remote-user"] = "ann"
        browser.client.headers["x-forwarded-for"] = "10.0.0.1"
        browser.get("/review")
        assert browser.status == 401

    @pytest.mark.parametrize("name", ["", "mallory", "ANN"])
    def test_names_somebody_who_is_known(self, place: World, name: str) -> None:
        browser = place.visit("10.0.0.1")
        browser.client.headers["x-remote-user"] = name
        browser.get("/review")
        assert browser.status == 401

    def test_form_is_of_the_person_it_was_made_for(self, place: World) -> None:
        place.people.add("bob", Role.REVIEWER)
        browser = place.visit("10.0.0.1")
        browser.client.headers["x-remote-user"] = "ann"
        browser.get("/review")
        browser.client.headers["x-remote-user"] = "bob"
        browser.send("/review", {"note": "typed as ann", "action": "look"})
        assert browser.status == 403
        assert not place.desk.drafts

    def test_decides_alone_who_it_is(self, place: World) -> None:
        """A session of somebody else does not count where the proxy names nobody."""
        browser = place.reviewer("bob")
        assert "of today" in browser.get("/review")
        through = place.visit("10.0.0.1")
        through.client.cookies = browser.client.cookies
        through.get("/review")
        assert through.status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2f..%2fapp.py",
        "/static/%2e%2e/site.py",
        "/static/review.css%00.svg",
        "/static//etc/passwd",
        "/docs",
        "/openapi.json",
        "/redoc",
        "/REVIEW",
    ],
)
def test_there_is_nothing_else(world: World, path: str) -> None:
    browser = world.reviewer("all", *Role)
    browser.get(path)
    assert browser.status == 404


def test_notices_are_ours_alone(world: World) -> None:
    browser = world.reviewer()
    assert "your account" not in browser.get("/mine?said=your+account+is+locked")
    assert NOTICES["undone"] in browser.get("/mine?said=undone")


def test_there_are_no_web_sockets(world: World) -> None:
    client = world.visit().client
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/review"):
        pass
