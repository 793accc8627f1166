"""Can any weights reach the target? Where it lies against the hull of the patients.

Weights that balance exactly exist if the target lies in the convex hull of the patients,
and weights that are all positive only in its interior. Two linear programmes say which: the
smallest possible largest imbalance (0 inside the hull; outside, its dual is a direction that
separates the target from every patient), and the largest possible smallest weight (0 on the
edge).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from survcomp.adjustment.weighting.matching import Column
from survcomp.adjustment.weighting.problem import MatchingProblem
from survcomp.errors import InfeasibleTargetError, InputError
from survcomp.values.checks import FloatArray

MANY = 4
"""More columns than this to blame are not written out as a formula."""

EDGE = 1e-9
"""A smallest weight of at most this, in units of 1/n, is 0."""

OUTSIDE = 1e-7
"""Standard deviations from the hull below which the linear programme cannot tell."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nearest:
    """The best that any weights can do.

    Attributes
    ----------
    distance : float
        Smallest possible largest imbalance, in standard deviations of the columns.
    direction : ndarray of shape (p,)
        Where `distance` is above 0: combination of the columns, absolute values adding up
        to 1, that is below its target by at least `distance` for every patient.
    """

    distance: float
    direction: FloatArray


def nearest(z: FloatArray) -> Nearest:
    """How near any weights come to the target 0 of the columns `z` of shape (n, p).

    Minimise t subject to -t <= sum_i w_i z_ij <= t, sum w = 1, w >= 0.
    """
    n, p = z.shape
    if p == 0:
        return Nearest(distance=0.0, direction=np.zeros(0))
    limits = np.vstack([z.T, -z.T])
    solution = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.column_stack([limits, -np.ones(2 * p)]),
        b_ub=np.zeros(2 * p),
        A_eq=np.append(np.ones(n), 0.0)[None, :],
        b_eq=[1.0],
        bounds=(0, None),
        method="highs",
    )
    _check(solution.status, solution.message)
    above, below = np.split(np.asarray(solution.ineqlin.marginals), 2)
    return Nearest(distance=max(float(solution.fun), 0.0), direction=above - below)


def depth(z: FloatArray) -> float:
    """How far inside the hull the target lies: n times the largest possible smallest weight.

    1 where equal weights balance, 0 on the edge of the hull and outside. With every weight
    written as t + v_i, maximise t subject to balance, sum w = 1, t >= 0 and v >= 0.
    """
    n, p = z.shape
    rows = np.vstack([z.T, np.ones(n)])
    solution = linprog(
        np.append(np.zeros(n), -1.0),
        A_eq=np.column_stack([rows, rows.sum(axis=1)]),
        b_eq=np.append(np.zeros(p), 1.0),
        bounds=(0, None),
        method="highs",
    )
    if solution.status == 2:
        return 0.0
    _check(solution.status, solution.message)
    return float(min(1.0, -n * solution.fun))


def _check(status: int, message: str) -> None:
    if status != 0:
        raise InputError(
            "`match`: the linear programme that tells whether weights exist ended without an "
            f"answer ({message}); leave out a column that nearly follows from others."
        )


def why_infeasible(
    problem: MatchingProblem, imbalance: float, *, tolerance: float = 0.0
) -> InfeasibleTargetError:
    """Error for weights that missed, with the columns to blame where there are any.

    Parameters
    ----------
    problem : MatchingProblem
        What was asked for.
    imbalance : float
        What the weights left, in standard deviations.
    tolerance : float
        What they may leave.
    """
    n = problem.z.shape[0]
    closest = nearest(problem.z)
    if closest.distance > tolerance + OUTSIDE:
        allowed = f" to within {tolerance:g} standard deviations" if tolerance else ""
        return InfeasibleTargetError(
            f"no weights on these {n} patients reach the target{allowed}; to blame: "
            f"{blamed(problem.columns, problem.spread, problem.z, closest.direction)}. The best "
            f"weights leave an imbalance of {closest.distance:.2g} standard deviations."
        )
    return InfeasibleTargetError(
        f"the target lies on the edge of what {n} patients can reach: the weights run to a few "
        f"patients and leave an imbalance of {imbalance:.2g} standard deviations. Match fewer "
        "covariates."
    )


def blamed(
    columns: Sequence[Column], spread: FloatArray, z: FloatArray, direction: FloatArray
) -> str:
    """Words for a direction that separates the target from every patient."""
    used = [j for j in range(len(columns)) if abs(direction[j]) > 1e-6]
    if len(used) == 1:
        c = columns[used[0]]
        what = "" if c.expression == c.covariate else f"{c.expression} has "
        return (
            f"{c.name}: {what}target {c.target:g}, patients from {c.values.min():g} to "
            f"{c.values.max():g}"
        )
    used.sort(key=lambda j: -abs(direction[j]))
    scale = direction / spread / abs(direction[used[0]] / spread[used[0]])
    if len(used) > MANY:
        names = ", ".join(columns[j].name for j in sorted(used))
        return f"{names}, together: each is within reach, their combination is not"
    first = f"{'-' if scale[used[0]] < 0 else ''}{columns[used[0]].expression}"
    others = (
        f"{'-' if scale[j] < 0 else '+'} {abs(scale[j]):.4g} {columns[j].expression}"
        for j in used[1:]
    )
    terms = " ".join([first, *others])
    goal = sum(scale[j] * columns[j].target for j in used)
    most = goal + float((z @ (scale * spread)).max())
    names = ", ".join(columns[j].name for j in used)
    return f"{names}, together: {terms} is {goal:.6g} in the target and at most {most:.6g} here"
