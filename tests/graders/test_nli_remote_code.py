"""Models that bring their own code, as HHEM 2.x does: only where the spec says so."""

import json
from pathlib import Path

import pytest

from qualityslo.domain.verdict import Ungraded, Verdict
from qualityslo.errors import PluginError
from qualityslo.graders.nli import Nli
from tests.graders.conftest import grade_one, item_with

_CODE = """\
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import BertConfig, PreTrainedModel, PreTrainedTokenizerFast


class OurConfig(BertConfig):
    model_type = "our_judge"


class OurJudge(PreTrainedModel):
    config_class = OurConfig

    def __init__(self, config):
        super().__init__(config)
        self.one = torch.nn.Linear(1, 1)
        made = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
        made.pre_tokenizer = WhitespaceSplit()
        self.tokenzier = PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=120)
        self.post_init()

    def predict(self, pairs):
        return torch.tensor([1.5 if claim in text else 0.1 for text, claim in pairs])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a model whose code lies beside its weights."""
    import torch
    from safetensors.torch import save_file

    made = tmp_path / "judge"
    made.mkdir()
    (made / "our_code.py").write_text(_CODE, encoding="utf-8")
    config = {
        "model_type": "our_judge",
        "architectures": ["OurJudge"],
        "auto_map": {
            "AutoConfig": "our_code.OurConfig",
            "AutoModelForSequenceClassification": "our_code.OurJudge",
        },
    }
    (made / "config.json").write_text(json.dumps(config), encoding="utf-8")
    weights = {"one.weight": torch.zeros(1, 1), "one.bias": torch.zeros(1)}
    save_file(weights, str(made / "model.safetensors"), metadata={"format": "pt"})
    return made


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the code of these models out of everybody's cache."""
    import transformers.dynamic_module_utils as loading

    monkeypatch.setattr(loading, "HF_MODULES_CACHE", str(tmp_path / "modules"))


def test_its_own_prediction_is_used_and_kept_within_the_range(folder: Path) -> None:
    grader = Nli(model=str(folder), trust_remote_code=True, device="cpu")
    item = item_with(context="The box is red. " * 30 + "It is old and worn.")
    good = grade_one(grader, item, "It is old and worn.")
    assert isinstance(good, Verdict), good
    assert good.score == 1.0
    bad = grade_one(grader, item, "It is old and worn. It is new and shiny.")
    assert isinstance(bad, Verdict)
    assert bad.score == pytest.approx(0.1)


def test_its_code_is_part_of_the_version(folder: Path) -> None:
    before = Nli(model=str(folder), trust_remote_code=True).version
    assert "remote" in before
    code = folder / "our_code.py"
    code.write_text(code.read_text("utf-8") + "\n# changed\n", encoding="utf-8")
    assert Nli(model=str(folder), trust_remote_code=True).version != before


def test_without_the_specs_word_its_code_is_not_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PluginError, match="label"):
        Nli(model=str(folder))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["id2label"] = {"0": "contradiction", "1": "entailment"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "our_code.py").write_text("raise SystemExit('it ran')", encoding="utf-8")
    grade = grade_one(Nli(model=str(folder), device="cpu"), item_with(context="a"), "a")
    assert isinstance(grade, Ungraded)
    assert grade.reason.value == "grader_error"
    assert "custom code" in grade.detail
    assert "Do you wish to run" not in capsys.readouterr().out  # nobody is asked, either


@pytest.mark.parametrize("revision", ["", "main", "abcdef0", "A" * 40])
def test_a_model_of_the_hub_is_pinned_to_a_commit(revision: str) -> None:
    with pytest.raises(PluginError, match="40 digits of a commit"):
        Nli(model="vectara/no_such_model_here", revision=revision, trust_remote_code=True)
