"""A grader of one's own: is the answer polite?"""

from collections.abc import Iterator, Sequence

from qualityslo import Answer, Verdict

_RUDE = ("idiot", "nonsense", "shut up", "stupid")


class Polite:
    """Judges politeness: good if no rude word occurs in the answer."""

    name = "polite"
    version = "1"
    criterion = "politeness"

    def grade(self, batch: Sequence[Answer]) -> Iterator[Verdict]:
        """Yield one verdict an answer, in order."""
        for answer in batch:
            text = answer.response.text.casefold()
            found = [word for word in _RUDE if word in text]
            why = f"says {', '.join(found)}" if found else "says nothing rude"
            yield Verdict(good=not found, score=float(not found), rationale=why)
