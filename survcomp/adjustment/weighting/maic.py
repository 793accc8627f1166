"""Weights for a matching-adjusted indirect comparison (MAIC).

Signorovitch 2010: w_i = exp(a . (x_i - t)) with a the minimum of Q(a) = sum_i w_i, where
the weighted mean of x is the target t. Columns are centred at the target and scaled to unit
standard deviation before a damped Newton solve, so that neither units nor large numbers
matter; the result is accepted on the balance it reaches, never on a return code.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from survcomp.adjustment.weighting.hull import EDGE, depth, why_infeasible
from survcomp.adjustment.weighting.newton import log_sum_exp, minimise
from survcomp.adjustment.weighting.problem import Leave, MatchingProblem, matching_problem
from survcomp.values.checks import FloatArray
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.weights import Weights

BALANCE = 1e-10
"""Largest accepted distance of a weighted mean from its target, in standard deviations."""

FLAT = 1e-6
"""A weighted variance of the standardised columns below this, in some direction, may mean that
all weight lies on a face of the hull, with the target on its edge."""

FARTHEST = 1e6
"""Coefficients per standard deviation beyond this have run away."""

METHOD = "entropy weights by the method of moments"


def maic_weights(
    ipd: IPD,
    population: Population,
    *,
    match: Sequence[str],
    all_or_none: Leave = "refuse",
    missing: Leave = "refuse",
) -> Weights:
    """Weights that give the patients the target population's moments.

    Parameters
    ----------
    ipd : IPD
        Patients of one arm, or of all arms of a trial for an anchored comparison, with the
        covariates in `match`.
    population : Population
        The target.
    match : sequence of str
        Covariates to match; every moment that the population states of them is matched
        (mean, SD, proportion, median, other quantiles). An entry such as "age (mean)" asks
        for that moment alone.
    all_or_none : {"refuse", "exclude"}
        What to do where everybody or nobody in the target has a characteristic and patients
        differ: refuse, or leave out the patients who differ.
    missing : {"refuse", "exclude"}
        What to do with patients for whom a covariate in `match` is missing: refuse, or leave
        them out.

    Returns
    -------
    Weights
        Raw weights exp(a . (x - t)), keyed by patient id; 0 for patients left out, who are
        counted in its `notes`. The column of an SD is the squared distance from the target's
        mean.

    Raises
    ------
    InputError
        If a column is constant or follows from the others, or values are missing; what is
        wrong is named and counted.
    InfeasibleTargetError
        If no weights reach the target; the columns to blame are named.
    NotFoundError
        If the population says nothing about a covariate.

    References
    ----------
    Signorovitch JE et al. (2010), PharmacoEconomics 28:935. Phillippo DM et al. (2016),
    NICE DSU Technical Support Document 18, appendix D.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, Population, maic_weights
    >>> frame = pd.DataFrame({"t": range(1, 11), "e": 1, "x": range(1, 11)})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=8)], n=50, name="comparator")
    >>> weights = maic_weights(ipd, target, match=["x"])
    >>> round(weights.ess, 4), round(dict(weights.coefficients)["x (mean)"], 4)
    (5.2516, 0.3657)
    """
    problem = matching_problem(ipd, population, match, all_or_none=all_or_none, missing=missing)
    a = entropy_coefficients(problem)
    return problem.weights(np.exp(problem.z @ a), coefficients=a, method=METHOD)


def entropy_coefficients(problem: MatchingProblem) -> FloatArray:
    """Coefficients (p,) of the columns `z` whose weights exp(z a) balance.

    Raises
    ------
    InfeasibleTargetError
        If no positive weights do.
    """
    z = problem.z
    p = z.shape[1]
    if p == 0:
        return np.zeros(0)
    end = minimise(log_sum_exp(z), np.zeros(p), penalty=np.zeros(p), limit=FARTHEST)
    imbalance = float(np.max(np.abs(end.gradient)))
    flat = np.linalg.eigvalsh(end.hessian)[0] < FLAT
    if not imbalance <= BALANCE or (flat and depth(z) < EDGE):
        raise why_infeasible(problem, imbalance)
    return end.at


def largest_imbalance(w: FloatArray, z: FloatArray) -> float:
    """Largest absolute weighted mean of the columns `z`; weights (n,) of any scale."""
    return float(np.max(np.abs(w @ z), initial=0.0) / w.sum())
