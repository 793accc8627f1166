"""A traced curve made non-increasing: isotonic regression, not a running minimum.

A running minimum drifts down with every downward slip of the hand; the isotonic fit
(pool adjacent violators) averages the slips out.
"""

from __future__ import annotations

import numpy as np

from survcomp.values.checks import FloatArray
from survcomp.values.traced import CurvePoints


def monotone(points: CurvePoints) -> tuple[FloatArray, FloatArray]:
    """Times and non-increasing survival in [0, 1], with (0, 1) in front where it is missing.

    Returns
    -------
    time, survival : ndarray of shape (k,) or (k + 1,)
    """
    from sklearn.isotonic import isotonic_regression

    fitted = isotonic_regression(points.survival, y_min=0.0, y_max=1.0, increasing=False)
    time, survival = np.array(points.time), np.asarray(fitted, dtype=float)
    if time[0] > 0:
        return np.concatenate(([0.0], time)), np.concatenate(([1.0], survival))
    survival[0] = 1.0  # everybody is event-free at time zero
    return time, survival
