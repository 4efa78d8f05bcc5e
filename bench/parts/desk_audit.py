"""What a desk's store must hold after a soak: every label once, every seat with one person."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.parts.desk_reviews import open_desk
from qualityslo.store.database import Database


def audit(database: Database, acknowledged: set[str]) -> dict[str, int]:
    """Count in the store itself what must not be there.

    Args:
        database: after the soak, every review of it with two seats and two answers.
        acknowledged: the keys of the forms of which people were told that they are stored.
    """
    standing = _rows(database, _STANDING)
    labels = Counter(key for key, *_ in standing)
    places = Counter(tuple(row[1:]) for row in standing if row[1] is not None)
    seats = _rows(database, _SEATS)
    submissions = _rows(database, "SELECT count(*), count(undone_at) FROM submission")[0]
    events = dict(_rows(database, "SELECT kind, count(*) FROM desk_event GROUP BY kind"))
    agree = (events.get("submitted", 0), events.get("undone", 0)) == tuple(submissions)
    return {
        "labels_lost": sum(labels[key] != 2 for key in acknowledged),
        "labels_doubled": sum(count > 1 for count in places.values())
        + len(labels.keys() - acknowledged),
        "overlap_wrong": sum(total != 2 or done != people for total, done, people in seats),
        "events_broken": len(open_desk(database).event_faults()) + (not agree),
    }


_STANDING = """
SELECT d.key, l.review_id, l.reviewer, l.answer_hash, l.criterion
FROM label_detail d JOIN label l ON l.label_id = d.label_id
WHERE NOT EXISTS (SELECT 1 FROM label_revocation r WHERE r.label_id = l.label_id)
"""
_SEATS = """
SELECT count(*), sum(CASE WHEN state = 'done' THEN 1 ELSE 0 END),
       (SELECT count(DISTINCT l.reviewer) FROM label l WHERE l.review_id = s.review_id
        AND NOT EXISTS (SELECT 1 FROM label_revocation r WHERE r.label_id = l.label_id))
FROM seat s WHERE state <> 'void' GROUP BY review_id
"""


def _rows(database: Database, query: str) -> Sequence[Any]:
    with database.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]
