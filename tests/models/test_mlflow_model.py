"""Models in MLflow: a real registry in SQLite, and small models of several kinds."""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Response
from qualityslo.errors import ModelError, PluginError
from qualityslo.models.mlflow_files import find_model, load_model
from qualityslo.models.mlflow_model import MlflowModel

_ITEMS = [GoldenItem(id=f"i{n}", question=f"question {n}") for n in range(5)]

# Models from code: a file each, so that no test module has to be pickled.
_HEAD = "import mlflow\n\n\nclass Model(mlflow.pyfunc.PythonModel):\n"
_TAIL = "\n\nmlflow.models.set_model(Model())\n"
_SHOUT = """
    def predict(self, context, model_input, params=None):
        texts = list(model_input.iloc[:, 0])
        if any("poison" in text for text in texts):
            raise ValueError("poison")
        return [text.upper() + (params or {}).get("end", "") for text in texts]
"""
_CHAT = """
    def predict(self, context, model_input, params=None):
        asked = model_input["messages"] if isinstance(model_input, dict) else model_input.iloc[0, 0]
        text = asked[-1]["content"]
        message = {"role": "assistant", "content": "" if "cut" in text else text.upper()}
        finish = "length" if "cut" in text else "stop"
        return {"choices": [{"message": message, "finish_reason": finish}]}
"""


class Registry:
    """A tracking store and registry of its own, in a folder."""

    def __init__(self, folder: Path) -> None:
        """Create it."""
        self.folder = folder
        self.uri = f"sqlite:///{folder / 'mlflow.db'}"
        self.made: list[MlflowModel] = []

    def log(self, name: str, body: str) -> str:
        """Register a model made from code; return its id."""
        import mlflow

        code = self.folder / f"{name}.py"
        code.write_text(_HEAD + body.strip("\n") + _TAIL, encoding="utf-8")
        mlflow.set_tracking_uri(self.uri)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MLflow warns about its own defaults
            found = mlflow.get_experiment_by_name("e")
            art = (self.folder / "art").as_uri()
            # Not set_experiment: it would hold for the whole process, and for the next test.
            mine = found.experiment_id if found else mlflow.create_experiment("e", art)
            with mlflow.start_run(experiment_id=mine):
                info = mlflow.pyfunc.log_model(
                    name=name,
                    python_model=str(code),
                    registered_model_name=name,
                    pip_requirements=[],
                )
        return str(info.model_id)

    def alias(self, name: str, alias: str, version: int) -> None:
        """Let an alias name a version."""
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
        client.set_registered_model_alias(name, alias, str(version))

    def model(self, uri: str, **parameters: object) -> MlflowModel:
        """Return the adapter of a model."""
        shape = {"uri": uri, "tracking_uri": self.uri, "allow_untrusted": True, **parameters}
        self.made.append(MlflowModel(environ={}, **shape))
        return self.made[-1]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Return a registry that holds `shout`, in two versions, and `chat`."""
    import mlflow

    before = mlflow.get_tracking_uri()
    made = Registry(tmp_path_factory.mktemp("registry"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow.pyfunc
    made.log("shout", _SHOUT)
    made.log("shout", _SHOUT.replace("upper", "title"))
    made.log("chat", _CHAT)
    made.alias("shout", "prod", 1)
    # From here on only what an adapter is told can lead it to the registry.
    mlflow.set_tracking_uri(f"sqlite:///{made.folder / 'another.db'}")
    yield made
    for model in made.made:
        model.close()
    mlflow.set_tracking_uri(before)


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """Return a function: loader module, files -> a folder that looks like a saved model."""

    def make(loader: str, files: Mapping[str, str] | None = None, **pyfunc: object) -> Path:
        flavor = {"loader_module": loader, "python_version": "3.11", **pyfunc}
        described = {"flavors": {"python_function": flavor}, "model_uuid": "u1"}
        (tmp_path / "MLmodel").write_text(json.dumps(described), encoding="utf-8")
        for name, text in (files or {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return make


def test_a_registered_model_answers_every_item(registry: Registry) -> None:
    model = registry.model("models:/shout/1", batch_size=2)
    found = list(model.answer(_ITEMS))
    assert [(one.item_id, one.text) for one in found] == [
        (f"i{n}", f"QUESTION {n}") for n in range(5)
    ]
    for one in found:
        assert isinstance(one, Response)
        assert one.ending is Ending.ANSWERED
        assert one.timing.total_s is None  # a batch has no time of one answer
    model.close()
    assert next(model.answer(_ITEMS)).text == "QUESTION 0"
    model.close()
    model.close()


def test_an_alias_is_followed_and_what_it_names_is_the_revision(registry: Registry) -> None:
    first, second = registry.model("models:/shout/1"), registry.model("models:/shout/2")
    prod = registry.model("models:/shout@prod")
    assert prod.identity.revision == first.identity.revision != second.identity.revision
    registry.alias("shout", "prod", 2)
    assert registry.model("models:/shout@prod").identity.revision == second.identity.revision
    # What was planned is what is asked, wherever the alias points by then.
    assert next(prod.answer(_ITEMS)).text == "QUESTION 0"
    registry.alias("shout", "prod", 1)
    by_id = registry.model(f"models:/{second.identity.revision}")
    assert next(by_id.answer(_ITEMS)).text == "Question 0"


def test_a_runs_model_can_be_asked_before_it_is_registered(registry: Registry) -> None:
    from mlflow import MlflowClient

    version = MlflowClient(registry.uri, registry.uri).get_model_version("shout", "1")
    by_run = registry.model(f"runs:/{version.run_id}/shout")
    assert next(by_run.answer(_ITEMS)).text == "QUESTION 0"
    assert by_run.identity.revision == registry.model("models:/shout/1").identity.revision


def test_messages_are_given_one_conversation_a_call_and_read_as_a_completion(
    registry: Registry,
) -> None:
    model = registry.model("models:/chat/1", input="messages", system="Be loud.")
    items = [*_ITEMS[:1], GoldenItem(id="cut", question="cut me")]
    found = list(model.answer(items))
    assert [(one.text, one.ending) for one in found] == [
        ("QUESTION 0", Ending.ANSWERED),
        ("", Ending.TRUNCATED),
    ]
    for one in found:
        assert isinstance(one, Response)
        assert one.timing.total_s is not None
        assert one.timing.total_s > 0
        assert one.timing.ttft_s is None


def test_one_poisonous_prompt_leaves_the_others_answered(registry: Registry) -> None:
    items = [*_ITEMS, GoldenItem(id="bad", question="poison")]
    found = {one.item_id: one for one in registry.model("models:/shout/1").answer(items)}
    bad = found.pop("bad")
    assert isinstance(bad, Failure)
    assert bad.code == "exception"
    assert "ValueError: poison" in bad.detail
    assert all(isinstance(one, Response) for one in found.values())


def test_code_of_its_own_is_refused_unless_it_is_allowed(registry: Registry) -> None:
    with pytest.raises(PluginError, match=r"can run any code.*set allow_untrusted: true"):
        registry.model("models:/shout/1", allow_untrusted=False)


def test_the_files_are_looked_at_again_before_they_are_loaded(registry: Registry) -> None:
    found = find_model("models:/shout/1", registry.uri)
    folder = str(registry.folder / "again")
    Path(folder).mkdir()
    with pytest.raises(ModelError, match=r"is not loaded: it brings its own code"):
        load_model(found, registry.uri, folder, allow_untrusted=False)


@pytest.mark.parametrize(
    ("loader", "pyfunc", "files", "refused"),
    [
        pytest.param("mlflow.sklearn", {}, {}, "may hold a pickle", id="a pickle's loader"),
        pytest.param("evil.loader", {}, {}, "may hold a pickle", id="a stranger's loader"),
        pytest.param("mlflow.transformers", {"code": "code"}, {}, "own code", id="code beside it"),
        pytest.param(
            "mlflow.transformers", {"python_model": "m.pkl"}, {}, "own code", id="a python model"
        ),
    ],
)
def test_what_may_run_code_is_refused_when_it_is_planned(
    saved: Callable[..., Path],
    loader: str,
    pyfunc: dict[str, object],
    files: dict[str, str],
    refused: str,
) -> None:
    folder = saved(loader, files, **pyfunc)
    with pytest.raises(PluginError, match=refused):
        MlflowModel(environ={}, uri=str(folder))
    MlflowModel(environ={}, uri=str(folder), allow_untrusted=True)


@pytest.mark.parametrize("name", ["model/pytorch_model.bin", "a.pkl", "deep/er/evil.py"])
def test_a_trusted_flavor_that_holds_a_pickle_or_code_is_not_loaded(
    saved: Callable[..., Path], name: str
) -> None:
    model = MlflowModel(environ={}, uri=str(saved("mlflow.transformers", {name: ""})))
    with pytest.raises(ModelError, match=f"is not loaded: it holds {name}"):
        list(model.answer(_ITEMS))
    model.close()


def test_parameters_shape_the_answers_and_the_identity(registry: Registry) -> None:
    plain = registry.model("models:/shout/1")
    assert registry.model("models:/shout/1", batch_size=1).identity == plain.identity
    ended = registry.model("models:/shout/1", prompt="<{question}>")
    assert ended.identity != plain.identity
    assert next(ended.answer(_ITEMS)).text == "<QUESTION 0>"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({}, "uri: is missing", id="no model"),
        pytest.param({"uri": "models:/shout/latest"}, "is none of models:/NAME", id="latest"),
        pytest.param({"uri": "models:/nobody/1"}, "MLflow has no model", id="an unknown one"),
        pytest.param({"uri": "models:/shout/1", "input": "x"}, "is none of auto", id="an input"),
        pytest.param({"uri": "models:/shout/1", "key": 1}, "is unknown", id="an extra one"),
    ],
)
def test_wrong_parameters_are_told_when_it_is_planned(
    registry: Registry, parameters: dict[str, object], message: str
) -> None:
    with pytest.raises(PluginError, match=message):
        MlflowModel(
            environ={"MLFLOW_TRACKING_URI": registry.uri}, allow_untrusted=True, **parameters
        )
