"""Patients to estimates: Kaplan-Meier, Cox, log-rank, RMST, response, and over ensembles."""

from survcomp.estimation.cox.hazard_ratio import HazardRatio, LogRank, hazard_ratio, logrank
from survcomp.estimation.cox.proportional_hazards import (
    ProportionalHazardsTest,
    proportional_hazards_test,
)
from survcomp.estimation.cox.two_arm import (
    LogHazardRatio,
    LogHazardRatios,
    two_arm_log_hr,
    two_arm_log_hrs,
)
from survcomp.estimation.cox.weighted import WeightedCox, weighted_cox
from survcomp.estimation.follow_up import median_follow_up
from survcomp.estimation.interval_hazard import IntervalHazard, IntervalHazards, interval_hazards
from survcomp.estimation.kaplan_meier import kaplan_meier
from survcomp.estimation.outcome_models.binary import Classifier, Logistic
from survcomp.estimation.outcome_models.survival import Cox, Parametric
from survcomp.estimation.over_draws.pool import pool
from survcomp.estimation.proportions import TwoProportions, two_proportions
from survcomp.estimation.rmst import rmst
from survcomp.estimation.smoothed_hazard import SmoothedHazard, smoothed_hazard
from survcomp.estimation.survival import median, survival_at
from survcomp.estimation.survival_curve import KMResult

__all__ = [
    "Classifier",
    "Cox",
    "HazardRatio",
    "IntervalHazard",
    "IntervalHazards",
    "KMResult",
    "LogHazardRatio",
    "LogHazardRatios",
    "LogRank",
    "Logistic",
    "Parametric",
    "ProportionalHazardsTest",
    "SmoothedHazard",
    "TwoProportions",
    "WeightedCox",
    "hazard_ratio",
    "interval_hazards",
    "kaplan_meier",
    "logrank",
    "median",
    "median_follow_up",
    "pool",
    "proportional_hazards_test",
    "rmst",
    "smoothed_hazard",
    "survival_at",
    "two_arm_log_hr",
    "two_arm_log_hrs",
    "two_proportions",
    "weighted_cox",
]
