"""Published response rates of two arms, compared from their counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survcomp.comparison.two_arms.compatibility import check_compatible
from survcomp.comparison.two_arms.naive import OWN_PATIENTS, UNANCHORED
from survcomp.estimation.proportions import Effect, two_proportions
from survcomp.values.checks import check_type
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.link_estimate import WALD, LinkEstimate
from survcomp.values.contrasts.measure import MeasureKey
from survcomp.values.contrasts.question import Question
from survcomp.values.response import Response
from survcomp.values.shown import in_a_line, in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseComparison:
    """Two response rates compared on three scales.

    Attributes
    ----------
    treatment, comparator : Response
        What was compared.
    odds_ratio, risk_ratio, risk_difference : Contrast
        On three scales.
    risk_ratio_low, risk_ratio_high : float
        Smallest and largest log risk ratio over the counts that print as published; equal
        to the estimate where the counts are known.

    Examples
    --------
    >>> import survcomp as sc
    >>> ours = sc.TrialArm(trial="cartitude_1", arm="cilta_cel", treatment="cilta-cel")
    >>> other = sc.TrialArm(trial="karmma", arm="ide_cel", treatment="ide-cel")
    >>> orr = sc.compare_responses(
    ...     sc.Response.from_published(ours, outcome="ORR", n=97, events=95),
    ...     sc.Response.from_published(other, outcome="ORR", n=128, events=94))
    >>> print(orr.odds_ratio)
    OR 17.18 (95% CI 4.01 to 73.56)
    >>> print(orr.risk_difference)
    RD 0.245 (95% CI 0.159 to 0.329)
    """

    treatment: Response
    comparator: Response
    odds_ratio: Contrast
    risk_ratio: Contrast
    risk_difference: Contrast
    risk_ratio_low: float
    risk_ratio_high: float

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def compare_responses(
    treatment: Response,
    comparator: Response,
    *,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> ResponseComparison:
    """Odds ratio, risk ratio and risk difference of two published response rates.

    Parameters
    ----------
    treatment, comparator : Response
        Counts with their denominators.
    assumptions : mapping of str to str, optional
        Words for each mismatch of analysis set (the denominator), assessor, follow-up or
        outcome; see `check_compatible`.
    level : float
        Confidence level.

    Returns
    -------
    ResponseComparison

    Raises
    ------
    IncompatibleError
        If the two may not be compared, or not without naming an assumption.

    Examples
    --------
    >>> from survcomp import Response, TrialArm, compare_responses
    >>> def orr(treatment, events, n):
    ...     arm = TrialArm(trial=treatment, arm="a", treatment=treatment)
    ...     return Response.from_published(arm, outcome="ORR", n=n, events=events)
    >>> print(compare_responses(orr("x", 94, 97), orr("y", 94, 128)).risk_ratio)
    RR 1.32 (95% CI 1.18 to 1.47)
    """
    for name, arm in (("treatment", treatment), ("comparator", comparator)):
        check_type(arm, Response, name=name, taken="a Response, such as Response.from_published")
    names = (f"{treatment.trial} {treatment.outcome}", f"{comparator.trial} {comparator.outcome}")
    words = check_compatible(
        treatment.basis,
        comparator.basis,
        names=names,
        assumptions=assumptions,
        outcomes=(treatment.outcome, comparator.outcome),
    )
    result = two_proportions(
        treatment.events, treatment.n, comparator.events, comparator.n, level=level
    )
    notes = [_count_words(response) for response in (treatment, comparator)]
    if result.corrected:
        notes.append("A cell is 0: 0.5 was added to all four cells for the ratios.")
    extremes = [
        two_proportions(a, treatment.n, b, comparator.n, level=level).log_rr.estimate
        for a, b in (
            (treatment.events_low, comparator.events_high),
            (treatment.events_high, comparator.events_low),
        )
    ]

    def contrast(measure: MeasureKey, effect: Effect, method: str) -> Contrast:
        return Contrast.from_link(
            Question(
                treatment=treatment.treatment,
                comparator=comparator.treatment,
                outcome=treatment.outcome,
                measure=measure,
                population=OWN_PATIENTS,
                estimand="marginal",
            ),
            LinkEstimate(
                estimate=effect.estimate,
                se=effect.se,
                se_sampling=effect.se,
                ci_low=effect.ci_low,
                ci_high=effect.ci_high,
                level=level,
                interval_method="Newcombe" if measure == "risk_difference" else WALD,
            ),
            derivation=Derivation(
                adjustment="none",
                method=f"{method}; naive (unadjusted)",
                assumptions=(UNANCHORED, *words),
                notes=tuple(notes),
                sources=(f"response:{treatment.id}", f"response:{comparator.id}"),
            ),
        )

    return ResponseComparison(
        treatment=treatment,
        comparator=comparator,
        odds_ratio=contrast("log_or", result.log_or, "odds ratio of two proportions, Wald"),
        risk_ratio=contrast("log_rr", result.log_rr, "ratio of two proportions, Wald"),
        risk_difference=contrast(
            "risk_difference", result.risk_difference, "difference of two proportions, Newcombe"
        ),
        risk_ratio_low=extremes[0],
        risk_ratio_high=extremes[1],
    )


def _count_words(response: Response) -> str:
    words = f"{response.trial}: {response.events} of {response.n} {response.basis.analysis_set}"
    if response.is_exact:
        return f"{words}."
    return (
        f"{words} (printed as a percentage only; {response.events_low} to {response.events_high} "
        "print alike)."
    )
