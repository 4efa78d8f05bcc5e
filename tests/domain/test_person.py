"""People: names that can stand anywhere, and at least one role."""

import pytest

from qualityslo.domain.person import LONGEST_NAME, Person, Role, checked_person
from qualityslo.errors import UsageError


@pytest.mark.parametrize("name", ["ann", "ann@example.org", "Änne 2", "n" * LONGEST_NAME])
def test_a_printable_name_is_taken_as_it_is(name: str) -> None:
    roles = frozenset({Role.REVIEWER})
    assert checked_person(name, roles) == Person(name=name, roles=roles)


@pytest.mark.parametrize("name", ["", " ", "ann ", "a\tb", "a\u200fb", "n" * (LONGEST_NAME + 1)])
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="printable"):
        checked_person(name, frozenset({Role.REVIEWER}))


def test_somebody_without_a_role_is_refused() -> None:
    with pytest.raises(UsageError, match="reviewer, adjudicator, admin, reader"):
        checked_person("ann", frozenset())


@pytest.mark.parametrize("role", Role)
def test_adjudicators_alone_settle(role: Role) -> None:
    person = Person(name="ann", roles=frozenset({role}))
    assert person.adjudicates is (role is Role.ADJUDICATOR)
