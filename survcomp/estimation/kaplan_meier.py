"""Kaplan-Meier estimate of one arm: of one data set, weighted or not, or over draws.

Kaplan and Meier 1958; variance of Greenwood, or, with weights, the infinitesimal
jackknife (Therneau, R's ``survfit(robust = TRUE)``).
"""

from __future__ import annotations

import numpy as np

from survcomp.errors import InputError
from survcomp.estimation.lifelines_adapter import kaplan_meier_table
from survcomp.estimation.over_draws.curve import pooled_curve
from survcomp.estimation.survival_curve import CITransform, KMResult, greenwood
from survcomp.values.checks import FloatArray, check_option, read_only
from survcomp.values.draws import Draws, Patients, as_draws
from survcomp.values.patients.ipd import IPD
from survcomp.values.quantiles import normal_quantile
from survcomp.values.weights import Weights

NO_WEIGHT = 1e-12
"""A smaller share of the weight at risk is nobody: rounding leaves about 1e-16 of it."""


def kaplan_meier(
    patients: Patients,
    *,
    weights: Weights | None = None,
    ci_transform: CITransform = "log-log",
    level: float = 0.95,
) -> KMResult:
    """Kaplan-Meier estimate of one arm.

    Parameters
    ----------
    patients : IPD, Reconstruction or Ensemble
        One arm. The curve over draws is pooled on the complementary log-log scale, and its
        band holds the error of the reconstruction.
    weights : Weights, optional
        One weight a patient, joined by identifier. The standard error is then robust.
    ci_transform : {"log-log", "log", "plain"}
        Scale on which the interval is symmetric; over draws "log-log" only.
    level : float
        Confidence level.

    Returns
    -------
    KMResult

    Raises
    ------
    InputError
        If there is more than one arm, or an option is not allowed.
    IncompatibleError
        If the weights belong to other patients.

    References
    ----------
    Kaplan EL, Meier P (1958), JASA 53:457. Greenwood M (1926). Therneau TM, A package for
    survival analysis in R, section on robust variance. Rubin DB (1987). Multiple Imputation for
    Nonresponse in Surveys. Wiley. Marshall A et al. (2009), BMC Med Res Methodol 9:57 (the scale
    on which to pool survival).

    Examples
    --------
    >>> from survcomp import IPD, kaplan_meier
    >>> ipd = IPD.from_times([1, 2, 3], [2.5, 4], arm="A", time_unit="months")
    >>> kaplan_meier(ipd).median().value
    3.0
    """
    return curve_of(as_draws(patients, weights), ci_transform=ci_transform, level=level)


def curve_of(
    draws: Draws, *, ci_transform: CITransform = "log-log", level: float = 0.95
) -> KMResult:
    """The curve of one data set, or the pooled one of several; see `kaplan_meier`."""
    check_option(ci_transform, CITransform, name="ci_transform")
    normal_quantile(level)
    if not draws.several:
        return _one_curve(draws, ci_transform, level)
    if ci_transform != "log-log":
        raise InputError(
            f"`ci_transform` must be 'log-log' over draws, which are pooled on that scale; got "
            f"{ci_transform!r}."
        )
    return pooled_curve(draws, level=level)


def _one_curve(draws: Draws, ci_transform: CITransform, level: float) -> KMResult:
    ipd, weights = draws.data[0], draws.weights
    w = None if weights is None else weights.for_patients(ipd)
    table = kaplan_meier_table(ipd.time, ipd.event, w)
    at_event = table.events > 0
    time, survival = table.time[at_event], np.clip(table.survival[at_event], 0.0, 1.0)
    at_risk, events = table.at_risk[at_event], table.events[at_event]
    if time.size and _nobody_is_left(ipd, np.ones(ipd.n) if w is None else w, after=time[-1]):
        survival[-1] = 0.0  # and not what rounding makes of the weights
    if w is None:
        se = greenwood(survival, at_risk, events)
    else:
        se = _infinitesimal_jackknife(ipd, w, time, survival, at_risk, events)
    return KMResult(
        arm=draws.arm,
        outcome=draws.outcome,
        n=ipd.n,
        n_events=ipd.n_events,
        time=read_only(time, name="time"),
        survival=read_only(survival, name="survival"),
        se=read_only(se, name="se"),
        at_risk=read_only(at_risk, name="at_risk"),
        events=read_only(events, name="events"),
        follow_up=(read_only(np.sort(ipd.time), name="follow_up"),),
        weighted=w is not None,
        ci_transform=ci_transform,
        level=level,
        time_unit=ipd.time_unit,
        interval=draws.interval_words,
    )


def _nobody_is_left(ipd: IPD, weights: FloatArray, *, after: float) -> bool:
    """Whether all the weight at risk at the last event time has its event there."""
    at_risk = ipd.time >= after
    left = at_risk & ~(ipd.event & (ipd.time == after))
    return bool(weights[left].sum() <= NO_WEIGHT * weights[at_risk].sum())


def _infinitesimal_jackknife(
    ipd: IPD,
    weights: FloatArray,
    time: FloatArray,
    survival: FloatArray,
    at_risk: FloatArray,
    events: FloatArray,
) -> FloatArray:
    """Robust standard error of the weighted curve.

    The derivative of log S(t) for weight i is minus the sum over event times s up to t of
    (dN_i(s) - Y_i(s) dN(s) / Y(s)) / (Y(s) - dN(s)); the variance of log S(t) is the sum
    over patients of (weight times derivative) squared.
    """
    left = at_risk - events
    inverse = np.divide(1.0, left, out=np.zeros_like(left), where=left > NO_WEIGHT * at_risk)
    own_event = (ipd.time[:, None] == time[None, :]) & ipd.event[:, None]
    own_risk = ipd.time[:, None] >= time[None, :]
    terms = (own_event - own_risk * (events / at_risk)[None, :]) * inverse[None, :]
    influence = weights[:, None] * np.cumsum(terms, axis=1)
    return np.asarray(survival * np.sqrt(np.sum(influence**2, axis=0)))
