"""Reading a report back: what was stored is what is rendered."""

import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qualityslo.domain.from_json import from_json
from qualityslo.domain.jsonable import to_json
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """Something inside."""

    role: Role
    share: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """One field of every kind that reports have."""

    length: timedelta
    maybe: Inner | None
    many: tuple[Inner, ...]
    named: "Mapping[str, Any]"
    shares: tuple[float, ...] = ()


INNER = Inner(role=Role.CANDIDATE, share=0.25, at=datetime(2026, 3, 1, 2, tzinfo=UTC))
OUTER = Outer(length=timedelta(days=30), maybe=INNER, many=(INNER, INNER), named={"a": [1, {}]})


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(OUTER, id="everything"),
        pytest.param(replace(OUTER, maybe=None, many=()), id="nothing"),
        pytest.param(replace(OUTER, shares=(1.0, 0.5)), id="whole numbers stay fractions"),
    ],
)
def test_what_was_written_is_read(value: Outer) -> None:
    written = json.loads(json.dumps(to_json(value)))
    assert from_json(Outer, written) == value


def test_a_field_of_another_version_is_left_out_and_a_missing_one_takes_its_default() -> None:
    written = to_json(OUTER)
    assert isinstance(written, dict)
    written["later"] = 1
    del written["shares"]
    assert from_json(Outer, written) == OUTER


def test_a_number_that_was_none_comes_back_as_none() -> None:
    read = from_json(Inner, {"role": "pair", "share": None, "at": "2026-03-01T02:00:00Z"})
    assert math.isnan(read.share)


@pytest.mark.parametrize(
    ("written", "error"),
    [
        pytest.param([], TypeError, id="no object"),
        pytest.param({"role": "boss"}, ValueError, id="a role nobody has"),
        pytest.param({"share": "much"}, TypeError, id="a word for a number"),
        pytest.param({"share": True}, TypeError, id="a truth value for a number"),
    ],
)
def test_what_is_no_such_value_is_refused(written: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        from_json(Inner, written)


def test_a_document_of_another_schema_is_no_report() -> None:
    with pytest.raises(ValueError, match=r"qualityslo\.decision/1"):
        Report.from_json({"schema": "qualityslo.decision/1"})
