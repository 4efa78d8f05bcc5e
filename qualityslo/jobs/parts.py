"""What a use case is given to work with: the ports, filled by the composition root."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from qualityslo.domain.sli import Role
from qualityslo.ports import (
    DeskRecords,
    Embedder,
    Engine,
    Exporter,
    FactStore,
    GoldenSource,
    Grader,
    Model,
    Outbox,
    Progress,
    Recorder,
    ReviewQueue,
)
from qualityslo.ports.grading import CalibrationStore, GradeCache
from qualityslo.ports.telling import FeedbackRecorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The adapters of one service. `graders` are by golden set, then by criterion.

    `folder` is where exports go, one folder a run inside it. `recorder` is None where nothing
    is tracked, `embedder` where no drift is measured, `grade_cache` where no verdict is kept,
    `desk` where nobody reviews on the page, `calibrations` where nothing is known of graders,
    `feedback` where labels stay here.
    """

    models: Mapping[Role, Model]
    sources: Mapping[str, GoldenSource]
    graders: Mapping[str, Mapping[str, Sequence[Grader]]]
    embedder: Embedder | None
    store: FactStore
    queue: ReviewQueue
    outbox: Outbox
    recorder: Recorder | None
    exporters: Sequence[Exporter]
    engine: Engine
    progress: Progress
    folder: Path
    grade_cache: GradeCache | None = None
    desk: DeskRecords | None = None
    calibrations: CalibrationStore | None = None
    feedback: FeedbackRecorder | None = None

    def close_models(self) -> None:
        """Release the models: what they hold is needed for grading and embedding."""
        for model in self.models.values():
            model.close()

    def close(self) -> None:
        """Release the models, and whatever a grader holds that has a `close`."""
        self.close_models()
        for of_set in self.graders.values():
            for grader in chain.from_iterable(of_set.values()):
                release = getattr(grader, "close", None)
                if release is not None:
                    release()
