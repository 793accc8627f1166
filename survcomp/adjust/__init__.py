"""Patients and a target population to weights, and whether the weights balance."""

from survcomp.adjust.approximate import approximate_weights
from survcomp.adjust.balance import Balance, BalanceRow, balance_table
from survcomp.adjust.maic import maic_weights
from survcomp.adjust.max_ess import max_ess_weights
from survcomp.adjust.two_stage import two_stage_weights

__all__ = [
    "Balance",
    "BalanceRow",
    "approximate_weights",
    "balance_table",
    "maic_weights",
    "max_ess_weights",
    "two_stage_weights",
]
