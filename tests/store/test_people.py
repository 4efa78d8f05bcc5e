"""People: tokens that are good once, sessions that end, roles of the moment."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from qualityslo.domain.person import Person, Role
from qualityslo.errors import UsageError
from qualityslo.store.database import Database, open_database
from qualityslo.store.people import SESSION, SqlPeople
from tests.store.desk_world import Mint, StillClock

REVIEWER = frozenset({Role.REVIEWER})


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return an empty store."""
    with open_database(database_url) as opened:
        yield opened


@pytest.fixture
def clock() -> StillClock:
    """Return a clock that stands still."""
    return StillClock()


@pytest.fixture
def people(database: Database, clock: StillClock) -> SqlPeople:
    """Return nobody as yet."""
    return SqlPeople(database, Mint(), clock)


def signed_in(people: SqlPeople, name: str = "ann", roles: frozenset[Role] = REVIEWER) -> str:
    """Invite a person and let them in; return the session."""
    session = people.enter(people.invite(name, roles))
    assert session is not None
    return session


def test_a_token_is_good_once(people: SqlPeople) -> None:
    """The session is something else."""
    token = people.invite("ann", REVIEWER)
    session = people.enter(token)
    assert session not in {None, token}
    assert people.enter(token) is None
    assert people.enter("guess\ud800\x00") is None
    assert people.who(str(session)) == Person(name="ann", roles=REVIEWER)


def test_only_the_newest_token_is_good(people: SqlPeople) -> None:
    """Whoever asks for another has lost the first."""
    first, second = people.invite("ann", REVIEWER), people.invite("ann", REVIEWER)
    assert people.enter(first) is None
    assert people.enter(second) is not None


def test_a_session_ends_by_itself_and_on_leaving(people: SqlPeople, clock: StillClock) -> None:
    """And leaves the person's other sessions alone."""
    one, other = signed_in(people), signed_in(people)
    people.leave(one)
    people.leave(one)
    assert people.who(one) is None
    assert people.who(other) is not None
    clock.now += SESSION
    assert people.who(other) is None


def test_a_role_is_that_of_the_moment(people: SqlPeople) -> None:
    """A session does not keep an old one."""
    session = signed_in(people)
    both = frozenset({Role.READER, Role.ADMIN})
    people.invite("ann", both)
    assert people.who(session) == Person(name="ann", roles=both)


def test_who_is_removed_is_out_at_once_and_can_be_let_in_again(people: SqlPeople) -> None:
    """By token, by session and by name."""
    session, token = signed_in(people), people.invite("ann", REVIEWER)
    people.remove("ann")
    assert (people.enter(token), people.who(session), people.named("ann")) == (None, None, None)
    assert people.everybody() == []
    with pytest.raises(UsageError, match="no person 'ann'"):
        people.remove("ann")
    assert people.enter(people.invite("ann", REVIEWER)) is not None
    assert people.who(session) is None


def test_people_are_known_by_name(people: SqlPeople) -> None:
    """For a proxy that has made sure of it; only exactly."""
    for name in ("zoe@example.org", "ann"):
        people.invite(name, REVIEWER)
    assert people.named("ann") == Person(name="ann", roles=REVIEWER)
    assert people.named("Ann") is None
    assert [one.name for one in people.everybody()] == ["ann", "zoe@example.org"]


def test_no_secret_is_stored(people: SqlPeople, database: Database) -> None:
    """Who reads the database signs in as nobody."""
    token = people.invite("ann", REVIEWER)
    session = people.enter(token)
    with database.reading() as connection:
        for table in ("person", "person_token", "person_session"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert rows
            assert token not in repr(rows)
            assert str(session) not in repr(rows)


@pytest.mark.parametrize(
    "name", ["", " ann", "ann\n", "a\x00b", "\ud800", "\u202eann", "n" * 201], ids=repr
)
def test_a_name_that_cannot_stand_in_a_list_is_refused(people: SqlPeople, name: str) -> None:
    """It would be printed, and stand on labels."""
    with pytest.raises(UsageError, match="printable"):
        people.invite(name, REVIEWER)


def test_a_person_has_a_role(people: SqlPeople) -> None:
    """At least one."""
    with pytest.raises(UsageError, match="no role"):
        people.invite("ann", frozenset())


def test_the_databases_own_clock_ends_sessions(database: Database) -> None:
    """Where no test gives it another."""
    people = SqlPeople(database, Mint(), session=timedelta(seconds=-1))
    assert people.who(signed_in(people)) is None
