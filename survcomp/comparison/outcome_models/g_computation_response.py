"""G-computation of a response, with a bootstrap or the sandwich of a logistic regression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.matching_adjusted.response import ArmMean, response_effect, slope
from survcomp.comparison.networks.anchored import AnchoredComparison
from survcomp.comparison.outcome_models.anchored import (
    AnchoredResponse,
    TrialInTarget,
    TwoArmDesign,
)
from survcomp.comparison.outcome_models.effect import ResponseMeasure, rate_effect
from survcomp.comparison.outcome_models.estimate import Estimated, IntArray, wald
from survcomp.comparison.outcome_models.g_computation import anchored_account, unanchored_account
from survcomp.comparison.outcome_models.unanchored import RatesInTarget, UnanchoredResponse
from survcomp.errors import InputError
from survcomp.estimation.outcome_models.binary import BinaryModel, FittedLogistic, Logistic
from survcomp.values.checks import FloatArray, Rng, check_option
from survcomp.values.contrasts.contrast import Contrast

Variance = Literal["bootstrap", "sandwich"]
SANDWICH = "sandwich, the target held fixed"


def unanchored_g_computation_response(
    sides: UnanchoredResponse,
    target: TargetCovariates,
    *,
    measure: ResponseMeasure,
    model: BinaryModel | None = None,
    variance: Variance = "bootstrap",
    rng: Rng = None,
    resampling: Resampling | None = None,
) -> Contrast:
    """Marginal effect on a response in the comparator's population, without a common arm.

    Parameters
    ----------
    sides : UnanchoredResponse
        One's own arm with its responses, and the published count.
    target : TargetCovariates
        As for `unanchored_g_computation`.
    measure : {"log_or", "log_rr", "risk_difference"}
        Scale of the effect; each is a function of the two rates.
    model : BinaryModel, optional
        `Logistic()` when left out, or `Classifier(...)` of scikit-learn.
    variance : {"bootstrap", "sandwich"}
        Patients of both sides resampled; or the delta method on the sandwich covariance of a
        logistic regression and the comparator's binomial variance.
    rng : Generator or int, optional
        Needed for the bootstrap, and for nothing else.
    resampling
        As for `unanchored_g_computation`. A sandwich takes the level alone.

    Returns
    -------
    Contrast
        Marginal.

    Raises
    ------
    InputError
        If a ratio is not finite, the model cannot be fitted, or a sandwich is asked for of
        another model.
    IncompatibleError
        If the response is of other patients, or the two may not be compared.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from survcomp import IPD, PatientOutcome, Response
    >>> from survcomp import TrialArm, UnanchoredResponse, unanchored_g_computation_response
    >>> from survcomp.adjustment import TargetCovariates
    >>> frame = pd.DataFrame({"t": 1.0, "e": 1, "x": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> ours = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                       covariates=["x"],
    ...                       label="A")
    >>> response = PatientOutcome(id=ours.id, value=np.array([1.0, 0, 0, 0, 1, 1, 1, 0]),
    ...                           name="ORR")
    >>> arm = TrialArm(trial="T", arm="b", treatment="B")
    >>> other = Response.from_published(arm, outcome="ORR", n=50, events=20)
    >>> target = TargetCovariates(names=("x",), values=np.array([[1.0], [1], [0], [1]]),
    ...                           population="B's trial", method="four patients")
    >>> difference = unanchored_g_computation_response(
    ...     UnanchoredResponse(ours, response, other), target, measure="risk_difference",
    ...     variance="sandwich")
    >>> round(difference.value, 6)  # by hand: (3 * 0.75 + 0.25) / 4 - 0.4
    0.225
    """
    chosen, plan = model or Logistic(), resampling or Resampling()
    check_variance(variance, rng)
    rates = RatesInTarget.of(sides, target, measure)
    if rng is not None:
        estimated = rates.bootstrap(predicted_rate(rates, chosen), rng=rng, resampling=plan)
    else:
        estimated = _unanchored_sandwich(_logistic(chosen, rates.x, rates.y), rates, plan.level)
    return rates.contrast(estimated, unanchored_account(chosen.name, target))


def predicted_rate(rates: RatesInTarget, model: BinaryModel) -> Callable[[IntArray], float]:
    """The rate predicted in the target by a model of some of the patients."""

    def rate(rows: IntArray) -> float:
        fitted = model.fit(rates.x[rows], rates.y[rows])
        return float(fitted.probability(rates.target.values).mean())

    return rate


def anchored_g_computation_response(
    trial: AnchoredResponse,
    target: TargetCovariates,
    *,
    measure: ResponseMeasure,
    model: BinaryModel | None = None,
    variance: Variance = "bootstrap",
    rng: Rng = None,
    resampling: Resampling | None = None,
) -> AnchoredComparison:
    """Marginal effect on a response against another treatment through a common comparator.

    Parameters
    ----------
    trial : AnchoredResponse
        One's own trial, its effect modifiers, and the published effect, which is marginal.
    target, measure, model, variance, rng, resampling
        As for `unanchored_g_computation_response`.

    Returns
    -------
    AnchoredComparison

    Raises
    ------
    InputError, IncompatibleError
        As for `anchored_g_computation` and `unanchored_g_computation_response`.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 61), "pfs": [1, 1, 0] * 20,
    ...                       "age": [55, 70, 60, 65] * 15, "arm": ["A", "C", "A", "A", "C"] * 12})
    >>> ours = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], arm="arm")
    >>> orr = sc.PatientOutcome(id=ours.id, value=np.array([1, 1, 0, 1, 0, 0] * 10), name="ORR")
    >>> question = sc.Question(treatment="B", comparator="C", outcome="ORR", measure="log_or",
    ...                        population="T-02", estimand="marginal")
    >>> published = sc.Contrast.from_interval(question, value=1.4, ci_low=0.9, ci_high=2.2)
    >>> trial = sc.AnchoredResponse(ours, orr, published, treatment="A", modifiers=["age"])
    >>> target = sc.adjustment.TargetCovariates(
    ...     names=("age",), values=np.array([[60.0], [64], [68]]), population="T-02",
    ...     method="three patients")
    >>> both = sc.anchored_g_computation_response(trial, target, measure="log_or",
    ...                                           variance="sandwich")
    >>> print(both.indirect)
    OR 0.71 (95% CI 0.22 to 2.30)
    """
    chosen, plan = model or Logistic(), resampling or Resampling()
    check_option(measure, ResponseMeasure, name="measure")
    check_variance(variance, rng)
    in_target, y = TrialInTarget.of(trial, target), trial.response.for_ids(trial.ipd.id)
    design = in_target.design

    def estimate(rows: IntArray, _: int) -> float:
        fitted = chosen.fit(design.x[rows], y[rows])
        first = float(fitted.probability(design.target_treated).mean())
        return rate_effect(first, float(fitted.probability(design.target_others).mean()), measure)

    if rng is not None:
        estimated = in_target.bootstrap(estimate, rng=rng, resampling=plan)
    else:
        fitted = _logistic(chosen, design.x, y)
        estimated = _anchored_sandwich(fitted, design, measure, plan.level)
    account = anchored_account(chosen.name, design)
    return in_target.indirect(estimated, trial.compared(measure), account)


def check_variance(variance: Variance, rng: Rng) -> None:
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


def _unanchored_sandwich(fitted: FittedLogistic, rates: RatesInTarget, level: float) -> Estimated:
    target, comparator = rates.target.values, rates.sides.comparator
    rate, gradient = float(fitted.probability(target).mean()), fitted.mean_gradient(target)
    published_rate = comparator.events / comparator.n
    point = rate_effect(rate, published_rate, rates.measure)
    predicted = ArmMean(rate, float(gradient @ fitted.covariance @ gradient))
    published = ArmMean(published_rate, published_rate * (1 - published_rate) / comparator.n)
    _, se = response_effect(predicted, published, rates.measure)
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
