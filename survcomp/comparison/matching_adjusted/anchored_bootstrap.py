"""Bootstrap of an anchored MAIC: one's own trial resampled, then the published effect drawn.

Patients are drawn within each arm of the trial and the weights, of one stage or two,
estimated every time; the published effect has no patients and is drawn from its normal
distribution.
"""

from __future__ import annotations

from dataclasses import replace

from survcomp.comparison.bootstrap.draws import (
    Meaning,
    Resampling,
    bootstrap_result,
    draw_replicates,
    fixed_targets,
)
from survcomp.comparison.bootstrap.effects import Effect, HazardRatioEffect
from survcomp.comparison.bootstrap.resampled import TwoArms, arm_draws
from survcomp.comparison.bootstrap.result import MaicBootstrap
from survcomp.comparison.matching_adjusted.anchored import EXPLORATORY, anchor_se, in_arm, other_arm
from survcomp.comparison.reweighting.batched import standard_columns
from survcomp.comparison.reweighting.kinds import TwoStage
from survcomp.comparison.reweighting.matching import Matching
from survcomp.comparison.two_arms.compatibility import compared_outcome
from survcomp.comparison.two_arms.cox import PROPORTIONAL
from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import Rng, generator
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.question import Question
from survcomp.values.draws import assumes_censoring, interval_words
from survcomp.values.patients.ipd import IPD


def bootstrap_weighted_trial(
    ipd: IPD,
    matching: Matching,
    *,
    treatment: str,
    outcome: str | None = None,
    rng: Rng,
    resampling: Resampling | None = None,
    effect: Effect | None = None,
) -> MaicBootstrap:
    """Bootstrap the weighted effect within one's own trial, stratified by arm.

    It is the first half of an anchored MAIC; `anchor` takes it to the other treatment.

    Parameters
    ----------
    ipd : IPD
        Patients of both arms, with the covariates that are matched.
    matching : Matching
        The target, what is matched, and the kind of weights that every replicate estimates
        again; on the raw scale.
    treatment : str
        Name of the arm of interest; the other is the common comparator.
    outcome, rng, resampling, effect
        As for `bootstrap_maic`.

    Returns
    -------
    MaicBootstrap
        Treatment against the common comparator.

    Raises
    ------
    InputError
        If the IPD does not hold two arms, another scale is asked for, or as for `bootstrap_maic`.
    InfeasibleTargetError
        If the patients of both arms together cannot be weighted to the target.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 61), "pfs": [1, 1, 0] * 20,
    ...                       "age": [55, 70, 60, 65] * 15, "arm": ["A", "C", "A", "A", "C"] * 12})
    >>> ours = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], arm="arm")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=300, name="T-02")
    >>> matching = sc.Matching(target, match=["age"])
    >>> within = sc.bootstrap_weighted_trial(ours, matching, treatment="A", outcome="PFS", rng=1,
    ...                                      resampling=sc.Resampling(replicates=100))
    >>> print(within.to_contrast())
    HR 1.00 (95% CI 0.48 to 2.11)
    """
    outcome = compared_outcome(ipd, outcome=outcome)
    settings, chosen = resampling or Resampling(), effect or HazardRatioEffect()
    kind, population, match = matching.weighting, matching.population, matching.match
    if matching.scale != "raw":
        raise InputError(
            f"`matching.scale` must be 'raw' for a trial whose arms are both weighted; got "
            f"{matching.scale!r}."
        )
    treated = in_arm(ipd, treatment)
    x = None
    if isinstance(kind, TwoStage):
        kind.of(ipd, population, match=match, treatment=treatment)
        x = kind.covariates(ipd, population, match)
    else:  # refuses what cannot be matched, by name
        matching.kind.of(ipd, population, match=match)
    columns = standard_columns(ipd, population, match)
    first, second = (
        arm_draws(
            [ipd.time[rows]], [ipd.event[rows]], [columns[rows]], None if x is None else x[rows]
        )
        for rows in (treated, ~treated)
    )
    arms = TwoArms(
        first=first,
        second=second,
        start=kind.start(columns)[None],
        scale="raw",
        weighting=kind,
    )
    return bootstrap_result(
        draw_replicates(arms, chosen, settings, rng),
        Question(
            treatment=treatment,
            comparator=other_arm(ipd, treatment),
            outcome=outcome,
            measure=chosen.measure,
            population=population.name,
            time_unit=ipd.time_unit,
        ),
        Meaning(
            resampled=f"patients of the trial within each arm; {fixed_targets(kind)}",
            interval_label=interval_words(ipd),
            assumptions=(PROPORTIONAL,) if isinstance(chosen, HazardRatioEffect) else (),
            assumes_censoring=assumes_censoring(ipd),
        ),
    )


def anchor(
    within: MaicBootstrap,
    published: Contrast,
    *,
    rng: Rng,
    different_comparators: str = "",
) -> MaicBootstrap:
    """Take a bootstrapped effect to another treatment, through the common comparator.

    Each replicate has its own draw of the published effect from a normal distribution with
    the published standard error (parametric), and is the difference of the two.

    Parameters
    ----------
    within : MaicBootstrap
        From `bootstrap_weighted_trial`.
    published : Contrast
        Effect of the other treatment against the same comparator, with a standard error.
    rng : Generator or int
        Source of the draws.
    different_comparators : str
        If the comparators differ: why the figure is still shown; it is then exploratory.

    Returns
    -------
    MaicBootstrap

    Raises
    ------
    IncompatibleError
        If measures, outcomes, horizons or time units differ, there is no standard error, or
        the comparators differ and that is not named.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 61), "pfs": [1, 1, 0] * 20,
    ...                       "age": [55, 70, 60, 65] * 15, "arm": ["A", "C", "A", "A", "C"] * 12})
    >>> ours = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], arm="arm")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=300, name="T-02")
    >>> matching = sc.Matching(target, match=["age"])
    >>> within = sc.bootstrap_weighted_trial(ours, matching, treatment="A", outcome="PFS", rng=1,
    ...                                      resampling=sc.Resampling(replicates=100))
    >>> question = sc.Question(treatment="B", comparator="C", outcome="PFS", measure="log_hr",
    ...                        population="T-02", estimand="marginal")
    >>> published = sc.Contrast.from_interval(question, value=0.8, ci_low=0.6, ci_high=1.07)
    >>> indirect = sc.anchor(within, published, rng=1)
    >>> print(indirect.treatment, "against", indirect.comparator, indirect.to_contrast())
    A against B HR 1.26 (95% CI 0.57 to 3.03)
    """
    if (within.measure, within.outcome) != (published.measure, published.outcome):
        raise IncompatibleError(
            f"the two effects differ: {within.measure} of {within.outcome} and "
            f"{published.measure} of {published.outcome}."
        )
    times = [(effect.horizon, effect.time_unit) for effect in (within, published)]
    if times[0] != times[1]:
        raise IncompatibleError(
            f"the two effects differ in horizon or time unit: {times[0]} and {times[1]}."
        )
    se = anchor_se(within.comparator, published, different_comparators)
    draws = published.link_value + se * generator(rng).standard_normal(within.replicates.size)
    replicates = within.replicates - draws
    replicates.flags.writeable = False
    # the published effect is symmetric: it adds to the variance, not to the skewness
    a = within.acceleration
    if a is not None:
        a *= (within.se**2 / (within.se**2 + se**2)) ** 1.5
    exploratory = within.comparator != published.comparator
    return replace(
        within,
        comparator=published.treatment,
        estimate=within.estimate - published.link_value,
        replicates=replicates,
        acceleration=a,
        resampled=f"{within.resampled}; the published effect drawn from a normal distribution",
        interval_label=f"{within.interval_label}; of the published effect: {published.interval}",
        assumptions=(
            *([different_comparators] if exploratory else []),
            *within.assumptions,
            *published.assumptions,
        ),
        notes=(*([EXPLORATORY] if exploratory else []), *within.notes, *published.remarks),
        assumes_censoring=within.assumes_censoring or published.assumes_censoring,
    )
