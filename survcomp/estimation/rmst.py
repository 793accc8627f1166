"""Restricted mean survival time (RMST): the area under a curve up to a horizon.

The area of a step function is a sum; its variance is of Greenwood's type (Klein and
Moeschberger 2003, section 4.5), with weights the infinitesimal jackknife. The horizon is always
explicit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from survcomp.errors import InputError
from survcomp.estimation.jackknife import jackknife_rmst
from survcomp.estimation.kaplan_meier import curve_of
from survcomp.estimation.over_draws.draw_curves import draw_curve
from survcomp.estimation.over_draws.pool import pool
from survcomp.estimation.survival_curve import KMResult
from survcomp.values.checks import check_time
from survcomp.values.draws import Draws, Patients, as_draws
from survcomp.values.estimate import Estimate
from survcomp.values.patients.ipd import IPD
from survcomp.values.quantiles import normal_quantile
from survcomp.values.weights import Weights


def rmst(
    patients: Patients, *, horizon: float, weights: Weights | None = None, level: float = 0.95
) -> Estimate:
    """Restricted mean survival time of one arm.

    Parameters
    ----------
    patients : IPD, Reconstruction or Ensemble
        One arm; over draws the areas are pooled by Rubin's rules.
    horizon : float
        Upper limit, in the patients' time unit; within the follow-up, of every draw.
    weights : Weights, optional
        One weight a patient, joined by identifier. The standard error is then robust.
    level : float
        Confidence level.

    Returns
    -------
    Estimate

    Raises
    ------
    InputError
        If the horizon is not positive or lies beyond the follow-up; a draw is named.
    IncompatibleError
        If the weights belong to other patients.

    References
    ----------
    Klein JP, Moeschberger ML (2003). Survival Analysis, 2nd ed., section 4.5.

    Examples
    --------
    >>> from survcomp import IPD, rmst
    >>> ipd = IPD.from_times([1, 2], [4, 4], arm="A", time_unit="months")
    >>> rmst(ipd, horizon=4).value
    2.75
    """
    draws = as_draws(patients, weights)
    if draws.several:
        areas = areas_of(draws.data, horizon)
        values, variances = [area for area, _ in areas], [se**2 for _, se in areas]
        pooled = pool(values, variances, level=level)
        return _estimate(draws, horizon, pooled)
    if weights is None:
        value, se = area_under(curve_of(draws, level=level), horizon)
    else:
        weighted = jackknife_rmst(draws.data[0], horizon=horizon, weights=weights)
        value, se = weighted.estimate, weighted.se
    z = normal_quantile(level)
    return _estimate(
        draws,
        horizon,
        Estimate(
            quantity="RMST",
            value=value,
            se=se,
            se_sampling=se,
            ci_low=value - z * se,
            ci_high=value + z * se,
            level=level,
        ),
    )


def _estimate(draws: Draws, horizon: float, number: Estimate) -> Estimate:
    """The number with what it is of."""
    return replace(
        number,
        quantity="RMST",
        arm=draws.arm,
        outcome=draws.outcome,
        unit=draws.time_unit,
        time=horizon,
        time_unit=draws.time_unit,
        interval=draws.interval_words,
    )


def area_under(curve: KMResult, horizon: float) -> tuple[float, float]:
    """Area under the curve of one data set without weights, and its standard error.

    Raises
    ------
    InputError
        If the horizon is not positive or lies beyond the follow-up.
    """
    check_time(horizon, name="horizon")
    if not horizon > 0:
        raise InputError(f"`horizon` must be above 0; got {horizon!r}.")
    curve(horizon)  # refuses a horizon beyond the follow-up
    inside = curve.time < horizon
    edges = np.concatenate(([0.0], curve.time[inside], [horizon]))
    heights = np.concatenate(([1.0], curve.survival[inside]))
    pieces = heights * np.diff(edges)
    area_after = np.cumsum(pieces[::-1])[::-1][1:]  # from each event time to the horizon
    at_risk, events = curve.at_risk[inside], curve.events[inside]
    left = at_risk - events
    terms = np.divide(events, at_risk * left, out=np.zeros_like(left), where=left > 0)
    return float(pieces.sum()), float(np.sqrt(np.sum(area_after**2 * terms)))


def areas_of(data: Iterable[IPD], horizon: float) -> tuple[tuple[float, float], ...]:
    """Area and standard error of each of several data sets, such as draws.

    Raises
    ------
    InputError
        If the horizon is not positive or lies beyond the follow-up of a draw, which is named.
    """
    areas = []
    for number, draw in enumerate(data, start=1):
        try:
            areas.append(area_under(draw_curve(draw), horizon))
        except InputError as error:
            raise error.within(f"draw {number}") from error
    return tuple(areas)
