"""How bad it is at least, for alerts that look every night: statistics-decisions.md, section 3.

An interval that holds once does not hold for ninety looks in a quarter. Each rule below has its
own one-sided level, and says which rate it is about; what it costs in false alarms a quarter:

- page on this set: `alert_interval(..., tail=ONE_NIGHT_TAIL)` above the budget on one night;
  at most 90 x 0.001 = 0.09 by construction.
- ticket on this set: `tail=TWO_NIGHTS_TAIL` on two nights running; at most 89 x 0.025^2 = 0.056.
- page on the traffic: `frame="traffic", tail=TWO_NIGHTS_TAIL` on two nights running; measured
  0.015 to 0.063 at a rate exactly at the budget, at most 0.008 at 80 % of it.
- page where everything is labelled: the set has no width, so `frame="traffic",
  tail=ONE_NIGHT_TAIL`, which is Clopper-Pearson.
- ticket on the traffic, slow: `window_rate_interval(..., confidence=WINDOW_CONFIDENCE)`;
  measured 0.033.

A point burn rate over some factor controls nothing: it was false in up to 89 % of quarters.
"""

import math
from collections.abc import Iterable

from qualityslo.errors import StatsError
from qualityslo.stats.binomial import beta_limits
from qualityslo.stats.estimate import Estimate, Frame
from qualityslo.stats.rate import rate_interval
from qualityslo.stats.special import normal_quantile
from qualityslo.stats.strata import Parts, Stratum, split
from qualityslo.stats.superpopulation import estimated_rate

ONE_NIGHT_TAIL = 0.001
TWO_NIGHTS_TAIL = 0.025
WINDOW_CONFIDENCE = 0.99


def alert_interval(
    strata: Iterable[Stratum], *, tail: float, frame: Frame = "golden_set"
) -> Estimate:
    """Estimate how bad it is at least: an interval with a lower limit only (`high` is 1).

    - `golden_set`: the lower limit of `rate_interval` (`finite2` and its relatives) at its own
      level. It misses with at most `tail` given all earlier nights, so that levels add up.
    - `traffic`: the items are a sample too, and the same ones every night. `super_low`:
      low = r - sqrt((r - L)^2 + z^2 t (1 - t) / N), with r the estimated rate, L the limit for
      the set, t = (N r + 1/2) / (N + 1) and P(Z > z) = tail; simulated, not proven. Where every
      item is labelled this is a plain sample: `clopper_pearson`.

    Args:
        strata: any number of strata; those without items are ignored, and one without labels
            counts as all good, which only lowers the limit.
        tail: probability that the lower limit may miss on one night, inside (0, 0.5).
        frame: whose rate must be above the budget for the alert to be true.

    Returns:
        An estimate of confidence 1 - 2 tail, in the words of a two-sided interval.

    Raises:
        StatsError: a tail outside (0, 0.5), an unknown frame, or what `rate_interval` refuses.

    >>> night = [Stratum(items=30, labelled=12, bad=9), Stratum(items=170, labelled=28, bad=1)]
    >>> for frame in ("golden_set", "traffic"):
    ...     print(alert_interval(night, tail=0.025, frame=frame))
    14.3 % [9.5 %, 100.0 %] (95 %, 40 labels of 200 items)
    14.3 % [7.5 %, 100.0 %] (95 %, 40 labels of 200 items)
    """
    if not 0 < tail < 0.5:
        raise StatsError(f"tail={tail!r} is outside (0, 0.5); write one miss in 1,000 as 0.001")
    strata = list(strata)
    of_set = rate_interval(strata, confidence=1 - 2 * tail)
    low, method = of_set.low, of_set.method
    if frame == "traffic":
        low, method = _traffic_low(split(strata).completed(bad=False), of_set, tail)
    return Estimate(
        point=of_set.point,
        low=low,
        high=1.0,
        confidence=of_set.confidence,
        labelled=of_set.labelled,
        items=of_set.items,
        frame=frame,
        method=method,
    )


def _traffic_low(parts: Parts, of_set: Estimate, tail: float) -> tuple[float, str]:
    """Return the lower limit of the traffic's rate and its name; `parts` has no unlabelled one."""
    if not parts.sampled:
        return beta_limits(parts.full.bad, parts.full.items, tail)[0], "clopper_pearson"
    rate, count = estimated_rate(parts), parts.items
    smooth = (count * rate + 0.5) / (count + 1)
    own = normal_quantile(tail) * math.sqrt(smooth * (1 - smooth) / count)
    low = max(0.0, rate - math.hypot(rate - of_set.low, own))
    return low, f"super_low, {of_set.method}"
