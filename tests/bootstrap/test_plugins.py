"""How plug-ins are made: what a spec says, what the card offers, and a model inside a grader."""

from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from qualityslo.bootstrap import plugins
from qualityslo.bootstrap.plugins import Faults, make, make_pieces
from qualityslo.domain.golden import Criterion
from qualityslo.errors import PluginError
from qualityslo.graders.llm_judge import LlmJudge
from qualityslo.models.openai_http import OpenAIHttp
from qualityslo.spec.v1 import PluginSpec, SpecV1
from tests.fakes import golden_set

_SERVER = {"use": "openai_http", "base_url": "http://localhost:1/v1", "model": "judge"}


@pytest.fixture(autouse=True)
def _our_graders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the graders that take a model, wherever the entry points are read from."""
    found = dict(plugins.installed("graders"))
    for name, value in (
        ("llm_judge", "qualityslo.graders.llm_judge:LlmJudge"),
        ("embedding", "qualityslo.graders.embedding:EmbeddingSimilarity"),
    ):
        found[name] = EntryPoint(name=name, value=value, group="qualityslo.graders")
    known = plugins.installed
    monkeypatch.setattr(
        plugins, "installed", lambda group: found if group == "graders" else known(group)
    )


def _judge(**parameters: object) -> PluginSpec:
    return PluginSpec.model_validate({"use": "llm_judge", "model": _SERVER, **parameters})


def _made(entry: PluginSpec, offered: dict[str, str] | None = None) -> LlmJudge:
    grader = make("graders", entry, {}, offered)
    assert isinstance(grader, LlmJudge)
    return grader


def _model(grader: LlmJudge) -> OpenAIHttp:
    model = grader._bench.model
    assert isinstance(model, OpenAIHttp)
    return model


def test_a_grader_is_given_the_model_its_parameters_describe() -> None:
    assert _model(_made(_judge())).identity.name == "judge"


def test_a_grader_is_given_the_cards_criterion_and_rubric() -> None:
    grader = _made(_judge(), {"criterion": "politeness", "rubric": "Good: polite."})
    assert grader.criterion == "politeness"
    assert grader.version != _made(_judge(), {"criterion": "politeness", "rubric": "x"}).version
    assert _made(_judge()).criterion == "correctness"


def test_a_grader_without_such_parameters_is_given_nothing() -> None:
    offered = {"criterion": "correctness", "rubric": "x"}
    assert make("graders", PluginSpec(use="exact"), {}, offered).name == "exact"


def test_the_judges_model_is_asked_for_json_where_the_spec_says_so() -> None:
    model = {**_SERVER, "extra": {"top_k": 1}}
    grader = _made(_judge(model=model, json_schema=True), {"criterion": "hallucination"})
    extra = _model(grader).identity.parameters["extra"]
    assert isinstance(extra, dict)
    assert extra["top_k"] == 1
    assert "quote" in str(extra["response_format"])
    assert _model(_made(_judge())).identity.parameters["extra"] == {}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({"model": {"use": "gpt"}}, "no qualityslo.models named 'gpt'", id="unknown"),
        pytest.param({"model": "gpt"}, "model 'gpt' is none", id="a name"),
        pytest.param({"model": {"model": "x"}}, "is none; write", id="without use"),
        pytest.param({"model": {"use": "openai_http"}}, "base_url: is missing", id="wrong inside"),
        pytest.param({"criterion": "x"}, "refuses its parameters", id="what the card says"),
    ],
)
def test_wrong_models_are_refused(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(PluginError, match=message):
        make("graders", _judge(**parameters), {}, {"criterion": "correctness", "rubric": ""})


def test_a_grader_is_given_an_embedder() -> None:
    default = make("graders", PluginSpec(use="embedding"), {})
    assert "minilm" in default.version
    with pytest.raises(PluginError, match=r"no qualityslo\.embedders named 'x'"):
        make(
            "graders",
            PluginSpec.model_validate({"use": "embedding", "embedder": {"use": "x"}}),
            {},
        )


def _spec(tmp_path: Path) -> SpecV1:
    judge = {"use": "llm_judge", "model": _SERVER}
    return SpecV1.model_validate(
        {
            "version": 1,
            "service": "shop",
            "golden": [str(tmp_path)],
            "models": {"baseline": _SERVER},
            "criteria": {"politeness": {"graders": [judge]}},
            "slos": [{"name": "polite", "criterion": "politeness", "target": 0.9}],
        }
    )


def test_a_spec_gives_the_rubric_of_the_card_to_its_judge(tmp_path: Path) -> None:
    criterion = Criterion(name="politeness", graders=("llm_judge",), rubric="Good: polite.")
    golden = replace(golden_set("faq", []), criteria=(criterion,))
    faults = Faults()
    pieces = make_pieces(_spec(tmp_path), [golden], {}, faults)
    assert faults == []
    (judge,) = pieces.graders[golden.name]["politeness"]
    expected = _made(_judge(), {"criterion": "politeness", "rubric": "Good: polite."})
    assert judge.version == expected.version


def test_a_judge_without_a_rubric_is_a_fault_before_anything_is_asked(tmp_path: Path) -> None:
    criterion = Criterion(name="politeness", graders=("llm_judge",))
    faults = Faults()
    golden = replace(golden_set("faq", []), criteria=(criterion,))
    make_pieces(_spec(tmp_path), [golden], {}, faults)
    assert ["has no rubric" in one for one in faults] == [True]
