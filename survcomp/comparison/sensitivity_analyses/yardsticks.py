"""Measured covariates as yardsticks for a confounder that was not measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

from survcomp.adjustment.weighting.matching import Column, columns_for
from survcomp.comparison.sensitivity_analyses.arms import Matched
from survcomp.comparison.sensitivity_analyses.bias_factor import log_bias_factor
from survcomp.errors import SurvcompError
from survcomp.estimation.cox.covariates import univariable_log_hrs
from survcomp.values.checks import read_only
from survcomp.values.patients.ipd import IPD


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A measured covariate as a yardstick for one that was not measured.

    Attributes
    ----------
    covariate : str
        Matched column, such as "age (mean)".
    difference : float
        Difference in prevalence before weighting, treated less target; for a continuous
        covariate the difference in means over two standard deviations.
    hazard_ratio : float
        Its effect among the treated, from a Cox model with it alone: of those with it against
        those without, or of two standard deviations.
    log_bias : float
        Log of the bias factor of an unmeasured confounder like it.
    words : str
        The same, for a reader.
    """

    covariate: str
    difference: float
    hazard_ratio: float
    log_bias: float
    words: str


def benchmarks_of(
    treatment: IPD, matching: Matched | None
) -> tuple[tuple[Benchmark, ...], tuple[tuple[str, str], ...]]:
    """Yardsticks among the matched columns; and the columns without one, with the reason."""
    if matching is None:
        return (), (("covariates", "No covariates are measured on both sides."),)
    yardsticks: list[Benchmark] = []
    missing: list[tuple[str, str]] = []
    for column in columns_for(treatment, matching.population, matching.match):
        if column.kind == "SD":  # a spread is no confounder of its own; its mean is there
            continue
        try:
            yardsticks.append(_benchmark(treatment, column))
        except SurvcompError as error:
            missing.append((column.name, str(error)))
    return tuple(yardsticks), tuple(missing)


def _benchmark(treatment: IPD, column: Column) -> Benchmark:
    x = read_only(column.values, name=column.name)
    effect = float(univariable_log_hrs(treatment.time, treatment.event, x[:, None])[0])
    before = float(x.mean())
    if column.kind == "mean":
        two = 2 * float(x.std())
        difference, log_hr = (before - column.target) / two, effect * two
        # of a normal U with one spread in both arms the bias is exactly this product
        log_bias = difference * log_hr
        words = (
            f"means {before:.3g} against {column.target:.3g}, HR {math.exp(log_hr):.2f} for 2 SD"
        )
    else:
        difference, log_hr = before - column.target, effect
        log_bias = log_bias_factor(before, column.target, math.exp(effect))
        words = (
            f"prevalence {100 * before:.0f}% against {100 * column.target:.0f}%, "
            f"HR {math.exp(effect):.2f}"
        )
    return Benchmark(
        covariate=column.name,
        difference=difference,
        hazard_ratio=math.exp(log_hr),
        log_bias=log_bias,
        words=f"A confounder as uneven as this covariate is before weighting and as strong as it "
        f"is among the treated ({words}), in the direction that weakens the result.",
    )
