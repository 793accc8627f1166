"""Simulated treatment comparison (STC): the target's means put into an outcome model.

With covariates centred at the target's means, the coefficient of the arm is the effect for a
patient who has all of them. It is conditional on the covariates of the model. Odds ratios and
hazard ratios are not collapsible: the effect in the population as a whole, which trials
publish, is another number even if the model holds, and nearer to 1. So a conditional effect
is not set beside a marginal one unless that is named, and G-computation is there to avoid it.
"""

from __future__ import annotations

from collections.abc import Sequence

from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.networks.anchored import AnchoredComparison
from survcomp.comparison.outcome_models.anchored import (
    AnchoredResponse,
    AnchoredSurvival,
    TwoArmDesign,
)
from survcomp.comparison.outcome_models.conditional import (
    DESIGN,
    as_conditional,
    at_means,
    coefficient,
    indirect_stc,
    refuse_marginal,
    stc_account,
)
from survcomp.comparison.outcome_models.contrast import (
    ANCHORED_MODELLED,
    UNANCHORED_MODELLED,
    Compared,
    modelled_contrast,
)
from survcomp.comparison.outcome_models.effect import ResponseMeasure, SurvivalEffect
from survcomp.comparison.outcome_models.g_computation import predicted_against
from survcomp.comparison.outcome_models.g_computation_response import predicted_rate
from survcomp.comparison.outcome_models.unanchored import (
    ArmsInTarget,
    RatesInTarget,
    UnanchoredResponse,
    UnanchoredSurvival,
)
from survcomp.comparison.two_arms.cox import PROPORTIONAL
from survcomp.estimation.outcome_models.binary import BinaryModel, Logistic
from survcomp.estimation.outcome_models.survival import Cox, SurvivalModel
from survcomp.values.checks import Rng
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.draws import assumes_censoring, interval_words
from survcomp.values.populations.population import Population


def anchored_stc(
    trial: AnchoredSurvival,
    population: Population,
    *,
    covariates: Sequence[str],
    marginal_as_conditional: str = "",
    level: float = 0.95,
) -> AnchoredComparison:
    """Conditional hazard ratio at the target's means, then Bucher to the other treatment.

    Parameters
    ----------
    trial : AnchoredSurvival
        One's own trial, its effect modifiers, and the published log hazard ratio, conditional
        on the same covariates.
    population : Population
        The target, with a mean or proportion of each covariate.
    covariates : sequence of str
        Covariates of the model; the modifiers are some of them.
    marginal_as_conditional : str
        If the published effect is marginal, or not said to be either: why it may stand for a
        conditional one. It is printed with the result.
    level : float
        Confidence level.

    Returns
    -------
    AnchoredComparison
        Conditional, with the sandwich standard error of Lin and Wei (Cox model, Breslow ties).

    Raises
    ------
    IncompatibleError
        If the published effect is not conditional and that is not named, or the two differ in
        measure or outcome.
    InputError
        If a covariate has no mean or proportion, the model cannot be fitted, or an assumption
        is named that is not needed.

    References
    ----------
    Caro JJ, Ishak KJ (2010), PharmacoEconomics 28:957. Phillippo DM et al. (2016), NICE DSU
    Technical Support Document 18. Remiro-Azocar A, Heath A, Baio G (2021), Res Synth Methods
    12:750.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, AnchoredSurvival, Contrast
    >>> from survcomp import Mean, Population, Question, anchored_stc
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10,
    ...                       "arm": ["A", "C", "C", "A"] * 10})
    >>> ours = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                       arm="arm",
    ...                       covariates=["x"])
    >>> question = Question(treatment="B", comparator="C", outcome="OS", measure="log_hr",
    ...                     population="B's trial", estimand="conditional")
    >>> published = Contrast.from_interval(question, value=0.8, ci_low=0.6, ci_high=1.07)
    >>> trial = AnchoredSurvival(ours, published, treatment="A", outcome="OS", modifiers=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=300, name="B's trial")
    >>> stc = anchored_stc(trial, target, covariates=["x"])
    >>> stc.indirect.estimand, stc.indirect.comparator
    ('conditional', 'B')
    """
    ipd, target = trial.ipd, at_means(trial.ipd, population, covariates)
    design = TwoArmDesign.of(trial, target, centre=target.values[0])
    fitted = Cox().fit(design.x, ipd.time, ipd.event)
    arm = len(covariates)
    adjusted = modelled_contrast(
        coefficient(fitted.coefficients[arm], fitted.covariance_robust[arm, arm], level),
        Compared(
            treatment=trial.treatment,
            comparator=trial.comparator,
            outcome=trial.outcome,
            measure="log_hr",
            holds=interval_words(ipd),
            assumes_censoring=assumes_censoring(ipd),
            assumptions=(PROPORTIONAL,),
        ),
        stc_account(Cox().name, design.terms, ANCHORED_MODELLED),
        target,
        design=DESIGN,
    )
    return indirect_stc(adjusted, trial, marginal_as_conditional)


def anchored_stc_response(
    trial: AnchoredResponse,
    population: Population,
    *,
    covariates: Sequence[str],
    marginal_as_conditional: str = "",
    level: float = 0.95,
) -> AnchoredComparison:
    """Conditional odds ratio at the target's means, then Bucher to the other treatment.

    Parameters
    ----------
    trial : AnchoredResponse
        One's own trial, its effect modifiers, and the published log odds ratio, conditional
        on the same covariates.
    population, covariates, marginal_as_conditional, level
        As for `anchored_stc`.

    Returns
    -------
    AnchoredComparison
        Conditional, with the sandwich standard error (HC0) of a logistic regression.

    Raises
    ------
    IncompatibleError, InputError
        As for `anchored_stc`.

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
    ...                        population="T-02", estimand="conditional")
    >>> published = sc.Contrast.from_interval(question, value=1.4, ci_low=0.9, ci_high=2.2)
    >>> trial = sc.AnchoredResponse(ours, orr, published, treatment="A", modifiers=["age"])
    >>> baseline = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=300, name="T-02")
    >>> both = sc.anchored_stc_response(trial, baseline, covariates=["age"])
    >>> print(both.indirect)
    OR 0.71 (95% CI 0.21 to 2.39)
    """
    ipd, target = trial.ipd, at_means(trial.ipd, population, covariates)
    design = TwoArmDesign.of(trial, target, centre=target.values[0])
    fitted = Logistic().fit(design.x, trial.response.for_ids(ipd.id))
    arm = len(covariates) + 1  # after the intercept
    adjusted = modelled_contrast(
        coefficient(fitted.coefficients[arm], fitted.covariance[arm, arm], level),
        trial.compared("log_or"),
        stc_account(Logistic().name, design.terms, ANCHORED_MODELLED),
        target,
        design=DESIGN,
    )
    return indirect_stc(adjusted, trial, marginal_as_conditional)


def unanchored_stc(
    arms: UnanchoredSurvival,
    population: Population,
    *,
    covariates: Sequence[str],
    effect: SurvivalEffect,
    marginal_as_conditional: str,
    rng: Rng,
    model: SurvivalModel | None = None,
    resampling: Resampling | None = None,
) -> Contrast:
    """Predicted survival at the target's means against the comparator's curve.

    Parameters
    ----------
    arms, effect, rng, model, resampling
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

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 43), "pfs": [1, 1, 0, 1] * 10,
    ...                       "age": [55, 70, 60, 65, 58] * 8})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [26] * 5, arm="B", time_unit="months")
    >>> arms = sc.UnanchoredSurvival(mine, theirs, outcome="PFS")
    >>> baseline = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=300, name="T-02")
    >>> effect = sc.SurvivalEffect(measure="survival_difference", horizon=12)
    >>> print(sc.unanchored_stc(arms, baseline, covariates=["age"], effect=effect, rng=1,
    ...                         marginal_as_conditional="a demonstration",
    ...                         resampling=sc.Resampling(replicates=50, interval="normal")))
    S(12 months) difference 0.148 (95% CI -0.110 to 0.365)
    """
    refuse_marginal(f"the curve of {arms.draws[0].arms[0]}", marginal_as_conditional)
    chosen, plan = model or Cox(), resampling or Resampling()
    target = at_means(arms.treatment, population, covariates)
    in_target = ArmsInTarget.of(arms, target)
    return in_target.compare(
        predicted_against(in_target, chosen, effect),
        stc_account(
            chosen.name,
            ", ".join(covariates),
            UNANCHORED_MODELLED,
            as_conditional(marginal_as_conditional),
        ),
        effect=effect,
        rng=rng,
        resampling=plan,
    )


def unanchored_stc_response(
    sides: UnanchoredResponse,
    population: Population,
    *,
    covariates: Sequence[str],
    measure: ResponseMeasure,
    marginal_as_conditional: str,
    rng: Rng,
    model: BinaryModel | None = None,
    resampling: Resampling | None = None,
) -> Contrast:
    """Predicted response at the target's means against a published rate.

    Parameters
    ----------
    sides, measure, rng, model, resampling
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

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 43), "pfs": [1, 1, 0, 1] * 10,
    ...                       "age": [55, 70, 60, 65, 58] * 8})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> orr = sc.PatientOutcome(id=mine.id, value=np.array([1, 1, 0, 1] * 10), name="ORR")
    >>> arm = sc.TrialArm(trial="T-02", arm="b", treatment="B")
    >>> theirs = sc.Response.from_published(arm, outcome="ORR", n=128, events=64)
    >>> baseline = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=300, name="T-02")
    >>> sides = sc.UnanchoredResponse(mine, orr, theirs)
    >>> print(sc.unanchored_stc_response(
    ...     sides, baseline, covariates=["age"], measure="log_or",
    ...     marginal_as_conditional="a demonstration", rng=1,
    ...     resampling=sc.Resampling(replicates=50, interval="normal")))
    OR 3.00 (95% CI 0.96 to 7.77)
    """
    refuse_marginal(f"the rate of {sides.comparator.treatment}", marginal_as_conditional)
    chosen, plan = model or Logistic(), resampling or Resampling()
    target = at_means(sides.ipd, population, covariates)
    rates = RatesInTarget.of(sides, target, measure)
    return rates.contrast(
        rates.bootstrap(predicted_rate(rates, chosen), rng=rng, resampling=plan),
        stc_account(
            chosen.name,
            ", ".join(covariates),
            UNANCHORED_MODELLED,
            as_conditional(marginal_as_conditional),
        ),
    )
