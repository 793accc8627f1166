"""Two arms or two effects to a contrast, with what it assumes."""

from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.bootstrap.effects import (
    HazardRatioEffect,
    MedianDifferenceEffect,
    ResponseEffect,
    RMSTDifferenceEffect,
    SurvivalDifferenceEffect,
)
from survcomp.comparison.bootstrap.result import MaicBootstrap
from survcomp.comparison.matching_adjusted.anchored import anchored_maic
from survcomp.comparison.matching_adjusted.anchored_bootstrap import (
    anchor,
    bootstrap_weighted_trial,
)
from survcomp.comparison.matching_adjusted.bootstrap import bootstrap_maic, bootstrap_response_maic
from survcomp.comparison.matching_adjusted.hazard_ratio import unanchored_maic
from survcomp.comparison.matching_adjusted.response import (
    WeightedResponse,
    weighted_mean_difference,
    weighted_response,
)
from survcomp.comparison.matching_adjusted.result import MAIC, Anchor
from survcomp.comparison.matching_adjusted.run import maic
from survcomp.comparison.matching_adjusted.settings import MaicSettings
from survcomp.comparison.matching_adjusted.unanchored import unanchored_maic_rmst
from survcomp.comparison.matching_adjusted.variance import (
    known_weight_variances,
    maic_variances,
    response_variances,
)
from survcomp.comparison.matching_adjusted.variance_result import VarianceTable
from survcomp.comparison.networks.anchored import AnchoredComparison
from survcomp.comparison.networks.bucher import bucher
from survcomp.comparison.networks.pooling import PooledEffects, pool_contrasts
from survcomp.comparison.outcome_models.anchored import AnchoredResponse, AnchoredSurvival
from survcomp.comparison.outcome_models.augmented import (
    anchored_augmented,
    anchored_augmented_response,
    unanchored_augmented,
    unanchored_augmented_response,
)
from survcomp.comparison.outcome_models.effect import SurvivalEffect
from survcomp.comparison.outcome_models.g_computation import (
    anchored_g_computation,
    unanchored_g_computation,
)
from survcomp.comparison.outcome_models.g_computation_response import (
    anchored_g_computation_response,
    unanchored_g_computation_response,
)
from survcomp.comparison.outcome_models.stc import (
    anchored_stc,
    anchored_stc_response,
    unanchored_stc,
    unanchored_stc_response,
)
from survcomp.comparison.outcome_models.unanchored import UnanchoredResponse, UnanchoredSurvival
from survcomp.comparison.reweighting.kinds import Entropy, MaxESS, TwoStage, WithinTolerance
from survcomp.comparison.reweighting.matching import Matching
from survcomp.comparison.sensitivity_analyses.arms import (
    SensitivityArms,
    matched_arms,
    unmatched_arms,
)
from survcomp.comparison.sensitivity_analyses.baseline import (
    UnevenCovariate,
    uneven_covariates,
    uneven_rows,
)
from survcomp.comparison.sensitivity_analyses.bias_factor import (
    log_bias_factor,
    tipping_hazard_ratio,
)
from survcomp.comparison.sensitivity_analyses.censoring import (
    CensoringSettings,
    censoring_tipping_point,
)
from survcomp.comparison.sensitivity_analyses.confounder import (
    ConfounderGrid,
    ConfounderSettings,
    confounder_grid,
    confounder_rows,
)
from survcomp.comparison.sensitivity_analyses.covariates import (
    leave_one_covariate_out,
    means_alone,
    ranked_subsets,
)
from survcomp.comparison.sensitivity_analyses.e_value import EValue, e_value, e_value_rows
from survcomp.comparison.sensitivity_analyses.null import shifted_null
from survcomp.comparison.sensitivity_analyses.periods import hazard_ratio_by_period
from survcomp.comparison.sensitivity_analyses.picture import ConfounderPicture, confounder_picture
from survcomp.comparison.sensitivity_analyses.reconstruction import reconstruction_uncertainty
from survcomp.comparison.sensitivity_analyses.result import SensitivityRow, SensitivityTable
from survcomp.comparison.sensitivity_analyses.together import (
    Sensitivity,
    SensitivitySettings,
    naive_sensitivity,
    sensitivity,
)
from survcomp.comparison.sensitivity_analyses.weights import (
    alternative_weights,
    leave_one_patient_out,
    patient_influence,
    trim_weights,
    trimmed_weights,
)
from survcomp.comparison.standardised.hazard_ratio import standardised_hazard_ratio
from survcomp.comparison.standardised.result import NoAdjustment, Standardised
from survcomp.comparison.standardised.settings import Standardisation, StandardisationSettings
from survcomp.comparison.two_arms.compatibility import check_compatible
from survcomp.comparison.two_arms.dependence import DependenceTable, hazard_ratio_dependence
from survcomp.comparison.two_arms.enrolled import EnrolledScenario, enrolled_scenario
from survcomp.comparison.two_arms.naive import naive_hazard_ratio, naive_rmst_difference
from survcomp.comparison.two_arms.pair_bootstrap import BootstrapPair, bootstrap_pair
from survcomp.comparison.two_arms.response import ResponseComparison, compare_responses
from survcomp.comparison.two_arms.within_trial import within_trial_hazard_ratio

__all__ = [
    "MAIC",
    "Anchor",
    "AnchoredComparison",
    "AnchoredResponse",
    "AnchoredSurvival",
    "BootstrapPair",
    "CensoringSettings",
    "ConfounderGrid",
    "ConfounderPicture",
    "ConfounderSettings",
    "DependenceTable",
    "EValue",
    "EnrolledScenario",
    "Entropy",
    "HazardRatioEffect",
    "MaicBootstrap",
    "MaicSettings",
    "Matching",
    "MaxESS",
    "MedianDifferenceEffect",
    "NoAdjustment",
    "PooledEffects",
    "RMSTDifferenceEffect",
    "Resampling",
    "ResponseComparison",
    "ResponseEffect",
    "Sensitivity",
    "SensitivityArms",
    "SensitivityRow",
    "SensitivitySettings",
    "SensitivityTable",
    "Standardisation",
    "StandardisationSettings",
    "Standardised",
    "SurvivalDifferenceEffect",
    "SurvivalEffect",
    "TwoStage",
    "UnanchoredResponse",
    "UnanchoredSurvival",
    "UnevenCovariate",
    "VarianceTable",
    "WeightedResponse",
    "WithinTolerance",
    "alternative_weights",
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
    "censoring_tipping_point",
    "check_compatible",
    "compare_responses",
    "confounder_grid",
    "confounder_picture",
    "confounder_rows",
    "e_value",
    "e_value_rows",
    "enrolled_scenario",
    "hazard_ratio_by_period",
    "hazard_ratio_dependence",
    "known_weight_variances",
    "leave_one_covariate_out",
    "leave_one_patient_out",
    "log_bias_factor",
    "maic",
    "maic_variances",
    "matched_arms",
    "means_alone",
    "naive_hazard_ratio",
    "naive_rmst_difference",
    "naive_sensitivity",
    "patient_influence",
    "pool_contrasts",
    "ranked_subsets",
    "reconstruction_uncertainty",
    "response_variances",
    "sensitivity",
    "shifted_null",
    "standardised_hazard_ratio",
    "tipping_hazard_ratio",
    "trim_weights",
    "trimmed_weights",
    "unanchored_augmented",
    "unanchored_augmented_response",
    "unanchored_g_computation",
    "unanchored_g_computation_response",
    "unanchored_maic",
    "unanchored_maic_rmst",
    "unanchored_stc",
    "unanchored_stc_response",
    "uneven_covariates",
    "uneven_rows",
    "unmatched_arms",
    "weighted_mean_difference",
    "weighted_response",
    "within_trial_hazard_ratio",
]
