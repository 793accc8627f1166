"""Whole patients from counts by cell: when within its cell each of them left.

Events of a gap are spread over it and not piled at its end, which is where a running
reader of clicks would put them, always a little late. Events of a column sit where its
points put the level half-way down their step. Censorings are spread over their gap, or
take the times of the ticks seen in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.reconstruction.figure.cells import Cells
from survcomp.reconstruction.figure.lattice import IntArray
from survcomp.reconstruction.figure.trace import Columns
from survcomp.values.checks import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """Cumulative whole patients at the end of every cell.

    Attributes
    ----------
    events, censored : ndarray of shape (k,)
        Not descending; at a printed number at risk they sum to those who have left.
    """

    events: IntArray
    censored: IntArray


def rounded(events: FloatArray, censored: FloatArray, cells: Cells, n: int) -> Counts:
    """Whole patients nearest to expected counts, meeting every printed number at risk.

    Parameters
    ----------
    events, censored : ndarray of shape (k,)
        Expected cumulative counts, which meet the printed numbers.
    cells : Cells
        The cells.
    n : int
        Patients.
    """
    whole = np.maximum.accumulate(np.floor(events + 0.5).astype(np.int64))
    lost = np.maximum.accumulate(np.ceil(censored - 0.5).astype(np.int64))
    start = 0
    for stop in cells.boundaries:
        at_end = max(n - int(cells.at_risk[stop]) - int(whole[stop]), int(lost[start]))
        lost[start + 1 : stop + 1] = np.clip(lost[start + 1 : stop + 1], lost[start], at_end)
        lost[stop] = at_end
        start = stop
    return Counts(events=whole, censored=lost)


def place(
    counts: Counts,
    cells: Cells,
    trace: Columns,
    *,
    ticks: FloatArray | None = None,
    rng: np.random.Generator | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Event times and censoring times.

    Parameters
    ----------
    counts : Counts
        Patients by cell.
    cells, trace
        The cells, and the columns of the trace.
    ticks : ndarray, optional
        Times of the censoring ticks.
    rng : Generator, optional
        Draws the times within their cells; without it they are spaced evenly.
    """
    event_times, censor_times = [], []
    floor = 0.0  # patients who left after an at-risk time did not leave before it
    events = np.diff(counts.events, prepend=0)
    censored = np.diff(counts.censored, prepend=0)
    ceilings = _next_boundary(cells)
    for k in range(1, cells.time.size):
        start, stop = float(cells.time[k - 1]), float(cells.time[k])
        if events[k]:
            times = (
                _in_column(trace, int(cells.column[k]), int(events[k]))
                if cells.column[k] >= 0
                else _in_gap(start, stop, int(events[k]), rng)
            )
            event_times.append(np.clip(times, floor, ceilings[k]))
        if censored[k]:
            event_free = _censorings(start, stop, int(censored[k]), ticks, rng)
            censor_times.append(np.clip(event_free, floor, ceilings[k]))
        if cells.at_risk[k] > 0:
            floor = stop
    return _joined(event_times), _joined(censor_times)


def _joined(parts: list[FloatArray]) -> FloatArray:
    return np.concatenate(parts) if parts else np.empty(0)


def _next_boundary(cells: Cells) -> FloatArray:
    """Latest time of a patient who leaves in each cell: just before the next at-risk time."""
    latest = np.empty(cells.time.size)
    limit = cells.end
    for k in range(cells.time.size - 1, -1, -1):
        if cells.at_risk[k] > 0:
            limit = float(np.nextafter(cells.time[k], 0.0))
        latest[k] = limit
    return latest


def _in_gap(start: float, stop: float, count: int, rng: np.random.Generator | None) -> FloatArray:
    share = (np.arange(count) + 0.5) / count if rng is None else np.sort(rng.random(count))
    return start + (stop - start) * share


def _in_column(trace: Columns, column: int, count: int) -> FloatArray:
    part = slice(int(trace.first[column]), int(trace.first[column + 1]))
    time, level = trace.point_time[part], trace.point_level[part]
    steps = (np.arange(count) + 0.5) / count
    levels = trace.top[column] + (trace.bottom[column] - trace.top[column]) * steps
    times = np.interp(-levels, -level, time) if time.size > 1 else np.full(count, time[0])
    return np.asarray(np.maximum(times, 0.0))


def _censorings(
    start: float,
    stop: float,
    count: int,
    ticks: FloatArray | None,
    rng: np.random.Generator | None,
) -> FloatArray:
    """At the ticks of the gap, each at least once, or spread over it."""
    inside = np.empty(0) if ticks is None else ticks[(ticks > start) & (ticks <= stop)]
    if inside.size and count >= inside.size:
        return np.sort(np.resize(inside, count))
    return _in_gap(start, stop, count, rng)
