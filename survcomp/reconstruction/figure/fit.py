"""Whole patients that fit a trace, under one assumption about censoring.

The least noise and width that leave a path are looked for; where a drop stands in the way, the
columns of the trace are moved within their noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.reconstruction.figure.assumed_censoring import (
    AssumedCensoring,
    censoring_known,
    has_table,
    likely_paths,
)
from survcomp.reconstruction.figure.cells import Cells, make_cells
from survcomp.reconstruction.figure.expected_path import Path
from survcomp.reconstruction.figure.lattice import Lattice, NoPathError, single_path
from survcomp.reconstruction.figure.placing import Counts, place
from survcomp.reconstruction.figure.sum_over_paths import MOST_BLUR, Width, blur, sum_over_paths
from survcomp.reconstruction.figure.ticks import ticks_by_cell
from survcomp.reconstruction.figure.trace import Columns, columns, jittered, split_at
from survcomp.reconstruction.patients import patients_of
from survcomp.values.curves.curve import Curve
from survcomp.values.ipd import IPD, Censoring

WIDER = (
    (1.0, Width()),
    (1.0, Width(events=4, censored=10, per_cell=4)),
    (1.5, Width(events=8, censored=20, per_cell=6)),
    (3.0, Width(events=8, censored=20, per_cell=6)),
    (6.0, Width(events=12, censored=40, per_cell=8)),
)
"""Noise and width tried in turn until there is a path."""

MOVES = 5
"""Times that the columns are moved within their noise before more noise is allowed."""

POOR_FIT = 1.6
"""Points further off than this many standard deviations (root mean square) were noisier
than their pixel grid says; they are fitted again with the noise they show."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """The lattice of one assumption about censoring, and what it was made from.

    Attributes
    ----------
    cells, trace, path
        The follow-up in cells, the columns of the trace, and the expected path.
    lattice : Lattice
        All paths of whole patients around it.
    assumed : AssumedCensoring
        What nothing printed says.
    noise : float
        Factor on the noise that the trace's pixel grid suggests.
    width : Width
        How far from the expected path was looked.
    """

    cells: Cells
    trace: Columns
    path: Path
    lattice: Lattice
    assumed: AssumedCensoring
    noise: float
    width: Width


def fit_curve(curve: Curve, assumed: AssumedCensoring) -> Fit | None:
    """The fit with the least noise and width that has a path, or None.

    Parameters
    ----------
    curve : Curve
        What was published, with `points`.
    assumed : AssumedCensoring
        What nothing printed says.
    """
    # without a table the numbers at risk drift further from the expected ones
    first = 0 if has_table(curve) else 1
    for level, (noise, width) in list(enumerate(WIDER))[first:]:
        fit = _first_path(curve, assumed, noise, width, level)
        if fit is None:
            continue
        off = _root_mean_square_distance(curve, fit)
        if off <= POOR_FIT:
            return fit
        try:
            return solve(curve, assumed, noise * min(off, 6.0), width)
        except NoPathError:
            return fit
    return None


def _first_path(
    curve: Curve, assumed: AssumedCensoring, noise: float, width: Width, level: int
) -> Fit | None:
    """The fit as traced, or with columns moved within their noise or divided.

    A drop next to an at-risk time may belong on its other side, or may be two drops.
    """
    for attempt in range(1 + MOVES):
        # other moves at every level, or a drop that all of them leave in place stays there
        moves = np.random.default_rng([level, attempt]) if attempt else None
        try:
            return solve(curve, assumed, noise, width, moves)
        except NoPathError:
            if not has_table(curve):
                return None
    return None


def solve(
    curve: Curve,
    assumed: AssumedCensoring,
    noise: float,
    width: Width,
    rng: np.random.Generator | None = None,
) -> Fit:
    """The fit under one assumption about censoring, with one noise and one width.

    Parameters
    ----------
    curve : Curve
        What was published, with `points`.
    assumed : AssumedCensoring
        What nothing printed says.
    noise : float
        Factor on the noise that the trace's pixel grid suggests.
    width : Width
        How far from the expected path to look.
    rng : Generator, optional
        Moves the columns within their noise, and divides some.

    Raises
    ------
    NoPathError
        If no whole patients meet the inputs.
    """
    assert curve.points is not None
    trace = columns(curve.points, noise_factor=noise)
    if rng is not None:
        trace = jittered(trace, rng)
        if curve.at_risk is not None:
            trace = split_at(trace, curve.at_risk.time, rng)
    cells = make_cells(curve, trace)
    ticks = None if curve.ticks is None else ticks_by_cell(curve.ticks, cells)
    for path in likely_paths(curve, cells, trace, assumed, ticks, width):
        try:
            lattice = (
                single_path(cells, path, curve.n)
                if float(blur(cells, trace, path, curve.n).max()) > MOST_BLUR
                else sum_over_paths(
                    cells, trace, path, curve.n, events=curve.events, ticks=ticks, width=width
                )
            )
        except NoPathError as error:
            failed = error
            continue
        return Fit(
            cells=cells,
            trace=trace,
            path=path,
            lattice=lattice,
            assumed=assumed,
            noise=noise,
            width=width,
        )
    raise failed


def _root_mean_square_distance(curve: Curve, fit: Fit) -> float:
    """Distance of the traced points from the levels around their column, in noise."""
    events, censored = fit.lattice.mean
    at_risk = curve.n - events - 0.5 * (censored + np.concatenate(([0.0], censored[:-1])))
    at_risk = np.concatenate(([curve.n], at_risk[:-1]))
    gone = np.diff(events, prepend=0.0)
    level = np.cumprod(np.clip(1.0 - gone / np.maximum(at_risk, 0.5), 0.0, 1.0))
    trace = fit.trace
    at = np.flatnonzero(fit.cells.column >= 0)
    column = np.repeat(np.arange(trace.time.size), np.diff(trace.first))
    above, below = level[at - 1][column], level[at][column]
    beyond = np.maximum(trace.point_survival - above, below - trace.point_survival)
    distance = np.maximum(beyond, 0.0) / (trace.noise_survival / fit.noise)
    return float(np.sqrt(np.mean(distance**2)) / fit.noise)


def rebuilt_patients(
    curve: Curve, fit: Fit, counts: Counts, rng: np.random.Generator | None
) -> IPD:
    """The curve's patients at times within the cells that `counts` puts them in.

    Parameters
    ----------
    curve : Curve
        What was published.
    fit : Fit
        For its cells and its trace.
    counts : Counts
        Patients by cell.
    rng : Generator or None
        Draws the times; without it they are spaced evenly.
    """
    ticks = None if curve.ticks is None else curve.ticks.time
    events, censored = place(counts, fit.cells, fit.trace, ticks=ticks, rng=rng)
    assert events.size + censored.size == curve.n, "patients lost or invented"
    known: Censoring = "from published counts" if censoring_known(curve) else "assumed"
    return patients_of(curve, events, censored, censoring=known)
