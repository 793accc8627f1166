"""Unanchored matching-adjusted indirect comparison (MAIC) of two survival arms."""

from __future__ import annotations

from collections.abc import Mapping

from survcomp.compare.compatibility import check_compatible, check_target_population
from survcomp.compare.cox import cox_contrast
from survcomp.values.basis import NOT_STATED
from survcomp.values.contrast import Contrast
from survcomp.values.ipd import IPD
from survcomp.values.weights import Weights, WeightScale

SMALL_ESS = 30.0
"""Below this effective sample size a result carries a warning."""


def unanchored_maic(
    treatment: IPD,
    comparator: IPD,
    weights: Weights,
    *,
    outcome: str,
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
        From `survcomp.adjust.maic_weights`, joined by identifier.
    outcome : str
        Endpoint, for the result.
    assumptions : mapping of str to str, optional
        As for `naive_hazard_ratio`; "analysis_set" also names a target population that
        counts other patients than the comparator's curve.
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
        If the weights belong to other patients, the two may not be compared, or the target
        population of the weights counts other patients than the comparator.

    References
    ----------
    Signorovitch JE et al. (2012), Value Health 15:940. Phillippo DM et al. (2016), NICE DSU
    Technical Support Document 18.
    """
    found = _assumptions(treatment, comparator, weights, assumptions)
    matched = ", ".join(name for name, _ in weights.coefficients)
    notes = [f"Effective sample size {weights.ess:.1f} of {weights.n}."]
    if weights.ess < SMALL_ESS:
        notes.append(
            f"The effective sample size is below {SMALL_ESS:g}: the robust interval is too narrow."
        )
    return cox_contrast(
        treatment,
        comparator,
        outcome=outcome,
        population=weights.population,
        method=f"unanchored MAIC, matched on {matched}; weighted Cox model, Efron ties, robust "
        f"variance, weights on the {scale} scale",
        assumptions=(
            "Unanchored: every prognostic factor and effect modifier is measured and matched.",
            *found,
        ),
        notes=tuple(notes),
        adjustment="weighting",
        weights=weights,
        scale=scale,
        level=level,
    )


def _assumptions(
    treatment: IPD, comparator: IPD, weights: Weights, assumptions: Mapping[str, str] | None
) -> tuple[str, ...]:
    """What the comparison of the arms rests on, and then what the target population adds."""
    named = dict(assumptions or {})
    of_target = check_target_population(
        weights.basis,
        comparator.basis,
        names=(weights.population, comparator.arms[0]),
        assumptions=named,
    )
    arms = {treatment.basis.analysis_set, comparator.basis.analysis_set}
    targets = {weights.basis.analysis_set, comparator.basis.analysis_set}
    if len(arms) == 1 and len(targets) == 2 and NOT_STATED not in arms | targets:
        named.pop("analysis_set", None)  # it names the mismatch of the target, not of the arms
    of_arms = check_compatible(
        treatment.basis,
        comparator.basis,
        names=(treatment.arms[0], comparator.arms[0]),
        assumptions=named,
    )
    return (*of_arms, *of_target)
