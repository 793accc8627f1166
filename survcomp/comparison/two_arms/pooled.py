"""Two arms compared over the draws of their reconstructions: both errors in the interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from survcomp.comparison.two_arms.compatibility import check_compatible, compared_outcome
from survcomp.comparison.two_arms.cox import PROPORTIONAL, may_have_p
from survcomp.comparison.two_arms.naive import OWN_PATIENTS, UNANCHORED, why_not_adjusted
from survcomp.comparison.two_arms.paired_draws import PairedDraws, Side, paired_draws
from survcomp.errors import InputError
from survcomp.estimation.cox.two_arm import two_arm_log_hrs
from survcomp.estimation.over_draws.pool import Pooled, pool
from survcomp.estimation.over_draws.time import draw_rmsts
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation, OverDraws
from survcomp.values.contrasts.measure import MeasureKey
from survcomp.values.contrasts.question import Question


def pooled_hazard_ratio(
    treatment: Side,
    comparator: Side,
    *,
    outcome: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
) -> Contrast:
    """Hazard ratio of two arms over the draws of their reconstructions, not adjusted.

    Parameters
    ----------
    treatment, comparator : Ensemble or IPD
        One arm each, at least one of them an ensemble. Observed patients are used with
        every draw of the other; two ensembles have equally many draws.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    assumptions : mapping of str to str, optional
        As for `naive_hazard_ratio`.
    level : float
        Confidence level.
    rng : Generator, optional
        Pairs the draws in random order; left out, draw m goes with draw m.

    Returns
    -------
    Contrast
        Measure "log_hr": `se` is the total of `se_sampling` and `se_reconstruction`, and the
        interval holds both errors, by Rubin's rules with their `df` (see `pool`).

    Raises
    ------
    IncompatibleError
        If the two may not be compared, or not without naming an assumption.
    InputError
        If no side is an ensemble, a side is a single reconstruction, the numbers of draws
        differ, or a draw has no finite hazard ratio, such as when an arm has no event.

    References
    ----------
    Rubin DB (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.

    Examples
    --------
    >>> from survcomp.values import IPD, Ensemble
    >>> draws = tuple(
    ...     IPD.from_times([5, t, 12], [14, 15], arm="A", time_unit="months") for t in (7, 8, 9.5))
    >>> a = Ensemble(draws=draws, method="piecewise exponential", curve_id="T/A/PFS")
    >>> b = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months", origin="observed",
    ...                    censoring="observed")
    >>> effect = pooled_hazard_ratio(a, b, outcome="PFS")
    >>> print(effect)
    HR 0.33 (95% CI 0.06 to 1.86)
    >>> round(effect.se_sampling, 2), round(effect.se_reconstruction, 2)
    (0.88, 0.12)
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    pairs = paired_draws(treatment, comparator, rng=rng)
    words = _words(pairs, assumptions)
    return _contrast(
        pairs,
        _pooled_log_hr(pairs, level),
        _question(pairs, outcome, "log_hr"),
        Derivation(
            method="Cox model with one covariate, Efron ties; naive (unadjusted)",
            adjustment="none",
            assumptions=(*words, PROPORTIONAL),
            notes=why_not_adjusted(pairs.treatment[0]),
        ),
    )


def pooled_within_trial_hazard_ratio(
    treatment: Side,
    comparator: Side,
    *,
    outcome: str | None = None,
    trial: str,
    level: float = 0.95,
) -> Contrast:
    """Hazard ratio of the arms of one trial over the draws of their reconstructions.

    Parameters
    ----------
    treatment, comparator : Ensemble or IPD
        As for `pooled_hazard_ratio`.
    outcome, trial : str
        Endpoint and name of the trial, for the result.
    level : float
        Confidence level.

    Returns
    -------
    Contrast
        As from `pooled_hazard_ratio`, in the trial's own population.

    Raises
    ------
    IncompatibleError
        If the arms differ in what they were measured on: arms of one trial at one cut do not.
    InputError
        As for `pooled_hazard_ratio`.

    Examples
    --------
    >>> from survcomp.values import IPD, Ensemble
    >>> draws = tuple(IPD.from_times([5, t], [14], arm="A", time_unit="months") for t in (7, 8))
    >>> a = Ensemble(draws=draws, method="summary", curve_id="T/A/PFS")
    >>> b = IPD.from_times([2, 6], [10], arm="B", time_unit="months", origin="observed")
    >>> pooled_within_trial_hazard_ratio(a, b, outcome="PFS", trial="T").population
    'T'
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    pairs = paired_draws(treatment, comparator)
    left, right = pairs.treatment[0], pairs.comparator[0]
    words = check_compatible(left.basis, right.basis, names=(left.arms[0], right.arms[0]))
    return _contrast(
        pairs,
        _pooled_log_hr(pairs, level),
        _question(pairs, outcome, "log_hr", population=trial),
        Derivation(
            method="Cox model with one covariate, Efron ties, not stratified; two arms of one "
            "trial",
            adjustment="none",
            assumptions=(*words, PROPORTIONAL),
        ),
    )


def _pooled_log_hr(pairs: PairedDraws, level: float) -> Pooled:
    fits = two_arm_log_hrs(pairs.treatment, pairs.comparator)
    if fits.n_failed:
        first = next(m for m, text in enumerate(fits.fault) if text)
        raise InputError(
            f"{fits.n_failed} of {len(pairs)} pairs of draws have no finite hazard ratio of "
            f"{pairs.treatment[0].arms[0]!r} against {pairs.comparator[0].arms[0]!r}; in draw "
            f"{first + 1} {fits.fault[first]}."
        )
    return pool(fits.log_hr, fits.se**2, level=level)


def pooled_rmst_difference(
    treatment: Side,
    comparator: Side,
    *,
    outcome: str | None = None,
    horizon: float,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
) -> Contrast:
    """Difference in restricted mean survival time over the draws of the reconstructions.

    Parameters
    ----------
    treatment, comparator : Ensemble or IPD
        As for `pooled_hazard_ratio`.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    horizon : float
        Upper limit of both areas, within the follow-up of every draw.
    assumptions, level, rng
        As for `pooled_hazard_ratio`.

    Returns
    -------
    Contrast
        Measure "rmst_difference", with the arms' time unit and the horizon, both standard
        errors apart and an interval that holds both.

    Raises
    ------
    IncompatibleError
        If the two may not be compared.
    InputError
        As for `pooled_hazard_ratio`, or if the horizon lies beyond the follow-up of a draw.
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    pairs = paired_draws(treatment, comparator, rng=rng)
    words, unit = _words(pairs, assumptions), pairs.treatment[0].time_unit
    left, right = (draw_rmsts(side, horizon) for side in (pairs.treatment, pairs.comparator))
    estimates = [a.estimate - b.estimate for a, b in zip(left, right, strict=True)]
    variances = [a.se**2 + b.se**2 for a, b in zip(left, right, strict=True)]
    return _contrast(
        pairs,
        pool(estimates, variances, level=level),
        _question(pairs, outcome, "rmst_difference", horizon=horizon),
        Derivation(
            method=f"difference of areas under the Kaplan-Meier curves to {horizon:g} {unit}; "
            "naive (unadjusted)",
            adjustment="none",
            assumptions=words,
            notes=why_not_adjusted(pairs.treatment[0]),
        ),
    )


def _words(pairs: PairedDraws, assumptions: Mapping[str, str] | None) -> tuple[str, ...]:
    left, right = pairs.treatment[0], pairs.comparator[0]
    names = (left.arms[0], right.arms[0])
    named = check_compatible(left.basis, right.basis, names=names, assumptions=assumptions)
    return (UNANCHORED, *named)


def _question(
    pairs: PairedDraws,
    outcome: str,
    measure: MeasureKey,
    *,
    population: str = OWN_PATIENTS,
    horizon: float | None = None,
) -> Question:
    return Question(
        treatment=pairs.treatment[0].arms[0],
        comparator=pairs.comparator[0].arms[0],
        outcome=outcome,
        measure=measure,
        population=population,
        time_unit=None if horizon is None else pairs.treatment[0].time_unit,
        horizon=horizon,
        estimand="marginal",
    )


def _contrast(
    pairs: PairedDraws, pooled: Pooled, question: Question, derivation: Derivation
) -> Contrast:
    patients = (*pairs.treatment, *pairs.comparator)
    assumed = any(ipd.censoring == "assumed" for ipd in patients)
    is_log_hr = question.measure == "log_hr"
    method = f"{derivation.method}; pooled by Rubin's rules over {pairs.words}"
    return Contrast.from_link(
        question,
        pooled.numbers,
        interval="sampling and reconstruction error" + (", under assumed censoring" * assumed),
        derivation=replace(derivation, method=method),
        p=pooled.p if is_log_hr and may_have_p(*patients) else None,
        over_draws=OverDraws(draws=pooled.draws, share=pooled.share),
        assumes_censoring=assumed,
    )
