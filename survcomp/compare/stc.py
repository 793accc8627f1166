"""Simulated treatment comparison (STC): the target's means put into an outcome model.

With covariates centred at the target's means, the coefficient of the arm is the effect for a
patient who has all of them. It is conditional on the covariates of the model. Odds ratios and
hazard ratios are not collapsible: the effect in the population as a whole, which trials
publish, is another number even if the model holds, and nearer to 1. So a conditional effect
is not set beside a marginal one unless that is named, and G-computation is there to avoid it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from survcomp.adjust.matching import check_binary, covariate_of
from survcomp.adjust.target_covariates import TargetCovariates
from survcomp.compare.anchored_maic import anchor_se, other_arm
from survcomp.compare.bootstrap_draws import Resampling
from survcomp.compare.bucher import bucher
from survcomp.compare.cox import PROPORTIONAL, interval_label
from survcomp.compare.g_computation import (
    TwoArmDesign,
    check_binary_response,
    unanchored_g_computation,
    unanchored_g_computation_response,
)
from survcomp.compare.modelled_effect import (
    ANCHORED_MODELLED,
    MODEL_HOLDS,
    AnchoredModel,
    ResponseMeasure,
    SurvivalEffect,
    anchored_result,
    wald,
)
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimate.outcome_models import BinaryModel, Logistic
from survcomp.estimate.survival_models import Cox, SurvivalModel
from survcomp.values.checks import read_only_matrix
from survcomp.values.contrast import Contrast, Measure
from survcomp.values.ipd import IPD
from survcomp.values.moments import Mean, Proportion
from survcomp.values.outcome import PatientOutcome
from survcomp.values.population import Population
from survcomp.values.response import Response

CONDITIONAL = (
    "Conditional: for a patient with the target's mean of every covariate of the model, not for "
    "its patients as a whole; an odds or hazard ratio of the two is not the same."
)
SANDWICH = "sandwich, the target's means held fixed"


def anchored_stc(
    ipd: IPD,
    published: Contrast,
    population: Population,
    *,
    treatment: str,
    outcome: str,
    covariates: Sequence[str],
    modifiers: Sequence[str],
    marginal_as_conditional: str = "",
    different_comparators: str = "",
    level: float = 0.95,
) -> AnchoredModel:
    """Conditional hazard ratio at the target's means, then Bucher to the other treatment.

    Parameters
    ----------
    ipd : IPD
        Patients of one's own trial, two arms.
    published : Contrast
        Log hazard ratio of the other treatment against the common comparator, conditional on
        the same covariates, with a standard error.
    population : Population
        The target, with a mean or proportion of each covariate.
    treatment : str
        Name of the arm of interest.
    outcome : str
        Endpoint, for the result.
    covariates : sequence of str
        Covariates of the model.
    modifiers : sequence of str
        Those of them that change the effect; may be empty.
    marginal_as_conditional : str
        If the published effect is marginal, or not said to be either: why it may stand for a
        conditional one. It is printed with the result.
    different_comparators : str
        As for `bucher`.
    level : float
        Confidence level.

    Returns
    -------
    AnchoredModel
        Conditional, with the sandwich standard error of Lin and Wei (Cox model, Breslow ties).

    Raises
    ------
    IncompatibleError
        If the published effect is not conditional and that is not named, or the two differ in
        measure or outcome, or the comparators do and that is not named.
    InputError
        If the IPD does not hold two arms, a covariate has no mean or proportion, the model
        cannot be fitted, or an assumption is named that is not needed.

    References
    ----------
    Caro JJ, Ishak KJ (2010), PharmacoEconomics 28:957. Phillippo DM et al. (2016), NICE DSU
    Technical Support Document 18. Remiro-Azocar A, Heath A, Baio G (2021), Res Synth Methods
    12:750.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10,
    ...                       "arm": ["A", "C", "C", "A"] * 10})
    >>> trial = IPD.from_frame(frame, time="t", event="e", time_unit="months", arm="arm",
    ...                        covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=300, name="B's trial")
    >>> published = Contrast.from_interval(
    ...     treatment="B", comparator="C", outcome="OS", measure="log_hr",
    ...     estimand="conditional", population="B's trial", estimate=0.8, ci_low=0.6, ci_high=1.07)
    >>> found = anchored_stc(trial, published, target, treatment="A", outcome="OS",
    ...                      covariates=["x"], modifiers=["x"])
    >>> found.indirect.estimand, found.indirect.comparator
    ('conditional', 'B')
    """
    trial = _centred(ipd, population, treatment, covariates, modifiers)
    fitted = Cox().fit(trial.x, ipd.time, ipd.event)
    arm = len(covariates)
    adjusted = _effect(
        ipd,
        population,
        treatment,
        outcome=outcome,
        measure="log_hr",
        estimate=float(fitted.coefficients[arm]),
        se=float(fitted.covariance_robust[arm, arm] ** 0.5),
        level=level,
        interval=interval_label(ipd),
        method=f"STC, {Cox().name} of {trial.terms}",
        assumptions=(PROPORTIONAL,),
    )
    return _indirect(adjusted, published, marginal_as_conditional, different_comparators, level)


def anchored_stc_response(
    ipd: IPD,
    response: PatientOutcome,
    published: Contrast,
    population: Population,
    *,
    treatment: str,
    covariates: Sequence[str],
    modifiers: Sequence[str],
    marginal_as_conditional: str = "",
    different_comparators: str = "",
    level: float = 0.95,
) -> AnchoredModel:
    """Conditional odds ratio at the target's means, then Bucher to the other treatment.

    Parameters
    ----------
    ipd, population, treatment, covariates, modifiers, marginal_as_conditional, \
different_comparators, level
        As for `anchored_stc`.
    response : PatientOutcome
        1 for responders and 0 for others, of the same patients.
    published : Contrast
        Log odds ratio, as for `anchored_stc`.

    Returns
    -------
    AnchoredModel
        Conditional, with the sandwich standard error (HC0) of a logistic regression.

    Raises
    ------
    IncompatibleError, InputError
        As for `anchored_stc`; and if the outcome is not binary.
    """
    check_binary_response(response)
    trial = _centred(ipd, population, treatment, covariates, modifiers)
    fitted = Logistic().fit(trial.x, response.for_ids(ipd.id))
    arm = len(covariates) + 1  # after the intercept
    adjusted = _effect(
        ipd,
        population,
        treatment,
        outcome=response.name,
        measure="log_or",
        estimate=float(fitted.coefficients[arm]),
        se=float(fitted.covariance[arm, arm] ** 0.5),
        level=level,
        interval="sampling error",
        method=f"STC, {Logistic().name} of {trial.terms}",
        assumptions=(),
    )
    return _indirect(adjusted, published, marginal_as_conditional, different_comparators, level)


def unanchored_stc(
    treatment: IPD,
    comparator: IPD,
    population: Population,
    *,
    outcome: str,
    covariates: Sequence[str],
    effect: SurvivalEffect,
    marginal_as_conditional: str,
    rng: np.random.Generator,
    model: SurvivalModel | None = None,
    resampling: Resampling | None = None,
    assumptions: Mapping[str, str] | None = None,
) -> Contrast:
    """Predicted survival at the target's means against the comparator's curve.

    Parameters
    ----------
    treatment, comparator, outcome, effect, rng, model, resampling, assumptions
        As for `unanchored_g_computation`.
    population : Population
        The target, with a mean or proportion of each covariate.
    covariates : sequence of str
        Covariates of the model.
    marginal_as_conditional : str
        Why the comparator's curve, which is of patients as a whole and therefore marginal, may
        stand for that of a patient with their means. Without a reason it is refused.

    Returns
    -------
    Contrast
        Conditional, under the assumption that is named.

    Raises
    ------
    IncompatibleError
        If no reason is named, or the two may not be compared.
    InputError
        As for `unanchored_g_computation`, and if a covariate has no mean or proportion.
    """
    _refuse_marginal(f"the curve of {', '.join(comparator.arms)}", marginal_as_conditional)
    found = unanchored_g_computation(
        treatment,
        comparator,
        _at_means(treatment, population, covariates),
        outcome=outcome,
        effect=effect,
        rng=rng,
        model=model,
        resampling=resampling,
        assumptions=assumptions,
    )
    return _conditional(found, marginal_as_conditional)


def unanchored_stc_response(
    ipd: IPD,
    response: PatientOutcome,
    comparator: Response,
    population: Population,
    *,
    covariates: Sequence[str],
    measure: ResponseMeasure,
    marginal_as_conditional: str,
    rng: np.random.Generator,
    model: BinaryModel | None = None,
    resampling: Resampling | None = None,
    assumptions: Mapping[str, str] | None = None,
) -> Contrast:
    """Predicted response at the target's means against a published rate.

    Parameters
    ----------
    ipd, response, comparator, measure, rng, model, resampling, assumptions
        As for `unanchored_g_computation_response`.
    population, covariates, marginal_as_conditional
        As for `unanchored_stc`.

    Returns
    -------
    Contrast
        Conditional, under the assumption that is named.

    Raises
    ------
    IncompatibleError, InputError
        As for `unanchored_stc` and `unanchored_g_computation_response`.
    """
    _refuse_marginal(f"the rate of {comparator.treatment}", marginal_as_conditional)
    found = unanchored_g_computation_response(
        ipd,
        response,
        comparator,
        _at_means(ipd, population, covariates),
        measure=measure,
        model=model,
        rng=rng,
        resampling=resampling,
        assumptions=assumptions,
    )
    return _conditional(found, marginal_as_conditional)


def _at_means(ipd: IPD, population: Population, covariates: Sequence[str]) -> TargetCovariates:
    """One row: the target's means."""
    columns = []
    for name in covariates:
        moments = population.named(name)
        found = [m for m in moments if isinstance(m, Mean | Proportion)]
        if not found:
            raise InputError(
                f"`population` states only the {', '.join(m.kind for m in moments)} of {name!r}; "
                "STC puts in means and proportions."
            )
        if isinstance(found[0], Proportion):
            check_binary(name, covariate_of(ipd, name))
        columns.append([found[0].value])
    return TargetCovariates(
        names=tuple(covariates),
        values=read_only_matrix(columns, columns=len(columns)),
        population=population.name,
        basis=population.basis,
        method="at the target's means",
    )


def _centred(
    ipd: IPD,
    population: Population,
    treatment: str,
    covariates: Sequence[str],
    modifiers: Sequence[str],
) -> TwoArmDesign:
    """Columns of the trial, the covariates less the target's means."""
    means = _at_means(ipd, population, covariates)
    return TwoArmDesign.of(ipd, means, treatment, modifiers, centre=means.values[0])


def _effect(
    ipd: IPD,
    population: Population,
    treatment: str,
    *,
    outcome: str,
    measure: Measure,
    estimate: float,
    se: float,
    level: float,
    interval: str,
    method: str,
    assumptions: tuple[str, ...],
) -> Contrast:
    found = wald(estimate, se, level, SANDWICH)
    return Contrast(
        treatment=treatment,
        comparator=other_arm(ipd, treatment),
        outcome=outcome,
        measure=measure,
        population=population.name,
        estimate=estimate,
        se=se,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        level=level,
        interval=f"{interval}; {found.words}",
        estimand="conditional",
        adjustment="regression",
        method=f"{method}, at the target's means",
        assumptions=(ANCHORED_MODELLED, MODEL_HOLDS, *assumptions),
        notes=(CONDITIONAL,),
    )


def _indirect(
    adjusted: Contrast, published: Contrast, words: str, different_comparators: str, level: float
) -> AnchoredModel:
    anchor_se(adjusted.comparator, published, different_comparators)
    if published.estimand == "conditional" and words:
        raise InputError(
            "`marginal_as_conditional` is named, but the published effect is conditional: leave it "
            "out."
        )
    if published.estimand != "conditional":
        _refuse_marginal(
            f"the published effect of {published.treatment} (estimand {published.estimand!r})",
            words,
        )
    taken = replace(published, estimand="conditional")
    if words:
        taken = replace(taken, assumptions=(*published.assumptions, _as_conditional(words)))
    indirect = bucher(
        adjusted,
        taken,
        population=adjusted.population,
        different_comparators=different_comparators,
        level=level,
    )
    return anchored_result(adjusted, published, indirect, name="STC")


def _refuse_marginal(what: str, words: str) -> None:
    if not words.strip():
        raise IncompatibleError(
            f"{what} is marginal or not stated, and an STC's effect is conditional: odds and "
            "hazard ratios are not collapsible, so that their difference is biased. Use "
            "G-computation, or say in `marginal_as_conditional` why the one may stand for the "
            "other."
        )


def _as_conditional(words: str) -> str:
    return f"A marginal result stands for a conditional one. {words}"


def _conditional(found: Contrast, words: str) -> Contrast:
    return replace(
        found,
        estimand="conditional",
        method=found.method.replace("G-computation", "STC"),
        assumptions=(*found.assumptions, _as_conditional(words)),
        notes=(CONDITIONAL, *found.notes),
    )
