"""`qualityslo review serve` as a user runs it: the printed link, a crash, a second start."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from qualityslo.errors import StoreError, UsageError
from qualityslo.web.serve import Refresher, bind, hosts_of
from tests.cli.conftest import COMMAND, SPEC, Project, answer_rows, golden_rows
from tests.fakes import FakeClock
from tests.web.conftest import Form

HUMAN = SPEC.replace('{truth: "grader:contains"}', "{truth: human}")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project whose criterion is people's to judge."""
    project = Project(folder=tmp_path)
    project.write("qs.yaml", HUMAN)
    project.write_rows("golden.jsonl", golden_rows())
    project.write_rows("baseline.jsonl", answer_rows([3]))
    project.write_rows("candidate.jsonl", answer_rows([3, 5]))
    return project


@contextmanager
def served(project: Project, port: int = 0) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Serve the page of a project; give the printed link and the process."""
    command = [*COMMAND, "review", "serve", "qs.yaml", "--port", str(port), "--reviewer", "ann"]
    with (
        (project.folder / "serve.log").open("w") as log,
        subprocess.Popen(
            command, cwd=project.folder, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"open once: (http://127\.0\.0\.1:\d+/enter\?token=\S+)\n", line)
        assert found is not None, line + (project.folder / "serve.log").read_text()
        try:
            yield found[1], process
        finally:
            process.kill()


def fields_of(page: str, action: str = "/review") -> dict[str, str]:
    """Return the fields of a page's form."""
    return dict(Form(page, action).fields)


def filled(page: str) -> dict[str, str]:
    """Return the review's form, every answer called good."""
    names = re.findall(r'name="(v\.\d\.\d)" value="good"', page)
    return {**fields_of(page), **dict.fromkeys(names, "good"), "action": "submit"}


def test_what_was_submitted_outlives_a_crash(project: Project) -> None:
    assert project.run("nightly", "qs.yaml").code == 3
    with ExitStack() as stack:
        link, process = stack.enter_context(served(project))
        origin = link.partition("/enter")[0]
        ann = stack.enter_context(httpx2.Client(headers={"origin": origin}, follow_redirects=True))
        door = ann.get(link).text
        page = ann.post(f"{origin}/enter", data=fields_of(door, "/enter")).text
        assert "0 of today's 10" in page
        last: dict[str, str] = {}
        for _ in range(3):
            last = filled(page)
            page = ann.post(f"{origin}/review", data=last).text
        assert "3 of today's 10" in page
        ann.post(f"{origin}/review/draft", data={**fields_of(page), "note": "half done"})
        process.send_signal(signal.SIGKILL)
        process.wait()
        stack.enter_context(served(project, int(origin.rpartition(":")[2])))
        page = ann.get(f"{origin}/review").text
        assert "3 of today's 10" in page
        assert "half done" in page
        again = ann.post(f"{origin}/review", data=last).text
        assert "Stored before" in again
        used = ann.post(f"{origin}/enter", data=fields_of(ann.get(link).text, "/enter"))
        assert used.status_code == 403
        labels = ann.get(f"{origin}/labels.jsonl").text.splitlines()
    rows = [json.loads(line) for line in labels]
    assert len({row["review_id"] for row in rows}) == 3
    assert {(row["value"], row["reviewer"]) for row in rows} == {("good", "ann")}
    assert all(row["pi"] and row["spans"] == [] for row in rows)
    (stats,) = project.run("review", "stats", "qs.yaml", "--json").json
    assert (stats["looked_at"], stats["labels"]) == (3, len(rows))


def test_people_are_invited_and_dismissed(project: Project) -> None:
    invited = project.run("review", "invite", "qs.yaml", "bob", "--role", "adjudicator")
    assert invited.code == 0
    assert re.fullmatch(r"token for bob, once, .*: \S{43}\n", invited.out)
    assert project.run("review", "dismiss", "qs.yaml", "bob").code == 0
    gone = project.run("review", "dismiss", "qs.yaml", "bob")
    assert gone.code == 2
    assert "no person 'bob'" in gone.err
    wrong = project.run("review", "invite", "qs.yaml", "bob", "--role", "king")
    assert wrong.code == 2


def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"--port {port}: .*; take another port"):
            bind("127.0.0.1", port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "review.example.org"])
def test_others_are_let_in_only_under_a_name(host: str) -> None:
    with pytest.raises(UsageError, match="say with --name"):
        hosts_of(host, 8765, [])
    assert hosts_of(host, 8765, ["Review.Example.org"]) == ("review.example.org",)


@pytest.mark.parametrize(
    ("host", "hosts"),
    [
        ("127.0.0.1", ("127.0.0.1:80", "localhost:80")),
        ("localhost", ("localhost:80",)),
        ("::1", ("[::1]:80", "localhost:80")),
    ],
)
def test_this_machine_has_its_names(host: str, hosts: tuple[str, ...]) -> None:
    assert hosts_of(host, 80, []) == hosts


def test_a_desk_that_cannot_be_filled_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise StoreError("the store is down")

    monkeypatch.setattr("qualityslo.web.serve.refresh_desk", fails)
    told: list[str] = []

    class Nothing:
        plan = parts = checks = None

    refresher = Refresher(Nothing(), FakeClock(), told.append)  # type: ignore[arg-type]  # not asked
    refresher.refresh()
    refresher.refresh()
    assert told == ["the desk was not filled: the store is down"]
