"""What is read off a published figure: the traced curve and its numbers at risk."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from survcomp.errors import InputError
from survcomp.values.checks import LARGEST_COUNT, FloatArray, check_longest, read_only
from survcomp.values.shown import in_a_line, in_a_table

SURVIVAL_RESOLUTION = 0.01
"""Default vertical resolution of a traced curve, on the survival scale."""

TIME_RESOLUTION = 0.005
"""Default horizontal resolution of a traced curve, as a share of the time axis."""

TIME_RESOLUTION_IN_PIXELS = 2.0
SURVIVAL_RESOLUTION_IN_PIXELS = 4.0
"""Where the points lie on a grid of pixels, their default resolution is at least this: two
points of one flat part may lie four pixels apart in height, each off by its own noise."""

LOWEST_START = 0.9
"""A trace whose first point, at time 0, is lower is not of all patients, or not of survival."""

FINEST_GRID = 1.0 / 3000.0
"""A finer grid than 3,000 steps over the axis is a rounding of the file, not a pixel."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtRisk:
    """Numbers at risk: patients whose time is at least `time`.

    `Curve` also takes ``{0: 128, 6: 80}``, or a frame with the columns ``time`` and ``at_risk``.

    Attributes
    ----------
    time : ndarray of shape (k,)
        Strictly increasing, in the curve's time unit.
    count : ndarray of shape (k,)
        Whole numbers of patients, not increasing.
    source : str
        Id of the citation.

    Examples
    --------
    >>> import survcomp as sc
    >>> at_risk = sc.AtRisk.from_rows([0, 6, 12, 18], [128, 80, 44, 12])
    >>> sc.Curve(trial="T", arm="a", treatment="drug", endpoint="PFS", n=128, at_risk=at_risk)
    <Curve: of T/a/PFS/no cut, treatment drug, patients 128, rests on printed counts only: no curve
    can be drawn from them, published to 0 months>
    """

    time: FloatArray
    count: FloatArray
    source: str = ""

    @classmethod
    def from_rows(cls, time: ArrayLike, count: ArrayLike, *, source: str = "") -> AtRisk:
        """Make an at-risk table from two columns of equal length.

        Raises
        ------
        InputError
            If the columns differ in length, the times do not increase, or the counts are
            not whole, negative or increasing; the row is named.
        """
        times = read_only(time, name="at_risk.time")
        counts = read_only(count, name="at_risk.count")
        if times.size != counts.size:
            raise InputError(
                f"`at_risk` has {times.size} times and {counts.size} numbers at risk; "
                "they must be equal."
            )
        if times.size == 0:
            raise InputError("`at_risk` is empty; leave it out where there is no table.")
        if times[0] < 0:
            raise InputError(f"`at_risk.time` must not be negative; row 1 is {times[0]:g}.")
        check_longest(times, name="at_risk.time")
        for row in range(counts.size):
            if not 0 <= counts[row] <= LARGEST_COUNT or counts[row] != round(counts[row]):
                raise InputError(
                    f"`at_risk` row {row + 1} must be a whole number of at most {LARGEST_COUNT}; "
                    f"got {counts[row]:g}."
                )
            if row and times[row] <= times[row - 1]:
                raise InputError(
                    f"`at_risk.time` must increase; row {row + 1} is {times[row]:g} after "
                    f"{times[row - 1]:g}."
                )
            if row and counts[row] > counts[row - 1]:
                raise InputError(
                    f"the number at risk cannot increase; row {row + 1} (time {times[row]:g}) "
                    f"is {counts[row]:g} after {counts[row - 1]:g}."
                )
        return cls(time=times, count=counts, source=source)

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ticks:
    """Censoring ticks drawn on a published Kaplan-Meier figure.

    Attributes
    ----------
    time : ndarray of shape (k,)
        Ascending, in the curve's time unit. One tick may stand for several patients whose
        times fall on one pixel.
    source : str
        Id of the citation.

    Examples
    --------
    >>> import survcomp as sc
    >>> sc.Ticks.from_times([14.2, 9.1, 17.6]).time
    array([ 9.1, 14.2, 17.6])
    """

    time: FloatArray
    source: str = ""

    @classmethod
    def from_times(cls, time: ArrayLike, *, source: str = "") -> Ticks:
        """Make ticks from their times, sorted.

        Raises
        ------
        InputError
            If there are none, or a time is negative or not a number; the row is named.

        Examples
        --------
        >>> from survcomp import Ticks
        >>> Ticks.from_times([9.5, 3.0]).time.tolist()
        [3.0, 9.5]
        """
        times = read_only(time, name="ticks.time")
        if times.size == 0:
            raise InputError("`ticks` is empty; leave it out where no tick is drawn.")
        if np.any(times < 0):
            row = int(np.flatnonzero(times < 0)[0])
            raise InputError(f"`ticks` must not be negative; row {row + 1} is {times[row]:g}.")
        check_longest(times, name="ticks.time")
        return cls(time=read_only(np.sort(times), name="ticks.time"), source=source)

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurvePoints:
    """Points traced on a published Kaplan-Meier figure.

    Make it with `from_trace`, which repairs faults within the resolution and refuses
    larger ones; `Curve` also takes a frame with the columns ``time`` and ``survival``.

    Attributes
    ----------
    time : ndarray of shape (k,)
        Ascending, at least 0, in the curve's time unit.
    survival : ndarray of shape (k,)
        In [0, 1]; may still rise within the resolution, as traced.
    time_resolution, survival_resolution : float
        How far a traced point may lie from the printed curve.
    repairs : tuple of str
        What was repaired, in words.
    source : str
        Id of the citation.

    Examples
    --------
    >>> import survcomp as sc
    >>> points = sc.CurvePoints.from_trace([0, 3, 6, 6.1, 12], [1, 0.81, 0.62, 0.622, 0.41])
    >>> points.repairs
    ('1 rise(s) of at most 0.002, within the resolution, will be levelled',)
    >>> points.at(7)
    0.622
    """

    time: FloatArray
    survival: FloatArray
    time_resolution: float
    survival_resolution: float
    repairs: tuple[str, ...] = ()
    source: str = ""

    @classmethod
    def from_trace(
        cls,
        time: ArrayLike,
        survival: ArrayLike,
        *,
        time_resolution: float | None = None,
        survival_resolution: float | None = None,
        source: str = "",
    ) -> CurvePoints:
        """Clean a traced curve: repair what is within its resolution, refuse the rest.

        Parameters
        ----------
        time : array_like of shape (k,)
            Times as traced; slightly negative ones are set to 0.
        survival : array_like of shape (k,)
            Fractions as traced; 1.004 is clipped, 76.6 is refused as per cent.
        time_resolution : float, optional
            In the time unit; when left out, 0.5 % of the longest time, or 2 pixels where the
            times lie on a grid of pixels that is coarser.
        survival_resolution : float, optional
            On the survival scale; when left out, 0.01, or 4 pixels where the values lie on
            a grid of pixels that is coarser.
        source : str
            Id of the citation.

        Returns
        -------
        CurvePoints
            Sorted by time, with `repairs` listing what was changed.

        Raises
        ------
        InputError
            For unequal columns, fewer than two points, per cent, NaN, or any fault beyond
            the resolution; the message names the row.

        Examples
        --------
        >>> from survcomp import CurvePoints
        >>> points = CurvePoints.from_trace([-0.01, 3, 6], [1.004, 0.9, 0.8])
        >>> points.time.tolist(), points.survival.tolist()
        ([0.0, 3.0, 6.0], [1.0, 0.9, 0.8])
        >>> len(points.repairs)
        2
        """
        raw_time = np.array(read_only(time, name="time"))
        raw_survival = np.array(read_only(survival, name="survival"))
        if raw_time.size != raw_survival.size:
            raise InputError(
                f"the curve has {raw_time.size} times and {raw_survival.size} survival values; "
                "they must be equal."
            )
        if raw_time.size < 2:
            raise InputError(f"a traced curve needs at least 2 points; got {raw_time.size}.")
        check_longest(raw_time, name="time")
        longest = float(raw_time.max())
        pixel = grid_step(raw_time, longest) or 0.0
        width = max(TIME_RESOLUTION * longest, TIME_RESOLUTION_IN_PIXELS * pixel)
        dx = width if time_resolution is None else time_resolution
        tall = SURVIVAL_RESOLUTION_IN_PIXELS * (grid_step(raw_survival, 1.0) or 0.0)
        dy = max(SURVIVAL_RESOLUTION, tall) if survival_resolution is None else survival_resolution
        if not (dx >= 0 and 0 <= dy < 0.5):
            raise InputError(
                f"the resolution must be at least 0 in time and in [0, 0.5) in survival; got "
                f"{dx!r} and {dy!r}."
            )
        repairs = [
            *_clip_in_place(raw_time, low=0.0, high=math.inf, slack=dx, name="time"),
            *_clip_in_place(raw_survival, low=0.0, high=1.0, slack=dy, name="survival"),
        ]
        order, note = _time_order(raw_time, raw_survival)
        repairs.extend(note)
        raw_time, raw_survival = raw_time[order], raw_survival[order]
        _check_start(raw_time, raw_survival, dx=dx)
        repairs.extend(_rises(raw_time, raw_survival, dx=dx, dy=dy))
        return cls(
            time=read_only(raw_time, name="time"),
            survival=read_only(raw_survival, name="survival"),
            time_resolution=dx,
            survival_resolution=dy,
            repairs=tuple(repairs),
            source=source,
        )

    def at(self, time: float) -> float:
        """Value of the traced curve, read as a step function, at `time`."""
        index = int(np.searchsorted(self.time, time, side="right")) - 1
        return 1.0 if index < 0 else float(self.survival[index])

    def between(self, start: float, end: float) -> tuple[float, float]:
        """Lowest and highest survival that the printed curve can have from `start` to `end`.

        The curve does not rise and passes within the resolution of each traced point, so it
        lies between the points around the interval; beyond the last point it may fall to 0.

        Examples
        --------
        >>> from survcomp import CurvePoints
        >>> points = CurvePoints.from_trace([0, 3, 6], [1, 0.9, 0.8], time_resolution=0.1)
        >>> [round(value, 2) for value in points.between(4, 4)]
        [0.79, 0.91]
        """
        before = self.at(start - self.time_resolution)
        index = int(np.searchsorted(self.time, end + self.time_resolution, side="left"))
        after = float(self.survival[index]) if index < self.time.size else 0.0
        slack = self.survival_resolution
        return max(after - slack, 0.0), min(before + slack, 1.0)

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def _clip_in_place(
    values: FloatArray, *, low: float, high: float, slack: float, name: str
) -> list[str]:
    beyond = np.flatnonzero((values < low - slack) | (values > high + slack))
    if beyond.size:
        row = int(beyond[0])
        if name == "survival" and float(np.median(values)) > 1.5:
            raise InputError(
                f"`survival` looks like per cent (row {row + 1} is {values[row]:g}); divide by 100."
            )
        bounds = f"at least {low:g}" if math.isinf(high) else f"between {low:g} and {high:g}"
        raise InputError(
            f"`{name}` must be {bounds}; row {row + 1} is {values[row]:g}, which is beyond the "
            f"resolution of {slack:g}."
        )
    outside = (values < low) | (values > high)
    if not outside.any():
        return []
    worst = float(np.max(np.maximum(low - values, values - high)))
    np.clip(values, low, high, out=values)
    return [
        f"{int(outside.sum())} {name} value(s) up to {worst:.3g} outside their range were moved "
        "to its edge"
    ]


def _time_order(time: FloatArray, survival: FloatArray) -> tuple[NDArray[np.intp], list[str]]:
    """Sort by time; points of one time from the highest to the lowest (a vertical drop)."""
    order = np.lexsort((-survival, time))
    moved = int(np.sum(np.diff(time) < 0))
    return order, [f"{moved} point(s) were out of time order and were sorted"] if moved else []


def _check_start(time: FloatArray, survival: FloatArray, *, dx: float) -> None:
    """Everybody is event-free at time 0; a trace that begins far lower is of something else."""
    start = float(survival[time <= dx].max(initial=0.0))
    if time[0] <= dx and start < LOWEST_START:
        raise InputError(
            f"the curve begins at {start:g} at time {time[0]:g}; a Kaplan-Meier curve begins at 1 "
            f"(at least {LOWEST_START:g} is allowed for events at time 0 and for noise)."
        )


def _rises(time: FloatArray, survival: FloatArray, *, dx: float, dy: float) -> list[str]:
    """Refuse a rise beyond the resolution; describe a smaller one.

    On a steep drop two points whose times are off by `dx` each may change places, so that
    the curve seems to rise by the height of the drop: only points more than 2 `dx` apart
    can contradict each other.
    """
    lowest = np.concatenate(([np.inf], np.minimum.accumulate(survival)))
    before = lowest[np.searchsorted(time, time - 2 * dx, side="left")]
    rise = survival - before
    worst = int(np.argmax(rise))
    if rise[worst] > dy + 1e-12:
        raise InputError(
            f"the curve rises by {rise[worst]:.3g} at time {time[worst]:g} (point {worst + 1} in "
            f"time order), more than its resolution of {dy:g}; survival cannot increase."
        )
    steps = np.diff(survival)
    if not np.any(steps > 0):
        return []
    return [
        f"{int(np.sum(steps > 0))} rise(s) of at most {steps.max():.3g}, within the resolution, "
        "will be levelled"
    ]


def grid_step(values: FloatArray, span: float) -> float | None:
    """Step of the pixel grid on which the values lie, or None where they lie on none.

    A grid of decimals (0.01, 0.005) is a rounding of the file and says nothing of pixels,
    nor does one of more than 3,000 steps over the axis (`span`).

    Examples
    --------
    >>> round(grid_step(np.arange(1, 11) / 480, 1.0) * 480, 9)
    1.0
    """
    distinct = np.unique(np.round(values, 12))
    gaps = np.diff(distinct)
    gaps = gaps[gaps > 1e-9 * max(span, 1e-300)]
    if gaps.size < 8 or span <= 0:
        return None
    step = float(gaps.min())
    off_grid = np.abs(gaps / step - np.rint(gaps / step))
    # the smallest gap holds its own rounding: refine the step over the whole range
    total = float(distinct[-1] - distinct[0])
    step = total / round(total / step)
    if step < FINEST_GRID * span or float(np.quantile(off_grid, 0.95)) > 0.05:
        return None
    return None if _is_decimal(step) else step


def _is_decimal(step: float) -> bool:
    mantissa = step / 10.0 ** np.floor(np.log10(step) + 1e-9)
    return bool(np.min(np.abs(mantissa - np.array([1.0, 2.0, 2.5, 5.0, 10.0]))) < 1e-3)
