"""The composition root: spec -> plan and parts.

The only reader of the clock, the environment and the entry points. Everything that can be wrong
with the input is found here, before any model is called, and told in one message.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from qualityslo.bootstrap.caching import cached_graders
from qualityslo.bootstrap.plugins import (
    Faults,
    Pieces,
    check_plugin_names,
    grader_identities,
    make_pieces,
)
from qualityslo.domain.golden import GoldenSet
from qualityslo.domain.plan import Plan
from qualityslo.engine.local import LocalEngine
from qualityslo.errors import SpecError
from qualityslo.golden.source import open_source
from qualityslo.jobs.desk_checks import CheckRule
from qualityslo.jobs.parts import Parts
from qualityslo.ports import GoldenSource, Progress
from qualityslo.ports.grading import CalibrationStore
from qualityslo.records.mlflow import MlflowRecorder
from qualityslo.spec import to_domain
from qualityslo.spec.durations import parse_duration
from qualityslo.spec.load import Loaded, load_spec
from qualityslo.spec.schedule import cadence, expected_slots, schedule_fault, slots_back
from qualityslo.spec.v1 import SpecV1
from qualityslo.store.calibrations import SqlCalibrations
from qualityslo.store.database import Database, open_database
from qualityslo.store.desk import SqlDesk
from qualityslo.store.facts import SqlFactStore
from qualityslo.store.grade_cache import SqlGradeCache
from qualityslo.store.outbox import SqlOutbox
from qualityslo.store.people import SqlPeople
from qualityslo.store.reviews import SqlReviewQueue

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that reads the clock


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the composition root takes from outside: clock, environment, folder, and a display."""

    clock: Clock
    environ: Mapping[str, str]
    root: Path
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service ready to work: the plan of its next run, and the parts to do it with."""

    config: Path
    plan: Plan
    parts: Parts
    calibrations: CalibrationStore
    finished: bool  # the plan's run has concluded before
    checks: CheckRule  # of reviewers


def prepare(
    config: Path, world: World, *, slot: datetime | None = None, again: bool = False
) -> Service:
    """Return the service of a spec file, everything checked, nothing called yet.

    Args:
        config: the spec.
        world: clock, environment, folder of relative paths, display.
        slot: the slot to run for; without it the last scheduled instant.
        again: plan a superseding run where the slot's run has finished.

    Raises:
        SpecError: one message with everything that is wrong: spec, golden sets, plug-ins.
    """
    loaded = load_spec(config)
    faults = Faults(loaded.faults)
    sources = _sources(loaded, world.root, faults)
    goldens = _describe(sources, faults)
    if loaded.spec is None:
        check_plugin_names(loaded.raw, faults)
        raise _spec_error(config, faults)
    plan, pieces = _assemble(loaded.spec, goldens, world, slot, faults)
    if faults or plan is None:
        raise _spec_error(config, faults)
    database = open_database(_store_url(loaded.spec.store, world.root))
    by_name = dict(zip([one.name for one in goldens], sources, strict=True))
    parts = _parts(loaded.spec, by_name, pieces, world, database)
    plan, finished = _attempt(plan, parts, again=again)
    return Service(
        config=config,
        plan=plan,
        parts=_with_cache(parts, plan, loaded.spec),
        calibrations=SqlCalibrations(database, world.clock),
        finished=finished,
        checks=to_domain.check_rule(loaded.spec),
    )


def _spec_error(config: Path, faults: Sequence[str]) -> SpecError:
    unique = list(dict.fromkeys(faults))
    head = f"{config}: {len(unique)} {'fault' if len(unique) == 1 else 'faults'}; nothing was run"
    return SpecError("\n".join([head, *unique]))


def _sources(loaded: Loaded, root: Path, faults: Faults) -> list[GoldenSource]:
    listed = loaded.spec.golden if loaded.spec is not None else loaded.raw.get("golden")
    locations = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    opened = [faults.catch(open_source, one, root=root) for one in locations]
    return [one for one in opened if one is not None]


def _describe(sources: list[GoldenSource], faults: Faults) -> list[GoldenSet]:
    """Read every set; drop the sources that are not usable, in step."""
    described = [faults.catch(source.describe) for source in sources]
    sources[:] = [
        one for one, golden in zip(sources, described, strict=True) if golden is not None
    ]
    goldens = [golden for golden in described if golden is not None]
    names = [golden.name for golden in goldens]
    for name in sorted({one for one in names if names.count(one) > 1}):
        faults.append(
            f"golden: two sets are named {name!r}; give them different names in their cards"
        )
    return goldens


def _assemble(
    spec: SpecV1,
    described: Sequence[GoldenSet],
    world: World,
    slot: datetime | None,
    faults: Faults,
) -> tuple[Plan | None, Pieces]:
    goldens = tuple(to_domain.with_criteria(one, spec) for one in described)
    slos = to_domain.slos_of(spec, goldens, faults)
    pieces = make_pieces(spec, goldens, world.environ, faults)
    wrong = schedule_fault(spec.schedule)
    if wrong is not None:
        faults.append(wrong)
    if faults:
        return None, pieces
    due = slot or next(slots_back(spec.schedule, world.clock()))
    longest = max((one.window for one in slos), default=timedelta(days=1))
    plan = Plan(
        service=spec.service,
        slot=due,
        models={role: model.identity for role, model in pieces.models.items()},
        goldens=goldens,
        graders={name: grader_identities(found) for name, found in pieces.graders.items()},
        slos=slos,
        gate=to_domain.gate_rule(spec),
        review=to_domain.review_rule(spec),
        estimation=to_domain.estimation_rule(spec),
        deadline=to_domain.deadline_rule(spec),
        seed=spec.seed,
        code_version=version("qualityslo"),
        embedder=pieces.embedder.name if pieces.embedder is not None else "",
        failures_are_bad=spec.policy.count_failures_as_bad,
        cadence=cadence(spec.schedule, due),
        expected_slots=expected_slots(spec.schedule, due, longest),
        timezone=spec.schedule.timezone,
    )
    return plan, pieces


def _parts(
    spec: SpecV1,
    sources: Mapping[str, GoldenSource],
    pieces: Pieces,
    world: World,
    database: Database,
) -> Parts:
    recorder = _recorder(spec, world)
    return Parts(
        models=pieces.models,
        sources=sources,
        graders=pieces.graders,
        embedder=pieces.embedder,
        store=SqlFactStore(database, world.clock),
        queue=SqlReviewQueue(database, world.clock),
        outbox=SqlOutbox(database, world.clock),
        recorder=recorder,
        feedback=recorder if spec.mlflow is not False and spec.mlflow.labels else None,
        exporters=pieces.exporters,
        engine=LocalEngine(),
        progress=world.progress,
        folder=world.root / spec.output,
        calibrations=SqlCalibrations(database, world.clock),
        grade_cache=SqlGradeCache(database, world.clock) if spec.grade_cache else None,
        desk=SqlDesk(database, secrets.token_urlsafe),
    )


def _with_cache(parts: Parts, plan: Plan, spec: SpecV1) -> Parts:
    if parts.grade_cache is None:
        return parts
    found = cached_graders(parts.graders, plan.goldens, spec, parts.grade_cache, plan.run_id)
    return replace(parts, graders=found)


def open_people(config: Path, world: World) -> SqlPeople:
    """Return the people of a spec's store: who may come to its desk.

    Raises:
        SpecError: one message with everything that is wrong with the spec.
    """
    loaded = load_spec(config)
    if loaded.spec is None:
        raise _spec_error(config, loaded.faults)
    database = open_database(_store_url(loaded.spec.store, world.root))
    return SqlPeople(database, secrets.token_urlsafe)


def _store_url(store: str, root: Path) -> str:
    return store if "://" in store else f"sqlite:///{root / store}"


def _recorder(spec: SpecV1, world: World) -> MlflowRecorder | None:
    if spec.mlflow is False:
        return None
    uri = spec.mlflow.tracking_uri or world.environ.get("MLFLOW_TRACKING_URI")
    return MlflowRecorder(
        tracking_uri=uri or f"sqlite:///{world.root / 'mlflow.db'}",
        experiment=spec.mlflow.experiment,
        request_timeout_s=parse_duration(spec.mlflow.timeout).total_seconds(),
    )


def _attempt(plan: Plan, parts: Parts, *, again: bool) -> tuple[Plan, bool]:
    """Return the plan of the latest attempt of its slot, and whether that one has finished."""
    finished = False
    while (row := parts.store.run(plan.run_id)) is not None:
        finished = row.finished_at is not None
        following = replace(plan, attempt=plan.attempt + 1)
        if not finished or (not again and parts.store.run(following.run_id) is None):
            return plan, finished
        plan = following
    return plan, False
