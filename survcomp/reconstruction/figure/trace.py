"""What a traced figure says: columns of points, each a place where the curve may step down.

Points are noisy in both directions and lie on the flats and on the vertical drops of a
staircase. Points within a pixel or two of each other in time form a column: the curve
enters it at one level (`top`) and leaves it at another (`bottom`), and whatever it loses
between two columns it loses in the gap between them.

The noise is half a pixel of the hand plus the rounding to whole pixels, 0.58 pixels in
all; the pixel is read off the values themselves, which lie on its grid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survcomp.reconstruction.monotone import isotonic
from survcomp.values.checks import FloatArray
from survcomp.values.curves.traced import CurvePoints, grid_step

NOISE_IN_PIXELS = 0.58
"""sqrt(0.5**2 + 1/12): half a pixel of the hand, and the rounding to whole pixels."""

NOISE_IN_RESOLUTION = 1.0 / 6.0
"""Standard deviation of a point over the stated resolution, where no pixel grid is found:
the resolution then lies three standard deviations from either side."""

COLUMN_IN_PIXELS = 1.7
"""Points of one vertical drop differ by at most this in time (95 % of them)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Columns of traced points, in order along the curve.

    Attributes
    ----------
    time : ndarray of shape (k,)
        Mean time of each column, not descending.
    top, bottom : ndarray of shape (k,)
        Level at which the curve enters and leaves the column, by isotonic regression.
    first : ndarray of shape (k + 1,)
        Column j holds the points ``first[j]`` to ``first[j + 1] - 1``.
    point_time, point_level : ndarray of shape (m,)
        The points along the curve: isotonic time, isotonic level.
    point_survival : ndarray of shape (m,)
        Their survival as traced.
    noise_time, noise_survival : float
        Standard deviation of a point in each direction.
    spacing : float
        Mean distance between neighbouring points along the curve, in units of
        `noise_survival` (and `noise_time`).
    """

    time: FloatArray
    top: FloatArray
    bottom: FloatArray
    first: np.ndarray
    point_time: FloatArray
    point_level: FloatArray
    point_survival: FloatArray
    noise_time: float
    noise_survival: float
    spacing: float


def jittered(trace: Columns, rng: np.random.Generator) -> Columns:
    """Columns moved in time by what their points leave open, in the same order."""
    size = np.diff(trace.first)
    moved = trace.time + rng.normal(0.0, trace.noise_time / np.sqrt(size))
    moved = np.maximum.accumulate(np.maximum(moved, 0.0))
    return replace(
        trace, time=moved, point_time=trace.point_time + np.repeat(moved - trace.time, size)
    )


def split_at(trace: Columns, times: FloatArray, rng: np.random.Generator) -> Columns:
    """Columns next to a time of the at-risk table, every second one divided there.

    Two drops within a pixel of each other are one column of points; where a number at risk
    was counted between them, those before it belong to the points above and those after it
    to the points below. Which points, the trace does not say: it is drawn.
    """
    near = 2.0 * COLUMN_IN_PIXELS * trace.noise_time / NOISE_IN_PIXELS
    first, time = [int(trace.first[0])], []
    for j, at in enumerate(trace.time):
        start, stop = int(trace.first[j]), int(trace.first[j + 1])
        row = times[np.argmin(np.abs(times - at))] if times.size else np.inf
        if stop - start > 1 and abs(row - at) <= near and rng.random() < 0.5:
            first += [int(rng.integers(start + 1, stop)), stop]
            # before the count, and after it
            time += [min(float(at), float(row) - 1e-3 * trace.noise_time), max(at, row)]
        else:
            first.append(stop)
            time.append(at)
    edges = np.array(first)
    return replace(
        trace,
        time=np.maximum.accumulate(np.maximum(time, 0.0)),
        first=edges,
        top=trace.point_level[edges[:-1]],
        bottom=trace.point_level[edges[1:] - 1],
    )


def columns(points: CurvePoints, *, noise_factor: float = 1.0) -> Columns:
    """Group traced points into columns.

    Parameters
    ----------
    points : CurvePoints
        As traced.
    noise_factor : float
        Takes the noise to be this many times what the pixel grid says.

    Returns
    -------
    Columns
    """
    dx, dy = point_noise(points)
    # along a falling staircase time minus level ascends: this order puts the points of a
    # vertical drop, whose times are in any order, from its top to its bottom
    order = np.argsort(points.time / dx - points.survival / dy, kind="stable")
    x, y = points.time[order], points.survival[order]
    time = np.maximum(isotonic(x, increasing=True), 0.0)
    # everybody is event-free at time 0: an anchor no point can pull down
    anchored = isotonic(
        np.concatenate(([1.0], y)),
        weights=np.concatenate(([1e6], np.ones(y.size))),
        increasing=False,
    )
    level = np.clip(anchored[1:], 0.0, 1.0)
    width = COLUMN_IN_PIXELS * dx / NOISE_IN_PIXELS
    first = [0]
    for i in range(1, time.size):
        if time[i] - time[first[-1]] > width:
            first.append(i)
    edges = np.append(first, time.size)
    sizes = np.diff(edges)
    steps = np.hypot(np.diff(time) / dx, np.diff(level) / dy)
    return Columns(
        time=np.add.reduceat(time, edges[:-1]) / sizes,
        top=level[edges[:-1]],
        bottom=level[edges[1:] - 1],
        first=edges,
        point_time=time,
        point_level=level,
        point_survival=y,
        noise_time=dx * noise_factor,
        noise_survival=dy * noise_factor,
        spacing=float(np.mean(steps)) / noise_factor,
    )


def point_noise(points: CurvePoints) -> tuple[float, float]:
    """Standard deviation of a traced point in time and in survival.

    Examples
    --------
    >>> points = CurvePoints.from_trace([0, 1, 2, 4], [1, 0.99, 0.97, 0.95])
    >>> [round(float(sd), 4) for sd in point_noise(points)]
    [0.0033, 0.0017]
    """
    longest = float(points.time[-1])
    time = grid_step(points.time, longest)
    level = grid_step(points.survival, 1.0)
    least = 1e-6  # a resolution of 0 is taken at its word, as near as arithmetic allows
    return (
        max(
            NOISE_IN_PIXELS * time if time else NOISE_IN_RESOLUTION * points.time_resolution,
            least * longest,
            1e-12,
        ),
        max(
            NOISE_IN_PIXELS * level if level else NOISE_IN_RESOLUTION * points.survival_resolution,
            least,
        ),
    )
