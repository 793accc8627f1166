"""Survival over draws, pooled on the complementary log-log scale.

On that scale the house's bands are symmetric, and an average of draws is one of curves.

A survival of 1 or 0 has no finite transform. Where every draw has 1, the result is 1 without
error, as before the first event of any curve. Where every draw has 0, it is 0, with the upper
limit that the draws had before their last event, as in `KMResult.band`. Where draws differ, one
without an event yet counts half an event (H = 0.5 / n, of variance 2 on this scale), and one in
which nobody is left counts half a patient left.

Rubin DB (1987). Multiple Imputation for Nonresponse in Surveys. Wiley. Marshall A et al. (2009),
BMC Med Res Methodol 9:57 (the scale on which to pool survival).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from survcomp.errors import InputError
from survcomp.estimation.over_draws.draw_curves import draw_curves
from survcomp.estimation.over_draws.pool import rubin, t_quantile
from survcomp.estimation.survival_curve import KMResult, PooledBand
from survcomp.values.checks import FloatArray, read_only
from survcomp.values.draws import Draws

COLUMNS = (
    "estimate",
    "se_sampling",
    "se_reconstruction",
    "se",
    "ci_low",
    "ci_high",
    "share",
    "df",
)

HALF = 0.5
"""What stands for no event, and for nobody left, where other draws have some."""

CELLS = 2_000_000
"""Draws times times worked on at once: it bounds the memory, not the answer."""


def pooled_curve(draws: Draws, *, times: FloatArray | None = None, level: float = 0.95) -> KMResult:
    """Survival of one arm over its draws.

    Parameters
    ----------
    draws : Draws
        At least two data sets.
    times : ndarray of shape (k,), optional
        Times at which to give the curve, ascending; those of all events when left out, as far as
        every draw is known.
    level : float
        Confidence level.

    Raises
    ------
    InputError
        If a time is negative or beyond the follow-up of a draw, which is named.
    """
    curves = draw_curves(draws, level=level)
    known = min(curve.known_until for curve in curves)
    if times is None:
        grid = np.unique(np.concatenate([curve.time for curve in curves]))
        grid = grid[grid <= known]
    else:
        grid = times
        _check_known(curves, grid)
    columns = pooled_columns(curves, grid, level=level)
    df = columns.pop("df")  # infinite where the draws agree
    df.flags.writeable = False
    kept = {name: read_only(column, name=name) for name, column in columns.items()}
    follow_up = tuple(curve.follow_up[0] for curve in curves)
    at_risk = np.mean([c.n - np.searchsorted(c.follow_up[0], grid) for c in curves], axis=0)
    return KMResult(
        arm=draws.arm,
        outcome=draws.outcome,
        n=curves[0].n,
        n_events=float(np.mean([curve.n_events for curve in curves])),
        time=read_only(grid, name="time"),
        survival=kept["estimate"],
        se=kept["se"],
        at_risk=read_only(at_risk, name="at_risk"),
        events=read_only(_mean_events(curves, grid), name="events"),
        follow_up=follow_up,
        weighted=False,
        ci_transform="log-log",
        level=level,
        time_unit=draws.time_unit,
        interval=draws.interval_words,
        pooled=PooledBand(
            se_sampling=kept["se_sampling"],
            se_reconstruction=kept["se_reconstruction"],
            ci_low=kept["ci_low"],
            ci_high=kept["ci_high"],
            share=kept["share"],
            df=df,
            draws=len(curves),
            known_until=known,
        ),
    )


def _mean_events(curves: Sequence[KMResult], grid: FloatArray) -> FloatArray:
    """Events after the time before and up to each time, the mean over the draws."""
    until = np.zeros(grid.size)
    for curve in curves:
        counted = np.concatenate(([0.0], np.cumsum(curve.events)))
        until += counted[np.searchsorted(curve.time, grid, side="right")]
    return np.diff(until / len(curves), prepend=0.0)


def _check_known(curves: Sequence[KMResult], times: FloatArray) -> None:
    for number, curve in enumerate(curves, start=1):
        end = curve.known_until
        bad = ~((times >= 0) & (times <= end))
        if np.any(bad):
            raise InputError(
                f"the curve of {curve.arm!r} in draw {number} is known from 0 to {end:g} "
                f"{curve.time_unit}; `times` has {times[bad][0]:g}."
            )


def pooled_columns(
    curves: Sequence[KMResult], times: FloatArray, *, level: float
) -> dict[str, FloatArray]:
    """Pooled survival at sorted or unsorted times, by the names of `COLUMNS`."""
    pieces = max(1, math.ceil(len(curves) * times.size / CELLS))
    columns = [_pool_piece(curves, t, level=level) for t in np.array_split(times, pieces)]
    return {name: np.concatenate([piece[name] for piece in columns]) for name in COLUMNS}


def _pool_piece(
    curves: Sequence[KMResult], times: FloatArray, *, level: float
) -> dict[str, FloatArray]:
    # Steps come down before each time; 0 is the curve before its first event.
    steps = np.array([np.searchsorted(c.time, times, side="right") for c in curves])
    last = np.array([c.time.size if c.ends_at_zero else -1 for c in curves])
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
        "df": np.where(exact, np.inf, parts.df),
    }


def _cloglog(curve: KMResult) -> tuple[FloatArray, FloatArray]:
    """log(-log S) and its variance before the first step and after each.

    No event yet, and nobody left, are counted by halves; see the head of the module.
    """
    at_risk, left = curve.at_risk, curve.at_risk - curve.events
    left = np.where(left > 0, left, HALF)
    hazard = np.cumsum(np.log(at_risk / left))  # - log S
    variance = np.cumsum((at_risk - left) / (at_risk * left))
    with_start = np.r_[HALF / curve.n, hazard]
    of_start = HALF / curve.n**2  # so that its log has variance 1 / HALF
    return np.log(with_start), np.r_[of_start, variance] / with_start**2
