"""`qualityslo schema`: the JSON Schema of the spec."""

from qualityslo.cli.common import print_json


def schema() -> None:
    """Print the JSON Schema of the spec, every key with its meaning and default."""
    from qualityslo.spec.json_schema import spec_schema

    print_json(spec_schema())
