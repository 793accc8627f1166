"""What a figure of unmeasured confounders shows: the bias on a mesh, and the result beside it.

The log bias factor depends on the confounder alone. The hazard ratio under a confounder is
the estimate less it, and the interval reaches 1 where it equals the limit nearest to 0; so
one mesh of it, the estimate and that limit are all that there is to draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survcomp.comparison.sensitivity_analyses.baseline import UnevenCovariate
from survcomp.comparison.sensitivity_analyses.bias_factor import log_bias_factor
from survcomp.comparison.sensitivity_analyses.confounder import ConfounderGrid
from survcomp.comparison.sensitivity_analyses.yardsticks import Benchmark
from survcomp.errors import InputError
from survcomp.values.checks import FloatArray, read_only
from survcomp.values.shown import in_a_line, in_a_table

DIFFERENCES, RATIOS = 49, 33
"""Points of the mesh: the bias is smooth, and between them it is as good as linear."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConfounderPicture:
    """The bias of unmeasured confounders, the result, and the measured covariates.

    Attributes
    ----------
    treatment, comparator, outcome : str
        What is compared.
    estimate, ci_low, ci_high : float
        Log hazard ratio with no unmeasured confounder.
    near : float
        The limit nearest to 0; 0 where the interval holds it.
    level : float
        Confidence level.
    mean_prevalence : float
        Mean of the two prevalences, in (0, 1).
    ticks : tuple of float
        Differences in prevalence that the grid has.
    difference : ndarray of shape (k,)
        Of the mesh, treated less comparator, ascending.
    hazard_ratio : ndarray of shape (m,)
        Of the mesh, ascending.
    log_bias : ndarray of shape (m, k)
        Log of the bias factor.
    benchmarks : tuple of Benchmark
        The measured covariates.
    uneven : tuple of UnevenCovariate
        Covariates of the published baselines, with the effect that they would have to have.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> picture = sc.comparison.confounder_picture(sc.confounder_grid(arms))
    >>> picture.log_bias.shape, round(picture.near, 2)
    ((33, 49), -0.29)
    """

    treatment: str
    comparator: str
    outcome: str
    estimate: float
    ci_low: float
    ci_high: float
    near: float
    level: float
    mean_prevalence: float
    ticks: tuple[float, ...]
    difference: FloatArray
    hazard_ratio: FloatArray
    log_bias: FloatArray
    benchmarks: tuple[Benchmark, ...]
    uneven: tuple[UnevenCovariate, ...] = ()

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def confounder_picture(
    grid: ConfounderGrid, *, uneven: Sequence[UnevenCovariate] = ()
) -> ConfounderPicture:
    """What a figure of the grid shows.

    Parameters
    ----------
    grid : ConfounderGrid
        From `confounder_grid`; at least two differences in prevalence and two hazard ratios.
    uneven : sequence of UnevenCovariate
        From `uneven_covariates`.

    Returns
    -------
    ConfounderPicture

    Raises
    ------
    InputError
        If the grid is a single row or column.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> picture = sc.comparison.confounder_picture(sc.confounder_grid(arms))
    >>> picture.ticks
    (-0.6, -0.5, -0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    """
    ticks, ratios = grid.settings.differences, grid.settings.hazard_ratios
    if min(len(ticks), len(ratios)) < 2:
        raise InputError(
            "`grid` must have at least 2 differences and 2 hazard ratios to be drawn; got "
            f"{len(ticks)} and {len(ratios)}."
        )
    difference = np.linspace(ticks[0], ticks[-1], DIFFERENCES)
    hazard_ratio = np.geomspace(ratios[0], ratios[-1], RATIOS)
    log_bias = [
        [log_bias_factor(*grid.settings.prevalences(float(d)), float(hr)) for d in difference]
        for hr in hazard_ratio
    ]
    return ConfounderPicture(
        treatment=grid.treatment,
        comparator=grid.comparator,
        outcome=grid.outcome,
        estimate=grid.observed.estimate,
        ci_low=grid.observed.ci_low,
        ci_high=grid.observed.ci_high,
        near=grid.observed.near,
        level=grid.level,
        mean_prevalence=grid.settings.mean_prevalence,
        ticks=ticks,
        difference=read_only(difference, name="difference"),
        hazard_ratio=read_only(hazard_ratio, name="hazard_ratio"),
        log_bias=_frozen(np.array(log_bias)),
        benchmarks=grid.benchmarks,
        uneven=tuple(uneven),
    )


def _frozen(values: FloatArray) -> FloatArray:
    values.flags.writeable = False
    return values
