"""Two rebuilt arms of one randomised trial: a check on the rebuilding, not a comparison of ours."""

from __future__ import annotations

from dataclasses import replace

from survcomp.comparison.two_arms.compatibility import check_compatible, compared_outcome
from survcomp.comparison.two_arms.cox import cox_contrast
from survcomp.estimation.over_draws.pairs import paired_draws
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.draws import Patients


def within_trial_hazard_ratio(
    treatment: Patients,
    comparator: Patients,
    *,
    outcome: str | None = None,
    trial: str,
    level: float = 0.95,
) -> Contrast:
    """Hazard ratio of the two arms of one randomised trial.

    Parameters
    ----------
    treatment, comparator : IPD, Reconstruction or Ensemble
        The arms, at one data cut; over draws as in `naive_hazard_ratio`.
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

    InputError
        As for `naive_hazard_ratio`.

    Examples
    --------
    >>> from survcomp import IPD, within_trial_hazard_ratio
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> effect = within_trial_hazard_ratio(a, b, outcome="PFS", trial="T")
    >>> print(effect.trial, effect)
    T HR 0.35 (95% CI 0.06 to 1.92)
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    pairs = paired_draws(treatment, comparator)
    words = check_compatible(pairs.treatment[0].basis, pairs.comparator[0].basis, names=pairs.names)
    effect = cox_contrast(
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
    return replace(effect, trial=trial)
