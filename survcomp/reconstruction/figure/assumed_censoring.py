"""What is assumed of censoring where nothing printed says it, and the paths it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from survcomp.reconstruction.figure.cells import Cells
from survcomp.reconstruction.figure.expected_path import (
    Path,
    dropout_for_events,
    dropout_shape,
    expected_path,
    warp_for_events,
)
from survcomp.reconstruction.figure.lattice import IntArray, Lattice, NoPathError
from survcomp.reconstruction.figure.sum_over_paths import MOST_BLUR, Width, sum_over_paths
from survcomp.reconstruction.figure.ticks import expected_by_cell
from survcomp.reconstruction.figure.trace import Columns
from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve

WARP_SD = 0.5
"""Spread of the log exponent that bends censoring within an interval, over the ensemble."""

AIMS = 4
"""Rates of censoring tried for a printed total without a table."""

POWER = 3.0
"""Power of time in the cumulative hazard of censoring where no table and no tick shows it:
patients who enter evenly over a period and are all censored at one date have a hazard that
grows about so."""

POWER_LOG_SD = 0.4
"""Spread of the log of that power over the ensemble."""

RATES = (0.01, 0.1, 0.3, 0.7, 1.5, 3.0)
"""Cumulative hazards of censoring at the end, from hardly anybody censored before the end to
nearly everybody, tried where neither a table, nor events, nor ticks are given."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AssumedCensoring:
    """What is assumed of censoring where nothing printed says it.

    Attributes
    ----------
    warp : ndarray of shape (at least intervals,) or (1,)
        Bend within each interval between numbers at risk, in their order.
    power : float
        Growth of the hazard of censoring where there is no table and no tick.
    rate : float or None
        Its size where no number of events is printed either.
    """

    warp: FloatArray
    power: float = POWER
    rate: float | None = None

    def varied(self, intervals: int, rng: np.random.Generator) -> AssumedCensoring:
        """Another assumption, as likely as this one.

        Parameters
        ----------
        intervals : int
            Intervals that are bent, each by its own amount.
        rng : Generator
            Source of the bends and of the power.
        """
        return AssumedCensoring(
            warp=self.warp + rng.normal(0.0, WARP_SD, intervals),
            power=self.power * float(np.exp(rng.normal(0.0, POWER_LOG_SD))),
            rate=self.rate,
        )


def has_table(curve: Curve) -> bool:
    """Whether numbers at risk are printed after the start."""
    return curve.at_risk is not None and float(curve.at_risk.time[-1]) > 0


def censoring_known(curve: Curve) -> bool:
    """Whether anything printed says how many were censored."""
    return has_table(curve) or curve.events is not None or curve.ticks is not None


def likely_paths(
    curve: Curve,
    cells: Cells,
    trace: Columns,
    assumed: AssumedCensoring,
    ticks: IntArray | None,
    width: Width,
) -> Iterator[Path]:
    """Expected paths to look around, the likeliest first.

    Parameters
    ----------
    curve : Curve
        What was published.
    cells, trace
        The follow-up in cells, and the columns of the trace.
    assumed : AssumedCensoring
        What nothing printed says.
    ticks : ndarray of shape (k,) or None
        Censoring ticks in each cell.
    width : Width
        How far a lattice looks that is asked what the trace allows.
    """
    n, events = curve.n, curve.events
    shape = None if curve.ticks is None else expected_by_cell(curve.ticks, cells, n)
    if shape is None and not has_table(curve):
        yield from _without_table(curve, cells, trace, assumed, width)
        return
    # moved columns may end before or after a last row of the table: an interval fewer or more
    warp = np.broadcast_to(assumed.warp[: cells.boundaries.size], cells.boundaries.size)
    if events is None:
        yield expected_path(cells, n, warp=warp, shape=shape)
        return
    full = warp_for_events(cells, n, events, warp=warp, shape=shape)
    if float(trace.noise_survival * n) > MOST_BLUR:
        yield expected_path(cells, n, warp=full, shape=shape)
        return
    free = expected_path(cells, n, warp=warp, shape=shape)
    try:
        without_total = sum_over_paths(cells, trace, free, n, ticks=ticks, width=width)
    except NoPathError:
        yield expected_path(cells, n, warp=full, shape=shape)
        return
    bent = expected_path(cells, n, warp=warp + WARP_SD, shape=shape)
    slope = (float(bent.events[-1]) - float(free.events[-1])) / WARP_SD
    part = warp + _bend(events, without_total, slope, limit=float(np.max(np.abs(full - warp))))
    yield expected_path(cells, n, warp=part, shape=shape)
    yield expected_path(cells, n, warp=full, shape=shape)


def _without_table(
    curve: Curve, cells: Cells, trace: Columns, assumed: AssumedCensoring, width: Width
) -> Iterator[Path]:
    """Paths whose censoring follows a power of time, at the rate that the events call for.

    Whole patients on a real trace need not reach the total that the expected path reaches:
    the rate is then aimed at as many more events as they fell short of.
    """
    n, events, power = curve.n, curve.events, assumed.power
    if events is None:
        assert assumed.rate is not None
        shape = dropout_shape(cells, n, rate=assumed.rate, power=power)
        yield expected_path(cells, n, shape=shape)
        return
    aim = float(events)
    for _ in range(AIMS):
        path = expected_path(cells, n, shape=dropout_for_events(cells, n, aim, power=power))
        yield path
        try:
            mean, _ = sum_over_paths(cells, trace, path, n, width=width).total_events()
        except NoPathError:
            return
        aim += events - mean


def _bend(events: int, free: Lattice, slope: float, *, limit: float) -> float:
    """How far to bend censoring for the printed events, given what the trace allows.

    Without the total the lattice expects m events, give or take s. Bending all the way
    would charge to censoring what is noise of the trace: with the bend w ~ N(0, tau^2) and
    slope g of the expected events, E(w | D) = (D - m) g tau^2 / (g^2 tau^2 + s^2).
    """
    mean, sd = free.total_events()
    wanted = (events - mean) * slope * WARP_SD**2 / ((slope * WARP_SD) ** 2 + sd**2 + 1e-12)
    return float(np.clip(wanted, -limit - WARP_SD, limit + WARP_SD))
