"""survcomp: published survival, rebuilt and compared so that others can rerun it.

The public names are loaded on first use, so that importing the package is quick. The
function ``reconstruct`` shares its name with the package it lives in, so it and its
companions are imported from there: ``from survcomp.reconstruction import reconstruct``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from survcomp.adjustment import balance_table, maic_weights
    from survcomp.comparison import (
        Resampling,
        anchored_maic,
        bootstrap_maic,
        bootstrap_response_maic,
        bootstrap_weighted_trial,
        bucher,
        compare_responses,
        enrolled_bound,
        hazard_ratio_dependence,
        maic_variances,
        naive_hazard_ratio,
        naive_rmst_difference,
        naive_sensitivity,
        pooled_hazard_ratio,
        pooled_maic,
        pooled_rmst_difference,
        response_variances,
        sensitivity,
        unanchored_maic,
        unanchored_maic_rmst,
        weighted_mean_difference,
        weighted_response,
        within_trial_hazard_ratio,
    )
    from survcomp.estimation import (
        hazard_ratio,
        kaplan_meier,
        logrank,
        pooled_median,
        pooled_rmst,
        pooled_survival,
        rmst,
        weighted_rmst,
    )
    from survcomp.evidence import check_evidence, find_root, read_trial, trial_ids
    from survcomp.values import (
        IPD,
        SD,
        AtRisk,
        Basis,
        Contrast,
        Count,
        CovariateColumns,
        Curve,
        CurvePoints,
        Cut,
        Ensemble,
        FollowUp,
        Landmark,
        Mean,
        Median,
        MedianTime,
        PatientOutcome,
        Population,
        Proportion,
        PublishedMean,
        Response,
        Ticks,
        Trial,
        Weights,
        effective_sample_size,
    )

_HOMES: dict[str, tuple[str, ...]] = {
    "survcomp.values": (
        "AtRisk",
        "Basis",
        "Contrast",
        "Count",
        "CovariateColumns",
        "Curve",
        "CurvePoints",
        "Cut",
        "Ensemble",
        "FollowUp",
        "IPD",
        "Landmark",
        "Mean",
        "Median",
        "MedianTime",
        "PatientOutcome",
        "Population",
        "Proportion",
        "PublishedMean",
        "Response",
        "Ticks",
        "SD",
        "Trial",
        "Weights",
        "effective_sample_size",
    ),
    "survcomp.evidence": ("check_evidence", "find_root", "read_trial", "trial_ids"),
    "survcomp.estimation": (
        "hazard_ratio",
        "kaplan_meier",
        "logrank",
        "pooled_median",
        "pooled_rmst",
        "pooled_survival",
        "rmst",
        "weighted_rmst",
    ),
    "survcomp.adjustment": ("balance_table", "maic_weights"),
    "survcomp.comparison": (
        "Resampling",
        "anchored_maic",
        "bootstrap_maic",
        "bootstrap_response_maic",
        "bootstrap_weighted_trial",
        "bucher",
        "compare_responses",
        "enrolled_bound",
        "hazard_ratio_dependence",
        "maic_variances",
        "naive_hazard_ratio",
        "naive_rmst_difference",
        "naive_sensitivity",
        "pooled_hazard_ratio",
        "pooled_maic",
        "pooled_rmst_difference",
        "response_variances",
        "sensitivity",
        "unanchored_maic",
        "unanchored_maic_rmst",
        "weighted_mean_difference",
        "weighted_response",
        "within_trial_hazard_ratio",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "IPD",
    "SD",
    "AtRisk",
    "Basis",
    "Contrast",
    "Count",
    "CovariateColumns",
    "Curve",
    "CurvePoints",
    "Cut",
    "Ensemble",
    "FollowUp",
    "Landmark",
    "Mean",
    "Median",
    "MedianTime",
    "PatientOutcome",
    "Population",
    "Proportion",
    "PublishedMean",
    "Resampling",
    "Response",
    "Ticks",
    "Trial",
    "Weights",
    "__version__",
    "anchored_maic",
    "balance_table",
    "bootstrap_maic",
    "bootstrap_response_maic",
    "bootstrap_weighted_trial",
    "bucher",
    "check_evidence",
    "compare_responses",
    "effective_sample_size",
    "enrolled_bound",
    "find_root",
    "hazard_ratio",
    "hazard_ratio_dependence",
    "kaplan_meier",
    "logrank",
    "maic_variances",
    "maic_weights",
    "naive_hazard_ratio",
    "naive_rmst_difference",
    "naive_sensitivity",
    "pooled_hazard_ratio",
    "pooled_maic",
    "pooled_median",
    "pooled_rmst",
    "pooled_rmst_difference",
    "pooled_survival",
    "read_trial",
    "response_variances",
    "rmst",
    "sensitivity",
    "trial_ids",
    "unanchored_maic",
    "unanchored_maic_rmst",
    "weighted_mean_difference",
    "weighted_response",
    "weighted_rmst",
    "within_trial_hazard_ratio",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'survcomp' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
