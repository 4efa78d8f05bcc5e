"""Whatever models, golden sets and people write: on every page it stays text."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from qualityslo.domain.golden import Message
from qualityslo.domain.label import LabelValue
from qualityslo.domain.person import Role
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span
from qualityslo.jobs.reviewers import CriterionAgreement, ReviewerFigures
from qualityslo.web.texts import seen
from tests.exports.page import Page
from tests.exports.test_html_hostile import HOSTILE
from tests.web.conftest import Browser, MakeWorld, World
from tests.web.desk import agreed, labels_of, review, share

MORE = [
    "</textarea><script>alert(1)</script>",
    '</select><svg><script href="data:text/javascript,alert(1)"/>',
    '"autofocus onfocus="alert(1)',
    "` onmouseover=alert(1) `",
    '<a href="https://evil.example">click</a> https://evil.example',
    "![x](https://evil.example/pixel.png)",
    "</mark><iframe srcdoc='<script>alert(1)</script>'>",
    "\N{LEFT-TO-RIGHT ISOLATE}\N{POP DIRECTIONAL ISOLATE}\N{POP DIRECTIONAL ISOLATE}out",
    "=cmd|' /C calc'!A0",
    "\ud800 lone",
    "../../etc/passwd",
]
TEXTS = [*HOSTILE, *MORE]
FORBIDDEN = {"iframe", "object", "embed", "base", "img", "svg", "style"}


def hostile_review(text: str) -> Review:
    """Return a review in which models and golden sets wrote only `text`."""
    about = review(
        sendable(text),
        arms={"A": f"{text} 1", "B": f"{text} 2"},
        question=text,
        context=(text, text),
        references=(text, text),
        messages=(Message(role=text, content=f"{text}!"), Message(role="user", content=text)),
        answerable=False,
    )
    criteria = {f"{text} {n}": (text, "f" * 64) for n in (1, 2)}
    return replace(about, criteria=criteria)


def sendable(text: str) -> str:
    """Return a text as a browser would send it."""
    return text.encode("utf-8", "replace").decode()


def visit(make_world: MakeWorld, text: str) -> tuple[World, Browser]:
    """Return a site full of a text, and an all-powerful visitor of that name."""
    about = hostile_review(text)
    place = make_world([about])
    place.desk.said = labels_of(about, text, LabelValue.BAD, text)
    place.desk.marked = {one.id: (Span(start=0, end=1, quote=text),) for one in place.desk.said}
    place.office.agreements = [CriterionAgreement(golden=text, criterion=text, found=agreed())]
    place.office.rows = [
        ReviewerFigures(
            name=text,
            labels=1,
            missing=0,
            median_seconds=None,
            gold=share(),
            self_agreement=None,
            flagged=0,
        )
    ]
    browser = place.reviewer("all", *Role)
    return place, browser


def fill(browser: Browser, text: str, action: str) -> str:
    """Send the review's form with a text in every field that takes one."""
    typed = dict.fromkeys(("note", "other", "find", "quote"), sendable(text))
    extra = {**typed, "action": action}
    return browser.send("/review", extra)


def the_review(_: World, browser: Browser, text: str) -> str:
    """Return the page with a draft in which the text stands everywhere."""
    browser.get("/review")
    fill(browser, text, "look")
    return browser.get("/review")


def the_adjudication(place: World, browser: Browser, text: str) -> str:
    """Return the page that shows what others said."""
    place.desk.seats[0].adjudicates = True
    return browser.get("/review")


def the_refusal(_: World, browser: Browser, text: str) -> str:
    """Return the page that says what is wrong with a form."""
    browser.get("/review")
    return fill(browser, text, "mark")


def the_lost_hold(place: World, browser: Browser, text: str) -> str:
    """Return the page that keeps an answer."""
    browser.get("/review")
    place.desk.expire()
    return fill(browser, text, "submit")


def the_broken_store(place: World, browser: Browser, text: str) -> str:
    """Return the page that keeps an answer while the store is down."""
    browser.get("/review")
    place.desk.down = True
    return fill(browser, text, "look")


def the_token(_: World, browser: Browser, text: str) -> str:
    """Return the door with a token in the address."""
    return browser.get(f"/enter?token={quote(text, errors='replace')}")


def the_labels(place: World, browser: Browser, text: str) -> str:
    """Return the labels of the review."""
    name = quote(place.desk.seats[0].review.id, errors="replace")
    return browser.get(f"/labels?review={name}")


def at(path: str) -> Callable[[World, Browser, str], str]:
    """Return how one gets to an address."""
    return lambda _place, browser, _text: browser.get(path)


PAGES = [
    the_review,
    the_adjudication,
    the_refusal,
    the_lost_hold,
    the_broken_store,
    the_token,
    the_labels,
    pytest.param(at("/mine"), id="mine"),
    pytest.param(at("/queue"), id="the queue"),
    pytest.param(at("/agreement"), id="the agreement"),
    pytest.param(at("/reviewers"), id="the people"),
]
Visit = Callable[[World, Browser, str], str]


def assert_inert(page: Page) -> None:
    """Fail where a page holds anything but our own script, style and addresses."""
    tags = [tag for tag, *_ in page.skeleton]
    assert not set(tags) & FORBIDDEN
    assert tags.count("script") <= 1
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in {"style", "srcdoc", "formaction", "background", "ping", "target"}
        if name in {"href", "src", "action"}:
            assert value == "#main" or (value.startswith("/") and not value.startswith("//"))


@pytest.fixture(scope="module")
def harmless() -> dict[Visit, Page]:
    """Return the pages with a harmless text, as far as they were needed."""
    return {}


@pytest.mark.parametrize("reach", PAGES)
@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_changes_no_tag_and_no_attribute(
    make_world: MakeWorld, text: str, reach: Visit, harmless: dict[Visit, Page]
) -> None:
    page = Page(untokened(reach(*visit(make_world, text), text)))
    assert_inert(page)
    if reach not in harmless:
        harmless[reach] = Page(untokened(reach(*visit(make_world, "harmless"), "harmless")))
    assert unmarked(page) == unmarked(harmless[reach])


def untokened(page: str) -> str:
    """Return a page without the pieces that stand for hidden characters."""
    return re.sub(r'<span class="token [^"]*" data-u="\d">[^<]*</span>', "", page)


def unmarked(page: Page) -> list[tuple[str, ...]]:
    """Return the skeleton of a page without what a search found in it."""
    return [one for one in page.skeleton if one[0] not in {"mark", "/mark"}]


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_is_shown_as_it_was_written(make_world: MakeWorld, text: str) -> None:
    browser = visit(make_world, text)[1]
    shown = "".join(Page(browser.get("/review")).texts).replace("\n", "")
    assert seen(text).replace("[", "").replace("]", "") in shown.replace("[", "").replace("]", "")


@pytest.mark.parametrize("reach", PAGES)
def test_untrusted_text_cannot_turn_its_surroundings_around(
    make_world: MakeWorld, reach: Visit
) -> None:
    text = "\N{RIGHT-TO-LEFT OVERRIDE}x\N{POP DIRECTIONAL ISOLATE}\N{ZERO WIDTH JOINER}\x07"
    page = reach(*visit(make_world, text), text)
    body = page[page.index("<body>") :]
    outside = re.sub(r"(?s)<(textarea|input)[^>]*>([^<]*)", "", body)
    assert not set("\u202e\u2069\u200d\x07") & set(outside)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(exclude_categories=()), min_size=1, max_size=40))
def test_no_text_whatsoever_changes_the_structure(make_world: MakeWorld, text: str) -> None:
    browser = visit(make_world, f"({text})")[1]
    page = Page(untokened(browser.get("/review")))
    harmless = Page(untokened(visit(make_world, "harmless")[1].get("/review")))
    assert unmarked(page) == unmarked(harmless)
