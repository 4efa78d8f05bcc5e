"""What a use case works with: releasing it."""

from dataclasses import dataclass, replace

from tests.fakes import FakeGrader, good_if
from tests.jobs.conftest import Lab


@dataclass
class _HoldingGrader(FakeGrader):
    closed: int = 0

    def close(self) -> None:
        """Count the call."""
        self.closed += 1


def test_closing_releases_models_and_the_graders_that_hold_something(lab: Lab) -> None:
    holding = _HoldingGrader("correctness", good_if("right"))
    plain = FakeGrader("correctness", good_if("right"), name="plain")
    parts = replace(lab.parts(), graders={lab.golden.name: {"correctness": [plain, holding]}})
    parts.close()
    assert holding.closed == 1
    assert [model.closed for model in lab.models.values()] == [1, 1]


def test_closing_the_models_leaves_the_graders_at_work(lab: Lab) -> None:
    holding = _HoldingGrader("correctness", good_if("right"))
    parts = replace(lab.parts(), graders={lab.golden.name: {"correctness": [holding]}})
    parts.close_models()
    assert holding.closed == 0
    assert [model.closed for model in lab.models.values()] == [1, 1]
