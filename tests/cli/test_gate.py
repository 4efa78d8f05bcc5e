"""`qualityslo gate`: the gate alone, as a user asks it; the release draw, end to end."""

import json
from collections.abc import Callable

import pytest

from tests.cli.conftest import SPEC, Done, Project

Make = Callable[..., Project]
HUMAN = SPEC.replace(
    'correctness: {truth: "grader:contains"}', "correctness: {truth: human, label_policy: single}"
)
ON_THIS_SET = "gate: {frame: golden_set, margin: %s}\n"


def with_texts(project: Project, count: int = 40) -> Project:
    """Let the models answer in their own words: all right but on every 10th, and one text alike."""
    for role, wrong in (("baseline", {3}), ("candidate", {5, 15})):
        rows = [
            {
                "id": f"q{n:02d}",
                "text": f"No idea, says the {role}." if n in wrong else f"{role} says city{n}.",
            }
            for n in range(count)
        ]
        rows[0]["text"] = "It is city0."
        project.write_rows(f"{role}.jsonl", rows)
    return project


def filled(project: Project, exported: Done) -> int:
    """Fill in every exported review truthfully, import it, and return how many there were."""
    rows = [json.loads(line) for line in exported.out.splitlines()]
    for row in rows:
        row["reviewer"] = "ann"
        for arm, blanks in row["labels"].items():
            good = row["references"][0] in row["answers"][arm]
            row["labels"][arm] = dict.fromkeys(blanks, "good" if good else "bad")
    project.write_rows("done.jsonl", rows)
    assert project.run("review", "import", "qs.yaml", "done.jsonl").code == 0
    return len(rows)


# --- the last night -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("margin", "code", "word"),
    [
        pytest.param("0.2", 0, "Pass", id="not worse by the margin"),
        pytest.param("0.05", 1, "Finding", id="worse by more"),
        pytest.param(None, 3, "Inconclusive", id="ten items say too little of others like them"),
    ],
)
def test_the_exit_code_is_the_gates_alone(
    make_project: Make, margin: str | None, code: int, word: str
) -> None:
    broken = SPEC.replace("target: 0.6", "target: 0.99")
    project = make_project(broken + ("" if margin is None else ON_THIS_SET % margin))
    night = project.run("nightly", "qs.yaml", "--json").json
    assert night["exit_code"] == 1  # an SLO is breached, whatever the gate says
    done = project.run("gate", "qs.yaml")
    assert done.code == code
    assert any(line.startswith(f"{word}: ") for line in done.out.splitlines())
    assert "correctness on golden" in done.out


def test_the_document_is_a_decision_and_nothing_else(make_project: Make) -> None:
    project = make_project(SPEC + ON_THIS_SET % "0.2")
    night = project.run("nightly", "qs.yaml", "--json").json
    done = project.run("gate", "qs.yaml", "--json")
    assert done.err == ""
    decision = done.json
    assert set(decision) == {
        *("schema", "service", "slot", "decision", "reasons", "candidate", "baseline"),
        *("slis", "budget", "evaluated_at", "golden_digest", "revision"),
    }
    assert decision["schema"] == "qualityslo.decision/1"
    assert decision["candidate"]["kind"] == "recorded"
    assert [reason["code"] for reason in decision["reasons"]] == ["non_inferior"]
    assert {**decision, "evaluated_at": None} == {**night["decision"], "evaluated_at": None}


def test_before_any_night_there_is_nothing_to_say(project: Project) -> None:
    for arguments in (["--json"], ["--labels", "20"], ["--selftest"]):
        done = project.run("gate", "qs.yaml", *arguments)
        assert (done.code, done.out) == (2, "")


def test_without_a_candidate_it_is_inconclusive(make_project: Make) -> None:
    project = make_project(
        SPEC.replace("  candidate: {use: recorded, path: candidate.jsonl}\n", "")
    )
    project.run("nightly", "qs.yaml")
    done = project.run("gate", "qs.yaml")
    assert (done.code, done.out) == (
        3,
        "Inconclusive: no candidate was compared with the baseline.\n",
    )
    assert project.run("gate", "qs.yaml", "--labels", "20").code == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param(["--labels", "20", "--selftest"], "give one of them", id="both"),
        pytest.param(["--labels", "0"], "--labels'", id="no label"),
        pytest.param(["--labels", "many"], "--labels'", id="no number"),
        pytest.param(["--labels", "2"], "--labels 2: at least 3", id="fewer than strata"),
        pytest.param(["--frame", "traffic"], "No such option", id="an option there is not"),
    ],
)
def test_bad_usage_is_told_and_nothing_is_ordered(
    make_project: Make, arguments: list[str], text: str
) -> None:
    done = make_project(HUMAN).run("gate", "qs.yaml", *arguments)
    assert (done.code, done.out) == (2, "")
    assert text in done.err
    assert "Traceback" not in done.err


def test_where_no_people_judge_labels_are_refused(project: Project) -> None:
    project.run("nightly", "qs.yaml")
    done = project.run("gate", "qs.yaml", "--labels", "20")
    assert done.code == 2
    assert "no criterion is judged by people: the gate needs no labels" in done.err


# --- the release draw ---------------------------------------------------------------------------


def test_a_release_draw_is_ordered_looked_at_and_decided(make_project: Make) -> None:
    project = with_texts(make_project(HUMAN + ON_THIS_SET % "0.1", count=40))
    project.run("nightly", "qs.yaml")
    filled(project, project.run("review", "export", "qs.yaml"))
    waiting = project.run("gate", "qs.yaml", "--labels", "100")
    assert waiting.code == 3
    assert "0 looked at" in waiting.out.splitlines()[0]
    assert "reviews wait until" in waiting.out.splitlines()[-1]
    reviews = filled(project, project.run("review", "export", "qs.yaml"))
    assert f"{reviews} pairs drawn" in waiting.out
    assert 0 < reviews < 40
    done = project.run("gate", "qs.yaml", "--labels", "100")
    assert done.code == 0
    # 2 of 40 worse, 1 of 40 better, everything known: a difference of exactly 1/40.
    assert "share of bad: [+2.5%, +2.5%], margin 10.0%" in done.out
    assert f"{reviews} looked at" in done.out
    decision = project.run("gate", "qs.yaml", "--labels", "100", "--json")
    assert (decision.code, decision.err) == (0, "")
    assert decision.json["decision"] == "pass"
    assert [reason["code"] for reason in decision.json["reasons"]] == ["non_inferior"]
    other = project.run("gate", "qs.yaml", "--labels", "5")
    assert (other.code, other.out) == (2, "")
    assert f"--labels {reviews}" in other.err
    runs = project.run("runs", "list", "qs.yaml", "--json").json
    assert [one["exit_code"] for one in runs][1] == 0
    assert runs[1]["run_id"] == f"{runs[0]['run_id']}-release"
    shown = project.run("runs", "show", "qs.yaml", runs[1]["run_id"]).json
    assert [one["decision"]["decision"] for one in shown] == ["pass"]


# --- the self-test ------------------------------------------------------------------------------


def test_the_self_test_says_that_the_promise_holds(make_project: Make) -> None:
    project = with_texts(make_project(HUMAN, count=40))
    project.run("nightly", "qs.yaml")
    done = project.run("gate", "qs.yaml", "--selftest")
    assert done.code == 0
    (line,) = done.out.splitlines()
    assert line.startswith(
        "correctness on golden: holds: 1,000 comparisons of a model with itself"
    )
    assert "(39 differing pairs, 20 labels each)" in line
    assert line.endswith("allowed: 2.5% each")
    (row,) = project.run("gate", "qs.yaml", "--selftest", "--json").json
    assert (row["pairs"], row["labels"], row["draws"], row["holds"]) == (39, 20, 1_000, True)
    assert max(row["first_worse"], row["second_worse"]) <= 25
    assert f"the first worse in {row['first_worse'] / 1_000:.1%}" in line  # the same seed
