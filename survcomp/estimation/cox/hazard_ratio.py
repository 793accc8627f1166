"""Hazard ratio of two arms from a Cox model, weighted where weights are given.

Ties are handled by Efron's method. Without weights the standard error is the model's;
with weights it is the robust one of Lin and Wei (1989), from score residuals that are
Efron's too, so that it equals R's ``coxph(robust = TRUE, ties = "efron")``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation.cox.two_arm import two_arm_log_hr
from survcomp.estimation.cox.weighted import SAYS_NOTHING, weighted_cox
from survcomp.estimation.lifelines_adapter import cox_log_hazard_ratio
from survcomp.estimation.lifelines_adapter import logrank as _logrank
from survcomp.values.checks import BoolArray, FloatArray
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.one_outcome import one_outcome
from survcomp.values.quantiles import normal_quantile
from survcomp.values.shown import frame_as_table, in_a_line, in_a_table
from survcomp.values.weights import Weights, WeightScale, check_weights

Variance = Literal["model", "robust"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardRatio:
    """Hazard ratio of `treatment` against `comparator`, stored as its logarithm.

    Attributes
    ----------
    treatment, comparator : str
        Names of the arms.
    estimate, se, ci_low, ci_high : float
        Log hazard ratio, its standard error and interval.
    p : float
        Two-sided Wald p value.
    level : float
        Confidence level.
    variance : {"model", "robust"}
        Which variance the standard error comes from.
    n_treatment, n_comparator, events_treatment, events_comparator : int
        Patients and events, not weighted.
    """

    treatment: str
    comparator: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    level: float
    variance: Variance
    n_treatment: int
    n_comparator: int
    events_treatment: int
    events_comparator: int

    @property
    def hazard_ratio(self) -> float:
        """The hazard ratio itself."""
        return math.exp(self.estimate)

    def to_frame(self) -> pd.DataFrame:
        """One row with ``estimate se ci_low ci_high`` (log scale) and the counts."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__slots__}])

    __repr__ = in_a_line
    _repr_html_ = frame_as_table


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRank:
    """Log-rank test: chi-squared on one degree of freedom; null: equal hazards."""

    chi_squared: float
    p: float

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def hazard_ratio(
    treatment: IPD,
    comparator: IPD,
    *,
    weights: Weights | None = None,
    scale: WeightScale = "raw",
    level: float = 0.95,
) -> HazardRatio:
    """Cox hazard ratio of two arms, Efron ties.

    Parameters
    ----------
    treatment, comparator : IPD
        One arm each, in the same time unit.
    weights : Weights, optional
        Weights of the treatment arm, joined by identifier; the comparator's patients count
        1 each. The standard error is then robust, with the weights taken as known.
    scale : {"raw", "n", "ess"}
        Scale of the weights: as fitted, summing to n, or to the effective sample size. In
        an unanchored comparison the estimate depends on it a little.
    level : float
        Confidence level.

    Returns
    -------
    HazardRatio

    Raises
    ------
    IncompatibleError
        If the time units differ or the weights belong to other patients.
    InputError
        If no event of an arm happens while patients of the other are at risk, so that the
        ratio has no finite estimate; with weights, judged without the patients who carry less
        than 1e-4 of the largest weight.

    References
    ----------
    Cox DR (1972), JRSS B 34:187. Efron B (1977), JASA 72:557. Lin DY, Wei LJ (1989),
    JASA 84:1074.

    Examples
    --------
    >>> from survcomp.values import IPD
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> round(hazard_ratio(a, b).hazard_ratio, 3)
    0.348
    """
    check_weights(weights, optional=True)
    _check_pair(treatment, comparator)
    for arm in (treatment, comparator):
        if arm.n_events == 0:
            raise InputError(
                f"arm {arm.arms[0]!r} has no event among {arm.n} patients: its hazard ratio has "
                "no finite estimate."
            )
    time, event, treated = _stack(treatment, comparator)
    _check_overlap(treatment, comparator)
    two_arm_log_hr(time, event, treated)  # refuses a likelihood without a maximum
    z = normal_quantile(level)
    if weights is None:
        estimate, se = cox_log_hazard_ratio(time, event, treated, None)
    else:
        w = np.concatenate([weights.for_patients(treatment, scale=scale), np.ones(comparator.n)])
        _check_weighted(time, event, treated, w)
        fit = weighted_cox(time, event, treated, w)
        estimate, se = fit.log_hr, fit.se_robust
    return HazardRatio(
        treatment=treatment.arms[0],
        comparator=comparator.arms[0],
        estimate=estimate,
        se=se,
        ci_low=estimate - z * se,
        ci_high=estimate + z * se,
        p=float(2 * norm.sf(abs(estimate / se))),
        level=level,
        variance="model" if weights is None else "robust",
        n_treatment=treatment.n,
        n_comparator=comparator.n,
        events_treatment=treatment.n_events,
        events_comparator=comparator.n_events,
    )


def logrank(treatment: IPD, comparator: IPD) -> LogRank:
    """Log-rank test of two arms without weights.

    A weighted log-rank test with weights as case counts is wrong, so none is offered.
    """
    _check_pair(treatment, comparator)
    chi_squared, p = _logrank(*_stack(treatment, comparator))
    return LogRank(chi_squared=chi_squared, p=p)


def _check_pair(treatment: IPD, comparator: IPD) -> None:
    for name, ipd in (("treatment", treatment), ("comparator", comparator)):
        if len(ipd.arms) != 1:
            raise InputError(f"`{name}` must hold one arm; got {', '.join(ipd.arms)}.")
    one_outcome(treatment, comparator)
    if treatment.time_unit != comparator.time_unit:
        raise IncompatibleError(
            f"`treatment` is in {treatment.time_unit} and `comparator` in "
            f"{comparator.time_unit}; convert one with in_unit."
        )


def _check_overlap(treatment: IPD, comparator: IPD) -> None:
    """Each arm needs an event while the other is at risk, or the likelihood has no maximum."""
    for arm, other in ((treatment, comparator), (comparator, treatment)):
        first, last = float(arm.time[arm.event].min()), float(other.time.max())
        if first > last:
            raise InputError(
                f"arm {other.arms[0]!r} is followed to {last:g} {other.time_unit} and the first "
                f"event of arm {arm.arms[0]!r} is at {first:g}: their hazard ratio has no finite "
                "estimate."
            )


def _stack(treatment: IPD, comparator: IPD) -> tuple[FloatArray, BoolArray, BoolArray]:
    treated = np.concatenate([np.ones(treatment.n, bool), np.zeros(comparator.n, bool)])
    return (
        np.concatenate([treatment.time, comparator.time]),
        np.concatenate([treatment.event, comparator.event]),
        treated,
    )


def _check_weighted(
    time: FloatArray, event: BoolArray, treated: BoolArray, weights: FloatArray
) -> None:
    """Refuse weights under which the arms are separated."""
    counts = weights >= SAYS_NOTHING * float(weights[treated].max())
    counts |= ~treated  # the comparator's patients are not weighted
    try:
        two_arm_log_hr(time[counts], event[counts], treated[counts])
    except InputError as error:
        raise InputError(
            f"{error} This is so with these weights: of the {int(treated.sum())} patients of the "
            f"treated arm, {int((treated & counts).sum())} carry more than {SAYS_NOTHING:g} of the "
            "largest weight."
        ) from error
