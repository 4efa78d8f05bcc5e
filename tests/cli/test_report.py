"""`qualityslo report` and `qualityslo runs compare` as a user runs them."""

import json
from pathlib import Path

from tests.cli.conftest import Project, answer_rows


def two_nights(project: Project) -> tuple[str, str]:
    """Run two nights, the candidate better on one item and worse on another; return their ids."""
    first = project.run("nightly", "qs.yaml", "--slot", "2026-03-01T00:00:00Z", "--json").json
    project.write_rows("candidate.jsonl", answer_rows([3, 7]))
    second = project.run("nightly", "qs.yaml", "--slot", "2026-03-02T00:00:00Z", "--json").json
    return first["run_id"], second["run_id"]


def test_a_page_is_written_again_and_its_path_printed(project: Project) -> None:
    run_id = project.run("nightly", "qs.yaml", "--json").json["run_id"]
    page = next(project.folder.rglob("report.html"))
    before = page.read_bytes()
    page.unlink()
    done = project.run("report", "qs.yaml", run_id[:10])
    assert (done.code, done.err) == (0, "")
    assert Path(done.out.strip()) == page
    assert page.read_bytes() == before


def test_the_page_does_not_depend_on_the_spec_of_today(project: Project) -> None:
    project.run("nightly", "qs.yaml")
    page = next(project.folder.rglob("report.html"))
    before = page.read_bytes()
    spec = project.folder / "qs.yaml"
    project.write("qs.yaml", spec.read_text().replace("target: 0.6", "target: 0.95"))
    assert project.run("report", "qs.yaml").code == 0
    assert page.read_bytes() == before


def test_json_says_where_the_page_is(project: Project) -> None:
    night = project.run("nightly", "qs.yaml", "--json").json
    done = project.run("report", "qs.yaml", "latest", "--output", "elsewhere", "--json")
    found = done.json
    assert list(found) == ["run_id", "as_of", "path", "bytes"]
    assert (found["run_id"], found["as_of"]) == (night["run_id"], night["as_of"])
    assert (project.folder / found["path"]).stat().st_size == found["bytes"]
    assert (project.folder / found["path"]).parent.name == "elsewhere"


def test_a_run_nobody_made_is_exit_code_2_and_names_the_others(project: Project) -> None:
    done = project.run("report", "qs.yaml")
    assert done.code == 2
    assert "no finished run yet" in done.err
    run_id = project.run("nightly", "qs.yaml", "--json").json["run_id"]
    done = project.run("report", "qs.yaml", "20010101")
    assert done.code == 2
    assert run_id in done.err


def test_two_runs_stand_side_by_side_with_the_items_that_changed(project: Project) -> None:
    first, second = two_nights(project)
    done = project.run("runs", "compare", "qs.yaml", first, second)
    assert done.code == 0, done.err
    assert "correctness on golden (candidate), by the graders: 1 good -> bad, 1 bad -> good" in (
        " ".join(done.out.split())
    )
    assert "good -> bad: q07" in done.out
    assert "bad -> good: q05" in done.out
    assert "+0.0 pp" in done.out


def test_a_comparison_is_one_json_document(project: Project) -> None:
    first, second = two_nights(project)
    done = project.run("runs", "compare", "qs.yaml", first, "latest", "--json")
    found = json.loads(done.out)
    assert found["schema"] == "qualityslo.runs_compare/1"
    assert found["comparable"] is True
    assert [found[side]["run_id"] for side in ("first", "second")] == [first, second]
    flips = {one["role"]: one for one in found["flips"]}
    assert flips["candidate"]["good_to_bad"] == ["q07"]
    assert flips["baseline"]["bad_to_good"] == []


def test_runs_without_anything_in_common_are_exit_code_3(project: Project) -> None:
    first = project.run("nightly", "qs.yaml", "--slot", "2026-03-01T00:00:00Z", "--json").json
    rows = [{"id": "z1", "question": "Another?", "references": ["x"]}]
    project.write_rows("other.jsonl", rows)
    project.write_rows("baseline.jsonl", [{"id": "z1", "text": "x"}])
    project.write_rows("candidate.jsonl", [{"id": "z1", "text": "x"}])
    spec = (project.folder / "qs.yaml").read_text().replace("golden.jsonl", "other.jsonl")
    project.write(
        "qs.yaml",
        spec.replace("name: correctness", "name: other-correctness").replace(
            "name: availability", "name: up"
        ),
    )
    second = project.run("nightly", "qs.yaml", "--slot", "2026-03-02T00:00:00Z", "--json").json
    done = project.run("runs", "compare", "qs.yaml", first["run_id"], second["run_id"])
    assert done.code == 3, done.err
