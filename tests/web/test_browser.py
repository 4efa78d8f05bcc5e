"""The pages in a real browser: by keyboard, interrupted, twice, without script, on a phone."""

import json
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from qualityslo.domain.label import LabelValue
from qualityslo.domain.person import Role
from qualityslo.domain.review import Review
from qualityslo.domain.span import Span, SpanKind
from qualityslo.web.app import make_app
from qualityslo.web.texts import find
from tests.web.desk import FakeDesk, FakePeople, labels_of, make_site, review
from tests.web.test_hostile import TEXTS, hostile_review, sendable

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Return the driver of browsers."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Return a browser without a window."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


@dataclass
class Visit:
    """A served site and one page of a browser at it, signed in."""

    desk: FakeDesk
    people: FakePeople
    page: Page
    origin: str

    def go(self, path: str) -> None:
        """Go to an address of the site."""
        self.page.goto(f"{self.origin}{path}")

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def submit(self) -> None:
        """Press what submits, and wait for the next page."""
        with self.page.expect_navigation():
            self.press("Control+Enter")

    @property
    def forms(self) -> list[dict[tuple[str, str], str]]:
        """What was handed in, in order."""
        return [
            {place: value.value for place, value in one.form.values.items()}
            for _, _, one in self.desk.submissions.values()
        ]


MakeVisit = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser) -> Iterator[MakeVisit]:
    """Return a maker of visits to sites over reviews."""
    visits: list[list[str]] = []
    with ExitStack() as stack:

        def make(
            reviews: Sequence[Review] | None = None, site: Any = None, **context: Any
        ) -> Visit:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            host = f"127.0.0.1:{listening.getsockname()[1]}"
            some = [review()] if reviews is None else reviews
            served = make_site(some, host, **(site or {}))
            stack.callback(serve(served, listening))
            settings = {"timezone_id": "UTC", "viewport": {"width": 1280, "height": 800}}
            browsing: BrowserContext = chromium.new_context(**{**settings, **context})
            stack.callback(browsing.close)
            page = browsing.new_page()
            page.set_default_timeout(10_000)
            troubles: list[str] = []
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on("console", lambda one: troubles.extend(complaints(one)))
            visits.append(troubles)
            page.on("request", lambda one: troubles.extend(foreign(one.url, host)))
            assert isinstance(served.desk, FakeDesk)
            assert isinstance(served.people, FakePeople)
            made = Visit(served.desk, served.people, page, f"http://{host}")
            made.go(f"/enter?token={served.people.add('ann', *Role)}")
            page.get_by_role("button", name="Come in").press("Enter")
            page.wait_for_url("**/review")
            return made

        yield make
    assert visits == [[] for _ in visits]


def complaints(message: ConsoleMessage) -> list[str]:
    """Return what the browser complains about; an answer that is no 200 is no complaint."""
    bad = message.type in {"error", "warning"} and "Failed to load resource" not in message.text
    return [message.text] if bad else []


def serve(site: Any, listening: socket.socket) -> Callable[[], None]:
    """Serve a site in a thread; return how to stop it."""
    config = uvicorn.Config(make_app(site), log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join()

    return stop


def foreign(url: str, host: str) -> list[str]:
    """Return what is wrong with where a request goes."""
    return [] if url.startswith(f"http://{host}/") else [f"a request to {url}"]


def answered(page: Page) -> list[str]:
    """Accept every dialog of a page from now on; return the list of their kinds."""
    kinds: list[str] = []

    def accept(dialog: Dialog) -> None:
        kinds.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    return kinds


def test_ten_items_by_keyboard_alone(visit: MakeVisit) -> None:
    one = visit([review(f"r{n}") for n in range(10)])
    for done in range(10):
        expect(one.page.locator("h1")).to_have_text(f"{done} of today's 10")
        one.press("1", "2", "u", "1" if done % 2 else "2")
        one.submit()
    expect(one.page.locator("h1")).to_have_text("Nothing waits for you")
    last = [form["B", "hallucination"] for form in one.forms]
    assert last == ["bad", "good"] * 5
    assert all(form["A", "correctness"] == "good" for form in one.forms)
    assert all(form["A", "hallucination"] == "bad" for form in one.forms)
    assert all(form["B", "correctness"] == "unsure" for form in one.forms)


def test_a_reload_in_the_middle_loses_nothing(visit: MakeVisit) -> None:
    one = visit()
    one.press("1", "2", "t")
    one.page.keyboard.type("1 2 u s z f ? half a note")
    expect(one.page.locator("#state")).to_have_text("saved 12:00:00")
    one.page.reload()
    expect(one.page.locator("#note")).to_have_value("1 2 u s z f ? half a note")
    expect(one.page.locator("#state")).to_have_text("draft restored")
    assert one.page.locator(".choices :checked").evaluate_all(
        "all => all.map(one => one.value)"
    ) == [
        "good",
        "bad",
    ]
    assert not one.page.locator("#skip").evaluate("one => one.open")
    assert not one.forms


def held_up(call: Callable[..., Any], until: threading.Event) -> Callable[..., Any]:
    """Return a call that waits for something before it is made."""

    def waits(*given: Any) -> Any:
        assert until.wait(timeout=20)
        return call(*given)

    return waits


def test_saved_is_said_only_when_it_is(visit: MakeVisit) -> None:
    one = visit()
    ready = threading.Event()
    one.desk.save, save = held_up(one.desk.save, ready), one.desk.save  # type: ignore[method-assign]  # slower
    one.press("1")
    expect(one.page.locator("#state")).to_have_text("saving…")
    ready.set()
    expect(one.page.locator("#state")).to_have_text("saved 12:00:00")
    one.desk.save = save  # type: ignore[method-assign]  # as it was
    one.desk.down = True
    one.press("2")
    expect(one.page.locator("#state")).to_have_text("not saved yet, trying again")
    (draft,) = one.desk.drafts.values()
    assert dict(draft.values) == {("A", "correctness"): LabelValue.GOOD}
    one.desk.down = False
    expect(one.page.locator("#state")).to_have_text("saved 12:00:00")
    (draft,) = one.desk.drafts.values()
    assert len(draft.values) == 2


def test_leaving_unsaved_work_is_asked_about(visit: MakeVisit) -> None:
    one = visit()
    one.desk.down = True
    one.press("1")
    asked = answered(one.page)
    one.page.get_by_role("link", name="Mine").click()
    one.page.wait_for_url("**/mine")
    assert asked == ["beforeunload"]


def test_undo_brings_the_last_one_back(visit: MakeVisit) -> None:
    one = visit([review("r1"), review("r2")])
    one.press("1", "1", "1", "2")
    one.submit()
    one.press("u")
    with one.page.expect_navigation():
        one.press("z")
    assert not one.forms
    assert one.page.locator('input[name="review"]').input_value() == "r1"
    assert one.page.locator(".choice.bad :checked").count() == 1
    one.press("k")  # to the question before the first: the last one
    one.press("1")
    one.submit()
    (form,) = one.forms
    assert form["B", "hallucination"] == "good"
    assert one.desk.drafts["r2", "ann"].values == {("A", "correctness"): LabelValue.UNSURE}


def test_submitting_twice_is_submitting_once(visit: MakeVisit) -> None:
    one = visit([review("r1"), review("r2")])
    one.press("1", "1", "1", "1")
    ready, calls = threading.Event(), []
    submit = held_up(one.desk.submit, ready)

    def counted(*given: Any) -> Any:
        calls.append(given)
        return submit(*given)

    one.desk.submit = counted  # type: ignore[method-assign, assignment]  # slower, and counted
    with one.page.expect_navigation():
        one.press("Control+Enter", "Control+Enter")
        ready.set()
    assert len(calls) == len(one.forms) == 1


def test_an_empty_question_is_pointed_at_without_asking_the_server(visit: MakeVisit) -> None:
    one = visit()
    one.press("1", "1", "1", "Control+Enter")
    expect(one.page.locator("#state")).to_have_text("answer every question first")
    expect(one.page.locator(".ask.active")).to_have_attribute("data-q", "1.1")
    assert not one.forms


def test_a_hold_that_runs_out_keeps_the_answer(visit: MakeVisit) -> None:
    one = visit([review("r1"), review("r2")], site={"lease": timedelta(seconds=3)})
    one.press("1", "1", "1", "1", "t")
    one.page.keyboard.type("typed before")
    one.desk.expire()
    expect(one.page.locator("#lost")).to_be_visible()
    expect(one.page.locator("#state")).to_have_text("not saved")
    one.page.keyboard.type(" and after")
    one.submit()
    expect(one.page.locator("h1")).to_have_text("Your hold on this item has run out")
    expect(one.page.locator("main")).to_contain_text("typed before and after")
    assert not one.forms
    with one.page.expect_navigation():
        one.press("Enter")  # the button that claims again has the focus
    ((about, _, sent),) = one.desk.late
    assert (about, sent.form.note, len(sent.form.values)) == ("r1", "typed before and after", 4)


def test_a_draft_that_comes_too_late_says_so(visit: MakeVisit) -> None:
    one = visit()
    one.desk.expire()
    one.press("1")
    expect(one.page.locator("#lost")).to_be_visible()
    expect(one.page.locator("#state")).to_have_text("not saved")


def test_the_hold_is_kept_while_the_page_is_open(visit: MakeVisit) -> None:
    one = visit(site={"lease": timedelta(seconds=3)})
    with one.page.expect_response("**/review/beat") as beat:
        pass
    assert beat.value.status == 200


def test_everything_works_without_script(visit: MakeVisit) -> None:
    one = visit([review("r1"), review("r2"), review("r3")], java_script_enabled=False)
    page = one.page
    page.get_by_label("Find in the context").fill("80 kg")
    page.get_by_label("Find in the context").press("Enter")
    expect(page.locator("mark.found")).to_have_text("80 kg")
    page.get_by_text("Mark a piece of an answer").click()
    page.get_by_label("Copied from the answer").fill("210 kg")
    page.get_by_label("It is about").select_option("Answer B, hallucination")
    page.get_by_role("button", name="Mark it").click()
    expect(page.locator("mark.unsupported")).to_have_text("210 kg")
    for name in ("0.0", "0.1", "1.0"):
        page.locator(f'[name="v.{name}"][value="good"]').check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("every answer")
    page.locator('[name="v.1.1"][value="bad"]').check()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#state")).to_have_text("Stored.")
    page.get_by_text("Skip this item").click()
    page.get_by_label("This needs an expert").check()
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_role("button", name="Undo the last").click()
    expect(page.get_by_label("This needs an expert")).to_be_checked()
    (sent,) = [one for _, _, one in one.desk.submissions.values()]
    (span,) = sent.form.spans["B", "hallucination"]
    assert span.quote == "210 kg"


def select(page: Page, arm: str, quote: str) -> None:
    """Select a piece of an answer, as a person does with a mouse."""
    page.evaluate(
        """([arm, quote]) => {
          const box = document.querySelector(`[data-text="${arm}"]`);
          const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.data.indexOf(quote);
            if (at < 0) continue;
            const range = new Range();
            range.setStart(node, at);
            range.setEnd(node, at + quote.length);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            return;
          }
        }""",
        [arm, quote],
    )


def painted(page: Page, name: str) -> list[str]:
    """Return the pieces of text that are painted under a name."""
    found = page.evaluate("name => [...(CSS.highlights.get(name) || [])].map(String)", name)
    return [str(one) for one in found]


def test_a_selection_becomes_a_mark_of_the_stored_text(visit: MakeVisit) -> None:
    text = "\N{ROCKET}\u200d\u202e \r\nIt carries 210 kg \N{ROCKET} and 80 kg."
    one = visit([review(arms={"A": text})])
    select(one.page, "a0", "210 kg")
    expect(one.page.locator("#marker")).to_be_visible()
    one.page.locator("#marker-about").select_option("hallucination")
    one.press("h")
    expect(one.page.locator(".marks li")).to_contain_text("210 kg")
    assert painted(one.page, "unsupported") == ["210 kg"]
    select(one.page, "a0", "80 kg")
    expect(one.page.locator("#marker")).to_be_visible()
    one.press("c")
    assert painted(one.page, "contradicted") == ["80 kg"]
    expect(one.page.locator("#state")).to_have_text("saved 12:00:00")
    one.page.reload()
    assert painted(one.page, "unsupported") == ["210 kg"]
    one.page.locator(".marks li", has_text="80 kg").get_by_role("button").click()
    assert painted(one.page, "contradicted") == []
    one.press("1", "2")
    one.submit()
    ((_, _, sent),) = one.desk.submissions.values()
    start = text.index("210 kg")
    span = Span(start=start, end=start + 6, quote="210 kg", kind=SpanKind.UNSUPPORTED)
    assert dict(sent.form.spans) == {("A", "hallucination"): (span,)}


def test_a_claim_is_found_in_the_context(visit: MakeVisit) -> None:
    one = visit()
    one.press("/")
    one.page.keyboard.type("80  KG")
    expect(one.page.locator("#found")).to_have_text("1 place")
    assert painted(one.page, "found") == ["80 kg"]
    one.press("Escape", "n")
    expect(one.page.locator("#found")).to_have_text("1 of 1")
    expect(one.page.get_by_label("Find in the context")).to_have_value("80  KG")
    select(one.page, "a0", "The box holds 80 kg")
    expect(one.page.locator("#found")).to_have_text("2 places")
    assert painted(one.page, "found") == ["holds", "80"]


def test_the_script_searches_as_the_server_does(visit: MakeVisit) -> None:
    context = "80 kg. A box (80.5) holds \N{LATIN SMALL LETTER E WITH ACUTE}clair; HOLDS 80 kg! Its lid has four feet."
    one = visit([review(context=(context,))])
    for query in (
        "holds",
        "80",
        "box (80.5)",
        "it holds an \xc9CLAIR",
        "[.*+?^$",
        "80 KG",
        "x y",
        "all feet and lid",
    ):
        one.page.get_by_label("Find in the context").fill(query)
        wanted = [context[start:end] for start, end in find(context, query)]
        assert painted(one.page, "found") == wanted, query


def test_keys_are_listed_and_stay_out_of_the_list(visit: MakeVisit) -> None:
    one = visit()
    one.press("?")
    expect(one.page.get_by_role("dialog")).to_be_visible()
    one.press("1", "Escape")
    expect(one.page.get_by_role("dialog")).to_be_hidden()
    assert one.page.locator(".choices :checked").count() == 0
    one.press("f", "g", "s")
    expect(one.page.get_by_label("Flag")).to_be_checked()
    assert not one.page.locator("#guide").evaluate("one => one.open")
    expect(one.page.get_by_label("The question or the material is unclear")).to_be_focused()


def test_hostile_texts_do_nothing(visit: MakeVisit) -> None:
    one = visit([hostile_review(sendable(text)) for text in TEXTS])
    dialogs = answered(one.page)
    for seat in one.desk.seats:
        one.go("/review")
        assert one.page.locator('input[name="review"]').input_value() == seat.review.id.replace(
            "\x00", "\ufffd"
        ).replace("\r", "")
        seat.state = "void"
    assert not dialogs


def test_right_to_left_text_runs_right_to_left(visit: MakeVisit) -> None:
    arms = {"A": "\u064a\u062d\u0645\u0644 80 \u0643\u063a", "B": "It carries 80 kg."}
    one = visit([review(arms=arms)])
    directions = one.page.locator(".judged").evaluate_all(
        "all => all.map(one => getComputedStyle(one).direction)"
    )
    assert directions == ["rtl", "ltr"]


def site_pages(one: Visit) -> Iterator[str]:
    """Go from page to page of the whole site; yield the name of each."""
    about = one.desk.seats[0].review
    one.desk.said = labels_of(about, "cleo", LabelValue.BAD, "not so")
    for path in ("/review", "/queue", "/agreement", "/reviewers", "/mine", "/labels?review=r1"):
        one.go(path)
        yield path
    one.desk.seats[0].adjudicates = True
    one.go("/review")
    yield "an adjudication"
    one.page.locator("#submit").evaluate("one => one.form.noValidate = true")
    one.desk.expire()
    one.page.evaluate("document.querySelectorAll('[value=good]').forEach(one => one.checked = 1)")
    one.page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(one.page.locator("h1")).to_have_text("Your hold on this item has run out")
    yield "a hold that ran out"
    one.go("/nowhere")
    yield "nowhere"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(visit: MakeVisit, scheme: str) -> None:
    one = visit([review("r1"), review("r2")], color_scheme=scheme)
    for name in site_pages(one):
        one.page.evaluate(AXE)
        found = one.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        told = [(bad["id"], bad["nodes"][0]["html"]) for bad in found["violations"]]
        assert told == [], f"{name}: {json.dumps(told, indent=1)}"


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param({"width": 360, "height": 740}, id="a phone"),
        pytest.param({"width": 640, "height": 400}, id="a screen at 200 percent"),
        pytest.param({"width": 320, "height": 600}, id="a screen at 400 percent"),
    ],
)
def test_nothing_is_wider_than_a_small_screen(visit: MakeVisit, screen: dict[str, int]) -> None:
    long = "x" * 500
    one = visit([review("r1", question=long, context=(long,), arms={"A": long, "B": "b"})])
    one.page.set_viewport_size({"width": screen["width"], "height": screen["height"]})
    for name in site_pages(one):
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert one.page.evaluate(wide) <= 0, name


def test_focus_is_seen_wherever_it_goes(visit: MakeVisit) -> None:
    one = visit()
    seen = []
    for _ in range(40):
        one.press("Tab")
        seen.append(
            one.page.evaluate(
                """() => {
                  const at = document.activeElement;
                  if (!at || at === document.body) return "nothing";
                  const around = [at, at.closest(".choice")].filter(Boolean);
                  const lit = around.some((one) => getComputedStyle(one).outlineStyle !== "none");
                  return lit ? "" : at.outerHTML.slice(0, 80);
                }"""
            )
        )
    assert [one for one in seen if one not in {"", "nothing"}] == []
    assert seen.count("") > 15
