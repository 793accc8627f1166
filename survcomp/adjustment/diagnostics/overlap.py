"""Where the target population lies among the patients, before any weighting.

Weights can only move patients that exist. The further the target lies from the middle of
the patients, the fewer carry the comparison; outside their hull no weights exist at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from survcomp.adjustment.weighting.hull import EDGE, OUTSIDE, blamed, depth, nearest
from survcomp.adjustment.weighting.max_ess import best_ess
from survcomp.adjustment.weighting.problem import Leave, MatchingProblem, matching_problem
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.shown import in_a_line

Verdict = Literal["inside", "edge", "outside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapRow:
    """One matched column: where its target lies among the patients.

    Attributes
    ----------
    column : str
        Such as "age (mean)".
    target, mean : float
        Mean wanted and mean of the patients, in the column's unit (for an SD, the squared
        distance from the target's mean; for a quantile, the share above it).
    low, high : float
        Range of the patients.
    percentile : float
        Share of the patients below the target, those at it counted by one half, in [0, 1].
    difference : float
        Mean less target, in standard deviations of the patients.
    in_range : bool
        Whether the target lies strictly between `low` and `high`.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 33, 3), "pfs": 1,
    ...                       "age": [44, 51, 55, 58, 60, 63, 66, 68, 71, 75]})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="my drug")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=65)], n=128, name="KarMMa")
    >>> row = sc.target_overlap(mine, target, match=["age"]).rows[0]
    >>> print(f"{row.column} {row.target:g}: {row.percentile:.0%} of the patients lie below")
    age (mean) 65: 60% of the patients lie below
    """

    column: str
    target: float
    mean: float
    low: float
    high: float
    percentile: float
    difference: float
    in_range: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How the target lies against the patients.

    Attributes
    ----------
    population : str
        The target population.
    rows : tuple of OverlapRow
        One a column.
    n : int
        Patients, without those left out.
    verdict : {"inside", "edge", "outside"}
        Where the target lies against the convex hull of the patients: weights exist; exist
        only with 0 for some (`max_ess_weights` finds them, `maic_weights` cannot); do not.
    distance : float
        Smallest largest imbalance that any weights leave, in standard deviations; 0 unless
        "outside".
    depth : float
        n times the largest smallest weight of any weights that balance and sum to 1: 1 if
        equal weights balance, 0 unless "inside".
    mahalanobis : float
        Distance from the mean of the patients to the target, in standard deviations, with
        the correlation of the columns accounted for.
    ess_ceiling : float
        Largest effective sample size of any weights that balance, in patients; 0 if none do.
    to_blame : str
        Where the target is "outside": the direction in which it lies beyond every patient.
    notes : tuple of str
        Who was left out.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 33, 3), "pfs": 1,
    ...                       "age": [44, 51, 55, 58, 60, 63, 66, 68, 71, 75]})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="my drug")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=65)], n=128, name="KarMMa")
    >>> overlap = sc.target_overlap(mine, target, match=["age"])
    >>> print(f"{overlap.verdict}; balance keeps at most {overlap.ess_ceiling:.1f} of {overlap.n}")
    inside; balance keeps at most 8.4 of 10
    >>> older = sc.Population.from_moments([sc.Mean(name="age", value=78)], n=128, name="older")
    >>> sc.target_overlap(mine, older, match=["age"]).verdict
    'outside'
    """

    population: str
    rows: tuple[OverlapRow, ...]
    n: int
    verdict: Verdict
    distance: float
    depth: float
    mahalanobis: float
    ess_ceiling: float
    to_blame: str
    notes: tuple[str, ...]

    @property
    def effective_overlap(self) -> float:
        """`ess_ceiling` over `n`: the share of the patients that balance can keep, in [0, 1]."""
        return self.ess_ceiling / self.n

    def to_frame(self) -> pd.DataFrame:
        """One row a column."""
        return pd.DataFrame([{f: getattr(r, f) for f in r.__slots__} for r in self.rows])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def target_overlap(
    ipd: IPD,
    population: Population,
    *,
    match: Sequence[str],
    all_or_none: Leave = "refuse",
    missing: Leave = "refuse",
) -> Overlap:
    """Where the target population lies among the patients, before any weighting.

    Parameters
    ----------
    ipd, population, match, all_or_none, missing
        As for `maic_weights`.

    Returns
    -------
    Overlap
        Also where no weights reach the target.

    Raises
    ------
    InputError
        If a column is constant or follows from the others, or values are missing.
    InfeasibleTargetError
        If everybody or nobody in the target has a characteristic and patients differ.
    NotFoundError
        If the population says nothing about a covariate.

    References
    ----------
    Glimm E, Yau L (2022), Pharmaceutical Statistics 21:974. Phillippo DM et al. (2016), NICE
    DSU Technical Support Document 18.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, Population, target_overlap
    >>> frame = pd.DataFrame({"t": range(1, 11), "e": 1, "x": range(1, 11)})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=8)], n=50, name="comparator")
    >>> overlap = target_overlap(ipd, target, match=["x"])
    >>> overlap.verdict, overlap.rows[0].percentile, round(overlap.effective_overlap, 4)
    ('inside', 0.75, 0.56)
    """
    problem = matching_problem(ipd, population, match, all_or_none=all_or_none, missing=missing)
    z = problem.z
    n = z.shape[0]
    reached = nearest(z)
    outside = reached.distance > OUTSIDE
    inner = 0.0 if outside else depth(z)
    verdict: Verdict = "outside" if outside else "inside" if inner > EDGE else "edge"
    return Overlap(
        population=population.name,
        rows=_rows(problem),
        n=n,
        verdict=verdict,
        distance=reached.distance if outside else 0.0,
        depth=inner if verdict == "inside" else 0.0,
        mahalanobis=_mahalanobis(problem),
        ess_ceiling=0.0 if outside else best_ess(problem),
        to_blame=blamed(problem.columns, problem.spread, z, reached.direction) if outside else "",
        notes=problem.notes,
    )


def _rows(problem: MatchingProblem) -> tuple[OverlapRow, ...]:
    rows = []
    for column, spread in zip(problem.columns, problem.spread, strict=True):
        x, target = column.values, column.target
        low, high = float(x.min()), float(x.max())
        rows.append(
            OverlapRow(
                column=column.name,
                target=target,
                mean=float(x.mean()),
                low=low,
                high=high,
                percentile=float(np.mean(x < target) + 0.5 * np.mean(x == target)),
                difference=float((x.mean() - target) / spread),
                in_range=low < target < high,
            )
        )
    return tuple(rows)


def _mahalanobis(problem: MatchingProblem) -> float:
    z = problem.z
    if z.shape[1] == 0:
        return 0.0
    mean = z.mean(axis=0)
    covariance = (z - mean).T @ (z - mean) / z.shape[0]
    return float(np.sqrt(mean @ np.linalg.solve(covariance, mean)))
