"""Medians and restricted means over an `Ensemble`.

A median is read off the pooled curve and band, because the draws in which it is not reached
cannot be averaged; a restricted mean is averaged by Rubin's rules.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.estimation.kaplan_meier import first_at_most
from survcomp.estimation.over_draws.curve import pooled_columns
from survcomp.estimation.over_draws.draw_curves import (
    check_one_ensemble,
    draw_curve,
    draw_curves,
    known_until,
)
from survcomp.estimation.over_draws.pool import WORDS, pool
from survcomp.estimation.rmst import RMST, rmst
from survcomp.values.checks import FloatArray, TimeUnit
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD
from survcomp.values.quantiles import normal_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledTime:
    """A time of one arm pooled over an ensemble: a median or a restricted mean.

    Attributes
    ----------
    arm : str
        Name of the arm.
    quantity : str
        "median" or "RMST to 24 months".
    estimate, ci_low, ci_high : float
        In `time_unit`; ``math.inf`` for a median or a limit that is not reached.
    se_sampling, se_reconstruction, se : float
        In `time_unit`; how those of a median are defined is said by `pooled_median`.
    share : float
        B / T.
    time_unit : str
        Unit of every time.
    method : str
        Method that drew the ensemble.
    level : float
        Confidence level.
    draws : int
        Number of draws.
    """

    arm: str
    quantity: str
    estimate: float
    se_sampling: float
    se_reconstruction: float
    se: float
    ci_low: float
    ci_high: float
    share: float
    time_unit: TimeUnit
    method: str
    level: float
    draws: int

    def to_frame(self) -> pd.DataFrame:
        """One row: ``estimate se_sampling se_reconstruction se ci_low ci_high share``."""
        return pd.DataFrame([{name: getattr(self, name) for name in WORDS}])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


def pooled_median(ensemble: Ensemble, *, level: float = 0.95) -> PooledTime:
    """Median time, by inverting the pooled curve and its pooled band.

    Parameters
    ----------
    ensemble : Ensemble
        Draws of one arm.
    level : float
        Confidence level.

    Returns
    -------
    PooledTime
        Estimate and limits are ``math.inf`` where the pooled curve or band does not come
        down to one half while every draw is followed. `se` is the width of the interval over
        twice the normal quantile, infinite where a limit is not reached; it is divided
        between sampling and reconstruction as the variance of the pooled curve is at the
        median, or at the end of the curve where there is none.

    Raises
    ------
    InputError
        If this is not one ensemble of one arm.

    References
    ----------
    Brookmeyer R, Crowley J (1982), Biometrics 38:29 (inverting the band).

    Examples
    --------
    >>> from survcomp.values import IPD
    >>> draws = tuple(
    ...     IPD.from_times([1, 2, t], [6, 6], arm="A", time_unit="months") for t in (3, 3.5))
    >>> ensemble = Ensemble(draws=draws, method="piecewise exponential", curve_id="T/A/OS")
    >>> pooled_median(ensemble).estimate
    3.5
    """
    curves = draw_curves(ensemble, level=level)
    known = min(known_until(curve) for curve in curves)
    grid = np.unique(np.concatenate([curve.time for curve in curves]))
    grid = grid[grid <= known]
    columns = pooled_columns(curves, grid, level=level)
    end = min(float(curve.follow_up[-1]) for curve in curves)
    estimate, low, high = (
        first_at_most(grid, columns[name], 0.5, end=end)
        for name in ("estimate", "ci_low", "ci_high")
    )
    se = (high - low) / (2 * normal_quantile(level)) if math.isfinite(high) else math.inf
    share, reconstruction = _shares_at(estimate, grid, columns)
    return PooledTime(
        arm=ensemble.arm,
        quantity="median",
        estimate=estimate,
        se_sampling=se * math.sqrt(1 - reconstruction) if reconstruction < 1 else 0.0,
        se_reconstruction=se * math.sqrt(reconstruction) if reconstruction > 0 else 0.0,
        se=se,
        ci_low=low,
        ci_high=high,
        share=share,
        time_unit=ensemble.time_unit,
        method=ensemble.method,
        level=level,
        draws=len(ensemble),
    )


def pooled_rmst(ensemble: Ensemble, horizon: float, *, level: float = 0.95) -> PooledTime:
    """Restricted mean survival time, pooled over the draws.

    Parameters
    ----------
    ensemble : Ensemble
        Draws of one arm.
    horizon : float
        Upper limit of the area, within the follow-up of every draw.
    level : float
        Confidence level.

    Returns
    -------
    PooledTime

    Raises
    ------
    InputError
        If the horizon is not positive or lies beyond the follow-up of a draw, which is named.

    Examples
    --------
    >>> from survcomp.values import IPD
    >>> draws = tuple(
    ...     IPD.from_times([1, t], [6, 6], arm="A", time_unit="months") for t in (2, 3))
    >>> ensemble = Ensemble(draws=draws, method="piecewise exponential", curve_id="T/A/OS")
    >>> pooled_rmst(ensemble, 4).estimate
    2.875
    """
    check_one_ensemble(ensemble)
    areas = draw_rmsts(ensemble, horizon)
    pooled = pool([area.estimate for area in areas], [area.se**2 for area in areas], level=level)
    return PooledTime(
        arm=ensemble.arm,
        quantity=f"RMST to {horizon:g} {ensemble.time_unit}",
        time_unit=ensemble.time_unit,
        method=ensemble.method,
        level=level,
        draws=len(ensemble),
        **{name: getattr(pooled, name) for name in WORDS},
    )


def draw_rmsts(draws: Iterable[IPD], horizon: float) -> tuple[RMST, ...]:
    """Restricted mean survival time of each data set, such as the draws of an ensemble.

    Raises
    ------
    InputError
        If the horizon is not positive or lies beyond the follow-up of a draw, which is named.
    """
    areas = []
    for number, draw in enumerate(draws, start=1):
        try:
            areas.append(rmst(draw_curve(draw), horizon=horizon))
        except InputError as error:
            raise error.within(f"draw {number}") from error
    return tuple(areas)


def _shares_at(
    time: float, grid: FloatArray, columns: dict[str, FloatArray]
) -> tuple[float, float]:
    """B / T and (1 + 1/M) B / T of the pooled curve at a time, or at its end."""
    if grid.size == 0:  # no draw has an event
        return 0.0, 0.0
    at = max(int(np.searchsorted(grid, time, side="right")) - 1, 0)
    total, part = float(columns["se"][at]), float(columns["se_reconstruction"][at])
    return float(columns["share"][at]), (part / total) ** 2 if total > 0 else 0.0
