"""Binary and continuous outcomes after weighting, against published counts or a mean.

A model with one covariate, the arm, reproduces each arm's (weighted) mean, so that odds
ratio, risk ratio and risk difference of a binomial model with logit, log or identity link
are functions of two proportions, and their sandwich variance has a closed form: with the
residual r_i = y_i - p and the leverage h_i = w_i / sum w, the variance of p is
sum (w_i r_i)^2 / (sum w)^2 (HC0), or the same with r_i / (1 - h_i) (HC3; MacKinnon and White
1985), and those of log p and of logit p follow by the delta method. They are what R's
sandwich computes from glm. Both take the weights as known; the module
`variance` beside this one has the variance that does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from survcomp.comparison.matching_adjusted.unanchored import (
    TARGET,
    UNANCHORED_MATCHED,
    target_is_the_comparator,
)
from survcomp.comparison.two_arms.compatibility import check_compatible
from survcomp.errors import InputError
from survcomp.values.basis import Basis
from survcomp.values.checks import FloatArray, check_option
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.measure import MeasureKey
from survcomp.values.contrasts.question import Question
from survcomp.values.patients.outcome import PatientOutcome, PublishedMean
from survcomp.values.response import Response
from survcomp.values.shown import in_a_line
from survcomp.values.weights import Weights, check_weights

Sandwich = Literal["HC0", "HC3"]
ZeroCells = Literal["refuse", "add half"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedResponse:
    """A weighted response rate against a published one, on three scales.

    Attributes
    ----------
    rate, rate_comparator : float
        Weighted and published proportion, in [0, 1].
    odds_ratio, risk_ratio, risk_difference : Contrast
        On three scales.
    variance : {"HC0", "HC3"}
        Sandwich variance of the standard errors.
    corrected : bool
        Whether 0.5 was added to every cell because one of them was 0.

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
    >>> weights = sc.maic_weights(mine, target, match=["age"])
    >>> weighted = sc.weighted_response(orr, theirs, weights, treatment="A")
    >>> print(f"{weighted.rate:.1%} against {weighted.rate_comparator:.1%}")
    77.6% against 50.0%
    >>> print(weighted.odds_ratio)
    OR 3.46 (95% CI 1.67 to 7.14)
    """

    rate: float
    rate_comparator: float
    odds_ratio: Contrast
    risk_ratio: Contrast
    risk_difference: Contrast
    variance: Sandwich
    corrected: bool

    def to_frame(self) -> pd.DataFrame:
        """One row a scale, as `Contrast.to_frame`."""
        effects = (self.odds_ratio, self.risk_ratio, self.risk_difference)
        return pd.DataFrame([each.to_frame().iloc[0].to_dict() for each in effects])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def weighted_response(
    response: PatientOutcome,
    comparator: Response,
    weights: Weights,
    *,
    treatment: str,
    variance: Sandwich = "HC3",
    zero_cells: ZeroCells = "refuse",
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> WeightedResponse:
    """Odds ratio, risk ratio and risk difference after weighting one's own arm.

    Parameters
    ----------
    response : PatientOutcome
        1 for responders and 0 for others.
    comparator : Response
        Published responders and their denominator.
    weights : Weights
        Of the same patients, joined by identifier.
    treatment : str
        What they were given.
    variance : {"HC0", "HC3"}
        Sandwich variance; both take the weights as known.
    zero_cells : {"refuse", "add half"}
        Where everybody or nobody of an arm responds, a sandwich variance is 0 and a ratio
        may not be finite. "add half" adds 0.5 to every cell of the table, the weighted arm's
        in effective patients (its rate times its effective sample size), and takes the
        variances of that table (Haldane 1956, Anscombe 1956) for all three scales.
    assumptions : mapping of str to str, optional
        As for `unanchored_maic`, with "outcome" where the two define it differently.
    level : float
        Confidence level.

    Returns
    -------
    WeightedResponse

    Raises
    ------
    InputError
        If the outcome is not binary, or a cell is 0 and that is to be refused.
    IncompatibleError
        If the weights belong to other patients, or the two may not be compared.

    References
    ----------
    MacKinnon JG, White H (1985), J Econometrics 29:305. Zeileis A (2006), J Stat Softw 16(9).

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import PatientOutcome, Response, TrialArm, Weights, weighted_response
    >>> ids = tuple("abcd")
    >>> response = PatientOutcome(id=ids, value=np.array([1.0, 0, 1, 0]), name="ORR")
    >>> weights = Weights(id=ids, value=np.array([2.0, 1, 1, 1]), population="B's trial")
    >>> arm = TrialArm(trial="T", arm="b", treatment="B")
    >>> other = Response.from_published(arm, outcome="ORR", n=50, events=20)
    >>> weighted = weighted_response(response, other, weights, treatment="A", variance="HC0")
    >>> weighted.rate, round(weighted.risk_difference.se, 4)
    (0.6, 0.2561)
    """
    check_weights(weights)
    check_option(variance, Sandwich, name="variance")
    check_option(zero_cells, ZeroCells, name="zero_cells")
    words = response_assumptions(treatment, response, comparator, weights, assumptions)
    y, w = response.for_ids(weights.id), weights.value
    arm, other = weighted_arm(y, w, variance), published_arm(comparator, variance)
    corrected = not (0 < arm.mean < 1 and 0 < other.mean < 1)
    if corrected and zero_cells == "refuse":
        raise InputError(
            f"{response.name}: the rates are {arm.mean:g} (weighted) and {other.mean:g}: a cell is "
            "0. Choose zero_cells='add half' to add 0.5 to every cell."
        )
    if corrected:
        cells = (arm.mean, weights.ess), (other.mean, float(comparator.n))
        arm, other = (_with_half(mean, n) for mean, n in cells)
    notes = [f"Effective sample size {weights.ess:.1f} of {weights.n}."]
    if corrected:
        notes.append("A cell is 0: 0.5 was added to all four, the weighted arm in ESS patients.")

    def contrast(measure: MeasureKey) -> Contrast:
        estimate, se = response_effect(arm, other, measure)
        return Contrast.from_link(
            Question(
                treatment=treatment,
                comparator=comparator.treatment,
                outcome=response.name,
                measure=measure,
                population=weights.population,
                estimand="marginal",
            ),
            LinkEstimate.sampling(estimate, se, level=level),
            interval="sampling error; weights taken as known",
            derivation=Derivation(
                adjustment="weighting",
                method=f"unanchored MAIC; {SCALE_WORDS[measure]} of a weighted and a published "
                "proportion, "
                + ("0.5 added to every cell" if corrected else f"{variance} sandwich"),
                assumptions=words,
                notes=tuple(notes),
                sources=(f"response:{comparator.id}",),
            ),
        )

    return WeightedResponse(
        rate=float(np.average(y, weights=w)),
        rate_comparator=comparator.events / comparator.n,
        odds_ratio=contrast("log_or"),
        risk_ratio=contrast("log_rr"),
        risk_difference=contrast("risk_difference"),
        variance=variance,
        corrected=corrected,
    )


def weighted_mean_difference(
    outcome: PatientOutcome,
    comparator: PublishedMean,
    weights: Weights,
    *,
    treatment: str,
    variance: Sandwich = "HC3",
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> Contrast:
    """Difference of a weighted and a published mean of a continuous outcome.

    Parameters
    ----------
    outcome : PatientOutcome
        One's own measurements.
    comparator : PublishedMean
        The published mean with its standard deviation.
    weights, treatment, variance, assumptions, level
        As for `weighted_response`.

    Returns
    -------
    Contrast
        Measure "mean_difference", in the outcome's unit.

    Raises
    ------
    IncompatibleError
        If the weights belong to other patients, or the two may not be compared.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import PatientOutcome, PublishedMean, Weights, weighted_mean_difference
    >>> ids = tuple("abcd")
    >>> outcome = PatientOutcome(id=ids, value=np.array([1.0, 2, 3, 4]), name="change in score")
    >>> weights = Weights(id=ids, value=np.array([2.0, 1, 1, 1]), population="B's trial")
    >>> other = PublishedMean(treatment="B", outcome="change in score", mean=1.2, sd=2, n=50)
    >>> print(weighted_mean_difference(outcome, other, weights, treatment="A"))
    mean difference 1.0 (95% CI -0.9 to 2.9)
    """
    check_weights(weights)
    check_option(variance, Sandwich, name="variance")
    words = _assumptions(
        outcome, comparator.basis, comparator.treatment, comparator.outcome, weights, treatment,
        assumptions,
    )  # fmt: skip
    arm = weighted_arm(outcome.for_ids(weights.id), weights.value, variance)
    n = comparator.n
    # what patient-level data of this mean and SD would give
    other = comparator.sd**2 * ((n - 1) / n**2 if variance == "HC0" else 1 / (n - 1))
    estimate, se = arm.mean - comparator.mean, float(np.sqrt(arm.variance + other))
    return Contrast.from_link(
        Question(
            treatment=treatment,
            comparator=comparator.treatment,
            outcome=outcome.name,
            measure="mean_difference",
            population=weights.population,
            estimand="marginal",
        ),
        LinkEstimate.sampling(estimate, se, level=level),
        interval="sampling error; weights taken as known",
        derivation=Derivation(
            adjustment="weighting",
            method=f"unanchored MAIC; difference of a weighted and a published mean, {variance} "
            "sandwich",
            assumptions=words,
            notes=(f"Effective sample size {weights.ess:.1f} of {weights.n}.",),
        ),
    )


SCALE_WORDS: dict[str, str] = {
    "log_or": "odds ratio",
    "log_rr": "risk ratio",
    "risk_difference": "difference",
}


class ArmMean(NamedTuple):
    """Mean of one arm and its variance."""

    mean: float
    variance: float


def weighted_arm(value: FloatArray, weight: FloatArray, variance: Sandwich) -> ArmMean:
    """Weighted mean of one arm with its sandwich variance."""
    share = weight / weight.sum()
    mean = float(share @ value)
    residual = share * (value - mean)
    if variance == "HC3":
        if np.any(share >= 1):
            raise InputError("HC3 needs weight on two patients at least; one carries it all.")
        residual /= 1.0 - share
    return ArmMean(mean, float(np.sum(residual**2)))


def published_arm(response: Response, variance: Sandwich) -> ArmMean:
    """Published proportion with the sandwich variance of its patients."""
    n, rate = response.n, response.events / response.n
    leverage = 1.0 / n if variance == "HC3" and n > 1 else 0.0
    return ArmMean(rate, rate * (1 - rate) / n / (1 - leverage) ** 2)


def slope(mean: float, measure: MeasureKey) -> float:
    """Derivative of logit p, of log p or of p itself."""
    if measure == "log_or":
        return 1 / (mean * (1 - mean))
    return 1 / mean if measure == "log_rr" else 1.0


def response_effect(arm: ArmMean, other: ArmMean, measure: MeasureKey) -> tuple[float, float]:
    """Estimate and standard error of a contrast of two proportions, on its additive scale."""
    p, q = arm.mean, other.mean
    if measure == "log_or":
        estimate = math.log(p / (1 - p)) - math.log(q / (1 - q))
    elif measure == "log_rr":
        estimate = math.log(p) - math.log(q)
    else:
        estimate = p - q
    variance = slope(p, measure) ** 2 * arm.variance + slope(q, measure) ** 2 * other.variance
    return estimate, float(np.sqrt(variance))


def response_assumptions(
    treatment: str,
    response: PatientOutcome,
    comparator: Response,
    weights: Weights,
    assumptions: Mapping[str, str] | None,
) -> tuple[str, ...]:
    """What a weighted comparison of these responses rests on, or a refusal."""
    if not response.is_binary:
        bad = response.value[~np.isin(response.value, (0.0, 1.0))][0]
        raise InputError(f"`response` {response.name!r} must be 0 or 1; got {float(bad)!r}.")
    return _assumptions(
        response,
        comparator.basis,
        f"{comparator.trial} {comparator.outcome}",
        comparator.outcome,
        weights,
        treatment,
        assumptions,
    )


def _assumptions(
    response: PatientOutcome,
    basis: Basis,
    name: str,
    outcome: str,
    weights: Weights,
    treatment: str,
    assumptions: Mapping[str, str] | None,
) -> tuple[str, ...]:
    named = dict(assumptions or {})
    target = target_is_the_comparator(weights, basis, name, named.pop(TARGET, ""))
    words = check_compatible(
        response.basis,
        basis,
        names=(f"{treatment} {response.name}", name),
        assumptions=named,
        outcomes=(response.name, outcome),
    )
    return (UNANCHORED_MATCHED, *target, *words)


def _with_half(rate: float, n: float) -> ArmMean:
    """Rate and its variance with 0.5 added to both cells of an arm of n (effective) patients."""
    corrected = (rate * n + 0.5) / (n + 1)
    return ArmMean(corrected, corrected * (1 - corrected) / (n + 1))
