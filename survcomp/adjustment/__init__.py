"""Patients and a target population to weights, and whether the weights balance."""

from survcomp.adjustment.diagnostics.balance import Balance, BalanceRow, balance_table
from survcomp.adjustment.diagnostics.distribution import (
    WeightGroup,
    WeightHistogram,
    WeightSummary,
    weight_histogram,
    weight_summary,
)
from survcomp.adjustment.diagnostics.influence import (
    HeavyPatient,
    Influence,
    WeightedAtRisk,
    WeightedAtRiskTable,
    influential_patients,
    weighted_at_risk,
)
from survcomp.adjustment.diagnostics.overlap import Overlap, OverlapRow, target_overlap
from survcomp.adjustment.imputed.target import TargetCovariates, simulate_target
from survcomp.adjustment.weighting.approximate import approximate_weights
from survcomp.adjustment.weighting.maic import maic_weights
from survcomp.adjustment.weighting.max_ess import max_ess_weights
from survcomp.adjustment.weighting.two_stage import two_stage_weights

__all__ = [
    "Balance",
    "BalanceRow",
    "HeavyPatient",
    "Influence",
    "Overlap",
    "OverlapRow",
    "TargetCovariates",
    "WeightGroup",
    "WeightHistogram",
    "WeightSummary",
    "WeightedAtRisk",
    "WeightedAtRiskTable",
    "approximate_weights",
    "balance_table",
    "influential_patients",
    "maic_weights",
    "max_ess_weights",
    "simulate_target",
    "target_overlap",
    "two_stage_weights",
    "weight_histogram",
    "weight_summary",
    "weighted_at_risk",
]
