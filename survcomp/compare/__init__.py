"""Two arms or two effects to a contrast, with what it assumes."""

from survcomp.compare.anchored_maic import AnchoredMAIC, anchored_maic
from survcomp.compare.augmented import (
    anchored_augmented,
    anchored_augmented_response,
    unanchored_augmented,
    unanchored_augmented_response,
)
from survcomp.compare.bootstrap import (
    Resampling,
    anchor,
    bootstrap_maic,
    bootstrap_response_maic,
    bootstrap_weighted_trial,
)
from survcomp.compare.bootstrap_effects import (
    HazardRatioEffect,
    MedianDifferenceEffect,
    ResponseEffect,
    RMSTDifferenceEffect,
    SurvivalDifferenceEffect,
)
from survcomp.compare.bootstrap_result import MaicBootstrap
from survcomp.compare.bucher import bucher
from survcomp.compare.compatibility import check_compatible
from survcomp.compare.dependence import DependenceTable, hazard_ratio_dependence
from survcomp.compare.enrolled import EnrolledBound, enrolled_bound
from survcomp.compare.g_computation import (
    anchored_g_computation,
    anchored_g_computation_response,
    unanchored_g_computation,
    unanchored_g_computation_response,
)
from survcomp.compare.maic import unanchored_maic, unanchored_maic_rmst
from survcomp.compare.modelled_effect import AnchoredModel, SurvivalEffect
from survcomp.compare.naive import naive_hazard_ratio, naive_rmst_difference
from survcomp.compare.pair_bootstrap import BootstrapPair, bootstrap_pair
from survcomp.compare.pooled import (
    pooled_hazard_ratio,
    pooled_rmst_difference,
    pooled_within_trial_hazard_ratio,
)
from survcomp.compare.pooling import PooledEffects, pool_contrasts
from survcomp.compare.response import ResponseComparison, compare_responses
from survcomp.compare.standardised import standardised_hazard_ratio
from survcomp.compare.standardised_result import NoAdjustment, Standardised
from survcomp.compare.stc import (
    anchored_stc,
    anchored_stc_response,
    unanchored_stc,
    unanchored_stc_response,
)
from survcomp.compare.variance import (
    VarianceTable,
    known_weight_variances,
    maic_variances,
    response_variances,
)
from survcomp.compare.weighted_response import (
    WeightedResponse,
    weighted_mean_difference,
    weighted_response,
)
from survcomp.compare.within_trial import within_trial_hazard_ratio

__all__ = [
    "AnchoredMAIC",
    "AnchoredModel",
    "BootstrapPair",
    "DependenceTable",
    "EnrolledBound",
    "HazardRatioEffect",
    "MaicBootstrap",
    "MedianDifferenceEffect",
    "NoAdjustment",
    "PooledEffects",
    "RMSTDifferenceEffect",
    "Resampling",
    "ResponseComparison",
    "ResponseEffect",
    "Standardised",
    "SurvivalDifferenceEffect",
    "SurvivalEffect",
    "VarianceTable",
    "WeightedResponse",
    "anchor",
    "anchored_augmented",
    "anchored_augmented_response",
    "anchored_g_computation",
    "anchored_g_computation_response",
    "anchored_maic",
    "anchored_stc",
    "anchored_stc_response",
    "bootstrap_maic",
    "bootstrap_pair",
    "bootstrap_response_maic",
    "bootstrap_weighted_trial",
    "bucher",
    "check_compatible",
    "compare_responses",
    "enrolled_bound",
    "hazard_ratio_dependence",
    "known_weight_variances",
    "maic_variances",
    "naive_hazard_ratio",
    "naive_rmst_difference",
    "pool_contrasts",
    "pooled_hazard_ratio",
    "pooled_rmst_difference",
    "pooled_within_trial_hazard_ratio",
    "response_variances",
    "standardised_hazard_ratio",
    "unanchored_augmented",
    "unanchored_augmented_response",
    "unanchored_g_computation",
    "unanchored_g_computation_response",
    "unanchored_maic",
    "unanchored_maic_rmst",
    "unanchored_stc",
    "unanchored_stc_response",
    "weighted_mean_difference",
    "weighted_response",
    "within_trial_hazard_ratio",
]
