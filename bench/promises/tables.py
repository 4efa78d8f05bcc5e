"""Findings as tables, for a terminal and for the documentation."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

Finding = Mapping[str, Any]

_BEGIN, _END = "<!-- measured: coverage -->", "<!-- end -->"
_SHORT = 78  # characters of a design that a terminal shows


def people(document: Mapping[str, Any]) -> str:
    """Return the findings for a terminal."""
    lines = []
    for promise, group in _by_promise(document):
        lines += ["", f"{promise} ({group[0]['kind']})"]
        lines.append(f"  {'':{_SHORT}} {'below':>7} {'above':>7} {'both':>7}")
        for one in group:
            sides = " ".join(f"{100 * one[side]:6.2f}%" for side in ("below", "above", "both"))
            mark = "" if one["holds"] else "  BROKEN"
            lines.append(f"  {one['design'][:_SHORT]:{_SHORT}} {sides}{mark}")
    return "\n".join(lines[1:])


def markdown(document: Mapping[str, Any]) -> str:
    """Return the findings as the measured part of docs/coverage.md."""
    versions = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    depth = "full" if document["full"] else "quick"
    lines = [f"Measured on {document['date']}: {depth} run, seed {document['seed']}; {versions}."]
    lines += ["", *_summary(document)]
    for promise, group in _by_promise(document):
        lines += ["", f"### {promise[0].upper()}{promise[1:]}", "", *_table(group)]
    return "\n".join(lines) + "\n"


def put_into(page: str, tables: str) -> str:
    """Return the page with these tables between its two marks.

    Raises:
        ValueError: the page has no such marks.
    """
    head, mark, rest = page.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if not (mark and end):
        raise ValueError(f"the page has no {_BEGIN!r} ... {_END!r} to write the tables between")
    return f"{head}{mark}\n{tables}{end}{tail}"


def _by_promise(document: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Finding]]]:
    for promise, group in groupby(document["findings"], key=lambda one: str(one["promise"])):
        yield promise, list(group)


def _summary(document: Mapping[str, Any]) -> Iterator[str]:
    yield "| promise | how | designs | accepted a side | worst side | worst total | holds |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | --- |"
    for promise, group in _by_promise(document):
        allowed = max(one["allowed"] for one in group)
        side = max(max(one["below"], one["above"]) for one in group)
        both = max(one["both"] for one in group)
        kept = sum(one["holds"] for one in group)
        holds = "yes" if kept == len(group) else f"{kept} of {len(group)}"
        shares = " | ".join(map(_percent, (allowed, side, both)))
        yield f"| {promise} | {group[0]['kind']} | {len(group)} | {shares} | {holds} |"


def _table(group: Sequence[Finding]) -> Iterator[str]:
    simulated = group[0]["kind"] == "simulation"
    last = "draws" if simulated else "looked at | worst at"
    yield f"| design | below | above | both | {last} |"
    yield "| --- | ---: | ---: | ---: | ---: |" + ("" if simulated else " --- |")
    for one in group:
        sides = " | ".join(_percent(one[side]) for side in ("below", "above", "both"))
        at = "" if simulated else f" | {one['at']}"
        yield f"| {one['design']} | {sides} | {one['tried']:,}{at} |"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
