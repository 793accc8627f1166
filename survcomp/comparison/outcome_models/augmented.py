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

from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.outcome_models.anchored import AnchoredTrial
from survcomp.comparison.outcome_models.augmented_mean import (
    Weighing,
    augmented_mean,
    check_mean,
    check_rate,
    check_same_target,
    predicted,
    pseudo_observations,
)
from survcomp.comparison.outcome_models.contrast import Account, AnchoredModel
from survcomp.comparison.outcome_models.effect import (
    Observed,
    ResponseMeasure,
    SurvivalEffect,
    rate_effect,
)
from survcomp.comparison.outcome_models.estimate import IntArray
from survcomp.comparison.outcome_models.unanchored import (
    UnanchoredArms,
    UnanchoredRates,
    check_binary_response,
)
from survcomp.comparison.two_arms.paired_draws import Side
from survcomp.estimation.outcome_models.binary import BinaryModel, Logistic
from survcomp.estimation.outcome_models.survival import Cox, SurvivalModel
from survcomp.values.checks import check_option
from survcomp.values.contrast import Contrast
from survcomp.values.ipd import IPD
from survcomp.values.outcome import PatientOutcome
from survcomp.values.populations.population import Population
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
    comparator: Side,
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
    arms = UnanchoredArms.of(treatment, comparator, target, assumptions)
    weigh = Weighing(treatment, population, match)

    def estimate(rows: IntArray, other: Observed) -> float:
        x, time, event = arms.x[rows], treatment.time[rows], treatment.event[rows]
        fitted = chosen.fit(x, time, event)
        mean = augmented_mean(
            pseudo_observations(time, event, effect),
            predicted(fitted, x, effect),
            weigh(rows),
            float(predicted(fitted, target.values, effect).mean()),
        )
        return mean - other.mean(effect)

    return arms.compare(
        estimate,
        _account(chosen.name, ", ".join(target.names), match, f"Unanchored. {EITHER}", CENSORING),
        outcome=outcome,
        effect=effect,
        rng=rng,
        resampling=plan,
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
    >>> from survcomp.values import Mean, TrialArm
    >>> frame = pd.DataFrame({"t": 1.0, "e": 1, "x": [0, 0, 0, 0, 1, 1, 1, 1] * 5})
    >>> own = IPD.from_frame(frame, time="t", event="e", time_unit="months", covariates=["x"],
    ...                      label="A")
    >>> response = PatientOutcome(id=own.id, value=np.array([1.0, 0, 0, 0, 1, 1, 1, 0] * 5),
    ...                           name="ORR")
    >>> arm = TrialArm(trial="T", arm="b", treatment="B")
    >>> other = Response.from_published(arm, outcome="ORR", n=50, events=20)
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
    check_same_target(population, target)
    sides = UnanchoredRates.of(ipd, response, comparator, target, measure, assumptions)
    weigh = Weighing(ipd, population, match)

    def rate(rows: IntArray) -> float:
        x, y = sides.x[rows], sides.y[rows]
        fitted = chosen.fit(x, y)
        in_target = float(fitted.probability(target.values).mean())
        return check_rate(augmented_mean(y, fitted.probability(x), weigh(rows), in_target))

    return sides.contrast(
        sides.bootstrap(rate, rng=rng, resampling=plan),
        _account(chosen.name, ", ".join(target.names), match, f"Unanchored. {EITHER}"),
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
    trial = AnchoredTrial.of(ipd, published, target, treatment, modifiers, different_comparators)
    design, weigh = trial.design, Weighing(ipd, population, match)

    def estimate(rows: IntArray, own: int) -> float:
        time, event, x, w = ipd.time[rows], ipd.event[rows], design.x[rows], weigh(rows)
        fitted = chosen.fit(x, time, event)
        first, second = (
            augmented_mean(
                pseudo_observations(time[arm], event[arm], effect),
                predicted(fitted, x[arm], effect),
                w[arm],
                float(predicted(fitted, in_target, effect).mean()),
            )
            for arm, in_target in design.arms(own)
        )
        return first - second

    return trial.survival(
        trial.bootstrap(estimate, rng=rng, resampling=plan),
        _account(chosen.name, design.terms, match, EITHER_MODIFIER, CENSORING),
        outcome=outcome,
        effect=effect,
    )


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
    trial = AnchoredTrial.of(ipd, published, target, treatment, modifiers, different_comparators)
    design, y, weigh = trial.design, response.for_ids(ipd.id), Weighing(ipd, population, match)

    def estimate(rows: IntArray, own: int) -> float:
        x, outcomes, w = design.x[rows], y[rows], weigh(rows)
        fitted = chosen.fit(x, outcomes)
        m = fitted.probability(x)
        first, second = (
            check_rate(
                augmented_mean(
                    outcomes[arm], m[arm], w[arm], float(fitted.probability(in_target).mean())
                )
            )
            for arm, in_target in design.arms(own)
        )
        return rate_effect(first, second, measure)

    return trial.response(
        trial.bootstrap(estimate, rng=rng, resampling=plan),
        _account(chosen.name, design.terms, match, EITHER_MODIFIER),
        outcome=response.name,
        measure=measure,
    )


def _account(model: str, terms: str, match: Sequence[str], *assumptions: str) -> Account:
    return Account(
        name=f"augmented estimator, {model} of {terms}; residuals weighted to the target, matched "
        f"on {', '.join(match)}",
        assumptions=assumptions,
        adjustment="standardisation and weighting",
    )
