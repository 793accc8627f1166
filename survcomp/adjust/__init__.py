"""Patients and a target population to weights, and whether the weights balance."""

from survcomp.adjust.balance import Balance, BalanceRow, balance_table
from survcomp.adjust.maic import maic_weights

__all__ = ["Balance", "BalanceRow", "balance_table", "maic_weights"]
