"""Tables for spreadsheets: no formula in them, and labels back."""

import csv
import io

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.review import Review
from qualityslo.errors import LabelError
from qualityslo.exports import label_csv
from qualityslo.exports.label_csv import plain_cell, safe_cell
from tests.exports.filling import SECRETS, Said, canonical, filled_reviews, review, stored

Cells = dict[str, str]
HEAD = "review_id,answer,criterion,reviewer,value,note\n"


def read(text: str) -> list[Cells]:
    """Read a table as a spreadsheet does."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def written(rows: list[Cells], delimiter: str = ",") -> str:
    """Write a table as a spreadsheet does: nothing is quoted that need not be."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, rows[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


@given(filled_reviews(), st.sampled_from(",;\t"))
def test_labels_that_went_through_a_table_are_those_of_our_own_rows(
    drawn: tuple[list[Review], list[Said]], delimiter: str
) -> None:
    reviews, said = drawn
    filled = []
    for one in said:
        table = read(label_csv.table([one.review], one.reviewer))
        for row, blank in zip(table, _blanks(one.review), strict=True):
            row["value"], row["note"] = one.values.get(blank, ""), safe_cell(one.note)
            filled.append(row)
    text = written(filled, delimiter)
    found = stored(label_csv.filled(text, "done.csv", reviews, {}), reviews)
    assert found == stored(canonical(said), reviews)
    assert len(found) == sum(len(one.values) for one in said)


def _blanks(review: Review) -> list[tuple[str, str]]:
    return [(arm, name) for arm in review.arms for name in review.criteria]


@given(filled_reviews())
def test_no_cell_of_a_table_is_a_formula(drawn: tuple[list[Review], list[Said]]) -> None:
    reviews, _ = drawn
    for row in read(label_csv.table(reviews, "=ann")):
        for cell in row.values():
            assert not cell.lstrip("\u200b ").startswith(tuple("=+-@\t\r"))


@given(st.text() | st.from_regex(r"\A'*[\u200b\u2060 \n]*[=+\-@\t\r]?.?\Z"))
def test_every_text_comes_back_from_its_cell(text: str) -> None:
    assert plain_cell(safe_cell(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("=1", "+1", "-Infinity", "@x", "\tx", "\rx", " =1", "\n=1"),
        *("\u200b=1", "\ufeff@x", "\u2060\u200d-1", "\u200b\tx", "\u202e=1", "\uff1d1"),
    ],
)
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_what_a_person_typed_is_left_as_it_is() -> None:
    assert [plain_cell(text) for text in ("=1", "-", "'tis", "")] == ["=1", "-", "'tis", ""]


def test_a_table_has_a_row_a_blank_and_is_blind() -> None:
    text = label_csv.table([review(answers=["line one\r\nline 2;=1+1", 'say "yes"'])])
    rows = read(text)
    assert [(row["answer"], row["criterion"]) for row in rows] == _blanks(review())
    assert rows[0]["answer_text"] == "line one\r\nline 2;=1+1"
    assert rows[2]["answer_text"] == 'say "yes"'
    assert rows[0]["rubric"] == review().criteria["correctness"][0]
    assert not any(secret in text for secret in (*SECRETS, "secret-stratum", "0.25"))


def test_a_table_with_a_huge_cell_can_be_read_and_leaves_the_csv_module_as_it_was() -> None:
    before = csv.field_size_limit(1_000)
    one = review(answers=["x" * 300_000])
    text = label_csv.table([one], "ann").replace('"ann",""', '"ann","good"')
    assert len(label_csv.filled(text, "done.csv", [one], {})) == 2
    assert csv.field_size_limit(before) == 1_000


def test_all_faults_of_a_table_are_in_one_message_with_their_lines() -> None:
    text = HEAD + (
        'r1,A,correctness,ann,good,"two\nlines"\n'
        "r1,A,correctness, ann ,bad,\n"
        "r9,A,correctness,ann,bad,\n"
        "r1,C,correctness,ann,bad,\n"
        "r1,B,correctness,ann,fine,\n"
        "r1,B,correctness, ,bad,\n"
        "r1,B,correctness,ann\n"
        "r9,B,taste,, ,left empty\n"
    )
    with pytest.raises(LabelError) as caught:
        label_csv.filled(text, "done.csv", [review()], {})
    head, *faults = str(caught.value).splitlines()
    assert head == "6 faults; no label was stored:"
    expected = [
        (4, "'ann' has said it already, line 2"),
        (5, "'r9': no such review"),
        (6, "no such blank"),
        (7, "'fine': expected one of"),
        (8, "say who looked"),
        (9, "4 cells under 6 heads"),
    ]
    for fault, (line, what) in zip(faults, expected, strict=True):
        assert fault.startswith(f"done.csv: line {line}: ")
        assert what in fault


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("", "line 1: columns review_id, answer", id="nothing"),
        pytest.param(HEAD.replace("value,", ""), "line 1: columns value", id="a column too few"),
        pytest.param(HEAD.replace("note", "value"), "line 1: columns value", id="one too many"),
        pytest.param(f'{HEAD}"r1" x,A\n', "line 2: not CSV", id="a quote in a cell"),
        pytest.param(f'{HEAD}r1,A,correctness\n"r1', "line 3: not CSV", id="an open quote"),
    ],
)
def test_what_is_no_table_is_refused_with_file_and_line(text: str, what: str) -> None:
    with pytest.raises(LabelError, match=rf"done\.csv: {what}.*no label was stored"):
        label_csv.filled(text, "done.csv", [review()], {})


def test_columns_may_be_moved_left_out_or_added_and_people_renamed() -> None:
    text = "mine; value ;criterion;answer;review_id;reviewer\n1;Good ;correctness;A;r1;a.smith\n"
    rows = label_csv.filled(text, "done.csv", [review()], {"a.smith": "ann"})
    (label,) = stored(rows, [review()])
    assert (label.reviewer, label.value.value, label.note) == ("ann", "good", "")
