"""Censoring ticks of a figure, by cell: how many are seen, and how many patients they stand for.

Two patients censored within one pixel leave one tick. With a share f of the pixels of a
stretch ticked, the censorings per pixel are -log(1 - f), as if thrown at random.
"""

from __future__ import annotations

import numpy as np

from survcomp.reconstruction.figure.cells import NOT_PRINTED, Cells
from survcomp.reconstruction.figure.expected_path import LOWEST_LEVEL
from survcomp.reconstruction.figure.lattice import IntArray
from survcomp.values.checks import FloatArray
from survcomp.values.curves.traced import Ticks, grid_step

WINDOW_IN_PIXELS = 15
"""Stretch over which the share of ticked pixels is taken."""

SATURATED = 0.8
"""Where most ticks stand in stretches of which this share is ticked, they only say where
censorings were dense, not how many there were."""

BETWEEN_TICKS = 0.02
"""Expected censorings, over the whole follow-up, that left no tick."""


def ticks_by_cell(ticks: Ticks, cells: Cells) -> IntArray:
    """Ticks in each cell, an array of shape (k,); none in cells without length."""
    count = np.bincount(_cell_of(ticks, cells), minlength=cells.time.size)
    span = np.diff(cells.time, prepend=0.0)
    count[(span <= 0) & (cells.at_risk == NOT_PRINTED)] = 0
    return np.asarray(count, dtype=np.int64)


def expected_by_cell(ticks: Ticks, cells: Cells, n: int) -> FloatArray:
    """Patients that the ticks of each cell stand for, an array of shape (k,).

    Without a table, and with ticks that can be counted, the last cell also has the patients
    that the curve and these censorings leave at the end, n S(end) - sum(c_j S(end) / S_j).
    """
    cell = _cell_of(ticks, cells)
    share = _share_ticked(ticks.time[ticks.time <= cells.end], cells.end)
    weight = -np.log1p(-share) / share
    span = np.diff(cells.time, prepend=0.0)
    seen = np.bincount(cell, weights=weight, minlength=cells.time.size)
    expected = np.asarray(seen + BETWEEN_TICKS * span / max(cells.end, 1e-300))
    counted = np.mean(share > SATURATED) < 0.5
    if cells.boundaries.size == 1 and counted:
        level = np.maximum(cells.level, LOWEST_LEVEL)
        middle = 0.5 * (level[1:] + level[:-1])
        expected[-1] += level[-1] * max(n - float(np.sum(expected[1:] / middle)), 0.0)
    return expected


def _cell_of(ticks: Ticks, cells: Cells) -> IntArray:
    """Cell with length in which each tick up to the end lies."""
    inside = ticks.time[ticks.time <= cells.end]
    cell = np.searchsorted(cells.time, inside, side="left")
    return np.clip(cell, 1, cells.time.size - 1)


def _share_ticked(time: FloatArray, end: float) -> FloatArray:
    """Share of the pixels around each tick that are ticked; hardly any where none are seen."""
    pixel = grid_step(time, end)
    if pixel is None:
        return np.full(time.size, 1e-6)
    half = 0.5 * WINDOW_IN_PIXELS * pixel
    distinct = np.unique(time)
    low = np.searchsorted(distinct, time - half, side="left")
    high = np.searchsorted(distinct, time + half, side="right")
    return np.minimum((high - low) / WINDOW_IN_PIXELS, 1.0 - 0.5 / WINDOW_IN_PIXELS)
