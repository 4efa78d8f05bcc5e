"""The keepers' pages: what they show, and what they change."""

import json

import numpy as np
import pytest

from qualityslo.domain.label import LabelValue
from qualityslo.domain.person import Role
from qualityslo.jobs.reviewers import CriterionAgreement, ReviewerFigures
from qualityslo.stats import agreement
from tests.exports.page import Page
from tests.web.conftest import Browser, World
from tests.web.desk import agreed, labels_of, review, share


@pytest.fixture
def admin(world: World) -> Browser:
    """Return the browser of somebody who may do everything."""
    return world.reviewer("root", *Role)


def text_of(page: str) -> str:
    """Return the text of a page."""
    return Page(page).text


def test_the_queue_says_how_it_stands(world: World, admin: Browser) -> None:
    admin.get("/review")
    world.desk.seats[2].adjudicates = True
    shown = text_of(admin.get("/queue"))
    assert "Waiting 2" in shown
    assert "With somebody 1" in shown
    assert "Wait for an adjudicator 1" in shown
    assert "since 2026-03-01 07:00 UTC, for 5 h" in shown


def test_agreement_comes_with_its_interval_or_a_reason(world: World, admin: Browser) -> None:
    found = agreed()
    alone = agreement([["good"], [None]], rng=np.random.default_rng(1))
    world.office.agreements = [
        CriterionAgreement(golden="handbook", criterion="correctness", found=found),
        CriterionAgreement(golden="handbook", criterion="safety", found=alone),
    ]
    shown = text_of(admin.get("/agreement"))
    assert "correctness handbook 10 of 10 0.900 [" in shown
    assert shown.count("no item rated twice") == 3
    assert "nan" not in shown.lower()


def test_people_come_with_time_and_accuracy(world: World, admin: Browser) -> None:
    world.office.rows = [
        ReviewerFigures(
            name="ann",
            labels=1200,
            missing=3,
            median_seconds=41.4,
            gold=share(),
            self_agreement=None,
            flagged=2,
        )
    ]
    shown = text_of(admin.get("/reviewers"))
    assert "ann 1,200 3 2 41 s 90.0 % [70.0 %, 98.0 %] of 20 none yet" in shown


def test_labels_are_revoked_with_a_reason(world: World, admin: Browser) -> None:
    about = world.desk.seats[0].review
    world.desk.said = labels_of(about, "ann", LabelValue.BAD, "no")
    page = admin.get("/labels?review=r1")
    assert page.count('type="checkbox"') == 4
    assert "answer B" in text_of(page)
    admin.send("/labels/revoke", {"label": "r1-ann-B-correctness", "reason": " wrong item "})
    assert world.desk.revoked == [(("r1-ann-B-correctness",), "root", "wrong item")]
    assert admin.page.count('type="checkbox"') == 3
    assert "Revoked" in admin.page


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"label": "r1-ann-B-correctness", "reason": "  "}, id="without a reason"),
        pytest.param({"reason": "because"}, id="without a label"),
        pytest.param({"label": "of another review", "reason": "because"}, id="of another review"),
    ],
)
def test_nothing_is_revoked(world: World, admin: Browser, fields: dict[str, str]) -> None:
    world.desk.said = labels_of(world.desk.seats[0].review, "ann", LabelValue.BAD)
    admin.get("/labels?review=r1")
    admin.send("/labels/revoke", fields)
    assert admin.status == 422
    assert "say why" in admin.page
    assert not world.desk.revoked


def test_labels_of_no_review_are_nowhere(admin: Browser) -> None:
    admin.get("/labels?review=nope")
    assert admin.status == 404
    admin.get("/labels")
    assert admin.status == 200


def test_labels_come_as_json_lines(world: World, admin: Browser) -> None:
    about = review("r9")
    world.desk.said = labels_of(about, "ann", LabelValue.GOOD, "line\nbreak \ud800 \N{ROCKET}")
    answer = admin.client.get("/labels.jsonl")
    rows = [json.loads(line) for line in answer.content.decode().splitlines()]
    assert len(rows) == 4
    assert rows[0]["value"] == "good"
    assert answer.headers["content-disposition"] == 'attachment; filename="labels.jsonl"'
