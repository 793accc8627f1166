"""What every kind of weights starts from: who is weighted, and on which columns.

Columns are centred at the target and scaled to unit standard deviation, so that neither
units nor large numbers matter. Patients are left out only on request, and it is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import qr

from survcomp.adjustment.weighting.matching import (
    Column,
    check_binary,
    column_name,
    columns_for,
    covariate_of,
    moments_for,
)
from survcomp.errors import InfeasibleTargetError, InputError
from survcomp.values.checks import BoolArray, FloatArray, check_option, read_only
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Moment, Population
from survcomp.values.weights import Weights

Leave = Literal["refuse", "exclude"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatchingProblem:
    """Patients and the columns that they are to be weighted on.

    Attributes
    ----------
    ipd : IPD
        All patients, N of them.
    population : Population
        The target.
    weighted : ndarray of shape (N,), bool
        Patients who are not left out, n of them.
    columns : tuple of Column
        The p columns, of the n patients.
    spread : ndarray of shape (p,)
        Their standard deviations (divisor n).
    z : ndarray of shape (n, p)
        The columns less their targets, over their standard deviations: the weighted mean of
        each must be 0.
    matched_by_exclusion, notes : tuple of str
        For `Weights`.
    """

    ipd: IPD
    population: Population
    weighted: BoolArray
    columns: tuple[Column, ...]
    spread: FloatArray
    z: FloatArray
    matched_by_exclusion: tuple[str, ...]
    notes: tuple[str, ...]

    def weights(
        self, value: FloatArray, *, coefficients: FloatArray, method: str, notes: Sequence[str] = ()
    ) -> Weights:
        """Make `Weights` of those of the n patients (n,) and coefficients of `z` (p,)."""
        everybody = np.zeros(self.ipd.n)
        everybody[self.weighted] = value
        return Weights(
            id=self.ipd.id,
            value=read_only(everybody, name="weights"),
            population=self.population.name,
            basis=self.population.basis,
            coefficients=tuple(
                (c.name, float(a / s))
                for c, a, s in zip(self.columns, coefficients, self.spread, strict=True)
            ),
            largest_imbalance=float(np.max(np.abs(value @ self.z), initial=0.0) / value.sum()),
            method=method,
            excluded=tuple(self.ipd.id[i] for i in np.flatnonzero(~self.weighted)),
            matched_by_exclusion=self.matched_by_exclusion,
            notes=(*self.notes, *notes),
            made_for=self.ipd,
        )


def matching_problem(
    ipd: IPD,
    population: Population,
    match: Sequence[str],
    *,
    all_or_none: Leave = "refuse",
    missing: Leave = "refuse",
    also_needed: Sequence[str] = (),
) -> MatchingProblem:
    """Check the inputs of a weighting, leave out who is to be left out, centre and scale.

    Parameters
    ----------
    ipd, population, match
        As for `maic_weights`.
    all_or_none, missing : {"refuse", "exclude"}
        As for `maic_weights`.
    also_needed : sequence of str
        Covariates that must be known though they are not matched.

    Raises
    ------
    InputError
        As `columns_for`; and if a column is constant or follows from others, a covariate has
        missing values that may not be left out, or nobody would remain.
    InfeasibleTargetError
        If everybody or nobody in the target has a characteristic, patients differ, and they
        may not be left out.
    NotFoundError
        If the population says nothing about a covariate.
    """
    check_option(all_or_none, Leave, name="all_or_none")
    check_option(missing, Leave, name="missing")
    asked = moments_for(ipd, population, match)
    needed = [*(moments[0].name for moments in asked), *also_needed]
    weighted, notes = _without_missing(ipd, needed, missing)
    extremes = [m for moments in asked for m in moments if _is_extreme(m)]
    for moment in extremes:
        weighted, note = _without_different(ipd, moment, weighted, all_or_none)
        notes += note
    left = [
        column_name(m) for moments in asked for m in moments if not any(m is e for e in extremes)
    ]
    columns = columns_for(ipd, population, left, rows=weighted) if left else ()
    x = np.empty((int(weighted.sum()), len(columns)))
    for j, column in enumerate(columns):
        x[:, j] = column.values
    standard, spread = standardise(x)
    _refuse_constant(columns, spread)
    refuse_dependent([column.name for column in columns], standard, what="match")
    off = x.mean(axis=0) - [column.target for column in columns]
    return MatchingProblem(
        ipd=ipd,
        population=population,
        weighted=weighted,
        columns=columns,
        spread=spread,
        z=standard + off / spread,
        matched_by_exclusion=tuple(column_name(moment) for moment in extremes),
        notes=tuple(notes),
    )


def standardise(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Columns (n, p) with mean 0 and standard deviation 1, and what it was (p,).

    The standard deviation has the divisor n; columns without one come out as 0.
    """
    centred = x - x.mean(axis=0)
    spread = np.sqrt(np.mean(centred**2, axis=0))
    return centred / np.where(spread > 0, spread, 1.0), spread


def _is_extreme(moment: Moment) -> bool:
    return moment.kind == "proportion" and moment.value in (0.0, 1.0)


def _without_missing(
    ipd: IPD, needed: Sequence[str], missing: Leave
) -> tuple[BoolArray, list[str]]:
    """Patients with every needed covariate, and words about the others."""
    if not np.isnan(ipd.covariate_values).any():
        return np.ones(ipd.n, dtype=bool), []
    gaps = {name: np.isnan(covariate_of(ipd, name)) for name in needed}
    counted = {name: int(gap.sum()) for name, gap in gaps.items() if gap.any()}
    if not counted:
        return np.ones(ipd.n, dtype=bool), []
    for name, count in counted.items():
        if count == ipd.n:
            raise InputError(f"{name} is missing for all {ipd.n} patients; leave it out.")
    known = ~np.logical_or.reduce(list(gaps.values()))
    words = ", ".join(f"{name} of {count}" for name, count in counted.items())
    what = f"{int((~known).sum())} of {ipd.n} patients have missing values ({words})"
    if missing == "refuse":
        raise InputError(
            f"{what}; impute them beforehand, leave the covariate out, or leave these patients "
            "out with missing='exclude'."
        )
    if not known.any():
        raise InputError(f"{what}: nobody would remain.")
    return known, [f"Left out: {what}."]


def _without_different(
    ipd: IPD, moment: Moment, weighted: BoolArray, all_or_none: Leave
) -> tuple[BoolArray, list[str]]:
    """Patients who are as everybody in the target is, and words about the others."""
    values = covariate_of(ipd, moment.name)
    check_binary(moment.name, values[weighted])
    same = weighted & (values == moment.value)
    kept, total = int(same.sum()), int(weighted.sum())
    if kept == total:
        return weighted, []
    what = f"everybody in the target has {moment.name} = {moment.value:g}"
    if all_or_none == "refuse":
        raise InfeasibleTargetError(
            f"{what}; keep only such patients in the IPD ({kept} of {total}), not matching on "
            "it, or leave the others out with all_or_none='exclude'."
        )
    if kept == 0:
        raise InfeasibleTargetError(f"{what}, and none of the {total} patients has.")
    return same, [f"Left out: {total - kept} of {ipd.n} patients, for {what}."]


def _refuse_constant(columns: tuple[Column, ...], spread: FloatArray) -> None:
    for column, s in zip(columns, spread, strict=True):
        if s <= 1e-12 * max(1.0, abs(float(column.values[0]))):
            raise InputError(
                f"{column.name} is {float(column.values[0]):g} for every patient and cannot be "
                f"weighted to {column.target:g}; leave it out of `match`."
            )


def refuse_dependent(names: Sequence[str], x: FloatArray, *, what: str) -> None:
    """Raise if a column follows from the others, naming it and them.

    Parameters
    ----------
    names : sequence of str
        Names of the p columns.
    x : ndarray of shape (n, p)
        The columns, with mean 0 and standard deviation 1.
    what : str
        The argument that names them, for the message.
    """
    n, p = x.shape
    if p == 0:
        return
    # the smallest eigenvalue is the square of the smallest singular value: far above the
    # square root of the rounding error there is nothing that the decomposition could find
    if n > p and np.linalg.eigvalsh(x.T @ x / n)[0] > 1e-6:
        return
    _, r, pivot = qr(x, mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(r))
    rank = int(np.sum(diagonal > 1e-9 * diagonal[0]))
    if rank == p:
        return
    extra = sorted(int(i) for i in pivot[rank:])
    if p >= n:
        raise InputError(
            f"`{what}`: {', '.join(names[i] for i in extra)} follow(s) from the other columns: "
            f"there are {p} of them, more columns than the {n} patients allow."
        )
    kept = [int(i) for i in pivot[:rank]]
    raise InputError(
        f"`{what}`: "
        + "; ".join(_follows(x, i, kept, names) for i in extra)
        + " (for example all levels of one factor); leave it out."
    )


def _follows(x: FloatArray, extra: int, kept: list[int], names: Sequence[str]) -> str:
    share = np.linalg.lstsq(x[:, kept], x[:, extra], rcond=None)[0]
    others = [names[i] for i, s in zip(kept, share, strict=True) if abs(s) > 1e-6]
    return f"{names[extra]} follow(s) from the other columns {', '.join(others)}"
