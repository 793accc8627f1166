"""G-computation of a response, with a bootstrap or the sandwich of a logistic regression."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.matching_adjusted.response import ArmMean, response_effect, slope
from survcomp.comparison.outcome_models.anchored import AnchoredTrial, TwoArmDesign
from survcomp.comparison.outcome_models.contrast import (
    AnchoredModel,
)
from survcomp.comparison.outcome_models.effect import (
    ResponseMeasure,
    rate_effect,
)
from survcomp.comparison.outcome_models.estimate import Estimated, IntArray, wald
from survcomp.comparison.outcome_models.g_computation import anchored_account, unanchored_account
from survcomp.comparison.outcome_models.unanchored import (
    UnanchoredRates,
    check_binary_response,
)
from survcomp.errors import InputError
from survcomp.estimation.outcome_models.binary import BinaryModel, FittedLogistic, Logistic
from survcomp.values.checks import FloatArray, check_option
from survcomp.values.contrast import Contrast
from survcomp.values.ipd import IPD
from survcomp.values.outcome import PatientOutcome
from survcomp.values.response import Response

Variance = Literal["bootstrap", "sandwich"]
SANDWICH = "sandwich, the target held fixed"


def unanchored_g_computation_response(
    ipd: IPD,
    response: PatientOutcome,
    comparator: Response,
    target: TargetCovariates,
    *,
    measure: ResponseMeasure,
    model: BinaryModel | None = None,
    variance: Variance = "bootstrap",
    rng: np.random.Generator | None = None,
    resampling: Resampling | None = None,
    assumptions: Mapping[str, str] | None = None,
) -> Contrast:
    """Marginal effect on a response in the comparator's population, without a common arm.

    Parameters
    ----------
    ipd : IPD
        One's own arm, with the covariates of `target`.
    response : PatientOutcome
        1 for responders and 0 for others, of the same patients.
    comparator : Response
        Published responders and their denominator.
    target : TargetCovariates
        As for `unanchored_g_computation`.
    measure : {"log_or", "log_rr", "risk_difference"}
        Scale of the effect; each is a function of the two rates.
    model : BinaryModel, optional
        `Logistic()` when left out, or `Classifier(...)` of scikit-learn.
    variance : {"bootstrap", "sandwich"}
        Patients of both sides resampled; or the delta method on the sandwich covariance of a
        logistic regression and the comparator's binomial variance.
    rng : Generator, optional
        Needed for the bootstrap, and for nothing else.
    resampling, assumptions
        As for `unanchored_g_computation`, with "outcome" where the two define it
        differently. Of `resampling` a sandwich takes the level alone.

    Returns
    -------
    Contrast
        Marginal.

    Raises
    ------
    InputError
        If the outcome is not binary, a ratio is not finite, the model cannot be fitted, or a
        sandwich is asked for of another model.
    IncompatibleError
        If the response is of other patients, or the two may not be compared.

    Examples
    --------
    >>> from survcomp.values import TrialArm
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"t": 1.0, "e": 1, "x": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> own = IPD.from_frame(frame, time="t", event="e", time_unit="months", covariates=["x"],
    ...                      label="A")
    >>> response = PatientOutcome(id=own.id, value=np.array([1.0, 0, 0, 0, 1, 1, 1, 0]),
    ...                           name="ORR")
    >>> arm = TrialArm(trial="T", arm="b", treatment="B")
    >>> other = Response.from_published(arm, outcome="ORR", n=50, events=20)
    >>> target = TargetCovariates(names=("x",), values=np.array([[1.0], [1], [0], [1]]),
    ...                           population="B's trial", method="four patients")
    >>> found = unanchored_g_computation_response(
    ...     own, response, other, target, measure="risk_difference", variance="sandwich")
    >>> round(found.estimate, 6)  # by hand: (3 * 0.75 + 0.25) / 4 - 0.4
    0.225
    """
    chosen, plan = model or Logistic(), resampling or Resampling()
    check_variance(variance, rng)
    sides = UnanchoredRates.of(ipd, response, comparator, target, measure, assumptions)
    if rng is not None:
        found = sides.bootstrap(predicted_rate(sides, chosen), rng=rng, resampling=plan)
    else:
        found = _unanchored_sandwich(_logistic(chosen, sides.x, sides.y), sides, plan.level)
    return sides.contrast(found, unanchored_account(chosen.name, target))


def predicted_rate(sides: UnanchoredRates, model: BinaryModel) -> Callable[[IntArray], float]:
    """The rate predicted in the target by a model of some of the patients."""

    def rate(rows: IntArray) -> float:
        fitted = model.fit(sides.x[rows], sides.y[rows])
        return float(fitted.probability(sides.target.values).mean())

    return rate


def anchored_g_computation_response(
    ipd: IPD,
    response: PatientOutcome,
    published: Contrast,
    target: TargetCovariates,
    *,
    treatment: str,
    measure: ResponseMeasure,
    modifiers: Sequence[str],
    model: BinaryModel | None = None,
    variance: Variance = "bootstrap",
    rng: np.random.Generator | None = None,
    resampling: Resampling | None = None,
    different_comparators: str = "",
) -> AnchoredModel:
    """Marginal effect on a response against another treatment through a common comparator.

    Parameters
    ----------
    ipd, published, target, treatment, modifiers, different_comparators
        As for `anchored_g_computation`.
    response, measure, model, variance, rng, resampling
        As for `unanchored_g_computation_response`.

    Returns
    -------
    AnchoredModel

    Raises
    ------
    InputError, IncompatibleError
        As for `anchored_g_computation` and `unanchored_g_computation_response`.
    """
    chosen, plan = model or Logistic(), resampling or Resampling()
    check_option(measure, ResponseMeasure, name="measure")
    check_variance(variance, rng)
    check_binary_response(response)
    trial = AnchoredTrial.of(ipd, published, target, treatment, modifiers, different_comparators)
    design, y = trial.design, response.for_ids(ipd.id)

    def estimate(rows: IntArray, _: int) -> float:
        fitted = chosen.fit(design.x[rows], y[rows])
        first = float(fitted.probability(design.target_treated).mean())
        return rate_effect(first, float(fitted.probability(design.target_others).mean()), measure)

    if rng is not None:
        found = trial.bootstrap(estimate, rng=rng, resampling=plan)
    else:
        found = _anchored_sandwich(_logistic(chosen, design.x, y), design, measure, plan.level)
    account = anchored_account(chosen.name, design)
    return trial.response(found, account, outcome=response.name, measure=measure)


def check_variance(variance: Variance, rng: np.random.Generator | None) -> None:
    """Raise unless a bootstrap has its generator, and a sandwich none."""
    check_option(variance, Variance, name="variance")
    if (variance == "bootstrap") == (rng is None):
        raise InputError(
            f"`rng` must be {'a Generator' if rng is None else 'left out'} with variance="
            f"{variance!r}."
        )


def _logistic(model: BinaryModel, x: FloatArray, y: FloatArray) -> FittedLogistic:
    """The fitted model, if it has a sandwich."""
    fitted = model.fit(x, y)
    if not isinstance(fitted, FittedLogistic):
        raise InputError(f"`variance` must be 'bootstrap' for a {model.name}; got 'sandwich'.")
    return fitted


def _unanchored_sandwich(fitted: FittedLogistic, sides: UnanchoredRates, level: float) -> Estimated:
    target, comparator = sides.target.values, sides.published
    rate, gradient = float(fitted.probability(target).mean()), fitted.mean_gradient(target)
    other = comparator.events / comparator.n
    point = rate_effect(rate, other, sides.measure)
    own = ArmMean(rate, float(gradient @ fitted.covariance @ gradient))
    published = ArmMean(other, other * (1 - other) / comparator.n)
    _, se = response_effect(own, published, sides.measure)
    return wald(point, se, level, SANDWICH)


def _anchored_sandwich(
    fitted: FittedLogistic, design: TwoArmDesign, measure: ResponseMeasure, level: float
) -> Estimated:
    targets = design.target_treated, design.target_others
    rates = [float(fitted.probability(x).mean()) for x in targets]
    slopes = [
        slope(rate, measure) * fitted.mean_gradient(x)
        for rate, x in zip(rates, targets, strict=True)
    ]
    gradient = slopes[0] - slopes[1]
    se = float(np.sqrt(gradient @ fitted.covariance @ gradient))
    return wald(rate_effect(rates[0], rates[1], measure), se, level, SANDWICH)
