"""Weights of the largest effective sample size among all that balance.

Minimise sum_i w_i^2 subject to exact balance, sum w fixed and w >= 0 (Jackson 2021). The
dual has one coefficient more than there are columns: w_i = max(0, a_0 + a . z_i), so the
quadratic programme in n weights is a smooth convex one in p + 1 coefficients, and its
solution is recognised by balance alone: weights of that form that balance are the optimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from survcomp.adjustment.weighting.hull import why_infeasible
from survcomp.adjustment.weighting.maic import BALANCE, largest_imbalance
from survcomp.adjustment.weighting.newton import half_squared_hinge, minimise
from survcomp.adjustment.weighting.problem import Leave, MatchingProblem, matching_problem
from survcomp.values.checks import FloatArray
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.weights import Weights, effective_sample_size

METHOD = "weights of the largest effective sample size"

RUNAWAY = 1e9
"""Coefficients beyond this have run away: nothing balances."""


def max_ess_weights(
    ipd: IPD,
    population: Population,
    *,
    match: Sequence[str],
    all_or_none: Leave = "refuse",
    missing: Leave = "refuse",
) -> Weights:
    r"""Weights that balance exactly with the largest effective sample size.

    They are the ceiling for every method that balances the same columns, and show what the
    exponential form of the usual weights costs. Patients far from the target get weight 0.

    Parameters
    ----------
    ipd, population, match, all_or_none, missing
        As for `maic_weights`.

    Returns
    -------
    Weights
        Raw weights have mean 1 over the patients who are not left out; those far on the
        other side of the target may be 0. Coefficients are those of w = max(0, a_0 + a . z).

    Raises
    ------
    InputError
        If a column is constant or follows from the others, or values are missing.
    InfeasibleTargetError
        If no weights reach the target; the columns to blame are named.
    NotFoundError
        If the population says nothing about a covariate.

    Notes
    -----
    .. math:: \min_w \sum_i w_i^2 \quad \text{subject to} \quad
              \sum_i w_i (x_i - t) = 0, \; \sum_i w_i = n, \; w \ge 0

    References
    ----------
    Jackson D, Rhodes K, Ouwens M (2021), Research Synthesis Methods 12:333. Petto H et al.
    (2019), Value in Health 22:85.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, Population, max_ess_weights
    >>> frame = pd.DataFrame({"t": range(1, 11), "e": 1, "x": range(1, 11)})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=8)], n=50, name="comparator")
    >>> weights = max_ess_weights(ipd, target, match=["x"])
    >>> round(weights.ess, 6), round(float(weights.value[-1]), 6)
    (5.6, 2.5)
    """
    problem = matching_problem(ipd, population, match, all_or_none=all_or_none, missing=missing)
    solved = _balanced(problem)
    return problem.weights(solved.value, coefficients=solved.coefficients, method=METHOD)


def best_ess(problem: MatchingProblem) -> float:
    """Largest effective sample size of any weights that balance, in patients.

    Raises
    ------
    InfeasibleTargetError
        If none do.
    """
    return effective_sample_size(_balanced(problem).value)


def _balanced(problem: MatchingProblem) -> Solved:
    solved = largest_ess(problem.z)
    if not solved.missed <= BALANCE:
        raise why_infeasible(problem, solved.missed)
    return solved


class Solved(NamedTuple):
    """Weights of n patients, and whether they are those asked for.

    Attributes
    ----------
    value : ndarray of shape (n,)
        With mean 1, unless all are 0.
    coefficients : ndarray of shape (p,)
        Of the columns.
    missed : float
        By how much the conditions of the optimum are missed, in standard deviations: the
        weights are right where this is at most `BALANCE`.
    """

    value: FloatArray
    coefficients: FloatArray
    missed: float


def largest_ess(z: FloatArray) -> Solved:
    """Weights of the largest effective sample size that balance the columns `z` (n, p)."""
    n, p = z.shape
    u = np.column_stack([np.ones(n), z])
    a = max_ess_coefficients(u, np.zeros(p))
    w = np.maximum(u @ a, 0.0)
    return Solved(w, a[1:], largest_imbalance(w, z) if w.any() else np.inf)


def max_ess_coefficients(u: FloatArray, tolerance: FloatArray) -> FloatArray:
    """Coefficients (p + 1,) whose weights max(0, u a) have the largest ESS.

    Parameters
    ----------
    u : ndarray of shape (n, p + 1)
        A column of ones, then the columns to balance.
    tolerance : ndarray of shape (p,)
        Imbalance allowed in each.
    """
    start = np.zeros(u.shape[1])
    start[0] = 1.0
    penalty = np.append(0.0, tolerance)
    return minimise(half_squared_hinge(u), start, penalty=penalty, limit=RUNAWAY).at
