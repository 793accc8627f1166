"""An unmeasured confounder: how common and how strong it must be to change the conclusion.

The bias of leaving it out, and what that takes for granted, is in `bias_factor`; the measured
covariates stand beside it as `yardsticks`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.comparison.sensitivity_analyses.arms import Effect, SensitivityArms
from survcomp.comparison.sensitivity_analyses.bias_factor import (
    log_bias_factor,
    tipping_hazard_ratio,
)
from survcomp.comparison.sensitivity_analyses.result import (
    SensitivityRow,
    SensitivityTable,
    effect_row,
    refused_row,
)
from survcomp.comparison.sensitivity_analyses.yardsticks import Benchmark, benchmarks_of
from survcomp.errors import InputError
from survcomp.values.checks import FloatArray, check_type, read_only
from survcomp.values.shown import in_a_line, in_a_table

ANALYSIS = "unmeasured confounder"

NO_CONCLUSION = "The interval holds 1 already: there is no conclusion to tip."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfounderSettings:
    """Which unmeasured confounders are tried.

    Attributes
    ----------
    mean_prevalence : float
        (p1 + p0) / 2, inside (0, 1).
    differences : tuple of float
        p1 - p0, ascending, such that both prevalences lie in [0, 1].
    hazard_ratios : tuple of float
        Effect of U on the hazard, ascending, at least 1. A protective U is the harmful one
        of those without it, with 1 - p for p.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> settings = sc.ConfounderSettings(mean_prevalence=0.3, differences=(0.0, 0.2),
    ...                                  hazard_ratios=(1.0, 2.0))
    >>> grid = sc.confounder_grid(arms, settings=settings)
    >>> print(grid.to_frame()[["hazard_ratio", "p1", "p0", "estimate"]].round(2))
       hazard_ratio   p1   p0  estimate
    0           1.0  0.3  0.3     -0.83
    1           1.0  0.4  0.2     -0.83
    2           2.0  0.3  0.3     -0.83
    3           2.0  0.4  0.2     -0.98
    """

    mean_prevalence: float = 0.5
    differences: tuple[float, ...] = (
        -0.6, -0.5, -0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6,
    )  # fmt: skip
    hazard_ratios: tuple[float, ...] = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0)

    def __post_init__(self) -> None:
        if not 0 < self.mean_prevalence < 1:
            raise InputError(
                f"`mean_prevalence` must lie inside (0, 1); got {self.mean_prevalence!r}."
            )
        widest = 2 * min(self.mean_prevalence, 1 - self.mean_prevalence)
        _check_ascending(self.differences, "differences", -widest, widest)
        _check_ascending(self.hazard_ratios, "hazard_ratios", 1.0, 1e6)

    def prevalences(self, difference: float) -> tuple[float, float]:
        """Prevalences p1 and p0 that differ by this."""
        half = difference / 2
        p1, p0 = self.mean_prevalence + half, self.mean_prevalence - half
        return min(max(p1, 0.0), 1.0), min(max(p0, 0.0), 1.0)  # -1e-17 is rounding

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConfounderGrid:
    """The hazard ratio under every confounder of a grid.

    Attributes
    ----------
    treatment, comparator, outcome : str
        What is compared.
    observed : Effect
        Log hazard ratio with no unmeasured confounder.
    level : float
        Confidence level.
    settings : ConfounderSettings
        The grid: m hazard ratios and k differences in prevalence.
    log_hr : ndarray of shape (m, k)
        Log hazard ratio less the log of the bias factor.
    tipped : ndarray of shape (m, k), bool
        Whether the interval no longer excludes 1 on the side it did; nowhere where it holds
        1 to begin with.
    benchmarks : tuple of Benchmark
        The measured covariates.
    without_benchmark : tuple of (str, str)
        Columns for which there is none, and why.
    matched : bool
        Whether covariates are matched; the confounder is independent of them.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> grid = sc.confounder_grid(arms)
    >>> grid.log_hr.shape, int(grid.tipped.sum())
    ((9, 13), 18)
    >>> cells = grid.to_frame()[["hazard_ratio", "difference", "estimate", "tipped"]]
    >>> print(cells.tail(3).round(2))
         hazard_ratio  difference  estimate  tipped
    114           5.0         0.4     -1.37   False
    115           5.0         0.5     -1.52   False
    116           5.0         0.6     -1.67   False
    """

    treatment: str
    comparator: str
    outcome: str
    observed: Effect
    level: float
    settings: ConfounderSettings
    log_hr: FloatArray
    tipped: np.ndarray
    benchmarks: tuple[Benchmark, ...]
    without_benchmark: tuple[tuple[str, str], ...] = ()
    matched: bool = True

    def to_frame(self) -> pd.DataFrame:
        """One row a cell: ``hazard_ratio difference p1 p0 estimate se ci_low ci_high tipped``."""
        rows = []
        for i, hr in enumerate(self.settings.hazard_ratios):
            for j, difference in enumerate(self.settings.differences):
                p1, p0 = self.settings.prevalences(difference)
                shift = float(self.log_hr[i, j]) - self.observed.estimate
                rows.append(
                    {
                        "hazard_ratio": hr,
                        "difference": difference,
                        "p1": p1,
                        "p0": p0,
                        "estimate": self.observed.estimate + shift,
                        "se": self.observed.se,
                        "ci_low": self.observed.ci_low + shift,
                        "ci_high": self.observed.ci_high + shift,
                        "tipped": bool(self.tipped[i, j]),
                    }
                )
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def confounder_grid(
    arms: SensitivityArms, *, settings: ConfounderSettings | None = None
) -> ConfounderGrid:
    """Hazard ratio under unmeasured confounders, with the measured ones as yardsticks.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms` or `unmatched_arms`; the latter has no yardsticks.
    settings : ConfounderSettings, optional
        Prevalences of 0.5 in the mean, differences to 0.6 and hazard ratios to 5 when left
        out.

    Returns
    -------
    ConfounderGrid

    Raises
    ------
    InputError
        As the effect of the arms: if it has no finite estimate.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> grid = sc.confounder_grid(arms)
    >>> worst = grid.to_frame().iloc[-1]
    >>> print(f"with a confounder of HR {worst.hazard_ratio:g} the log HR is {worst.estimate:.2f}")
    with a confounder of HR 5 the log HR is -1.67
    """
    check_type(
        arms, SensitivityArms, name="arms", taken="what matched_arms or unmatched_arms gives"
    )
    chosen = settings or ConfounderSettings()
    main = arms.main()
    bias = np.array(
        [
            [log_bias_factor(*chosen.prevalences(d), hr) for d in chosen.differences]
            for hr in chosen.hazard_ratios
        ]
    )
    near = main.near
    tipped = (near - bias >= 0) if near < 0 else (near - bias <= 0) & (near > 0)
    yardsticks, missing = benchmarks_of(arms.treatment[0], arms.matching)
    adjusted = main.estimate - bias
    adjusted.flags.writeable = False
    return ConfounderGrid(
        treatment=arms.names[0],
        comparator=arms.names[1],
        outcome=arms.outcome,
        observed=main,
        level=arms.level,
        settings=chosen,
        log_hr=adjusted,
        tipped=tipped,
        benchmarks=yardsticks,
        without_benchmark=missing,
        matched=arms.matching is not None,
    )


def confounder_rows(grid: ConfounderGrid) -> SensitivityTable:
    """The tipping point, then the effect needed by difference in prevalence, then yardsticks.

    Parameters
    ----------
    grid : ConfounderGrid
        From `confounder_grid`.

    Returns
    -------
    SensitivityTable
        Estimates are hazard ratios of the confounder; of the yardsticks those of the covariate.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> table = sc.comparison.confounder_rows(sc.confounder_grid(arms))
    >>> print(table.to_frame()[["changed", "estimate"]].head(3).round(2))
                          changed  estimate
    0               tipping point      1.34
    1  prevalence 45% against 55%       inf
    2  prevalence 40% against 60%      6.17
    """
    near = grid.observed.near
    if near == 0:
        rows = [refused_row(ANALYSIS, "tipping point", NO_CONCLUSION)]
    else:
        needed = [_needed_row(grid, size) for size in _sizes(grid.settings)]
        rows = [_tipping_row(grid, needed), *needed]
    rows += [_benchmark_row(grid, benchmark) for benchmark in grid.benchmarks]
    rows += [
        refused_row(ANALYSIS, f"as measured: {name}", why) for name, why in grid.without_benchmark
    ]
    return SensitivityTable(rows=tuple(rows))


def _sizes(settings: ConfounderSettings) -> list[float]:
    return sorted({round(abs(d), 12) for d in settings.differences if d != 0})


def _towards_one(grid: ConfounderGrid, size: float) -> tuple[float, float]:
    """Prevalences that differ by `size` and whose bias explains the effect away."""
    return grid.settings.prevalences(math.copysign(size, grid.observed.near))


def _tipping_row(grid: ConfounderGrid, needed: list[SensitivityRow]) -> SensitivityRow:
    near = grid.observed.near
    reached = [row for row in needed if math.isfinite(row.estimate)]
    words = (
        f"the weakest of those tried: HR {{weakest:.2f}} at {reached[-1].changed}"
        if reached
        else "no confounder of the prevalences tried is strong enough"
    )
    side = "less" if near < 0 else "more"
    apart = " and independent of the matched covariates" if grid.matched else ""
    return SensitivityRow(
        analysis=ANALYSIS,
        changed="tipping point",
        measure="bias_factor",
        estimate=math.exp(abs(near)),
        template=f"The {100 * grid.level:g}% interval reaches 1 once a harmful confounder, {side} "
        f"frequent with {grid.treatment} than with {grid.comparator}{apart}, biases the hazard "
        f"ratio by a factor of {{factor:.2f}}; {words}. The estimate itself is 1 at a factor of "
        "{factor_of_estimate:.2f}.",
        figures=(
            ("factor", math.exp(abs(near))),
            *[("weakest", row.estimate) for row in reached[-1:]],
            ("factor_of_estimate", math.exp(abs(grid.observed.estimate))),
        ),
    )


def _needed_row(grid: ConfounderGrid, size: float) -> SensitivityRow:
    p1, p0 = _towards_one(grid, size)
    needed = tipping_hazard_ratio(
        grid.observed.near, prevalence_treated=p1, prevalence_comparator=p0
    )
    strongest = max(p1 / p0 if p0 else math.inf, p0 / p1 if p1 else math.inf)
    return SensitivityRow(
        analysis=ANALYSIS,
        changed=f"prevalence {100 * p1:.0f}% against {100 * p0:.0f}%",
        measure="confounder_hr",
        estimate=needed,
        template="Hazard ratio of the confounder at which the interval reaches 1."
        if math.isfinite(needed)
        else "No confounder of these prevalences tips the conclusion, however strong: its bias "
        f"factor stays below {strongest:.2f}.",
    )


def _benchmark_row(grid: ConfounderGrid, benchmark: Benchmark) -> SensitivityRow:
    seen = grid.observed
    shift = -math.copysign(abs(benchmark.log_bias), seen.estimate)
    weakened = Effect(
        estimate=seen.estimate + shift,
        se=seen.se,
        ci_low=seen.ci_low + shift,
        ci_high=seen.ci_high + shift,
        ess=seen.ess,
        df=seen.df,
    )
    stands = "" if seen.near == 0 else _stands(seen, weakened)
    return effect_row(
        ANALYSIS, f"as measured: {benchmark.covariate}", weakened, note=benchmark.words + stands
    )


def _stands(before: Effect, after: Effect) -> str:
    kept = before.near * after.near > 0
    return " The conclusion stands." if kept else " The conclusion tips."


def _check_ascending(values: tuple[float, ...], name: str, low: float, high: float) -> None:
    numbers = read_only(values, name=name)
    if not numbers.size or np.any(np.diff(numbers) <= 0):
        raise InputError(f"`{name}` must hold at least one number, ascending; got {values!r}.")
    if numbers[0] < low - 1e-12 or numbers[-1] > high + 1e-12:
        raise InputError(f"`{name}` must lie between {low:g} and {high:g}; got {values!r}.")
