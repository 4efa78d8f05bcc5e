"""What became of each item: as the paired table counts, slice by slice."""

from collections.abc import Callable

import numpy as np
from hypothesis import given, settings, strategies as st

from qualityslo.domain.changes import Change, changes, paired_slices, strongest, tally
from qualityslo.domain.drift_map import DriftMap, length_ratio, mapped_items
from qualityslo.domain.evidence import AnswerColumns, Labelled
from qualityslo.domain.golden import Criterion
from qualityslo.domain.label_coverage import label_coverage
from qualityslo.domain.outcome import Ending
from qualityslo.domain.pairs import GateRule, paired_table
from qualityslo.domain.sli import Role
from qualityslo.stats import benjamini_hochberg

Columns = Callable[..., AnswerColumns]
Lay = Callable[..., Labelled]
QUICK = settings(deadline=None, max_examples=60)  # the first call imports scipy
LETTERS = st.lists(st.tuples(*[st.sampled_from("gb?")] * 2), min_size=1, max_size=40)


@QUICK
@given(pairs=LETTERS)
def test_changes_count_what_the_paired_table_counts(
    make_columns: Columns, lay: Lay, human: Criterion, pairs: list[tuple[str, str]]
) -> None:
    left, right = ("".join(letters) for letters in zip(*pairs, strict=True))
    candidate = lay(make_columns(len(pairs), left), human)
    baseline = lay(make_columns(len(pairs), right), human)
    counts = tally(changes(candidate.judged, baseline.judged))
    table = paired_table(candidate, baseline, human, "faq", GateRule())
    assert counts[Change.BOTH_GOOD] == table.both_good
    assert counts[Change.BOTH_BAD] == table.both_bad
    assert counts[Change.ONLY_CANDIDATE_BAD] == table.only_candidate_bad
    assert counts[Change.ONLY_BASELINE_BAD] == table.only_baseline_bad
    assert counts[Change.NOT_JUDGED] == table.excluded


def test_an_item_that_a_model_failed_on_is_not_judged(
    make_columns: Columns, lay: Lay, human: Criterion
) -> None:
    candidate = lay(make_columns([Ending.ERROR, Ending.ANSWERED], "bb"), human)
    baseline = lay(make_columns(2, "gg"), human)
    found = changes(candidate.judged, baseline.judged)
    assert found.tolist() == [Change.NOT_JUDGED, Change.ONLY_CANDIDATE_BAD]


def test_slices_carry_the_p_value_adjusted_for_all_of_them(human: Criterion) -> None:
    found = np.array([4] * 8 + [1] * 8 + [4, 3] * 4, dtype=np.int8)
    slices = {"topic": ["a"] * 8 + ["b"] * 8 + ["c"] * 8, "rest": [""] * 24}
    rows = paired_slices(found, slices, human, "faq")
    assert [(one.slice, one.value) for one in rows] == [("topic", one) for one in "abc"]
    assert [one.only_candidate_bad for one in rows] == [8, 0, 4]
    assert [one.difference for one in rows] == [1.0, 0.0, 0.0]
    adjusted = benjamini_hochberg([one.mcnemar_p for one in rows]).tolist()
    assert [one.mcnemar_q for one in rows] == adjusted
    assert rows[0].mcnemar_q == 3 * rows[0].mcnemar_p
    assert rows[0].mcnemar_p < 0.01


def test_the_change_most_worth_reading_wins_among_criteria() -> None:
    one = np.array([1, 2, 4], dtype=np.int8)
    other = np.array([3, 1, 1], dtype=np.int8)
    assert strongest([one, other], 3).tolist() == [3, 2, 4]
    assert strongest([], 2).tolist() == [0, 0]


@QUICK
@given(
    found=st.lists(st.integers(0, 4), min_size=1, max_size=60),
    limit=st.integers(1, 30),
    data=st.data(),
)
def test_the_map_draws_at_most_its_limit_and_changed_items_first(
    found: list[int], limit: int, data: st.DataObject
) -> None:
    codes = np.array(found, dtype=np.int8)
    defined = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(found), max_size=len(found)))
    )
    digests = [f"{(7 * at) % 61:02d}" for at in range(len(found))]
    places = mapped_items(digests, codes, defined, limit)
    assert places == sorted(set(places))
    assert all(defined[at] for at in places)
    assert len(places) == min(limit, int(defined.sum()))
    changed = int((defined & (codes >= Change.ONLY_BASELINE_BAD)).sum())
    assert sum(codes[at] >= Change.ONLY_BASELINE_BAD for at in places) >= min(changed, limit // 2)
    assert places == mapped_items(digests, codes, defined, limit)


def test_the_draw_of_the_map_follows_the_items_not_their_order() -> None:
    digests = [f"{(7 * at) % 61:02d}" for at in range(60)]
    codes, defined = np.zeros(60, dtype=np.int8), np.ones(60, dtype=np.bool_)
    drawn = {digests[at] for at in mapped_items(digests, codes, defined, 10)}
    turned = digests[::-1]
    assert {turned[at] for at in mapped_items(turned, codes, defined, 10)} == drawn


def test_a_map_is_complete_where_every_item_is_drawn() -> None:
    whole = DriftMap(golden="faq", items={"both_bad": 2}, shown={"both_bad": 2}, points=())
    part = DriftMap(golden="faq", items={"both_bad": 2}, shown={"both_bad": 1}, points=())
    assert (whole.complete, part.complete) == (True, False)
    assert length_ratio("", "") == 0.0


@QUICK
@given(
    said=st.lists(
        st.tuples(st.sampled_from("gb?"), st.sampled_from("gbmp?"), st.booleans()),
        min_size=1,
        max_size=30,
    ),
    reached=st.integers(0, 30),
)
def test_the_parts_of_a_coverage_sum_to_the_valid_answers(
    make_columns: Columns,
    lay: Lay,
    human: Criterion,
    said: list[tuple[str, str, bool]],
    reached: int,
) -> None:
    verdicts, truths, drawn = zip(*said, strict=True)
    endings = [Ending.TRUNCATED if at % 7 == 3 else Ending.ANSWERED for at in range(len(said))]
    order = [at for at, one in enumerate(drawn) if one]
    labelled = lay(
        make_columns(endings, "".join(verdicts)),
        human,
        drawn=order,
        reached=min(reached, len(order)),
        tonight="".join(truths),
    )
    found = label_coverage(labelled, human, "faq", Role.BASELINE)
    assert sum(part.answers for part in found.parts) == found.valid
    for part in found.parts:
        rest = part.unconfirmed + part.missing + part.waiting
        assert part.known + rest == part.answers
    assert found.known == labelled.judged.counts(labelled=found.known).labelled


def test_coverage_tells_by_rule_from_people_and_from_nobody(
    make_columns: Columns, lay: Lay, human: Criterion, defined: Criterion
) -> None:
    endings = [Ending.TRUNCATED, *[Ending.ANSWERED] * 5]
    columns = make_columns(endings, "gbbggg")
    labelled = lay(columns, human, drawn=[1, 2, 3], reached=3, tonight="?bpg", earlier="????g")
    found = label_coverage(labelled, human, "faq", Role.BASELINE)
    parts = {part.name: part for part in found.parts}
    assert (parts["by rule"].bad, parts["remembered"].good) == (1, 1)
    assert (parts["alarm"].bad, parts["alarm"].unconfirmed) == (1, 1)
    assert (parts["quiet"].good, parts["quiet"].waiting) == (1, 1)
    ruled = label_coverage(lay(columns, defined), defined, "faq", Role.BASELINE)
    assert [(part.name, part.known) for part in ruled.parts] == [("by rule", 6)]
