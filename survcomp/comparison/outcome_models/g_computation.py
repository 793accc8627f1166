"""G-computation: a marginal effect in a target population, from a model of the outcome.

A model of the outcome given covariates is fitted to one's own patients, predicts the outcome
of every patient of the target under a treatment, and the predictions are averaged before
they are compared (Remiro-Azocar, Heath, Baio 2022). The average makes the effect marginal,
whatever the link of the model: it may be set beside a published arm, or beside a published
marginal effect, which a coefficient of the model may not.
"""

from __future__ import annotations

from collections.abc import Callable

from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.networks.anchored import AnchoredComparison
from survcomp.comparison.outcome_models.anchored import (
    AnchoredSurvival,
    TrialInTarget,
    TwoArmDesign,
)
from survcomp.comparison.outcome_models.contrast import (
    ANCHORED_MODELLED,
    MODEL_HOLDS,
    UNANCHORED_MODELLED,
    Account,
)
from survcomp.comparison.outcome_models.effect import (
    Observed,
    Predicted,
    SurvivalEffect,
    survival_effect,
)
from survcomp.comparison.outcome_models.estimate import IntArray
from survcomp.comparison.outcome_models.unanchored import ArmsInTarget, UnanchoredSurvival
from survcomp.estimation.outcome_models.survival import Cox, SurvivalModel
from survcomp.values.checks import Rng
from survcomp.values.contrasts.contrast import Contrast


def unanchored_g_computation(
    arms: UnanchoredSurvival,
    target: TargetCovariates,
    *,
    effect: SurvivalEffect,
    rng: Rng,
    model: SurvivalModel | None = None,
    resampling: Resampling | None = None,
) -> Contrast:
    """Marginal effect on survival in the comparator's population, without a common arm.

    Parameters
    ----------
    arms : UnanchoredSurvival
        One's own arm and the comparator's patients.
    target : TargetCovariates
        Rows of the comparator's population, from `survcomp.adjustment.simulate_target`; fixed.
    effect : SurvivalEffect
        Hazard ratio, difference in RMST or in survival, and the horizon. The hazard ratio is
        that of a Cox model in an endless trial with the predicted curve in one arm, the
        comparator's Kaplan-Meier curve in the other and the comparator's censoring in both,
        to the horizon.
    rng : Generator or int
        Source of the bootstrap's seeds.
    model : SurvivalModel, optional
        `Cox()` when left out, or `Parametric(...)`, with main effects of the covariates.
    resampling : Resampling, optional
        Replicates, interval and level; 1,000 and percentile when left out.

    Returns
    -------
    Contrast
        Marginal; both arms resampled. A difference in survival above 0 favours the treatment.
        Of an ensemble `se` is the sampling part, `se_reconstruction` that between draws, and
        the interval holds both.

    Raises
    ------
    InputError
        If a covariate is missing, the model cannot be fitted, the horizon lies beyond a
        follow-up, or BCa is asked for of an ensemble.
    IncompatibleError
        If the two may not be compared.

    References
    ----------
    Remiro-Azocar A, Heath A, Baio G (2022), Res Synth Methods 13:716. Phillippo DM et al.
    (2016), NICE DSU Technical Support Document 18.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from survcomp import IPD, Resampling
    >>> from survcomp import SurvivalEffect, UnanchoredSurvival, unanchored_g_computation
    >>> from survcomp.adjustment import TargetCovariates
    >>> frame = pd.DataFrame({"t": range(3, 27), "e": [1, 1, 0] * 8, "x": [0, 1, 1, 0] * 6})
    >>> ours = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                       covariates=["x"],
    ...                       label="A")
    >>> other = IPD.from_times(range(1, 13), [14, 16], arm="B", time_unit="months")
    >>> target = TargetCovariates(names=("x",), values=np.array([[1.0], [1], [0]]),
    ...                           population="B's trial", method="three patients")
    >>> difference = unanchored_g_computation(
    ...     UnanchoredSurvival(ours, other, outcome="OS"), target, rng=1,
    ...     effect=SurvivalEffect(measure="rmst_difference", horizon=12),
    ...     resampling=Resampling(replicates=50, interval="normal"))
    >>> round(difference.value, 2), difference.estimand, difference.population
    (3.33, 'marginal', "B's trial")
    """
    chosen, plan = model or Cox(), resampling or Resampling()
    in_target = ArmsInTarget.of(arms, target)
    return in_target.compare(
        predicted_against(in_target, chosen, effect),
        unanchored_account(chosen.name, target),
        effect=effect,
        rng=rng,
        resampling=plan,
    )


def predicted_against(
    in_target: ArmsInTarget, model: SurvivalModel, effect: SurvivalEffect
) -> Callable[[IntArray, Observed], float]:
    """The effect of survival predicted in the target, against the comparator's patients."""
    x, treatment = in_target.x, in_target.arms.treatment

    def estimate(rows: IntArray, other: Observed) -> float:
        fitted = model.fit(x[rows], treatment.time[rows], treatment.event[rows])
        predicted = Predicted(fitted, in_target.target.values)
        return survival_effect(predicted, other, effect, (other.time, other.event))

    return estimate


def anchored_g_computation(
    trial: AnchoredSurvival,
    target: TargetCovariates,
    *,
    effect: SurvivalEffect,
    rng: Rng,
    model: SurvivalModel | None = None,
    resampling: Resampling | None = None,
) -> AnchoredComparison:
    """Marginal effect on survival against another treatment through a common comparator.

    One model of both arms, with the arm, the covariates of `target` and the arm by each
    modifier, predicts the target population's survival under both.

    Parameters
    ----------
    trial : AnchoredSurvival
        One's own trial, its effect modifiers, and the published effect, which is marginal.
    target, rng, model, resampling
        As for `unanchored_g_computation`.
    effect : SurvivalEffect
        As for `unanchored_g_computation`; the hazard ratio is that of the two predicted
        curves under the censoring of one's own trial.

    Returns
    -------
    AnchoredComparison
        Patients of each of one's own arms resampled; the published standard error added.

    Raises
    ------
    InputError
        If a modifier is no covariate of `target`, or the model cannot be fitted.
    IncompatibleError
        If the effects differ in measure, outcome or estimand.

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
    >>> effect = sc.SurvivalEffect(measure="rmst_difference", horizon=24)
    >>> both = sc.anchored_g_computation(trial, target, effect=effect, rng=1,
    ...                                  resampling=sc.Resampling(replicates=50, interval="normal"))
    >>> print(both.indirect)
    RMST difference (to 24 months) -1.5 months (95% CI -4.2 to 1.1)
    """
    chosen, plan = model or Cox(), resampling or Resampling()
    in_target, ipd = TrialInTarget.of(trial, target), trial.ipd
    design = in_target.design

    def estimate(rows: IntArray, _: int) -> float:
        followed = ipd.time[rows], ipd.event[rows]
        fitted = chosen.fit(design.x[rows], *followed)
        first = Predicted(fitted, design.target_treated)
        return survival_effect(first, Predicted(fitted, design.target_others), effect, followed)

    return in_target.indirect(
        in_target.bootstrap(estimate, rng=rng, resampling=plan),
        trial.compared(effect),
        anchored_account(chosen.name, design),
    )


def unanchored_account(model: str, target: TargetCovariates) -> Account:
    """What a G-computation without a common arm says of itself."""
    return Account(
        name=f"G-computation, {model} of {', '.join(target.names)}",
        assumptions=(UNANCHORED_MODELLED, MODEL_HOLDS),
    )


def anchored_account(model: str, design: TwoArmDesign) -> Account:
    """What a G-computation within one's own trial says of itself."""
    return Account(
        name=f"G-computation, {model} of {design.terms}",
        assumptions=(ANCHORED_MODELLED, MODEL_HOLDS),
    )
