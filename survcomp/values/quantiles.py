"""Quantiles that turn a standard error into limits."""

from __future__ import annotations

import math

from survcomp.errors import InputError


def normal_quantile(level: float) -> float:
    """Two-sided standard normal quantile, 1.96 for 0.95."""
    if not 0 < level < 1:
        raise InputError(f"`level` must lie between 0 and 1; got {level!r}.")
    from scipy.special import ndtri  # here: importing the values would take twice the time

    return float(ndtri(0.5 + level / 2))


def two_sided_quantile(level: float, df: float = math.inf) -> float:
    """That of Student's t; the normal one where the degrees of freedom are infinite.

    Examples
    --------
    >>> round(two_sided_quantile(0.95), 3), round(two_sided_quantile(0.95, df=10), 3)
    (1.96, 2.228)
    """
    normal = normal_quantile(level)
    if math.isinf(df):
        return normal
    from scipy.stats import t  # here, for the same reason

    return float(t.ppf(0.5 + level / 2, df))
