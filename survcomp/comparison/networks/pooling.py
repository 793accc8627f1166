"""Inverse-variance pooling of several effects of the same two treatments.

Fixed effect, and random effects with the between-study variance of DerSimonian and Laird or
of Paule and Mandel, through statsmodels. Its moment estimate may be negative and is cut at 0
here, and its iteration for Paule and Mandel returns 0 when rounding makes the estimating
equation negative at its root: that root is therefore found by bisection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import chi2, norm, t

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import FloatArray, check_option, check_text, check_type, read_only
from survcomp.values.contrasts.contrast import Contrast, effects_frame
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.measure import MEASURES
from survcomp.values.contrasts.question import Question
from survcomp.values.shown import in_a_line

BetweenStudies = Literal["DL", "PM"]

NAME: dict[str, str] = {"DL": "DerSimonian-Laird", "PM": "Paule-Mandel"}
ALIKE = ("treatment", "comparator", "outcome", "measure", "estimand", "time_unit", "horizon")
"""What effects must have in common."""

LEAST_FOR_PREDICTION = 3
"""A prediction interval has k - 2 degrees of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledEffects:
    """Several effects pooled.

    Attributes
    ----------
    effects : tuple of Contrast
        The k effects.
    fixed, random : Contrast
        Their pooled effect, and that with a variance between studies.
    between : {"DL", "PM"}
        Estimator of that variance.
    weight_fixed, weight_random : ndarray of shape (k,)
        Shares of the pooled effects; each sums to 1.
    q, p_q : float
        Cochran's Q and its p value with k - 1 degrees of freedom.
    i_squared : float
        Share of the variation that is between studies, in [0, 1).
    tau_squared : float
        Variance between studies, on the squared additive scale of the measure.
    prediction_low, prediction_high : float or None
        Interval for the effect in a new study; None of two effects, which leave no degree
        of freedom for it.

    Examples
    --------
    >>> import survcomp as sc
    >>> def effect(trial, hr, low, high):
    ...     question = sc.Question(treatment="A", comparator="B", outcome="OS", measure="log_hr",
    ...                            population=trial, estimand="marginal")
    ...     return sc.Contrast.from_interval(question, value=hr, ci_low=low, ci_high=high)
    >>> pooled = sc.pool_contrasts(
    ...     [effect("T1", 0.55, 0.4, 0.76), effect("T2", 0.8, 0.6, 1.07),
    ...      effect("T3", 0.6, 0.4, 0.9)],
    ...     population="all three")
    >>> print("random", pooled.random)
    random HR 0.65 (95% CI 0.52 to 0.83)
    >>> print(f"I squared {pooled.i_squared:.0%}")
    I squared 37%
    """

    effects: tuple[Contrast, ...]
    fixed: Contrast
    random: Contrast
    between: BetweenStudies
    weight_fixed: FloatArray
    weight_random: FloatArray
    q: float
    p_q: float
    i_squared: float
    tau_squared: float
    prediction_low: float | None
    prediction_high: float | None

    def to_frame(self) -> pd.DataFrame:
        """One row an effect, then the pooled ones, with their shares."""
        rows = (*self.effects, self.fixed, self.random)
        names = [*(e.population for e in self.effects), "fixed", "random"]
        frame = effects_frame(names, rows)
        frame["weight_fixed"] = [*self.weight_fixed, 1.0, np.nan]
        frame["weight_random"] = [*self.weight_random, np.nan, 1.0]
        return frame

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def pool_contrasts(
    effects: Sequence[Contrast],
    *,
    population: str,
    between: BetweenStudies = "PM",
    level: float = 0.95,
) -> PooledEffects:
    r"""Pool effects of one treatment against one comparator by their inverse variances.

    Parameters
    ----------
    effects : sequence of Contrast
        At least two, alike in treatment, comparator, outcome, measure, estimand, time unit
        and horizon, each with a standard error above 0. A reconstruction's error counts.
    population : str
        Whose answer the pooled effect is meant to be.
    between : {"DL", "PM"}
        DerSimonian and Laird's moment estimate of the variance between studies, or Paule and
        Mandel's, at which the weighted sum of squares is k - 1.
    level : float
        Confidence level, also of the prediction interval.

    Returns
    -------
    PooledEffects
        Wald intervals. The prediction interval has k - 2 degrees of freedom (Higgins 2009).

    Raises
    ------
    InputError
        If there are fewer than two, or one comes twice.
    IncompatibleError
        If two are not alike, their estimand is not stated, or a standard error is missing
        or 0; it is named.

    Notes
    -----
    With w_i = 1 / (v_i + tau^2), the pooled effect is sum w_i y_i / sum w_i with variance
    1 / sum w_i. The shares are

    .. math:: I^2 = \max\{0, (Q - (k - 1)) / Q\}

    References
    ----------
    DerSimonian R, Laird N (1986), Control Clin Trials 7:177. Paule RC, Mandel J (1982), J Res
    Natl Bur Stand 87:377. Higgins JPT, Thompson SG, Spiegelhalter DJ (2009), JRSS A 172:137.

    Examples
    --------
    >>> from survcomp import Contrast, Question, pool_contrasts
    >>> def effect(trial, hr, low, high):
    ...     question = Question(treatment="A", comparator="B", outcome="OS", measure="log_hr",
    ...                         population=trial, estimand="marginal")
    ...     return Contrast.from_interval(question, value=hr, ci_low=low, ci_high=high)
    >>> pooled = pool_contrasts(
    ...     [effect("T1", 0.7, 0.5, 0.98), effect("T2", 0.8, 0.6, 1.07)], population="both")
    >>> print(pooled.fixed)
    HR 0.76 (95% CI 0.61 to 0.94)
    >>> pooled.tau_squared, pooled.prediction_low
    (0.0, None)
    """
    check_type(effects, (list, tuple), name="effects", taken="a list of effects")
    for effect in effects:
        check_type(effect, Contrast, name="effects", taken="a list of effects, each a Contrast")
    check_option(between, BetweenStudies, name="between")
    check_text(population, name="population")
    y, variance = _numbers(effects)
    combined = _combine(y, variance, between)
    k = y.size

    def pooled(estimate: float, se: float, method: str) -> Contrast:
        first = effects[0]
        adjustments = {effect.adjustment for effect in effects}
        notes = dict.fromkeys(note for effect in effects for note in effect.remarks)
        return Contrast.from_link(
            Question(
                treatment=first.treatment,
                comparator=first.comparator,
                outcome=first.outcome,
                measure=first.measure,
                population=population,
                time_unit=first.time_unit,
                horizon=first.horizon,
                estimand=first.estimand,
            ),
            LinkEstimate.total(estimate, se, level=level),
            interval=_interval(effects),
            derivation=Derivation(
                adjustment=first.adjustment if len(adjustments) == 1 else "not stated",
                method=f"inverse-variance pooling of {k} effects, {method}",
                assumptions=_assumptions(effects, population),
                notes=tuple(notes),
                sources=tuple(dict.fromkeys(name for effect in effects for name in effect.sources)),
            ),
            p=float(2 * norm.sf(abs(estimate) / se)),
            assumes_censoring=any(effect.assumes_censoring for effect in effects),
        )

    fixed = 1 / variance
    random = 1 / (variance + combined.tau_squared)
    estimate, se = _mean(y, random)
    reach = None
    if k >= LEAST_FOR_PREDICTION:
        reach = float(t.ppf(0.5 + level / 2, k - 2) * np.hypot(se, combined.tau_squared**0.5))
    return PooledEffects(
        effects=tuple(effects),
        fixed=pooled(combined.fixed, combined.se_fixed, "fixed effect"),
        random=pooled(estimate, se, f"random effects ({NAME[between]})"),
        between=between,
        weight_fixed=read_only(fixed / fixed.sum(), name="weight_fixed"),
        weight_random=read_only(random / random.sum(), name="weight_random"),
        q=combined.q,
        p_q=float(chi2.sf(combined.q, k - 1)),
        i_squared=1 - (k - 1) / combined.q if combined.q > k - 1 else 0.0,
        tau_squared=combined.tau_squared,
        prediction_low=None if reach is None else estimate - reach,
        prediction_high=None if reach is None else estimate + reach,
    )


def _numbers(effects: Sequence[Contrast]) -> tuple[FloatArray, FloatArray]:
    """Estimates and variances, if these effects may be pooled."""
    if len(effects) < 2:
        raise InputError(f"`effects` must be at least two; got {len(effects)}.")
    for row, effect in enumerate(effects):
        if effect in effects[:row]:
            raise InputError(f"`effects` has that of {effect.population} twice.")
        _check_alike(effects[0], effect)
        if not effect.se:
            raise IncompatibleError(
                f"the effect in {effect.population} has a standard error of {effect.se}; "
                "only effects with one above 0 can be pooled."
            )
    if effects[0].estimand == "not stated":
        raise IncompatibleError(
            "the estimand of the effects is not stated: say marginal or conditional of each, "
            "because the two are different numbers and are not pooled."
        )
    return (
        np.array([effect.link_value for effect in effects]),
        np.array([(effect.se or 0.0) ** 2 for effect in effects]),
    )


def _check_alike(first: Contrast, other: Contrast) -> None:
    for field in ALIKE:
        left, right = getattr(first, field), getattr(other, field)
        if left != right:
            raise IncompatibleError(
                f"the effects in {first.population} and {other.population} differ in {field}: "
                f"{left!r} and {right!r}."
            )
    if first.unstated:
        raise IncompatibleError(
            f"the {' and the '.join(first.unstated)} of the {MEASURES[first.measure].name}s is not "
            "stated: times in other units, or areas to other times, cannot be pooled."
        )


class _Combined(NamedTuple):
    fixed: float
    se_fixed: float
    q: float
    tau_squared: float


def _combine(y: FloatArray, variance: FloatArray, between: BetweenStudies) -> _Combined:
    """The adapter to statsmodels."""
    from statsmodels.stats.meta_analysis import combine_effects

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # it weights by a negative variance between studies before that is cut at 0 here
        combined = combine_effects(y, variance, method_re="dl")
    tau_squared = max(0.0, float(combined.tau2))
    if between == "PM":
        tau_squared = paule_mandel(y, variance)
    return _Combined(
        fixed=float(combined.mean_effect_fe),
        se_fixed=float(combined.sd_eff_w_fe),
        q=max(0.0, float(combined.q)),  # a difference of two sums: rounding may leave -1e-17
        tau_squared=tau_squared,
    )


def paule_mandel(y: FloatArray, variance: FloatArray) -> float:
    """Variance between studies at which the weighted sum of squares is k - 1, or 0.

    Examples
    --------
    >>> round(paule_mandel(np.array([0.0, 2.0]), np.array([1.0, 1.0])), 9)  # 2 / (1 + tau^2) = 1
    1.0
    """

    def excess(tau_squared: float) -> float:
        weight = 1 / (variance + tau_squared)
        return float(weight @ (y - _mean(y, weight)[0]) ** 2) - (y.size - 1)

    if excess(0.0) <= 0:
        return 0.0
    # there every weighted sum of squares is at most sum (y - mean)^2 / tau^2 <= k - 1
    high = float(np.sum((y - y.mean()) ** 2) / (y.size - 1)) + float(variance.max())
    return float(brentq(excess, 0.0, high, xtol=1e-15, rtol=1e-14))


def _mean(y: FloatArray, weight: FloatArray) -> tuple[float, float]:
    return float(weight @ y / weight.sum()), float(weight.sum() ** -0.5)


def _interval(effects: Sequence[Contrast]) -> str:
    known = any(effect.se_reconstruction is not None for effect in effects)
    assumed = any(effect.assumes_censoring for effect in effects)
    return (
        f"sampling {'and reconstruction ' * known}error of {len(effects)} effects"
        + ", under assumed censoring" * assumed
    )


def _assumptions(effects: Sequence[Contrast], population: str) -> tuple[str, ...]:
    places = ", ".join(dict.fromkeys(e.population for e in effects if e.population != population))
    moved = [f"The effects in {places} are those that {population} would have."] if places else []
    carried = dict.fromkeys(words for effect in effects for words in effect.assumptions)
    return ("The effects are of different patients.", *moved, *carried)
