"""MLflow as the place where people look: a report becomes one run a night, a child a model.

An answer that people have looked at becomes a trace, with what was said of it.

The fact store is the system of record; nothing is read back from here but what is needed to
find a run again. Everything goes through an `MlflowClient`, so that the active run, the
experiment and the tracking URI of a host program stay as they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qualityslo.errors import QualitySloError
from qualityslo.ports import Recording
from qualityslo.ports.telling import ReviewedRun
from qualityslo.records import names
from qualityslo.records.connection import (
    TrackerError,
    check_uri,
    one_line,
    probe,
    shown,
    sqlite_path,
    surroundings,
    timed_out,
)
from qualityslo.records.feedback import Answers
from qualityslo.records.writing import Night

if TYPE_CHECKING:
    from mlflow import MlflowClient


class MlflowRecorder:
    """Mirrors reports to an MLflow tracking store; recording one twice changes nothing."""

    target = "mlflow"
    feedback_target = "mlflow.labels"

    def __init__(
        self, tracking_uri: str, experiment: str | None = None, request_timeout_s: float = 5.0
    ) -> None:
        """Remember where to record; nothing is imported or contacted yet.

        Args:
            tracking_uri: a server (`http://...`) or a database (`sqlite:///.../mlflow.db`).
            experiment: its name; `qualityslo/<service>` where it is not given.
            request_timeout_s: how long one request may take, in seconds.

        Raises:
            UsageError: the URI is a folder.
        """
        self._uri = check_uri(tracking_uri)
        self._experiment = experiment
        self._timeout_s = request_timeout_s

    def record(self, recording: Recording) -> None:
        """Mirror a report; one that is older than what is recorded of its run is left out.

        Raises:
            TrackerError: the tracker is not there, or refuses. Within seconds: the time of a
                request bounds every wait.
        """
        service = str(recording.report["service"])
        with self._experiment_of(service, "the report") as (client, home):
            Night(client=client, home=home, recording=recording).write()

    def record_feedback(self, run: ReviewedRun) -> None:
        """Bring the traces of a run's reviewed answers, and what is said of them, up to date.

        Raises:
            TrackerError: the tracker is not there, or refuses; the time of a request bounds every
                wait.
        """
        with self._experiment_of(run.service, "the labels") as (client, home):
            from mlflow.tracing.client import TracingClient

            tracing = TracingClient(tracking_uri=self._uri)
            Answers(client=client, tracing=tracing, home=home, run=run).write()

    @contextmanager
    def _experiment_of(self, service: str, what: str) -> "Iterator[tuple[MlflowClient, str]]":
        """Give a client, and the id of the service's experiment, to one recording."""
        probe(self._uri)
        with self._tracker_errors(what), surroundings(self._timeout_s):
            from mlflow import MlflowClient

            client = MlflowClient(tracking_uri=self._uri)
            name = self._experiment or names.experiment_name(service)
            yield client, _experiment_id(client, name, self._uri)

    @contextmanager
    def _tracker_errors(self, what: str) -> Iterator[None]:
        """Turn whatever goes wrong into one clear line: a tracker must never cost a night."""
        try:
            yield
        except QualitySloError:
            raise
        except Exception as error:  # MLflow lets errors of a dozen libraries through
            late = timed_out(error)
            reason = f"no answer within {self._timeout_s:g} s" if late else one_line(error)
            where = f"MLflow at {shown(self._uri)!r}"
            raise TrackerError(f"{where} did not take {what}: {reason}") from error


def _experiment_id(client: "MlflowClient", name: str, uri: str) -> str:
    """Return the experiment of that name, made where there is none."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name, artifact_location=_artifact_folder(uri)))
        except MlflowException:  # somebody else may just have made it
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if found.lifecycle_stage != "active":
        raise TrackerError(
            f"the MLflow experiment {name!r} is deleted; bring it back with "
            f"`mlflow experiments restore -x {found.experiment_id}`, or set another `experiment`"
        )
    return str(found.experiment_id)


def _artifact_folder(uri: str) -> str | None:
    """Return where the artifacts of an SQLite store go: beside it.

    MLflow would put them under the working directory, wherever that happens to be. Servers and
    other databases have a place of their own.
    """
    import sqlalchemy

    if not uri.startswith("sqlite"):
        return None
    path = sqlite_path(sqlalchemy.make_url(uri))
    return None if path is None else (path.parent / "mlartifacts").as_uri()
