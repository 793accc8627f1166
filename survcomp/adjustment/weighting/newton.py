"""Minimise a smooth convex function of a few coefficients, with or without a penalty.

All weights here are the dual solutions of convex programmes: as many coefficients as matched
columns, however many patients there are. Exact balance asks for the minimum of a smooth
convex f; balance to within a tolerance adds the tolerance times the absolute coefficients.

One problem at a time, of any form. The bootstrap's entropy weights, a thousand problems of one
form in step, have a solver of their own: `survcomp.comparison.reweighting.batched` says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import lsq_linear
from scipy.special import expit

from survcomp.values.checks import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """An objective at one place: coefficients (p,), value, gradient (p,), Hessian (p, p)."""

    at: FloatArray
    value: float
    gradient: FloatArray
    hessian: FloatArray


Objective = Callable[[FloatArray], Local]

STEPS = 500
EXACT = 1e-12
"""Distance from the optimality conditions at which the iteration ends."""

RIDGES = (1e-14, 1e-9, 1e-5, 1e-2, 1.0)
"""Added to the Hessian's diagonal, in units of its trace, until a step leads downwards."""


def minimise(
    objective: Objective, start: FloatArray, *, penalty: FloatArray, limit: float
) -> Local:
    """Minimise f(a) + sum_j penalty_j |a_j| by a damped Newton iteration.

    Without a penalty this is Newton's method with halving of steps, and with a ridge where
    the Hessian is (nearly) singular. With one, each step minimises the quadratic model of f
    plus the penalty, exactly (proximal Newton, Lee 2014).

    Parameters
    ----------
    objective : callable
        f with its gradient and Hessian.
    start : ndarray of shape (p,)
        First coefficients.
    penalty : ndarray of shape (p,)
        At least 0.
    limit : float
        Coefficients beyond this have run away: there is no minimum.

    Returns
    -------
    Local
        The objective at the last coefficients. Whether they solve the problem is for the
        caller to check on what it needs of them: nothing is promised about having converged.

    References
    ----------
    Lee JD, Sun Y, Saunders MA (2014), SIAM Journal on Optimization 24:1420.
    """
    here = objective(start)
    for _ in range(STEPS):
        if _distance(here, penalty) < EXACT:
            break
        moved = _next(objective, here, penalty)
        if moved is None:
            break  # what decrease is left is lost in rounding
        here = moved
        if not np.max(np.abs(here.at), initial=0.0) < limit:  # runs away, or is no number
            break
    return here


def _distance(here: Local, penalty: FloatArray) -> float:
    """Largest violation of the conditions for the minimum."""
    if not penalty.any():
        return float(np.max(np.abs(here.gradient), initial=0.0))
    slack = np.where(
        here.at == 0,
        np.maximum(np.abs(here.gradient) - penalty, 0.0),
        here.gradient + penalty * np.sign(here.at),
    )
    return float(np.max(np.abs(slack), initial=0.0))


def _next(objective: Objective, here: Local, penalty: FloatArray) -> Local | None:
    """The first step that leads downwards, with as small a ridge as does."""
    for ridge in RIDGES:
        step = _step(here, penalty, ridge)
        moved = None if step is None else _shorten(objective, here, step, penalty)
        if moved is not None:
            return moved
    return None


def _step(here: Local, penalty: FloatArray, ridge: float) -> FloatArray | None:
    """Step to the minimum of the quadratic model plus penalty; None if there is none."""
    size = here.at.size
    hessian = here.hessian + ridge * np.trace(here.hessian) * np.eye(size)
    try:
        if not penalty.any():
            return -np.asarray(np.linalg.solve(hessian, here.gradient))
        return _penalised(hessian, here.gradient - hessian @ here.at, penalty) - here.at
    except np.linalg.LinAlgError:
        return None


def _penalised(hessian: FloatArray, linear: FloatArray, penalty: FloatArray) -> FloatArray:
    """Minimise b'Hb / 2 + linear . b + sum_j penalty_j |b_j| by its dual.

    The dual is to minimise (linear + s)' H^-1 (linear + s) over |s_j| <= penalty_j, a least
    squares problem with bounds; b = -H^-1 (linear + s), which is 0 where s is inside them.
    """
    half = solve_triangular(np.linalg.cholesky(hessian), np.eye(linear.size), lower=True)
    boxed = penalty > 0
    # s is 0 where nothing is penalised
    fit = lsq_linear(
        half[:, boxed],
        -half @ linear,
        bounds=(-penalty[boxed], penalty[boxed]),
        method="bvls",
        tol=1e-15,
    )
    s = np.zeros(linear.size)
    s[boxed] = fit.x
    s[boxed] = np.where(np.abs(s[boxed]) > (1 - 1e-9) * penalty[boxed], np.sign(s[boxed]), 0.0)
    free = ~boxed | (s != 0)
    b = np.zeros(linear.size)
    b[free] = -np.linalg.solve(hessian[np.ix_(free, free)], (linear + penalty * s)[free])
    return b


def _shorten(
    objective: Objective, here: Local, step: FloatArray, penalty: FloatArray
) -> Local | None:
    """First of the step, its half, ... that decreases the objective; None if none does."""
    paid = float(penalty @ np.abs(here.at))
    slope = float(here.gradient @ step) + float(penalty @ np.abs(here.at + step)) - paid
    # near the minimum the decrease is lost in rounding: full steps converge there
    rounding = 1e-14 * max(1.0, abs(here.value), paid)
    if not slope <= rounding:
        return None
    top = here.value + paid + rounding
    scale = 1.0
    while scale > 1e-3:
        there = objective(here.at + scale * step)
        if there.value + float(penalty @ np.abs(there.at)) <= top + 1e-4 * scale * min(slope, 0.0):
            return there
        scale *= 0.5
    return None


def log_sum_exp(z: FloatArray) -> Objective:
    """Logarithm of sum_i exp(z_i a): its minimum gives the entropy weights exp(z_i a)."""

    def objective(a: FloatArray) -> Local:
        exponent = z @ a
        top = float(exponent.max())
        share = np.exp(exponent - top)
        total = float(share.sum())
        share /= total
        gradient = share @ z
        hessian = (z * share[:, None]).T @ z - np.outer(gradient, gradient)
        return Local(a, top + float(np.log(total)), gradient, hessian)

    return objective


def half_squared_hinge(u: FloatArray) -> Objective:
    """mean_i max(0, u_i a)^2 / 2 - a_0: its minimum gives the weights of largest ESS.

    `u` has a first column of ones; the weights are max(0, u_i a) and have mean 1.
    """
    n = u.shape[0]

    def objective(a: FloatArray) -> Local:
        w = np.maximum(u @ a, 0.0)
        gradient = w @ u / n
        gradient[0] -= 1.0
        some = u[w > 0]
        return Local(a, float(w @ w) / (2 * n) - float(a[0]), gradient, some.T @ some / n)

    return objective


def logistic(x: FloatArray, y: FloatArray) -> Objective:
    """Mean negative log likelihood of a logistic regression of y (n,) on x (n, p)."""
    n = y.size

    def objective(a: FloatArray) -> Local:
        linear = x @ a
        p = expit(linear)
        value = float(np.mean(np.logaddexp(0.0, linear) - y * linear))
        return Local(a, value, x.T @ (p - y) / n, (x * (p * (1 - p))[:, None]).T @ x / n)

    return objective
