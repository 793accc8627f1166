"""Two arms of different studies compared as they are: unanchored and not adjusted."""

from __future__ import annotations

from collections.abc import Mapping

from survcomp.comparison.two_arms.compatibility import check_compatible, compared_outcome
from survcomp.comparison.two_arms.cox import assumes_censoring, cox_contrast, interval_label
from survcomp.errors import IncompatibleError
from survcomp.estimation.kaplan_meier import kaplan_meier
from survcomp.estimation.rmst import rmst
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.question import Question
from survcomp.values.patients.ipd import IPD

NO_ADJUSTMENT = "no adjustment possible: no covariates"
UNANCHORED = (
    "Unanchored: every prognostic factor and effect modifier is taken to be distributed alike "
    "in the two groups."
)
OWN_PATIENTS = "each arm's own patients; no common target population"


def naive_hazard_ratio(
    treatment: IPD,
    comparator: IPD,
    *,
    outcome: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> Contrast:
    """Hazard ratio of two arms as they are, without any adjustment.

    Parameters
    ----------
    treatment, comparator : IPD
        One arm each, in one time unit.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    assumptions : mapping of str to str, optional
        Words for each mismatch of analysis set, index date, assessor, censoring rule or
        follow-up; see `check_compatible`.
    level : float
        Confidence level.

    Returns
    -------
    Contrast
        Measure "log_hr"; its notes say that nothing was adjusted for, and why.

    Raises
    ------
    IncompatibleError
        If the two may not be compared, or not without naming an assumption.
    InputError
        If an arm has no event.

    Examples
    --------
    >>> from survcomp.values import IPD
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months", origin="observed",
    ...                    censoring="observed")
    >>> b = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months", origin="observed",
    ...                    censoring="observed")
    >>> print(naive_hazard_ratio(a, b, outcome="PFS"))
    HR 0.35 (95% CI 0.06 to 1.92)
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    return cox_contrast(
        treatment,
        comparator,
        outcome=outcome,
        population=OWN_PATIENTS,
        derivation=Derivation(
            method="Cox model with one covariate, Efron ties; naive (unadjusted)",
            adjustment="none",
            assumptions=(UNANCHORED, *_assumptions(treatment, comparator, assumptions)),
            notes=why_not_adjusted(treatment),
        ),
        level=level,
    )


def naive_rmst_difference(
    treatment: IPD,
    comparator: IPD,
    *,
    outcome: str | None = None,
    horizon: float,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> Contrast:
    """Difference in restricted mean survival time, without any adjustment.

    Parameters
    ----------
    treatment, comparator : IPD
        One arm each, in one time unit.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    horizon : float
        Upper limit of both areas, within the follow-up of both arms.
    assumptions : mapping of str to str, optional
        As for `naive_hazard_ratio`.
    level : float
        Confidence level.

    Returns
    -------
    Contrast
        Measure "rmst_difference", with the arms' time unit and the horizon.

    Raises
    ------
    IncompatibleError
        If the two may not be compared.
    InputError
        If the horizon lies beyond the follow-up of an arm.
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    words = _assumptions(treatment, comparator, assumptions)
    if treatment.time_unit != comparator.time_unit:
        raise IncompatibleError(
            f"`treatment` is in {treatment.time_unit} and `comparator` in {comparator.time_unit}; "
            "convert one with in_unit."
        )
    areas = [
        rmst(kaplan_meier(ipd, level=level), horizon=horizon) for ipd in (treatment, comparator)
    ]
    estimate = areas[0].estimate - areas[1].estimate
    se = (areas[0].se ** 2 + areas[1].se ** 2) ** 0.5
    return Contrast.from_link(
        Question(
            treatment=treatment.arms[0],
            comparator=comparator.arms[0],
            outcome=outcome,
            measure="rmst_difference",
            population=OWN_PATIENTS,
            time_unit=treatment.time_unit,
            horizon=horizon,
            estimand="marginal",
        ),
        LinkEstimate.sampling(estimate, se, level=level),
        interval=interval_label(treatment, comparator),
        derivation=Derivation(
            adjustment="none",
            method=f"difference of areas under the Kaplan-Meier curves to {horizon:g} "
            f"{treatment.time_unit}; naive (unadjusted)",
            assumptions=(UNANCHORED, *words),
            notes=why_not_adjusted(treatment),
        ),
        assumes_censoring=assumes_censoring(treatment, comparator),
    )


def _assumptions(
    treatment: IPD, comparator: IPD, assumptions: Mapping[str, str] | None
) -> tuple[str, ...]:
    names = (treatment.arms[0], comparator.arms[0])
    return check_compatible(treatment.basis, comparator.basis, names=names, assumptions=assumptions)


def why_not_adjusted(treatment: IPD) -> tuple[str, ...]:
    """The note that no covariates are known, where that is so."""
    return () if treatment.covariate_names else (NO_ADJUSTMENT,)
