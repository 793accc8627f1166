"""Two published response rates compared, through statsmodels.

A zero cell gets 0.5 added to all four cells (Haldane and Anscombe), and the result says so.
The interval of the difference is Newcombe's hybrid score interval (1998, method 10).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.errors import InputError
from survcomp.values.checks import check_count
from survcomp.values.quantiles import normal_quantile
from survcomp.values.shown import in_a_line, in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An effect on its additive scale."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoProportions:
    """Odds ratio, risk ratio (both as logarithms) and risk difference of two proportions.

    Attributes
    ----------
    log_or, log_rr, risk_difference : Effect
        With Wald intervals for the ratios and Newcombe's for the difference.
    corrected : bool
        Whether 0.5 was added to every cell because one of them was 0.
    level : float
        Confidence level.

    Examples
    --------
    >>> import math
    >>> from survcomp.estimation import two_proportions
    >>> orr = two_proportions(95, 97, 94, 128)  # overall response, CARTITUDE-1 and KarMMa
    >>> odds, difference = orr.log_or, orr.risk_difference
    >>> print(f"OR {math.exp(odds.estimate):.1f}, difference {difference.estimate:.1%}")
    OR 17.2, difference 24.5%
    """

    log_or: Effect
    log_rr: Effect
    risk_difference: Effect
    corrected: bool
    level: float

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def two_proportions(
    events: int, n: int, events_comparator: int, n_comparator: int, *, level: float = 0.95
) -> TwoProportions:
    """Compare two independent proportions.

    Parameters
    ----------
    events, n : int
        Responders and patients of the treatment.
    events_comparator, n_comparator : int
        Of the comparator.
    level : float
        Confidence level.

    Returns
    -------
    TwoProportions

    Raises
    ------
    InputError
        If a number is no count, or there are more responders than patients.

    References
    ----------
    Newcombe RG (1998), Stat Med 17:873. Haldane JBS (1956). Anscombe FJ (1956).

    Examples
    --------
    >>> import math
    >>> from survcomp.estimation import two_proportions
    >>> result = two_proportions(94, 97, 94, 128)
    >>> round(math.exp(result.log_rr.estimate), 3)
    1.32
    """
    from statsmodels.stats.contingency_tables import Table2x2
    from statsmodels.stats.proportion import confint_proportions_2indep

    _check_counts(events, n, of="")
    _check_counts(events_comparator, n_comparator, of="_comparator")
    cells = np.array(
        [[events, n - events], [events_comparator, n_comparator - events_comparator]], dtype=float
    )
    corrected = bool(np.any(cells == 0))
    table = Table2x2(cells + 0.5 if corrected else cells, shift_zeros=False)
    z = normal_quantile(level)

    def wald(estimate: float, se: float) -> Effect:
        return Effect(estimate=estimate, se=se, ci_low=estimate - z * se, ci_high=estimate + z * se)

    p, q = events / n, events_comparator / n_comparator
    low, high = confint_proportions_2indep(
        events,
        n,
        events_comparator,
        n_comparator,
        compare="diff",
        method="newcomb",
        alpha=1 - level,
    )
    se_difference = float(np.sqrt(p * (1 - p) / n + q * (1 - q) / n_comparator))
    return TwoProportions(
        log_or=wald(float(table.log_oddsratio), float(table.log_oddsratio_se)),
        log_rr=wald(float(table.log_riskratio), float(table.log_riskratio_se)),
        risk_difference=Effect(
            estimate=p - q, se=se_difference, ci_low=float(low), ci_high=float(high)
        ),
        corrected=corrected,
        level=level,
    )


def _check_counts(events: int, n: int, *, of: str) -> None:
    """Raise unless some of n patients, none or all, had the outcome."""
    check_count(n, name=f"n{of}", at_least=1)
    check_count(events, name=f"events{of}")
    if events > n:
        raise InputError(f"`events{of}` cannot be {events} of {n} patients.")
