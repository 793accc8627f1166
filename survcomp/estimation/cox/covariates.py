"""Univariable Cox models of several covariates at once, in one data set or many as strata.

Each column is its own model with Efron's ties. One sort and one pass of running sums serve
all columns and all strata, which makes repeated fits to imputed covariates cheap.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray, read_only

TOLERANCE = 1e-9
MAX_STEPS = 50
LARGEST = 20.0
"""A log hazard ratio a standard deviation beyond this means that there is no maximum."""


def univariable_log_hrs(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    stratum: ArrayLike | None = None,
) -> FloatArray:
    """Log hazard ratio of each covariate by itself.

    Parameters
    ----------
    time : array_like of shape (n,)
        Follow-up times.
    event : array_like of shape (n,), bool
        Event observed.
    covariates : array_like of shape (n, p)
        One column a covariate.
    stratum : array_like of shape (n,), int, optional
        Data set of each patient: one log hazard ratio for all of them, each with its own
        baseline hazard.

    Returns
    -------
    ndarray of shape (p,)
        For one unit more of each.

    Raises
    ------
    InputError
        If shapes do not fit, a column is constant, or a likelihood has no maximum.

    References
    ----------
    Cox DR (1972), JRSS B 34:187. Efron B (1977), JASA 72:557.

    Examples
    --------
    >>> log_hrs = univariable_log_hrs([2, 4, 1, 3], [1, 0, 1, 0], [[1], [1], [0], [0]])
    >>> round(float(np.exp(log_hrs[0])), 6)  # by hand: 1 / sqrt(2)
    0.707107
    """
    times = read_only(time, name="time")
    events, x = np.asarray(event, dtype=bool), np.asarray(covariates, dtype=float)
    sets = np.zeros(times.size, np.intp) if stratum is None else np.asarray(stratum, np.intp)
    if not events.shape == sets.shape == times.shape or x.ndim != 2 or x.shape[0] != times.size:
        raise InputError(
            f"`event`, `stratum` and `covariates` must have {times.size} rows; got "
            f"{events.shape}, {sets.shape} and {x.shape}."
        )
    spread = x.std(axis=0)
    if not np.all(spread > 0):
        raise InputError(f"covariate {int(np.argmin(spread)) + 1} is the same for every patient.")
    order = np.lexsort((times, sets))
    z = ((x - x.mean(axis=0)) / spread)[order]
    return np.asarray(_newton(times[order], events[order], z, sets[order]) / spread)


def _newton(
    time: FloatArray, event: BoolArray, z: FloatArray, stratum: NDArray[np.intp]
) -> FloatArray:
    new = np.r_[True, (time[1:] > time[:-1]) | (stratum[1:] != stratum[:-1])]
    starts = np.flatnonzero(new)
    # patients from here on are of later strata, and were counted with those at risk
    beyond = np.searchsorted(stratum, stratum[starts], side="right")
    deaths = np.add.reduceat(event.astype(np.intp), starts)
    of = np.repeat(np.arange(deaths.size), deaths)
    place = np.arange(of.size) - np.repeat(np.cumsum(deaths) - deaths, deaths)
    taken = (place / deaths[of])[:, None]
    dying = event[:, None].astype(float)
    goal = (z * dying).sum(axis=0)

    def denominators(values: FloatArray) -> FloatArray:
        """Sum over those at risk at each death, less Efron's share of the dying."""
        after = np.cumsum(values[::-1], axis=0)[::-1]
        after = np.vstack([after, np.zeros(values.shape[1])])
        died = np.add.reduceat(values * dying, starts, axis=0)
        return np.asarray((after[starts] - after[beyond])[of] - taken * died[of])

    beta = np.zeros(z.shape[1])
    for _ in range(MAX_STEPS):
        risk = np.exp(z * beta)
        s0, s1, s2 = denominators(risk), denominators(risk * z), denominators(risk * z**2)
        mean = s1 / s0
        information = (s2 / s0 - mean**2).sum(axis=0)
        if not np.all(information > 1e-6):
            break
        # at most one a turn: the log-likelihood is concave, and far steps overshoot
        step = np.clip((goal - mean.sum(axis=0)) / information, -1.0, 1.0)
        beta = beta + step
        if np.abs(step).max() < TOLERANCE:
            return np.asarray(beta)
        if np.abs(beta).max() > LARGEST:
            break
    raise InputError(
        "a univariable Cox model has no finite estimate: a covariate separates the events."
    )
