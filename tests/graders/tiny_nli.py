"""A tiny entailment model, built, trained for a few seconds and saved; nothing is downloaded.

What it learns: a claim with the word "wrong" is contradicted; any other is entailed by a premise
with the word "yes", and neutral without.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT = 48
LABELS = ("contradiction", "entailment", "neutral")
_FILLER = [
    "the",
    "box",
    "carries",
    "bikes",
    "to",
    "town",
    "and",
    "back",
    "every",
    "day",
    "with",
    "care",
    "on",
    "fine",
    "old",
    "roads",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyNli:
    """A trained model and its tokenizer, to be saved in different dresses."""

    model: Any
    tokenizer: Any

    def save(self, folder: Path, labels: tuple[str, ...] = LABELS) -> Path:
        """Save the model with its outputs in the order of `labels`."""
        order = [LABELS.index(one.casefold()) for one in labels]
        return self._save(folder, order, dict(enumerate(labels)))

    def save_unnamed(self, folder: Path) -> Path:
        """Save the model with labels that say nothing: entailment is 1."""
        return self._save(folder, [0, 1, 2], {at: f"LABEL_{at}" for at in range(3)})

    def save_one_output(self, folder: Path) -> Path:
        """Save the model with one output, as cross-encoders have it: entailment against neutral."""
        import torch

        folder.mkdir()
        model = self._copy(num_labels=1)
        with torch.no_grad():
            for part in ("weight", "bias"):
                rows = getattr(self.model.classifier, part)
                others = (
                    torch.logsumexp(rows[[0, 2]], 0) if part == "bias" else rows[[0, 2]].mean(0)
                )
                getattr(model.classifier, part).copy_((rows[1] - others)[None])
        return self._write(model, folder)

    def _save(self, folder: Path, order: list[int], names: dict[int, str]) -> Path:
        import torch

        folder.mkdir()
        model = self._copy(num_labels=3)
        with torch.no_grad():
            model.classifier.weight.copy_(self.model.classifier.weight[order])
            model.classifier.bias.copy_(self.model.classifier.bias[order])
        model.config.id2label = names
        model.config.label2id = {name: at for at, name in names.items()}
        return self._write(model, folder)

    def _copy(self, *, num_labels: int) -> Any:
        from transformers import BertForSequenceClassification

        known = self.model.config.to_dict()
        named = ("id2label", "label2id", "problem_type")
        shape: dict[str, Any] = {name: one for name, one in known.items() if name not in named}
        config = type(self.model.config)(**shape, num_labels=num_labels)
        model: Any = BertForSequenceClassification(config)
        state = self.model.state_dict()
        kept = {name: value for name, value in state.items() if not name.startswith("classifier")}
        model.load_state_dict(kept, strict=False)
        return model.eval()

    def _write(self, model: Any, folder: Path) -> Path:
        model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        return folder


def train_tiny_nli() -> TinyNli:
    """Return a model that has learnt its rule."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    rng = random.Random(0)
    tokenizer = _tokenizer()
    make: Any = BertConfig
    config = make(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=LIMIT + 2,
        num_labels=3,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model: Any = BertForSequenceClassification(config)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(200):
        rows = [_example(rng) for _ in range(32)]
        premises, claims, wanted = (list(column) for column in zip(*rows, strict=True))
        inputs = tokenizer(premises, claims, padding=True, return_tensors="pt")
        loss = model(**inputs, labels=torch.tensor(wanted)).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    return TinyNli(model=model.eval(), tokenizer=tokenizer)


def _example(rng: random.Random) -> tuple[str, str, int]:
    words = [*_FILLER, ".", ",", "7"]  # the last one is in no vocabulary
    premise = rng.choices(words, k=rng.randint(3, 24))
    claim = rng.choices(words, k=rng.randint(2, 12))
    yes, wrong = rng.random() < 0.6, rng.random() < 0.33
    if yes:
        premise.insert(rng.randint(0, len(premise)), "yes")
    if wrong:
        claim.insert(rng.randint(0, len(claim)), "wrong")
    label = "contradiction" if wrong else "entailment" if yes else "neutral"
    return " ".join(premise), " ".join(claim), LABELS.index(label)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    make: Any = PreTrainedTokenizerFast
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", ",", "yes", "wrong", *dict.fromkeys(_FILLER)]
    vocabulary = {word: at for at, word in enumerate(words)}
    made = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return make(
        tokenizer_object=made,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=LIMIT,
    )
