"""The reviewer's page without a script: plain forms, and what becomes of them."""

import html
import re
from dataclasses import replace

import pytest

from qualityslo.domain.label import LabelValue
from qualityslo.domain.person import Role
from qualityslo.domain.span import Span, SpanKind
from qualityslo.errors import LabelError, StoreError
from qualityslo.web.fields import MAX_NOTE
from tests.web.conftest import Browser, Form, MakeWorld, World
from tests.web.desk import labels_of, review

ALL = {"v.0.0": "good", "v.0.1": "bad", "v.1.0": "unsure", "v.1.1": "good"}
SUBMIT = {**ALL, "action": "submit"}


@pytest.fixture
def ann(world: World) -> Browser:
    """Return a reviewer who looks at the first item."""
    browser = world.reviewer()
    browser.get("/review")
    return browser


def test_a_form_is_stored_as_it_was_filled_in(world: World, ann: Browser) -> None:
    key = ann.field("key")
    ann.send("/review", {**SUBMIT, "note": "odd\nbut right", "flag": "1", "ms": "41000"})
    about, who, sent = world.desk.submissions[key]
    assert (about, who, sent.order, sent.client_ms) == ("r1", "ann", ("A", "B"), 41000)
    assert dict(sent.form.values) == {
        ("A", "correctness"): LabelValue.GOOD,
        ("A", "hallucination"): LabelValue.BAD,
        ("B", "correctness"): LabelValue.UNSURE,
        ("B", "hallucination"): LabelValue.GOOD,
    }
    assert (sent.form.note, sent.form.flagged, sent.ui_version) == ("odd\nbut right", True, "test")


def test_the_next_item_follows_and_says_how_far_today_is(world: World, ann: Browser) -> None:
    page = ann.send("/review", SUBMIT)
    assert "<h1>1 of today&#39;s 3</h1>" in page or "<h1>1 of today's 3</h1>" in page
    assert ann.field("review") == "r2"
    assert "Stored." in page


def test_the_page_is_blind(world: World, ann: Browser) -> None:
    assert "secret" not in ann.page  # neither model's name
    assert "0.25" not in ann.page  # nor how likely the item was to be drawn
    assert "alarm" not in ann.page  # nor what graders thought of it


def test_equal_answers_are_shown_once(make_world: MakeWorld) -> None:
    browser = make_world([review(arms={"A": "80 kg"})]).reviewer()
    page = browser.get("/review")
    assert page.count('class="answer"') == 1
    assert "Answer B" not in page


def test_a_blank_left_empty_is_pointed_at_and_nothing_is_lost(world: World, ann: Browser) -> None:
    page = ann.send(
        "/review", {"v.0.0": "good", "v.1.1": "bad", "note": "my note", "action": "submit"}
    )
    assert ann.status == 422
    assert page.count("not answered yet") == 2
    assert 'role="alert"' in page
    assert "Unsure is an answer too" in page
    assert ann.field("v.0.0") == "good"
    assert ann.field("v.1.1") == "bad"
    assert ann.field("note") == "my note"
    assert not world.desk.submissions


def test_the_same_form_twice_is_one_submission(world: World, ann: Browser) -> None:
    first = ann.page
    ann.send("/review", SUBMIT)
    ann.page = first
    page = ann.send("/review", SUBMIT)
    assert "Stored before" in page
    assert len(world.desk.submissions) == 1


def test_a_second_tab_is_told_that_the_item_is_handed_in(world: World, ann: Browser) -> None:
    first = ann.page
    second = ann.get("/review")
    assert ann.field("key") != dict(Form(first, "/review").fields)["key"]
    ann.page = first
    ann.send("/review", SUBMIT)
    ann.page = second
    page = ann.send("/review", {**SUBMIT, "note": "typed in the second tab"})
    assert ann.status == 409
    assert "handed this one in already" in page
    assert "typed in the second tab" in page
    assert "Claim again" not in page
    assert len(world.desk.submissions) == 1


def test_a_lost_hold_keeps_the_answer_and_stores_it_when_asked(world: World, ann: Browser) -> None:
    key = ann.field("key")
    world.desk.expire()
    marked = {"mark": ["1.1:unsupported:11:17"]}
    page = ann.send("/review", {**SUBMIT, **marked, "note": "a long note"})
    assert ann.status == 409
    assert not world.desk.submissions
    assert "a long note" in page
    assert "Answer A, correctness" in page
    assert "Marked pieces" in page
    ann.send("/review/late", {})
    about, who, sent = world.desk.late[0]
    assert (about, who, sent.key, sent.form.note) == ("r1", "ann", key, "a long note")
    assert len(sent.form.values) == 4
    assert [span.quote for span in sent.form.spans["B", "hallucination"]] == ["210 kg"]


def test_a_skip_needs_a_reason(world: World, ann: Browser) -> None:
    page = ann.send("/review", {"action": "skip", "v.0.0": "good"})
    assert ann.status == 422
    assert "say why you skip" in page
    assert ann.field("v.0.0") == "good"
    ann.send("/review", {"action": "skip", "reason": "needs expert"})
    ((_, _, sent),) = world.desk.submissions.values()
    assert sent.form.skipped_because == "needs expert"
    assert dict(sent.form.values) == {("A", "correctness"): LabelValue.GOOD}


def test_a_reason_in_own_words_will_do(world: World, ann: Browser) -> None:
    ann.send("/review", {"action": "skip", "other": "it is about my own work"})
    ((_, _, sent),) = world.desk.submissions.values()
    assert sent.form.skipped_because == "it is about my own work"


def test_enter_in_a_field_hands_nothing_in(world: World, ann: Browser) -> None:
    first_button = re.search(r"<button[^>]*>", ann.page[ann.page.index('id="form"') :])
    assert first_button is not None
    assert 'value="look"' in first_button[0]


def test_looking_keeps_the_draft(world: World, ann: Browser) -> None:
    page = ann.send("/review", {"v.1.0": "bad", "note": "half", "find": "80 KG", "action": "look"})
    assert "Draft saved." in page
    assert ann.field("v.1.0") == "bad"
    assert ann.field("note") == "half"
    assert '<mark class="found">80 kg</mark>' in page
    assert "1 place" in page


def test_a_draft_is_there_after_a_reload(world: World, ann: Browser) -> None:
    ann.send("/review", {"v.0.1": "unsure", "note": "later"}, to="/review/draft")
    ann.get("/review")
    assert ann.field("v.0.1") == "unsure"
    assert ann.field("note") == "later"


def test_a_draft_is_said_to_be_saved_only_when_it_was(world: World, ann: Browser) -> None:
    review_page = ann.page
    ann.send("/review", {"note": "one"}, to="/review/draft")
    assert ann.page == '{"saved": "2026-03-01T12:00:00+00:00", "faults": []}'
    world.desk.expire()
    ann.page = review_page
    ann.send("/review", {"note": "two"}, to="/review/draft")
    assert (ann.status, ann.page) == (409, '{"lost": true}')


def test_a_piece_that_is_half_typed_is_no_fault_of_a_draft(world: World, ann: Browser) -> None:
    ann.send("/review", {"quote": "210 k and a typ", "about": "1.1"}, to="/review/draft")
    assert '"faults": []' in ann.page
    assert not world.desk.drafts["r1", "ann"].spans


def test_a_beat_holds_the_item_for_longer(world: World, ann: Browser) -> None:
    world.desk.clock.move(minutes=10)
    page = ann.page
    ann.send("/review", {}, to="/review/beat")
    assert ann.page == '{"left": 900}'
    world.desk.expire()
    ann.page = page
    ann.send("/review", {}, to="/review/beat")
    assert ann.status == 409


def test_undo_brings_the_form_back_and_keeps_the_draft_at_hand(world: World, ann: Browser) -> None:
    ann.send("/review", {**SUBMIT, "note": "first"})
    assert ann.field("review") == "r2"
    ann.send("/review", {"action": "undo", "v.0.0": "bad", "note": "second"})
    assert ann.field("review") == "r1"
    assert ann.field("note") == "first"
    assert ann.field("v.0.1") == "bad"
    assert not world.desk.submissions
    assert world.desk.drafts["r2", "ann"].note == "second"
    assert world.desk.seats[1].state == "open"  # somebody else may have it


def test_what_can_no_longer_be_taken_back_says_so(world: World, ann: Browser) -> None:
    page = ann.send("/review", {"action": "undo", "undo": "a key of nobody"})
    assert "can no longer be taken back" in page


def test_a_mark_counts_code_points_however_the_browser_counts(make_world: MakeWorld) -> None:
    text = "\N{ROCKET}\N{ROCKET} lands on Mars"
    place = make_world([review(arms={"A": text})])
    ann = place.reviewer()
    ann.get("/review")
    start = text.index("Mars") + 2  # two rockets are two units each in a browser
    mark = f"0.1:contradicted:{start}:{start + 4}"
    ann.send("/review", {"v.0.0": "good", "v.0.1": "bad", "mark": [mark], "action": "submit"})
    ((_, _, sent),) = place.desk.submissions.values()
    span = Span(start=12, end=16, quote="Mars", kind=SpanKind.CONTRADICTED)
    assert dict(sent.form.spans) == {("A", "hallucination"): (span,)}


@pytest.mark.parametrize(
    "mark",
    [
        pytest.param("0.1:unsupported:1:3", id="inside a character"),
        pytest.param("0.1:unsupported:3:2", id="backwards"),
        pytest.param("0.1:unsupported:0:9999", id="beyond the end"),
        pytest.param("9.9:unsupported:0:2", id="of no blank"),
        pytest.param("0.1:made up:0:2", id="of no kind"),
        pytest.param("0.1:unsupported:0:" + "9" * 5000, id="of a huge number"),
        pytest.param("<script>", id="of no shape"),
    ],
)
def test_a_mark_of_nothing_is_refused_and_the_rest_is_kept(
    make_world: MakeWorld, mark: str
) -> None:
    place = make_world([review(arms={"A": "\N{ROCKET} lands"})])
    ann = place.reviewer()
    ann.get("/review")
    ann.send("/review", {"v.0.0": "good", "v.0.1": "bad", "mark": [mark], "action": "submit"})
    assert ann.status == 422
    assert ann.field("v.0.1") == "bad"
    assert not place.desk.submissions


def test_a_pasted_quote_becomes_a_mark_that_can_be_removed(world: World, ann: Browser) -> None:
    paste = {"quote": "210 kg", "about": "1.1", "kind": "unsupported", "action": "mark"}
    page = ann.send("/review", paste)
    assert '<mark class="unsupported">210 kg</mark>' in page
    assert ann.field("mark") == "1.1:unsupported:11:17"
    page = ann.send("/review", {"unmark": "1.1:unsupported:11:17"})
    assert '<mark class="unsupported">' not in page


def test_a_quote_that_the_answer_does_not_say_is_refused(world: World, ann: Browser) -> None:
    paste = {"quote": "90 kg", "about": "1.1", "kind": "unsupported", "action": "mark"}
    page = ann.send("/review", paste)
    assert ann.status == 422
    assert "answer B does not say" in html.unescape(page)


def test_a_note_beyond_measure_is_refused_not_cut(world: World, ann: Browser) -> None:
    note = "x" * (MAX_NOTE + 1)
    ann.send("/review", {**SUBMIT, "note": note})
    assert ann.status == 422
    assert ann.field("note") == note


def test_a_huge_answer_comes_in_parts_that_keep_the_draft(make_world: MakeWorld) -> None:
    text = "first " * 4000 + "needle"
    ann = make_world([review(arms={"A": text})]).reviewer()
    page = ann.get("/review")
    assert "Part 1 of 2" in page
    assert "needle" not in page
    page = ann.send("/review", {"show": "a0:2", "note": "still here"})
    assert "needle" in page
    assert ann.field("note") == "still here"
    assert 'data-units="20000"' in page
    page = ann.send("/review", {"action": "look"})
    assert "needle" in page


def test_a_store_that_is_down_keeps_the_answer(world: World, ann: Browser) -> None:
    world.desk.down = True
    page = ann.send("/review", {**SUBMIT, "note": "do not lose me"})
    assert ann.status == 503
    assert "do not lose me" in page
    world.desk.down = False
    ann.send("/review", {})
    ((_, _, sent),) = world.desk.submissions.values()
    assert sent.form.note == "do not lose me"
    assert len(sent.form.values) == 4


def test_the_reviewer_is_who_signed_in_whatever_the_form_says(world: World, ann: Browser) -> None:
    ann.send("/review", {**SUBMIT, "reviewer": "mallory", "person": "mallory"})
    ((_, who, _),) = world.desk.submissions.values()
    assert who == "ann"


def test_an_adjudicator_sees_both_labels_without_names(make_world: MakeWorld) -> None:
    about = review()
    place = make_world([about])
    place.desk.seats[0].adjudicates = True
    place.desk.said = [
        *labels_of(about, "cleo", LabelValue.BAD, "not in the context"),
        *labels_of(about, "dan", LabelValue.GOOD),
    ]
    place.desk.marked = {
        "r1-cleo-B-hallucination": (Span(start=11, end=17, quote="210 kg"),),
    }
    page = place.reviewer("eve", Role.ADJUDICATOR).get("/review")
    assert page.count("Person 1") == page.count("Person 2") == 4
    assert "not in the context" in page
    assert '<q dir="auto">210 kg</q>' in page
    assert "cleo" not in page
    assert "dan<" not in page


def test_what_nobody_disputes_is_filled_in_for_an_adjudicator(make_world: MakeWorld) -> None:
    about = review()
    place = make_world([about])
    place.desk.seats[0].adjudicates = True
    first = labels_of(about, "cleo", LabelValue.GOOD)
    second = labels_of(about, "dan", LabelValue.GOOD)
    place.desk.said = [replace(first[0], value=LabelValue.BAD), *first[1:], *second]
    eve = place.reviewer("eve", Role.ADJUDICATOR)
    eve.get("/review")
    chosen = dict(Form(eve.page, "/review").fields)
    assert "v.0.0" not in chosen
    assert [chosen[f"v.{name}"] for name in ("0.1", "1.0", "1.1")] == ["good"] * 3


def test_nobody_else_sees_what_others_said(world: World) -> None:
    world.desk.said = labels_of(world.desk.seats[0].review, "cleo", LabelValue.BAD, "a secret")
    page = world.reviewer().get("/review")
    assert "Person 1" not in page
    assert "a secret" not in page


def test_nothing_waits_when_all_is_done(make_world: MakeWorld) -> None:
    ann = make_world([review()]).reviewer()
    ann.get("/review")
    page = ann.send("/review", SUBMIT)
    assert "Nothing waits for you" in page
    ann.send("/review", {"action": "undo"})
    assert ann.field("review") == "r1"


def test_mine_lists_what_was_handed_in(world: World, ann: Browser) -> None:
    ann.send("/review", SUBMIT)
    page = ann.get("/mine")
    assert "labelled" in page
    assert "r1" not in page  # an item that is shown twice does not stand out
    ann.send("/review", {"action": "undo"})
    assert not world.desk.submissions
    assert ann.field("review") == "r1"
    assert "Take it back" in page


def test_an_item_that_was_handed_in_before_is_not_taken_for_this_one(world: World) -> None:
    ann = world.reviewer()
    ann.get("/review")
    ann.send("/review", SUBMIT)
    world.desk.seats[0].state = "open"  # the same item once more, to see whether people agree
    world.desk.seats[1].state = world.desk.seats[2].state = "void"
    world.desk.clock.move(hours=20)
    ann.get("/review")
    assert ann.field("review") == "r1"
    world.desk.expire()
    page = ann.send("/review", SUBMIT)
    assert ann.status == 409
    assert "Claim again and submit" in page
    assert "already" not in page


def test_a_mistake_of_ours_keeps_the_answer(
    world: World, ann: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    world.desk.submit, kept = broken, world.desk.submit  # type: ignore[method-assign, assignment]  # the bug
    page = ann.send("/review", {**SUBMIT, "note": "do not lose me"})
    assert ann.status == 500
    assert "do not lose me" in page
    assert "a bug" in caplog.text
    assert "a bug" not in page
    world.desk.submit = kept  # type: ignore[method-assign]  # and its end
    ann.send("/review", {})
    ((_, _, sent),) = world.desk.submissions.values()
    assert sent.form.note == "do not lose me"


def test_a_form_of_an_older_session_is_kept(world: World, ann: Browser) -> None:
    page = ann.page
    ann.send("/leave", {})
    world.people.tokens["again"] = world.people.known["ann"]
    ann.get("/enter?token=again")
    ann.send("/enter", {})
    ann.page = page
    page = ann.send("/review", {**SUBMIT, "note": "typed before"})
    assert ann.status == 403
    assert "typed before" in page
    assert not world.desk.submissions
    ann.send("/review", {})
    assert len(world.desk.submissions) == 1


@pytest.mark.parametrize("path", ["/review", "/review/late", "/review/draft"])
def test_a_review_that_does_not_exist_is_nowhere(world: World, ann: Browser, path: str) -> None:
    ann.send("/review", {**SUBMIT, "review": "of another service"}, to=path)
    assert ann.status == 404
    assert not world.desk.submissions
    assert not world.desk.late


def test_a_skip_under_a_lost_hold_keeps_its_reason(world: World, ann: Browser) -> None:
    world.desk.expire()
    page = ann.send("/review", {"action": "skip", "other": "about my own work"})
    assert ann.status == 409
    assert "Skipped because" in page
    ann.send("/review/late", {})
    ((_, _, sent),) = world.desk.late
    assert sent.form.skipped_because == "about my own work"


def test_a_late_form_is_completed_where_it_was_not_whole(world: World, ann: Browser) -> None:
    world.desk.expire()
    page = ann.send("/review", {"v.0.0": "good", "v.0.1": "bad", "action": "submit"})
    assert "Still without an answer" in page
    assert page.count(" required>") == 2
    ann.send("/review/late", {})
    assert ann.status == 409
    assert not world.desk.late
    ann.send("/review/late", {"v.1.0": "good", "v.1.1": "unsure"})
    ((_, _, sent),) = world.desk.late
    assert [one.value for one in sent.form.values.values()] == ["good", "bad", "good", "unsure"]


def test_a_late_skip_is_asked_for_its_reason(world: World, ann: Browser) -> None:
    world.desk.expire()
    page = ann.send("/review", {"action": "skip"})
    assert "Why do you skip it?" in page
    ann.send("/review/late", {"other": "no time"})
    ((_, _, sent),) = world.desk.late
    assert sent.form.skipped_because == "no time"


def test_what_the_desk_refuses_is_shown_with_the_form(world: World, ann: Browser) -> None:
    def refuses(*_: object) -> None:
        raise LabelError("the rubric has changed meanwhile")

    world.desk.submit = refuses  # type: ignore[method-assign, assignment]  # a desk that refuses
    page = ann.send("/review", {**SUBMIT, "note": "kept"})
    assert ann.status == 422
    assert "the rubric has changed meanwhile" in page
    assert ann.field("note") == "kept"


def test_a_store_that_does_not_know_people_says_that_nothing_was_stored(
    world: World, ann: Browser
) -> None:
    def broken(_: str) -> None:
        raise StoreError("no disk")

    world.people.who = broken  # type: ignore[method-assign, assignment]  # a store without its disk
    page = ann.send("/review", SUBMIT)
    assert ann.status == 503
    assert page == "The store did not answer: no disk\nNothing was stored. Reload to try again.\n"
