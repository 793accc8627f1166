"""Figures that people draw by hand: each takes values, and axes if wanted, and returns axes."""

from survcomp.plotting.curves import hazard, km, log_cumulative_hazard
from survcomp.plotting.effects import ForestLine, forest, forest_lines, hazard_ratio_over_time
from survcomp.plotting.rebuilt import reconstruction
from survcomp.plotting.style import house_style
from survcomp.plotting.weighting import balance, weights

__all__ = [
    "ForestLine",
    "balance",
    "forest",
    "forest_lines",
    "hazard",
    "hazard_ratio_over_time",
    "house_style",
    "km",
    "log_cumulative_hazard",
    "reconstruction",
    "weights",
]
