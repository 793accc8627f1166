"""Rows of covariates that stand for a target population, for a model to predict in.

Published baselines give marginals only. Rows are made with those marginals exactly, and with
the correlations of one's own patients through a Gaussian copula: that the two populations go
together alike is an assumption, and the result of any prediction rests on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from survcomp.adjustment.imputed.covariates import copula, draw_ranks, marginals
from survcomp.adjustment.weighting.matching import check_binary, covariate_of
from survcomp.errors import InputError
from survcomp.values.basis import Basis
from survcomp.values.checks import (
    FloatArray,
    Rng,
    check_count,
    check_text,
    generator,
    read_only_matrix,
)
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.prognostic.correlation import Correlation
from survcomp.values.shown import in_a_line, in_a_table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TargetCovariates:
    """Covariates of N patients of a target population.

    Attributes
    ----------
    names : tuple of str
        The p covariates.
    values : ndarray of shape (N, p)
        One row a patient.
    population : str
        Name of the target.
    basis : Basis
        Who is counted in it.
    method : str
        How the rows were made, in words.
    assumptions, notes : tuple of str
        What must hold for the rows to be those of the target, and remarks.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 33, 3), "pfs": 1,
    ...                       "age": [44, 51, 55, 58, 60, 63, 66, 68, 71, 75]})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="my drug")
    >>> theirs = sc.adjustment.TargetCovariates.from_ipd(mine, covariates=["age"], population="A")
    >>> theirs.names, theirs.values.shape
    (('age',), (10, 1))
    """

    names: tuple[str, ...]
    values: FloatArray
    population: str
    method: str
    basis: Basis = field(default_factory=Basis)
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_text(self.population, name="target.population")
        if not self.names or len(set(self.names)) != len(self.names):
            raise InputError(
                "`target.names` must be one covariate at least, each once; got "
                f"{', '.join(self.names) or 'none'}."
            )
        if self.values.ndim != 2 or self.values.shape[1] != len(self.names):
            raise InputError(
                f"`target.values` must have {len(self.names)} columns; got {self.values.shape}."
            )
        if not self.values.size or not np.all(np.isfinite(self.values)):
            raise InputError("`target.values` must be at least one row of finite numbers.")

    @classmethod
    def from_ipd(cls, ipd: IPD, *, covariates: Sequence[str], population: str) -> TargetCovariates:
        """The covariates of observed patients, where those of the target are known."""
        return cls(
            names=tuple(covariates),
            values=covariate_matrix(ipd, covariates),
            population=population,
            basis=ipd.basis,
            method=f"covariates of {ipd.n} patients",
        )

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def covariate_matrix(ipd: IPD, names: Sequence[str]) -> FloatArray:
    """Covariates of the patients, of shape (n, p).

    Raises
    ------
    InputError
        If a covariate is not in the IPD or is missing for some; they are counted.
    """
    columns = [covariate_of(ipd, name) for name in names]
    for name, column in zip(names, columns, strict=True):
        missing = int(np.isnan(column).sum())
        if missing:
            raise InputError(
                f"{name} is missing for {missing} of {ipd.n} patients; impute it beforehand or "
                "leave it out."
            )
    return read_only_matrix(columns, columns=len(columns))


def simulate_target(
    population: Population,
    ipd: IPD,
    *,
    covariates: Sequence[str],
    rng: Rng,
    n: int = 1000,
) -> TargetCovariates:
    """Rows with a population's marginals exactly and the correlations of one's own patients.

    Parameters
    ----------
    population : Population
        The target, with a proportion, a mean and SD, or a median with its spread of each
        covariate.
    ipd : IPD
        Patients whose correlations the target is taken to have.
    covariates : sequence of str
        Covariates of the outcome model.
    rng : Generator
        Source of the copula's normal scores.
    n : int
        Number of rows.

    Returns
    -------
    TargetCovariates

    Raises
    ------
    InputError
        If the moments do not give a distribution, a covariate is missing, constant or, where
        the target has a proportion, not 0 or 1 in the IPD.
    NotFoundError
        If the population says nothing about a covariate.

    References
    ----------
    Remiro-Azocar A, Heath A, Baio G (2022), Res Synth Methods 13:716.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from survcomp import IPD, SD, Mean, Population, Proportion, simulate_target
    >>> frame = pd.DataFrame({"t": 1.0, "e": 1, "age": [50, 60, 55, 65], "male": [0, 1, 1, 0]})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["age", "male"])
    >>> population = Population.from_moments(
    ...     [Mean(name="age", value=61), SD(name="age", value=9),
    ...      Proportion(name="male", value=0.6)], n=80, name="B's trial")
    >>> target = simulate_target(population, ipd, covariates=["age", "male"],
    ...                          rng=np.random.default_rng(1), n=500)
    >>> target.values.mean(axis=0).round(6).tolist()
    [61.0, 0.6]
    """
    check_count(n, name="n", at_least=2)
    numbers = generator(rng)
    x = covariate_matrix(ipd, covariates)
    for name, column in zip(covariates, x.T, strict=True):
        if any(moment.kind == "proportion" for moment in population.named(name)):
            check_binary(name, column)
        if not column.std() > 0:
            raise InputError(f"{name} is {column[0]:g} for every patient of the IPD; leave it out.")
    marginal = marginals(population, covariates, n=n)
    correlation = None
    if len(covariates) > 1:
        correlation = Correlation.from_rows(
            covariates, np.asarray(np.corrcoef(x, rowvar=False), float), source="one's own patients"
        )
    joined = copula(marginal, correlation)
    ranks = draw_ranks(n, joined, numbers)
    return TargetCovariates(
        names=tuple(covariates),
        values=read_only_matrix(
            [column[rank] for column, rank in zip(marginal.values.T, ranks.T, strict=True)],
            columns=len(covariates),
        ),
        population=population.name,
        basis=population.basis,
        method=f"{n} simulated patients, published marginals, Gaussian copula",
        assumptions=(
            f"The covariates go together in {population.name} as in one's own patients, and have "
            "there the shapes that the published moments are taken to mean.",
        ),
        notes=(
            f"Correlations of the simulated patients are within {joined.departure:.3f} of those "
            "asked for, before sampling.",
        )
        if joined.departure > 0.005
        else (),
    )
