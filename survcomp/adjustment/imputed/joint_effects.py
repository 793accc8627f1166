"""The joint effects that imputation needs, from what is published.

Multivariable effects are used as they are. Univariable ones of correlated covariates count
twice what the covariates share: the joint effects behind them are those under which imputed
data give the published univariable effects back on average, found by a fixed point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survcomp.adjustment.imputed.covariates import Copula, Keys, Marginals, assign_rows, draw_ranks
from survcomp.errors import InputError
from survcomp.estimation.cox.covariates import univariable_log_hrs
from survcomp.values.checks import BoolArray, FloatArray, read_only
from survcomp.values.prognostic.effects import PrognosticEffect

SETS = 100
"""Imputed data sets whose univariable effects have to agree with what is published."""

AGREES = 0.005
"""Largest accepted difference, in log hazard ratios a standard deviation."""

TURNS = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointEffects:
    """Effects of p covariates in one model, with their uncertainty.

    Attributes
    ----------
    covariates : tuple of str
        Their names.
    log_hr : ndarray of shape (p,)
        Joint log hazard ratios, each for one unit more of its covariate.
    root : ndarray of shape (p, p)
        B with B B' the covariance of the errors of `log_hr`.
    words : str
        How they were got, for the result.
    """

    covariates: tuple[str, ...]
    log_hr: FloatArray
    root: FloatArray
    words: str

    def redraw(self, rng: np.random.Generator) -> FloatArray:
        """One draw of the effects within their uncertainty, of shape (p,)."""
        return np.asarray(self.log_hr + self.root @ rng.standard_normal(self.log_hr.size))


def as_published(effects: Sequence[PrognosticEffect], *, words: str) -> JointEffects:
    """Effects used as they are, with independent errors."""
    return JointEffects(
        covariates=tuple(effect.covariate for effect in effects),
        log_hr=read_only([effect.log_hr for effect in effects], name="effects"),
        root=np.diag([effect.se for effect in effects]),
        words=words,
    )


def joint_effects(
    effects: Sequence[PrognosticEffect],
    patients: Sequence[tuple[FloatArray, BoolArray]],
    marginal: Marginals,
    joined: Copula,
    *,
    rng: np.random.Generator,
) -> JointEffects:
    """Joint effects whose imputed data have the published univariable ones on average.

    Parameters
    ----------
    effects : sequence of PrognosticEffect
        Univariable, in the order of the marginals' columns.
    patients : sequence of (time, event)
        Data sets to impute to, such as the draws of one arm; ascending in time, events
        before censorings at a tie.
    marginal : Marginals
        The covariates' values.
    joined : Copula
        How they go together.
    rng : Generator
        The same generator gives the same effects.

    Returns
    -------
    JointEffects
        Errors follow the published standard errors to first order; those of one source are
        correlated as the covariates are.

    Raises
    ------
    InputError
        If no joint effects give the published ones, as when these contradict the correlation.

    Notes
    -----
    In standard deviations of the covariates, univariable effects are about C times the joint
    ones, C being the covariates' correlation, so that the turn is
    beta <- beta + C^-1 (published - imputed). The imputed ones are those of 100 imputed data
    sets as strata of one model; every turn uses the same random numbers.
    """
    spread = marginal.values.std(axis=0)
    published = np.array([effect.log_hr for effect in effects]) * spread
    seeds = rng.bit_generator.seed_seq.spawn(SETS)  # type: ignore[attr-defined]
    c = _mean_correlation(marginal, joined, seeds)
    beta = np.linalg.solve(c, published)
    for _ in range(TURNS):
        gap = published - _imputed_univariable(beta / spread, patients, marginal, joined, seeds)
        if np.abs(gap).max() <= AGREES:
            break
        beta = beta + np.linalg.solve(c, gap)
        if not np.abs(beta).max() < 10.0:
            raise _contradiction(effects)
    else:
        raise _contradiction(effects)
    return JointEffects(
        covariates=marginal.names,
        log_hr=read_only(beta / spread, name="joint effects"),
        root=_root(effects, c, spread),
        words="joint effects under which imputed data have the published univariable ones",
    )


def _contradiction(effects: Sequence[PrognosticEffect]) -> InputError:
    return InputError(
        "no joint effects give the published univariable ones: "
        f"{', '.join(map(str, effects))} and the correlation do not fit together."
    )


def _mean_correlation(
    marginal: Marginals, joined: Copula, seeds: Sequence[np.random.SeedSequence]
) -> FloatArray:
    columns = np.arange(len(marginal.names))
    tables = []
    for seed in seeds:
        ranks = draw_ranks(marginal.n, joined, np.random.default_rng(seed))
        tables.append(np.corrcoef(marginal.values[ranks, columns], rowvar=False))
    return np.asarray(np.mean(tables, axis=0))


def _imputed_univariable(
    beta: FloatArray,
    patients: Sequence[tuple[FloatArray, BoolArray]],
    marginal: Marginals,
    joined: Copula,
    seeds: Sequence[np.random.SeedSequence],
) -> FloatArray:
    """Univariable effects common to the imputed data sets, a standard deviation."""
    columns = np.arange(len(marginal.names))
    times, events, rows = [], [], []
    for number, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        time, event = patients[number % len(patients)]
        covariates = marginal.values[draw_ranks(marginal.n, joined, rng), columns]
        given = assign_rows(event, covariates @ beta, Keys.draw(marginal.n, rng))
        times.append(time)
        events.append(event)
        rows.append(covariates[given])
    pooled = univariable_log_hrs(
        np.concatenate(times),
        np.concatenate(events),
        np.concatenate(rows),
        stratum=np.repeat(np.arange(len(seeds)), marginal.n),
    )
    return np.asarray(pooled * marginal.values.std(axis=0))


def _root(effects: Sequence[PrognosticEffect], c: FloatArray, spread: FloatArray) -> FloatArray:
    """Root of the joint effects' covariance, by the delta method through beta = C^-1 b.

    Scores of one set of patients are correlated as the covariates are; other patients' are
    independent.
    """
    sources = np.array([effect.source for effect in effects])
    together = np.where(sources[:, None] == sources[None, :], c, 0.0)
    published = np.diag([effect.se for effect in effects] * spread) @ np.linalg.cholesky(together)
    return np.asarray(np.linalg.solve(c, published) / spread[:, None])
