"""A table of variances of one effect after weighting, and which of them is shown.

The default is the first row, which takes the weights as known, or the ESS-scaled row of a
hazard ratio where the effective sample size is below 50 (Chandler and Proskorovsky 2024).
That is the cautious choice: its 95 % intervals covered 99 % in benchmarks/maic_coverage.py
and were about a quarter longer than robust ones, which covered 96 to 97 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from survcomp.comparison.bootstrap.result import MaicBootstrap
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation.over_draws.pool import link_numbers, pool
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import OverDraws
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.shown import in_a_line
from survcomp.values.weights import WeightScale

MaicVariance = Literal["robust", "HC0", "HC3", "ESS-scaled", "M-estimation", "bootstrap"]

FEW = 50.0
"""Below this effective sample size the ESS-scaled variance of a hazard ratio is the default."""

TOO_NARROW = (
    "M-estimation is too narrow with fewer than 50 effective patients: simulated 95 % intervals "
    "covered 89 to 92 % (docs/maic_variance.md)."
)

WORDS: dict[MaicVariance, str] = {
    "robust": "robust (Lin-Wei, infinitesimal jackknife); weights taken as known",
    "HC0": "sandwich HC0; weights taken as known",
    "HC3": "sandwich HC3; weights taken as known",
    "ESS-scaled": "model variance with weights that sum to the effective sample size; cautious: "
    "simulated 95 % intervals covered 99 % where that is below 50 (docs/maic_variance.md)",
    "M-estimation": "M-estimation; weights estimated, targets taken as known",
    "bootstrap": "bootstrap; weights estimated in every replicate, targets taken as known",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceRow:
    """One way to a standard error.

    Attributes
    ----------
    method : str
        "robust", "HC0", "HC3", "ESS-scaled", "M-estimation" or "bootstrap".
    scale : {"raw", "n", "ess"}
        Scale of the weights in the estimate.
    numbers : LinkEstimate
        Estimate, errors and limits, on the link scale of the measure.
    words : str
        What the variance takes as known.
    over_draws : OverDraws or None
        Where the comparator has draws: over how many it was pooled, and what they add.
    """

    method: MaicVariance
    scale: WeightScale
    numbers: LinkEstimate
    words: str
    over_draws: OverDraws | None = None

    @property
    def estimate(self) -> float:
        """On the link scale, as all its numbers."""
        return self.numbers.estimate

    @property
    def se(self) -> float:
        """Its standard error."""
        return _known(self.numbers.se)

    @property
    def ci_low(self) -> float:
        """Its lower limit."""
        return _known(self.numbers.ci_low)

    @property
    def ci_high(self) -> float:
        """Its upper limit."""
        return _known(self.numbers.ci_high)


def _known(value: float | None) -> float:
    assert value is not None
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceTable:
    """The variances of one effect after weighting.

    Attributes
    ----------
    treatment, comparator, outcome, population, measure : str
        What is compared, and in whom.
    n : int
        Patients weighted.
    ess : float
        Their effective sample size.
    level : float
        Confidence level.
    rows : tuple of VarianceRow
        One a method.
    assumptions : tuple of str
        What the comparison rests on.
    interval_label : str
        What an interval from these patients holds, to which a row adds how it was made.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"])
    >>> table = sc.maic_variances(mine, theirs, matching, outcome="PFS")
    >>> for row in table.rows:
    ...     print(f"{row.method}: {row.se:.3f}")
    robust: 0.230
    ESS-scaled: 0.267
    M-estimation: 0.174
    >>> table.default.method
    'ESS-scaled'
    """

    treatment: str
    comparator: str
    outcome: str
    population: str
    measure: str
    n: int
    ess: float
    level: float
    rows: tuple[VarianceRow, ...]
    assumptions: tuple[str, ...]
    interval_label: str = "sampling error"

    @property
    def default(self) -> VarianceRow:
        """The row to report: ESS-scaled where the ESS is below 50 and there is that row.

        Otherwise the first row, which takes the weights as known.
        """
        names = [row.method for row in self.rows]
        few = self.ess < FEW and "ESS-scaled" in names
        return self.row("ESS-scaled") if few else self.rows[0]

    def row(self, method: MaicVariance) -> VarianceRow:
        """The row of one method."""
        for row in self.rows:
            if row.method == method:
                return row
        raise InputError(
            f"`method` must be one of {', '.join(row.method for row in self.rows)}; got {method!r}."
        )

    def apply(self, contrast: Contrast, *, method: MaicVariance | None = None) -> Contrast:
        """The contrast with the standard error and interval of one method.

        Parameters
        ----------
        contrast : Contrast
            Of the same effect, such as from `unanchored_maic`.
        method : str, optional
            The default row when left out.

        Raises
        ------
        IncompatibleError
            If it is of another effect.
        """
        row = self.default if method is None else self.row(method)
        for name in ("treatment", "comparator", "outcome", "population", "measure"):
            if getattr(contrast, name) != getattr(self, name):
                raise IncompatibleError(
                    f"the contrast has the {name} {getattr(contrast, name)!r} and the variances "
                    f"{getattr(self, name)!r}."
                )
        return replace(
            contrast.with_numbers(row.numbers, over_draws=row.over_draws),
            interval=f"{self.interval_label}; {row.words}",
            notes=(
                *contrast.notes,
                f"Weights on the {row.scale} scale in the estimate.",
                *([TOO_NARROW] if row.method == "M-estimation" and self.ess < FEW else []),
            ),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a method: ``method scale estimate se ci_low ci_high default words``."""
        default = self.default
        rows = [
            {
                "method": row.method,
                "scale": row.scale,
                "estimate": row.estimate,
                "se": row.se,
                "ci_low": row.ci_low,
                "ci_high": row.ci_high,
                "default": row is default,
                "words": row.words,
            }
            for row in self.rows
        ]
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


Line = tuple[MaicVariance, WeightScale, float, float]
"""Method, scale, estimate and standard error against one data set of the comparator."""


def filled(
    draws: Sequence[Sequence[Line]], bootstrap: MaicBootstrap | None, empty: VarianceTable
) -> VarianceTable:
    """The table with a row for each method, pooled over draws, and the bootstrap.

    Parameters
    ----------
    draws : sequence of sequence of Line
        The same methods in the same order, for each data set of the comparator.
    bootstrap : MaicBootstrap or None
        To be shown beside them.
    empty : VarianceTable
        What they are of.

    Raises
    ------
    IncompatibleError
        If the bootstrap is of another effect, or of other weights.
    """
    rows = [_row(lines, empty.level) for lines in zip(*draws, strict=True)]
    if bootstrap is not None:
        rows.append(_checked_bootstrap(bootstrap, empty, rows[0]))
    return replace(empty, rows=tuple(rows))


def _row(lines: Sequence[Line], level: float) -> VarianceRow:
    """One method: of one data set as it is, of several by Rubin's rules."""
    method, scale, estimate, se = lines[0]
    if len(lines) == 1:
        numbers, drawn = LinkEstimate.sampling(estimate, se, level=level), None
    else:
        pooled = pool([line[2] for line in lines], [line[3] ** 2 for line in lines], level=level)
        numbers = link_numbers(pooled)
        drawn = OverDraws(draws=len(lines), share=pooled.share)
    return VarianceRow(
        method=method, scale=scale, numbers=numbers, words=WORDS[method], over_draws=drawn
    )


def _checked_bootstrap(
    drawn: MaicBootstrap, table: VarianceTable, first: VarianceRow
) -> VarianceRow:
    for name in ("treatment", "comparator", "outcome", "population", "measure", "level"):
        if getattr(drawn, name) != getattr(table, name):
            raise IncompatibleError(
                f"the bootstrap has the {name} {getattr(drawn, name)!r} and the table "
                f"{getattr(table, name)!r}."
            )
    apart = abs(drawn.estimate - first.estimate)
    if drawn.scale != first.scale or apart > 1e-6 * max(1.0, abs(first.estimate)):
        raise IncompatibleError(
            f"the bootstrap estimates {drawn.estimate:.6g} on the {drawn.scale} scale and the "
            f"table {first.estimate:.6g} on the {first.scale} scale: other patients or settings."
        )
    return bootstrap_row(drawn)


def bootstrap_row(drawn: MaicBootstrap) -> VarianceRow:
    """The bootstrap as one of the variances."""
    return VarianceRow(
        method="bootstrap",
        scale=drawn.scale,
        numbers=drawn.numbers,
        words=f"{WORDS['bootstrap']}; {drawn.kind} interval, {drawn.replicates.size} replicates, "
        f"{drawn.n_failed} failed; resampled: {drawn.resampled}",
    )
