"""The seams: what the use cases need from the world, in their own words.

Adapters satisfy these by shape. Calls work on batches; concurrency and devices stay inside.
"""

from qualityslo.ports.desk import Desk, DeskRecords
from qualityslo.ports.keeping import FactStore, Outbox, ReviewQueue
from qualityslo.ports.telling import Exporter, Recorder, Recording
from qualityslo.ports.working import (
    Embedded,
    Embedder,
    Engine,
    GoldenSource,
    Grader,
    Model,
    Progress,
    Remote,
)

__all__ = [
    "Desk",
    "DeskRecords",
    "Embedded",
    "Embedder",
    "Engine",
    "Exporter",
    "FactStore",
    "GoldenSource",
    "Grader",
    "Model",
    "Outbox",
    "Progress",
    "Recorder",
    "Recording",
    "Remote",
    "ReviewQueue",
]
