"""Infinitesimal jackknife of weighted one-arm estimates: survival, RMST, proportion, mean.

The influence of a patient is the patient's weight times the derivative of the estimate for
it. Its squares sum to the robust variance that takes the weights as known (R's
``survfit(robust = TRUE)``); with equal weights that is Greenwood's for a survival
probability, and that of Klein and Moeschberger for a restricted mean survival time (RMST).
Unlike a standard error, an influence can be carried on:
`survcomp.comparison.reweighting.m_estimation` adds to it what the estimation of the weights does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray, TimeUnit, read_only
from survcomp.values.patients.ipd import IPD
from survcomp.values.shown import in_a_line, in_a_table
from survcomp.values.weights import Weights, check_weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Jackknifed:
    """One number of one weighted arm, and what each patient does to it.

    Attributes
    ----------
    estimate : float
        Survival probability, RMST, proportion or mean.
    influence : ndarray of shape (n,)
        Weight times derivative for each patient, in the order of the IPD; sums to 0.
    time_unit : {"days", "weeks", "months", "years"} or None
        Unit of an RMST.
    """

    estimate: float
    influence: FloatArray
    time_unit: TimeUnit | None = None

    @property
    def se(self) -> float:
        """Robust standard error, the weights taken as known."""
        return float(np.sqrt(np.sum(self.influence**2)))

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def jackknife_survival(ipd: IPD, *, at: float, weights: Weights | None = None) -> Jackknifed:
    """Kaplan-Meier survival at one time, with weights.

    Parameters
    ----------
    ipd : IPD
        Patients of one arm.
    at : float
        Time in the IPD's unit, within the follow-up.
    weights : Weights, optional
        Joined by identifier; each patient counts 1 when left out.

    Returns
    -------
    Jackknifed

    Raises
    ------
    InputError
        If the time lies outside the follow-up.

    Examples
    --------
    >>> ipd = IPD.from_times([1, 2], [4, 4], arm="A", time_unit="months")
    >>> survival = jackknife_survival(ipd, at=3)
    >>> round(survival.estimate, 6), round(survival.se, 6)  # Greenwood: sqrt(0.5 * 0.5 / 4)
    (0.5, 0.25)
    """
    check_weights(weights, optional=True)
    path = _path(ipd, weights, until=at, name="at")
    survival = float(path.survival[-1]) if path.survival.size else 1.0
    # the derivative of log S(t) for a patient's weight; where the curve is at 0 it stays there
    derivative = path.terms.sum(axis=1)
    return Jackknifed(
        estimate=survival, influence=read_only(-survival * derivative, name="influence")
    )


def jackknife_rmst(ipd: IPD, *, horizon: float, weights: Weights | None = None) -> Jackknifed:
    """Restricted mean survival time, the area under a weighted Kaplan-Meier curve.

    Parameters
    ----------
    ipd : IPD
        Patients of one arm.
    horizon : float
        Upper limit, in the IPD's unit, within the follow-up.
    weights : Weights, optional
        Joined by identifier; each patient counts 1 when left out.

    Returns
    -------
    Jackknifed

    Raises
    ------
    InputError
        If the horizon is not positive or lies outside the follow-up.

    References
    ----------
    Klein JP, Moeschberger ML (2003). Survival Analysis, 2nd ed., section 4.5.

    Examples
    --------
    >>> ipd = IPD.from_times([1, 2], [4, 4], arm="A", time_unit="months")
    >>> jackknife_rmst(ipd, horizon=4).estimate
    2.75
    """
    check_weights(weights, optional=True)
    path = _path(ipd, weights, until=horizon, name="horizon")
    edges = np.concatenate([[0.0], path.time, [horizon]])
    pieces = np.concatenate([[1.0], path.survival]) * np.diff(edges)
    area_after = np.cumsum(pieces[::-1])[::-1][1:]
    return Jackknifed(
        estimate=float(pieces.sum()),
        influence=read_only(-(path.terms @ area_after), name="influence"),
        time_unit=ipd.time_unit,
    )


def weighted_mean(value: FloatArray, weight: FloatArray) -> Jackknifed:
    """Weighted mean of a column, or of a 0/1 column the weighted proportion.

    Examples
    --------
    >>> weighted_mean(np.array([1.0, 0.0]), np.array([3.0, 1.0])).estimate
    0.75
    """
    mean = float(np.average(value, weights=weight))
    influence = weight * (value - mean) / weight.sum()
    return Jackknifed(estimate=mean, influence=read_only(influence, name="influence"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Path:
    """The curve to a time, and what each patient's weight does to each of its drops.

    ``terms[i, j]`` is weight times (dN_i(s) - Y_i(s) dN(s) / Y(s)) / (Y(s) - dN(s)) at the
    j-th event time s: minus the derivative of the log of that factor of the curve.
    """

    time: FloatArray
    survival: FloatArray
    terms: FloatArray


def _path(ipd: IPD, weights: Weights | None, *, until: float, name: str) -> _Path:
    if len(ipd.arms) != 1:
        raise InputError(f"`ipd` must hold one arm; got {', '.join(ipd.arms)}. Use select_arm.")
    if not until > 0:
        raise InputError(f"`{name}` must be above 0; got {until!r}.")
    w = np.ones(ipd.n) if weights is None else np.asarray(weights.for_patients(ipd))
    time = np.unique(ipd.time[ipd.event & (ipd.time <= until) & (w > 0)])
    own_risk = ipd.time[:, None] >= time[None, :]
    own_event = (ipd.time[:, None] == time[None, :]) & ipd.event[:, None]
    at_risk, events = w @ own_risk, w @ own_event
    left = w @ (own_risk & ~own_event)
    survival = np.cumprod(left / at_risk)
    _check_follow_up(ipd, w, until, survival, name)
    inverse = np.divide(1.0, left, out=np.zeros_like(left), where=left > 0)
    terms = w[:, None] * (own_event - own_risk * (events / at_risk)) * inverse
    return _Path(time=time, survival=survival, terms=terms)


def _check_follow_up(
    ipd: IPD, weight: FloatArray, until: float, survival: FloatArray, name: str
) -> None:
    followed: BoolArray = weight > 0
    last = float(ipd.time[followed].max())
    if until > last and not (survival.size and survival[-1] <= 0):
        raise InputError(
            f"`{name}` must lie within the follow-up of {ipd.arms[0]!r}, to {last:g} "
            f"{ipd.time_unit}; got {until:g}."
        )
