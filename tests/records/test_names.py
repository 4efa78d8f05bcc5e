"""Names that a tracker accepts, and that never become one another."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings, strategies as st

from qualityslo.records import names

UNHURRIED = settings(deadline=None)  # a busy machine is no fault
PARTS = st.text(max_size=300)


@pytest.fixture(scope="module", autouse=True)
def mlflow_is_imported() -> None:
    """Import MLflow before hypothesis takes the time of a test: it needs seconds."""
    import mlflow.utils.validation  # noqa: F401 - only imported


def accepted(name: str) -> None:
    """Raise where MLflow's own rule refuses a name."""
    from mlflow.utils import validation

    validation._validate_metric_name(name)  # type: ignore[no-untyped-call] # theirs, untyped
    validation._validate_tag_name(name)  # type: ignore[no-untyped-call] # theirs, untyped
    assert 0 < len(name) <= names.MAX_KEY


@UNHURRIED
@given(subject=PARTS)
def test_any_subject_makes_a_metric_name_that_mlflow_accepts(subject: str) -> None:
    name = names.metric_name("sli", subject, "value")
    accepted(name)
    assert name.startswith("sli/")
    assert name.endswith("/value")
    assert name.count("/") == 2


@UNHURRIED
@given(one=PARTS, other=PARTS)
def test_two_subjects_never_share_a_name(one: str, other: str) -> None:
    same = names.metric_name("sli", one, "low") == names.metric_name("sli", other, "low")
    assert same == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("p95 < 2s", "p95 > 2s", id="different signs become the same underscore"),
        pytest.param("a/b", "a_b", id="a slash becomes an underscore"),
        pytest.param("x" * 240, "x" * 241, id="only the cut tells them apart"),
        pytest.param("a", "a ", id="a blank at the end is dropped"),
        pytest.param(".", "..", id="dots that would be a path"),
        pytest.param("", "_", id="nothing at all"),
    ],
)
def test_look_alikes_stay_apart(one: str, other: str) -> None:
    first, second = (names.metric_name("sli", text, "value") for text in (one, other))
    assert first != second
    accepted(first)
    accepted(second)


@pytest.mark.parametrize("subject", ["correctness", "Größe 2.0", "lang-en_US"])
def test_a_good_name_is_left_as_it_is(subject: str) -> None:
    assert names.metric_name("sli", subject, "value") == f"sli/{subject}/value"


@UNHURRIED
@given(parts=st.lists(PARTS, min_size=1, max_size=4))
def test_parameter_and_tag_names_are_accepted(parts: list[str]) -> None:
    accepted(names.param_name(*parts))
    accepted(names.tag_name(names.TAG_GOLDEN, parts[0]))


@UNHURRIED
@given(text=st.text(max_size=200), limit=st.integers(min_value=1, max_value=120))
def test_a_cut_is_bounded_and_marked(text: str, limit: int) -> None:
    cut = names.clip(text, limit, "report.json")
    assert len(cut) <= limit
    assert cut == text or cut.endswith("..."[:limit])


def test_a_run_name_shows_the_slot_in_utc() -> None:
    slot = datetime(2026, 3, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert names.parent_run_name("nightly", slot, "a-b") == "nightly 2026-03-01 00:00Z (b)"


def test_the_revision_mark_changes_with_the_revision_and_is_exact_as_a_float() -> None:
    assert names.revision_mark("a" * 64) != names.revision_mark("b" * 64)
    assert int(float(names.revision_mark("a" * 64))) == names.revision_mark("a" * 64)
