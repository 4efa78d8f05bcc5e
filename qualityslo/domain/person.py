"""People: who may look at answers, settle, manage, or only read."""

from dataclasses import dataclass
from enum import StrEnum

from qualityslo.errors import UsageError

LONGEST_NAME = 200


class Role(StrEnum):
    """What a person may do; several roles may meet in one person."""

    REVIEWER = "reviewer"
    ADJUDICATOR = "adjudicator"
    ADMIN = "admin"
    READER = "reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is known, by the name that stands on their labels."""

    name: str
    roles: frozenset[Role]

    @property
    def adjudicates(self) -> bool:
        """Whether this person's word settles what others differ on."""
        return Role.ADJUDICATOR in self.roles


def checked_person(name: str, roles: frozenset[Role]) -> Person:
    """Return a person whose name can stand in lists, logs and addresses.

    Raises:
        UsageError: the name is empty, too long, padded with space or not printable, or there is
            no role.

    >>> checked_person("ann@example.org", frozenset({Role.READER})).adjudicates
    False
    """
    if not name or name != name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(
            f"the name {name[:60]!r} of a person: 1 to {LONGEST_NAME} printable characters, "
            "without space at its ends"
        )
    if not roles:
        raise UsageError(f"{name!r} has no role: give one of {', '.join(Role)}")
    return Person(name=name, roles=roles)
