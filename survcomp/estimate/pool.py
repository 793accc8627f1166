"""Estimates over an `Ensemble`, with sampling and reconstruction error apart and together.

Each draw is analysed as if it were the trial's data. With W the mean of the draws' own
variances and B the variance of their estimates, the total is T = W + (1 + 1/M) B (Rubin
1987). Survival is pooled on the complementary log-log scale, on which the house's bands
are symmetric; a median is read off the pooled curve and band, because the draws in which it
is not reached cannot be averaged.

Intervals use Student's t with Rubin's degrees of freedom, (M - 1) (T / ((1 + 1/M) B))^2.
They are thousands where B is a small part of T, as for traced figures, so that the interval
is the normal one, and exactly it where B is 0. Where B is most of T, as for a printed median,
B is itself estimated from M draws, and a normal interval covers too seldom when M is small:
with B/T of 0.9 and 5 draws 89 % of normal 95 % intervals hold the truth and 94 % of these; with
60 draws both hold it in 95 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import t as student_t

from survcomp.errors import InputError
from survcomp.estimate.kaplan_meier import KMResult, first_at_most, greenwood
from survcomp.estimate.rmst import RMST, rmst
from survcomp.values.checks import FloatArray, TimeUnit, read_only
from survcomp.values.contrast import normal_quantile
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD

WORDS = ("estimate", "se_sampling", "se_reconstruction", "se", "ci_low", "ci_high", "share")
HALF = 0.5
"""What stands for no event, and for nobody left, where other draws have some."""

CELLS = 2_000_000
"""Draws times times worked on at once: it bounds the memory, not the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """One number pooled over the draws of an ensemble.

    Attributes
    ----------
    estimate : float
        Mean of the draws' estimates.
    se_sampling : float
        sqrt(W), W being the mean of the draws' variances.
    se_reconstruction : float
        sqrt((1 + 1/M) B), B being the variance of the draws' estimates.
    se : float
        sqrt(T), T = W + (1 + 1/M) B.
    share : float
        B / T: how much of the variance is error of the reconstruction; 0 where T is 0.
    ci_low, ci_high : float
        Interval from T, by Student's t on `df`.
    df : float
        Rubin's degrees of freedom; ``math.inf`` where the draws agree.
    level : float
        Confidence level.
    draws : int
        Number of draws M.
    """

    estimate: float
    se_sampling: float
    se_reconstruction: float
    se: float
    share: float
    ci_low: float
    ci_high: float
    df: float
    level: float
    draws: int

    @property
    def p(self) -> float:
        """Two-sided p value against 0, by Student's t on `df`; 0 where nothing varies."""
        if self.se == 0:
            return 1.0 if self.estimate == 0 else 0.0
        return float(2 * student_t.sf(abs(self.estimate / self.se), self.df))

    def to_frame(self) -> pd.DataFrame:
        """One row: ``estimate se_sampling se_reconstruction se ci_low ci_high share``."""
        return pd.DataFrame([{name: getattr(self, name) for name in WORDS}])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


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


def pool(estimates: ArrayLike, variances: ArrayLike, *, level: float = 0.95) -> Pooled:
    """Pool the estimates of the draws of one ensemble by Rubin's rules.

    Parameters
    ----------
    estimates : array_like of shape (M,)
        One estimate a draw, at least two, on a scale on which it is about normal.
    variances : array_like of shape (M,)
        Squared standard errors of the estimates, each within its draw.
    level : float
        Confidence level.

    Returns
    -------
    Pooled

    Raises
    ------
    InputError
        If there are fewer than two, the two differ in length, a variance is negative or
        something is not finite.

    References
    ----------
    Rubin DB (1987). Multiple Imputation for Nonresponse in Surveys. Wiley, section 3.3.

    Examples
    --------
    >>> found = pool([1.0, 2.0, 3.0], [0.5, 0.5, 0.5])
    >>> found.estimate, round(found.se_reconstruction**2, 4), round(found.share, 4)
    (2.0, 1.3333, 0.5455)
    """
    q, u = read_only(estimates, name="estimates"), read_only(variances, name="variances")
    if q.size != u.size or q.size < 2:
        raise InputError(
            "`estimates` and `variances` must hold one number for each of at least 2 draws; got "
            f"{q.size} and {u.size}."
        )
    if np.any(u < 0):
        row = int(np.flatnonzero(u < 0)[0])
        raise InputError(f"`variances` must not be negative; draw {row + 1} has {u[row]:g}.")
    parts = _rubin(q[:, None], u[:, None])
    estimate, se = float(parts.estimate[0]), float(parts.se[0])
    half = float(_quantile(parts.df, level)[0]) * se
    return Pooled(
        estimate=estimate,
        se_sampling=float(parts.se_sampling[0]),
        se_reconstruction=float(parts.se_reconstruction[0]),
        se=se,
        share=float(parts.share[0]),
        ci_low=estimate - half,
        ci_high=estimate + half,
        df=float(parts.df[0]),
        level=level,
        draws=q.size,
    )


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
    curves = _draw_curves(ensemble, level=level)
    _check_known(curves, t)
    columns = _pooled_columns(curves, t, level=level)
    return PooledSurvival(
        arm=ensemble.arm,
        time=t,
        time_unit=ensemble.time_unit,
        method=ensemble.method,
        level=level,
        draws=len(ensemble),
        **{name: read_only(columns[name], name=name) for name in WORDS},
    )


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
    curves = _draw_curves(ensemble, level=level)
    known = min(_known_until(curve) for curve in curves)
    grid = np.unique(np.concatenate([curve.time for curve in curves]))
    grid = grid[grid <= known]
    columns = _pooled_columns(curves, grid, level=level)
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
    found = pool([area.estimate for area in areas], [area.se**2 for area in areas], level=level)
    return PooledTime(
        arm=ensemble.arm,
        quantity=f"RMST to {horizon:g} {ensemble.time_unit}",
        time_unit=ensemble.time_unit,
        method=ensemble.method,
        level=level,
        draws=len(ensemble),
        **{name: getattr(found, name) for name in WORDS},
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


def check_one_ensemble(ensemble: object) -> None:
    """Raise unless this is one ensemble of one arm: lists of them are never pooled.

    Raises
    ------
    InputError
        If it is something else; draws of two methods are scenarios, and have no common mean.
    """
    if not isinstance(ensemble, Ensemble):
        raise InputError(
            "`ensemble` must be one Ensemble, drawn by one method; got "
            f"{type(ensemble).__name__}. Draws of different methods are never pooled."
        )
    if len(ensemble[0].arms) != 1:
        raise InputError(
            f"`ensemble` must hold one arm; its draws hold {', '.join(ensemble[0].arms)}."
        )


class _Parts(NamedTuple):
    """What Rubin's rules give, for each of k numbers; arrays of shape (k,)."""

    estimate: FloatArray
    se_sampling: FloatArray
    se_reconstruction: FloatArray
    se: FloatArray
    share: FloatArray
    df: FloatArray


def _rubin(estimates: FloatArray, variances: FloatArray) -> _Parts:
    """Rubin's rules down the columns of two arrays of shape (M, k)."""
    m = estimates.shape[0]
    shift = estimates - estimates[0]  # so that draws that agree have B = 0, not 1e-33
    between = shift.var(axis=0, ddof=1)
    within = variances.mean(axis=0)
    extra = (1 + 1 / m) * between
    total = within + extra
    with np.errstate(divide="ignore", over="ignore"):  # draws that agree: infinite df
        df = (m - 1) / _ratio(extra, total) ** 2
    return _Parts(
        estimate=estimates[0] + shift.mean(axis=0),
        se_sampling=np.sqrt(within),
        se_reconstruction=np.sqrt(extra),
        se=np.sqrt(total),
        share=_ratio(between, total),
        df=df,
    )


def _ratio(part: FloatArray, total: FloatArray) -> FloatArray:
    return np.divide(part, total, out=np.zeros_like(total), where=total > 0)


def _quantile(df: FloatArray, level: float) -> FloatArray:
    """Two-sided quantile of Student's t, the normal one where `df` is infinite."""
    normal = normal_quantile(level)
    finite = np.isfinite(df)
    return np.where(finite, student_t.ppf(0.5 + level / 2, np.where(finite, df, 1.0)), normal)


def _draw_curves(ensemble: Ensemble, *, level: float) -> tuple[KMResult, ...]:
    check_one_ensemble(ensemble)
    return tuple(draw_curve(draw, level=level) for draw in ensemble)


def draw_curve(draw: IPD, *, level: float = 0.95) -> KMResult:
    """Kaplan-Meier curve of a draw: the same as `kaplan_meier` gives, fifty times as quick."""
    distinct, index = np.unique(draw.time, return_inverse=True)
    left = np.bincount(index)
    died = np.bincount(index, weights=draw.event).astype(float)
    has_event = died > 0
    at_risk, events = (draw.n - np.cumsum(left) + left)[has_event].astype(float), died[has_event]
    survival = np.cumprod(1.0 - events / at_risk)
    return KMResult(
        arm=draw.arms[0],
        n=draw.n,
        n_events=draw.n_events,
        time=distinct[has_event],
        survival=survival,
        se=greenwood(survival, at_risk, events),
        at_risk=at_risk,
        events=events,
        follow_up=np.sort(draw.time),
        weighted=False,
        ci_transform="log-log",
        level=level,
        time_unit=draw.time_unit,
    )


def _ends_at_zero(curve: KMResult) -> bool:
    return curve.survival.size > 0 and bool(curve.survival[-1] <= 0)


def _known_until(curve: KMResult) -> float:
    return math.inf if _ends_at_zero(curve) else float(curve.follow_up[-1])


def _check_known(curves: tuple[KMResult, ...], times: FloatArray) -> None:
    for number, curve in enumerate(curves, start=1):
        end = _known_until(curve)
        bad = ~((times >= 0) & (times <= end))
        if np.any(bad):
            raise InputError(
                f"the curve of {curve.arm!r} in draw {number} is known from 0 to {end:g} "
                f"{curve.time_unit}; `times` has {times[bad][0]:g}."
            )


def _pooled_columns(
    curves: tuple[KMResult, ...], times: FloatArray, *, level: float
) -> dict[str, FloatArray]:
    """Pooled survival at sorted or unsorted times, by the names of `WORDS`."""
    pieces = max(1, math.ceil(len(curves) * times.size / CELLS))
    found = [_pool_piece(curves, t, level=level) for t in np.array_split(times, pieces)]
    return {name: np.concatenate([piece[name] for piece in found]) for name in WORDS}


def _pool_piece(
    curves: tuple[KMResult, ...], times: FloatArray, *, level: float
) -> dict[str, FloatArray]:
    # Steps come down before each time; 0 is the curve before its first event.
    steps = np.array([np.searchsorted(c.time, times, side="right") for c in curves])
    last = np.array([c.time.size if _ends_at_zero(c) else -1 for c in curves])
    all_zero = np.all(steps == last[:, None], axis=0)
    steps = steps - all_zero  # where every draw is at 0, the band is the one before that
    all_one = np.all(steps == 0, axis=0)
    levels = [_cloglog(curve) for curve in curves]
    g = np.array([y[k] for (y, _), k in zip(levels, steps, strict=True)])
    v = np.array([y[k] for (_, y), k in zip(levels, steps, strict=True)])
    parts = _rubin(g, v)
    half = _quantile(parts.df, level) * parts.se
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


def _shares_at(
    time: float, grid: FloatArray, columns: dict[str, FloatArray]
) -> tuple[float, float]:
    """B / T and (1 + 1/M) B / T of the pooled curve at a time, or at its end."""
    if grid.size == 0:  # no draw has an event
        return 0.0, 0.0
    at = max(int(np.searchsorted(grid, time, side="right")) - 1, 0)
    total, part = float(columns["se"][at]), float(columns["se_reconstruction"][at])
    return float(columns["share"][at]), (part / total) ** 2 if total > 0 else 0.0
