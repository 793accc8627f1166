"""A weighted Cox model of two arms, quick enough to be fitted some thousand times.

It gives the numbers of `survcomp.estimate.hazard_ratio` with weights. At a time with d
deaths of total weight W, Efron has d denominators, the k-th without the share k/d of the
dying, and each counts W/d, as in R's ``coxph``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from survcomp.errors import InputError
from survcomp.estimate.cox import SAYS_NOTHING
from survcomp.values.checks import BoolArray, FloatArray

TOLERANCE = 1e-10
MAX_STEPS = 100

IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedPair:
    """Log hazard ratio of the treated and its robust (Lin-Wei) standard error."""

    log_hr: float
    se_robust: float


class _Denominators(NamedTuple):
    """Weight at risk of both arms at every denominator, and what each counts."""

    treated: FloatArray
    others: FloatArray
    share: FloatArray
    of: IntArray
    taken: FloatArray


def weighted_pair_log_hr(
    time: FloatArray, event: BoolArray, treated: BoolArray, weight: FloatArray
) -> float:
    """Weighted log hazard ratio of two arms.

    Parameters
    ----------
    time, weight : ndarray of shape (n,)
        Follow-up times, and weights above 0.
    event, treated : ndarray of shape (n,), bool
        Event observed; patient of the treated arm.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If the arms are separated, judged without the patients who carry less than 1e-4 of
        their arm's largest weight.

    Examples
    --------
    >>> log_hr = weighted_pair_log_hr(
    ...     np.array([2.0, 4, 1, 3]), np.array([True, False, True, False]),
    ...     np.array([True, True, False, False]), np.ones(4))
    >>> round(float(np.exp(log_hr)), 6)  # by hand: 1 / sqrt(2)
    0.707107
    """
    order = np.argsort(time, kind="stable")
    return _solve(*_sorted(time[order], event[order], treated[order], weight[order]))


def weighted_pair(
    time: FloatArray, event: BoolArray, treated: BoolArray, weight: FloatArray
) -> WeightedPair:
    """Weighted log hazard ratio of two arms and its robust standard error.

    Parameters and errors as for `weighted_pair_log_hr`.

    References
    ----------
    Lin DY, Wei LJ (1989), JASA 84:1074.
    """
    order = np.argsort(time, kind="stable")
    t, e, x, w = time[order], event[order], treated[order].astype(float), weight[order]
    found, goal = _sorted(t, e, treated[order], w)
    beta = _solve(found, goal)
    mean = expit(beta + _log_ratio(found))
    hazard = found.share / (found.treated * np.exp(beta) + found.others)
    starts, block = _blocks(t)
    of = found.of

    def total(values: FloatArray) -> FloatArray:
        return np.bincount(of, weights=values, minlength=starts.size).astype(float)

    # the share `taken` of an increment at one's own death is not borne
    own = e.astype(float)
    borne = np.cumsum(total(hazard))[block] - own * total(hazard * found.taken)[block]
    drift = hazard * mean
    borne_mean = np.cumsum(total(drift))[block] - own * total(drift * found.taken)[block]
    rows = np.maximum(total(np.ones(of.size)), 1.0)
    expected = (total(mean) / rows)[block]
    residual = own * (x - expected) - np.exp(beta * x) * (x * borne - borne_mean)
    information = float(np.sum(found.share * mean * (1.0 - mean)))
    return WeightedPair(
        log_hr=beta, se_robust=float(np.sqrt(np.sum((w * residual / information) ** 2)))
    )


def _blocks(time: FloatArray) -> tuple[IntArray, IntArray]:
    """Where each distinct time begins, and the number of each patient's time."""
    new = np.r_[True, time[1:] > time[:-1]]
    return np.flatnonzero(new), np.cumsum(new) - 1


def _sorted(
    time: FloatArray, event: BoolArray, treated: BoolArray, weight: FloatArray
) -> tuple[_Denominators, float]:
    """Denominators of patients in ascending time, and the weight of the treated deaths."""
    _refuse_separated(time, event, treated, weight)
    starts, _ = _blocks(time)

    def at_risk(values: FloatArray) -> FloatArray:
        return np.cumsum(values[::-1])[::-1][starts]

    of_treated, of_others = weight * treated, weight * ~treated
    died1 = np.add.reduceat(of_treated * event, starts)
    died0 = np.add.reduceat(of_others * event, starts)
    deaths = np.add.reduceat(event.astype(np.intp), starts)
    of = np.repeat(np.arange(starts.size), deaths)
    taken = (np.arange(of.size) - np.repeat(np.cumsum(deaths) - deaths, deaths)) / deaths[of]
    found = _Denominators(
        treated=np.maximum(at_risk(of_treated)[of] - taken * died1[of], 0.0),
        others=np.maximum(at_risk(of_others)[of] - taken * died0[of], 0.0),
        share=((died1 + died0) / np.maximum(deaths, 1))[of],
        of=of,
        taken=taken,
    )
    return found, float(died1.sum())


def _refuse_separated(
    time: FloatArray, event: BoolArray, treated: BoolArray, weight: FloatArray
) -> None:
    """Each arm needs an event while the other is at risk."""
    ends = []
    for arm in (treated, ~treated):
        counts = arm & (weight >= SAYS_NOTHING * weight[arm].max())
        died = time[counts & event]
        ends.append((died[0] if died.size else np.inf, time[counts][-1]))
    if ends[0][0] > ends[1][1] or ends[1][0] > ends[0][1]:
        raise InputError(
            "the weighted Cox model has no finite estimate: no event of one arm happens while "
            "patients of the other who carry weight are at risk."
        )


def _log_ratio(found: _Denominators) -> FloatArray:
    with np.errstate(divide="ignore"):  # an arm that is gone: the death was certain
        return np.asarray(np.log(found.treated) - np.log(found.others))


def _solve(found: _Denominators, goal: float) -> float:
    """Root of goal - sum share * expit(beta + log(a / c)), by Newton inside a bracket."""
    offset, share = _log_ratio(found), found.share
    finite = offset[np.isfinite(offset)]
    certain = float(share[np.isposinf(offset)].sum())
    level = np.log((goal - certain) / (share[np.isfinite(offset)].sum() - goal + certain))
    low, high = float(level - finite.max()), float(level - finite.min())
    beta = 0.5 * (low + high)
    for _ in range(MAX_STEPS):
        p = expit(beta + offset)
        score = goal - float(share @ p)
        low, high = (beta, high) if score >= 0 else (low, beta)
        step = score / float(share @ (p * (1.0 - p)))
        if abs(step) < TOLERANCE:
            return beta + step
        beta = beta + step if low <= beta + step <= high else 0.5 * (low + high)
    raise InputError(f"the weighted Cox model did not converge in {MAX_STEPS} steps.")
