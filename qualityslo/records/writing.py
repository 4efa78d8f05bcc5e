"""One report on its way into one MLflow experiment: the runs it becomes, found again or made."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from qualityslo.domain.golden import Json
from qualityslo.ports import Recording
from qualityslo.records import names
from qualityslo.records.content import (
    Content,
    instant_of,
    ledger_contents,
    obj,
    parent_content,
    role_content,
    roles,
    rows,
    summaries,
)
from qualityslo.records.datasets import dataset
from qualityslo.records.items import write_items

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Material:
    """Everything there is to write, complete before the first run is touched."""

    parent: Content
    children: Mapping[str, Content]
    ledgers: Mapping[str, Content]
    items: Mapping[str, Mapping[str, str]]
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One recording on its way into one experiment."""

    client: "MlflowClient"
    home: str
    recording: Recording

    @property
    def _report(self) -> Mapping[str, Json]:
        return self.recording.report

    @property
    def _slot(self) -> datetime:
        return instant_of(self._report["slot"])

    @property
    def _as_of(self) -> datetime:
        return instant_of(self._report["as_of"])

    def write(self) -> None:
        """Write parent, children and ledgers; the parent's `as_of` comes last and seals them."""
        with TemporaryDirectory(prefix="qualityslo-") as folder:
            material = self._prepare(Path(folder))
            parent = self._parent()
            sealed = parent.data.tags.get(names.TAG_AS_OF)
            if sealed is not None and instant_of(sealed) > self._as_of:
                return  # a later conclusion of this run is recorded already
            self._write_children(material, parent.info.run_id)
            self._write_ledgers(material.ledgers)
            self.client.log_artifacts(parent.info.run_id, folder)
        material.parent.tag(names.TAG_AS_OF, str(self._report["as_of"]))
        self._log(parent, material.parent, _millis(self._as_of))

    def _prepare(self, folder: Path) -> _Material:
        """Compute all content and put the night's artifacts into a folder."""
        material = _Material(
            parent=parent_content(self._report),
            children={role: role_content(self._report, role) for role in roles(self._report)},
            ledgers=ledger_contents(self._report),
            items=write_items(self.recording.item_rows, folder / names.ITEMS_FILE),
            folder=folder,
        )
        for path in self.recording.files:
            if path.is_file():  # an old entry of the outbox may outlive its files
                shutil.copyfile(path, folder / path.name)
        _write_json(folder / names.REPORT_FILE, dict(self._report))
        _write_json(folder / names.DECISION_FILE, self._report.get("decision"))
        _write_json(folder / names.UNDEFINED_FILE, _undefined(material))
        everything = (material.parent, *material.children.values(), *material.ledgers.values())
        renamed: dict[str, Json] = {}
        for content in everything:
            renamed.update(content.renamed)
        if renamed:
            _write_json(folder / names.NAMES_FILE, renamed)
        return material

    def _parent(self) -> "Run":
        run_id = self.recording.run_id
        found = self._by_tag(names.TAG_RUN_ID, f"tags.`{names.TAG_RUN_ID}` = '{run_id}'")
        if run_id in found:
            return found[run_id]
        name = names.parent_run_name(str(self._report["kind"]), self._slot, run_id)
        return self._create(name, {names.TAG_RUN_ID: run_id})

    def _write_children(self, material: _Material, parent_id: str) -> None:
        known = self._by_tag(names.TAG_ROLE, f"tags.`{names.TAG_PARENT}` = '{parent_id}'")
        digests = {str(one["name"]): str(one["digest"]) for one in rows(self._report["goldens"])}
        for role, content in material.children.items():
            tags = {names.TAG_ROLE: role, names.TAG_PARENT: parent_id}
            run = known.get(role) or self._create(role, tags)
            answers = summaries(self._report, role)
            goldens = [str(one["golden"]) for one in answers]
            inputs = [dataset(one, digests[one], material.items.get(one, {})) for one in goldens]
            self.client.log_inputs(run.info.run_id, datasets=inputs)
            model = dict(obj(answers[0].get("model")))
            self.client.log_dict(run.info.run_id, model, names.MODEL_FILE)
            self._log(run, content, _millis(self._as_of))

    def _write_ledgers(self, ledgers: Mapping[str, Content]) -> None:
        """Write each SLO's budget at its slot.

        Of several conclusions about one slot the latest must win wherever MLflow shows one value,
        and MLflow takes the latest time: so a point stands a millisecond after its slot for every
        second until the conclusion was drawn.
        """
        known = self._by_tag(names.TAG_LEDGER, f"tags.`{names.TAG_LEDGER}` LIKE '%'")
        seconds = (self._as_of - self._slot).total_seconds()
        for slo, content in ledgers.items():
            tags = {names.TAG_LEDGER: slo}
            run = known.get(slo) or self._create(names.ledger_run_name(slo), tags)
            self._log(run, content, _millis(self._slot) + int(seconds))

    def _log(self, run: "Run", content: Content, timestamp: int) -> None:
        """Write a run's figures and end it; what is there already stays as it is."""
        from mlflow.entities import Metric, Param, RunTag

        undefined = ", ".join(sorted(content.undefined))
        content.tag(names.TAG_UNDEFINED, undefined or names.NOTHING)
        fresh = {key: text for key, text in content.params.items() if key not in run.data.params}
        self.client.log_batch(
            run.info.run_id,
            metrics=[
                Metric(key=key, value=value, timestamp=timestamp, step=self.recording.step)
                for key, value in content.metrics.items()
            ],
            params=[Param(key, text) for key, text in fresh.items()],
            tags=[RunTag(key, text) for key, text in content.tags.items()],
        )
        end = max(_millis(self._as_of), run.info.end_time or 0)
        self.client.set_terminated(run.info.run_id, "FINISHED", end)

    def _create(self, name: str, tags: Mapping[str, str]) -> "Run":
        source = {names.TAG_SOURCE_NAME: "qualityslo", names.TAG_SOURCE_TYPE: "JOB"}
        start = _millis(self._slot)
        return self.client.create_run(
            self.home, start_time=start, tags={**source, **tags}, run_name=name
        )

    def _by_tag(self, tag: str, query: str) -> dict[str, "Run"]:
        """Return the runs that a query finds, by the value of a tag; the oldest where it recurs."""
        found: dict[str, Run] = {}
        token = None
        while True:
            page = self.client.search_runs(
                [self.home], query, order_by=["attributes.start_time ASC"], page_token=token
            )
            for run in page:
                found.setdefault(run.data.tags.get(tag, ""), run)
            token = page.token
            if not token:
                return found


def _undefined(material: _Material) -> dict[str, Json]:
    """Return by run which figures have no value, and why."""
    found: dict[str, Json] = {"night": dict(material.parent.undefined)}
    for role, content in material.children.items():
        found[role] = dict(content.undefined)
    ledgers = (content.undefined for content in material.ledgers.values())
    found["ledger"] = {name: why for one in ledgers for name, why in one.items()}
    return found


def _millis(instant: datetime) -> int:
    return int((instant - _EPOCH).total_seconds() * 1000)


def _write_json(path: Path, value: Json) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_bytes(text.encode("utf-8", "backslashreplace"))
