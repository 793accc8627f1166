"""The one place that imports lifelines, on first use (it takes two seconds by itself).

Only what lifelines 0.30 does well is taken from it: Kaplan-Meier tables, the Cox point
estimate at a tight tolerance with its model variance, and the log-rank test. Its weighted
Kaplan-Meier band (weights read as case counts), its robust Cox variance with ties and its
RMST variance are wrong or not what they seem; survcomp computes those itself.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray

PRECISION = 1e-20
"""The Cox fit stops at a Newton decrement, step^2 times information over 2, below this.

It returns the estimate from before the last step, so that 1e-12 would leave 1e-6 of a standard
error; and by lifelines' default it also stops once the log likelihood changes by less than
1e-9 of itself, which leaves 3e-6 where the hazard ratio is near 1.
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KaplanMeierTable:
    """Distinct times with the (weighted) numbers at risk and of events at each."""

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    survival: FloatArray


def kaplan_meier_table(
    time: FloatArray, event: BoolArray, weights: FloatArray | None
) -> KaplanMeierTable:
    """Kaplan-Meier estimate at every distinct observed time."""
    from lifelines import KaplanMeierFitter

    fitter = KaplanMeierFitter()
    with warnings.catch_warnings():
        # It warns that its variance is wrong for weights that are not counts; it is not used.
        warnings.simplefilter("ignore")
        fitter.fit(time, event, weights=weights)
    table = fitter.event_table
    if not table["removed"].iloc[0] > 0:
        table = table.iloc[1:]  # lifelines' own row at time 0, where nobody left
    at_risk = table["at_risk"].to_numpy(dtype=float)
    events = table["observed"].to_numpy(dtype=float)
    # Not lifelines' own product: where rounding leaves the weight of the last events a hair
    # above that of their risk set, it skips the drop to 0 without a word.
    survival = np.cumprod(1.0 - np.minimum(events / at_risk, 1.0))
    return KaplanMeierTable(
        time=table.index.to_numpy(dtype=float), at_risk=at_risk, events=events, survival=survival
    )


def cox_log_hazard_ratio(
    time: FloatArray, event: BoolArray, treated: BoolArray, weights: FloatArray | None
) -> tuple[float, float]:
    """Log hazard ratio of the treated (Efron ties) and its model standard error.

    The standard error is meaningful without weights only.
    """
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    frame = pd.DataFrame(
        {"time": time, "event": event.astype(int), "treated": treated.astype(float)}
    )
    if weights is not None:
        frame["weight"] = weights
    fitter = CoxPHFitter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitter.fit(
                frame,
                duration_col="time",
                event_col="event",
                weights_col="weight" if weights is not None else None,
                robust=False,
                fit_options={"precision": PRECISION, "r_precision": 0.0, "max_steps": 100},
            )
    except ConvergenceError as error:
        raise InputError(f"the Cox model has no finite estimate: {error}") from error
    return float(fitter.params_["treated"]), float(fitter.standard_errors_["treated"])


def logrank(time: FloatArray, event: BoolArray, treated: BoolArray) -> tuple[float, float]:
    """Chi-squared statistic (one degree of freedom) and p value of the log-rank test."""
    from lifelines.statistics import logrank_test

    result = logrank_test(
        time[treated],
        time[~treated],
        event_observed_A=np.asarray(event[treated]),
        event_observed_B=np.asarray(event[~treated]),
    )
    return float(result.test_statistic), float(result.p_value)
