"""Weights that balance to within a stated tolerance, where exact balance costs too much.

Zubizarreta 2015: among all weights whose means lie within `tolerance` standard deviations of
their targets, those that vary least. By duality a tolerance is a penalty on the absolute
coefficients: columns that are near enough by themselves get the coefficient 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from survcomp.adjustment.weighting.hull import why_infeasible
from survcomp.adjustment.weighting.maic import BALANCE, FARTHEST, largest_imbalance
from survcomp.adjustment.weighting.max_ess import Solved, max_ess_coefficients
from survcomp.adjustment.weighting.newton import log_sum_exp, minimise
from survcomp.adjustment.weighting.problem import Leave, matching_problem
from survcomp.errors import InputError
from survcomp.values.checks import FloatArray, check_option
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.weights import Weights

Maximum = Literal["ess", "entropy"]


def approximate_weights(
    ipd: IPD,
    population: Population,
    *,
    match: Sequence[str],
    tolerance: float,
    maximise: Maximum = "ess",
    all_or_none: Leave = "refuse",
    missing: Leave = "refuse",
) -> Weights:
    """Weights whose means lie within a tolerance of the target population's.

    Parameters
    ----------
    ipd, population, match, all_or_none, missing
        As for `maic_weights`. The tolerance holds for the columns that are balanced: for an
        SD that is the squared distance from the target's mean.
    tolerance : float
        Largest imbalance allowed in a column, in its standard deviations among the patients;
        above 0. 0.1 is a customary threshold for standardised differences.
    maximise : {"ess", "entropy"}
        Which of the weights within the tolerance: those of the largest effective sample
        size, or those of the largest entropy (which are all positive, as the usual ones).

    Returns
    -------
    Weights
        Raw weights have mean 1 over the patients who are not left out. Its `method` names
        the tolerance and its `largest_imbalance` what was left.

    Raises
    ------
    InputError
        If `tolerance` is not above 0, a column is constant or follows from the others, or
        values are missing.
    InfeasibleTargetError
        If no weights come that near; the columns to blame are named.
    NotFoundError
        If the population says nothing about a covariate.

    References
    ----------
    Zubizarreta JR (2015), Journal of the American Statistical Association 110:910. Wang Y,
    Zubizarreta JR (2020), Biometrika 107:93.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, Population, approximate_weights
    >>> frame = pd.DataFrame({"t": range(1, 11), "e": 1, "x": range(1, 11)})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=8)], n=50, name="comparator")
    >>> weights = approximate_weights(ipd, target, match=["x"], tolerance=0.1)
    >>> round(weights.ess, 3), round(weights.largest_imbalance, 6)
    (6.249, 0.1)
    """
    if not 0 < tolerance < np.inf:
        raise InputError(
            f"`tolerance` must be above 0, in standard deviations; got {tolerance!r}. For exact "
            "balance see maic_weights and max_ess_weights."
        )
    check_option(maximise, Maximum, name="maximise")
    problem = matching_problem(ipd, population, match, all_or_none=all_or_none, missing=missing)
    solved = within_tolerance(problem.z, tolerance, maximise)
    if not solved.missed <= BALANCE:
        w = solved.value
        imbalance = largest_imbalance(w, problem.z) if w.any() else np.inf
        raise why_infeasible(problem, imbalance, tolerance=tolerance)
    name = "effective sample size" if maximise == "ess" else "entropy"
    return problem.weights(
        solved.value,
        coefficients=solved.coefficients,
        method=f"weights of the largest {name} with balance to {tolerance:g} standard deviations",
    )


def within_tolerance(z: FloatArray, tolerance: float, maximise: Maximum) -> Solved:
    """Weights whose means of the columns `z` (n, p) lie within `tolerance` of 0."""
    solve = _largest_ess if maximise == "ess" else _largest_entropy
    w, a = solve(z, tolerance)
    if not w.any():
        return Solved(w, a, np.inf)
    return Solved(w * (w.size / w.sum()), a, _missed(w, a, z, tolerance))


def _largest_ess(z: FloatArray, tolerance: float) -> tuple[FloatArray, FloatArray]:
    """Weights (n,) and coefficients (p,)."""
    u = np.column_stack([np.ones(z.shape[0]), z])
    a = max_ess_coefficients(u, np.full(z.shape[1], tolerance))
    return np.maximum(u @ a, 0.0), a[1:]


def _largest_entropy(z: FloatArray, tolerance: float) -> tuple[FloatArray, FloatArray]:
    """Weights (n,) and coefficients (p,)."""
    p = z.shape[1]
    a = minimise(log_sum_exp(z), np.zeros(p), penalty=np.full(p, tolerance), limit=FARTHEST).at
    return np.exp(z @ a - np.max(z @ a)), a


def _missed(w: FloatArray, a: FloatArray, z: FloatArray, tolerance: float) -> float:
    """Largest violation of the conditions of Karush, Kuhn and Tucker.

    The imbalance of a column is within the tolerance, and equal to it on the side against
    which the coefficient pushes, where there is one.
    """
    imbalance = w @ z / w.sum()
    missed = np.where(
        a == 0, np.abs(imbalance) - tolerance, np.abs(imbalance + tolerance * np.sign(a))
    )
    return float(np.max(missed, initial=0.0))
