"""Who answers and who judges, by name and revision: what provenance records."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qualityslo.domain.golden import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelIdentity:
    """What a model is, before it is called: enough to tell one revision from the next.

    `parameters` holds what shapes its answers (prompt, temperature, token limit); secrets are
    never among them.
    """

    kind: str
    name: str
    revision: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """Return the identity as plain JSON."""
        return {
            "kind": self.kind,
            "name": self.name,
            "revision": self.revision,
            "parameters": dict(self.parameters),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderIdentity:
    """A grader's name and version, as recorded with every verdict."""

    name: str
    version: str
    criterion: str
