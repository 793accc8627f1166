"""The follow-up cut into cells: gaps and columns of the trace, and the at-risk times.

In a gap between columns patients leave unseen; at a column the trace shows the level
before and after; at an at-risk time the number of patients is printed. After the last
column everybody who is left leaves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survcomp.reconstruction.figure.trace import Columns
from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve

NOT_PRINTED = -1

LONGEST_GAP_IN_NOISE = 10.0
"""Longer gaps are split, so that censorings and events in them can come in any order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Cells of one curve; cell k ends at ``time[k]``, cell 0 is the start.

    Attributes
    ----------
    time : ndarray of shape (k,)
        End of each cell, not descending; a column has no length.
    level : ndarray of shape (k,)
        Survival there as the trace has it, not rising.
    column : ndarray of shape (k,)
        Index of the column that ends here, or -1 for a gap.
    at_risk : ndarray of shape (k,)
        Printed number at risk at the end of the cell, 0 in the last one, or -1.
    frozen : ndarray of shape (k,), bool
        Cells beyond the trace: no event can be placed there.
    end : float
        Time at which the last patients leave.
    """

    time: FloatArray
    level: FloatArray
    column: NDArray[np.intp]
    at_risk: NDArray[np.intp]
    frozen: NDArray[np.bool_]
    end: float

    @property
    def boundaries(self) -> NDArray[np.intp]:
        """Cells at whose end the number at risk is known, the last of them the end."""
        return np.flatnonzero(self.at_risk != NOT_PRINTED)


class _Builder:
    """Collects cells in order of time."""

    def __init__(self, longest_gap: float) -> None:
        self.longest_gap = longest_gap
        self.rows: list[tuple[float, float, int, int, bool]] = [
            (0.0, 1.0, -1, NOT_PRINTED, False),
        ]

    @property
    def now(self) -> float:
        return self.rows[-1][0]

    def gap(self, until: float, level: float, at_risk: int, *, frozen: bool = False) -> None:
        """A gap up to `until`, in pieces no longer than the longest gap."""
        start = self.now
        pieces = max(1, math.ceil((until - start) / self.longest_gap)) if not frozen else 1
        for piece in range(1, pieces):
            between = start + (until - start) * piece / pieces
            self.rows.append((between, math.nan, -1, NOT_PRINTED, frozen))
        self.rows.append((until, level, -1, at_risk, frozen))

    def column(self, index: int, level: float) -> None:
        self.rows.append((self.now, level, index, NOT_PRINTED, False))

    def build(self) -> Cells:
        time, level, column, at_risk, frozen = (np.array(x) for x in zip(*self.rows, strict=True))
        level = _filled(time, level)
        return Cells(
            time=time,
            level=np.minimum.accumulate(level),
            column=column.astype(np.intp),
            at_risk=at_risk.astype(np.intp),
            frozen=frozen.astype(bool),
            end=float(time[-1]),
        )


def _filled(time: FloatArray, level: FloatArray) -> FloatArray:
    """Levels between those known, linear in time from the row before to the row after.

    Not interpolated over time alone: at a column two levels are known at one time.
    """
    known = np.flatnonzero(np.isfinite(level))
    filled = level.copy()
    for row in np.flatnonzero(~np.isfinite(level)):
        after = known[np.searchsorted(known, row)]
        before = known[np.searchsorted(known, row) - 1]
        span = time[after] - time[before]
        share = (time[row] - time[before]) / span if span > 0 else 1.0
        filled[row] = level[before] + share * (level[after] - level[before])
    return filled


def make_cells(curve: Curve, trace: Columns) -> Cells:
    """Cut the follow-up of a traced curve into cells.

    Parameters
    ----------
    curve : Curve
        For its at-risk table.
    trace : Columns
        The traced points of that curve, in columns.

    Returns
    -------
    Cells
    """
    builder = _Builder(LONGEST_GAP_IN_NOISE * trace.noise_time)
    rows = _printed_rows(curve)
    for j in range(trace.time.size):
        while rows and rows[0][0] <= trace.time[j]:
            time, count = rows.pop(0)
            builder.gap(time, math.nan, count)
        builder.gap(float(trace.time[j]), float(trace.top[j]), NOT_PRINTED)
        builder.column(j, float(trace.bottom[j]))
    last = float(trace.bottom[-1])
    for time, count in rows:
        if count > 0:
            builder.gap(time, last, count, frozen=True)
    builder.gap(builder.now, last, 0, frozen=True)
    return builder.build()


def _printed_rows(curve: Curve) -> list[tuple[float, int]]:
    if curve.at_risk is None:
        return []
    pairs = zip(curve.at_risk.time, curve.at_risk.count, strict=True)
    return [(float(time), int(count)) for time, count in pairs if time > 0]
