"""What reviewers do: take the reviews that wait, fill them in, and send them back."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qualityslo.jobs.labels import import_labels, review_row
from qualityslo.jobs.review import waiting_for_labels
from tests.jobs.conftest import Lab

if TYPE_CHECKING:
    from qualityslo.domain.golden import Json

Row = dict[str, Any]


def open_rows(lab: Lab, reviewer: str | None = None) -> list[Row]:
    """Return the rows of the reviews that wait, as `review export` writes them."""
    waiting = waiting_for_labels(lab.plan(), lab.parts(), lab.clock(), reviewer=reviewer)
    return [dict(review_row(one)) for one in waiting]


def fill(
    rows: Sequence[Row], reviewer: str = "ann", said: Callable[[str], str] | None = None
) -> None:
    """Fill every blank: good where the answer says `right`, unless told otherwise."""
    judge = said or (lambda text: "good" if text == "right" else "bad")
    for row in rows:
        row["reviewer"] = reviewer
        for arm, blanks in row["labels"].items():
            row["labels"][arm] = dict.fromkeys(blanks, judge(row["answers"][arm]))


def send(lab: Lab, rows: Sequence[Row]) -> tuple[int, int]:
    """Import rows as `review import` does."""
    placed: list[tuple[str, Mapping[str, Json]]] = [
        (f"file:{number}", row) for number, row in enumerate(rows, start=1)
    ]
    return import_labels(placed, lab.parts().queue, "shop", lab.clock())
