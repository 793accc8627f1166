"""Unanchored MAIC of two survival arms by restricted mean, and what such a comparison rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from survcomp.comparison.two_arms.compatibility import (
    check_compatible,
    check_same_patients,
    compared_outcome,
)
from survcomp.comparison.two_arms.cox import over_draws_method
from survcomp.estimation.jackknife import Jackknifed, jackknife_rmst
from survcomp.estimation.over_draws.pairs import PairedDraws, paired_draws
from survcomp.estimation.over_draws.pool import link_numbers, pool
from survcomp.values.basis import Basis
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation, OverDraws
from survcomp.values.contrasts.question import Question
from survcomp.values.draws import Patients, as_draws, assumes_censoring
from survcomp.values.estimate import Estimate
from survcomp.values.patients.ipd import IPD
from survcomp.values.quantiles import normal_quantile
from survcomp.values.weights import Weights, check_weights

SMALL_ESS = 30.0
"""Below this effective sample size a result carries a warning."""

TARGET = "target_population"
UNANCHORED_MATCHED = (
    "Unanchored: every prognostic factor and effect modifier is measured and matched."
)


def unanchored_maic_rmst(
    treatment: IPD,
    comparator: Patients,
    weights: Weights,
    *,
    outcome: str | None = None,
    horizon: float,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> Contrast:
    """Difference in restricted mean survival time after weighting the treatment's patients.

    It needs no proportional hazards, and the scale of the weights does not matter.

    Parameters
    ----------
    treatment, comparator, weights, outcome, assumptions, level
        As for `unanchored_maic`.
    horizon : float
        Upper limit of both areas, within the follow-up of both arms, in every draw.

    Returns
    -------
    Contrast
        Measure "rmst_difference", with the standard error of the infinitesimal jackknife that
        takes the weights as known; `survcomp.comparison.maic_variances` has the others.

    Raises
    ------
    IncompatibleError
        As for `unanchored_maic`.
    InputError
        If the horizon lies beyond the follow-up of an arm.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import IPD, Weights, unanchored_maic_rmst
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months", origin="observed",
    ...                    censoring="observed")
    >>> b = IPD.from_times([2, 3, 6, 9], [13], arm="B", time_unit="months", origin="observed",
    ...                    censoring="observed")
    >>> weights = Weights(id=a.id, value=np.array([2.0, 1, 1, 1, 1]), population="B's trial")
    >>> print(unanchored_maic_rmst(a, b, weights, outcome="PFS", horizon=12))
    RMST difference (to 12 months) 2.6 months (95% CI -1.9 to 7.1)
    """
    check_weights(weights)
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    pairs = weighted_pairs(treatment, comparator, weights)
    words = unanchored_assumptions(treatment, pairs.comparator[0], weights, assumptions)
    weighted = jackknife_rmst(treatment, horizon=horizon, weights=weights)
    others = [jackknife_rmst(ipd, horizon=horizon) for ipd in pairs.comparator]
    difference = _difference(weighted, others, level)
    matched = ", ".join(weights.matched)
    return Contrast.from_link(
        Question(
            treatment=pairs.names[0],
            comparator=pairs.names[1],
            outcome=outcome,
            measure="rmst_difference",
            population=weights.population,
            time_unit=treatment.time_unit,
            horizon=horizon,
            estimand="marginal",
        ),
        link_numbers(difference),
        interval=f"{pairs.interval_words}; weights taken as known",
        derivation=Derivation(
            adjustment="weighting",
            method=over_draws_method(
                f"unanchored MAIC, matched on {matched}; areas under the (weighted) "
                "Kaplan-Meier curves, infinitesimal jackknife",
                pairs,
            ),
            assumptions=words,
            notes=(f"Effective sample size {weights.ess:.1f} of {weights.n}.",),
        ),
        over_draws=OverDraws(draws=len(pairs), share=difference.share) if pairs.several else None,
        assumes_censoring=assumes_censoring(*pairs.patients),
    )


def _difference(weighted: Jackknifed, others: Sequence[Jackknifed], level: float) -> Estimate:
    """Difference of the weighted area and those of the comparator's data sets."""
    values = [weighted.estimate - other.estimate for other in others]
    ses = [math.hypot(weighted.se, other.se) for other in others]
    if len(others) > 1:
        return pool(values, [se**2 for se in ses], level=level)
    half = normal_quantile(level) * ses[0]
    return Estimate(
        quantity="RMST difference",
        value=values[0],
        se=ses[0],
        se_sampling=ses[0],
        ci_low=values[0] - half,
        ci_high=values[0] + half,
        level=level,
    )


def weighted_pairs(treatment: IPD, comparator: Patients, weights: Weights) -> PairedDraws:
    """The weighted patients with each data set of the comparator.

    Raises
    ------
    InputError
        If the weighted arm has draws, or one arm has draws and the other is one rebuilt data set.
    IncompatibleError
        If the time units differ.
    """
    as_draws(treatment, weights, name="treatment")
    return paired_draws(treatment, comparator)


def unanchored_assumptions(
    treatment: IPD, comparator: IPD, weights: Weights, assumptions: Mapping[str, str] | None
) -> tuple[str, ...]:
    """What an unanchored MAIC of these two rests on, or a refusal; see `unanchored_maic`."""
    named = dict(assumptions or {})
    arm = comparator.arms[0]
    target = target_is_the_comparator(weights, comparator.basis, arm, named.pop(TARGET, ""))
    words = check_compatible(
        treatment.basis, comparator.basis, names=(treatment.arms[0], arm), assumptions=named
    )
    return (UNANCHORED_MATCHED, *target, *words)


def target_is_the_comparator(
    weights: Weights, comparator: Basis, arm: str, words: str
) -> tuple[str, ...]:
    """The baseline weighted to and the arm compared with must be of the same patients."""
    left, right = weights.basis.analysis_set, comparator.analysis_set
    return check_same_patients(
        weights.basis,
        comparator,
        key=TARGET,
        words=words,
        silent=f"Target population: whether the baseline of {weights.population} is of the "
        f"patients in the curve of {arm} is not stated; taken to be so.",
        differ=f"the weights aim at the {left} patients of {weights.population} and the curve of "
        f"{arm} is of {right} ones",
        accepted=f"Target population: {left} patients weighted to, {right} ones compared.",
    )
