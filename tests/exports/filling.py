"""Reviews, what people say of them, and a queue in memory: for the tests of label formats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from hypothesis import strategies as st

from qualityslo.domain.golden import GoldenItem, Json
from qualityslo.domain.label import Label
from qualityslo.domain.review import Review
from qualityslo.jobs.labels import VALUES, import_labels, review_row
from qualityslo.ports.desk import Blank

if TYPE_CHECKING:
    from qualityslo.ports import ReviewQueue

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROCKET = "\N{ROCKET}"
SECRETS = ("secret-baseline", "secret-candidate")


def review(
    name: str = "r1",
    answers: Sequence[str] = (f"{ROCKET} It is Lyon.", "Paris"),
    criteria: Sequence[str] = ("correctness", "Tone v2"),
    text: str = "Capital of France?",
) -> Review:
    """Return a review with one or two answers."""
    return Review(
        id=name,
        run_id="run",
        service="shop",
        golden="faq",
        slot=NOON,
        item=GoldenItem(id=f"item-{name}", question=text, context=(text, "b"), references=(text,)),
        position=0,
        stratum="secret-stratum",
        inclusion_probability=0.25,
        arms=dict(zip("AB", answers, strict=False)),
        roles=dict(zip("AB", [(one,) for one in SECRETS], strict=False)),
        criteria={one: (f"{text}\nGood: {one}.", f"hash of {one}") for one in criteria},
    )


@dataclass(frozen=True)
class Said:
    """What one person says of one review."""

    review: Review
    reviewer: str
    values: Mapping[Blank, str]
    note: str = ""


def canonical(said: Iterable[Said]) -> list[tuple[str, dict[str, Json]]]:
    """Return the rows that those people would have filled in in our own format."""
    rows = []
    for one in said:
        row = review_row(one.review)
        labels: dict[str, Json] = {}
        for (arm, criterion), value in one.values.items():
            blanks = labels.setdefault(arm, {})
            assert isinstance(blanks, dict)
            blanks[criterion] = value
        rows.append(("row", {**row, "labels": labels, "reviewer": one.reviewer, "note": one.note}))
    return rows


@dataclass
class _Queue:
    known: Sequence[Review]
    stored: list[Label] = field(default_factory=list)

    def reviews(self, service: str) -> list[Review]:
        return [one for one in self.known if one.service == service]

    def labels_of(self, review_ids: Sequence[str]) -> list[Label]:
        return [one for one in self.stored if one.review_id in review_ids]

    def append_labels(self, labels: Sequence[Label]) -> int:
        self.stored += labels
        return len(labels)


def stored(
    rows: Iterable[tuple[str, Mapping[str, Json]]], reviews: Sequence[Review]
) -> list[Label]:
    """Return the labels that an import of rows leaves in an empty store, by id."""
    queue = _Queue(reviews)
    import_labels(rows, cast("ReviewQueue", queue), "shop", NOON)
    return sorted(queue.stored, key=lambda one: one.id)


@st.composite
def filled_reviews(draw: st.DrawFn) -> tuple[list[Review], list[Said]]:
    """Return reviews of any texts, and what one or two people say of them."""
    texts = st.text(max_size=12) | st.sampled_from(
        ["=1+1", "'=1", "\u200b@x", "\t", "\r", "-Infinity", "a;=b", 'a","b', "<b>&\x00", ROCKET]
    )
    criteria = draw(st.lists(texts, min_size=1, max_size=3, unique=True))
    reviews = [
        review(
            f"r{at}",
            draw(st.lists(texts, min_size=1, max_size=2, unique=True)),
            criteria,
            draw(texts),
        )
        for at in range(draw(st.integers(1, 3)))
    ]
    names = texts.map(str.strip).filter(bool)
    people = draw(st.lists(names, min_size=1, max_size=2, unique=True))
    said = []
    for one in reviews:
        blanks = [(arm, name) for arm in one.arms for name in one.criteria]
        for person in people:
            values = draw(st.dictionaries(st.sampled_from(blanks), st.sampled_from(VALUES)))
            said.append(Said(one, person, values, draw(texts)))
    return reviews, said
