"""The grader `nli`, with a model of its own that was trained for a few seconds."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.verdict import Grade, Ungraded, Verdict
from qualityslo.errors import PluginError
from qualityslo.graders.nli import Nli
from qualityslo.graders.nli_chunks import LONGEST_ANSWER
from qualityslo.graders.nli_model import EntailmentModel
from qualityslo.graders.nli_source import Source
from qualityslo.testing import check_grader
from tests.graders.conftest import answer_to, grade_one, is_good, item_with, reason_of
from tests.graders.tiny_nli import LIMIT, TinyNli, train_tiny_nli

_YES = "Yes, the box carries bikes to town."
_NO = "The box carries bikes to town."
_CLAIM = "The box carries bikes to town and back."
_WRONG = "The box carries wrong bikes to town and back."
_FILLER = " ".join(f"The box carries bikes to town every day {n}." for n in range(300))
_COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def tiny() -> TinyNli:
    """Return the trained model."""
    return train_tiny_nli()


@pytest.fixture(scope="module")
def folder(tiny: TinyNli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the model with its labels named."""
    return tiny.save(tmp_path_factory.mktemp("nli") / "tiny")


@pytest.fixture(scope="module")
def nli(folder: Path) -> Nli:
    """Return the grader."""
    return Nli(model=str(folder), device="cpu")


def _verdict(grade: Grade) -> Verdict:
    assert isinstance(grade, Verdict), grade
    return grade


def test_a_supported_answer_is_good_and_any_other_bad(nli: Nli) -> None:
    good = _verdict(grade_one(nli, item_with(context=_YES), _CLAIM))
    assert good.good
    assert good.score > 0.9
    assert "least supported" in good.rationale
    bad = _verdict(grade_one(nli, item_with(context=_NO), _CLAIM))
    assert not bad.good
    assert bad.score < 0.1
    assert bad.rationale.startswith("not supported (0.0")


def test_the_worst_sentence_decides_wherever_it_stands(nli: Nli) -> None:
    item = item_with(context=_YES)
    many = " ".join(f"{_CLAIM[:-1]} {n}." for n in range(40))
    assert is_good(nli, item, many)
    for text in (f"{_WRONG} {many}", f"{many} {_WRONG}"):
        verdict = _verdict(grade_one(nli, item, text))
        assert not verdict.good
        assert "wrong" in verdict.rationale


def test_the_best_chunk_of_a_long_context_decides_wherever_it_stands(nli: Nli) -> None:
    assert len(_FILLER.split()) > 2_000
    for context in (f"{_YES} {_FILLER}", f"{_FILLER} {_YES}", f"{_FILLER} {_YES} {_FILLER}"):
        assert is_good(nli, item_with(context=context), _CLAIM)
        assert not is_good(nli, item_with(context=context), _WRONG)
    assert not is_good(nli, item_with(context=_FILLER), _CLAIM)


def test_a_sentence_of_the_context_beyond_the_models_limit_is_read_whole(nli: Nli) -> None:
    endless = "the box carries bikes " * 200
    assert is_good(nli, item_with(context=f"{endless} yes {endless}"), _CLAIM)
    assert not is_good(nli, item_with(context=f"{endless} {endless}"), _CLAIM)


def test_several_parts_of_a_context_are_one(nli: Nli) -> None:
    item = GoldenItem(id="x", question="q", context=(_NO, " ", _YES))
    assert is_good(nli, item, _CLAIM)


def test_a_short_claim_is_asked_with_its_question(nli: Nli) -> None:
    assert is_good(nli, item_with(context=_YES, question="What carries bikes to town?"), "Bikes.")
    wrong = item_with(context=_YES, question="What carries wrong bikes to town?")
    assert not is_good(nli, wrong, "Bikes.")
    assert is_good(nli, wrong, _CLAIM)


def test_a_sentence_that_declines_states_nothing(nli: Nli) -> None:
    item = item_with(context=_NO)
    verdict = _verdict(grade_one(nli, item, "The passage does not say."))
    assert (verdict.good, verdict.score) == (True, 1.0)
    assert not is_good(nli, item, f"The passage does not say. {_CLAIM}")


@pytest.mark.parametrize(
    ("context", "text", "reason"),
    [
        pytest.param("", "x", "no_context", id="no context"),
        pytest.param("  ", "x", "no_context", id="a blank context"),
        pytest.param(_YES, " \n", "not_applicable", id="no text"),
        pytest.param(_YES, "bikes " * LIMIT, "truncated", id="a sentence that leaves no room"),
        pytest.param(_YES, "bikes " * 30, "truncated", id="a sentence that leaves little room"),
        pytest.param(_YES, "x" * (LONGEST_ANSWER + 1), "truncated", id="a huge answer"),
        pytest.param(_FILLER * 2, f"{_CLAIM} " + " ".join(f"{_CLAIM[:-1]} {n}." for n in range(50)), "truncated", id="too many pairs"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_whole_is_not_judged(
    nli: Nli, context: str, text: str, reason: str
) -> None:
    assert reason_of(nli, item_with(context=context), text) == reason


def test_a_pair_that_comes_out_too_long_is_not_cut(nli: Nli, folder: Path) -> None:
    model = EntailmentModel(Source(model=str(folder), device="cpu"))
    long = (_YES, "bikes " * LIMIT)
    assert set(model.supports([long, (_YES, _CLAIM)])) == {(_YES, _CLAIM)}


class _Miscounting(EntailmentModel):
    """Counts too little, as a tokenizer may that joins sentences in another way."""

    def sizes(self, texts: Any) -> list[int]:
        """Return a quarter of the tokens."""
        return [one // 4 for one in super().sizes(texts)]


def test_a_miscounted_chunk_leaves_the_answer_ungraded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qualityslo.graders.nli.EntailmentModel", _Miscounting)
    grader = Nli(model=str(folder), device="cpu")
    assert reason_of(grader, item_with(context=f"{_FILLER} {_YES}"), _CLAIM) == "truncated"
    assert is_good(grader, item_with(context=_YES), _CLAIM)


def test_grades_stand_in_order_beside_what_is_ungraded(nli: Nli) -> None:
    item = item_with(context=_YES)
    texts = [_CLAIM, " ", _WRONG, "bikes " * LIMIT, "I do not know.", _CLAIM]
    grades = list(nli.grade([answer_to(item, text) for text in texts]))
    found = [one.good if isinstance(one, Verdict) else one.reason.value for one in grades]
    assert found == [True, "not_applicable", False, "truncated", True, True]


@pytest.mark.parametrize(
    "labels",
    [
        ("entailment", "neutral", "contradiction"),
        ("CONTRADICTION", "NEUTRAL", "ENTAILMENT"),
        ("neutral", "contradiction", "entailment"),
    ],
    ids=["entailment first", "capitals, entailment last", "neutral first"],
)
def test_the_order_of_the_labels_is_read_from_their_names(
    tiny: TinyNli, tmp_path: Path, labels: tuple[str, ...]
) -> None:
    model = tiny.save(tmp_path / "m", labels)
    grader = Nli(model=str(model), device="cpu")
    assert is_good(grader, item_with(context=_YES), _CLAIM)
    assert not is_good(grader, item_with(context=_NO), _CLAIM)
    assert not is_good(grader, item_with(context=_YES), _WRONG)


def test_labels_without_names_are_refused_before_anything_is_loaded(
    tiny: TinyNli, tmp_path: Path
) -> None:
    model = str(tiny.save_unnamed(tmp_path / "m"))
    with pytest.raises(PluginError, match=r"no single label .*'LABEL_0'.* `supported: <name"):
        Nli(model=model)
    with pytest.raises(PluginError, match="'LABEL_7'"):
        Nli(model=model, supported="LABEL_7")
    for supported in ("LABEL_1", 1):
        grader = Nli(model=model, supported=supported, device="cpu")
        assert is_good(grader, item_with(context=_YES), _CLAIM)
        assert not is_good(grader, item_with(context=_NO), _CLAIM)
    contradicted = Nli(model=model, supported=0, device="cpu")
    assert not is_good(contradicted, item_with(context=_YES), _CLAIM)


def test_two_labels_that_could_mean_it_are_refused(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["id2label"] = {"0": "supported", "1": "entailment", "2": "not_entailment"}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(PluginError, match="no single label"):
        Nli(model=str(tmp_path))
    assert Nli(model=str(tmp_path), supported="entailment").name == "nli"


def test_a_model_with_one_output_is_read_as_a_probability(tiny: TinyNli, tmp_path: Path) -> None:
    model = str(tiny.save_one_output(tmp_path / "m"))
    with pytest.raises(PluginError, match="'LABEL_0'"):
        Nli(model=model)
    grader = Nli(model=model, supported=0, device="cpu")
    assert is_good(grader, item_with(context=_YES), _CLAIM)
    assert not is_good(grader, item_with(context=_NO), _CLAIM)


def test_the_threshold_is_part_of_the_verdict(folder: Path, nli: Nli) -> None:
    score = _verdict(grade_one(nli, item_with(context=_YES), _CLAIM)).score
    item = item_with(context=_YES)
    assert is_good(Nli(model=str(folder), device="cpu", threshold=score - 1e-4), item, _CLAIM)
    assert not is_good(Nli(model=str(folder), device="cpu", threshold=score + 1e-4), item, _CLAIM)


def test_batches_of_any_size_say_the_same(folder: Path, nli: Nli) -> None:
    small = Nli(model=str(folder), device="cpu", batch_size=1)
    assert small.version == nli.version
    item = item_with(context=f"{_FILLER} {_YES}")
    one, other = (_verdict(grade_one(grader, item, f"{_CLAIM} {_NO}")) for grader in (small, nli))
    assert one.score == pytest.approx(other.score, abs=1e-6)


def test_it_keeps_the_contract(nli: Nli) -> None:
    check_grader(nli)


def test_nothing_is_printed_or_logged_while_loading(
    folder: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        is_good(Nli(model=str(folder), device="cpu"), item_with(context=_YES), _CLAIM)
    out, err = capfd.readouterr()
    assert (out, err, caplog.text) == ("", "", "")


@pytest.mark.parametrize("damage", ["weights", "tokenizer"])
def test_a_model_that_cannot_work_leaves_the_answers_ungraded(
    tiny: TinyNli, tmp_path: Path, damage: str
) -> None:
    folder = tiny.save(tmp_path / "m")
    if damage == "weights":
        (folder / "model.safetensors").write_bytes(b"no weights")
    else:
        for name in ("tokenizer.json", "tokenizer_config.json"):
            (folder / name).write_text("{", encoding="utf-8")
    grader = Nli(model=str(folder), device="cpu")
    item = item_with(context=_YES)
    first, second = grader.grade([answer_to(item, _CLAIM), answer_to(item, " ")])
    assert isinstance(first, Ungraded)
    assert first.reason.value == "grader_error"
    assert first.detail.startswith("the model failed: ")
    assert isinstance(second, Ungraded)
    assert second.reason.value == "not_applicable"


def test_the_version_changes_with_everything_that_shapes_a_verdict(
    tiny: TinyNli, folder: Path, tmp_path: Path
) -> None:
    def version(where: Path = folder, **parameters: object) -> str:
        make: Any = Nli
        return str(make(**{"model": str(where), "device": "cpu", **parameters}).version)

    again = tiny.save(tmp_path / "tiny")
    assert version(again) == version()
    assert version().startswith("1-tiny@")
    changed = tiny.save(tmp_path / "changed")
    (changed / "vocabulary.txt").write_text("x", encoding="utf-8")
    others = [
        version(changed),
        version(threshold=0.6),
        version(max_tokens=40),
        version(max_pairs=9),
        version(supported="entailment"),
        version(precision="bfloat16"),
        version(trust_remote_code=True),
    ]
    assert len({version(), *others}) == 8


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({"model": "no/such"}, "pin|40 digits", id="a hub model without a revision"),
        pytest.param({"model": "no/such", "revision": "main"}, "40 digits", id="a name for a revision"),
        pytest.param({"model": "no/such", "revision": 7}, "revision 7 is a text", id="a number for one"),
        pytest.param({"model": "../no/such/x", "revision": _COMMIT}, "is no folder", id="no folder and no id"),
        pytest.param({"revision": _COMMIT}, "is a folder and takes no revision", id="a folder with a revision"),
        pytest.param({"model": ""}, "model '' is not a text", id="no model"),
        pytest.param({"threshold": 1}, "threshold 1 is no number between", id="a threshold of 1"),
        pytest.param({"batch_size": 0}, "batch_size 0", id="no batch"),
        pytest.param({"max_tokens": -1}, "max_tokens -1", id="negative tokens"),
        pytest.param({"device": "tpu"}, "device 'tpu' is none of", id="another device"),
        pytest.param({"precision": 16}, "precision 16 is none of", id="another precision"),
        pytest.param({"supported": True}, "supported True", id="a truth value for a label"),
        pytest.param({"trust_remote_code": "yes"}, "trust_remote_code 'yes'", id="a word for a flag"),
        pytest.param({"treshold": 0.5}, "has no parameter 'treshold'", id="unknown"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_refused(
    folder: Path, parameters: dict[str, object], message: str
) -> None:
    make: Any = Nli
    with pytest.raises(PluginError, match=message):
        make(**{"model": str(folder), **parameters})


def test_a_folder_without_a_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"no readable config\.json"):
        Nli(model=str(tmp_path))


def test_a_hub_model_is_named_by_its_commit() -> None:
    model = Nli(model="org/model", revision=_COMMIT, device="cpu", trust_remote_code=True)
    assert model.version.startswith(f"1-org/model@{_COMMIT}+remote_code-float32-")


@pytest.mark.gpu
def test_on_cuda_it_runs_in_bfloat16_and_says_so(folder: Path) -> None:
    grader = Nli(model=str(folder))
    assert "-bfloat16-" in grader.version
    assert is_good(grader, item_with(context=f"{_FILLER} {_YES}"), _CLAIM)
    assert not is_good(grader, item_with(context=_YES), _WRONG)
