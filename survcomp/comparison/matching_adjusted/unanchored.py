"""Unanchored matching-adjusted indirect comparison (MAIC) of two survival arms."""

from __future__ import annotations

import math
from collections.abc import Mapping

from survcomp.comparison.two_arms.compatibility import (
    check_compatible,
    check_same_patients,
    compared_outcome,
)
from survcomp.comparison.two_arms.cox import assumes_censoring, cox_contrast, interval_label
from survcomp.comparison.two_arms.paired_draws import check_units
from survcomp.estimation.jackknife import weighted_rmst
from survcomp.values.basis import Basis
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.question import Question
from survcomp.values.patients.ipd import IPD
from survcomp.values.weights import Weights, WeightScale, check_weights

SMALL_ESS = 30.0
"""Below this effective sample size a result carries a warning."""


TARGET = "target_population"
UNANCHORED_MATCHED = (
    "Unanchored: every prognostic factor and effect modifier is measured and matched."
)


def unanchored_maic(
    treatment: IPD,
    comparator: IPD,
    weights: Weights,
    *,
    outcome: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    scale: WeightScale = "raw",
    level: float = 0.95,
) -> Contrast:
    """Hazard ratio after weighting the treatment's patients to the comparator's population.

    Parameters
    ----------
    treatment : IPD
        The weighted arm.
    comparator : IPD
        The comparator's patients, usually rebuilt from its published curve.
    weights : Weights
        From `survcomp.adjustment.maic_weights`, joined by identifier.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    assumptions : mapping of str to str, optional
        As for `naive_hazard_ratio`; and "target_population", in words, where the baseline
        that the weights aim at is of another analysis set than the comparator's curve.
    scale : {"raw", "n", "ess"}
        Scale of the weights beside the comparator's, which count 1 each.
    level : float
        Confidence level.

    Returns
    -------
    Contrast
        Measure "log_hr", with the robust (Lin-Wei) standard error that takes the weights
        as known.

    Raises
    ------
    IncompatibleError
        If the weights belong to other patients, the two may not be compared, or the baseline
        weighted to is of another analysis set and that is not named.
    InputError
        If an assumption is named that is no mismatch.

    References
    ----------
    Signorovitch JE et al. (2012), Value Health 15:940. Phillippo DM et al. (2016), NICE DSU
    Technical Support Document 18.
    """
    check_weights(weights)
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    words = unanchored_assumptions(treatment, comparator, weights, assumptions)
    matched = ", ".join(weights.matched)
    notes = [f"Effective sample size {weights.ess:.1f} of {weights.n}."]
    if weights.ess < SMALL_ESS:
        notes.append(
            f"The effective sample size is below {SMALL_ESS:g}: few patients carry the estimate, "
            "and no variance method is reliable."
        )
    return cox_contrast(
        treatment,
        comparator,
        outcome=outcome,
        population=weights.population,
        derivation=Derivation(
            method=f"unanchored MAIC, matched on {matched}; weighted Cox model, Efron ties, robust "
            f"variance, weights on the {scale} scale",
            adjustment="weighting",
            assumptions=words,
            notes=tuple(notes),
        ),
        weights=weights,
        scale=scale,
        level=level,
    )


def unanchored_maic_rmst(
    treatment: IPD,
    comparator: IPD,
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
        Upper limit of both areas, within the follow-up of both arms.

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
    words = unanchored_assumptions(treatment, comparator, weights, assumptions)
    check_units(treatment, comparator)
    weighted = weighted_rmst(treatment, horizon=horizon, weights=weights)
    other = weighted_rmst(comparator, horizon=horizon)
    estimate, se = weighted.estimate - other.estimate, math.hypot(weighted.se, other.se)
    matched = ", ".join(weights.matched)
    return Contrast.from_link(
        Question(
            treatment=treatment.arms[0],
            comparator=comparator.arms[0],
            outcome=outcome,
            measure="rmst_difference",
            population=weights.population,
            time_unit=treatment.time_unit,
            horizon=horizon,
            estimand="marginal",
        ),
        LinkEstimate.sampling(estimate, se, level=level),
        interval=f"{interval_label(treatment, comparator)}; weights taken as known",
        derivation=Derivation(
            adjustment="weighting",
            method=f"unanchored MAIC, matched on {matched}; areas under the (weighted) "
            "Kaplan-Meier curves, infinitesimal jackknife",
            assumptions=words,
            notes=(f"Effective sample size {weights.ess:.1f} of {weights.n}.",),
        ),
        assumes_censoring=assumes_censoring(treatment, comparator),
    )


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
