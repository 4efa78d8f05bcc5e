"""The parts of the trained graders: artefacts, trees, words, features."""

import json
import subprocess
import sys
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from bench.grading.fit import FOLDS, Member, Recipe, artefact_text, fitted, fold_of, grown_by
from bench.grading.rows import Row
from qualityslo.graders.trained import answers, claims
from qualityslo.graders.trained.answers import ANSWER_FEATURES, compare, kind_of_question
from qualityslo.graders.trained.claims import CLAIM_FEATURES
from qualityslo.graders.trained.context import Context, common_length, window_masks
from qualityslo.graders.trained.forest import Artefact, Forest, shipped
from qualityslo.graders.trained.words import Rarity, Words, stem, words_of

TRAINED = ("correctness", "faithfulness")
FLAT = Rarity(weights={}, unknown=1.0)


def _row(group: str, *, positive: bool = True) -> Row:
    return Row(
        id=group,
        source="s",
        group=group,
        question="",
        references=(),
        context=(),
        answer="",
        positive=positive,
    )


@pytest.mark.parametrize("name", TRAINED)
def test_an_artefact_is_small_and_belongs_to_the_features_of_the_code(name: str) -> None:
    stored = files("qualityslo.graders.trained") / "artefacts" / f"{name}.json"
    assert len(stored.read_bytes()) <= 300_000
    features = {"correctness": ANSWER_FEATURES, "faithfulness": CLAIM_FEATURES}[name]
    assert shipped(name).forest.features == features
    assert 0.0 < shipped(name).threshold < 1.0
    card = files("qualityslo.graders.trained") / "artefacts" / f"{name}.md"
    assert "Data and licences" in card.read_text("utf-8")


@pytest.mark.parametrize("name", TRAINED)
def test_no_source_without_a_permissive_licence_was_trained_on(name: str) -> None:
    sources = set(shipped(name).card["rows"])
    assert sources
    assert not {one for one in sources if one.startswith(("faithbench", "qags"))}


@pytest.mark.parametrize("name", TRAINED)
def test_the_digest_changes_with_the_artefact(name: str) -> None:
    text = (files("qualityslo.graders.trained") / "artefacts" / f"{name}.json").read_text("utf-8")
    stored = json.loads(text)
    stored["threshold"] += 0.001
    assert Artefact.from_text(text).digest == shipped(name).digest
    assert Artefact.from_text(json.dumps(stored)).digest != shipped(name).digest


def test_grading_imports_neither_scikit_learn_nor_torch() -> None:
    code = (
        "import sys; from qualityslo.graders.correctness import Correctness as C;"
        "from qualityslo.graders.faithfulness import Faithfulness as F; C(); F();"
        "print(sorted({'sklearn', 'torch', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_features_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "from tests.graders.test_trained import FLAT; from qualityslo.graders.trained.answers"
        " import compare; print(compare('Is it one of them?', ['It is: yes, he is one of them'],"
        " 'No, 3 of 17 and 4 of 12 are', FLAT).values)"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        ).stdout
        for seed in ("1", "2", "3", "4")
    }
    assert len(shown) == 1


# --- trees ---------------------------------------------------------------------------------


def _problem(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    table = rng.normal(size=(rows, 4)).round(4)
    return table, table[:, 0] + table[:, 1] ** 2 + rng.normal(size=rows) > 1


def _recipe(*members: Member) -> Recipe:
    names = ("a", "b", "c", "d")
    settings = {"max_iter": 40, "max_leaf_nodes": 8, "learning_rate": 0.1}
    return Recipe(
        name="test",
        features=names,
        monotone={"a": 1},
        weight=lambda _: 1.0,
        members=members or (Member(features=frozenset(names), settings=settings),),
    )


def test_the_trees_agree_with_scikit_learn() -> None:
    from bench.grading.fit import classifier

    table, positive = _problem()
    recipe = _recipe()
    model = classifier(recipe, recipe.members[0], 0).fit(table, positive)
    grown = grown_by(model)
    stored = json.loads(json.dumps(grown.trees))
    fresh = np.random.default_rng(8).normal(size=(2000, 4))
    rows = np.concatenate([table, fresh])
    ours = Forest.of(recipe.features, grown.base, stored).probabilities(rows)
    np.testing.assert_allclose(ours, model.predict_proba(rows)[:, 1], atol=1e-7, rtol=0)


def test_members_are_averaged_in_log_odds_over_their_own_features() -> None:
    table, positive = _problem()
    weights = np.ones(len(table))
    settings = {"max_iter": 20, "max_leaf_nodes": 6}
    parts = [
        Member(features=frozenset("ab"), settings=settings),
        Member(features=frozenset("bcd"), settings=settings),
    ]

    def log_odds(recipe: Recipe) -> np.ndarray:
        grown = fitted(recipe, table, positive, weights)
        chance = Forest.of(recipe.features, grown.base, grown.trees).probabilities(table)
        return np.log(chance / (1 - chance))

    first = log_odds(_recipe(parts[0]))
    both = log_odds(_recipe(parts[0], parts[0]))
    np.testing.assert_allclose(both, first, atol=1e-6)
    assert np.abs(log_odds(_recipe(*parts)) - first).max() > 0.01


def test_a_row_gets_the_same_probability_in_any_batch() -> None:
    forest = shipped("correctness").forest
    rows = np.random.default_rng(1).normal(size=(700, len(forest.features)))
    together = forest.probabilities(rows)
    np.testing.assert_array_equal(
        together[[0, 511, 512, 699]], forest.probabilities(rows[[0, 511, 512, 699]])
    )
    assert len(forest.probabilities([])) == 0


@pytest.mark.parametrize("name", TRAINED)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_probability_follows_the_features_of_known_direction(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    forest = shipped(name).forest
    up = {"correctness": answers.INCREASING, "faithfulness": claims.INCREASING}[name]
    down = {"correctness": answers.DECREASING, "faithfulness": claims.DECREASING}[name]
    numbers = np.unique(forest.number[forest.column >= 0])
    low = rng.choice(numbers, size=(20, len(forest.features)))
    high = low.copy()
    for at, feature in enumerate(forest.features):
        step = rng.random(20) * (rng.random(20) < 0.3) * 3
        high[:, at] += step * ((feature in up) - (feature in down))
    assert (forest.probabilities(high) >= forest.probabilities(low) - 1e-12).all()


def test_folds_keep_groups_together_and_differ_in_size_by_little() -> None:
    rows = [_row(f"g{at % 50}") for at in range(400)]
    folds = fold_of(rows)
    assert len({(one.group, fold) for one, fold in zip(rows, folds, strict=True)}) == 50
    assert set(folds.tolist()) == set(range(FOLDS))


def test_an_artefact_survives_writing_and_reading() -> None:
    table, positive = _problem()
    recipe = _recipe()
    grown = fitted(recipe, table, positive, np.ones(len(table)))
    rarity = Rarity(weights={"peak": 2.5, "rare": 6.1}, unknown=7.0)
    text = artefact_text(recipe, grown, threshold=0.5, floors={}, card={}, rarity=rarity.to_json())
    read = Artefact.from_text(text)
    assert (read.rarity, read.threshold) == (rarity, 0.5)
    forest = Forest.of(recipe.features, grown.base, grown.trees)
    np.testing.assert_array_equal(read.forest.probabilities(table), forest.probabilities(table))


# --- words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("forty-two", "42", id="number words"),
        pytest.param("the 21st century", "the 21 century", id="ordinals in digits"),
        pytest.param("the fourth", "the 4th", id="ordinals in words"),
        pytest.param("World War II", "World War 2", id="roman numerals"),
        pytest.param("the United States", "USA", id="a country and its acronym"),
        pytest.param("France", "French", id="a country and its adjective"),
        pytest.param("caf\u00e9s", "Cafe", id="accents and plurals"),
        pytest.param("colours", "color", id="British spelling"),
        pytest.param("\uff21\uff22\uff23", "abc", id="full-width letters"),
        pytest.param("2023-04-03", "3 April 2023", id="dates in digits"),
        pytest.param("169kg", "169 kilograms", id="units"),
    ],
)
def test_two_spellings_are_one(first: str, second: str) -> None:
    assert Words(first).stems == Words(second).stems


def test_different_words_stay_different() -> None:
    for first, second in pairwise(["Iran", "Iraq", "Austria", "Australia", "1942", "1943", "ii"]):
        assert stem(words_of(first)[0]) != stem(words_of(second)[0])


def test_a_won_game_is_no_negation() -> None:
    assert not Words("She won the cup").negated
    assert Words("She won't come").negated
    assert Words("She didn\u2019t come").negated
    assert Words("It is not here").negated


def test_scripts_without_blanks_become_pairs() -> None:
    assert words_of("\u6771\u4eac\u90fd x") == ["\u6771\u4eac", "\u4eac\u90fd", "x"]


# --- features ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("when was it built", 1),
        ("in which year did it open", 1),
        ("who wrote it", 2),
        ("where is it", 3),
        ("how many are there", 4),
        ("is it red", 9),
    ],
)
def test_the_kind_of_a_question_is_read_off_its_words(question: str, kind: int) -> None:
    assert kind_of_question(question.split()) == kind


def test_the_number_of_references_is_no_feature() -> None:
    one = compare("Who?", ["Jane Austen"], "Jane Austen wrote it", FLAT)
    same = compare(
        "Who?",
        ["Jane Austen", "jane austen", "JANE AUSTEN", "Jane  Austen."],
        "Jane Austen wrote it",
        FLAT,
    )
    assert one is not None
    assert same is not None
    assert one.values == same.values


def test_a_reference_without_words_cannot_be_compared() -> None:
    assert compare("Who?", ["...", "!"], "Jane", FLAT) is None


@given(
    st.lists(st.sampled_from("abcd"), max_size=20), st.lists(st.sampled_from("abcd"), max_size=20)
)
def test_common_length_is_the_longest_common_subsequence(
    first: list[str], second: list[str]
) -> None:
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if one == other else max(table[i][j + 1], table[i + 1][j])
            )
    assert common_length(first, window_masks(second), len(second)) == table[-1][-1]
    in_order = Context([" ".join(second)], "").in_order([stem(one) for one in first if one != "a"])
    assert 0.0 <= in_order <= 1.0


def test_a_window_is_where_most_of_a_sentence_stands() -> None:
    filler = " ".join(f"word{at}" for at in range(300))
    context = Context([f"{filler} red green blue {filler}"], "")
    weight, start, end = context.window_for([stem("red"), stem("green"), stem("blue")], FLAT)
    assert weight == 3.0
    assert start < 300
    assert 303 <= end < start + 70
