"""G-computation: a marginal effect in a target population, from a model of the outcome.

A model of the outcome given covariates is fitted to one's own patients, predicts the outcome
of every patient of the target under a treatment, and the predictions are averaged before
they are compared (Remiro-Azocar, Heath, Baio 2022). The average makes the effect marginal,
whatever the link of the model: it may be set beside a published arm, or beside a published
marginal effect, which a coefficient of the model may not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.outcome_models.anchored import AnchoredTrial, TwoArmDesign
from survcomp.comparison.outcome_models.contrast import (
    ANCHORED_MODELLED,
    MODEL_HOLDS,
    UNANCHORED_MODELLED,
    Account,
    AnchoredModel,
)
from survcomp.comparison.outcome_models.effect import (
    Observed,
    Predicted,
    SurvivalEffect,
    survival_effect,
)
from survcomp.comparison.outcome_models.estimate import IntArray
from survcomp.comparison.outcome_models.unanchored import (
    UnanchoredArms,
)
from survcomp.comparison.two_arms.paired_draws import Side
from survcomp.estimation.outcome_models.survival import Cox, SurvivalModel
from survcomp.values.contrast import Contrast
from survcomp.values.ipd import IPD


def unanchored_g_computation(
    treatment: IPD,
    comparator: Side,
    target: TargetCovariates,
    *,
    outcome: str,
    effect: SurvivalEffect,
    rng: np.random.Generator,
    model: SurvivalModel | None = None,
    resampling: Resampling | None = None,
    assumptions: Mapping[str, str] | None = None,
) -> Contrast:
    """Marginal effect on survival in the comparator's population, without a common arm.

    Parameters
    ----------
    treatment : IPD
        One's own arm, with the covariates of `target`.
    comparator : IPD or Ensemble
        The comparator's patients, usually rebuilt from its published curve. Of an ensemble
        each replicate takes one draw, so that the reconstruction's error is in the result.
    target : TargetCovariates
        Rows of the comparator's population, from `survcomp.adjustment.simulate_target`; fixed.
    outcome : str
        Endpoint, for the result.
    effect : SurvivalEffect
        Hazard ratio, difference in RMST or in survival, and the horizon. The hazard ratio is
        that of a Cox model in an endless trial with the predicted curve in one arm, the
        comparator's Kaplan-Meier curve in the other and the comparator's censoring in both,
        to the horizon.
    rng : Generator
        Source of the bootstrap's seeds.
    model : SurvivalModel, optional
        `Cox()` when left out, or `Parametric(...)`, with main effects of the covariates.
    resampling : Resampling, optional
        Replicates, interval and level; 1,000 and percentile when left out.
    assumptions : mapping of str to str, optional
        As for `unanchored_maic`.

    Returns
    -------
    Contrast
        Marginal; both arms resampled. A difference in survival above 0 favours `treatment`.
        Of an ensemble `se` is the sampling part, `se_reconstruction` that between draws, and
        the interval holds both.

    Raises
    ------
    InputError
        If a side does not hold one arm, a covariate is missing, the model cannot be fitted,
        the horizon lies beyond a follow-up, or BCa is asked for of an ensemble.
    IncompatibleError
        If the two may not be compared.

    References
    ----------
    Remiro-Azocar A, Heath A, Baio G (2022), Res Synth Methods 13:716. Phillippo DM et al.
    (2016), NICE DSU Technical Support Document 18.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"t": range(3, 27), "e": [1, 1, 0] * 8, "x": [0, 1, 1, 0] * 6})
    >>> own = IPD.from_frame(frame, time="t", event="e", time_unit="months", covariates=["x"],
    ...                      label="A")
    >>> other = IPD.from_times(range(1, 13), [14, 16], arm="B", time_unit="months")
    >>> target = TargetCovariates(names=("x",), values=np.array([[1.0], [1], [0]]),
    ...                           population="B's trial", method="three patients")
    >>> found = unanchored_g_computation(
    ...     own, other, target, outcome="OS", rng=np.random.default_rng(1),
    ...     effect=SurvivalEffect(measure="rmst_difference", horizon=12),
    ...     resampling=Resampling(replicates=50, interval="normal"))
    >>> round(found.estimate, 2), found.estimand, found.population
    (3.33, 'marginal', "B's trial")
    """
    chosen, plan = model or Cox(), resampling or Resampling()
    arms = UnanchoredArms.of(treatment, comparator, target, assumptions)
    return arms.compare(
        predicted_against(arms, chosen, effect),
        unanchored_account(chosen.name, target),
        outcome=outcome,
        effect=effect,
        rng=rng,
        resampling=plan,
    )


def predicted_against(
    arms: UnanchoredArms, model: SurvivalModel, effect: SurvivalEffect
) -> Callable[[IntArray, Observed], float]:
    """The effect of survival predicted in the target, against the comparator's patients."""
    own = arms.own

    def estimate(rows: IntArray, other: Observed) -> float:
        fitted = model.fit(arms.x[rows], own.time[rows], own.event[rows])
        predicted = Predicted(fitted, arms.target.values)
        return survival_effect(predicted, other, effect, (other.time, other.event))

    return estimate


def anchored_g_computation(
    ipd: IPD,
    published: Contrast,
    target: TargetCovariates,
    *,
    treatment: str,
    outcome: str,
    effect: SurvivalEffect,
    modifiers: Sequence[str],
    rng: np.random.Generator,
    model: SurvivalModel | None = None,
    resampling: Resampling | None = None,
    different_comparators: str = "",
) -> AnchoredModel:
    """Marginal effect on survival against another treatment through a common comparator.

    One model of both arms, with the arm, the covariates of `target` and the arm by each
    modifier, predicts the target population's survival under both.

    Parameters
    ----------
    ipd : IPD
        Patients of one's own trial, two arms.
    published : Contrast
        Marginal effect of the other treatment against the common comparator, of the same
        measure, outcome and (of areas) horizon, with a standard error.
    target, rng, model, resampling
        As for `unanchored_g_computation`.
    treatment : str
        Name of the arm of interest.
    outcome : str
        Endpoint, for the result.
    effect : SurvivalEffect
        As for `unanchored_g_computation`; the hazard ratio is that of the two predicted
        curves under the censoring of one's own trial.
    modifiers : sequence of str
        Covariates of `target` that change the effect; may be empty.
    different_comparators : str
        As for `bucher`.

    Returns
    -------
    AnchoredModel
        Patients of each of one's own arms resampled; the published standard error added.

    Raises
    ------
    InputError
        If the IPD does not hold two arms, a modifier is no covariate of `target`, or the
        model cannot be fitted.
    IncompatibleError
        If the effects differ in measure, outcome or estimand, or the comparators differ and
        that is not named.
    """
    chosen, plan = model or Cox(), resampling or Resampling()
    trial = AnchoredTrial.of(ipd, published, target, treatment, modifiers, different_comparators)
    design = trial.design

    def estimate(rows: IntArray, _: int) -> float:
        followed = ipd.time[rows], ipd.event[rows]
        fitted = chosen.fit(design.x[rows], *followed)
        first = Predicted(fitted, design.target_treated)
        return survival_effect(first, Predicted(fitted, design.target_others), effect, followed)

    return trial.survival(
        trial.bootstrap(estimate, rng=rng, resampling=plan),
        anchored_account(chosen.name, design),
        outcome=outcome,
        effect=effect,
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
