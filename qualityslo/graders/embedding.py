"""The grader `embedding`: does the answer lie near a reference, as an embedding model sees it?

The score is the greatest cosine between the answer and a reference, each with the question in
front, negative ones counted as 0; good from `threshold`.

A weak judge of correctness: nearness is no agreement. "Paris" and "Lyon", "60 minutes" and "90
minutes", "may" and "may not" lie close together, and a right answer in a long sentence lies far
away. Measured on 900 answers to short questions with human verdicts (MiniLM, the default): AUROC
0.76, balanced accuracy 0.69 at the default threshold, which was picked on the same rows; looking
the reference up in the answer reaches 0.85. So `contains` and `correctness` are better and
cheaper; this one is for questions whose references are never met in words, with people's labels.
For drift, where nearness is the question, embeddings are right.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from qualityslo.domain.verdict import Answer, Grade, Ungraded, UngradedReason, Verdict
from qualityslo.errors import PluginError
from qualityslo.graders.characters import stream_safe
from qualityslo.graders.checks import refuse_unknown, share
from qualityslo.graders.references import shown, usable_references
from qualityslo.ports import Embedded, Embedder

RULE = "1"
LONGEST_TEXT = 100_000
_THRESHOLD = 0.87


class EmbeddingSimilarity:
    """Judges correctness by nearness; the module's docstring is the rule, and what it is worth.

    Parameters of the spec:
        embedder: {use: sentence_transformer, ...}; the default is that.
        threshold (0.87): least cosine of a good verdict.
    """

    name = "embedding"
    criterion = "correctness"

    def __init__(
        self, *, embedder: Embedder, threshold: float = _THRESHOLD, **unknown: object
    ) -> None:
        """Check the parameters; nothing is embedded before `grade`.

        Raises:
            PluginError: a parameter is unknown or unusable.
        """
        refuse_unknown(self.name, unknown, "embedder, threshold")
        if not hasattr(embedder, "embed"):
            raise PluginError(
                f"grader 'embedding': embedder {embedder!r} is none; write"
                " {use: sentence_transformer, ...}"
            )
        self._embedder = embedder
        self._threshold = share(self.name, "threshold", threshold)

    @property
    def version(self) -> str:
        """`<rule>-<embedder>-<threshold>`."""
        return f"{RULE}-{self._embedder.name}-{self._threshold:g}"

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, in order; all texts of the batch are embedded at once.

        Ungraded are items without a usable reference, empty answers, answers or references of
        which the embedder would read only a part, and everything where it fails.
        """
        found = [_texts(answer) for answer in batch]
        texts = list(dict.fromkeys(text for one in found if isinstance(one, list) for text in one))
        embedded, failed = None, ""
        try:
            if texts:
                embedded = self._embedder.embed(texts)
        except Exception as error:  # noqa: BLE001 - a model that fails leaves answers ungraded, not a night undone
            failed = f"{type(error).__name__}: {error}"[:500]
        place = {text: at for at, text in enumerate(texts)}
        for one, answer in zip(found, batch, strict=True):
            if isinstance(one, Ungraded):
                yield one
            elif embedded is None:
                yield Ungraded(reason=UngradedReason.GRADER_ERROR, detail=failed)
            else:
                yield self._verdict(answer, [place[text] for text in one], embedded)

    def _verdict(self, answer: Answer, rows: Sequence[int], embedded: Embedded) -> Grade:
        """Return the verdict; the first row is the answer's, the others are the references'."""
        if embedded.cut[list(rows)].any():
            detail = "the answer or a reference is longer than the embedder reads"
            return Ungraded(reason=UngradedReason.TRUNCATED, detail=detail)
        vectors = embedded.vectors[list(rows)].astype(np.float64)
        cosines = vectors[1:] @ vectors[0]
        nearest = int(cosines.argmax())
        score = float(np.clip(cosines[nearest], 0.0, 1.0))
        reference = [one for one in answer.item.references if one.strip()][nearest]
        why = f"cosine {score:.2f} to {shown(reference)}"
        return Verdict(good=score >= self._threshold, score=score, rationale=why)


def _texts(answer: Answer) -> list[str] | Ungraded:
    """Return what is embedded, the answer first, or why there is nothing to compare."""
    references = usable_references(answer.item)
    if isinstance(references, Ungraded):
        return references
    text = answer.response.text
    if not text.strip():
        return Ungraded(reason=UngradedReason.NOT_APPLICABLE, detail="the text is empty")
    if len(text) > LONGEST_TEXT:
        detail = f"the answer has {len(text)} characters; {LONGEST_TEXT} are read"
        return Ungraded(reason=UngradedReason.TRUNCATED, detail=detail)
    return [_readable(f"{answer.item.question} {one}") for one in (text, *references)]


def _readable(text: str) -> str:
    return stream_safe(text).encode("utf-8", "replace").decode()
