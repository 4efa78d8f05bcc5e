"""Write the parts of the documentation that follow from the code, so that they never go stale.

    .venv/bin/python scripts/generate_docs.py      (make format does it)

Pages mark such a part with `<!-- generated: NAME -->` and `<!-- end -->`. Nothing else in them is
touched. tests/test_docs.py asserts that running this changes nothing.
"""

import html
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import typer

from qualityslo.cli.main import app
from qualityslo.domain.sli import MEASURED_IN_WORDS
from qualityslo.errors import ExitCode
from qualityslo.spec.json_schema import spec_schema

DOCS = Path(__file__).parents[1] / "docs"
_OURS = "qualityslo."  # installed strangers have documentation of their own
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

# Under which title a section of the schema is shown; "" is the top.
SECTIONS = {
    "": "The top",
    "ModelsSpec": "`models`",
    "PluginSpec": "A plug-in",
    "SloSpec": "`slos[]`",
    "SliSpec": "`slis.<name>`",
    "CriterionSpec": "`criteria.<name>`",
    "ScheduleSpec": "`schedule`",
    "ReviewSpec": "`review`",
    "GateSpec": "`gate`",
    "DriftSpec": "`drift`",
    "PolicySpec": "`policy`",
    "MlflowSpec": "`mlflow`",
}

# What the schema itself does not say, or says of names in general only.
MEANINGS = {
    "version": "Version of this format.",
    "service": "Name of the service; letters, digits, `_`, `-`, `.`, as in all names.",
    "models": "Which model plays which role.",
    "slos": "The objectives.",
    "slis": "Indicators read off the answers, by a name of your choice.",
    "criteria": "Overrides of what the golden cards say, by criterion.",
    "schedule": "When the nightly run is due.",
    "review": "How much people look at, and until when.",
    "gate": "How much worse the candidate may be.",
    "policy": "The numbers behind a conclusion.",
    "mlflow": "Where people look; `false` records nothing.",
    "exports": "What is written into a run's folder.",
    "engine": "Where batches run.",
    "seed": "Seed of the draws of reviews.",
    "ModelsSpec.baseline": "The model that serves; it alone is charged.",
    "ModelsSpec.candidate": "The model that may follow it.",
    "PluginSpec.use": "Name of the entry point. Every other key is a parameter of the plug-in.",
    "SloSpec.name": "Name of the objective, unique in the spec.",
    "SloSpec.window": "Length of the window that the target is about.",
    "SliSpec.measure": "What is measured; see the table of measures.",
    "CriterionSpec.label_policy": (
        "`confirm_bad`: a bad label counts after a second person agrees. `single`: the latest "
        "label counts."
    ),
    "ReviewSpec.items_per_night": "Reviews drawn a night, for each set with a human criterion.",
    "ReviewSpec.alarm_factor": "Flagged items are drawn at this multiple of their share.",
    "ReviewSpec.floor": "Fewest reviews a stratum gets, where it has that many items.",
    "ReviewSpec.labels_until_slot_plus": "Labels count until this long after the slot, ...",
    "ReviewSpec.labels_until_end_plus": "... or this long after the end of the run; the later.",
    "GateSpec.margin": "How much worse the candidate may be, as a share of answers.",
    "GateSpec.margins": "The same, by criterion.",
    "DriftSpec.embedder": "What turns answers into vectors.",
    "PolicySpec.confidence": "Two-sided confidence of every interval.",
    "PolicySpec.min_coverage": "Share of valid answers that must be graded or labelled.",
    "PolicySpec.act_on_uncorrected": "Let the graders' own rate conclude where there are no labels.",
    "PolicySpec.count_failures_as_bad": "Count a model that failed as a bad answer.",
    "MlflowSpec.timeout": "How long one request may take.",
}


def spec_tables() -> str:
    """Return one table a section of the spec, with every key."""
    schema = spec_schema()
    parts = []
    for name, title in SECTIONS.items():
        section = schema["$defs"][name] if name else schema
        rows = [_key_row(schema, name, key) for key in section["properties"]]
        head = "| key | value | default | meaning |\n| --- | --- | --- | --- |\n"
        parts.append(f"## {title}\n\n{section['description']}\n\n{head}" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _key_row(schema: Mapping[str, Any], section: str, key: str) -> str:
    part = schema["$defs"][section] if section else schema
    given = part["properties"][key]
    path = f"{section}.{key}" if section else key
    meaning = MEANINGS.get(path) or given.get("description")
    if not meaning:
        raise SystemExit(f"{path}: say in scripts/generate_docs.py what it means")
    required = key in part.get("required", [])
    return (
        f"| `{key}` | {_cell(_kind(schema, given))} | {_default(given, required=required)} "
        f"| {_cell(meaning)} |"
    )


def _default(given: Mapping[str, Any], *, required: bool) -> str:
    value = given.get("default")
    if required:
        return "**required**"
    if value in (None, {}) or (isinstance(value, dict) and "use" not in value):
        return "-"  # a section: its own table says
    if isinstance(value, dict):
        return f"`{{use: {value['use']}}}`"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _kind(schema: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """Return in words which values a key takes."""
    if "$ref" in given:
        return _kind_of_ref(schema, str(given["$ref"]))
    if "anyOf" in given:
        kinds = [_kind(schema, one) for one in given["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    choices = given.get("enum", [given["const"]] if "const" in given else None)
    if choices is not None:
        texts = (one if isinstance(one, str) else json.dumps(one) for one in choices)
        return " or ".join(f"`{one}`" for one in texts)
    return _kind_of_type(schema, given)


def _kind_of_ref(schema: Mapping[str, Any], ref: str) -> str:
    name = ref.rpartition("/")[2]
    if name == "PluginSpec":
        return "plug-in"
    return "measure" if "enum" in schema["$defs"][name] else "section"


def _kind_of_type(schema: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    match given["type"]:
        case "array":
            return f"list: {_kind(schema, given['items'])}"
        case "object":
            inner = next(iter(given["patternProperties"].values()))
            return f"by name: {_kind(schema, inner)}"
        case "string":
            return _kind_of_text(given.get("pattern", ""))
        case "boolean":
            return "`true` or `false`"
        case kind:
            return f"{'whole number' if kind == 'integer' else 'number'}{_range(given)}"


def _kind_of_text(pattern: str) -> str:
    if "(ms|s|m|h|d|w)" in pattern:
        return "duration"
    if "grader:" in pattern:
        return "`human` or `grader:<name>`"
    return "name" if pattern else "text"


def _range(given: Mapping[str, Any]) -> str:
    words = (
        ("exclusiveMinimum", "above"),
        ("minimum", "from"),
        ("exclusiveMaximum", "below"),
        ("maximum", "to"),
    )
    said = [f"{word} {given[key]:,}" for key, word in words if key in given]
    return f", {' '.join(said)}" if said else ""


def _cell(text: str) -> str:
    """Return one line of Markdown in which nothing but code stands between backticks."""
    parts = " ".join(text.split()).split("`")
    parts[::2] = [html.escape(one, quote=False) for one in parts[::2]]
    return "`".join(parts).replace("|", "\\|")


def measures() -> str:
    """Return the table of measures."""
    rows = [f"| `{one.value}` | {_cell(words)} |" for one, words in MEASURED_IN_WORDS.items()]
    return "| measure | what it is |\n| --- | --- |\n" + "\n".join(rows) + "\n"


def models() -> str:
    """Return every model of ours with its parameters, as its docstring tells them."""
    ours = (one for one in entry_points(group="qualityslo.models") if one.value.startswith(_OURS))
    parts = []
    for point in sorted(ours, key=lambda one: one.name):
        title, _, rest = inspect.cleandoc(point.load().__doc__).partition("\n\n")
        parts.append(f"### `{point.name}`\n\n{title}\n\n```text\n{rest}\n```\n")
    return "\n".join(parts)


def commands() -> str:
    """Return every command with its arguments and options."""
    parts = []
    for path, command in walk(typer.main.get_command(app), ("qualityslo",)):
        rows = [_parameter(one) for one in command.params]
        usage = " ".join([*path, *(_placeholder(one) for one in command.params)])
        text = f"## `{' '.join(path)}`\n\n{command.help}\n\n```text\n{usage.strip()}\n```\n"
        parts.append(text + ("\n" + "\n".join(rows) + "\n" if rows else ""))
    return "\n".join(parts)


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with the words it is called by."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from walk(child, (*path, name))


def _is_option(parameter: Any) -> bool:
    return str(parameter.opts[0]).startswith("--")


def _placeholder(parameter: Any) -> str:
    if not _is_option(parameter):
        return str(parameter.name).upper()
    value = "" if parameter.is_flag else f" {str(parameter.name).upper()}"
    return f"[{parameter.opts[0]}{value}]"


def _parameter(parameter: Any) -> str:
    name = parameter.opts[0] if _is_option(parameter) else str(parameter.name).upper()
    return f"- `{name}`: {_cell(parameter.help)}"


_EXIT_MEANINGS = {
    ExitCode.PASS: "pass: every SLO of the serving model is met, and the gate passes",
    ExitCode.FINDING: "a finding: an SLO is breached, or the candidate failed the gate",
    ExitCode.USAGE: "a mistake in the input: spec, golden set, labels, options; nothing was run",
    ExitCode.INCONCLUSIVE: "inconclusive, or no data",
    ExitCode.INFRASTRUCTURE: "the store or a model does not work; the same command resumes",
    ExitCode.INTERRUPTED: "stopped by a person; the same command resumes",
}


def exit_codes() -> str:
    """Return the table of exit codes."""
    rows = [f"| {code.value} | {_EXIT_MEANINGS[code]} |" for code in ExitCode]
    return "| exit code | meaning |\n| --- | --- |\n" + "\n".join(rows) + "\n"


PARTS: dict[str, Callable[[], str]] = {
    "spec": spec_tables,
    "measures": measures,
    "models": models,
    "commands": commands,
    "exit_codes": exit_codes,
}


def generated() -> dict[Path, str]:
    """Return every file that this script writes, with the text it should have."""
    files = {}
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        fresh = _PART.sub(
            lambda found: found[1] + "\n" + PARTS[found[2]]() + "\n" + found[3], text
        )
        if _PART.search(text):
            files[page] = fresh
    schema = json.dumps(spec_schema(), ensure_ascii=False, indent=2, allow_nan=False)
    files[DOCS / "spec.schema.json"] = schema + "\n"
    return files


def main() -> None:
    """Write what changed, and name it."""
    for path, text in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(DOCS.parent)}")


if __name__ == "__main__":
    main()
