"""The JSON Schema of the spec; the committed copy is `docs/spec.schema.json`."""

from typing import Any

from qualityslo.spec.v1 import SpecV1


def spec_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a version 1 spec."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **SpecV1.model_json_schema(mode="validation"),
        "title": "qualityslo spec, version 1",
    }
