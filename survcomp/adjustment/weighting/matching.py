"""Which columns of the IPD must have which weighted mean, for a population's moments.

A proportion or a mean asks for the column itself. An SD asks for the squared distance from
the target's mean m to have the mean s^2, which together with the mean is what all published
implementations ask of the column squared (the weighted variance has divisor sum(w)). A
median or another quantile asks for the right share of the weight above it; patients at the
value itself count as not above (the rule of maicplus), or one half of them as above (the
rule of maic), as the moment says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import SD, Median, Moment, Population, Quantile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """One column to balance.

    Attributes
    ----------
    name : str
        Covariate and kind of moment, such as "age (mean)".
    covariate, kind : str
        The two apart.
    expression : str
        The column as a function of the covariate, such as "(age - 62)^2".
    values : ndarray of shape (n,)
        The column, one value a patient.
    target : float
        Mean that it must have after weighting.
    """

    name: str
    covariate: str
    kind: str
    expression: str
    values: FloatArray
    target: float


def moments_for(
    ipd: IPD, population: Population, match: Sequence[str]
) -> tuple[tuple[Moment, ...], ...]:
    """Moments that each entry of `match` asks for, one tuple an entry.

    An entry is a covariate, for every moment that the population states of it, or one
    moment of a covariate as in "age (mean)".

    Raises
    ------
    InputError
        If `match` is empty or names a moment twice, the IPD lacks a covariate, or an SD is
        matched without its mean.
    NotFoundError
        If the population says nothing about a covariate.
    """
    if isinstance(match, str) or not match:
        raise InputError(
            f"`match` must be a list that names at least one covariate to match on; got {match!r}."
        )
    for name, value, wanted in (("ipd", ipd, IPD), ("population", population, Population)):
        if not isinstance(value, wanted):
            raise InputError(
                f"`{name}` must be of type {wanted.__name__}; got {type(value).__name__}."
            )
    single = {column_name(moment): moment for moment in population.moments}
    asked = tuple(
        (single[entry],) if entry in single else population.named(entry) for entry in match
    )
    names = [column_name(moment) for moments in asked for moment in moments]
    if len(set(names)) != len(names):
        raise InputError(f"`match` names a covariate twice: {', '.join(match)}.")
    for moment in (moment for moments in asked for moment in moments):
        covariate_of(ipd, moment.name)
        if moment.kind == "SD" and f"{moment.name} (mean)" not in names:
            raise InputError(f"the SD of {moment.name!r} can only be matched with its mean.")
    return asked


def column_name(moment: Moment) -> str:
    """Such as "age (mean)"."""
    return f"{moment.name} ({moment.kind})"


def columns_for(
    ipd: IPD,
    population: Population,
    match: Sequence[str],
    *,
    rows: BoolArray | None = None,
) -> tuple[Column, ...]:
    """Columns for the moments that `match` asks for.

    Parameters
    ----------
    ipd : IPD
        The patients.
    population : Population
        The target.
    match : sequence of str
        Covariates, or single moments such as "age (mean)".
    rows : ndarray of shape (n,), bool, optional
        Patients to take; all when left out.

    Returns
    -------
    tuple of Column
        In the order of `match`, and of the moments of the population within a covariate.

    Raises
    ------
    InputError
        As `moments_for`; and if the column of a proportion is not 0/1, or a value is missing.
    NotFoundError
        If the population says nothing about a covariate.
    """
    columns: list[Column] = []
    for moments in moments_for(ipd, population, match):
        values = covariate_of(ipd, moments[0].name)
        values = values if rows is None else values[rows]
        columns += [_column(moment, values, population) for moment in moments]
    return tuple(columns)


def covariate_of(ipd: IPD, name: str, *, argument: str = "match") -> FloatArray:
    """One covariate of every patient, of shape (n,); NaN where it is missing."""
    if name not in ipd.covariate_names:
        known = ", ".join(ipd.covariate_names) or "none"
        raise InputError(f"`{argument}`: the IPD has no covariate {name!r}; it has {known}.")
    return np.asarray(ipd.covariate_values[:, ipd.covariate_names.index(name)])


def share_above(values: FloatArray, moment: Median | Quantile) -> FloatArray:
    """1 for patients above the quantile, 0 below, and at it as the moment's tie rule says."""
    above = (values > moment.value).astype(float)
    if moment.ties == "half":
        above += 0.5 * (values == moment.value)
    return above


def target_above(moment: Median | Quantile) -> float:
    """Share of the weight that must lie above the quantile."""
    return 1.0 - moment.probability if isinstance(moment, Quantile) else 0.5


def _column(moment: Moment, values: FloatArray, population: Population) -> Column:
    if np.isnan(values).any():
        raise InputError(
            f"covariate {moment.name!r} is missing for {int(np.isnan(values).sum())} of "
            f"{values.size} patients."
        )
    expression, column, target = moment.name, values, moment.value
    if moment.kind == "proportion":
        check_binary(moment.name, values)
    elif isinstance(moment, SD):
        mean = next(m.value for m in population.named(moment.name) if m.kind == "mean")
        expression = f"({moment.name} - {mean:g})^2"
        column, target = (values - mean) ** 2, moment.with_divisor_n(population.n) ** 2
    elif isinstance(moment, Median | Quantile):
        expression = f"[{moment.name} > {moment.value:g}]"
        column, target = share_above(values, moment), target_above(moment)
    return Column(
        name=column_name(moment),
        covariate=moment.name,
        kind=moment.kind,
        expression=expression,
        values=column,
        target=target,
    )


def check_binary(name: str, values: FloatArray) -> None:
    """Raise unless every value is 0 or 1."""
    other = values[(values != 0) & (values != 1)]
    if other.size:
        raise InputError(
            f"covariate {name!r} must be 0 or 1 to match a proportion; it holds "
            f"{float(other[0])!r}."
        )
