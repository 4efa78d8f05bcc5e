"""The release gate's own draw: ordered once, looked at by people, decided once (design 5.2)."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from qualityslo.domain.draw import Draw, draw_entropy
from qualityslo.domain.facts import RunRow
from qualityslo.domain.gate import GateDecision
from qualityslo.domain.golden import GoldenSet
from qualityslo.domain.pairs import Pairs
from qualityslo.domain.plan import Plan
from qualityslo.domain.release import ReleaseStratum, base_of, draw_release
from qualityslo.domain.report import Report
from qualityslo.domain.sli import Role
from qualityslo.domain.wording import gate_conclusion, gate_exit_code, next_step
from qualityslo.errors import UsageError
from qualityslo.jobs.conclude import compare_models, golden_summary
from qualityslo.jobs.forms import forms
from qualityslo.jobs.night import Night, Nights, finished_runs, pair_strata
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.review import ALWAYS, NIGHTLY, RELEASE, collecting_until, waiting_reviews
from qualityslo.jobs.settle import check_same_rules
from qualityslo.jobs.summaries import provenance, review_summaries, role_summaries

FEWEST = len(ReleaseStratum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release draw: the run it belongs to, and the night whose answers it is about."""

    run: RunRow
    base: RunRow


def order_release(plan: Plan, parts: Parts, labels: int, now: datetime) -> Release:
    """Return the release draw that waits for a decision, or order one of so many items a set.

    A draw that people have begun to look at is decided before another is ordered: looking twice
    until it passes would not be a test.

    Args:
        plan: the rules; the draw is about the answers of the last finished night.
        parts: the adapters.
        labels: items of each golden set that people are to look at; fewer where there are fewer.
        now: when it is ordered.

    Raises:
        UsageError: no finished night, no candidate, nothing that people judge, the last night was
            run by other rules, or a draw of another size is under way.
    """
    _check_plan(plan, labels)
    nights = finished_runs(parts.store.runs(plan.service, NIGHTLY), now)
    if not nights:
        raise UsageError(f"no finished run of {plan.service!r}: run `qualityslo nightly` first")
    found = _ordered(plan, parts, nights[-1])
    if found is None:
        check_same_rules(plan, nights[-1])
        found = parts.store.begin_release(nights[-1].run_id), nights[-1]
    run, base = found
    _check_size(run, _draws(parts, run), labels)
    if run.finished_at is None:  # an order that was interrupted is completed
        for golden in _human(plan):
            _offer(plan, parts, golden, (run, base), labels)
    return Release(run=run, base=base)


def _ordered(plan: Plan, parts: Parts, last: RunRow) -> tuple[RunRow, RunRow] | None:
    """Return the draw that waits, else the last night's decided one, with the night it is about.

    One that was ordered under other rules asked another question, and does not stand in the way.
    """
    for run in reversed(parts.store.runs(plan.service, RELEASE)):
        base = parts.store.run(base_of(run.run_id))
        assert base is not None
        waits = run.finished_at is None or base.run_id == last.run_id
        if waits and base.revision == plan.revision:
            return run, base
    return None


def _draws(parts: Parts, run: RunRow) -> list[Draw]:
    found = [parts.queue.draw(run.run_id, golden) for golden in run.goldens]
    return [one for one in found if one is not None]


def _human(plan: Plan) -> list[GoldenSet]:
    return [golden for golden in plan.goldens if golden.human_criteria]


def _check_size(run: RunRow, draws: list[Draw], labels: int) -> None:
    if any(len(one.drawn) != min(labels, one.alarm_items + one.quiet_items) for one in draws):
        size = max(len(one.drawn) for one in draws)
        state = "under way" if run.finished_at is None else "decided"
        raise UsageError(
            f"--labels {labels}: a release draw of {size} items a set is {state} for these answers "
            f"({run.run_id}); a second one would be a second try: --labels {size}"
        )


def _check_plan(plan: Plan, labels: int) -> None:
    if Role.CANDIDATE not in plan.models:
        raise UsageError("models.candidate: there is none, and so nothing to compare")
    if not _human(plan):
        raise UsageError("no criterion is judged by people: the gate needs no labels")
    if labels < FEWEST:
        raise UsageError(f"--labels {labels}: at least {FEWEST}, one for each stratum of the draw")


def _offer(
    plan: Plan, parts: Parts, golden: GoldenSet, runs: tuple[RunRow, RunRow], labels: int
) -> None:
    """Draw the reviews of one golden set, once."""
    run, base = runs
    if parts.queue.draw(run.run_id, golden.name) is not None:
        return
    nights = Nights(plan, parts.store, parts.queue, ALWAYS)
    draw = _draw(plan, nights, nights.night(base, golden), run, labels)
    drawn = {one.item_id for one in draw.drawn}
    items = [item for item in parts.sources[golden.name].items() if item.id in drawn]
    parts.store.append_items(run.run_id, golden.name, items)
    reviews = list(forms(plan, parts, golden, draw, run, base))
    parts.queue.offer(run.run_id, golden.name, draw, reviews)


def _draw(plan: Plan, nights: Nights, night: Night, run: RunRow, labels: int) -> Draw:
    """Draw among the pairs of which a label could say something new, under any criterion."""
    laid = nights.release(night, run, run.started_at)
    size = len(night.columns[Role.BASELINE])
    wanted, everything = np.zeros(size, dtype=np.bool_), np.ones(size, dtype=np.bool_)
    for criterion in night.golden.human_criteria:
        both = laid[Role.CANDIDATE, criterion.name], laid[Role.BASELINE, criterion.name]
        wanted |= Pairs.of(*both, everything).open
    ids = np.array(night.columns[Role.BASELINE].item_ids, dtype=object)
    pools = [ids[wanted & mask].tolist() for _, mask in pair_strata(night)]
    where = f"{night.golden.name}\x1frelease"
    entropy = draw_entropy(plan.seed, plan.service, where, night.run.slot)
    return draw_release(pools[0], pools[1], pools[2], labels, entropy)


def conclude_release(plan: Plan, parts: Parts, release: Release, now: datetime) -> Report:
    """Return what a release draw says: nothing until people are done, and then always the same.

    People are done where no review waits, or the draw's deadline has passed; the first
    conclusion after that is stored and stays.
    """
    run = release.run
    deadline = collecting_until(plan, run, now)
    waiting = [] if deadline is None else waiting_reviews(plan, parts, run, now)
    final = deadline is None or not waiting or deadline <= now
    as_of = run.finished_at or now
    report = _report(replace(plan, slot=run.slot), parts, release, as_of, final=final)
    if final and run.finished_at is None:
        parts.store.conclude(run.run_id, report)
    return report


def _report(plan: Plan, parts: Parts, release: Release, as_of: datetime, *, final: bool) -> Report:
    run, base = release.run, release.base
    nights = Nights(plan, parts.store, parts.queue, as_of)
    gate = _gate(plan, nights, release, final=final)
    reviews = review_summaries(plan, run, parts, as_of)
    code = gate_exit_code(gate)
    return Report(
        run_id=run.run_id,
        kind=run.kind,
        service=plan.service,
        slot=run.slot,
        as_of=as_of,
        revision=run.revision,
        conclusion=gate_conclusion(gate),
        next_step="" if final else next_step(reviews, ()),
        exit_code=code,
        goldens=tuple(golden_summary(one) for one in plan.goldens),
        roles=role_summaries(plan, nights, base),
        slis=(),
        slos=(),
        gate=gate,
        drift=(),
        reviews=reviews,
        examples=(),
        provenance=provenance(plan),
    )


def _gate(plan: Plan, nights: Nights, release: Release, *, final: bool) -> GateDecision:
    rule = replace(plan.gate, frame="golden_set", confidence=plan.estimation.confidence)
    until = release.run.started_at + plan.deadline.after_slot
    laid = {
        golden.name: nights.release(nights.night(release.base, golden), release.run, until)
        for golden in plan.goldens
    }
    return compare_models(plan, nights, (release.base, laid), rule, final=final)
