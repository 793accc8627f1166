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

from collections.abc import Sequence

from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.networks.anchored import AnchoredComparison
from survcomp.comparison.outcome_models.anchored import (
    AnchoredResponse,
    AnchoredSurvival,
    TrialInTarget,
)
from survcomp.comparison.outcome_models.augmented_mean import (
    Weighing,
    augmented_mean,
    check_mean,
    check_rate,
    check_same_target,
    predicted,
    pseudo_observations,
)
from survcomp.comparison.outcome_models.contrast import Account
from survcomp.comparison.outcome_models.effect import (
    Observed,
    ResponseMeasure,
    SurvivalEffect,
    rate_effect,
)
from survcomp.comparison.outcome_models.estimate import IntArray
from survcomp.comparison.outcome_models.unanchored import (
    ArmsInTarget,
    RatesInTarget,
    UnanchoredResponse,
    UnanchoredSurvival,
)
from survcomp.estimation.outcome_models.binary import BinaryModel, Logistic
from survcomp.estimation.outcome_models.survival import Cox, SurvivalModel
from survcomp.values.checks import Rng, check_option
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.populations.population import Population

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
    arms: UnanchoredSurvival,
    population: Population,
    target: TargetCovariates,
    *,
    match: Sequence[str],
    effect: SurvivalEffect,
    rng: Rng,
    model: SurvivalModel | None = None,
    resampling: Resampling | None = None,
) -> Contrast:
    """Doubly robust difference in RMST or survival, without a common arm.

    Parameters
    ----------
    arms, target, rng, model, resampling
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

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 43), "pfs": [1, 1, 0, 1] * 10,
    ...                       "age": [55, 70, 60, 65, 58] * 8})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [26] * 5, arm="B", time_unit="months")
    >>> arms = sc.UnanchoredSurvival(mine, theirs, outcome="PFS")
    >>> target = sc.adjustment.TargetCovariates(
    ...     names=("age",), values=np.array([[60.0], [64], [68]]), population="T-02",
    ...     method="three patients")
    >>> baseline = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=300, name="T-02")
    >>> effect = sc.SurvivalEffect(measure="survival_difference", horizon=12)
    >>> print(sc.unanchored_augmented(arms, baseline, target, match=["age"], effect=effect, rng=1,
    ...                               resampling=sc.Resampling(replicates=50, interval="normal")))
    S(12 months) difference 0.161 (95% CI -0.092 to 0.382)
    """
    chosen, plan = model or Cox(), resampling or Resampling()
    check_mean(effect)
    check_same_target(population, target)
    in_target, treatment = ArmsInTarget.of(arms, target), arms.treatment
    weigh = Weighing(treatment, population, match)

    def estimate(rows: IntArray, other: Observed) -> float:
        x, time, event = in_target.x[rows], treatment.time[rows], treatment.event[rows]
        fitted = chosen.fit(x, time, event)
        mean = augmented_mean(
            pseudo_observations(time, event, effect),
            predicted(fitted, x, effect),
            weigh(rows),
            float(predicted(fitted, target.values, effect).mean()),
        )
        return mean - other.mean(effect)

    return in_target.compare(
        estimate,
        _account(chosen.name, ", ".join(target.names), match, f"Unanchored. {EITHER}", CENSORING),
        effect=effect,
        rng=rng,
        resampling=plan,
    )


def unanchored_augmented_response(
    sides: UnanchoredResponse,
    population: Population,
    target: TargetCovariates,
    *,
    match: Sequence[str],
    measure: ResponseMeasure,
    rng: Rng,
    model: BinaryModel | None = None,
    resampling: Resampling | None = None,
) -> Contrast:
    """Doubly robust effect on a response, without a common arm.

    Parameters
    ----------
    sides, target, measure, rng, model, resampling
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
    >>> import numpy as np
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, PatientOutcome, Population, Resampling, Response, TrialArm
    >>> from survcomp import UnanchoredResponse, unanchored_augmented_response
    >>> from survcomp.adjustment import TargetCovariates
    >>> frame = pd.DataFrame({"t": 1.0, "e": 1, "x": [0, 0, 0, 0, 1, 1, 1, 1] * 5})
    >>> ours = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                       covariates=["x"],
    ...                       label="A")
    >>> response = PatientOutcome(id=ours.id, value=np.array([1.0, 0, 0, 0, 1, 1, 1, 0] * 5),
    ...                           name="ORR")
    >>> arm = TrialArm(trial="T", arm="b", treatment="B")
    >>> other = Response.from_published(arm, outcome="ORR", n=50, events=20)
    >>> population = Population.from_moments([Mean(name="x", value=0.75)], n=50, name="T")
    >>> target = TargetCovariates(names=("x",), values=np.array([[1.0], [1], [0], [1]]),
    ...                           population="T", method="four patients")
    >>> difference = unanchored_augmented_response(
    ...     UnanchoredResponse(ours, response, other), population, target, match=["x"],
    ...     measure="risk_difference", rng=1,
    ...     resampling=Resampling(replicates=50, interval="normal"))
    >>> round(difference.value, 6)  # by hand: (3 * 0.75 + 0.25) / 4 - 0.4
    0.225
    """
    chosen, plan = model or Logistic(), resampling or Resampling()
    check_same_target(population, target)
    rates = RatesInTarget.of(sides, target, measure)
    weigh = Weighing(sides.ipd, population, match)

    def rate(rows: IntArray) -> float:
        x, y = rates.x[rows], rates.y[rows]
        fitted = chosen.fit(x, y)
        in_target = float(fitted.probability(target.values).mean())
        return check_rate(augmented_mean(y, fitted.probability(x), weigh(rows), in_target))

    return rates.contrast(
        rates.bootstrap(rate, rng=rng, resampling=plan),
        _account(chosen.name, ", ".join(target.names), match, f"Unanchored. {EITHER}"),
    )


def anchored_augmented(
    trial: AnchoredSurvival,
    population: Population,
    target: TargetCovariates,
    *,
    match: Sequence[str],
    effect: SurvivalEffect,
    rng: Rng,
    model: SurvivalModel | None = None,
    resampling: Resampling | None = None,
) -> AnchoredComparison:
    """Doubly robust difference in RMST or survival through a common comparator.

    Parameters
    ----------
    trial, target, rng, model, resampling
        As for `anchored_g_computation`.
    population, match, effect
        As for `unanchored_augmented`; all patients of the trial are weighted together.

    Returns
    -------
    AnchoredComparison

    Raises
    ------
    InputError, InfeasibleTargetError, IncompatibleError
        As for `anchored_g_computation` and `unanchored_augmented`.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 61), "pfs": [1, 1, 0] * 20,
    ...                       "age": [55, 70, 60, 65] * 15, "arm": ["A", "C", "A", "A", "C"] * 12})
    >>> ours = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], arm="arm")
    >>> question = sc.Question(treatment="B", comparator="C", outcome="PFS", population="T-02",
    ...                        measure="rmst_difference", time_unit="months", horizon=24,
    ...                        estimand="marginal")
    >>> published = sc.Contrast.from_interval(question, value=1.5, ci_low=-0.5, ci_high=3.5)
    >>> trial = sc.AnchoredSurvival(ours, published, treatment="A", outcome="PFS",
    ...                             modifiers=["age"])
    >>> target = sc.adjustment.TargetCovariates(
    ...     names=("age",), values=np.array([[60.0], [64], [68]]), population="T-02",
    ...     method="three patients")
    >>> baseline = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=300, name="T-02")
    >>> effect = sc.SurvivalEffect(measure="rmst_difference", horizon=24)
    >>> both = sc.anchored_augmented(trial, baseline, target, match=["age"], effect=effect, rng=1,
    ...                              resampling=sc.Resampling(replicates=50, interval="normal"))
    >>> print(both.indirect)
    RMST difference (to 24 months) -0.7 months (95% CI -4.5 to 3.1)
    """
    chosen, plan = model or Cox(), resampling or Resampling()
    check_mean(effect)
    check_same_target(population, target)
    in_target, ipd = TrialInTarget.of(trial, target), trial.ipd
    design, weigh = in_target.design, Weighing(ipd, population, match)

    def estimate(rows: IntArray, n_treated: int) -> float:
        time, event, x, w = ipd.time[rows], ipd.event[rows], design.x[rows], weigh(rows)
        fitted = chosen.fit(x, time, event)
        first, second = (
            augmented_mean(
                pseudo_observations(time[arm], event[arm], effect),
                predicted(fitted, x[arm], effect),
                w[arm],
                float(predicted(fitted, target_rows, effect).mean()),
            )
            for arm, target_rows in design.arms(n_treated)
        )
        return first - second

    return in_target.indirect(
        in_target.bootstrap(estimate, rng=rng, resampling=plan),
        trial.compared(effect),
        _account(chosen.name, design.terms, match, EITHER_MODIFIER, CENSORING),
    )


def anchored_augmented_response(
    trial: AnchoredResponse,
    population: Population,
    target: TargetCovariates,
    *,
    match: Sequence[str],
    measure: ResponseMeasure,
    rng: Rng,
    model: BinaryModel | None = None,
    resampling: Resampling | None = None,
) -> AnchoredComparison:
    """Doubly robust effect on a response through a common comparator.

    Parameters
    ----------
    trial, target, measure, rng, model, resampling
        As for `anchored_g_computation_response`.
    population, match
        As for `anchored_augmented`.

    Returns
    -------
    AnchoredComparison

    Raises
    ------
    InputError, InfeasibleTargetError, IncompatibleError
        As for `anchored_g_computation_response` and `unanchored_augmented_response`.

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
    >>> baseline = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=300, name="T-02")
    >>> both = sc.anchored_augmented_response(
    ...     trial, baseline, target, match=["age"], measure="log_or", rng=1,
    ...     resampling=sc.Resampling(replicates=50, interval="normal"))
    >>> print(both.indirect)
    OR 0.71 (95% CI 0.21 to 2.47)
    """
    chosen, plan = model or Logistic(), resampling or Resampling()
    check_option(measure, ResponseMeasure, name="measure")
    check_same_target(population, target)
    in_target, y = TrialInTarget.of(trial, target), trial.response.for_ids(trial.ipd.id)
    design, weigh = in_target.design, Weighing(trial.ipd, population, match)

    def estimate(rows: IntArray, n_treated: int) -> float:
        x, outcomes, w = design.x[rows], y[rows], weigh(rows)
        fitted = chosen.fit(x, outcomes)
        m = fitted.probability(x)
        first, second = (
            check_rate(
                augmented_mean(
                    outcomes[arm], m[arm], w[arm], float(fitted.probability(target_rows).mean())
                )
            )
            for arm, target_rows in design.arms(n_treated)
        )
        return rate_effect(first, second, measure)

    return in_target.indirect(
        in_target.bootstrap(estimate, rng=rng, resampling=plan),
        trial.compared(measure),
        _account(chosen.name, design.terms, match, EITHER_MODIFIER),
    )


def _account(model: str, terms: str, match: Sequence[str], *assumptions: str) -> Account:
    return Account(
        name=f"augmented estimator, {model} of {terms}; residuals weighted to the target, matched "
        f"on {', '.join(match)}",
        assumptions=assumptions,
        adjustment="standardisation and weighting",
    )
