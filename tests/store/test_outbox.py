"""The outbox's contract, on every database."""

from tests.store.conftest import Store


def test_entries_wait_oldest_first_in_their_own_lane(store: Store) -> None:
    """Each target has its lane."""
    for key, target in (("b", "mlflow"), ("a", "mlflow"), ("c", "other")):
        store.outbox.put(target, {"run_id": key}, key)
    waiting = store.outbox.waiting("mlflow")
    assert [entry.payload for entry in waiting] == [{"run_id": "b"}, {"run_id": "a"}]
    assert {(entry.target, entry.attempts) for entry in waiting} == {("mlflow", 0)}
    assert len(store.outbox.waiting("other")) == 1


def test_a_key_is_put_once_also_when_it_is_done(store: Store) -> None:
    """A resumed run tells nothing twice."""
    store.outbox.put("mlflow", {"step": 1}, "key")
    store.outbox.put("mlflow", {"step": 2}, "key")
    (entry,) = store.outbox.waiting("mlflow")
    assert entry.payload == {"step": 1}
    store.outbox.done(entry)
    store.outbox.put("mlflow", {"step": 3}, "key")
    assert store.outbox.waiting("mlflow") == []


def test_a_failed_entry_keeps_waiting_with_its_attempts(store: Store) -> None:
    """And with the last error, for people."""
    store.outbox.put("mlflow", {}, "key")
    for error in ("refused", "timed\x00out"):
        (entry,) = store.outbox.waiting("mlflow")
        store.outbox.failed(entry, error)
    (entry,) = store.outbox.waiting("mlflow")
    assert entry.attempts == 2
    query = "SELECT last_error FROM outbox"
    with store.database.reading() as connection:
        assert connection.exec_driver_sql(query).scalar() == "timed\u2400out"


def test_what_is_done_stays_done(store: Store) -> None:
    """A late report of a failure cannot bring it back."""
    store.outbox.put("mlflow", {}, "key")
    (entry,) = store.outbox.waiting("mlflow")
    store.outbox.done(entry)
    store.outbox.failed(entry, "too late")
    store.outbox.done(entry)
    assert store.outbox.waiting("mlflow") == []
    with store.database.reading() as connection:
        row = connection.exec_driver_sql("SELECT attempts, last_error FROM outbox").one()
    assert tuple(row) == (1, None)
