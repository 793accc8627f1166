"""A traced curve made non-increasing: isotonic regression, not a running minimum.

A running minimum drifts down with every downward slip of the hand; the isotonic fit
(pool adjacent violators) averages the slips out.
"""

from __future__ import annotations

import numpy as np

from survcomp.values.checks import FloatArray
from survcomp.values.curves.traced import CurvePoints


def isotonic(
    values: FloatArray, *, increasing: bool, weights: FloatArray | None = None
) -> FloatArray:
    """Nearest monotone values in least squares, by pool adjacent violators.

    Parameters
    ----------
    values : ndarray of shape (k,)
        In order.
    increasing : bool
        Direction of the fit.
    weights : ndarray of shape (k,), optional
        Equal when left out.

    Examples
    --------
    >>> isotonic(np.array([1.0, 3.0, 2.0]), increasing=True).tolist()
    [1.0, 2.5, 2.5]
    """
    from sklearn.isotonic import isotonic_regression

    return np.asarray(
        isotonic_regression(values, sample_weight=weights, increasing=increasing), dtype=float
    )


def monotone(points: CurvePoints) -> tuple[FloatArray, FloatArray]:
    """Times and non-increasing survival in [0, 1], with (0, 1) in front where it is missing.

    Returns
    -------
    time, survival : ndarray of shape (k,) or (k + 1,)
    """
    time = np.array(points.time)
    survival = np.clip(isotonic(points.survival, increasing=False), 0.0, 1.0)
    if time[0] > 0:
        return np.concatenate(([0.0], time)), np.concatenate(([1.0], survival))
    survival[0] = 1.0  # everybody is event-free at time zero
    return time, survival
