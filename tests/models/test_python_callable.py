"""Python functions as models."""

import threading
from pathlib import Path

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response
from qualityslo.errors import PluginError
from qualityslo.models.python_callable import PythonCallable

_MODULE = """
from qualityslo.domain.outcome import Ending, Failure, Response

def shout(question):
    return question.upper()

def think(question):
    return "<think>hm</think> " + question

def item_id(item):
    return item.id

def completion(question):
    message = {"content": None, "refusal": "No."}
    return {"choices": [{"message": message, "finish_reason": "stop"}], "model": "m"}

def response(question):
    return Response(item_id="other", ending=Ending.ANSWERED, text="yes")

def failure(question):
    return Failure(item_id="other", ending=Ending.ERROR, code="mine")

def number(question):
    return 42

def broken(question):
    raise LookupError("no such word\\nat all")

async def later(question):
    return question

class Bot:
    @staticmethod
    def reply(question):
        return "bot"

value = 3
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a user's module on the path; its name is new to each test."""
    name = f"users_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(_MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return name


def _one(target: str, **parameters: object) -> Outcome:
    model = PythonCallable(environ={}, target=target, **parameters)
    [outcome] = model.answer([GoldenItem(id="a", question="why")])
    assert outcome.item_id == "a"
    return outcome


@pytest.mark.parametrize(
    ("function", "text"),
    [
        pytest.param("shout", "WHY", id="a text"),
        pytest.param("think", "why", id="a text that reasons first"),
        pytest.param("response", "yes", id="a response, which gets the item's id"),
        pytest.param("Bot.reply", "bot", id="a method"),
    ],
)
def test_what_a_function_may_return(module: str, function: str, text: str) -> None:
    found = _one(f"{module}:{function}")
    assert isinstance(found, Response)
    assert (found.ending, found.text) == (Ending.ANSWERED, text)


def test_a_chat_completion_is_read_like_any_other(module: str) -> None:
    found = _one(f"{module}:completion")
    assert isinstance(found, Response)
    assert (found.ending, found.text, found.served_model) == (Ending.REFUSAL, "No.", "m")
    assert found.timing.total_s is not None


def test_the_function_may_take_the_whole_item(module: str) -> None:
    found = _one(f"{module}:item_id", pass_item=True)
    assert isinstance(found, Response)
    assert found.text == "a"


@pytest.mark.parametrize(
    ("function", "code", "detail"),
    [
        pytest.param("failure", "mine", "", id="a failure, which gets the item's id"),
        pytest.param("number", "malformed", "the function returned int", id="something else"),
        pytest.param("broken", "exception", "LookupError: no such word at all", id="an exception"),
    ],
)
def test_what_is_a_failure(module: str, function: str, code: str, detail: str) -> None:
    found = _one(f"{module}:{function}")
    assert isinstance(found, Failure)
    assert (found.ending, found.code) == (Ending.ERROR, code)
    assert detail in found.detail


@pytest.mark.parametrize("concurrency", [1, 4])
def test_every_item_has_one_outcome(module: str, concurrency: int) -> None:
    model = PythonCallable(environ={}, target=f"{module}:shout", concurrency=concurrency)
    items = [GoldenItem(id=f"i{n}", question=f"q{n}") for n in range(50)]
    found = {one.item_id: one for one in model.answer(iter(items))}
    assert sorted(found) == sorted(item.id for item in items)
    assert all(isinstance(one, Response) for one in found.values())
    model.close()


@pytest.mark.parametrize("concurrency", [1, 4])
def test_items_are_pulled_lazily_and_closing_early_leaves_no_thread(
    module: str, concurrency: int
) -> None:
    pulled: list[str] = []

    def pull(number: int) -> GoldenItem:
        pulled.append(f"i{number}")
        return GoldenItem(id=f"i{number}", question="q")

    before = set(threading.enumerate())
    model = PythonCallable(environ={}, target=f"{module}:shout", concurrency=concurrency)
    outcomes = model.answer(map(pull, range(50)))
    next(outcomes)
    assert len(pulled) == concurrency
    outcomes.close()
    assert set(threading.enumerate()) == before


@pytest.mark.parametrize(
    ("target", "message"),
    [
        pytest.param("", "target '': is not a text", id="blank"),
        pytest.param(":f", "target ':f': is not of the form", id="no module name"),
        pytest.param("json", "target 'json': is not of the form", id="no function"),
        pytest.param("no.such:f", "cannot be loaded .ModuleNotFoundError", id="no module"),
        pytest.param("json:nope", "cannot be loaded .AttributeError", id="no such function"),
        pytest.param("{module}:value", "is not a function", id="no function but a value"),
        pytest.param("{module}:later", "is not a function, or is an async one", id="async"),
    ],
)
def test_targets_that_cannot_be_called(module: str, target: str, message: str) -> None:
    with pytest.raises(PluginError, match=message):
        PythonCallable(environ={}, target=target.format(module=module))


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(PluginError) as caught:
        PythonCallable(environ={}, target="x", concurrency=0, oops=1)
    assert [line.split()[0] for line in str(caught.value).splitlines()[1:]] == [
        "target",
        "concurrency",
        "oops",
    ]


def test_the_identity_changes_with_the_code(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = PythonCallable(environ={}, target=f"{module}:shout").identity
    (tmp_path / f"{module}_2.py").write_text(_MODULE + "\n# changed\n", encoding="utf-8")
    second = PythonCallable(environ={}, target=f"{module}_2:shout").identity
    assert (first.kind, first.name) == ("python_callable", f"{module}:shout")
    assert first.revision.startswith("sha256:")
    assert first.revision != second.revision


def test_a_function_without_a_source_file_has_no_revision() -> None:
    assert PythonCallable(environ={}, target="math:sqrt").identity.revision == ""
