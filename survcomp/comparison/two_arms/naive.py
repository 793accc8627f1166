"""Two arms of different studies compared as they are: unanchored and not adjusted."""

from __future__ import annotations

from collections.abc import Mapping

from survcomp.comparison.two_arms.compatibility import check_compatible, compared_outcome
from survcomp.comparison.two_arms.cox import cox_contrast, over_draws_method
from survcomp.estimation.kaplan_meier import kaplan_meier
from survcomp.estimation.over_draws.pairs import PairedDraws, paired_draws
from survcomp.estimation.over_draws.pool import link_numbers, pool
from survcomp.estimation.rmst import area_under, areas_of
from survcomp.values.checks import Rng
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation, OverDraws
from survcomp.values.contrasts.question import Question
from survcomp.values.draws import Patients, assumes_censoring
from survcomp.values.estimate import Estimate
from survcomp.values.patients.ipd import IPD
from survcomp.values.quantiles import normal_quantile

NO_ADJUSTMENT = "no adjustment possible: no covariates"
UNANCHORED = (
    "Unanchored: every prognostic factor and effect modifier is taken to be distributed alike "
    "in the two groups."
)
OWN_PATIENTS = "each arm's own patients; no common target population"


def naive_hazard_ratio(
    treatment: Patients,
    comparator: Patients,
    *,
    outcome: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
    rng: Rng = None,
) -> Contrast:
    """Hazard ratio of two arms as they are, without any adjustment.

    Parameters
    ----------
    treatment, comparator : IPD, Reconstruction or Ensemble
        One arm each, in one time unit. A reconstruction with draws is compared over them, so
        that the interval holds its error; its one data set is asked for by passing its `ipd`.
        Two arms with draws have equally many; observed patients go with every draw.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    assumptions : mapping of str to str, optional
        Words for each mismatch of analysis set, index date, assessor, censoring rule or
        follow-up; see `check_compatible`.
    level : float
        Confidence level.
    rng : Generator or int, optional
        Pairs the draws in random order; left out, draw m goes with draw m.

    Returns
    -------
    Contrast
        Measure "log_hr"; its notes say that nothing was adjusted for, and why. Over draws it
        is pooled by Rubin's rules: `se` is the total of `se_sampling` and
        `se_reconstruction`.

    Raises
    ------
    IncompatibleError
        If the two may not be compared, or not without naming an assumption.
    InputError
        If an arm has no event, in any draw; the numbers of draws differ; or one arm has draws and
        the other is one rebuilt data set.

    References
    ----------
    Rubin DB (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.

    Examples
    --------
    >>> from survcomp import IPD, Ensemble, naive_hazard_ratio
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months", origin="observed",
    ...                    censoring="observed")
    >>> b = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months", origin="observed",
    ...                    censoring="observed")
    >>> print(naive_hazard_ratio(a, b, outcome="PFS"))
    HR 0.35 (95% CI 0.06 to 1.92)
    >>> draws = tuple(
    ...     IPD.from_times([5, t, 12], [14, 15], arm="A", time_unit="months") for t in (7, 8, 9.5))
    >>> rebuilt = Ensemble(draws=draws, method="summary", curve_id="T/A/PFS")
    >>> print(naive_hazard_ratio(rebuilt, b, outcome="PFS"))
    HR 0.33 (95% CI 0.06 to 1.86)
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    pairs = paired_draws(treatment, comparator)
    return cox_contrast(
        treatment,
        comparator,
        outcome=outcome,
        population=OWN_PATIENTS,
        derivation=Derivation(
            method="Cox model with one covariate, Efron ties; naive (unadjusted)",
            adjustment="none",
            assumptions=(UNANCHORED, *_assumptions(pairs, assumptions)),
            notes=why_not_adjusted(pairs.treatment[0]),
        ),
        level=level,
        rng=rng,
    )


def naive_rmst_difference(
    treatment: Patients,
    comparator: Patients,
    *,
    outcome: str | None = None,
    horizon: float,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
    rng: Rng = None,
) -> Contrast:
    """Difference in restricted mean survival time, without any adjustment.

    Parameters
    ----------
    treatment, comparator : IPD, Reconstruction or Ensemble
        As for `naive_hazard_ratio`.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    horizon : float
        Upper limit of both areas, within the follow-up of both arms, in every draw.
    assumptions, level, rng
        As for `naive_hazard_ratio`.

    Returns
    -------
    Contrast
        Measure "rmst_difference", with the arms' time unit and the horizon.

    Raises
    ------
    IncompatibleError
        If the two may not be compared.
    InputError
        If the horizon lies beyond the follow-up of an arm; a draw is named.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = sc.IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> print(sc.naive_rmst_difference(a, b, outcome="PFS", horizon=9))
    RMST difference (to 9 months) 2.2 months (95% CI -0.7 to 5.1)
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    pairs = paired_draws(treatment, comparator, rng=rng)
    words, unit = _assumptions(pairs, assumptions), pairs.treatment[0].time_unit
    difference = _difference_of_areas(pairs, horizon, level)
    return Contrast.from_link(
        Question(
            treatment=pairs.names[0],
            comparator=pairs.names[1],
            outcome=outcome,
            measure="rmst_difference",
            population=OWN_PATIENTS,
            time_unit=unit,
            horizon=horizon,
            estimand="marginal",
        ),
        link_numbers(difference),
        interval=pairs.interval_words,
        derivation=Derivation(
            adjustment="none",
            method=over_draws_method(
                f"difference of areas under the Kaplan-Meier curves to {horizon:g} {unit}; naive "
                "(unadjusted)",
                pairs,
            ),
            assumptions=(UNANCHORED, *words),
            notes=why_not_adjusted(pairs.treatment[0]),
        ),
        over_draws=OverDraws(draws=len(pairs), share=difference.share) if pairs.several else None,
        assumes_censoring=assumes_censoring(*pairs.patients),
    )


def _difference_of_areas(pairs: PairedDraws, horizon: float, level: float) -> Estimate:
    if pairs.several:
        left, right = (areas_of(data, horizon) for data in (pairs.treatment, pairs.comparator))
        values = [a - b for (a, _), (b, _) in zip(left, right, strict=True)]
        variances = [a**2 + b**2 for (_, a), (_, b) in zip(left, right, strict=True)]
        return pool(values, variances, level=level)
    (area, se), (other, other_se) = (
        area_under(kaplan_meier(ipd), horizon) for ipd in pairs.patients
    )
    value, total, z = area - other, (se**2 + other_se**2) ** 0.5, normal_quantile(level)
    return Estimate(
        quantity="RMST difference",
        value=value,
        se=total,
        se_sampling=total,
        ci_low=value - z * total,
        ci_high=value + z * total,
        level=level,
    )


def _assumptions(pairs: PairedDraws, assumptions: Mapping[str, str] | None) -> tuple[str, ...]:
    left, right = pairs.treatment[0], pairs.comparator[0]
    return check_compatible(left.basis, right.basis, names=pairs.names, assumptions=assumptions)


def why_not_adjusted(treatment: IPD) -> tuple[str, ...]:
    """The note that no covariates are known, where that is so."""
    return () if treatment.covariate_names else (NO_ADJUSTMENT,)
