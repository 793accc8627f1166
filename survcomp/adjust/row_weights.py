"""MAIC's weights for rows that come by the thousand.

The same problem as `survcomp.adjust.maic_weights`, which checks and explains; this one only
solves, for imputed rows whose columns have been checked once.
"""

from __future__ import annotations

import numpy as np

from survcomp.adjust.maic import BALANCE
from survcomp.errors import InfeasibleTargetError
from survcomp.values.checks import FloatArray

STEPS = 60
STEEP = 20.0
"""Coefficients per standard deviation beyond this come from a target on the hull's edge."""


def row_weights(z: FloatArray) -> FloatArray:
    """Weights exp(a . z) under which every column has mean 0.

    Parameters
    ----------
    z : ndarray of shape (n, q)
        Matched columns less their targets, in standard deviations.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    InfeasibleTargetError
        If no weights balance the columns, or only ones that lie at the edge of reach: a
        coefficient beyond 20 a standard deviation.

    Examples
    --------
    >>> w = row_weights(np.array([[-1.0], [-1.0], [0.5], [2.0]]))
    >>> abs(float(w @ [-1.0, -1.0, 0.5, 2.0])) < 1e-9
    True
    """
    a = np.zeros(z.shape[1])
    value, step = np.inf, np.zeros_like(a)
    slope, scale = 0.0, 1.0
    for _ in range(STEPS):
        trial = a - scale * step
        exponent = z @ trial
        top = exponent.max()
        w = np.exp(exponent - top)
        total = w.sum()
        new = float(top + np.log(total))
        if new > value - 1e-4 * scale * slope + 1e-14 * max(1.0, abs(value)):
            scale *= 0.5
            continue
        a, value = trial, new
        gradient = (w @ z) / total
        if np.abs(gradient).max() <= BALANCE:
            return np.exp(exponent)
        hessian = (z * w[:, None]).T @ z / total - np.outer(gradient, gradient)
        try:
            step = np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError:
            break
        slope, scale = float(gradient @ step), 1.0
        if not np.abs(a - step).max() < STEEP:
            break
    raise InfeasibleTargetError(f"no weights of these {z.shape[0]} imputed rows reach the target.")
