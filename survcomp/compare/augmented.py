r"""Augmented (doubly robust) estimators: an outcome model, corrected by weighted residuals.

The mean outcome of the target's patients under a treatment is estimated by

.. math:: \hat\mu = \frac{1}{N} \sum_j m(x_j) + \frac{\sum_i w_i \{y_i - m(x_i)\}}{\sum_i w_i}

with m a model fitted to one's own patients, x_j the target's rows and w_i the weights of a
MAIC. Where m is right the residuals are 0 on average under any weights; where the weights are
right they make the weighted mean of m that of the target, and what is left is the weighted
mean of y. One of the two must hold. Of survival, y_i is a pseudo-observation of the RMST or of
survival at one time: the estimate plus n times the patient's influence on it, which has the
right mean given covariates where censoring does not depend on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from survcomp.adjust.problem import matching_problem
from survcomp.adjust.target_covariates import TargetCovariates, covariate_matrix
from survcomp.compare.anchored_maic import anchor_se, other_arm
from survcomp.compare.batched_weights import UNREACHED, batched_weights, start_from
from survcomp.compare.bootstrap_draws import Resampling
from survcomp.compare.bucher import bucher
from survcomp.compare.g_computation import (
    TwoArmDesign,
    check_binary_response,
    patients_of,
    response_contrast,
    response_words,
    survival_contrast,
    unanchored_words,
)
from survcomp.compare.modelled_effect import (
    AnchoredModel,
    IntArray,
    Observed,
    ResponseMeasure,
    SurvivalEffect,
    anchored_result,
    bootstrap,
    rate_effect,
)
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimate.jackknife import weighted_rmst, weighted_survival
from survcomp.estimate.outcome_models import BinaryModel, Logistic
from survcomp.estimate.survival_models import Cox, FittedSurvival, SurvivalModel
from survcomp.values.checks import BoolArray, FloatArray, check_option, read_only
from survcomp.values.contrast import Contrast
from survcomp.values.ipd import IPD
from survcomp.values.outcome import PatientOutcome
from survcomp.values.population import Population
from survcomp.values.response import Response

EITHER = (
    "The outcome model is right, or the weights are: every prognostic factor and effect modifier "
    "is in it, or matched."
)
EITHER_MODIFIER = (
    "Anchored. The outcome model is right, or the weights are: every effect modifier is in it, or "
    "matched."
)
CENSORING = "Censoring in one's own trial does not depend on the covariates."


def unanchored_augmented(
    treatment: IPD,
    comparator: IPD,
    population: Population,
    target: TargetCovariates,
    *,
    match: Sequence[str],
    outcome: str,
    effect: SurvivalEffect,
    rng: np.random.Generator,
    model: SurvivalModel | None = None,
    resampling: Resampling | None = None,
    assumptions: Mapping[str, str] | None = None,
) -> Contrast:
    """Doubly robust difference in RMST or survival, without a common arm.

    Parameters
    ----------
    treatment, comparator, target, outcome, rng, model, resampling, assumptions
        As for `unanchored_g_computation`.
    population : Population
        The target's baseline, of the same name as `target`.
    match : sequence of str
        As for `maic_weights`; need not be the covariates of the model.
    effect : SurvivalEffect
        Difference in RMST or in survival; a hazard ratio is no mean and is refused.

    Returns
    -------
    Contrast
        Marginal; both arms resampled, weights and model fitted every time.

    Raises
    ------
    InputError
        As `unanchored_g_computation`; and if the effect is a hazard ratio.
    InfeasibleTargetError
        If the patients cannot be weighted to the target.
    IncompatibleError
        If the two may not be compared, or `population` and `target` are not the same.

    References
    ----------
    Campbell H, Remiro-Azocar A (2025), arXiv 2505.00113. Andersen PK, Klein JP, Rosthoj S
    (2003), Biometrika 90:15. Parner ET, Andersen PK, Overgaard M (2023), Lifetime Data Anal
    29:654.
    """
    chosen, plan = model or Cox(), resampling or Resampling()
    check_mean(effect)
    check_same_target(population, target)
    words = unanchored_words(treatment, comparator, target, assumptions)
    x, weigh = covariate_matrix(treatment, target.names), _Weighing(treatment, population, match)

    def estimate(own: IntArray, other: IntArray) -> float:
        time, event = treatment.time[own], treatment.event[own]
        fitted = chosen.fit(x[own], time, event)
        mean = augmented_mean(
            pseudo_observations(time, event, effect),
            predicted(fitted, x[own], effect),
            weigh(own),
            float(predicted(fitted, target.values, effect).mean()),
        )
        arm = Observed(comparator.time[other], comparator.event[other])
        at = effect.horizon
        return mean - (arm.rmst(at) if effect.measure == "rmst_difference" else arm.survival(at))

    point, found = bootstrap(estimate, (treatment.n, comparator.n), rng=rng, resampling=plan)
    return survival_contrast(
        (treatment, comparator),
        target,
        names=(treatment.arms[0], comparator.arms[0]),
        outcome=outcome,
        effect=effect,
        estimate=point,
        found=found,
        level=plan.level,
        method=f"unanchored, {_name(chosen.name, ', '.join(target.names), match)}",
        assumptions=(f"Unanchored. {EITHER}", CENSORING, *words, *target.assumptions),
    )


def unanchored_augmented_response(
    ipd: IPD,
    response: PatientOutcome,
    comparator: Response,
    population: Population,
    target: TargetCovariates,
    *,
    match: Sequence[str],
    measure: ResponseMeasure,
    rng: np.random.Generator,
    model: BinaryModel | None = None,
    resampling: Resampling | None = None,
    assumptions: Mapping[str, str] | None = None,
) -> Contrast:
    """Doubly robust effect on a response, without a common arm.

    Parameters
    ----------
    ipd, response, comparator, target, measure, rng, model, resampling, assumptions
        As for `unanchored_g_computation_response`.
    population, match
        As for `unanchored_augmented`.

    Returns
    -------
    Contrast
        Marginal; both sides resampled, weights and model fitted every time.

    Raises
    ------
    InputError
        As `unanchored_g_computation_response`; also if the estimated rate lies outside
        [0, 1], which a weighted residual may bring about.
    InfeasibleTargetError, IncompatibleError
        As `unanchored_augmented`.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp.values import Mean
    >>> frame = pd.DataFrame({"t": 1.0, "e": 1, "x": [0, 0, 0, 0, 1, 1, 1, 1] * 5})
    >>> own = IPD.from_frame(frame, time="t", event="e", time_unit="months", covariates=["x"],
    ...                      label="A")
    >>> response = PatientOutcome(id=own.id, value=np.array([1.0, 0, 0, 0, 1, 1, 1, 0] * 5),
    ...                           name="ORR")
    >>> other = Response.from_published(trial="T", arm="b", treatment="B", outcome="ORR", n=50,
    ...                                 events=20)
    >>> population = Population.from_moments([Mean(name="x", value=0.75)], n=50, name="T")
    >>> target = TargetCovariates(names=("x",), values=np.array([[1.0], [1], [0], [1]]),
    ...                           population="T", method="four patients")
    >>> found = unanchored_augmented_response(
    ...     own, response, other, population, target, match=["x"], measure="risk_difference",
    ...     rng=np.random.default_rng(1), resampling=Resampling(replicates=50, interval="normal"))
    >>> round(found.estimate, 6)  # by hand: (3 * 0.75 + 0.25) / 4 - 0.4
    0.225
    """
    chosen, plan = model or Logistic(), resampling or Resampling()
    check_option(measure, ResponseMeasure, name="measure")
    check_same_target(population, target)
    words = response_words(ipd, response, comparator, target, assumptions)
    x, y = covariate_matrix(ipd, target.names), response.for_ids(ipd.id)
    weigh, events = _Weighing(ipd, population, match), patients_of(comparator)

    def estimate(own: IntArray, other: IntArray) -> float:
        fitted = chosen.fit(x[own], y[own])
        rate = augmented_mean(
            y[own],
            fitted.probability(x[own]),
            weigh(own),
            float(fitted.probability(target.values).mean()),
        )
        check_rate(rate)
        return rate_effect(rate, float(events[other].mean()), measure)

    point, found = bootstrap(estimate, (ipd.n, comparator.n), rng=rng, resampling=plan)
    return response_contrast(
        target,
        names=(ipd.arms[0], comparator.treatment),
        outcome=response.name,
        measure=measure,
        estimate=point,
        found=found,
        level=plan.level,
        method=f"unanchored, {_name(chosen.name, ', '.join(target.names), match)}",
        assumptions=(f"Unanchored. {EITHER}", *words, *target.assumptions),
        sources=(f"response:{comparator.id}",),
    )


def anchored_augmented(
    ipd: IPD,
    published: Contrast,
    population: Population,
    target: TargetCovariates,
    *,
    treatment: str,
    outcome: str,
    match: Sequence[str],
    effect: SurvivalEffect,
    modifiers: Sequence[str],
    rng: np.random.Generator,
    model: SurvivalModel | None = None,
    resampling: Resampling | None = None,
    different_comparators: str = "",
) -> AnchoredModel:
    """Doubly robust difference in RMST or survival through a common comparator.

    Parameters
    ----------
    ipd, published, target, treatment, outcome, modifiers, rng, model, resampling
        As for `anchored_g_computation`.
    population, match, effect
        As for `unanchored_augmented`; all patients of the trial are weighted together.
    different_comparators : str
        As for `bucher`.

    Returns
    -------
    AnchoredModel

    Raises
    ------
    InputError, InfeasibleTargetError, IncompatibleError
        As for `anchored_g_computation` and `unanchored_augmented`.
    """
    chosen, plan = model or Cox(), resampling or Resampling()
    check_mean(effect)
    check_same_target(population, target)
    comparator = other_arm(ipd, treatment)
    anchor_se(comparator, published, different_comparators)
    trial = TwoArmDesign.of(ipd, target, treatment, modifiers)
    weigh = _Weighing(ipd, population, match)

    def estimate(own: IntArray, other: IntArray) -> float:
        rows = trial.rows(own, other)
        time, event, x, w = ipd.time[rows], ipd.event[rows], trial.x[rows], weigh(rows)
        fitted = chosen.fit(x, time, event)
        means = [
            augmented_mean(
                pseudo_observations(time[arm], event[arm], effect),
                predicted(fitted, x[arm], effect),
                w[arm],
                float(predicted(fitted, in_target, effect).mean()),
            )
            for arm, in_target in _arms(trial, own.size)
        ]
        return means[0] - means[1]

    point, found = bootstrap(estimate, trial.sizes, rng=rng, resampling=plan)
    name = _name(chosen.name, trial.terms, match)
    adjusted = survival_contrast(
        (ipd,),
        target,
        names=(treatment, comparator),
        outcome=outcome,
        effect=effect,
        estimate=point,
        found=found,
        level=plan.level,
        method=f"marginal effect by {name}",
        assumptions=(EITHER_MODIFIER, CENSORING, *target.assumptions),
    )
    indirect = bucher(
        adjusted,
        published,
        population=target.population,
        different_comparators=different_comparators,
        level=plan.level,
    )
    return anchored_result(adjusted, published, indirect, name=name)


def anchored_augmented_response(
    ipd: IPD,
    response: PatientOutcome,
    published: Contrast,
    population: Population,
    target: TargetCovariates,
    *,
    treatment: str,
    match: Sequence[str],
    measure: ResponseMeasure,
    modifiers: Sequence[str],
    rng: np.random.Generator,
    model: BinaryModel | None = None,
    resampling: Resampling | None = None,
    different_comparators: str = "",
) -> AnchoredModel:
    """Doubly robust effect on a response through a common comparator.

    Parameters
    ----------
    ipd, response, published, target, treatment, measure, modifiers, rng, model, resampling
        As for `anchored_g_computation_response`.
    population, match
        As for `anchored_augmented`.
    different_comparators : str
        As for `bucher`.

    Returns
    -------
    AnchoredModel

    Raises
    ------
    InputError, InfeasibleTargetError, IncompatibleError
        As for `anchored_g_computation_response` and `unanchored_augmented_response`.
    """
    chosen, plan = model or Logistic(), resampling or Resampling()
    check_option(measure, ResponseMeasure, name="measure")
    check_binary_response(response)
    check_same_target(population, target)
    comparator = other_arm(ipd, treatment)
    anchor_se(comparator, published, different_comparators)
    trial, y = TwoArmDesign.of(ipd, target, treatment, modifiers), response.for_ids(ipd.id)
    weigh = _Weighing(ipd, population, match)

    def estimate(own: IntArray, other: IntArray) -> float:
        rows = trial.rows(own, other)
        x, outcomes, w = trial.x[rows], y[rows], weigh(rows)
        fitted = chosen.fit(x, outcomes)
        m = fitted.probability(x)
        rates = [
            augmented_mean(
                outcomes[arm], m[arm], w[arm], float(fitted.probability(in_target).mean())
            )
            for arm, in_target in _arms(trial, own.size)
        ]
        for rate in rates:
            check_rate(rate)
        return rate_effect(rates[0], rates[1], measure)

    point, found = bootstrap(estimate, trial.sizes, rng=rng, resampling=plan)
    name = _name(chosen.name, trial.terms, match)
    adjusted = response_contrast(
        target,
        names=(treatment, comparator),
        outcome=response.name,
        measure=measure,
        estimate=point,
        found=found,
        level=plan.level,
        method=f"marginal effect by {name}",
        assumptions=(EITHER_MODIFIER, *target.assumptions),
    )
    indirect = bucher(
        adjusted,
        published,
        population=target.population,
        different_comparators=different_comparators,
        level=plan.level,
    )
    return anchored_result(adjusted, published, indirect, name=name)


def augmented_mean(y: FloatArray, model: FloatArray, weight: FloatArray, in_target: float) -> float:
    """Mean of a model in the target, plus the weighted mean residual of one's own patients.

    Examples
    --------
    >>> y, m = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    >>> augmented_mean(y, m, np.array([3.0, 1.0]), 0.5)  # a constant model: the weighted mean
    0.75
    """
    if not np.any(weight > 0):
        raise InputError("no patient of an arm has weight.")
    return in_target + float(np.average(y - model, weights=weight))


def pseudo_observations(time: FloatArray, event: BoolArray, effect: SurvivalEffect) -> FloatArray:
    """Pseudo-observation of each patient of one arm, of shape (n,).

    The infinitesimal jackknife, as R's ``survival::pseudo``. Without censoring it is the
    patient's own min(time, horizon), or whether there was no event to the horizon.

    Examples
    --------
    >>> effect = SurvivalEffect(measure="rmst_difference", horizon=4)
    >>> found = pseudo_observations(np.array([1.0, 2, 6]), np.ones(3, dtype=bool), effect)
    >>> found.round(6).tolist()
    [1.0, 2.0, 4.0]
    """
    arm = IPD(
        id=tuple(map(str, range(time.size))),
        arm=("one arm",) * time.size,
        time=read_only(time, name="time"),
        event=event,
        time_unit="days",  # not used: estimates are in the unit of `time`
    )
    if effect.measure == "rmst_difference":
        found = weighted_rmst(arm, horizon=effect.horizon)
    else:
        found = weighted_survival(arm, at=effect.horizon)
    return found.estimate + time.size * found.influence


def predicted(fitted: FittedSurvival, x: FloatArray, effect: SurvivalEffect) -> FloatArray:
    """RMST or survival of each row of x, of shape (n,)."""
    if effect.measure == "rmst_difference":
        return fitted.rmst(x, effect.horizon)
    return fitted.survival(x, np.array([effect.horizon]))[:, 0]


class _Weighing:
    """Weights of resampled patients of one trial, whose columns are made once."""

    def __init__(self, ipd: IPD, population: Population, match: Sequence[str]) -> None:
        self.z = matching_problem(ipd, population, match).z
        self.start = start_from(self.z)

    def __call__(self, rows: IntArray) -> FloatArray:
        """Weight of each of these rows."""
        count = np.bincount(rows, minlength=self.z.shape[0])[None].astype(float)
        found = batched_weights(self.z, count, start=self.start)
        if not found.reached[0]:
            raise InputError(f"{UNREACHED}.")
        return np.asarray(found.value[0][rows])


def _arms(trial: TwoArmDesign, own: int) -> tuple[tuple[slice, FloatArray], ...]:
    """Where the rows of each arm are, and the target's columns under it."""
    return (
        (slice(None, own), trial.target_treated),
        (slice(own, None), trial.target_others),
    )


def _name(model: str, terms: str, match: Sequence[str]) -> str:
    return (
        f"augmented estimator, {model} of {terms}; residuals weighted to the target, matched on "
        f"{', '.join(match)}"
    )


def check_mean(effect: SurvivalEffect) -> None:
    """Raise if the effect is no difference of means."""
    if effect.measure == "log_hr":
        raise InputError(
            "`effect.measure` must be 'rmst_difference' or 'survival_difference' for an augmented "
            "estimator: a hazard ratio is no difference of means; got 'log_hr'."
        )


def check_same_target(population: Population, target: TargetCovariates) -> None:
    """Raise if weights and model would aim at different populations."""
    if population.name != target.population or population.basis != target.basis:
        raise IncompatibleError(
            f"the weights would aim at {population.name!r} and the model at {target.population!r}: "
            "one target population is needed."
        )


def check_rate(rate: float) -> None:
    """Raise if an augmented rate is no rate."""
    if not 0 <= rate <= 1:
        raise InputError(
            "an augmented rate lies outside [0, 1]: model and weights disagree too much."
        )
