"""Two-stage weights for an anchored comparison (2SMAIC, Remiro-Azocar 2022).

The first stage balances the arms of the trial: each patient counts 1 over the estimated
probability of the treatment that was given. The second weights the trial to the target, as
usual. The product of the two makes up for differences between arms that chance left, which
in a small trial cost more precision than the extra model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog

from survcomp.adjustment.weighting.maic import BALANCE, FARTHEST, entropy_coefficients
from survcomp.adjustment.weighting.matching import Column, covariate_of
from survcomp.adjustment.weighting.newton import Local, logistic, minimise
from survcomp.adjustment.weighting.problem import (
    Leave,
    matching_problem,
    refuse_dependent,
    standardise,
)
from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.weights import Weights

FLAT = 1e-3
"""A curvature of the mean log likelihood below this may be that of arms that are separated."""


def two_stage_weights(
    ipd: IPD,
    population: Population,
    *,
    treatment: str,
    match: Sequence[str],
    propensity: Sequence[str] | None = None,
    truncate_at: float | None = None,
    all_or_none: Leave = "refuse",
    missing: Leave = "refuse",
) -> Weights:
    r"""Inverse propensity of the treatment given times the usual weights of the trial.

    Parameters
    ----------
    ipd : IPD
        Both arms of the trial with patient data.
    population, match, all_or_none, missing
        As for `maic_weights`; `missing` is about the covariates in `propensity`, too.
    treatment : str
        The arm whose probability is modelled; there must be one other.
    propensity : sequence of str, optional
        Covariates of the logistic regression of treatment; those of `match` when left out.
    truncate_at : float, optional
        Weights above this quantile of the weights, such as 0.95, are set to it. They then
        no longer balance as the full ones do, and `largest_imbalance` says by how much.

    Returns
    -------
    Weights
        Raw weights are products. Both arms together and each by itself come near the target
        but not onto it: see `largest_imbalance`, and `balance_table` of each arm.

    Raises
    ------
    InputError
        If there are not two arms, the arms are separated by `propensity`, or as for
        `maic_weights`.
    InfeasibleTargetError
        If no weights reach the target; the columns to blame are named.
    NotFoundError
        If the population says nothing about a covariate.

    Notes
    -----
    .. math:: w_i = \exp(a \cdot (x_i - t)) \left( \frac{A_i}{e(x_i)}
              + \frac{1 - A_i}{1 - e(x_i)} \right)

    References
    ----------
    Remiro-Azocar A (2022), BMC Medical Research Methodology 22:217.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, Population, two_stage_weights
    >>> frame = pd.DataFrame({"t": range(1, 9), "e": 1, "arm": ["A", "C"] * 4,
    ...                       "x": [1, 2, 3, 4, 5, 5, 7, 9]})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["x"],
    ...                      arm="arm")
    >>> target = Population.from_moments([Mean(name="x", value=5)], n=50, name="comparator")
    >>> weights = two_stage_weights(ipd, target, treatment="A", match=["x"])
    >>> round(weights.ess, 3), round(weights.largest_imbalance, 3)
    (7.508, 0.036)
    """
    treated = _treated(ipd, treatment)
    _check_quantile(truncate_at)
    for name in propensity or ():
        covariate_of(ipd, name, argument="propensity")
    problem = matching_problem(
        ipd,
        population,
        match,
        all_or_none=all_or_none,
        missing=missing,
        also_needed=propensity or (),
    )
    names = propensity_names(problem.columns, propensity)
    rows = [ipd.covariate_names.index(name) for name in names]
    x = ipd.covariate_values[problem.weighted][:, rows]
    inverse = inverse_propensity(x, treated[problem.weighted], names)
    a = entropy_coefficients(problem)
    value = np.exp(problem.z @ a) * inverse
    notes = [f"Treatment modelled on {', '.join(names) or 'nothing'}."]
    if truncate_at is not None:
        value, lowered = truncated(value, truncate_at)
        notes.append(f"{lowered} weights truncated at their quantile {truncate_at:g}.")
    method = "two-stage weights (inverse propensity times entropy weights)"
    return problem.weights(
        value,
        coefficients=a,
        method=method if truncate_at is None else f"truncated {method}",
        notes=notes,
    )


def _treated(ipd: IPD, treatment: str) -> BoolArray:
    if len(ipd.arms) != 2 or treatment not in ipd.arms:
        raise InputError(
            f"`treatment` must be one of two arms of the IPD; got {treatment!r} with "
            f"{', '.join(map(repr, ipd.arms))}."
        )
    return np.array([arm == treatment for arm in ipd.arm])


def _check_quantile(truncate_at: float | None) -> None:
    if truncate_at is not None and not 0.5 <= truncate_at < 1.0:
        raise InputError(
            f"`truncate_at` must be a quantile of at least 0.5 and below 1, such as 0.95; got "
            f"{truncate_at!r}."
        )


def truncated(value: FloatArray, truncate_at: float) -> tuple[FloatArray, int]:
    """Weights (n,) of at most their quantile `truncate_at`, and how many were lowered to it."""
    top = float(np.quantile(value, truncate_at))
    return np.minimum(value, top), int(np.sum(value > top))


def propensity_names(
    columns: Sequence[Column], propensity: Sequence[str] | None
) -> tuple[str, ...]:
    """Covariates of the treatment model, each once."""
    if propensity is not None:
        return tuple(dict.fromkeys(propensity))
    return tuple(dict.fromkeys(column.covariate for column in columns))


def inverse_propensity(x: FloatArray, treated: BoolArray, names: Sequence[str]) -> FloatArray:
    """1 over the probability of the treatment given, of shape (n,).

    Parameters
    ----------
    x : ndarray of shape (n, q)
        Covariates of the treatment model.
    treated : ndarray of shape (n,), bool
        Who was given the treatment that is modelled.
    names : sequence of str
        Names of the covariates.

    Raises
    ------
    InputError
        If all patients are in one arm, a covariate is constant or follows from the others,
        or the covariates separate the arms.
    """
    if treated.all() or not treated.any():
        raise InputError("of the patients who are not left out, all are in one arm.")
    standard, spread = standardise(x)
    for name, s, first in zip(names, spread, x[0], strict=True):
        if s <= 1e-12 * max(1.0, abs(float(first))):
            raise InputError(f"`propensity`: {name} is {first:g} for every patient; leave it out.")
    refuse_dependent(names, standard, what="propensity")
    design = np.column_stack([np.ones(treated.size), standard])
    sign = np.where(treated, 1.0, -1.0)
    start = np.zeros(design.shape[1])
    likelihood = logistic(design, treated.astype(float))
    end = minimise(likelihood, start, penalty=np.zeros(start.size), limit=FARTHEST)
    if np.max(np.abs(end.gradient)) > BALANCE or _has_no_maximum(end, design, sign):
        raise InputError(
            f"`propensity`: {', '.join(names)} separate the arms, so that the probability of "
            "treatment is 0 or 1 for some patients; leave a covariate out."
        )
    return np.asarray(1.0 + np.exp(-sign * (design @ end.at)))


def _has_no_maximum(end: Local, design: FloatArray, sign: FloatArray) -> bool:
    """Whether the iteration ended where the likelihood still rises, ever more slowly.

    Along a direction that separates the arms gradient and curvature vanish together, so that
    a gradient of almost 0 with a curvature that is not is a maximum; else a linear programme
    tells.
    """
    flat = np.linalg.eigvalsh(end.hessian)[0] < FLAT
    return bool(flat and _separates(design * sign[:, None]))


def _separates(signed: FloatArray) -> bool:
    """Whether a combination of the columns is at least 0 for all rows and above 0 for some.

    Then the likelihood of the logistic regression has no maximum (Albert and Anderson 1984).
    """
    solution = linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(signed.shape[0]), bounds=(-1, 1)
    )
    return bool(solution.status != 0 or -solution.fun > 1e-7)
