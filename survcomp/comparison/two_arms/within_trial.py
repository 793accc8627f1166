"""Two rebuilt arms of one randomised trial: a check on the rebuilding, not a comparison of ours."""

from __future__ import annotations

from survcomp.comparison.two_arms.compatibility import check_compatible, compared_outcome
from survcomp.comparison.two_arms.cox import cox_contrast
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.patients.ipd import IPD


def within_trial_hazard_ratio(
    treatment: IPD, comparator: IPD, *, outcome: str | None = None, trial: str, level: float = 0.95
) -> Contrast:
    """Hazard ratio of the two arms of one randomised trial.

    Parameters
    ----------
    treatment, comparator : IPD
        The arms, at one data cut.
    outcome, trial : str
        Endpoint and name of the trial, for the result.
    level : float
        Confidence level.

    Returns
    -------
    Contrast
        Measure "log_hr", in the trial's own population.

    Raises
    ------
    IncompatibleError
        If the arms differ in analysis set, index date, assessor, censoring rule or
        follow-up: arms of one trial at one cut do not.

    Examples
    --------
    >>> from survcomp.values import IPD
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> within_trial_hazard_ratio(a, b, outcome="PFS", trial="T").population
    'T'
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    words = check_compatible(
        treatment.basis, comparator.basis, names=(treatment.arms[0], comparator.arms[0])
    )
    return cox_contrast(
        treatment,
        comparator,
        outcome=outcome,
        population=trial,
        derivation=Derivation(
            method="Cox model with one covariate, Efron ties, not stratified; two arms of one "
            "trial",
            adjustment="none",
            assumptions=words,
        ),
        level=level,
    )
