"""Weights for a matching-adjusted indirect comparison (MAIC).

Signorovitch 2010: w_i = exp(a . (x_i - t)) with a the minimum of Q(a) = sum_i w_i, where
the weighted mean of x is the target t. Columns are centred at the target and scaled to unit
standard deviation before a damped Newton solve, so that neither units nor large numbers
matter; the result is accepted on the balance it reaches, never on a return code.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import qr
from scipy.optimize import linprog

from survcomp.adjust.matching import Column, columns_for
from survcomp.errors import InfeasibleTargetError, InputError
from survcomp.values.checks import FloatArray, read_only
from survcomp.values.ipd import IPD
from survcomp.values.population import Population
from survcomp.values.weights import Weights

BALANCE = 1e-10
"""Largest accepted distance of a weighted mean from its target, in standard deviations."""

STEPS = 200
STEEP = 20.0
"""Coefficients per standard deviation beyond this may come from a target on the hull's edge."""


def maic_weights(ipd: IPD, population: Population, *, match: Sequence[str]) -> Weights:
    """Weights that give the patients the target population's moments.

    Parameters
    ----------
    ipd : IPD
        Patients of one arm, with the covariates in `match`.
    population : Population
        The target.
    match : sequence of str
        Covariates to match; every moment that the population states of them is matched
        (mean, SD, proportion, median).

    Returns
    -------
    Weights
        Raw weights exp(a . (x - t)), keyed by patient id.

    Raises
    ------
    InputError
        If a column is constant or follows from the others; it is named.
    InfeasibleTargetError
        If no weights reach the target; the columns to blame are named.

    References
    ----------
    Signorovitch JE et al. (2010), PharmacoEconomics 28:935. Phillippo DM et al. (2016),
    NICE DSU Technical Support Document 18, appendix D.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp.values import IPD, Mean, Population
    >>> frame = pd.DataFrame({"t": range(1, 11), "e": 1, "x": range(1, 11)})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=8)], n=50, name="comparator")
    >>> weights = maic_weights(ipd, target, match=["x"])
    >>> round(weights.ess, 4), round(dict(weights.coefficients)["x (mean)"], 4)
    (5.2516, 0.3657)
    """
    columns = columns_for(ipd, population, match)
    spread = np.array([float(np.std(column.values)) for column in columns])
    _refuse_constant(columns, spread)
    z = np.column_stack([(c.values - c.target) / s for c, s in zip(columns, spread, strict=True)])
    _refuse_dependent(columns)
    a = _newton(z)
    imbalance = float(np.max(np.abs(_shares(z @ a) @ z)))
    if not imbalance <= BALANCE or (np.max(np.abs(a)) > STEEP and _on_the_edge(z)):
        raise _why_infeasible(columns, z, imbalance)
    weights = np.exp(z @ a)
    return Weights(
        id=ipd.id,
        value=read_only(weights, name="weights"),
        population=population.name,
        basis=population.basis,
        coefficients=tuple(
            (c.name, float(value / s)) for c, value, s in zip(columns, a, spread, strict=True)
        ),
        largest_imbalance=imbalance,
    )


def _shares(exponent: FloatArray) -> FloatArray:
    """Weights that sum to 1, without overflow."""
    w = np.exp(exponent - exponent.max())
    return np.asarray(w / w.sum())


def _newton(z: FloatArray) -> FloatArray:
    """Minimise log sum exp(z a), whose minimum is that of Q, by Newton steps with halving."""
    a = np.zeros(z.shape[1])
    for _ in range(STEPS):
        share = _shares(z @ a)
        gradient = share @ z
        if np.max(np.abs(gradient)) < 0.01 * BALANCE:
            break
        hessian = (z * share[:, None]).T @ z - np.outer(gradient, gradient)
        try:
            step = np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError:
            break  # the weights have run to one side: the balance gate refuses them
        value, slope, scale = _log_sum_exp(z @ a), float(gradient @ step), 1.0
        # near the minimum the decrease is lost in rounding: full steps converge there
        value += 1e-14 * max(1.0, abs(value))
        while scale > 1e-8 and _log_sum_exp(z @ (a - scale * step)) > value - 1e-4 * scale * slope:
            scale *= 0.5
        a = a - scale * step
        if not np.max(np.abs(a)) < 500:  # runs away, or is no number
            break
    return a


def _on_the_edge(z: FloatArray) -> bool:
    """Whether balance forces some weight to 0: the largest possible smallest weight is 0."""
    n, p = z.shape
    floor = np.column_stack([-np.eye(n), np.ones(n)])  # t - w_i <= 0
    balance = np.vstack([np.column_stack([z.T, np.zeros(p)]), np.append(np.ones(n), 0.0)])
    solution = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=floor,
        b_ub=np.zeros(n),
        A_eq=balance,
        b_eq=np.append(np.zeros(p), 1.0),
        bounds=(0, None),
        method="highs",
    )
    return bool(solution.status != 0 or -solution.fun < 1e-9 / n)


def _log_sum_exp(x: FloatArray) -> float:
    top = float(x.max())
    return top + float(np.log(np.exp(x - top).sum()))


def _refuse_constant(columns: tuple[Column, ...], spread: FloatArray) -> None:
    for column, s in zip(columns, spread, strict=True):
        if s <= 1e-12 * max(1.0, abs(float(column.values[0]))):
            raise InputError(
                f"{column.name} is {float(column.values[0]):g} for every patient and cannot be "
                f"weighted to {column.target:g}; leave it out of `match`."
            )


def _refuse_dependent(columns: tuple[Column, ...]) -> None:
    """Name columns that follow from the others, by a pivoted QR decomposition."""
    standard = [(c.values - c.values.mean()) / c.values.std() for c in columns]
    x = np.column_stack([np.ones(columns[0].values.size) * 1e3, *standard])
    _, r, pivot = qr(x, mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(r))
    rank = int(np.sum(diagonal > 1e-9 * diagonal[0]))
    if rank == x.shape[1]:
        return
    extra = sorted(columns[i - 1].name for i in pivot[rank:] if i > 0)
    raise InputError(
        f"`match`: {', '.join(extra)} follow(s) from the other columns (for example all levels of "
        f"one factor, or more columns than the {columns[0].values.size} patients allow); leave "
        "it out."
    )


def _why_infeasible(
    columns: tuple[Column, ...], z: FloatArray, imbalance: float
) -> InfeasibleTargetError:
    """Find the columns that cannot be balanced: least total slack by a linear programme."""
    n, p = z.shape
    cost = np.concatenate([np.zeros(n), np.ones(2 * p)])
    balance = np.hstack([z.T, np.eye(p), -np.eye(p)])
    total = np.concatenate([np.ones(n), np.zeros(2 * p)])[None, :]
    solution = linprog(
        cost,
        A_eq=np.vstack([balance, total]),
        b_eq=np.concatenate([np.zeros(p), [1.0]]),
        bounds=(0, None),
        method="highs",
    )
    if solution.status == 0:
        slack = solution.x[n : n + p] + solution.x[n + p :]
        blamed = [c for c, s in zip(columns, slack, strict=True) if s > 1e-7]
        if blamed:
            words = "; ".join(
                f"{c.name}: target {c.target:g}, patients from {c.values.min():g} to "
                f"{c.values.max():g}"
                for c in blamed
            )
            return InfeasibleTargetError(
                f"no weights on these {n} patients reach the target; to blame: {words}."
            )
    return InfeasibleTargetError(
        f"the target lies on the edge of what {n} patients can reach: the weights run to a few "
        f"patients and leave an imbalance of {imbalance:.2g} standard deviations. Match fewer "
        "covariates."
    )
