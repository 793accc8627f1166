"""Patients to estimates: Kaplan-Meier, Cox, log-rank, RMST, response."""

from survcomp.estimate.cox import HazardRatio, LogRank, hazard_ratio, logrank
from survcomp.estimate.kaplan_meier import KMResult, SurvivalEstimate, TimeEstimate, kaplan_meier
from survcomp.estimate.proportions import TwoProportions, two_proportions
from survcomp.estimate.rmst import RMST, rmst

__all__ = [
    "RMST",
    "HazardRatio",
    "KMResult",
    "LogRank",
    "SurvivalEstimate",
    "TimeEstimate",
    "TwoProportions",
    "hazard_ratio",
    "kaplan_meier",
    "logrank",
    "rmst",
    "two_proportions",
]
