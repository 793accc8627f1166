"""On which scale the limits of published survival rates are symmetric about them.

A symmetric interval on the scale g has the standard error (g(high) - g(low)) / (2 z); read
on the wrong scale it gives the wrong variance, so the scale is found first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from survcomp.values.curves.printed import Landmark
from survcomp.values.quantiles import normal_quantile

Scale = Literal["log-log", "log", "plain"]

SCALES: dict[Scale, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "log-log": (
        lambda s: float(np.log(-np.log(s))),
        lambda s: 1.0 / (s * abs(float(np.log(s)))),
    ),
    "log": (lambda s: float(np.log(s)), lambda s: 1.0 / s),
    "plain": (lambda s: s, lambda s: 1.0),
}
"""Each scale with the size of its slope, |g'(s)|."""


def with_interval(landmarks: Sequence[Landmark]) -> list[Landmark]:
    """Landmarks that have both limits, strictly inside (0, 1)."""
    return [
        mark
        for mark in landmarks
        if mark.ci_low is not None
        and mark.ci_high is not None
        and 0 < mark.ci_low < mark.survival < mark.ci_high < 1
    ]


def ci_scale(landmarks: Sequence[Landmark]) -> Scale:
    """The scale on which the published intervals are most nearly symmetric.

    Asymmetries are measured in what the rounding of the three numbers explains. Within
    rounding of each other, "log-log" is taken before "log" and "plain".

    Examples
    --------
    >>> ci_scale([Landmark(time=12, survival=0.766, ci_low=0.669, ci_high=0.837)])
    'log-log'
    """
    marks = with_interval(landmarks)
    penalty: dict[Scale, float] = {"log-log": 0.0, "log": 0.5, "plain": 0.5}
    off = {
        scale: sum(_asymmetry(mark, scale) for mark in marks) + penalty[scale] for scale in SCALES
    }
    return min(off, key=lambda scale: off[scale])


def _asymmetry(mark: Landmark, scale: Scale) -> float:
    g, slope = SCALES[scale]
    assert mark.ci_low is not None
    assert mark.ci_high is not None
    middle = g(mark.survival)
    skew = (g(mark.ci_high) - middle) + (g(mark.ci_low) - middle)
    half = mark.half_step
    rounding = half * (2 * slope(mark.survival) + slope(mark.ci_low) + slope(mark.ci_high))
    return abs(skew) / max(rounding, 1e-12)


def greenwood_sum(mark: Landmark, scale: Scale) -> tuple[float, float]:
    """Sum of d / (n (n - d)) up to a landmark that its interval implies.

    Returns
    -------
    value, relative_error : float
        The sum (the variance of log S), and the share of it that rounding leaves open.
    """
    g, slope = SCALES[scale]
    assert mark.ci_low is not None
    assert mark.ci_high is not None
    se = abs(g(mark.ci_high) - g(mark.ci_low)) / (2 * normal_quantile(mark.level))
    rounding = mark.half_step / np.sqrt(3.0)
    error = rounding * np.hypot(slope(mark.ci_low), slope(mark.ci_high))
    error /= 2 * normal_quantile(mark.level)
    # the standard error of log S is that of g over |dg / d log S|
    log_se = se / (slope(mark.survival) * mark.survival)
    return float(log_se**2), float(2 * error / se)
