"""Who carries the weight? Distribution of the weights, in numbers and as a histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray, read_only
from survcomp.values.patients.ipd import IPD
from survcomp.values.shown import in_a_line
from survcomp.values.weights import Weights, check_weights, effective_sample_size


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightGroup:
    """Weights of one group of patients, rescaled to mean 1 over all who are not left out.

    Attributes
    ----------
    group : str
        "all", or the name of an arm.
    n, excluded : int
        Patients of the group, also those left out; those left out. The rest is about the
        others.
    ess : float
        Effective sample size, in patients; 0 where nobody has weight.
    reduction : float
        Share of the `n` patients that leaving out and weighting cost, in [0, 1].
    minimum, q25, median, q75, p95, p99, maximum : float
        Quantiles of the weights (linear interpolation).
    cv : float
        Standard deviation of the weights (divisor n) over their mean; inf where that is 0.
    zero, below_floor : int
        Patients with weight 0; patients with a weight below the floor, those included.
    share_1, share_5, share_10 : float
        Share of the group's weight that its heaviest 1, 5 and 10 patients carry.
    n_for_half : int
        The fewest patients who carry one half of the group's weight; 0 if it has none.

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
    >>> everybody = sc.weight_summary(mine, weights).groups[0]
    >>> print(f"ESS {everybody.ess:.1f} of {everybody.n}; heaviest {everybody.share_1:.0%}")
    ESS 8.3 of 10; heaviest 19%
    """

    group: str
    n: int
    excluded: int
    ess: float
    reduction: float
    minimum: float
    q25: float
    median: float
    q75: float
    p95: float
    p99: float
    maximum: float
    cv: float
    zero: int
    below_floor: int
    share_1: float
    share_5: float
    share_10: float
    n_for_half: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSummary:
    """Distribution of a set of weights.

    Attributes
    ----------
    groups : tuple of WeightGroup
        All patients, then each arm where there are several.
    floor : float
        Weights below this, when rescaled to mean 1, count as next to nothing.
    raw_total, raw_maximum : float
        Sum and maximum of the raw weights.
    method : str
        How the weights were made.

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
    >>> summary = sc.weight_summary(mine, weights)
    >>> print(summary.to_frame()[["group", "n", "ess", "median", "maximum"]].round(2))
      group   n   ess  median  maximum
    0   all  10  8.33    0.92     1.88
    """

    groups: tuple[WeightGroup, ...]
    floor: float
    raw_total: float
    raw_maximum: float
    method: str

    def to_frame(self) -> pd.DataFrame:
        """One row a group."""
        return pd.DataFrame([{f: getattr(g, f) for f in g.__slots__} for g in self.groups])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightHistogram:
    """Histogram of the weights of those not left out, rescaled to mean 1.

    Attributes
    ----------
    edges : ndarray of shape (bins + 1,)
        From 0 to the largest weight.
    counts : ndarray of shape (bins,)
        Patients in each; the last includes its upper edge.
    n : int
        Patients.
    ess : float
        Effective sample size, in patients.

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
    >>> histogram = sc.adjustment.weight_histogram(weights, bins=4)
    >>> print(histogram.to_frame().round(2))
        low  high  count
    0  0.00  0.47      1
    1  0.47  0.94      4
    2  0.94  1.41      3
    3  1.41  1.88      2
    """

    edges: FloatArray
    counts: FloatArray
    n: int
    ess: float

    def to_frame(self) -> pd.DataFrame:
        """Columns ``low high count``."""
        return pd.DataFrame(
            {"low": self.edges[:-1], "high": self.edges[1:], "count": self.counts.astype(int)}
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def weight_summary(ipd: IPD, weights: Weights, *, floor: float = 0.01) -> WeightSummary:
    """Distribution of the weights: over all patients and, where there are several, by arm.

    Parameters
    ----------
    ipd : IPD
        The weighted patients.
    weights : Weights
        Joined by identifier.
    floor : float
        Weights below this, when rescaled to mean 1, are counted; at least 0.

    Returns
    -------
    WeightSummary

    Raises
    ------
    IncompatibleError
        If the weights belong to other patients.
    InputError
        If `floor` is negative.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, Population, maic_weights, weight_summary
    >>> frame = pd.DataFrame({"t": range(1, 11), "e": 1, "x": range(1, 11)})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=8)], n=50, name="comparator")
    >>> everybody = weight_summary(ipd, maic_weights(ipd, target, match=["x"])).groups[0]
    >>> round(everybody.maximum, 3), round(everybody.share_1, 3), everybody.n_for_half
    (3.144, 0.314, 2)
    """
    check_weights(weights)
    if not floor >= 0:
        raise InputError(f"`floor` must be at least 0; got {floor!r}.")
    scaled = weights.for_patients(ipd, scale="n")
    out = np.isin(ipd.id, weights.excluded)
    groups = [_group("all", scaled, out, floor)]
    if len(ipd.arms) > 1:
        arm = np.array(ipd.arm)
        groups += [_group(a, scaled[arm == a], out[arm == a], floor) for a in ipd.arms]
    return WeightSummary(
        groups=tuple(groups),
        floor=floor,
        raw_total=float(weights.value.sum()),
        raw_maximum=float(weights.value.max()),
        method=weights.method,
    )


def weight_histogram(weights: Weights, *, bins: int = 20) -> WeightHistogram:
    """Count patients by weight, rescaled to mean 1.

    Parameters
    ----------
    weights : Weights
        Patients left out are not counted.
    bins : int
        Number of bins of equal width, at least 1.

    Returns
    -------
    WeightHistogram

    Raises
    ------
    InputError
        If `bins` is below 1.

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
    >>> sc.adjustment.weight_histogram(weights, bins=4).counts
    array([1., 4., 3., 2.])
    """
    check_weights(weights)
    if bins < 1:
        raise InputError(f"`bins` must be at least 1; got {bins!r}.")
    scaled = weights.scaled("n")[~np.isin(weights.id, weights.excluded)]
    counts, edges = np.histogram(scaled, bins=bins, range=(0.0, float(scaled.max())))
    return WeightHistogram(
        edges=read_only(edges, name="edges"),
        counts=read_only(counts, name="counts"),
        n=scaled.size,
        ess=weights.ess,
    )


def _group(group: str, everybody: FloatArray, out: BoolArray, floor: float) -> WeightGroup:
    w = everybody[~out]
    total = float(w.sum())
    quantiles = np.quantile(w, [0, 0.25, 0.5, 0.75, 0.95, 0.99, 1]) if w.size else np.zeros(7)
    carried = np.cumsum(np.sort(w)[::-1]) / total if total else np.zeros(0)
    ess = effective_sample_size(w) if total else 0.0
    shares = [float(carried[min(k, carried.size) - 1]) if total else 0.0 for k in (1, 5, 10)]
    return WeightGroup(
        group=group,
        n=everybody.size,
        excluded=int(out.sum()),
        ess=ess,
        reduction=1.0 - ess / everybody.size,
        minimum=float(quantiles[0]),
        q25=float(quantiles[1]),
        median=float(quantiles[2]),
        q75=float(quantiles[3]),
        p95=float(quantiles[4]),
        p99=float(quantiles[5]),
        maximum=float(quantiles[6]),
        cv=float(np.std(w) / np.mean(w)) if total else np.inf,
        zero=int(np.sum(w == 0)),
        below_floor=int(np.sum(w < floor)),
        share_1=shares[0],
        share_5=shares[1],
        share_10=shares[2],
        n_for_half=int(np.searchsorted(carried, 0.5 - 1e-12) + 1) if total else 0,
    )
