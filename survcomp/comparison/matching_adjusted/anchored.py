"""Anchored MAIC: the weighted effect in one's own trial, then Bucher to the other treatment.

Weights are those of all patients of the trial, both arms together, so that the trial as a
whole looks like the target. What randomisation balanced stays balanced about as well; only
effect modifiers have to be matched. It is anchored because both trials have the identical
comparator: where they do not, the figure is refused, or called exploratory if asked for.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import norm

from survcomp.comparison.matching_adjusted.variance_result import FEW
from survcomp.comparison.networks.anchored import AnchoredComparison
from survcomp.comparison.networks.bucher import bucher
from survcomp.comparison.two_arms.compatibility import compared_outcome
from survcomp.comparison.two_arms.cox import PROPORTIONAL, may_have_p
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation.cox.two_arm import Ties
from survcomp.estimation.cox.weighted import weighted_cox
from survcomp.values.checks import BoolArray
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.question import Question
from survcomp.values.draws import assumes_censoring, interval_words
from survcomp.values.patients.ipd import IPD
from survcomp.values.weights import Weights, check_weights

EXPLORATORY = "Exploratory: the trials have no common comparator; not an anchored comparison."
FEW_EFFECTIVE = (
    "With fewer than 50 effective patients robust intervals are too narrow: simulated 95 % "
    "intervals of anchored comparisons covered 92 % (docs/maic_variance.md)."
)
MODIFIERS = "Anchored: every effect modifier is measured and matched."


def anchored_maic(
    ipd: IPD,
    weights: Weights,
    published: Contrast,
    *,
    treatment: str,
    outcome: str | None = None,
    different_comparators: str = "",
    ties: Ties = "efron",
    level: float = 0.95,
) -> AnchoredComparison:
    """Hazard ratio against another treatment through the comparator that both trials have.

    Parameters
    ----------
    ipd : IPD
        Patients of one's own trial, two arms.
    weights : Weights
        From `maic_weights` on all of them, joined by identifier.
    published : Contrast
        Log hazard ratio of the other treatment against the common comparator, marginal, with
        a standard error.
    treatment : str
        Name of the arm of interest; the other arm is the comparator, and must be called
        what `published.comparator` is.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    different_comparators : str
        If the comparators differ: why the figure is still shown. The result is then
        exploratory, not anchored.
    ties : {"efron", "breslow"}
        How tied deaths are dealt with.
    level : float
        Confidence level.

    Returns
    -------
    AnchoredComparison
        Both effects with the robust (Lin-Wei) and the published standard error. The scale
        of the weights does not matter where both arms have the same.

    Raises
    ------
    IncompatibleError
        If the comparators differ and that is not named, the weights belong to other
        patients, or the effects differ in measure, outcome or estimand.
    InputError
        If the IPD does not hold two arms, or the arms are separated.

    References
    ----------
    Signorovitch JE et al. (2010), PharmacoEconomics 28:935. Bucher HC et al. (1997), J Clin
    Epidemiol 50:683. Phillippo DM et al. (2016), NICE DSU Technical Support Document 18.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Contrast, Mean, Population, Question, anchored_maic, maic_weights
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10,
    ...                       "arm": ["A", "C", "C", "A"] * 10})
    >>> trial = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                        arm="arm",
    ...                        covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=300, name="B's trial")
    >>> weights = maic_weights(trial, target, match=["x"])
    >>> question = Question(treatment="B", comparator="C", outcome="OS", measure="log_hr",
    ...                     population="B's trial", estimand="marginal")
    >>> published = Contrast.from_interval(question, value=0.8, ci_low=0.6, ci_high=1.07)
    >>> maic = anchored_maic(trial, weights, published, treatment="A", outcome="OS")
    >>> maic.indirect.treatment, maic.indirect.comparator, maic.indirect.method
    ('A', 'B', 'anchored MAIC: Bucher comparison of a weighted and a published effect')
    """
    check_weights(weights)
    outcome = compared_outcome(ipd, outcome=outcome)
    comparator = other_arm(ipd, treatment)
    anchor_se(comparator, published, different_comparators)
    adjusted = _adjusted(ipd, weights, treatment, comparator, outcome, ties, level)
    indirect = bucher(
        adjusted,
        published,
        population=weights.population,
        different_comparators=different_comparators,
        level=level,
    )
    return AnchoredComparison(
        adjusted=adjusted,
        published=published,
        indirect=_named(indirect, exploratory=comparator != published.comparator),
    )


def in_arm(ipd: IPD, name: str) -> BoolArray:
    """Which patients are in an arm.

    Raises
    ------
    InputError
        If the IPD does not hold two arms, one of them this.
    """
    if len(ipd.arms) != 2 or name not in ipd.arms:
        raise InputError(
            f"`ipd` must hold two arms, one of them the treatment {name!r}; got "
            f"{', '.join(ipd.arms)}."
        )
    return np.array([arm == name for arm in ipd.arm])


def other_arm(ipd: IPD, treatment: str) -> str:
    """Name of the arm that is not the treatment's."""
    in_arm(ipd, treatment)
    return next(arm for arm in ipd.arms if arm != treatment)


def anchor_se(comparator: str, published: Contrast, different_comparators: str) -> float:
    """Standard error of the published effect, if it may be anchored to.

    Raises
    ------
    IncompatibleError
        If it has none, or its comparator is another one and that is not named.
    InputError
        If different comparators are named and they are the same.
    """
    same = comparator == published.comparator
    if not same and not different_comparators:
        raise IncompatibleError(
            f"no common comparator: one's own trial has {comparator!r} and the published effect "
            f"{published.comparator!r}. Say in `different_comparators` why the figure is still "
            "shown, and it will be called exploratory."
        )
    if same and different_comparators:
        raise InputError(
            f"`different_comparators` is named, but both are {comparator!r}: leave it out."
        )
    if published.se is None:
        raise IncompatibleError("the published effect has no standard error or interval.")
    return published.se


def _adjusted(
    ipd: IPD,
    weights: Weights,
    treatment: str,
    comparator: str,
    outcome: str,
    ties: Ties,
    level: float,
) -> Contrast:
    treated = in_arm(ipd, treatment)
    fit = weighted_cox(ipd.time, ipd.event, treated, weights.for_patients(ipd), ties=ties)
    matched = ", ".join(weights.matched)
    return Contrast.from_link(
        Question(
            treatment=treatment,
            comparator=comparator,
            outcome=outcome,
            measure="log_hr",
            population=weights.population,
            estimand="marginal",
            trial=ipd.trial,
        ),
        LinkEstimate.sampling(fit.log_hr, fit.se_robust, level=level),
        interval=f"{interval_words(ipd)}; weights taken as known",
        derivation=Derivation(
            adjustment="weighting",
            method=f"weighted to the target, matched on {matched}; weighted Cox model, "
            f"{ties.capitalize()} ties, robust variance",
            assumptions=(MODIFIERS, PROPORTIONAL),
            notes=(
                f"Effective sample size {weights.ess:.1f} of {weights.n}.",
                *([FEW_EFFECTIVE] if weights.ess < FEW else []),
            ),
        ),
        p=float(2 * norm.sf(abs(fit.log_hr) / fit.se_robust)) if may_have_p(ipd) else None,
        assumes_censoring=assumes_censoring(ipd),
    )


def _named(indirect: Contrast, *, exploratory: bool) -> Contrast:
    words = "exploratory: " if exploratory else "anchored MAIC: "
    return replace(
        indirect,
        adjustment="weighting",
        method=f"{words}Bucher comparison of a weighted and a published effect"
        + " without common comparator" * exploratory,
        notes=(*([EXPLORATORY] if exploratory else []), *indirect.notes),
    )
