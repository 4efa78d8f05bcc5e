"""The eight-line spec of design section 6, and a reader of changed copies of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qualityslo.spec.load import Loaded, load_spec
from qualityslo.spec.v1 import SpecV1

MINIMAL = """\
version: 1
service: support-assistant
golden: [golden/handbook]
models:
  baseline:  {use: openai_http, base_url: "http://localhost:8000/v1", model: prod}
  candidate: {use: openai_http, base_url: "http://localhost:8000/v1", model: next}
slos:
  - {name: correctness,   criterion: correctness,   target: 0.90, window: 30d}
  - {name: hallucination, criterion: hallucination, target: 0.98, window: 30d}
"""


@pytest.fixture(scope="session")
def minimal() -> str:
    """The spec that design section 6 promises to be enough."""
    return MINIMAL


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Loaded]:
    """Return a loader of a text; the faults name the file `spec.yaml`, without its folder."""

    def read(text: str | bytes) -> Loaded:
        path = tmp_path / "spec.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        found = load_spec(path)
        faults = tuple(one.replace(f"{tmp_path}/", "") for one in found.faults)
        return Loaded(raw=found.raw, spec=found.spec, faults=faults)

    return read


@pytest.fixture
def spec_of(load: Callable[..., Loaded]) -> Callable[..., SpecV1]:
    """Return a builder of valid specs: the minimal one with lines added or replaced."""

    def build(*more: str, **replaced: str) -> SpecV1:
        text = MINIMAL + "".join(f"{line}\n" for line in more)
        for old, new in replaced.items():
            assert old in text
            text = text.replace(old, new)
        found = load(text)
        assert found.spec is not None, found.faults
        return found.spec

    return build
