"""Check what every interval promises, and print how often it misses at worst.

    python bench/coverage.py                  a minute: some designs, a shallow search
    python bench/coverage.py --full           all of them, about 20 minutes
    python bench/coverage.py --full --ledger coverage.jsonl    goes on where it was stopped
    python bench/coverage.py --full --page docs/coverage.md    writes its tables into the page

`--json` prints one document, `--markdown` the tables. Exit code 1: some promise is broken. What
is checked, and how, is in bench/promises/.
"""

import argparse
import hashlib
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

# Run as a file, Python looks for modules in bench/, where this one would stand for `coverage`.
ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

from bench.promises.checks import Check, every_check  # noqa: E402  # after the path is set
from bench.promises.exact import Misses  # noqa: E402  # after the path is set
from bench.promises.tables import markdown, people, put_into  # noqa: E402  # after the path is set


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks that the command line asks for; return the exit code."""
    options = _parser().parse_args(arguments)
    if options.page:
        put_into(options.page.read_text(encoding="utf-8"), "")  # a wrong page shows now, not later
    picked = [one for one in every_check() if options.full or not one.slow]
    picked = [one for one in picked if options.only in one.name]
    findings = []
    for check, found in _run(picked, options):
        holds = check.holds(found)
        findings.append(_finding(check, found, holds=holds))
        print(f"{'ok' if holds else 'BROKEN':6} {check.name}", file=sys.stderr, flush=True)
    document = {
        "bench": "coverage",
        "seed": options.seed,
        "full": options.full,
        "date": datetime.now(UTC).date().isoformat(),  # noqa: TID251  # a bench dates itself
        "versions": _versions(),
        "findings": findings,
    }
    print(_printed(document, options))
    if options.page:
        page = options.page.read_text(encoding="utf-8")
        options.page.write_text(put_into(page, markdown(document)), encoding="utf-8")
    return int(not all(one["holds"] for one in findings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--markdown", action="store_true", help="print the tables of the docs")
    parser.add_argument("--full", action="store_true", help="every design, a deep search")
    parser.add_argument("--only", default="", metavar="TEXT", help="checks whose name has this")
    parser.add_argument("--seed", type=int, default=0, help="of searches and simulations")
    parser.add_argument("--page", type=Path, help="write the tables into this page, too")
    parser.add_argument("--ledger", type=Path, help="keep findings here, and reuse them")
    return parser


def _run(checks: Sequence[Check], options: argparse.Namespace) -> Iterator[tuple[Check, Misses]]:
    """Yield what each check finds, from the ledger where the same run has left it there."""
    key = _key(options)
    known = _kept(options.ledger, key) if options.ledger else {}
    for check in checks:
        found = known.get(check.name)
        if found is None:
            found = check.run(check.generator(options.seed), full=options.full)
            if options.ledger:
                row = {"run": key, "name": check.name, "found": asdict(found)}
                with options.ledger.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row, allow_nan=False) + "\n")
        yield check, found


def _kept(ledger: Path, key: dict[str, Any]) -> dict[str, Misses]:
    if not ledger.exists():
        return {}
    rows = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    return {row["name"]: Misses(**row["found"]) for row in rows if row["run"] == key}


def _key(options: argparse.Namespace) -> dict[str, Any]:
    """Return what must agree for a finding to be reused: it is of this very code."""
    code = hashlib.sha256()
    for path in sorted([*ROOT.glob("qualityslo/stats/*.py"), *ROOT.glob("bench/promises/*.py")]):
        code.update(path.read_bytes())
    about = {"seed": options.seed, "full": options.full, "code": code.hexdigest()}
    return {**about, **_versions()}


def _versions() -> dict[str, str]:
    from scipy import __version__ as scipy

    return {
        "qualityslo": version("qualityslo"),
        "numpy": np.__version__,
        "scipy": scipy,
        "python": platform.python_version(),
    }


def _finding(check: Check, found: Misses, *, holds: bool) -> dict[str, Any]:
    about = {"promise": check.promise, "kind": check.kind, "design": check.design}
    return {**about, "allowed": check.side, "holds": holds, **asdict(found)}


def _printed(document: dict[str, Any], options: argparse.Namespace) -> str:
    if options.json:
        return json.dumps(document, indent=2, allow_nan=False)
    return markdown(document) if options.markdown else people(document)


if __name__ == "__main__":
    sys.exit(main())
