"""Hazard ratio of two arms from a Cox model, weighted where weights are given.

Ties are handled by Efron's method. Without weights the standard error is the model's;
with weights it is the robust one of Lin and Wei (1989), from score residuals that are
Efron's too, so that it equals R's ``coxph(robust = TRUE, ties = "efron")``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from survcomp.errors import InputError
from survcomp.estimation.cox.two_arm import two_arm_log_hr, two_arm_log_hrs
from survcomp.estimation.cox.weighted import SAYS_NOTHING, weighted_cox
from survcomp.estimation.lifelines_adapter import cox_log_hazard_ratio
from survcomp.estimation.lifelines_adapter import logrank as _logrank
from survcomp.estimation.one_arm import check_two_arms
from survcomp.estimation.over_draws.pairs import PairedDraws, paired_draws
from survcomp.estimation.over_draws.pool import pool, two_sided_p
from survcomp.values.checks import BoolArray, FloatArray, Rng
from survcomp.values.contrasts.link_estimate import WALD, LinkEstimate
from survcomp.values.draws import Patients, as_draws
from survcomp.values.estimate import Estimate
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.one_outcome import one_outcome
from survcomp.values.quantiles import normal_quantile
from survcomp.values.shown import frame_as_table, in_a_line, in_a_table
from survcomp.values.weights import Weights, WeightScale, check_weights

Variance = Literal["model", "robust"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardRatio:
    """Hazard ratio of `treatment` against `comparator`.

    Attributes
    ----------
    treatment, comparator : str
        Names of the arms.
    log_hr : float
        Its logarithm.
    log_ci : (float, float)
        Limits of the logarithm.
    se, se_sampling, se_reconstruction : float
        Standard error of the logarithm, of all that the interval holds, and its parts; the
        last is 0 where nothing was pooled over draws.
    p : float
        Two-sided Wald p value.
    level : float
        Confidence level.
    df : float
        Degrees of freedom of Student's t; ``math.inf`` for a normal interval.
    variance : {"model", "robust"}
        Which variance the sampling error comes from.
    n_treatment, n_comparator : int
        Patients, not weighted.
    events_treatment, events_comparator : float
        Events, not weighted; the mean over draws.
    interval : str
        What the interval holds, in words.
    share : float
        Share of the variance that comes from rebuilding, B / T.
    draws : int
        Pairs of data sets that it was pooled over; 1 where nothing was.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = sc.IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> hr = sc.hazard_ratio(a, b)
    >>> print(hr)
    HR 0.35 (95% CI 0.06 to 1.92)
    >>> print(hr.interval)
    sampling error only, under assumed censoring
    >>> round(hr.value, 2), round(hr.se, 2)  # the error is that of the logarithm
    (0.35, 0.87)
    """

    treatment: str
    comparator: str
    log_hr: float
    log_ci: tuple[float, float]
    se: float
    se_sampling: float
    se_reconstruction: float
    p: float
    level: float
    df: float
    variance: Variance
    n_treatment: int
    n_comparator: int
    events_treatment: float
    events_comparator: float
    interval: str
    share: float
    draws: int

    @property
    def value(self) -> float:
        """The hazard ratio itself."""
        return math.exp(self.log_hr)

    @property
    def ci(self) -> tuple[float, float]:
        """Limits of the hazard ratio."""
        return self.ci_low, self.ci_high

    @property
    def ci_low(self) -> float:
        """Lower limit of the hazard ratio."""
        return math.exp(self.log_ci[0])

    @property
    def ci_high(self) -> float:
        """Upper limit of the hazard ratio."""
        return math.exp(self.log_ci[1])

    def to_frame(self) -> pd.DataFrame:
        """One row: hazard ratio and limits, the errors of its logarithm, and the counts."""
        columns = ("treatment", "comparator", "value", "ci_low", "ci_high", "log_hr")
        more = [name for name in self.__slots__ if name not in (*columns, "log_ci")]
        return pd.DataFrame([{name: getattr(self, name) for name in (*columns, *more)}])

    def __str__(self) -> str:
        return (
            f"HR {self.value:.2f} ({100 * self.level:g}% CI {self.ci_low:.2f} to "
            f"{self.ci_high:.2f})"
        )

    @property
    def numbers(self) -> LinkEstimate:
        """The same as the numbers of a `Contrast`; of one data set no error of rebuilding."""
        return LinkEstimate(
            estimate=self.log_hr,
            se=self.se,
            se_sampling=self.se_sampling,
            se_reconstruction=self.se_reconstruction if self.draws > 1 else None,
            ci_low=self.log_ci[0],
            ci_high=self.log_ci[1],
            df=self.df,
            level=self.level,
            interval_method=WALD,
        )

    def _facts(self) -> dict[str, object]:
        return {
            "of": f"{self.treatment} against {self.comparator}",
            "estimate": str(self),
            "interval": self.interval,
        }

    __repr__ = in_a_line
    _repr_html_ = frame_as_table


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRank:
    """Log-rank test: chi-squared on one degree of freedom; null: equal hazards.

    Attributes
    ----------
    chi_squared : float
        On one degree of freedom.
    p : float
        Two-sided p value.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = sc.IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> test = sc.logrank(a, b)
    >>> round(test.chi_squared, 2), round(test.p, 2)
    (1.6, 0.21)
    """

    chi_squared: float
    p: float

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def hazard_ratio(
    treatment: Patients,
    comparator: Patients,
    *,
    weights: Weights | None = None,
    scale: WeightScale = "raw",
    level: float = 0.95,
    rng: Rng = None,
) -> HazardRatio:
    """Cox hazard ratio of two arms, Efron ties.

    Parameters
    ----------
    treatment, comparator : IPD, Reconstruction or Ensemble
        One arm each, in the same time unit. Over draws the logarithms are pooled by Rubin's
        rules; draw m of one goes with draw m of the other, one data set with every draw.
    weights : Weights, optional
        Weights of the treatment arm, joined by identifier; the comparator's patients count
        1 each. The standard error is then robust, with the weights taken as known.
    scale : {"raw", "n", "ess"}
        Scale of the weights: as fitted, summing to n, or to the effective sample size. In
        an unanchored comparison the estimate depends on it a little.
    level : float
        Confidence level.
    rng : Generator or int, optional
        Pairs the draws in random order; left out, draw m goes with draw m.

    Returns
    -------
    HazardRatio

    Raises
    ------
    IncompatibleError
        If the time units differ or the weights belong to other patients.
    InputError
        If no event of an arm happens while patients of the other are at risk, so that the
        ratio has no finite estimate; with weights, judged without the patients who carry less
        than 1e-4 of the largest weight. If the arms' numbers of draws differ, or one has draws and
        the other is one rebuilt data set.

    References
    ----------
    Cox DR (1972), JRSS B 34:187. Efron B (1977), JASA 72:557. Lin DY, Wei LJ (1989),
    JASA 84:1074.

    Examples
    --------
    >>> from survcomp import IPD, hazard_ratio
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> round(hazard_ratio(a, b).value, 3)
    0.348
    """
    check_weights(weights, optional=True)
    as_draws(treatment, weights, name="treatment")  # refuses weights of several draws
    pairs = paired_draws(treatment, comparator, rng=rng)
    z = normal_quantile(level)
    if not pairs.several:
        log_hr, se = _log_hr(pairs.treatment[0], pairs.comparator[0], weights, scale)
        pooled = Estimate(
            quantity="log hazard ratio",
            value=log_hr,
            se=se,
            se_sampling=se,
            ci_low=log_hr - z * se,
            ci_high=log_hr + z * se,
            level=level,
        )
        p = float(2 * norm.sf(abs(log_hr / se)))
    else:
        pooled = _pooled(pairs, weights, scale, level)
        p = two_sided_p(pooled)
    known = "" if weights is None else "; weights taken as known"
    return HazardRatio(
        treatment=pairs.names[0],
        comparator=pairs.names[1],
        log_hr=pooled.value,
        log_ci=pooled.ci,
        se=pooled.se,
        se_sampling=pooled.se_sampling,
        se_reconstruction=pooled.se_reconstruction,
        p=p,
        level=level,
        df=pooled.df,
        variance="model" if weights is None else "robust",
        n_treatment=pairs.treatment[0].n,
        n_comparator=pairs.comparator[0].n,
        events_treatment=_mean_events(pairs.treatment),
        events_comparator=_mean_events(pairs.comparator),
        interval=pairs.interval_words + known,
        share=pooled.share,
        draws=len(pairs),
    )


def _mean_events(data: Sequence[IPD]) -> float:
    return float(np.mean([ipd.n_events for ipd in data])) if len(data) > 1 else data[0].n_events


def _pooled(
    pairs: PairedDraws, weights: Weights | None, scale: WeightScale, level: float
) -> Estimate:
    """Rubin's rules over the pairs, unweighted ones fitted all at once."""
    if weights is not None:
        each = [
            _log_hr(left, right, weights, scale)
            for left, right in zip(pairs.treatment, pairs.comparator, strict=True)
        ]
        return pool([log_hr for log_hr, _ in each], [se**2 for _, se in each], level=level)
    fits = two_arm_log_hrs(pairs.treatment, pairs.comparator)
    if fits.n_failed:
        first = next(m for m, text in enumerate(fits.fault) if text)
        raise InputError(
            f"{fits.n_failed} of {len(pairs)} pairs of draws have no finite hazard ratio of "
            f"{pairs.names[0]!r} against {pairs.names[1]!r}; in draw "
            f"{first + 1} {fits.fault[first]}."
        )
    return pool(fits.log_hr, fits.se**2, level=level)


def _log_hr(
    treatment: IPD, comparator: IPD, weights: Weights | None, scale: WeightScale
) -> tuple[float, float]:
    """Log hazard ratio of two data sets, and its standard error."""
    for arm in (treatment, comparator):
        if arm.n_events == 0:
            raise InputError(
                f"arm {arm.arms[0]!r} has no event among {arm.n} patients: its hazard ratio has "
                "no finite estimate."
            )
    time, event, treated = _stack(treatment, comparator)
    _check_overlap(treatment, comparator)
    two_arm_log_hr(time, event, treated)  # refuses a likelihood without a maximum
    if weights is None:
        return cox_log_hazard_ratio(time, event, treated, None)
    w = np.concatenate([weights.for_patients(treatment, scale=scale), np.ones(comparator.n)])
    _check_weighted(time, event, treated, w)
    fit = weighted_cox(time, event, treated, w)
    return fit.log_hr, fit.se_robust


def logrank(treatment: IPD, comparator: IPD) -> LogRank:
    """Log-rank test of two arms without weights.

    A weighted log-rank test with weights as case counts is wrong, so none is offered.

    Parameters
    ----------
    treatment, comparator : IPD
        One arm each, in the same time unit.

    Returns
    -------
    LogRank

    Raises
    ------
    InputError
        If either is not one data set of one arm.
    IncompatibleError
        If the time units or the outcomes differ.

    References
    ----------
    Mantel N (1966), Cancer Chemother Rep 50:163.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = sc.IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> print(sc.logrank(a, b))
    <LogRank: chi squared 1.603, p 0.2054>
    """
    check_two_arms(treatment, comparator)
    one_outcome(treatment, comparator)
    chi_squared, p = _logrank(*_stack(treatment, comparator))
    return LogRank(chi_squared=chi_squared, p=p)


def _check_overlap(treatment: IPD, comparator: IPD) -> None:
    """Each arm needs an event while the other is at risk, or the likelihood has no maximum."""
    for arm, other in ((treatment, comparator), (comparator, treatment)):
        first, last = float(arm.time[arm.event].min()), float(other.time.max())
        if first > last:
            raise InputError(
                f"arm {other.arms[0]!r} is followed to {last:g} {other.time_unit} and the first "
                f"event of arm {arm.arms[0]!r} is at {first:g}: their hazard ratio has no finite "
                "estimate."
            )


def _stack(treatment: IPD, comparator: IPD) -> tuple[FloatArray, BoolArray, BoolArray]:
    treated = np.concatenate([np.ones(treatment.n, bool), np.zeros(comparator.n, bool)])
    return (
        np.concatenate([treatment.time, comparator.time]),
        np.concatenate([treatment.event, comparator.event]),
        treated,
    )


def _check_weighted(
    time: FloatArray, event: BoolArray, treated: BoolArray, weights: FloatArray
) -> None:
    """Refuse weights under which the arms are separated."""
    counts = weights >= SAYS_NOTHING * float(weights[treated].max())
    counts |= ~treated  # the comparator's patients are not weighted
    try:
        two_arm_log_hr(time[counts], event[counts], treated[counts])
    except InputError as error:
        raise InputError(
            f"{error} This is so with these weights: of the {int(treated.sum())} patients of the "
            f"treated arm, {int((treated & counts).sum())} carry more than {SAYS_NOTHING:g} of the "
            "largest weight."
        ) from error
