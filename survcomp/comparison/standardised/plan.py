"""Imputations of a standardisation: of the arms as they are, and of resampled ones.

A `Plan` holds what every imputation needs, worked out once. Marginals are the same in each, so
the columns to be matched are the same too, up to the order in which they are joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from survcomp.adjustment.imputed.covariates import (
    Copula,
    Keys,
    Marginals,
    assign_rows,
    copula,
    draw_ranks,
    marginals,
)
from survcomp.adjustment.imputed.joint_effects import JointEffects, as_published, joint_effects
from survcomp.adjustment.imputed.usable_effects import EffectChoice
from survcomp.adjustment.weighting.maic import maic_weights
from survcomp.adjustment.weighting.matching import Column, columns_for
from survcomp.comparison.reweighting.batched import batched_weights
from survcomp.comparison.standardised.settings import Standardisation, Weighted
from survcomp.errors import InfeasibleTargetError, InputError
from survcomp.estimation.cox.weighted import weighted_cox, weighted_log_hr
from survcomp.values.checks import BoolArray, FloatArray, read_only_matrix
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.prognostic.correlation import Correlation
from survcomp.values.weights import effective_sample_size

IntArray = NDArray[np.intp]

MOST_FAILED = 0.2
"""More failures than this share would choose the result by what happens to be reachable."""


class Arm(NamedTuple):
    """Outcomes of one data set of an arm: ascending, events before censorings at a tie."""

    time: FloatArray
    event: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """Everything an imputation needs.

    `columns` are the sorted values of the matched columns, less their targets and in
    standard deviations; `column_of` says which covariate each belongs to.
    """

    choice: EffectChoice
    mine: tuple[Arm, ...]
    others: tuple[Arm, ...]
    weighted: Weighted
    marginals: Marginals
    joined: Copula
    effects: JointEffects
    columns: FloatArray
    column_of: IntArray
    some_ipd: IPD
    target: Population
    correlation: Correlation | None


def make_plan(
    asked: Standardisation,
    choice: EffectChoice,
    mine: tuple[IPD, ...],
    others: tuple[IPD, ...],
    rng: np.random.Generator,
) -> Plan:
    """What every imputation needs, from the effects that were chosen."""
    names = [effect.covariate for effect in choice.usable]
    published = marginals(asked.baseline, names, n=mine[0].n)
    correlation = asked.correlation if len(names) > 1 else None
    joined = copula(published, correlation)
    some_ipd = replace(mine[0], covariate_names=published.names, covariate_values=published.values)
    matched = columns_for(some_ipd, asked.target, names)
    _refuse_constant(matched)
    arms = tuple(_outcomes(ipd) for ipd in mine)
    return Plan(
        choice=choice,
        mine=arms,
        others=tuple(_outcomes(ipd) for ipd in others),
        weighted=asked.weighted,
        marginals=published,
        joined=joined,
        effects=_effects(choice, arms, published, joined, rng),
        columns=np.column_stack([(c.values - c.target) / c.values.std() for c in matched]),
        column_of=np.array([names.index(c.covariate) for c in matched], dtype=np.intp),
        some_ipd=some_ipd,
        target=asked.target,
        correlation=correlation,
    )


def _refuse_constant(matched: Sequence[Column]) -> None:
    for column in matched:
        if column.values.std() == 0:
            raise InfeasibleTargetError(
                f"{column.name}: the target is out of the range of the baseline's published spread."
            )


def _effects(
    choice: EffectChoice,
    arms: Sequence[Arm],
    published: Marginals,
    joined: Copula,
    rng: np.random.Generator,
) -> JointEffects:
    if choice.model == "multivariable":
        return as_published(choice.usable, words="multivariable effects as published")
    if len(choice.usable) == 1:
        return as_published(choice.usable, words="the univariable effect of one covariate")
    return joint_effects(choice.usable, arms, published, joined, rng=rng)


def _outcomes(ipd: IPD) -> Arm:
    order = np.lexsort((~ipd.event, ipd.time))
    return Arm(ipd.time[order], ipd.event[order])


def _resampled(arm: Arm, rng: np.random.Generator) -> Arm:
    """The arm's patients drawn with replacement, still in order."""
    picked = np.sort(rng.integers(arm.time.size, size=arm.time.size))
    return Arm(arm.time[picked], arm.event[picked])


class _Pair(NamedTuple):
    """Two arms end to end, the weighted one first."""

    mine: Arm
    time: FloatArray
    event: BoolArray
    treated: BoolArray

    @classmethod
    def of(cls, plan: Plan, mine: Arm, other: Arm) -> _Pair:
        is_mine = np.arange(mine.time.size + other.time.size) < mine.time.size
        return cls(
            mine,
            np.r_[mine.time, other.time],
            np.r_[mine.event, other.event],
            is_mine if plan.weighted == "treatment" else ~is_mine,
        )


class _Imputed(NamedTuple):
    """Rows of covariates with their weights, and the keys by which patients get them."""

    rows: FloatArray
    weights: FloatArray
    keys: Keys


def _impute(plan: Plan, rng: np.random.Generator) -> _Imputed:
    ranks = draw_ranks(plan.marginals.n, plan.joined, rng)
    keys = Keys.draw(plan.marginals.n, rng)
    z = plan.columns[ranks[:, plan.column_of], np.arange(plan.column_of.size)]
    rows = plan.marginals.values[ranks, np.arange(ranks.shape[1])]
    weights = batched_weights(z, np.ones((1, z.shape[0])), start=np.zeros(z.shape[1]))
    if not weights.reached[0]:
        raise InfeasibleTargetError(f"no weights of {z.shape[0]} imputed rows reach the target.")
    return _Imputed(rows, weights.value[0], keys)


def _weights_of(pair: _Pair, imputed: _Imputed, beta: FloatArray) -> FloatArray:
    """Weight of every patient of a pair, 1 for those who are not weighted."""
    given = assign_rows(pair.mine.event, imputed.rows @ beta, imputed.keys)
    return np.append(imputed.weights[given], np.ones(pair.time.size - given.size))


class Fits(NamedTuple):
    """Log hazard ratios and robust variances of imputations, and the mean ESS of the weights.

    Arrays of shape (imputations, scales), NaN where there is no fit.
    """

    log_hr: FloatArray
    variance: FloatArray
    ess: float


def impute_as_they_are(
    plan: Plan, scales: Sequence[float], m: int, rng: np.random.Generator
) -> Fits:
    """M imputations of the arms as they are, under each scale of the effects."""
    log_hr, variance = np.full((m, len(scales)), np.nan), np.full((m, len(scales)), np.nan)
    ess = []
    for number, rng_of_one in enumerate(rng.spawn(m)):
        pair = _Pair.of(
            plan, plan.mine[number % len(plan.mine)], plan.others[number % len(plan.others)]
        )
        beta = plan.effects.redraw(rng_of_one)
        try:
            imputed = _impute(plan, rng_of_one)
            fits = [
                weighted_cox(
                    pair.time, pair.event, pair.treated, _weights_of(pair, imputed, scale * beta)
                )
                for scale in scales
            ]
        except (InfeasibleTargetError, InputError):
            continue  # counted as failed
        ess.append(effective_sample_size(imputed.weights))
        log_hr[number] = [fit.log_hr for fit in fits]
        variance[number] = [fit.se_robust**2 for fit in fits]
    _check_failures(plan, int(np.isnan(log_hr[:, 0]).sum()), m, "imputations")
    return Fits(log_hr, variance, float(np.mean(ess)))


def impute_resampled(
    plan: Plan, scales: Sequence[float], replicates: int, rng: np.random.Generator
) -> FloatArray:
    """Log hazard ratios of shape (replicates, 2 imputations, factors); NaN where none."""
    out = np.full((replicates, 2, len(scales)), np.nan)
    for number, rng_of_one in enumerate(rng.spawn(replicates)):
        mine = plan.mine[rng_of_one.integers(len(plan.mine))]
        other = plan.others[rng_of_one.integers(len(plan.others))]
        pair = _Pair.of(plan, _resampled(mine, rng_of_one), _resampled(other, rng_of_one))
        beta = plan.effects.redraw(rng_of_one)
        try:
            out[number] = [_log_hrs(plan, pair, scales, beta, rng_of_one) for _ in range(2)]
        except (InfeasibleTargetError, InputError):
            continue  # counted as failed
    _check_failures(plan, int(np.isnan(out[:, 0, 0]).sum()), replicates, "replicates")
    return out


def _log_hrs(
    plan: Plan, pair: _Pair, scales: Sequence[float], beta: FloatArray, rng: np.random.Generator
) -> list[float]:
    imputed = _impute(plan, rng)
    return [
        weighted_log_hr(
            pair.time, pair.event, pair.treated, _weights_of(pair, imputed, scale * beta)
        )
        for scale in scales
    ]


def _check_failures(plan: Plan, failed: int, of: int, what: str) -> None:
    if failed <= MOST_FAILED * of:
        return
    _explain(plan)
    raise InfeasibleTargetError(
        f"{failed} of {of} {what} have no weights that reach {plan.target.name}, or no finite "
        "hazard ratio; use fewer covariates."
    )


def _explain(plan: Plan) -> None:
    """Let `maic_weights` say what is out of reach, on rows that are made as all others."""
    ranks = draw_ranks(plan.marginals.n, plan.joined, np.random.default_rng(0))
    rows = plan.marginals.values[ranks, np.arange(ranks.shape[1])]
    values = read_only_matrix(list(rows.T), columns=rows.shape[1])
    ipd = replace(plan.some_ipd, covariate_values=values)
    maic_weights(ipd, plan.target, match=list(plan.marginals.names))
