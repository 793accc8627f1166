"""Two arms or two effects to a contrast, with what it assumes."""

from survcomp.compare.bucher import bucher
from survcomp.compare.compatibility import check_compatible
from survcomp.compare.enrolled import EnrolledBound, enrolled_bound
from survcomp.compare.maic import unanchored_maic
from survcomp.compare.naive import naive_hazard_ratio, naive_rmst_difference
from survcomp.compare.pair_bootstrap import BootstrapPair, bootstrap_pair
from survcomp.compare.pooled import (
    pooled_hazard_ratio,
    pooled_rmst_difference,
    pooled_within_trial_hazard_ratio,
)
from survcomp.compare.response import ResponseComparison, compare_responses
from survcomp.compare.standardised import standardised_hazard_ratio
from survcomp.compare.standardised_result import NoAdjustment, Standardised
from survcomp.compare.within_trial import within_trial_hazard_ratio

__all__ = [
    "BootstrapPair",
    "EnrolledBound",
    "NoAdjustment",
    "ResponseComparison",
    "Standardised",
    "bootstrap_pair",
    "bucher",
    "check_compatible",
    "compare_responses",
    "enrolled_bound",
    "naive_hazard_ratio",
    "naive_rmst_difference",
    "pooled_hazard_ratio",
    "pooled_rmst_difference",
    "pooled_within_trial_hazard_ratio",
    "standardised_hazard_ratio",
    "unanchored_maic",
    "within_trial_hazard_ratio",
]
