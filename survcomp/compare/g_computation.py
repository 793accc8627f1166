"""G-computation: a marginal effect in a target population, from a model of the outcome.

A model of the outcome given covariates is fitted to one's own patients, predicts the outcome
of every patient of the target under a treatment, and the predictions are averaged before
they are compared (Remiro-Azocar, Heath, Baio 2022). The average makes the effect marginal,
whatever the link of the model: it may be set beside a published arm, or beside a published
marginal effect, which a coefficient of the model may not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from survcomp.adjust.target_covariates import TargetCovariates, covariate_matrix
from survcomp.compare.anchored_maic import anchor_se, in_arm, other_arm
from survcomp.compare.bootstrap_draws import Resampling
from survcomp.compare.bucher import bucher
from survcomp.compare.compatibility import check_compatible
from survcomp.compare.cox import interval_label
from survcomp.compare.modelled_effect import (
    ANCHORED_MODELLED,
    MODEL_HOLDS,
    TARGET,
    UNANCHORED_MODELLED,
    AnchoredModel,
    IntArray,
    Observed,
    Predicted,
    ResponseMeasure,
    SurvivalEffect,
    Uncertainty,
    Variance,
    anchored_result,
    bootstrap,
    check_target,
    rate_effect,
    survival_effect,
    wald,
)
from survcomp.compare.paired_draws import check_units
from survcomp.compare.weighted_response import ArmMean, response_effect, slope
from survcomp.errors import InputError
from survcomp.estimate.outcome_models import BinaryModel, FittedLogistic, Logistic
from survcomp.estimate.survival_models import Cox, SurvivalModel
from survcomp.values.checks import BoolArray, FloatArray, check_option
from survcomp.values.contrast import Contrast
from survcomp.values.ipd import IPD
from survcomp.values.outcome import PatientOutcome
from survcomp.values.response import Response


def unanchored_g_computation(
    treatment: IPD,
    comparator: IPD,
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
    comparator : IPD
        The comparator's patients, usually rebuilt from its published curve.
    target : TargetCovariates
        Rows of the comparator's population, from `survcomp.adjust.simulate_target`; fixed.
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
        Marginal; both arms resampled. A difference in survival has the measure
        "risk_difference" and its time in `outcome`; above 0 it favours `treatment`.

    Raises
    ------
    InputError
        If a side does not hold one arm, a covariate is missing, the model cannot be fitted or
        the horizon lies beyond a follow-up.
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
    words = unanchored_words(treatment, comparator, target, assumptions)
    x = covariate_matrix(treatment, target.names)

    def estimate(own: IntArray, other: IntArray) -> float:
        fitted = chosen.fit(x[own], treatment.time[own], treatment.event[own])
        followed = comparator.time[other], comparator.event[other]
        return survival_effect(
            Predicted(fitted, target.values), Observed(*followed), effect, followed
        )

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
        method=f"unanchored G-computation, {chosen.name} of {', '.join(target.names)}",
        assumptions=(UNANCHORED_MODELLED, MODEL_HOLDS, *words, *target.assumptions),
    )


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
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"t": 1.0, "e": 1, "x": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> own = IPD.from_frame(frame, time="t", event="e", time_unit="months", covariates=["x"],
    ...                      label="A")
    >>> response = PatientOutcome(id=own.id, value=np.array([1.0, 0, 0, 0, 1, 1, 1, 0]),
    ...                           name="ORR")
    >>> other = Response.from_published(trial="T", arm="b", treatment="B", outcome="ORR", n=50,
    ...                                 events=20)
    >>> target = TargetCovariates(names=("x",), values=np.array([[1.0], [1], [0], [1]]),
    ...                           population="B's trial", method="four patients")
    >>> found = unanchored_g_computation_response(
    ...     own, response, other, target, measure="risk_difference", variance="sandwich")
    >>> round(found.estimate, 6)  # by hand: (3 * 0.75 + 0.25) / 4 - 0.4
    0.225
    """
    chosen, plan = model or Logistic(), resampling or Resampling()
    check_option(measure, ResponseMeasure, name="measure")
    check_variance(variance, rng)
    words = response_words(ipd, response, comparator, target, assumptions)
    x, y = covariate_matrix(ipd, target.names), response.for_ids(ipd.id)
    events = patients_of(comparator)

    def estimate(own: IntArray, other: IntArray) -> float:
        rate = float(chosen.fit(x[own], y[own]).probability(target.values).mean())
        return rate_effect(rate, float(events[other].mean()), measure)

    if variance == "bootstrap":
        assert rng is not None
        point, found = bootstrap(estimate, (ipd.n, comparator.n), rng=rng, resampling=plan)
    else:
        point, found = _unanchored_sandwich(
            logistic(chosen, x, y), target.values, comparator, measure, plan.level
        )
    return response_contrast(
        target,
        names=(ipd.arms[0], comparator.treatment),
        outcome=response.name,
        measure=measure,
        estimate=point,
        found=found,
        level=plan.level,
        method=f"unanchored G-computation, {chosen.name} of {', '.join(target.names)}",
        assumptions=(UNANCHORED_MODELLED, MODEL_HOLDS, *words, *target.assumptions),
        sources=(f"response:{comparator.id}",),
    )


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
    comparator = other_arm(ipd, treatment)
    anchor_se(comparator, published, different_comparators)
    trial = TwoArmDesign.of(ipd, target, treatment, modifiers)

    def estimate(own: IntArray, other: IntArray) -> float:
        rows = trial.rows(own, other)
        followed = ipd.time[rows], ipd.event[rows]
        fitted = chosen.fit(trial.x[rows], *followed)
        first = Predicted(fitted, trial.target_treated)
        return survival_effect(first, Predicted(fitted, trial.target_others), effect, followed)

    point, found = bootstrap(estimate, trial.sizes, rng=rng, resampling=plan)
    name = f"G-computation, {chosen.name} of {trial.terms}"
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
        assumptions=(ANCHORED_MODELLED, MODEL_HOLDS, *target.assumptions),
    )
    indirect = bucher(
        adjusted,
        published,
        population=target.population,
        different_comparators=different_comparators,
        level=plan.level,
    )
    return anchored_result(adjusted, published, indirect, name=name)


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
    comparator = other_arm(ipd, treatment)
    anchor_se(comparator, published, different_comparators)
    trial, y = TwoArmDesign.of(ipd, target, treatment, modifiers), response.for_ids(ipd.id)

    def estimate(own: IntArray, other: IntArray) -> float:
        rows = trial.rows(own, other)
        fitted = chosen.fit(trial.x[rows], y[rows])
        first = float(fitted.probability(trial.target_treated).mean())
        return rate_effect(first, float(fitted.probability(trial.target_others).mean()), measure)

    if variance == "bootstrap":
        assert rng is not None
        point, found = bootstrap(estimate, trial.sizes, rng=rng, resampling=plan)
    else:
        point, found = _anchored_sandwich(logistic(chosen, trial.x, y), trial, measure, plan.level)
    name = f"G-computation, {chosen.name} of {trial.terms}"
    adjusted = response_contrast(
        target,
        names=(treatment, comparator),
        outcome=response.name,
        measure=measure,
        estimate=point,
        found=found,
        level=plan.level,
        method=f"marginal effect by {name}",
        assumptions=(ANCHORED_MODELLED, MODEL_HOLDS, *target.assumptions),
    )
    indirect = bucher(
        adjusted,
        published,
        population=target.population,
        different_comparators=different_comparators,
        level=plan.level,
    )
    return anchored_result(adjusted, published, indirect, name=name)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoArmDesign:
    """Columns of a model of two arms: p covariates, the arm, and the arm by q modifiers.

    Attributes
    ----------
    treated : ndarray of shape (n,), bool
        Who is in the arm of interest.
    x : ndarray of shape (n, p + 1 + q)
        Columns of one's own patients; the arm is column p.
    target_treated, target_others : ndarray of shape (N, p + 1 + q)
        Columns of the target's patients, all in one arm and all in the other.
    terms : str
        In words.
    """

    treated: BoolArray
    x: FloatArray
    target_treated: FloatArray
    target_others: FloatArray
    terms: str

    @classmethod
    def of(
        cls,
        ipd: IPD,
        target: TargetCovariates,
        treatment: str,
        modifiers: Sequence[str],
        *,
        centre: FloatArray | None = None,
    ) -> TwoArmDesign:
        """Columns of a trial and a target, covariates less `centre` (p,) where it is given.

        Raises
        ------
        InputError
            If the IPD does not hold two arms, a covariate is missing, or a modifier is none.
        """
        names = target.names
        if not set(modifiers) <= set(names) or len(set(modifiers)) != len(modifiers):
            raise InputError(
                f"`modifiers` must be among the covariates {', '.join(names)}, each once; got "
                f"{', '.join(modifiers)}."
            )
        origin = np.zeros(len(names)) if centre is None else centre
        place = [names.index(name) for name in modifiers]

        def columns(x: FloatArray, arm: FloatArray) -> FloatArray:
            z = x - origin
            return np.column_stack([z, arm, z[:, place] * arm[:, None]])

        treated, rows = in_arm(ipd, treatment), target.values
        return cls(
            treated=treated,
            x=columns(covariate_matrix(ipd, names), treated.astype(float)),
            target_treated=columns(rows, np.ones(rows.shape[0])),
            target_others=columns(rows, np.zeros(rows.shape[0])),
            terms=", ".join([*names, "arm", *(f"arm by {name}" for name in modifiers)]),
        )

    @property
    def sizes(self) -> tuple[int, int]:
        """Patients in the arm of interest and in the other."""
        own = int(self.treated.sum())
        return own, self.treated.size - own

    def rows(self, own: IntArray, other: IntArray) -> IntArray:
        """Row numbers of these patients of the two arms."""
        arms = np.flatnonzero(self.treated)[own], np.flatnonzero(~self.treated)[other]
        return np.concatenate(arms)


def unanchored_words(
    treatment: IPD,
    comparator: IPD,
    target: TargetCovariates,
    assumptions: Mapping[str, str] | None,
) -> tuple[str, ...]:
    """What a comparison of these two arms in this target rests on, or a refusal."""
    for name, ipd in (("treatment", treatment), ("comparator", comparator)):
        if len(ipd.arms) != 1:
            raise InputError(f"`{name}` must hold one arm; got {', '.join(ipd.arms)}.")
    check_units(treatment, comparator)
    named, arm = dict(assumptions or {}), comparator.arms[0]
    aimed = check_target(
        target.basis, target.population, comparator.basis, arm, named.pop(TARGET, "")
    )
    names = treatment.arms[0], arm
    return (
        *aimed,
        *check_compatible(treatment.basis, comparator.basis, names=names, assumptions=named),
    )


def response_words(
    ipd: IPD,
    response: PatientOutcome,
    comparator: Response,
    target: TargetCovariates,
    assumptions: Mapping[str, str] | None,
) -> tuple[str, ...]:
    """What a comparison of these responses in this target rests on, or a refusal."""
    if len(ipd.arms) != 1:
        raise InputError(f"`ipd` must hold one arm; got {', '.join(ipd.arms)}.")
    check_binary_response(response)
    named, name = dict(assumptions or {}), f"{comparator.trial} {comparator.outcome}"
    aimed = check_target(
        target.basis, target.population, comparator.basis, name, named.pop(TARGET, "")
    )
    found = check_compatible(
        response.basis,
        comparator.basis,
        names=(f"{ipd.arms[0]} {response.name}", name),
        assumptions=named,
        outcomes=(response.name, comparator.outcome),
    )
    return (*aimed, *found)


def check_binary_response(response: PatientOutcome) -> None:
    """Raise unless every value is 0 or 1."""
    if not response.is_binary:
        bad = response.value[~np.isin(response.value, (0.0, 1.0))][0]
        raise InputError(f"`response` {response.name!r} must be 0 or 1; got {float(bad)!r}.")


def check_variance(variance: Variance, rng: np.random.Generator | None) -> None:
    """Raise unless a bootstrap has its generator, and a sandwich none."""
    check_option(variance, Variance, name="variance")
    if (variance == "bootstrap") == (rng is None):
        raise InputError(
            f"`rng` must be {'a Generator' if rng is None else 'left out'} with variance="
            f"{variance!r}."
        )


def patients_of(comparator: Response) -> FloatArray:
    """The comparator's patients, 1 for a responder, of shape (n,)."""
    return (np.arange(comparator.n) < comparator.events).astype(float)


def logistic(model: BinaryModel, x: FloatArray, y: FloatArray) -> FittedLogistic:
    """The fitted model, if it has a sandwich."""
    fitted = model.fit(x, y)
    if not isinstance(fitted, FittedLogistic):
        raise InputError(f"`variance` must be 'bootstrap' for a {model.name}; got 'sandwich'.")
    return fitted


def _unanchored_sandwich(
    fitted: FittedLogistic,
    target: FloatArray,
    comparator: Response,
    measure: ResponseMeasure,
    level: float,
) -> tuple[float, Uncertainty]:
    rate, gradient = float(fitted.probability(target).mean()), fitted.mean_gradient(target)
    other = comparator.events / comparator.n
    point = rate_effect(rate, other, measure)
    own = ArmMean(rate, float(gradient @ fitted.covariance @ gradient))
    published = ArmMean(other, other * (1 - other) / comparator.n)
    _, se = response_effect(own, published, measure)
    return point, wald(point, se, level, "sandwich, the target held fixed")


def _anchored_sandwich(
    fitted: FittedLogistic, trial: TwoArmDesign, measure: ResponseMeasure, level: float
) -> tuple[float, Uncertainty]:
    targets = trial.target_treated, trial.target_others
    rates = [float(fitted.probability(x).mean()) for x in targets]
    point = rate_effect(rates[0], rates[1], measure)
    slopes = [
        slope(rate, measure) * fitted.mean_gradient(x)
        for rate, x in zip(rates, targets, strict=True)
    ]
    gradient = slopes[0] - slopes[1]
    se = float(np.sqrt(gradient @ fitted.covariance @ gradient))
    return point, wald(point, se, level, "sandwich, the target held fixed")


def survival_contrast(
    sides: tuple[IPD, ...],
    target: TargetCovariates,
    *,
    names: tuple[str, str],
    outcome: str,
    effect: SurvivalEffect,
    estimate: float,
    found: Uncertainty,
    level: float,
    method: str,
    assumptions: tuple[str, ...],
) -> Contrast:
    """A marginal effect on survival, in its target population."""
    unit = sides[0].time_unit
    area = effect.measure == "rmst_difference"
    shown = {
        "log_hr": f"hazard ratio of an endless trial to {effect.horizon:g} {unit}",
        "rmst_difference": "difference in areas",
        "survival_difference": "difference in survival, above 0 in favour of the treatment",
    }[effect.measure]
    return Contrast(
        treatment=names[0],
        comparator=names[1],
        outcome=effect.outcome(outcome, unit),
        measure=effect.contrast_measure,
        population=target.population,
        estimate=estimate,
        se=found.se,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        level=level,
        interval=f"{interval_label(*sides)}; {found.words}",
        time_unit=unit if area else None,
        horizon=effect.horizon if area else None,
        estimand="marginal",
        adjustment="regression",
        method=f"{method}; {target.method}; {shown}",
        assumptions=assumptions,
        notes=(*found.notes, *target.notes),
    )


def response_contrast(
    target: TargetCovariates,
    *,
    names: tuple[str, str],
    outcome: str,
    measure: ResponseMeasure,
    estimate: float,
    found: Uncertainty,
    level: float,
    method: str,
    assumptions: tuple[str, ...],
    sources: tuple[str, ...] = (),
) -> Contrast:
    """A marginal effect on a response, in its target population."""
    return Contrast(
        treatment=names[0],
        comparator=names[1],
        outcome=outcome,
        measure=measure,
        population=target.population,
        estimate=estimate,
        se=found.se,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        level=level,
        interval=f"sampling error; {found.words}",
        estimand="marginal",
        adjustment="regression",
        method=f"{method}; {target.method}",
        assumptions=assumptions,
        notes=(*found.notes, *target.notes),
        sources=sources,
    )
