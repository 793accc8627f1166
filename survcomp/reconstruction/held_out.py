"""Leave one printed number out at a time: what the others predict of it.

A number that was used cannot test a reconstruction. Left out, it falls somewhere among the
draws made from everything else; a reconstruction that is honest about its error has it
within two of their standard deviations 95 times of 100.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from survcomp.errors import ContradictionError, InputError
from survcomp.estimation.over_draws.draw_curves import draw_curve
from survcomp.estimation.survival_curve import KMResult
from survcomp.reconstruction.choose import reconstruct
from survcomp.values.checks import FloatArray, Rng, check_type, generator, printed_step
from survcomp.values.curves.curve import Curve
from survcomp.values.curves.printed import Landmark, MedianTime
from survcomp.values.patients.ipd import IPD
from survcomp.values.reconstruction import AGREES_WITHIN
from survcomp.values.shown import in_a_line

TOTALS = ("events", "event-free at cut", "event-free and followed at cut")
"""Counts that tell or bound the total of events, left out together."""

HeldOutVerdict = Literal["agrees", "differs", "not predicted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutRow:
    """One printed number beside what the others predict of it.

    Attributes
    ----------
    quantity : str
        What was left out.
    published : float
        As printed.
    predicted, sd : float
        Mean and standard deviation over the draws made without it; NaN where none could be.
    off : float
        Published minus predicted, in standard deviations of the draws and of rounding. It and
        `sd` are NaN where some draws do not reach the median: `predicted` is then the central
        draw, and the verdict goes by where the printed number ranks among the draws.
    verdict : {"agrees", "differs", "not predicted"}
        "not predicted" where nothing else fixes the curve.

    Examples
    --------
    >>> import survcomp as sc
    >>> curve = sc.Curve(trial="T", arm="a", treatment="drug", endpoint="OS", n=150,
    ...                  landmarks=(sc.Landmark(time=6, survival=0.74),
    ...                             sc.Landmark(time=12, survival=0.55)))
    >>> for row in sc.leave_one_out(curve, draws=10, rng=1).rows:
    ...     print(f"{row.quantity} {row.published:g}: {row.predicted:.2f} predicted, {row.verdict}")
    S(6) 0.74: 0.74 predicted, agrees
    S(12) 0.55: 0.58 predicted, agrees
    """

    quantity: str
    published: float
    predicted: float
    sd: float
    off: float
    verdict: HeldOutVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Every printed number left out in turn.

    Attributes
    ----------
    rows : tuple of HeldOutRow
        One for each number that was left out.

    Examples
    --------
    >>> import survcomp as sc
    >>> curve = sc.Curve(trial="T", arm="a", treatment="drug", endpoint="OS", n=150,
    ...                  landmarks=(sc.Landmark(time=6, survival=0.74),),
    ...                  median=sc.MedianTime(estimate=13.9))
    >>> left_out = sc.leave_one_out(curve, draws=10, rng=1)
    >>> print(left_out.to_frame()[["quantity", "published", "verdict"]])
      quantity  published verdict
    0     S(6)       0.74  agrees
    1   median      13.90  agrees
    """

    rows: tuple[HeldOutRow, ...]

    def to_frame(self) -> pd.DataFrame:
        """Columns ``quantity published predicted sd off verdict``."""
        columns = ["quantity", "published", "predicted", "sd", "off", "verdict"]
        return pd.DataFrame(
            [[getattr(row, name) for name in columns] for row in self.rows], columns=columns
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


@dataclass(frozen=True, slots=True)
class _Item:
    """One number: the curve without it, and how a data set predicts it."""

    quantity: str
    published: float
    rounding: float
    without: Curve
    predict: Callable[[IPD, KMResult], float]


def leave_one_out(curve: Curve, *, draws: int = 60, rng: Rng = None) -> HeldOut:
    """Predict every survival rate, the median and the events from everything else.

    Parameters
    ----------
    curve : Curve
        What was published.
    draws : int
        Data sets drawn for each number, at least 2.
    rng : Generator or int, optional
        Source of the draws, or its seed.

    Returns
    -------
    HeldOut

    Raises
    ------
    InputError
        If `draws` is below 2.

    Examples
    --------
    >>> from survcomp import Curve, Landmark, MedianTime, leave_one_out
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="OS", n=150,
    ...               landmarks=(Landmark(time=6, survival=0.74), Landmark(time=12, survival=0.55)),
    ...               median=MedianTime(estimate=13.9))
    >>> leave_one_out(curve, draws=10, rng=1).to_frame()["verdict"].tolist()
    ['agrees', 'agrees', 'agrees']
    """
    check_type(curve, Curve, name="curve", taken="a Curve, such as `Trial.curve` gives")
    if draws < 2:
        raise InputError(f"`draws` must be at least 2; got {draws}.")
    numbers = generator(rng)
    return HeldOut(rows=tuple(_row(item, draws, numbers) for item in _items(curve)))


def _items(curve: Curve) -> Iterator[_Item]:
    for mark in curve.landmarks:
        others = tuple(m for m in curve.landmarks if m is not mark)
        yield _Item(
            f"S({mark.time:g})",
            mark.survival,
            mark.half_step / math.sqrt(3.0),
            replace(curve, landmarks=others),
            _survival_at(mark),
        )
    if curve.median is not None and curve.median.is_reached:
        yield _median_item(curve, curve.median)
    if curve.events is not None:
        rest = tuple(c for c in curve.counts if c.kind not in TOTALS)
        yield _Item(
            "events", float(curve.events), 0.3, replace(curve, counts=rest), lambda i, _: i.n_events
        )


def _survival_at(mark: Landmark) -> Callable[[IPD, KMResult], float]:
    def predict(ipd: IPD, estimate: KMResult) -> float:
        if mark.time > float(ipd.time.max()):  # the last level known of this draw
            return float(estimate.survival[-1]) if estimate.survival.size else 1.0
        return float(estimate([mark.time])[0])

    return predict


def _median_item(curve: Curve, median: MedianTime) -> _Item:
    return _Item(
        "median",
        median.estimate,
        printed_step(median.estimate) / math.sqrt(12.0),
        replace(curve, median=None),
        lambda _, estimate: float(estimate.median().value),
    )


def _row(item: _Item, draws: int, rng: np.random.Generator) -> HeldOutRow:
    try:
        ensemble = reconstruct(item.without, draws=draws, rng=rng).ensemble
    except ContradictionError:
        return _not_predicted(item)
    assert ensemble is not None
    values = np.array([item.predict(ipd, draw_curve(ipd)) for ipd in ensemble])
    if not np.isfinite(values).all():
        return _from_ranks(item, values)
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    off = (item.published - mean) / math.hypot(sd * math.sqrt(1 + 1 / draws), item.rounding)
    verdict: HeldOutVerdict = "agrees" if abs(off) <= AGREES_WITHIN else "differs"
    return HeldOutRow(
        quantity=item.quantity,
        published=item.published,
        predicted=mean,
        sd=sd,
        off=off,
        verdict=verdict,
    )


def _not_predicted(item: _Item) -> HeldOutRow:
    return HeldOutRow(
        quantity=item.quantity,
        published=item.published,
        predicted=math.nan,
        sd=math.nan,
        off=math.nan,
        verdict="not predicted",
    )


def _from_ranks(item: _Item, values: FloatArray) -> HeldOutRow:
    """Some draws do not reach the median: the central one, and where the printed one ranks."""
    share = float(np.mean(values <= item.published))
    inside = 0.025 <= share <= 0.975
    return HeldOutRow(
        quantity=item.quantity,
        published=item.published,
        predicted=float(np.quantile(values, 0.5, method="lower")),
        sd=math.nan,
        off=math.nan,
        verdict="agrees" if inside else "differs",
    )
