"""Intervals from bootstrap replicates: percentile, normal and BCa, as R's boot gives them.

Davison and Hinkley 1997: percentile (5.18) from order statistics of R + 1, with their
interpolation on the normal scale (5.8); normal (5.5), corrected for the bias of the
replicates; BCa (5.21), Efron's, with the acceleration of several samples (5.40).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.stats import norm

from survcomp.errors import InputError
from survcomp.values.checks import FloatArray
from survcomp.values.quantiles import normal_quantile

IntervalKind = Literal["percentile", "normal", "BCa"]


class Limits(NamedTuple):
    """An interval."""

    ci_low: float
    ci_high: float


def percentile_interval(replicates: FloatArray, *, level: float) -> Limits:
    """Order statistics of the replicates.

    Raises
    ------
    InputError
        If there are too few replicates for this level.

    Examples
    --------
    >>> percentile_interval(np.arange(1.0, 100.0), level=0.9)
    Limits(ci_low=5.0, ci_high=95.0)
    """
    normal_quantile(level)
    return _at(replicates, (1 - level) / 2, (1 + level) / 2)


def normal_interval(replicates: FloatArray, *, estimate: float, level: float) -> Limits:
    """Estimate less the bias of the replicates, with their standard deviation."""
    _check_enough(replicates, 2)
    centre = 2 * estimate - float(replicates.mean())
    half = normal_quantile(level) * float(replicates.std(ddof=1))
    return Limits(centre - half, centre + half)


def bca_interval(
    replicates: FloatArray, *, estimate: float, acceleration: float, level: float
) -> Limits:
    """Efron's interval, corrected for bias and acceleration.

    Raises
    ------
    InputError
        If all replicates lie on one side of the estimate, or there are too few.
    """
    share = float(np.mean(replicates < estimate))
    if not 0 < share < 1:
        raise InputError(
            f"BCa: all {replicates.size} replicates lie on one side of the estimate "
            f"{estimate:g}; draw more, or use the percentile interval."
        )
    bias, z = norm.ppf(share), normal_quantile(level)
    shifted = [bias + (bias + side) / (1 - acceleration * (bias + side)) for side in (-z, z)]
    return _at(replicates, *(float(norm.cdf(value)) for value in shifted))


def acceleration(changes: Sequence[FloatArray]) -> float:
    """Acceleration from what leaving each patient of each sample out changes.

    Parameters
    ----------
    changes : sequence of ndarray of shape (n_s,)
        For each sample, the estimates with one patient left out.

    Examples
    --------
    >>> acceleration([np.array([1.0, 2.0, 3.0])])
    0.0
    """
    pieces = [(values.size - 1) / values.size * (values.mean() - values) for values in changes]
    influence = np.concatenate(pieces)
    return float(np.sum(influence**3) / (6 * np.sum(influence**2) ** 1.5))


def _check_enough(replicates: FloatArray, least: int) -> None:
    if replicates.size < least:
        raise InputError(
            f"`replicates`: {replicates.size} have an estimate; this interval needs {least}."
        )


def _at(replicates: FloatArray, low: float, high: float) -> Limits:
    """Quantiles at two probabilities, by interpolation on the normal scale."""
    tail = min(low, 1 - high)
    _check_enough(replicates, int(np.ceil(1 / tail - 1 - 1e-9)) if tail > 0 else 10**9)
    ordered = np.sort(replicates)
    return Limits(_quantile(ordered, low), _quantile(ordered, high))


def _quantile(ordered: FloatArray, probability: float) -> float:
    size = ordered.size
    rank = (size + 1) * probability
    below = int(np.floor(rank + 1e-9))
    if abs(rank - below) < 1e-9 or below >= size:
        return float(ordered[min(below, size) - 1])
    left, here, right = norm.ppf([below / (size + 1), probability, (below + 1) / (size + 1)])
    share = (here - left) / (right - left)
    return float(ordered[below - 1] + share * (ordered[below] - ordered[below - 1]))
