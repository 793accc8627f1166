"""M-estimation: the variance of an effect after weights that were themselves estimated.

The weights' coefficients a solve sum_i psi_i(a) = 0 and the effect solves its own equation,
given the weights. Stacked and taken together (Stefanski and Boos 2002), their sandwich is the
sum of squares of

    f_i + F psi_i*,        F = sum_j f_j d log w_j / da,

where f_i is the influence of patient i on the effect at known weights (weight times
derivative) and psi_i* that on a:

    entropy weights exp(a . z):   psi_i = w_i z_i,         psi_i* = -H^-1 w_i z_i,
                                  H = sum_j w_j z_j z_j',  d log w_j / da = z_j;
    largest effective sample      psi_i = w_i u_i - e_0,   psi_i* = -H^-1 (w_i u_i - e_0),
    size, max(0, a . u), with     H = sum_j u_j u_j',      d log w_j / da = u_j / w_j,
    u = (1, z) and mean 1:        over the patients j whose weight is above 0.

Those whose weight is 0 keep it under small changes; one exactly at the bound, which takes a
coincidence of numbers, is taken to stay there. Weights within a tolerance have no such
equations: which columns are pressed against the tolerance changes with the patients, by
jumps of the derivative. The targets are taken as known. It is the infinitesimal jackknife of
the whole estimator, weights included.

Scaled weights bring their factor s with them: an effect that depends on it changes by
sum_j f_j (over the weighted patients) for each unit of log s, and both the patients drawn
and a change s.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from survcomp.errors import InputError
from survcomp.values.checks import FloatArray, check_option
from survcomp.values.weights import WeightScale

WeightForm = Literal["exponential", "linear"]
"""Weights exp(a . z), or max(0, a . (1, z)) with mean 1."""


def with_estimated_weights(
    influence: FloatArray,
    z: FloatArray,
    weight: FloatArray,
    *,
    scale: WeightScale = "raw",
    form: WeightForm = "exponential",
) -> FloatArray:
    """Influence of each weighted patient on an effect, through the weights too.

    Parameters
    ----------
    influence : ndarray of shape (n,)
        At known weights: weight times derivative of the effect for each weighted patient.
    z : ndarray of shape (n, p)
        Balanced columns less their targets.
    weight : ndarray of shape (n,)
        On any scale.
    scale : {"raw", "n", "ess"}
        Scale on which the weights entered the effect; the raw one of linear weights has
        mean 1.
    form : {"exponential", "linear"}
        Entropy weights, or those of the largest effective sample size.

    Returns
    -------
    ndarray of shape (n,)
        Its sum of squares is the weighted arm's part of the variance.

    Raises
    ------
    InputError
        If the weights do not balance the columns, or too few are above 0.

    References
    ----------
    Stefanski LA, Boos DD (2002), Am Stat 56:29. Cheng D, Tchetgen Tchetgen E, Signorovitch
    JE (2023), Res Synth Methods 14:438.

    Examples
    --------
    A weighted mean of the balanced column itself is the target, whoever was drawn:

    >>> z = np.array([[-1.0], [1.0], [3.0]])
    >>> weight = np.array([4.0, 1.0, 1.0])
    >>> influence = with_estimated_weights(weight * z[:, 0] / weight.sum(), z, weight)
    >>> bool(abs(influence).max() < 1e-12)
    True
    """
    check_option(scale, WeightScale, name="scale")
    check_option(form, WeightForm, name="form")
    share = weight / weight.sum()
    if np.max(np.abs(share @ z)) > 1e-8 * max(1.0, float(np.abs(z).max())):
        raise InputError("`weight` does not balance the columns of `z`.")
    fitted = _exponential(z, share) if form == "exponential" else _linear(z, share)
    by_factor, factor_by_a = _scale_terms(fitted.slope, share, scale)
    total = float(influence.sum())
    derivative = influence @ fitted.slope + total * factor_by_a
    return np.asarray(influence + total * by_factor + fitted.influence @ derivative)


class _Fitted(NamedTuple):
    """Derivative of each log weight by a (n, k), and influence of each patient on a (n, k)."""

    slope: FloatArray
    influence: FloatArray


def _exponential(z: FloatArray, share: FloatArray) -> _Fitted:
    weighted = share[:, None] * z
    return _Fitted(z, np.asarray(-np.linalg.solve(weighted.T @ z, weighted.T).T))


def _linear(z: FloatArray, share: FloatArray) -> _Fitted:
    n = share.size
    weight = share * n
    u = np.column_stack([np.ones(n), z])
    some = weight > 0
    equation = weight[:, None] * u
    equation[:, 0] -= 1.0
    if np.linalg.matrix_rank(u[some]) < u.shape[1]:
        raise InputError(
            f"M-estimation: the {int(some.sum())} patients with a weight above 0 do not determine "
            f"the {u.shape[1]} coefficients of the weights; use the bootstrap."
        )
    slope = np.divide(u, weight[:, None], out=np.zeros_like(u), where=some[:, None])
    return _Fitted(slope, np.asarray(-np.linalg.solve(u[some].T @ u[some], equation.T).T))


def _scale_terms(
    slope: FloatArray, share: FloatArray, scale: WeightScale
) -> tuple[FloatArray, FloatArray]:
    """What each patient, and a, do to the log of the factor of scaled weights.

    With c_i counts of patients: log s is 0 (raw), log sum c - log sum c w (n), or
    log sum c w - log sum c w^2 (ess).
    """
    n, k = slope.shape
    if scale == "raw":
        return np.zeros(n), np.zeros(k)
    if scale == "n":
        return 1.0 / n - share, -share @ slope
    squares = share**2 / np.sum(share**2)
    return share - squares, share @ slope - 2.0 * (squares @ slope)
