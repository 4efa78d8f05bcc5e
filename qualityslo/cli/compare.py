"""What a person sees of two runs side by side."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from qualityslo.domain.run_difference import Flips, RunsComparison
    from qualityslo.stats import Estimate

MAX_IDS = 12


def print_comparison(found: "RunsComparison") -> None:
    """Print two runs side by side: what differs, the figures, and the items that changed sides."""
    import sys

    from rich.console import Console
    from rich.text import Text

    from qualityslo.cli.display import PIPE_WIDTH

    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    for name, side in (("first", found.first), ("second", found.second)):
        head = f"{name}  {side.run_id}, slot {side.slot:%Y-%m-%d %H:%M} UTC, exit {side.exit_code}"
        console.print(Text(head, style="bold"))
        console.print(Text(f"        {side.conclusion}"))
    for mark in found.marks:
        style = "bold yellow" if mark.breaks else ""
        what = f"{mark.part} {mark.name}".strip()
        breaks = "not comparable: " if mark.breaks else ""
        line = f"{breaks}{what} differs: {_short(mark.first)} -> {_short(mark.second)}"
        console.print(Text(line, style=style))
    console.print(_figures(found))
    for match in found.items:
        console.print(
            Text(
                f"{match.golden}: {match.same} items are the same in both runs, {match.changed} "
                f"changed, {match.only_first} only in the first, {match.only_second} only in the "
                "second"
            )
        )
    for name in found.left_out:
        why = "it is not in both runs, or not in the present spec"
        console.print(Text(f"{name}: items not compared: {why}", style="bold yellow"))
    for flips in found.flips:
        for line in _flips(flips):
            console.print(Text(line))


def _figures(found: "RunsComparison") -> "Table":
    from rich.table import Table
    from rich.text import Text

    from qualityslo.domain.wording import percent

    table = Table(title="good ratio of the night itself", title_justify="left")
    for name in ("SLO", "model", "first", "second", "difference", "target", "state", "comparable"):
        right = name in {"difference", "target"}
        table.add_column(name, justify="right" if right else "left")
    for one in found.figures:
        states = [one.first_state, one.second_state]
        state = states[0] if states[0] == states[1] else " -> ".join(states)
        cells = [
            f"{one.slo}",
            one.role.value,
            _good(one.first),
            _good(one.second),
            "-" if one.difference is None else f"{100 * one.difference:+.1f} pp",
            percent(one.target),
            state,
            "no: " + ", ".join(one.doubts) if one.doubts else "yes",
        ]
        table.add_row(*[Text(cell) for cell in cells])
    return table


def _good(good: "Estimate | None") -> str:
    from qualityslo.domain.wording import good_in_words

    return good_in_words(None if good is None else good.complement())


def _flips(flips: "Flips") -> list[str]:
    head = (
        f"{flips.criterion} on {flips.golden} ({flips.role.value}), by the graders: "
        f"{len(flips.good_to_bad)} good -> bad, {len(flips.bad_to_good)} bad -> good, "
        f"of {flips.compared} judged in both ({flips.open} not)"
    )
    lines = [head]
    for words, ids in (("good -> bad", flips.good_to_bad), ("bad -> good", flips.bad_to_good)):
        if ids:
            rest = f", and {len(ids) - MAX_IDS} more (--json)" if len(ids) > MAX_IDS else ""
            lines.append(f"  {words}: {', '.join(ids[:MAX_IDS])}{rest}")
    return lines


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:100]}..."
