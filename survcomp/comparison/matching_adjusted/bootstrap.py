"""Bootstrap of an unanchored MAIC: patients of both arms resampled, the weights every time.

Each replicate draws the patients of each arm with replacement (of an ensemble, first one
draw), estimates the weights again, of whichever kind they are, and then the effect. The
aggregate targets are held fixed: their own sampling error is in no replicate, and the result
says so. Replicates without weights or without a finite effect are counted and named, never
dropped quietly.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from survcomp.comparison.bootstrap.draws import (
    Meaning,
    Resampling,
    bootstrap_result,
    draw_replicates,
    fixed_targets,
)
from survcomp.comparison.bootstrap.effects import Effect, HazardRatioEffect, ResponseEffect
from survcomp.comparison.bootstrap.resampled import TwoArms, arm_draws
from survcomp.comparison.bootstrap.result import MaicBootstrap
from survcomp.comparison.matching_adjusted.response import response_assumptions
from survcomp.comparison.matching_adjusted.unanchored import unanchored_assumptions
from survcomp.comparison.reweighting.batched import standard_columns
from survcomp.comparison.reweighting.matching import Matching
from survcomp.comparison.two_arms.compatibility import compared_outcome
from survcomp.comparison.two_arms.cox import PROPORTIONAL
from survcomp.errors import InputError
from survcomp.estimation.over_draws.pairs import check_units
from survcomp.values.checks import Rng
from survcomp.values.contrasts.question import Question
from survcomp.values.draws import Draws, Patients, as_draws, assumes_censoring, interval_words
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.outcome import PatientOutcome
from survcomp.values.response import Response


def bootstrap_maic(
    treatment: Patients,
    comparator: Patients,
    matching: Matching,
    *,
    outcome: str | None = None,
    rng: Rng,
    resampling: Resampling | None = None,
    effect: Effect | None = None,
    assumptions: Mapping[str, str] | None = None,
) -> MaicBootstrap:
    """Bootstrap an unanchored MAIC of two survival arms.

    Parameters
    ----------
    treatment : IPD, Reconstruction or Ensemble
        The weighted arm, with the covariates that are matched.
    comparator : IPD, Reconstruction or Ensemble
        The comparator's patients, usually rebuilt from its published curve. Of an ensemble
        each replicate takes one draw, so that the reconstruction's error is in the result.
    matching : Matching
        The target, held fixed; what is matched; the kind of weights that every replicate
        estimates again, and their scale.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    rng : Generator or int
        Source of one seed a replicate.
    resampling : Resampling, optional
        Replicates, interval, level, workers and progress; 1,000 and percentile when left out.
    effect : Effect, optional
        What to estimate: `HazardRatioEffect` when left out, `RMSTDifferenceEffect`,
        `SurvivalDifferenceEffect` or `MedianDifferenceEffect`.
    assumptions : mapping of str to str, optional
        As for `unanchored_maic`.

    Returns
    -------
    MaicBootstrap

    Raises
    ------
    InputError
        If an option is not allowed, a column cannot be matched, all patients together have
        no finite effect, or BCa is asked for of an ensemble or where leaving one patient
        out leaves no effect.
    InfeasibleTargetError
        If the patients cannot be weighted to the target.
    IncompatibleError
        If the two may not be compared, or not without naming an assumption.

    References
    ----------
    Efron B, Tibshirani RJ (1993). An Introduction to the Bootstrap. Davison AC, Hinkley DV
    (1997). Bootstrap Methods and their Application. Schomaker M, Heumann C (2018), Stat Med
    37:2252, on draws of an ensemble.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from survcomp import IPD, Matching, Mean, Population, Resampling, bootstrap_maic
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10})
    >>> a = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                    covariates=["x"])
    >>> b = IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=29, name="B's trial")
    >>> drawn = bootstrap_maic(a, b, Matching(target, match=["x"]), outcome="OS",
    ...                        resampling=Resampling(replicates=200), rng=np.random.default_rng(1))
    >>> drawn.replicates.size, drawn.n_failed
    (200, 0)
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    settings, chosen = resampling or Resampling(), effect or HazardRatioEffect()
    if isinstance(chosen, ResponseEffect):
        raise InputError("`effect`: a response is bootstrapped by bootstrap_response_maic.")
    sides = as_draws(treatment, name="treatment"), as_draws(comparator, name="comparator")
    left, right = sides[0].data, sides[1].data
    check_units(left[0], right[0])
    kind, population, match = matching.kind, matching.population, matching.match
    weights = [kind.of(ipd, population, match=match) for ipd in left]
    words = unanchored_assumptions(left[0], right[0], weights[0], assumptions)
    columns = [standard_columns(ipd, population, match) for ipd in left]
    arms = TwoArms(
        first=arm_draws([i.time for i in left], [i.event for i in left], columns),
        second=arm_draws([i.time for i in right], [i.event for i in right]),
        start=np.stack([kind.start(z) for z in columns]),
        scale=matching.scale,
        weighting=kind,
    )
    of_draws = _of_draws(*sides)
    is_hr = isinstance(chosen, HazardRatioEffect)
    return bootstrap_result(
        draw_replicates(arms, chosen, settings, rng),
        Question(
            treatment=left[0].arms[0],
            comparator=right[0].arms[0],
            outcome=outcome,
            measure=chosen.measure,
            population=population.name,
            time_unit=left[0].time_unit,
        ),
        Meaning(
            resampled=f"patients of both arms{of_draws}; {fixed_targets(kind)}",
            interval_label=_label(*sides),
            assumptions=(*words, PROPORTIONAL) if is_hr else words,
            assumes_censoring=assumes_censoring(left[0], right[0]),
        ),
    )


def bootstrap_response_maic(
    treatment: IPD,
    response: PatientOutcome,
    comparator: Response,
    matching: Matching,
    *,
    rng: Rng,
    resampling: Resampling | None = None,
    effect: ResponseEffect | None = None,
    assumptions: Mapping[str, str] | None = None,
) -> MaicBootstrap:
    """Bootstrap an unanchored MAIC of a binary outcome.

    Parameters
    ----------
    treatment : IPD
        The weighted arm, with the covariates that are matched.
    response : PatientOutcome
        Who of them responded, joined by identifier.
    comparator : Response
        Published responders and their denominator.
    matching, rng, resampling, assumptions
        As for `bootstrap_maic`; the scale of the weights does not matter, and an assumption
        "outcome" is named where the two define it differently.
    effect : ResponseEffect, optional
        Log odds ratio when left out.

    Returns
    -------
    MaicBootstrap

    Raises
    ------
    InputError
        If the outcome is not binary, or nobody or everybody responds and a ratio is asked
        for.
    IncompatibleError
        If the outcome is of other patients, or the two may not be compared.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": 12, "died": 0, "age": [52, 58, 63, 66, 71, 75] * 8})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="died", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> orr = sc.PatientOutcome(id=mine.id, value=np.array([1, 1, 1, 0, 1, 0] * 8), name="ORR")
    >>> arm = sc.TrialArm(trial="T", arm="b", treatment="B")
    >>> theirs = sc.Response.from_published(arm, outcome="ORR", n=128, events=64)
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=61)], n=128, name="T")
    >>> drawn = sc.bootstrap_response_maic(mine, orr, theirs, sc.Matching(target, match=["age"]),
    ...                                    rng=1, resampling=sc.Resampling(replicates=100))
    >>> print(drawn.to_contrast())
    OR 3.46 (95% CI 2.05 to 7.60)
    """
    settings, chosen = resampling or Resampling(), effect or ResponseEffect()
    kind, population, match = matching.kind, matching.population, matching.match
    weights = kind.of(treatment, population, match=match)
    words = response_assumptions(treatment.arms[0], response, comparator, weights, assumptions)
    columns = standard_columns(treatment, population, match)
    responds = response.for_ids(treatment.id).astype(bool)
    others = np.arange(comparator.n) < comparator.events
    arms = TwoArms(
        first=arm_draws([np.zeros(treatment.n)], [responds], [columns]),
        second=arm_draws([np.zeros(comparator.n)], [others]),
        start=kind.start(columns)[None],
        scale="raw",
        weighting=kind,
    )
    return bootstrap_result(
        draw_replicates(arms, chosen, settings, rng),
        Question(
            treatment=treatment.arms[0],
            comparator=comparator.treatment,
            outcome=response.name,
            measure=chosen.measure,
            population=population.name,
        ),
        Meaning(
            resampled=f"patients of both arms; {fixed_targets(kind)}",
            interval_label="sampling error",
            assumptions=words,
        ),
    )


def _of_draws(*sides: Draws) -> str:
    """Which arms take one draw of a reconstruction first."""
    drawn = [f"{s.arm} from one of {len(s)} draws" for s in sides if s.several]
    return f" ({', '.join(drawn)})" if drawn else ""


def _label(*sides: Draws) -> str:
    """What the intervals hold, in words."""
    patients = [side.data[0] for side in sides]
    fixed = [side for side in sides if not side.several]
    if all(ipd.origin == "observed" for ipd in patients) or len(fixed) == 2:
        return interval_words(*patients)
    unknown = any(side.rebuilt for side in fixed)
    label = "sampling and reconstruction error" + (" of the arm with draws" if unknown else "")
    return label + ", under assumed censoring" * any(i.censoring == "assumed" for i in patients)
