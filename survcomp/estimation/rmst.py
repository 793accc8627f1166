"""Restricted mean survival time (RMST): the area under a curve up to a horizon.

The area of a step function is a sum; its variance is of Greenwood's type (Klein and
Moeschberger 2003, section 4.5). The horizon is always explicit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.errors import InputError
from survcomp.estimation.kaplan_meier import KMResult
from survcomp.values.quantiles import normal_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class RMST:
    """Restricted mean survival time, in the curve's time unit.

    Attributes
    ----------
    arm : str
        Name of the arm.
    horizon : float
        Upper limit of the area.
    estimate, se, ci_low, ci_high : float
        Area under the curve from 0 to `horizon`.
    level : float
        Confidence level.
    """

    arm: str
    horizon: float
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    level: float


def rmst(curve: KMResult, *, horizon: float) -> RMST:
    """Restricted mean survival time of a Kaplan-Meier curve.

    Parameters
    ----------
    curve : KMResult
        Without weights.
    horizon : float
        Upper limit, in the curve's time unit; within the follow-up.

    Returns
    -------
    RMST

    Raises
    ------
    InputError
        If the horizon is not positive or lies beyond the follow-up, or the curve is
        weighted.

    References
    ----------
    Klein JP, Moeschberger ML (2003). Survival Analysis, 2nd ed., section 4.5.

    Examples
    --------
    >>> from survcomp.estimation import kaplan_meier
    >>> from survcomp.values import IPD
    >>> ipd = IPD.from_times([1, 2], [4, 4], arm="A", time_unit="months")
    >>> rmst(kaplan_meier(ipd), horizon=4).estimate
    2.75
    """
    if not isinstance(curve, KMResult):
        raise InputError(
            f"`curve` must be a Kaplan-Meier curve, kaplan_meier(ipd); got {type(curve).__name__}."
        )
    if curve.weighted:
        raise InputError(
            "the curve is weighted; its RMST, with patients and weights: weighted_rmst."
        )
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
    estimate = float(pieces.sum())
    se = float(np.sqrt(np.sum(area_after**2 * terms)))
    z = normal_quantile(curve.level)
    return RMST(
        arm=curve.arm,
        horizon=horizon,
        estimate=estimate,
        se=se,
        ci_low=estimate - z * se,
        ci_high=estimate + z * se,
        level=curve.level,
    )
