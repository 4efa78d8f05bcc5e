"""Kill -9 at any point, run again: nothing is asked twice that was committed, nothing differs."""

import json
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import COMMAND, SPEC, Project

ITEMS = 60
CONCURRENCY = 4


class Endpoint:
    """A deterministic chat endpoint that counts who was asked about what."""

    def __init__(self) -> None:
        """Serve on a free port of the loopback."""
        self.asked: Counter[tuple[str, str]] = Counter()
        self.lock = threading.Lock()
        self.reached = threading.Event()
        self.limit = -1
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = endpoint.answer(body["model"], body["messages"][-1]["content"])
                data = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """Base URL for the spec."""
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def answer(self, model: str, question: str) -> dict[str, Any]:
        """Count, and answer by rule: the new model is wrong on every fifth country."""
        number = int(question.rsplit(maxsplit=1)[-1].rstrip("?"))
        with self.lock:
            self.asked[model, f"q{number:02d}"] += 1
            if self.asked.total() == self.limit:
                self.reached.set()
        wrong = model == "new" and number % 5 == 0
        text = "Paris" if wrong else f"city{number}"
        message = {"role": "assistant", "content": text}
        return {"model": model, "choices": [{"message": message, "finish_reason": "stop"}]}

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Return a running endpoint."""
    served = Endpoint()
    yield served
    served.close()


def spec_for(endpoint: Endpoint) -> str:
    """Return the spec of a service on the endpoint."""
    common = (
        f"use: openai_http, base_url: '{endpoint.url}', stream: false, concurrency: {CONCURRENCY}"
    )
    return SPEC.replace("use: recorded, path: baseline.jsonl", f"{common}, model: old").replace(
        "use: recorded, path: candidate.jsonl", f"{common}, model: new"
    )


def committed(store: Path) -> set[tuple[str, str]]:
    """Return which answers the store holds."""
    with sqlite3.connect(store) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = connection.execute("SELECT role, item_id FROM response").fetchall()
    names = {"baseline": "old", "candidate": "new"}
    return {(names[role], item) for role, item in rows}


def figures(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a report says, without when."""
    timeless = {"goldens", "gate", "revision", "run_id", "conclusion", "exit_code"}
    slis = [
        {key: one[key] for key in ("sli", "role", "counts", "estimate", "population")}
        for one in document["slis"]
    ]
    states = [(one["slo"]["name"], one["role"], one["state"]) for one in document["slos"]]
    return {"slis": slis, "states": states} | {key: document[key] for key in timeless}


def test_killed_at_any_point_a_night_resumes_to_the_same_conclusion(
    make_project: Callable[..., Project], endpoint: Endpoint
) -> None:
    project = make_project(spec_for(endpoint), count=ITEMS)
    whole = project.run("nightly", "qs.yaml", "--json")
    assert whole.code == 1, whole.err  # the new model is wrong on a fifth: the gate fails
    assert set(endpoint.asked.values()) == {1}
    store = project.folder / ".qualityslo" / "facts.db"

    for path in (project.folder / ".qualityslo").glob("facts.db*"):
        path.unlink()
    endpoint.asked.clear()
    asked_twice_allowed = 0
    for limit in (1, 23, 41, 64, 99, 118):
        endpoint.limit = limit + asked_twice_allowed
        endpoint.reached.clear()
        known = committed(store) if store.exists() else set()
        before = Counter({key: endpoint.asked[key] for key in known})
        process = subprocess.Popen(
            [*COMMAND, "nightly", "qs.yaml", "--json"],
            cwd=project.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert endpoint.reached.wait(timeout=60)
        finally:
            process.kill()
            process.wait()
        assert {key: endpoint.asked[key] for key in known} == dict(before)
        asked_twice_allowed = endpoint.asked.total() - len(committed(store))
    known = committed(store)
    before = Counter({key: endpoint.asked[key] for key in known})
    resumed = project.run("nightly", "qs.yaml", "--json")
    assert resumed.code == whole.code, resumed.err
    assert figures(resumed.json) == figures(whole.json)
    assert {key: endpoint.asked[key] for key in known} == dict(before)
    assert len(endpoint.asked) == 2 * ITEMS
