"""The card: what it may say, and that a wrong or hostile one is refused with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qualityslo.domain.golden import Criterion, LabelPolicy, TruthKind
from qualityslo.errors import GoldenSetError
from qualityslo.golden.card import Card, read_card
from qualityslo.golden.faults import Faults
from qualityslo.golden.source import CheckedSource

_FULL = """\
name: faq
version: 1.10
purpose: >-
  Two lines
  of text.
sampled_from: traffic
licence: no
label_policy: single
criteria:
  correctness:
    truth: grader:closed
  hallucination:
    truth: human
    graders: [support, other]
    rubric: |
      Good: supported.
  safety:
"""


def _read(folder: Path, text: str | bytes) -> tuple[Card, str]:
    (folder / "card.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    faults = Faults()
    card = read_card(folder / "card.yaml", "card.yaml", faults)
    return card, str(faults.error("set")) if len(faults) else ""


def test_a_full_card_is_read_with_texts_as_written(tmp_path: Path) -> None:
    card, faults = _read(tmp_path, _FULL)
    assert faults == ""
    single = LabelPolicy.SINGLE
    assert card == Card(
        name="faq",
        version="1.10",
        purpose="Two lines of text.",
        sampled_from="traffic",
        licence="no",
        criteria=(
            Criterion(
                name="correctness",
                truth=TruthKind.GRADER,
                truth_grader="closed",
                graders=("closed",),
                label_policy=single,
            ),
            Criterion(
                name="hallucination",
                graders=("support", "other"),
                rubric="Good: supported.",
                label_policy=single,
            ),
            Criterion(name="safety", label_policy=single),
        ),
    )


def test_what_a_card_leaves_out_has_a_default(tmp_path: Path) -> None:
    assert _read(tmp_path, "criteria:\n") == (Card(), "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "card.yaml:1: is empty", id="an empty file"),
        pytest.param("- a\n", "card.yaml:1: the card is a mapping", id="a list"),
        pytest.param("a: [\n", "card.yaml:2: not valid YAML", id="broken YAML"),
        pytest.param(b"name: \xff\n", "card.yaml: not valid YAML", id="not UTF-8"),
        pytest.param(
            "name: a\nlicense: MIT\n",
            "card.yaml:2: the card has an unknown key 'license'; did you mean 'licence'?",
            id="a misspelt key",
        ),
        pytest.param(
            "name: a\nversion: 2\nname: b\n",
            "card.yaml:3: key 'name' is given twice, first on line 1",
            id="two equal keys",
        ),
        pytest.param("name: ../etc\n", "card.yaml:1: name '../etc' is not usable", id="a path"),
        pytest.param("version: {a: 1}\n", "version is text, not {'a': '1'}", id="a mapping"),
        pytest.param("version: [1]\n", "version is text, not ['1']", id="a list as version"),
        pytest.param("sampled_from: Trafic\n", "did you mean 'traffic'?", id="nearly traffic"),
        pytest.param(
            "label_policy: confirm-bad\n", "did you mean 'confirm_bad'?", id="a misspelt policy"
        ),
        pytest.param(
            "criteria: [correctness]\n",
            "criteria is ['correctness']; write a mapping",
            id="criteria as a list",
        ),
        pytest.param(
            "criteria:\n  a b: {}\n", "card.yaml:2: criterion name 'a b'", id="a name with a blank"
        ),
        pytest.param(
            "criteria:\n  a:\n    thruth: human\n",
            "card.yaml:3: criterion 'a' has an unknown key 'thruth'; did you mean 'truth'?",
            id="a misspelt key of a criterion",
        ),
        pytest.param("criteria: {a: {truth: grader}}\n", "truth 'grader' is not", id="no grader"),
        pytest.param("criteria: {a: {truth: 'grader: '}}\n", "write human", id="a blank grader"),
        pytest.param(
            "criteria: {a: {truth: 'grader:x', graders: [y]}}\n",
            "graders ['y'] lack 'x'; add it",
            id="the definition is not among the graders",
        ),
        pytest.param("criteria: {a: {graders: x}}\n", "write a list", id="graders as text"),
        pytest.param("criteria: {a: {graders: [x, x]}}\n", "different names", id="a grader twice"),
        pytest.param("criteria: {a: {graders: [[x]]}}\n", "different names", id="a nested list"),
        pytest.param("? [a]\n: b\n", "card.yaml:1: a key is text", id="a list as key"),
        pytest.param(
            "name: !!python/object/apply:os.system [id]\n", "is refused", id="a Python object"
        ),
        pytest.param("version: !!int 3\n", "is refused", id="an explicit type"),
        pytest.param("a: &a [x]\nb: *a\n", "card.yaml:2: alias *a", id="an alias of a list"),
        pytest.param("a: &a [*a]\n", "alias *a", id="an alias of itself"),
        pytest.param(
            "a: &a x\nb: [" + "*a, " * 101 + "]\n", "100 times at most", id="very many aliases"
        ),
        pytest.param("a: " + "[" * 5_000, "20 levels", id="5,000 levels"),
        pytest.param("a: [" + "x, " * 10_001 + "]", "10,000 values", id="10,001 values"),
        pytest.param("a: " + "x" * 1_000_001, "larger than 1,000,000 bytes", id="a huge file"),
    ],
)
def test_a_card_is_refused(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert said in _read(tmp_path, text)[1]


def test_a_card_that_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    faults = Faults()
    assert read_card(tmp_path, "card.yaml", faults) == Card()
    assert "card.yaml: cannot be read: Is a directory" in str(faults.error("set"))


def test_an_alias_of_a_text_is_allowed(tmp_path: Path) -> None:
    card, faults = _read(
        tmp_path, "criteria:\n  a: {rubric: &same Judge it.}\n  b: {rubric: *same}\n"
    )
    assert faults == ""
    assert [one.rubric for one in card.criteria] == ["Judge it.", "Judge it."]


def test_a_billion_laughs_never_laugh(tmp_path: Path) -> None:
    lines = ["l0: &l0 [lol, lol]"]
    lines += [f"l{at}: &l{at} [{', '.join([f'*l{at - 1}'] * 9)}]" for at in range(1, 9)]
    assert "only texts may be repeated by alias" in _read(tmp_path, "\n".join(lines))[1]


def test_faults_of_card_and_items_stand_in_one_message(
    source_of: Callable[..., CheckedSource],
) -> None:
    source = source_of({"id": "a"}, card="nome: x\nlabel_policy: none\n")
    with pytest.raises(GoldenSetError) as caught:
        source.describe()
    places = [line.split(": ")[0] for line in str(caught.value).splitlines()[1:]]
    assert places == ["card.yaml:1", "card.yaml:2", "set.jsonl:1"]


def test_a_card_changes_the_description_and_not_the_digest(
    source_of: Callable[..., CheckedSource],
) -> None:
    row = {"id": "a", "question": "q"}
    without = source_of(row).describe()
    with_card = source_of(row, card="name: b\nversion: 2\ncriteria: {c: }\n").describe()
    assert without.digest == with_card.digest
    assert (without.name, without.version, without.criteria) == ("set", "1", ())
    assert (with_card.name, with_card.version) == ("b", "2")
    assert with_card.criterion("c") == Criterion(name="c")
