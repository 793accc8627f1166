"""Expected numbers of events and censorings along a traced curve, as real numbers.

With S and G the curves of event and censoring, n(t) = n S(t) G(t). The trace gives S, the
at-risk table n, so that the cumulative hazard of censoring, -log G, is known at every
at-risk time; between them it is interpolated by a monotone cubic, since censoring that
grows towards the end of a trial grows within an interval too. In one interval, with g the
shape of censoring, the number censored is the one that ends at the printed count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from survcomp.reconstruction.figure.cells import Cells
from survcomp.values.checks import FloatArray

LOWEST_LEVEL = 1e-9
LEAST_RATE, LARGEST_RATE = 1e-4, 50.0
"""Cumulative hazards of censoring at the end: from nobody to everybody."""

LEAST_POWER = 0.1
"""Earliest censoring allowed: its cumulative hazard grows as t ** 0.1."""

LARGEST_WARP = 4.0
"""Censoring is not bent further than u**exp(4) or u**exp(-4) within an interval."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path:
    """Expected counts at the end of every cell, cumulative from the start.

    Attributes
    ----------
    events, censored : ndarray of shape (k,)
        Cumulative, not descending; at the end they sum to n.
    leaving : ndarray of shape (k,)
        Expected censorings within each cell, at least a trifle where a cell has length.
    """

    events: FloatArray
    censored: FloatArray
    leaving: FloatArray


def expected_path(
    cells: Cells, n: int, *, warp: FloatArray | float = 0.0, shape: FloatArray | None = None
) -> Path:
    """Expected counts given the trace and the at-risk table.

    Parameters
    ----------
    cells : Cells
        The follow-up in cells.
    n : int
        Patients.
    warp : float or ndarray of shape (intervals,)
        Bends the censoring of each interval: its cumulative share u becomes
        ``u ** exp(warp)``, later for positive values.
    shape : ndarray of shape (k,), optional
        Censorings in each cell, up to scale (from ticks, or `dropout_shape`), in place of
        those of the interpolated hazard.

    Returns
    -------
    Path
    """
    bounds = np.concatenate(([0], cells.boundaries))
    level = np.maximum(cells.level, LOWEST_LEVEL)
    shapes = shape if shape is not None else _interpolated(cells, n, level, bounds)
    warps = np.broadcast_to(np.asarray(warp, float), bounds.size - 1)
    size = cells.time.size
    events, censored, leaving = np.zeros(size), np.zeros(size), np.zeros(size)
    for number, (start, stop) in enumerate(pairwise(bounds)):
        at_start = float(n - events[start] - censored[start])
        leave = at_start - float(cells.at_risk[stop])
        part = slice(start + 1, stop + 1)
        if stop <= start or leave <= 0:
            events[part], censored[part] = events[start], censored[start]
            continue
        span = np.diff(cells.time[start : stop + 1])
        share = _share(shapes[part], span, math.exp(warps[number]))
        relative = level[start : stop + 1] / level[start]
        out, gone = _interval(relative, share, at_start, leave)
        events[part] = events[start] + out
        censored[part] = censored[start] + np.cumsum(gone)
        leaving[part] = np.where(span > 0, np.maximum(gone, 1e-6), 0.0)
    return Path(events=events, censored=censored, leaving=leaving)


def _interpolated(cells: Cells, n: int, level: FloatArray, bounds: np.ndarray) -> FloatArray:
    """Expected censorings by cell from the interpolated hazard of censoring, up to scale."""
    known = bounds[:-1]
    at_risk = np.maximum(cells.at_risk[known].astype(float), 0.5)
    at_risk[0] = n
    hazard = np.maximum.accumulate(-np.log(at_risk / (n * level[known])))
    time, keep = np.unique(cells.time[known], return_index=True)
    hazard = hazard[keep] - hazard[0]
    span = np.diff(cells.time, prepend=0.0)
    if time.size < 2:
        return span
    smooth = PchipInterpolator(time, hazard) if time.size > 2 else None
    inside = np.clip(cells.time, time[0], time[-1])
    along = smooth(inside) if smooth is not None else np.interp(inside, time, hazard)
    still = n * level * np.exp(-along)
    shape = np.concatenate(([0.0], 0.5 * (still[1:] + still[:-1]) * np.diff(along)))
    # after the last printed number everybody leaves by the end: evenly, for want of better
    shape[known[-1] + 1 :] = span[known[-1] + 1 :]
    return np.maximum(shape, 0.0)


def _share(shape: FloatArray, span: FloatArray, power: float) -> FloatArray:
    """Share of an interval's censorings in each of its cells, bent by `power`."""
    total = float(shape.sum())
    if total <= 0:
        shape, total = span, float(span.sum())
    if total <= 0:  # an interval without length: everybody leaves in its last cell
        share = np.zeros(shape.size)
        share[-1] = 1.0
        return share
    if power == 1.0:
        return shape / total
    bent = np.minimum(np.cumsum(shape) / total, 1.0) ** power
    return np.diff(bent, prepend=0.0)


def _interval(
    relative: FloatArray, share: FloatArray, at_start: float, leave: float
) -> tuple[FloatArray, FloatArray]:
    """Cumulative events and censorings by cell that end at the printed number at risk.

    n_end = relative_end (n_start - C sum(share_j / relative_j)) solved for C.
    """
    middle = 0.5 * (relative[1:] + relative[:-1])
    weight = share / middle
    at_end = at_start - leave
    count = (at_start - at_end / relative[-1]) / float(weight.sum())
    gone = share * min(max(count, 0.0), leave)
    left = np.maximum(relative[1:] * (at_start - np.cumsum(weight) * gone.sum()), at_end)
    events = np.maximum.accumulate(np.maximum(at_start - left - np.cumsum(gone), 0.0))
    target = leave - float(gone.sum())
    if events[-1] > 0:
        events = events * (target / events[-1])
    elif target > 0:
        events = target * np.cumsum(share)
    return events, gone


def dropout_shape(cells: Cells, n: int, *, rate: float, power: float) -> FloatArray:
    """Expected censorings by cell where no number at risk is printed.

    The cumulative hazard of censoring is taken to be ``rate * (t / end) ** power``; whoever
    is left at the end is censored there.

    Parameters
    ----------
    cells : Cells
        The follow-up in cells, with no number at risk but the 0 at its end.
    n : int
        Patients.
    rate : float
        Cumulative hazard of censoring at the end.
    power : float
        1 for a constant hazard; above 1 for one that grows, as administrative censoring
        of patients who entered over a period does.

    Returns
    -------
    ndarray of shape (k,)
        Expected patients censored in each cell.
    """
    hazard = rate * (cells.time / max(cells.end, LOWEST_LEVEL)) ** power
    still = n * np.maximum(cells.level, LOWEST_LEVEL) * np.exp(-hazard)
    shape = np.concatenate(([0.0], 0.5 * (still[1:] + still[:-1]) * np.diff(hazard)))
    shape[-1] += still[-1]
    return shape


def dropout_for_events(cells: Cells, n: int, events: float, *, power: float) -> FloatArray:
    """`dropout_shape` at the rate at which the expected events are the printed ones.

    Where so few events call for earlier censoring than `power` has at any rate, the power
    is halved until they do not; the nearest shape where none is enough.
    """

    def shape_at(log_rate: float) -> FloatArray:
        return dropout_shape(cells, n, rate=math.exp(log_rate), power=power)

    def surplus(log_rate: float) -> float:
        return n - float(shape_at(log_rate).sum()) - events

    low, high = math.log(LEAST_RATE), math.log(LARGEST_RATE)
    while surplus(high) > 0 and power > LEAST_POWER:
        power *= 0.5
    if surplus(low) <= 0:
        return shape_at(low)
    if surplus(high) >= 0:
        return shape_at(high)
    return shape_at(float(brentq(surplus, low, high, xtol=1e-4)))


def warp_for_events(
    cells: Cells, n: int, events: int, *, warp: FloatArray, shape: FloatArray | None = None
) -> FloatArray:
    """Bend censoring alike in all intervals until the expected events are the printed ones.

    Returns
    -------
    ndarray of shape (intervals,)
        `warp` shifted; at the nearest end of the allowed range where no shift is enough.
    """

    def surplus(shift: float) -> float:
        return float(expected_path(cells, n, warp=warp + shift, shape=shape).events[-1]) - events

    low, high = -LARGEST_WARP, LARGEST_WARP
    at_low, at_high = surplus(low), surplus(high)
    if at_low * at_high > 0:
        return warp + (low if abs(at_low) < abs(at_high) else high)
    return warp + float(brentq(surplus, low, high, xtol=1e-3))


def possible_events(cells: Cells, n: int) -> tuple[float, float]:
    """Fewest and most expected events that the trace and the at-risk table allow.

    The fewest where censoring comes as early as it can in every interval, the most where it
    comes as late.
    """
    if cells.boundaries.size == 1:
        shapes = [
            dropout_shape(cells, n, rate=LARGEST_RATE, power=LEAST_POWER),
            dropout_shape(cells, n, rate=LEAST_RATE, power=1.0),
        ]
        fewest, most = (n - float(shape.sum()) for shape in shapes)
        return fewest, most
    ends = [expected_path(cells, n, warp=warp).events[-1] for warp in (-LARGEST_WARP, LARGEST_WARP)]
    return float(min(ends)), float(max(ends))
