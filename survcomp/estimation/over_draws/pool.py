"""Rubin's rules: one number over the draws of an `Ensemble`, its two errors apart and together.

Each draw is analysed as if it were the trial's data. With W the mean of the draws' own
variances and B the variance of their estimates, the total is T = W + (1 + 1/M) B (Rubin
1987).

Intervals use Student's t with Rubin's degrees of freedom, (M - 1) (T / ((1 + 1/M) B))^2.
They are thousands where B is a small part of T, as for traced figures, so that the interval
is the normal one, and exactly it where B is 0. Where B is most of T, as for a printed median,
B is itself estimated from M draws, and a normal interval covers too seldom when M is small:
with B/T of 0.9 and 5 draws 89 % of normal 95 % intervals hold the truth and 94 % of these; with
60 draws both hold it in 95 %.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student_t

from survcomp.errors import InputError
from survcomp.values.checks import FloatArray, read_only
from survcomp.values.contrasts.link_estimate import WALD, LinkEstimate
from survcomp.values.estimate import Estimate
from survcomp.values.quantiles import normal_quantile


def pool(estimates: ArrayLike, variances: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Pool the estimates of the draws of one ensemble by Rubin's rules.

    Parameters
    ----------
    estimates : array_like of shape (M,)
        One estimate a draw, at least two, on a scale on which it is about normal.
    variances : array_like of shape (M,)
        Squared standard errors of the estimates, each within its draw.
    level : float
        Confidence level.

    Returns
    -------
    Estimate
        ``value`` is the mean of the estimates, ``se_sampling`` sqrt(W), ``se_reconstruction``
        sqrt((1 + 1/M) B), ``se`` sqrt(T), and ``share`` B / T, 0 where T is 0.

    Raises
    ------
    InputError
        If there are fewer than two, the two differ in length, a variance is negative or
        something is not finite.

    References
    ----------
    Rubin DB (1987). Multiple Imputation for Nonresponse in Surveys. Wiley, section 3.3.

    Examples
    --------
    >>> from survcomp.estimation import pool
    >>> pooled = pool([1.0, 2.0, 3.0], [0.5, 0.5, 0.5])
    >>> pooled.value, round(pooled.se_reconstruction**2, 4), round(pooled.share, 4)
    (2.0, 1.3333, 0.5455)
    """
    q, u = read_only(estimates, name="estimates"), read_only(variances, name="variances")
    if q.size != u.size or q.size < 2:
        raise InputError(
            "`estimates` and `variances` must hold one number for each of at least 2 draws; got "
            f"{q.size} and {u.size}."
        )
    if np.any(u < 0):
        row = int(np.flatnonzero(u < 0)[0])
        raise InputError(f"`variances` must not be negative; draw {row + 1} has {u[row]:g}.")
    parts = rubin(q[:, None], u[:, None])
    estimate, se = float(parts.estimate[0]), float(parts.se[0])
    half = float(t_quantile(parts.df, level)[0]) * se
    return Estimate(
        quantity="pooled estimate",
        value=estimate,
        se_sampling=float(parts.se_sampling[0]),
        se_reconstruction=float(parts.se_reconstruction[0]),
        se=se,
        share=float(parts.share[0]),
        ci_low=estimate - half,
        ci_high=estimate + half,
        df=float(parts.df[0]),
        level=level,
        interval="sampling and reconstruction error",
        draws=q.size,
    )


def link_numbers(pooled: Estimate) -> LinkEstimate:
    """The same as the numbers of a `Contrast`, where they are those of an effect.

    Of one data set, the error of rebuilding is not known rather than 0.
    """
    return LinkEstimate(
        estimate=pooled.value,
        se=pooled.se,
        se_sampling=pooled.se_sampling,
        se_reconstruction=pooled.se_reconstruction if pooled.draws > 1 else None,
        ci_low=pooled.ci_low,
        ci_high=pooled.ci_high,
        df=pooled.df,
        level=pooled.level,
        interval_method=WALD,
    )


def two_sided_p(pooled: Estimate) -> float:
    """P value against 0, by Student's t on `df`; 0 where nothing varies."""
    if pooled.se == 0:
        return 1.0 if pooled.value == 0 else 0.0
    return float(2 * student_t.sf(abs(pooled.value / pooled.se), pooled.df))


class RubinParts(NamedTuple):
    """What Rubin's rules give, for each of k numbers; arrays of shape (k,)."""

    estimate: FloatArray
    se_sampling: FloatArray
    se_reconstruction: FloatArray
    se: FloatArray
    share: FloatArray
    df: FloatArray


def rubin(estimates: FloatArray, variances: FloatArray) -> RubinParts:
    """Rubin's rules down the columns of two arrays of shape (M, k)."""
    m = estimates.shape[0]
    shift = estimates - estimates[0]  # so that draws that agree have B = 0, not 1e-33
    between = shift.var(axis=0, ddof=1)
    within = variances.mean(axis=0)
    extra = (1 + 1 / m) * between
    total = within + extra
    with np.errstate(divide="ignore", over="ignore"):  # draws that agree: infinite df
        df = (m - 1) / _ratio(extra, total) ** 2
    return RubinParts(
        estimate=estimates[0] + shift.mean(axis=0),
        se_sampling=np.sqrt(within),
        se_reconstruction=np.sqrt(extra),
        se=np.sqrt(total),
        share=_ratio(between, total),
        df=df,
    )


def _ratio(part: FloatArray, total: FloatArray) -> FloatArray:
    return np.divide(part, total, out=np.zeros_like(total), where=total > 0)


def t_quantile(df: FloatArray, level: float) -> FloatArray:
    """Two-sided quantile of Student's t, the normal one where `df` is infinite."""
    normal = normal_quantile(level)
    finite = np.isfinite(df)
    return np.where(finite, student_t.ppf(0.5 + level / 2, np.where(finite, df, 1.0)), normal)
