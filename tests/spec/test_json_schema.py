"""The committed JSON Schema is the one of the code, and says of a spec what the code says."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from qualityslo.spec.json_schema import spec_schema

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "spec.schema.json"


def _spec(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load((ROOT / "configs" / f"{name}.yaml").read_text("utf-8"))
    return spec


def test_committed_schema_is_the_one_of_the_code() -> None:
    """Editors read the file; `make format` writes it."""
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == spec_schema(), "run: make format"


@pytest.mark.parametrize("name", ["nightly", "minimal"])
def test_shipped_spec_fits_the_schema(name: str) -> None:
    """An editor that checks against the schema finds no fault in our own specs."""
    schema = spec_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(_spec(name))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("targets", 1, id="an unknown key"),
        pytest.param("version", 2, id="another version"),
        pytest.param("slos", [], id="no objective at all"),
        pytest.param(
            "slos",
            [{"name": "a", "criterion": "correctness", "target": 98}],
            id="a target in per cent",
        ),
        pytest.param("service", "two words", id="a blank in a name"),
    ],
)
def test_schema_refuses_what_the_code_refuses(key: str, value: object) -> None:
    """The schema is as strict as it can be without knowing the plug-ins."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(spec_schema()).validate({**_spec("minimal"), key: value})
