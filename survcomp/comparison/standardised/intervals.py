"""Two intervals of a standardisation: bootstrap-then-impute, and Rubin's rules."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from survcomp.errors import InputError
from survcomp.estimation.over_draws.pool import link_numbers, pool
from survcomp.values.checks import FloatArray
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.link_estimate import LinkEstimate


class Spread(NamedTuple):
    """Variance between bootstrap replicates without the noise of imputation."""

    variance: float
    df: float


def between_replicates(pairs: FloatArray) -> Spread:
    """Variance components of replicates (rows) with two imputations each (columns).

    Degrees of freedom by Satterthwaite, as in von Hippel and Bartlett (2021).
    """
    r = pairs.shape[0]
    ms_between = 2.0 * float(pairs.mean(axis=1).var(ddof=1))
    ms_within = float(np.mean((pairs[:, 0] - pairs[:, 1]) ** 2)) / 2.0
    variance = (ms_between - ms_within) / 2.0
    if not variance > 0:
        raise InputError(
            f"`replicates`: {r} are too few to tell sampling error from the noise of imputation."
        )
    df = (ms_between - ms_within) ** 2 / (ms_between**2 / (r - 1) + ms_within**2 / r)
    return Spread(variance, df)


def bootstrapped(
    base: Contrast, estimates: FloatArray, pairs: FloatArray, level: float
) -> Contrast:
    """Mean of the imputations; its error is of replicates, (R, 2), and Monte Carlo.

    Student's t with the degrees of freedom of the variance between replicates.
    """
    estimate, spread = float(estimates.mean()), between_replicates(pairs)
    se = math.sqrt(spread.variance + float(estimates.var(ddof=1)) / estimates.size)
    return replace(
        base.with_numbers(LinkEstimate.total(estimate, se, level=level, df=spread.df)),
        interval=f"{base.interval}; with the published effects' errors, by bootstrap-then-impute",
        method=f"{base.method}, {pairs.shape[0]} bootstrap replicates with two each",
    )


def by_rubin(
    base: Contrast, estimates: FloatArray, variances: FloatArray, level: float
) -> Contrast:
    """Mean of the imputations, with Rubin's rules over their own variances."""
    pooled = pool(estimates, variances, level=level)
    return replace(
        base.with_numbers(link_numbers(pooled)),
        interval=f"{base.interval}; with the published effects' errors and imputation's noise, "
        "by Rubin's rules, weights taken as known",
        method=f"{base.method}, pooled by Rubin's rules",
    )
