"""M-estimation: the variance of an effect after weights that were themselves estimated.

The weights' coefficients a solve sum_i w_i(a) z_i = 0 and the effect solves its own
equation, given the weights. Stacked and taken together (Stefanski and Boos 2002), their
sandwich is the sum of squares of

    f_i - w_i z_i' H^-1 sum_j f_j z_j,        H = sum_j w_j z_j z_j',

where f_i is the influence of patient i on the effect at known weights (weight times
derivative): since the derivative of log w_j by a is z_j, sum_j f_j z_j is the derivative of
the effect by a, and -H^-1 w_i z_i the influence of patient i on a. The targets are taken as
known. It is the infinitesimal jackknife of the whole estimator, weights included.

Scaled weights bring their factor s with them: an effect that depends on it changes by
F = sum_j f_j (over the weighted patients) for each unit of log s, and both the patients drawn
and a change s.
"""

from __future__ import annotations

import numpy as np

from survcomp.errors import InputError
from survcomp.values.checks import FloatArray, check_option
from survcomp.values.weights import WeightScale


def with_estimated_weights(
    influence: FloatArray, z: FloatArray, weight: FloatArray, *, scale: WeightScale = "raw"
) -> FloatArray:
    """Influence of each weighted patient on an effect, through the weights too.

    Parameters
    ----------
    influence : ndarray of shape (n,)
        At known weights: weight times derivative of the effect for each weighted patient.
    z : ndarray of shape (n, p)
        Balanced columns less their targets.
    weight : ndarray of shape (n,)
        exp(a . z_i), on any scale.
    scale : {"raw", "n", "ess"}
        Scale on which the weights entered the effect.

    Returns
    -------
    ndarray of shape (n,)
        Its sum of squares is the weighted arm's part of the variance.

    Raises
    ------
    InputError
        If the weights do not balance the columns.

    References
    ----------
    Stefanski LA, Boos DD (2002), Am Stat 56:29. Cheng D, Tchetgen Tchetgen E, Signorovitch
    JE (2023), Res Synth Methods 14:438.

    Examples
    --------
    A weighted mean of the balanced column itself is the target, whoever was drawn:

    >>> z = np.array([[-1.0], [1.0], [3.0]])
    >>> weight = np.array([4.0, 1.0, 1.0])
    >>> with_estimated_weights(weight * z[:, 0] / weight.sum(), z, weight).round(12).tolist()
    [0.0, 0.0, 0.0]
    """
    check_option(scale, WeightScale, name="scale")
    share = weight / weight.sum()
    if np.max(np.abs(share @ z)) > 1e-8 * max(1.0, float(np.abs(z).max())):
        raise InputError("`weight` does not balance the columns of `z`.")
    by_factor, factor_by_a = _scale_terms(z, share, scale)
    total = float(influence.sum())
    derivative = influence @ z + total * factor_by_a
    bent = np.linalg.solve((z * share[:, None]).T @ z, derivative)
    return np.asarray(influence + total * by_factor - share * (z @ bent))


def _scale_terms(
    z: FloatArray, share: FloatArray, scale: WeightScale
) -> tuple[FloatArray, FloatArray]:
    """What each patient, and a, do to the log of the factor of scaled weights.

    With c_i counts of patients: log s is 0 (raw), log sum c - log sum c w (n), or
    log sum c w - log sum c w^2 (ess). The derivatives of log sum c w by a vanish at balance.
    """
    n, p = z.shape
    if scale == "raw":
        return np.zeros(n), np.zeros(p)
    if scale == "n":
        return 1.0 / n - share, np.zeros(p)
    squares = share**2 / np.sum(share**2)
    return share - squares, -2.0 * (squares @ z)
