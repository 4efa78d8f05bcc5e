"""Numbers in, estimates out: intervals that hold for rare events and small labelled samples.

Pure functions of counts. The words here are strata, items, labelled, bad; nothing is known of
models or graders. Formulas, their sources and measured coverage: `docs/statistics.md`, whose names
the `method` of each estimate uses.
"""

from qualityslo.stats.alerts import (
    ONE_NIGHT_TAIL,
    TWO_NIGHTS_TAIL,
    WINDOW_CONFIDENCE,
    alert_interval,
)
from qualityslo.stats.allocation import share_labels
from qualityslo.stats.binomial import (
    clopper_pearson,
    hypergeometric_interval,
    mcnemar_exact,
    zero_failure_upper,
)
from qualityslo.stats.bootstrap import bootstrap_differences, bootstrap_means
from qualityslo.stats.calibration import ScoreMap, cross_fitted, enough_labels, fit_score_map
from qualityslo.stats.clustered import clustered_rate_interval, window_rate_interval
from qualityslo.stats.detection import Detection, detection
from qualityslo.stats.e_detector import EDetector
from qualityslo.stats.estimate import Estimate, Frame
from qualityslo.stats.gate import GateSample, paired_gate_interval
from qualityslo.stats.goals import Goal, HalfWidthGoal, MarginGoal, TargetGoal
from qualityslo.stats.groups import GroupedRate, grouped_rate
from qualityslo.stats.multiplicity import benjamini_hochberg
from qualityslo.stats.paired import paired_difference_interval
from qualityslo.stats.planning import (
    EnoughLabels,
    Impossible,
    plan_labels,
    plan_nights,
    plan_window,
)
from qualityslo.stats.prediction_powered import PredictionPoweredMean, ppi_mean
from qualityslo.stats.quantile import QuantileEstimate, quantile_interval
from qualityslo.stats.rate import rate_interval
from qualityslo.stats.rater_agreement import Agreement, Coefficient, Undefined, agreement
from qualityslo.stats.reliability import Calibrated, ReliabilityBin, calibrated
from qualityslo.stats.scored_labels import ScoredLabels
from qualityslo.stats.scores import ScoreEstimate
from qualityslo.stats.sequence import confidence_sequence
from qualityslo.stats.strata import PairedStratum, Stratum
from qualityslo.stats.trials import (
    NO_GRADER,
    GraderQuality,
    LabelDesign,
    LabelTrial,
    expected_width,
)

__all__ = [
    "NO_GRADER",
    "ONE_NIGHT_TAIL",
    "TWO_NIGHTS_TAIL",
    "WINDOW_CONFIDENCE",
    "Agreement",
    "Calibrated",
    "Coefficient",
    "Detection",
    "EDetector",
    "EnoughLabels",
    "Estimate",
    "Frame",
    "GateSample",
    "Goal",
    "GraderQuality",
    "GroupedRate",
    "HalfWidthGoal",
    "Impossible",
    "LabelDesign",
    "LabelTrial",
    "MarginGoal",
    "PairedStratum",
    "PredictionPoweredMean",
    "QuantileEstimate",
    "ReliabilityBin",
    "ScoreEstimate",
    "ScoreMap",
    "ScoredLabels",
    "Stratum",
    "TargetGoal",
    "Undefined",
    "agreement",
    "alert_interval",
    "benjamini_hochberg",
    "bootstrap_differences",
    "bootstrap_means",
    "calibrated",
    "clopper_pearson",
    "clustered_rate_interval",
    "confidence_sequence",
    "cross_fitted",
    "detection",
    "enough_labels",
    "expected_width",
    "fit_score_map",
    "grouped_rate",
    "hypergeometric_interval",
    "mcnemar_exact",
    "paired_difference_interval",
    "paired_gate_interval",
    "plan_labels",
    "plan_nights",
    "plan_window",
    "ppi_mean",
    "quantile_interval",
    "rate_interval",
    "share_labels",
    "window_rate_interval",
    "zero_failure_upper",
]
