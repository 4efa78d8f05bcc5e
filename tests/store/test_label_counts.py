"""How many labels a run's reviews got, on every database: what tells that anything changed."""

from qualityslo.store.desk import SqlDesk
from tests.store.conftest import Store, plan_for
from tests.store.test_reviews import label_on, offered


def test_labels_and_revocations_are_counted_by_run_and_service(store: Store) -> None:
    plan = plan_for()
    reviews = offered(store, plan)
    assert store.queue.label_counts(plan.service) == {}
    labels = [label_on(review, f"l{at}") for at, review in enumerate(reviews)]
    store.queue.append_labels(labels)
    assert store.queue.label_counts(plan.service) == {plan.run_id: (3, 0)}
    SqlDesk(store.database, lambda: "token").revoke([labels[0].id], "boss", "asleep")
    assert store.queue.label_counts(plan.service) == {plan.run_id: (3, 1)}
    assert store.queue.label_counts("another") == {}
