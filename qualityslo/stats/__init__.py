"""Numbers in, estimates out: intervals that hold for rare events and small labelled samples.

Pure functions of counts. The words here are strata, items, labelled, bad; nothing is known of
models or graders. Formulas, their sources and measured coverage: `docs/statistics.md`, whose names
the `method` of each estimate uses.
"""

from qualityslo.stats.binomial import (
    clopper_pearson,
    hypergeometric_interval,
    mcnemar_exact,
    zero_failure_upper,
)
from qualityslo.stats.clustered import clustered_rate_interval, window_rate_interval
from qualityslo.stats.estimate import Estimate, Frame
from qualityslo.stats.paired import paired_difference_interval
from qualityslo.stats.quantile import QuantileEstimate, quantile_interval
from qualityslo.stats.rate import rate_interval
from qualityslo.stats.strata import PairedStratum, Stratum

__all__ = [
    "Estimate",
    "Frame",
    "PairedStratum",
    "QuantileEstimate",
    "Stratum",
    "clopper_pearson",
    "clustered_rate_interval",
    "hypergeometric_interval",
    "mcnemar_exact",
    "paired_difference_interval",
    "quantile_interval",
    "rate_interval",
    "window_rate_interval",
    "zero_failure_upper",
]
