"""Patients to estimates: Kaplan-Meier, Cox, log-rank, RMST, response, and over ensembles."""

from survcomp.estimate.cox import HazardRatio, LogRank, hazard_ratio, logrank
from survcomp.estimate.follow_up import median_follow_up
from survcomp.estimate.interval_hazard import IntervalHazard, IntervalHazards, interval_hazards
from survcomp.estimate.jackknife import ArmEstimate, weighted_rmst, weighted_survival
from survcomp.estimate.kaplan_meier import KMResult, SurvivalEstimate, TimeEstimate, kaplan_meier
from survcomp.estimate.outcome_models import Classifier, Logistic
from survcomp.estimate.pool import Pooled, pool
from survcomp.estimate.pooled_curve import PooledSurvival, pooled_survival
from survcomp.estimate.pooled_time import PooledTime, pooled_median, pooled_rmst
from survcomp.estimate.proportional_hazards import (
    ProportionalHazardsTest,
    proportional_hazards_test,
)
from survcomp.estimate.proportions import TwoProportions, two_proportions
from survcomp.estimate.rmst import RMST, rmst
from survcomp.estimate.survival_models import Cox, Parametric
from survcomp.estimate.two_arm_cox import (
    LogHazardRatio,
    LogHazardRatios,
    two_arm_log_hr,
    two_arm_log_hrs,
)
from survcomp.estimate.weighted_cox import WeightedCox, weighted_cox

__all__ = [
    "RMST",
    "ArmEstimate",
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
    "Pooled",
    "PooledSurvival",
    "PooledTime",
    "ProportionalHazardsTest",
    "SurvivalEstimate",
    "TimeEstimate",
    "TwoProportions",
    "WeightedCox",
    "hazard_ratio",
    "interval_hazards",
    "kaplan_meier",
    "logrank",
    "median_follow_up",
    "pool",
    "pooled_median",
    "pooled_rmst",
    "pooled_survival",
    "proportional_hazards_test",
    "rmst",
    "two_arm_log_hr",
    "two_arm_log_hrs",
    "two_proportions",
    "weighted_cox",
    "weighted_rmst",
    "weighted_survival",
]
