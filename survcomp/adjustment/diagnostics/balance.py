"""Did the weights do what they were for? The baseline before and after weighting."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.adjustment.weighting.matching import (
    column_name,
    covariate_of,
    share_above,
    target_above,
)
from survcomp.values.checks import FloatArray
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import SD, Median, Moment, Population, Quantile
from survcomp.values.shown import in_a_line
from survcomp.values.weights import Weights, check_weights

TIE = 1e-9
"""Rounding of a share of the weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """One moment before and after weighting, beside its target.

    Attributes
    ----------
    covariate, kind : str
        What it is, and which moment.
    target, before, after : float
        In the covariate's unit, a median and another quantile too. An SD is that with the
        divisor n.
    difference_before, difference_after : float
        Standardised: distance from the target over the unweighted standard deviation of
        the column; infinite where every patient has the same value and the target another,
        which no weights can change, and 0 where the target is that value.
    matched : bool
        Whether the weights were made for it.
    note : str
        Why there is no standard deviation to divide by, or how many patients are not in the
        row because their value is missing; empty where neither applies.
    missing : int
        Patients whose value is missing.
    share_target, share_before, share_after : float
        Of a median or another quantile: the share of the weight above the target's, which is
        what is balanced; NaN for every other moment.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 33, 3), "pfs": 1,
    ...                       "age": [44, 51, 55, 58, 60, 63, 66, 68, 71, 75]})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="my drug")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=65)], n=128, name="KarMMa")
    >>> weights = sc.maic_weights(mine, target, match=["age"])
    >>> row = sc.balance_table(mine, target, weights).rows[0]
    >>> print(f"{row.covariate} {row.before:.1f}, weighted {row.after:.1f}, wanted {row.target:g}")
    age 61.1, weighted 65.0, wanted 65
    """

    covariate: str
    kind: str
    target: float
    before: float
    after: float
    difference_before: float
    difference_after: float
    matched: bool
    note: str = ""
    missing: int = 0
    share_target: float = math.nan
    share_before: float = math.nan
    share_after: float = math.nan

    @property
    def has_share(self) -> bool:
        """Whether it is a quantile, which is balanced as a share of the weight above it."""
        return not math.isnan(self.share_target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Balance of every covariate that both sides have, and what the weighting cost.

    Attributes
    ----------
    population : str
        The target population.
    rows : tuple of BalanceRow
        Matched covariates first.
    n : int
        Patients, also those left out of the weighting.
    ess : float
        Effective sample size.
    largest_share : float
        Share of the total weight that the heaviest patient carries.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 33, 3), "pfs": 1,
    ...                       "age": [44, 51, 55, 58, 60, 63, 66, 68, 71, 75]})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="my drug")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=65)], n=128, name="KarMMa")
    >>> weights = sc.maic_weights(mine, target, match=["age"])
    >>> table = sc.balance_table(mine, target, weights)
    >>> print(f"{table.n} patients are worth {table.ess:.1f}")
    10 patients are worth 8.3
    >>> print(table.to_frame()[["covariate", "target", "before", "after"]].round(1))
      covariate  target  before  after
    0       age      65    61.1   65.0
    """

    population: str
    rows: tuple[BalanceRow, ...]
    n: int
    ess: float
    largest_share: float

    @property
    def reduction(self) -> float:
        """Share of the sample size that the weighting cost, in [0, 1)."""
        return 1.0 - self.ess / self.n

    def to_frame(self) -> pd.DataFrame:
        """One row a moment."""
        return pd.DataFrame([{f: getattr(r, f) for f in r.__slots__} for r in self.rows])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    def _facts(self) -> dict[str, object]:
        off = [abs(row.difference_after) for row in self.rows if row.matched]
        return {
            "weighted to": self.population,
            "moments": len(self.rows),
            "ESS": f"{self.ess:.1f} of {self.n}",
            "largest difference left": f"{max(off, default=0.0):.2g} SD",
        }

    __repr__ = in_a_line


def balance_table(ipd: IPD, population: Population, weights: Weights) -> Balance:
    """Baseline before and after weighting beside the target.

    Parameters
    ----------
    ipd : IPD
        The weighted patients.
    population : Population
        The target.
    weights : Weights
        From `maic_weights`; joined by identifier.

    Returns
    -------
    Balance
        With every covariate that both the patients and the population have, also those that
        are the same for every patient.

    Raises
    ------
    IncompatibleError
        If the weights belong to other patients.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp.adjustment import balance_table, maic_weights
    >>> from survcomp.values import IPD, Mean, Population
    >>> frame = pd.DataFrame({"t": range(1, 11), "e": 1, "x": range(1, 11)})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=8)], n=50, name="comparator")
    >>> table = balance_table(ipd, target, maic_weights(ipd, target, match=["x"]))
    >>> [round(row.after, 6) for row in table.rows]
    [8.0]
    """
    check_weights(weights)
    w = weights.for_patients(ipd)
    matched = set(weights.matched)
    shared = [name for name in population.covariates if name in ipd.covariate_names]
    rows = [
        _row(ipd, moment, population.n, w, matched)
        for name in shared
        for moment in population.named(name)
    ]
    rows.sort(key=lambda row: not row.matched)
    return Balance(
        population=population.name,
        rows=tuple(rows),
        n=weights.n,
        ess=weights.ess,
        largest_share=float(w.max() / w.sum()),
    )


def _row(ipd: IPD, moment: Moment, n: int, w: FloatArray, matched: set[str]) -> BalanceRow:
    everybody = covariate_of(ipd, moment.name)
    known = ~np.isnan(everybody)
    values, target = _column(everybody[known], moment, n)
    before, after, spread, note = _before_and_after(values, w[known], moment, target)
    shown, shares = (target, before, after), (math.nan,) * 3
    if isinstance(moment, Median | Quantile):
        shown, shares = _own_unit(everybody[known], moment, w[known]), shown
    missing = int((~known).sum())
    words = f"Missing for {missing} of {known.size} patients, who are not counted here."
    return BalanceRow(
        covariate=moment.name,
        kind=moment.kind,
        target=shown[0],
        before=shown[1],
        after=shown[2],
        difference_before=_standardised(before - target, spread),
        difference_after=_standardised(after - target, spread),
        matched=column_name(moment) in matched,
        note=" ".join(part for part in (note, words if missing else "") if part),
        missing=missing,
        share_target=shares[0],
        share_before=shares[1],
        share_after=shares[2],
    )


def _own_unit(
    values: FloatArray, moment: Median | Quantile, w: FloatArray
) -> tuple[float, float, float]:
    """The quantile in the covariate's unit: the target's, and before and after weighting."""
    below = 1.0 - target_above(moment)
    before, after = (_weighted_quantile(values, by, below) for by in (np.ones(w.size), w))
    return moment.value, before, after


def _weighted_quantile(values: FloatArray, w: FloatArray, below: float) -> float:
    """Least value with that share of the weight up to it; the middle, where a gap has it."""
    if not np.any(w > 0):
        return math.nan
    order = np.argsort(values[w > 0], kind="stable")
    x, share = values[w > 0][order], np.cumsum(w[w > 0][order]) / w.sum()
    first = min(int(np.searchsorted(share, below - TIE)), x.size - 1)
    after = min(first + (abs(share[first] - below) <= TIE), x.size - 1)
    return float(0.5 * (x[first] + x[after]))


def _column(values: FloatArray, moment: Moment, n: int) -> tuple[FloatArray, float]:
    """Values whose weighted mean (or for an SD, weighted SD) is compared, and its target."""
    if isinstance(moment, SD):
        return values, moment.with_divisor_n(n)
    if isinstance(moment, Median | Quantile):
        return share_above(values, moment), target_above(moment)
    return values, moment.value


def _before_and_after(
    values: FloatArray, w: FloatArray, moment: Moment, target: float
) -> tuple[float, float, float, str]:
    """The moment before and after weighting, the spread to divide by, and a note."""
    if not np.any(w > 0):
        return math.nan, math.nan, 1.0, f"{moment.name} is known for no weighted patient."
    spread = float(np.std(values))
    if spread <= 1e-12 * max(1.0, float(np.max(np.abs(values)))):  # else it is rounding
        value = 0.0 if moment.kind == "SD" else float(values[0])
        return value, value, 0.0, _of_a_constant(moment, value, target)
    if moment.kind == "SD":
        return spread, _weighted_sd(values, w), spread, ""
    return float(values.mean()), float(np.average(values, weights=w)), spread, ""


def _standardised(difference: float, spread: float) -> float:
    """A difference in standard deviations; infinite for one that no weights can change."""
    if spread > 0:
        return difference / spread
    return 0.0 if difference == 0 else math.copysign(math.inf, difference)


def _of_a_constant(moment: Moment, value: float, target: float) -> str:
    """Words for a column that is the same for every patient."""
    if moment.kind == "SD":
        what = f"{moment.name} does not vary among the patients (target SD {target:g})"
    elif isinstance(moment, Median | Quantile):
        side = {0.0: "at or below", 1.0: "above"}.get(value, "at")
        what = (
            f"{moment.name} is {side} the target's {moment.kind} of {moment.value:g} for every "
            "patient"
        )
    else:
        what = f"{moment.name} is {value:g} for every patient (target {target:g})"
    if value == target:
        return f"{what}: no difference, though it has no standard deviation to be divided by."
    return f"{what}: its standardised difference is infinite, and no weights can change it."


def _weighted_sd(values: FloatArray, w: FloatArray) -> float:
    mean = np.average(values, weights=w)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=w)))
