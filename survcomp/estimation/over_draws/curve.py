"""Survival over an `Ensemble`, pooled on the complementary log-log scale.

On that scale the house's bands are symmetric, and an average of draws is one of curves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from survcomp.errors import InputError
from survcomp.estimation.kaplan_meier import KMResult
from survcomp.estimation.over_draws.draw_curves import draw_curves, ends_at_zero, known_until
from survcomp.estimation.over_draws.pool import WORDS, rubin, t_quantile
from survcomp.values.checks import FloatArray, TimeUnit, read_only
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.shown import in_a_line

HALF = 0.5
"""What stands for no event, and for nobody left, where other draws have some."""

CELLS = 2_000_000
"""Draws times times worked on at once: it bounds the memory, not the answer."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledSurvival:
    """Survival of one arm at chosen times, pooled over an ensemble.

    Attributes
    ----------
    arm : str
        Name of the arm.
    time : ndarray of shape (k,)
        As asked for, in `time_unit`.
    estimate, ci_low, ci_high : ndarray of shape (k,)
        Survival in [0, 1] and its interval from the total variance, pooled on the
        complementary log-log scale.
    se_sampling, se_reconstruction, se : ndarray of shape (k,)
        Standard errors on the scale of survival: S abs(log S) times those pooled.
    share : ndarray of shape (k,)
        B / T on the pooled scale.
    time_unit : str
        Unit of `time`.
    method : str
        Method that drew the ensemble.
    level : float
        Confidence level.
    draws : int
        Number of draws.
    """

    arm: str
    time: FloatArray
    estimate: FloatArray
    se_sampling: FloatArray
    se_reconstruction: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    share: FloatArray
    time_unit: TimeUnit
    method: str
    level: float
    draws: int

    def to_frame(self) -> pd.DataFrame:
        """One row a time: ``time estimate se_sampling se_reconstruction se ci_low ci_high share``.

        The interval is not symmetric about the estimate.
        """
        return pd.DataFrame({name: getattr(self, name) for name in ("time", *WORDS)})

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def pooled_survival(ensemble: Ensemble, times: ArrayLike, *, level: float = 0.95) -> PooledSurvival:
    """Survival at chosen times, pooled on the complementary log-log scale.

    Parameters
    ----------
    ensemble : Ensemble
        Draws of one arm.
    times : array_like of shape (k,)
        In the ensemble's time unit; no draw may end before the last of them, unless its
        curve has come down to 0.
    level : float
        Confidence level.

    Returns
    -------
    PooledSurvival

    Raises
    ------
    InputError
        If a time is negative or beyond the follow-up of a draw, which is named.

    Notes
    -----
    A survival of 1 or 0 has no finite transform. Where every draw has 1, the result is 1
    without error, as before the first event of any curve. Where every draw has 0, it is 0, with
    the upper limit that the draws had before their last event, as in `KMResult.band`. Where
    draws differ, one without an event yet counts half an event (H = 0.5 / n, of variance 2 on
    this scale), and one in which nobody is left counts half a patient left.

    References
    ----------
    Rubin DB (1987). Multiple Imputation for Nonresponse in Surveys. Wiley. Marshall A et al.
    (2009), BMC Med Res Methodol 9:57 (the scale on which to pool survival).

    Examples
    --------
    >>> from survcomp.values import IPD
    >>> draws = tuple(
    ...     IPD.from_times([1, t, 3], [5, 5], arm="A", time_unit="months") for t in (2, 2.5))
    >>> ensemble = Ensemble(draws=draws, method="piecewise exponential", curve_id="T/A/OS")
    >>> pooled_survival(ensemble, [1, 2]).estimate.round(3).tolist()
    [0.8, 0.713]
    """
    t = read_only(np.atleast_1d(np.asarray(times, dtype=float)), name="times")
    curves = draw_curves(ensemble, level=level)
    _check_known(curves, t)
    columns = pooled_columns(curves, t, level=level)
    return PooledSurvival(
        arm=ensemble.arm,
        time=t,
        time_unit=ensemble.time_unit,
        method=ensemble.method,
        level=level,
        draws=len(ensemble),
        **{name: read_only(columns[name], name=name) for name in WORDS},
    )


def _check_known(curves: tuple[KMResult, ...], times: FloatArray) -> None:
    for number, curve in enumerate(curves, start=1):
        end = known_until(curve)
        bad = ~((times >= 0) & (times <= end))
        if np.any(bad):
            raise InputError(
                f"the curve of {curve.arm!r} in draw {number} is known from 0 to {end:g} "
                f"{curve.time_unit}; `times` has {times[bad][0]:g}."
            )


def pooled_columns(
    curves: tuple[KMResult, ...], times: FloatArray, *, level: float
) -> dict[str, FloatArray]:
    """Pooled survival at sorted or unsorted times, by the names of `WORDS`."""
    pieces = max(1, math.ceil(len(curves) * times.size / CELLS))
    columns = [_pool_piece(curves, t, level=level) for t in np.array_split(times, pieces)]
    return {name: np.concatenate([piece[name] for piece in columns]) for name in WORDS}


def _pool_piece(
    curves: tuple[KMResult, ...], times: FloatArray, *, level: float
) -> dict[str, FloatArray]:
    # Steps come down before each time; 0 is the curve before its first event.
    steps = np.array([np.searchsorted(c.time, times, side="right") for c in curves])
    last = np.array([c.time.size if ends_at_zero(c) else -1 for c in curves])
    all_zero = np.all(steps == last[:, None], axis=0)
    steps = steps - all_zero  # where every draw is at 0, the band is the one before that
    all_one = np.all(steps == 0, axis=0)
    levels = [_cloglog(curve) for curve in curves]
    g = np.array([y[k] for (y, _), k in zip(levels, steps, strict=True)])
    v = np.array([y[k] for (_, y), k in zip(levels, steps, strict=True)])
    parts = rubin(g, v)
    half = t_quantile(parts.df, level) * parts.se
    survival = np.exp(-np.exp(parts.estimate))
    slope = survival * np.exp(parts.estimate)  # of S against g: S abs(log S)
    with np.errstate(over="ignore"):  # so wide a band that its lower limit is 0
        low = np.exp(-np.exp(parts.estimate + half))
    high = np.exp(-np.exp(parts.estimate - half))
    exact = all_zero | all_one
    return {
        "estimate": np.where(all_zero, 0.0, np.where(all_one, 1.0, survival)),
        "se_sampling": np.where(exact, 0.0, slope * parts.se_sampling),
        "se_reconstruction": np.where(exact, 0.0, slope * parts.se_reconstruction),
        "se": np.where(exact, 0.0, slope * parts.se),
        "ci_low": np.where(all_zero, 0.0, np.where(all_one, 1.0, low)),
        "ci_high": np.where(all_one, 1.0, high),
        "share": np.where(exact, 0.0, parts.share),
    }


def _cloglog(curve: KMResult) -> tuple[FloatArray, FloatArray]:
    """log(-log S) and its variance before the first step and after each.

    No event yet, and nobody left, are counted by halves; see `pooled_survival`.
    """
    at_risk, left = curve.at_risk, curve.at_risk - curve.events
    left = np.where(left > 0, left, HALF)
    hazard = np.cumsum(np.log(at_risk / left))  # - log S
    variance = np.cumsum((at_risk - left) / (at_risk * left))
    with_start = np.r_[HALF / curve.n, hazard]
    of_start = HALF / curve.n**2  # so that its log has variance 1 / HALF
    return np.log(with_start), np.r_[of_start, variance] / with_start**2
