"""The grader `nli`: does the context entail every sentence of the answer?

Any entailment, MiniCheck-style or HHEM model is asked about each sentence of the answer with each
chunk of the context. A sentence is as well supported as the chunk says that supports it best, an
answer as its worst sentence; it is good if that probability is at least `threshold`.

The context is windowed, all of it; neither side is ever cut: what does not fit is
`Ungraded(truncated)`. Whatever the model fails at is `Ungraded(grader_error)`.

Such models miss wrong figures ("999 million" for "67 million" passed a published one) and know
nothing of your domain: name `support` or `faithfulness` beside it, and let people label.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.errors import PluginError
from qualityslo.graders.checks import flag, refuse_unknown, share, text, whole
from qualityslo.graders.nli_chunks import Claims, Pair, claims_of, pairs_of, too_long
from qualityslo.graders.nli_model import EntailmentModel, precision_of
from qualityslo.graders.nli_source import Source
from qualityslo.graders.references import shown

RULE = "1"
_KNOWN = (
    "model, revision, supported, threshold, device, precision, batch_size, max_tokens, max_pairs,"
    " trust_remote_code"
)
_DEVICES = ("auto", "cpu", "cuda")
_PRECISIONS = ("auto", "float32", "bfloat16")
_SHOWN = 120

_Rows: TypeAlias = Sequence[Sequence[Pair]]


class Nli:
    """Judges hallucination; the module's docstring is the rule.

    Parameters of the spec:
        model: a folder, or the id of a model on the hub; required.
        revision: the hub model's commit, 40 digits; required there, refused for a folder.
        supported (""): name or index of the label that means "supported", where no label's name
            begins with entail, support, consistent, faithful or grounded.
        threshold (0.5): least probability of a good verdict.
        max_tokens (0: what the model says) of a pair, max_pairs (2000) of an answer.
        trust_remote_code (false): run the code that comes with the model, as HHEM 2 needs; part
            of the version.
        device (auto: CUDA where there is any), precision (auto: bfloat16 where CUDA has it, else
            float32), batch_size (32): how it runs.
    """

    name = "nli"
    criterion = "hallucination"

    def __init__(  # noqa: PLR0913 - one argument a parameter of the spec
        self,
        *,
        model: str,
        revision: str = "",
        supported: str | int = "",
        threshold: float = 0.5,
        device: str = "auto",
        precision: str = "auto",
        batch_size: int = 32,
        max_tokens: int = 0,
        max_pairs: int = 2_000,
        trust_remote_code: bool = False,
        **unknown: object,
    ) -> None:
        """Check the parameters, and the labels of a local model; nothing heavy is loaded.

        Raises:
            PluginError: a parameter is unknown or unusable, or the labels have no names.
        """
        refuse_unknown(self.name, unknown, _KNOWN)
        if isinstance(supported, bool) or not isinstance(revision, str):
            raise PluginError(
                f"grader 'nli': revision {revision!r} is a text, supported {supported!r} a text or"
                " an index"
            )
        self._threshold = share(self.name, "threshold", threshold)
        self._max_pairs = whole(self.name, "max_pairs", max_pairs)
        self._source = Source(
            model=text(self.name, "model", model),
            revision=revision,
            supported=supported,
            device=_one_of("device", device, _DEVICES),
            precision=_one_of("precision", precision, _PRECISIONS),
            batch_size=whole(self.name, "batch_size", batch_size),
            max_tokens=whole(self.name, "max_tokens", max_tokens, at_least=0),
            trust_remote_code=flag(self.name, "trust_remote_code", trust_remote_code),
        )
        self._source.check()

    @cached_property
    def version(self) -> str:
        """`<rule>-<model>@<revision or digest>-<precision>-<digest of the other settings>`."""
        source = self._source
        shape = [source.supported, source.max_tokens, self._max_pairs, self._threshold]
        settings = hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:8]
        return f"{RULE}-{source.identity}-{precision_of(source)}-{settings}"

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, in order; the pairs of the whole batch are asked together.

        Ungraded are items without a context, empty answers, what the model would have to cut, and
        everything where it fails.
        """
        found = [claims_of(answer) for answer in batch]
        checked = iter(self._checked([one for one in found if isinstance(one, Claims)]))
        for one in found:
            yield next(checked) if isinstance(one, Claims) else one

    @cached_property
    def _loaded(self) -> EntailmentModel:
        return EntailmentModel(self._source)

    def _checked(self, found: Sequence[Claims]) -> list[Grade]:
        if not found:
            return []
        try:
            model = self._loaded
            laid = [pairs_of(one, model.sizes, model.room, self._max_pairs) for one in found]
            rows = [row for one in laid if not isinstance(one, Ungraded) for row in one]
            support = model.supports([pair for row in rows for pair in row])
        except Exception as error:  # noqa: BLE001 - a model that fails leaves answers ungraded, not a night undone
            detail = f"the model failed: {type(error).__name__}: {error}"[:500]
            return [Ungraded(reason=UngradedReason.GRADER_ERROR, detail=detail) for _ in found]
        return [
            one if isinstance(one, Ungraded) else self._verdict(claims, one, support)
            for claims, one in zip(found, laid, strict=True)
        ]

    def _verdict(self, claims: Claims, rows: _Rows, support: dict[Pair, float]) -> Grade:
        """Return the verdict: the worst claim, each by its best chunk."""
        if any(pair not in support for row in rows for pair in row):
            return too_long(
                "a sentence with a chunk of the context is longer than the model reads"
            )
        best = [max(support[pair] for pair in row) for row in rows]
        score = min(best)
        good = score >= self._threshold
        why = "least supported" if good else "not supported"
        worst = shown(claims.stated[best.index(score)], _SHOWN)
        return Verdict(good=good, score=score, rationale=f"{why} ({score:.2f}): {worst}")


def _one_of(name: str, value: object, known: Sequence[str]) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise PluginError(f"grader 'nli': {name} {value!r} is none of {', '.join(known)}")
