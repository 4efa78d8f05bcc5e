"""What a golden set holds and what is odd about it, for people: `golden lint` and `golden stats`."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qualityslo.domain.golden import GoldenItem, GoldenSet, Json
from qualityslo.domain.reason import Severity
from qualityslo.golden.fields import Note
from qualityslo.golden.findings import Finding, item_findings, set_findings
from qualityslo.golden.source import CheckedSource

_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """All findings on one set, the worst first."""

    golden: GoldenSet
    findings: tuple[Finding, ...]

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of one severity."""
        return tuple(one for one in self.findings if one.severity is severity)

    @property
    def clean(self) -> bool:
        """Whether there is nothing but information."""
        return len(self.of(Severity.INFO)) == len(self.findings)


def lint(source: CheckedSource) -> LintReport:
    """Look at a whole usable set; holds its items in memory.

    Near-duplicate questions are searched in sets of up to 5,000 items.

    Raises:
        GoldenSetError: the set is not usable; says why.
    """
    golden = source.describe()
    items: list[GoldenItem] = []
    noted: defaultdict[Note, list[str]] = defaultdict(list)
    for row in source.parsed():
        assert row.item is not None
        items.append(row.item)
        for note in dict.fromkeys(row.notes):
            noted[note].append(row.item.id)
    findings = [
        *(_from_note(note, ids) for note, ids in noted.items()),
        *item_findings(items),
        *set_findings(golden, has_card=source.has_card, moving_revision=source.moving_revision),
    ]
    findings.sort(key=lambda one: (_WORST_FIRST.index(one.severity), one.code))
    return LintReport(golden=golden, findings=tuple(findings))


def _from_note(note: Note, ids: Sequence[str]) -> Finding:
    return Finding(
        code=note.code, severity=Severity.WARNING, item_ids=tuple(ids), detail=note.detail
    )


def stats_of(source: CheckedSource) -> dict[str, Json]:
    """Return counts of what a set holds, as plain JSON; lengths are in characters.

    Raises:
        GoldenSetError: the set is not usable; says why.
    """
    golden = source.describe()
    items = list(source.items())
    answerable = sum(item.answerable for item in items)
    slices: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        for name, value in item.slices.items():
            slices[name][value] += 1
    return {
        "name": golden.name,
        "version": golden.version,
        "digest": golden.digest,
        "items": len(items),
        "answerable": answerable,
        "answerable_share": answerable / len(items),
        "conversations": sum(bool(item.messages) for item in items),
        "with_context": sum(bool(item.context) for item in items),
        "groups": len({item.group for item in items if item.group is not None}),
        "kinds": _counted(item.answer.kind.value for item in items),
        "references": _counted(str(len(item.references)) for item in items),
        "slices": {name: _counted(counts.elements()) for name, counts in sorted(slices.items())},
        "lengths": {
            "question": _lengths(len(item.question) for item in items),
            "context": _lengths(sum(map(len, item.context)) for item in items if item.context),
            "reference": _lengths(len(one) for item in items for one in item.references),
        },
    }


def _counted(values: Iterable[str]) -> dict[str, Json]:
    return dict(sorted(Counter(values).items()))


def _lengths(values: Iterable[int]) -> Json:
    """Return shortest, median and longest; null where there is nothing to measure."""
    sizes = sorted(values)
    if not sizes:
        return None
    return {"shortest": sizes[0], "median": statistics.median(sizes), "longest": sizes[-1]}
