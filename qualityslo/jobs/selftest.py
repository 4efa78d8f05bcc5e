"""The gate's self-test on a service's own last night: `qualityslo gate --selftest`."""

from datetime import datetime

import numpy as np

from qualityslo.domain.draw import draw_entropy
from qualityslo.domain.evidence import Code
from qualityslo.domain.pairs import Pairs
from qualityslo.domain.plan import Plan
from qualityslo.domain.selftest import SelfTest, SelfTestRule, self_test
from qualityslo.domain.sli import Role
from qualityslo.errors import UsageError
from qualityslo.jobs.night import Nights
from qualityslo.jobs.parts import Parts
from qualityslo.jobs.settle import latest_run


def self_tests(plan: Plan, parts: Parts, now: datetime) -> list[SelfTest]:
    """Compare each human criterion's answers of the last night with themselves.

    Raises:
        UsageError: no finished night, no candidate, or nothing that people judge.
    """
    run = latest_run(plan, parts, now)
    if run is None or Role.CANDIDATE not in plan.models:
        raise UsageError(
            f"no finished run of {plan.service!r} with a candidate: the self-test needs the "
            "answers of two models"
        )
    nights = Nights(plan, parts.store, parts.queue, now)
    rule = SelfTestRule(review=plan.review, confidence=plan.gate.confidence)
    results = []
    for golden in plan.goldens:
        night = nights.night(run, golden)
        for criterion in golden.human_criteria:
            both = (
                night.labelled[Role.CANDIDATE, criterion.name],
                night.labelled[Role.BASELINE, criterion.name],
            )
            valid = both[0].judged.valid & both[1].judged.valid
            pairs = Pairs.of(*both, valid)
            differ = (pairs.pair & ~pairs.same)[valid]
            flags = [one.judged.verdict[valid] != Code.GOOD for one in both]
            entropy = draw_entropy(plan.seed, plan.service, f"{golden.name}/selftest", run.slot)
            results.append(
                self_test(
                    (criterion.name, golden.name),
                    (flags[0], flags[1]),
                    differ,
                    rule,
                    np.random.default_rng(entropy),
                )
            )
    if not results:
        raise UsageError("no criterion is judged by people: there is nothing to draw")
    return results
