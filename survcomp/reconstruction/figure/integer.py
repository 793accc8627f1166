"""Reconstruction in whole patients: all numbers at risk, the events and the trace at once.

The trace is cut into cells (`cells`), the expected counts along it are worked out from
the at-risk table (`expected_path`), and a lattice sums over every way in which whole
patients can leave (`lattice`). Its mean, rounded, is the data set shown; samples from it,
over several assumptions about when in an interval censorings fall, are the ensemble.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from survcomp.errors import ContradictionError
from survcomp.reconstruction.earlier_fidelity import earlier_rows, not_used_note
from survcomp.reconstruction.fidelity import DISTANCE, compare_with_published
from survcomp.reconstruction.figure.cells import Cells, make_cells
from survcomp.reconstruction.figure.contradictions import explain, impossible_row
from survcomp.reconstruction.figure.expected_path import (
    Path,
    dropout_for_events,
    dropout_shape,
    expected_path,
    possible_events,
    warp_for_events,
)
from survcomp.reconstruction.figure.lattice import (
    MOST_UNSEEN,
    IntArray,
    Lattice,
    NoPathError,
    Width,
    blur,
    lattice,
    single_path,
)
from survcomp.reconstruction.figure.placing import Counts, place
from survcomp.reconstruction.figure.representative import representative
from survcomp.reconstruction.figure.ticks import expected_by_cell, ticks_by_cell
from survcomp.reconstruction.figure.trace import Columns, columns, jittered, split_at
from survcomp.reconstruction.result import Fidelity, Reconstruction
from survcomp.reconstruction.streams import streams
from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD, Censoring

WARP_SD = 0.5
"""Spread of the log exponent that bends censoring within an interval, over the ensemble."""

LATTICES = 16
"""Assumptions about censoring that an ensemble is drawn from."""

SCENARIOS_TRIED = 10
"""Assumptions tried for one of them, where most have no path."""

WIDER = (
    (1.0, Width()),
    (1.0, Width(events=4, censored=10, per_cell=4)),
    (1.5, Width(events=8, censored=20, per_cell=6)),
    (3.0, Width(events=8, censored=20, per_cell=6)),
    (6.0, Width(events=12, censored=40, per_cell=8)),
)
"""Noise and width tried in turn until there is a path."""

MISREAD_TICKS = 0.02
"""Share of the ticks that may be misread."""

AIMS = 4
"""Rates of censoring tried for a printed total without a table."""

MOVES = 5
"""Times that the columns are moved within their noise before more noise is allowed."""

MOST_BLUR = 40.0
"""Where the noise of the trace is worth more patients than this, whole ones are not searched:
the expected path, rounded, is as good."""

POOR_FIT = 1.6
"""Points further off than this many standard deviations (root mean square) were noisier
than their pixel grid says; they are fitted again with the noise they show."""

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
class _Censoring:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    cells: Cells
    found: Columns
    path: Path
    lattice: Lattice
    assumed: _Censoring
    noise: float
    width: Width


def integer(
    curve: Curve, *, draws: int = 0, rng: np.random.Generator | int | None = None
) -> Reconstruction:
    """Rebuild whole patients from a traced curve and everything printed beside it.

    Parameters
    ----------
    curve : Curve
        With `points`; `at_risk`, `ticks` and the total of events are met where they are
        there. Earlier cuts that are joined to it are held out and compared.
    draws : int
        Data sets to draw from what is consistent with all of it; 0 for none, else at
        least 2.
    rng : Generator or int, optional
        Source of the draws, or its seed. The same seed gives the same draws of one curve, and
        independent ones of two curves, as the random numbers come from it and the curve's `id`.

    Returns
    -------
    Reconstruction
        With exactly `curve.n` patients. Its `ipd` does not depend on `draws` or `rng`.

    Raises
    ------
    ContradictionError
        If no whole patients can meet the inputs; the message names those in conflict.

    Notes
    -----
    The time within a gap of the trace at which a patient left is not known; nor, between
    two numbers at risk, is the order of events and censorings except where the heights of
    the steps betray it. Both are in the ensemble.

    Examples
    --------
    >>> from survcomp.values import AtRisk, Curve, CurvePoints
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="OS", n=10,
    ...               points=CurvePoints.from_trace([0, 2, 2, 4, 4, 6], [1, 1, 0.9, 0.9, 0.8, 0.8]),
    ...               at_risk=AtRisk.from_rows([0, 3, 6], [10, 9, 8]))
    >>> rebuilt = integer(curve, draws=20, rng=1)
    >>> rebuilt.ipd.n_events, len(rebuilt.ensemble)
    (2, 20)
    """
    if curve.points is None:
        raise ContradictionError(f"{curve.id}: the integer method needs a traced figure.")
    conflict = impossible_row(curve)
    if conflict is not None:
        raise ContradictionError(f"{curve.id}: {conflict}")
    _refuse_impossible_total(curve)
    fits = _fits(curve)
    best = fits[0]  # of several: the fewest assumptions, nobody censored before the end
    ipd = _shown(curve, best)
    misread = _ticks_without_patient(curve, ipd)
    ensemble, unvaried = _ensemble(curve, fits, draws, rng) if draws else (None, 0)
    fidelity = compare_with_published(curve, ipd, used=_used(curve), ensemble=ensemble)
    fidelity = Fidelity(rows=fidelity.rows + earlier_rows(curve, ipd))
    notes = [
        *not_used_note(curve),
        *curve.points.repairs,
        *_notes(curve, best, fits),
        *misread,
        *_distance_note(fidelity),
        *_unvaried_note(unvaried),
    ]
    return Reconstruction(
        curve=curve,
        ipd=ipd,
        method="integer",
        fidelity=fidelity,
        published_to=float(curve.points.time[-1]),
        censoring=_censoring_words(curve),
        notes=tuple(notes),
        ensemble=ensemble,
    )


def _ticks_without_patient(curve: Curve, ipd: IPD) -> list[str]:
    """Every tick is somebody who was censored; one or two may be misread, not more."""
    if curve.ticks is None:
        return []
    ticks, censored = curve.ticks.time.size, ipd.n - ipd.n_events
    if ticks <= censored:
        return []
    if ticks - censored > max(1.0, MISREAD_TICKS * ticks):
        raise ContradictionError(
            f"{curve.id}: {ticks} censoring ticks are given, but the traced curve of {curve.n} "
            f"patients leaves {censored} to be censored."
        )
    return [f"{ticks - censored} of {ticks} censoring ticks have no patient"]


def _fits(curve: Curve) -> list[_Fit]:
    """One fit; several where nothing at all is printed of censoring or of events."""
    rates = [None] if _censoring_known(curve) else list(RATES)
    tried = [_fit(curve, _Censoring(warp=np.zeros(1), rate=rate)) for rate in rates]
    fits = [fit for fit in tried if fit is not None]
    if not fits:
        raise ContradictionError(f"{curve.id}: {_explanation(curve)}")
    return fits


def _explanation(curve: Curve) -> str:
    def feasible(less: Curve) -> bool:
        return _fit(less, _Censoring(warp=np.zeros(1), rate=RATES[0])) is not None

    return explain(curve, feasible=feasible, events=_possible_total(curve))


def _possible_total(curve: Curve) -> tuple[int, int]:
    """Fewest and most events that the trace and the table allow, resolution included."""
    assert curve.points is not None
    fewest, most = possible_events(make_cells(curve, columns(curve.points)), curve.n)
    slack = curve.n * curve.points.survival_resolution + 1.0
    return max(math.floor(fewest - slack), 0), min(math.ceil(most + slack), curve.n)


def _refuse_impossible_total(curve: Curve) -> None:
    """A total far outside what the trace allows needs no search to be refused."""
    if curve.events is None or curve.ticks is not None:
        return
    fewest, most = _possible_total(curve)
    if not fewest <= curve.events <= most + MOST_UNSEEN:
        reason = explain(curve, feasible=lambda _: True, events=(fewest, most))
        raise ContradictionError(f"{curve.id}: {reason}")


def _has_table(curve: Curve) -> bool:
    return curve.at_risk is not None and float(curve.at_risk.time[-1]) > 0


def _censoring_known(curve: Curve) -> bool:
    return _has_table(curve) or curve.events is not None or curve.ticks is not None


def _fit(curve: Curve, assumed: _Censoring) -> _Fit | None:
    """The fit with the least noise and width that has a path, or None."""
    # without a table the numbers at risk drift further from the expected ones
    first = 0 if _has_table(curve) else 1
    for level, (noise, width) in list(enumerate(WIDER))[first:]:
        fit = _first_path(curve, assumed, noise, width, level)
        if fit is None:
            continue
        off = _root_mean_square_distance(curve, fit)
        if off <= POOR_FIT:
            return fit
        try:
            return _solve(curve, assumed, noise * min(off, 6.0), width)
        except NoPathError:
            return fit
    return None


def _first_path(
    curve: Curve, assumed: _Censoring, noise: float, width: Width, level: int
) -> _Fit | None:
    """The fit as traced, or with columns moved within their noise or divided.

    A drop next to an at-risk time may belong on its other side, or may be two drops.
    """
    for attempt in range(1 + MOVES):
        # other moves at every level, or a drop that all of them leave in place stays there
        moves = np.random.default_rng([level, attempt]) if attempt else None
        try:
            return _solve(curve, assumed, noise, width, moves)
        except NoPathError:
            if not _has_table(curve):
                return None
    return None


def _solve(
    curve: Curve,
    assumed: _Censoring,
    noise: float,
    width: Width,
    rng: np.random.Generator | None = None,
) -> _Fit:
    """Lattice under one assumption about censoring; `rng` moves and divides the columns."""
    assert curve.points is not None
    found = columns(curve.points, noise_factor=noise)
    if rng is not None:
        found = jittered(found, rng)
        if curve.at_risk is not None:
            found = split_at(found, curve.at_risk.time, rng)
    cells = make_cells(curve, found)
    ticks = None if curve.ticks is None else ticks_by_cell(curve.ticks, cells)
    for path in _paths(curve, cells, found, assumed, ticks, width):
        try:
            total = (
                single_path(cells, path, curve.n)
                if float(blur(cells, found, path, curve.n).max()) > MOST_BLUR
                else lattice(
                    cells, found, path, curve.n, events=curve.events, ticks=ticks, width=width
                )
            )
        except NoPathError as error:
            failed = error
            continue
        return _Fit(
            cells=cells,
            found=found,
            path=path,
            lattice=total,
            assumed=assumed,
            noise=noise,
            width=width,
        )
    raise failed


def _paths(
    curve: Curve,
    cells: Cells,
    found: Columns,
    assumed: _Censoring,
    ticks: IntArray | None,
    width: Width,
) -> Iterator[Path]:
    """Expected paths to look around, the likeliest first."""
    n, events = curve.n, curve.events
    shape = None if curve.ticks is None else expected_by_cell(curve.ticks, cells, n)
    if shape is None and not _has_table(curve):
        yield from _paths_without_table(curve, cells, found, assumed, width)
        return
    # moved columns may end before or after a last row of the table: an interval fewer or more
    warp = np.broadcast_to(assumed.warp[: cells.boundaries.size], cells.boundaries.size)
    if events is None:
        yield expected_path(cells, n, warp=warp, shape=shape)
        return
    full = warp_for_events(cells, n, events, warp=warp, shape=shape)
    if float(found.noise_survival * n) > MOST_BLUR:
        yield expected_path(cells, n, warp=full, shape=shape)
        return
    free = expected_path(cells, n, warp=warp, shape=shape)
    try:
        total = lattice(cells, found, free, n, ticks=ticks, width=width)
    except NoPathError:
        yield expected_path(cells, n, warp=full, shape=shape)
        return
    bent = expected_path(cells, n, warp=warp + WARP_SD, shape=shape)
    slope = (float(bent.events[-1]) - float(free.events[-1])) / WARP_SD
    part = warp + _bend(events, total, slope, limit=float(np.max(np.abs(full - warp))))
    yield expected_path(cells, n, warp=part, shape=shape)
    yield expected_path(cells, n, warp=full, shape=shape)


def _paths_without_table(
    curve: Curve, cells: Cells, found: Columns, assumed: _Censoring, width: Width
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
            mean, _ = lattice(cells, found, path, n, width=width).total_events()
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


def _shown(curve: Curve, fit: _Fit) -> IPD:
    counts = representative(
        fit.lattice, fit.cells, noise=fit.found.noise_survival, events=curve.events
    )
    return _patients(curve, fit, counts, None)


def _patients(curve: Curve, fit: _Fit, counts: Counts, rng: np.random.Generator | None) -> IPD:
    ticks = None if curve.ticks is None else curve.ticks.time
    events, censored = place(counts, fit.cells, fit.found, ticks=ticks, rng=rng)
    assert events.size + censored.size == curve.n, "patients lost or invented"
    known: Censoring = "from published counts" if _censoring_known(curve) else "assumed"
    return IPD.from_times(
        events,
        censored,
        arm=curve.treatment,
        time_unit=curve.time_unit,
        origin="reconstructed",
        censoring=known,
        basis=curve.basis,
    )


def _root_mean_square_distance(curve: Curve, fit: _Fit) -> float:
    """Distance of the traced points from the levels around their column, in noise."""
    events, censored = fit.lattice.mean
    at_risk = curve.n - events - 0.5 * (censored + np.concatenate(([0.0], censored[:-1])))
    at_risk = np.concatenate(([curve.n], at_risk[:-1]))
    gone = np.diff(events, prepend=0.0)
    level = np.cumprod(np.clip(1.0 - gone / np.maximum(at_risk, 0.5), 0.0, 1.0))
    found = fit.found
    at = np.flatnonzero(fit.cells.column >= 0)
    column = np.repeat(np.arange(found.time.size), np.diff(found.first))
    above, below = level[at - 1][column], level[at][column]
    beyond = np.maximum(found.point_survival - above, below - found.point_survival)
    distance = np.maximum(beyond, 0.0) / (found.noise_survival / fit.noise)
    return float(np.sqrt(np.mean(distance**2)) / fit.noise)


def _ensemble(
    curve: Curve, fits: list[_Fit], draws: int, rng: np.random.Generator | int | None
) -> tuple[Ensemble, int]:
    """Draws over what the figure leaves open: the counts, the times, and the censoring.

    Every lattice takes one assumption about censoring and one set of column times, all
    equally likely; each gives the same number of draws, but for the remainder. The number
    beside them is of the lattices for which no other assumption has a path.
    """
    _, generator = streams([curve.id], rng)
    found: list[IPD] = []
    each = -(-draws // LATTICES)
    number = unvaried = 0
    while len(found) < draws:
        central = fits[number % len(fits)]
        fit = _scenario(curve, central, generator)
        number += 1
        unvaried += fit is central
        events, censored = fit.lattice.sample(min(each, draws - len(found)), generator)
        found += [
            _patients(curve, fit, Counts(events=e, censored=c), generator)
            for e, c in zip(events, censored, strict=True)
        ]
    order = generator.permutation(draws)  # so that any first part of them is a fair sample
    drawn = tuple(found[i] for i in order)
    return Ensemble(draws=drawn, method="integer", curve_id=curve.id), unvaried


def _scenario(curve: Curve, fit: _Fit, rng: np.random.Generator) -> _Fit:
    """The fit under another assumption about censoring, and with the columns moved.

    Where none that is tried has a path, the data leave hardly another: the fit itself.
    """
    for _ in range(SCENARIOS_TRIED):
        assumed = _Censoring(
            warp=fit.assumed.warp + rng.normal(0.0, WARP_SD, _most_intervals(curve)),
            power=fit.assumed.power * float(np.exp(rng.normal(0.0, POWER_LOG_SD))),
            rate=fit.assumed.rate,
        )
        try:
            return _solve(curve, assumed, fit.noise, fit.width, rng)
        except NoPathError:
            continue
    return fit


def _most_intervals(curve: Curve) -> int:
    """Intervals between numbers at risk, the last of them to the end of follow-up."""
    return 1 if curve.at_risk is None else curve.at_risk.time.size + 1


def _used(curve: Curve) -> frozenset[str]:
    parts = {
        "points": curve.points is not None,
        "at_risk": curve.at_risk is not None,
        "events": curve.events is not None,
    }
    return frozenset(name for name, there in parts.items() if there)


def _censoring_words(curve: Curve) -> str:
    parts = []
    if curve.at_risk is not None:
        parts.append("the printed numbers at risk, between which its hazard is taken to be smooth")
    if curve.ticks is not None:
        parts.append("the ticks on the figure")
    if curve.events is not None:
        parts.append("the printed number of events")
    if not parts:
        return "assumed: nobody before the end of the curve, for want of any printed number"
    return "from " + " and ".join(parts)


def _notes(curve: Curve, best: _Fit, fits: list[_Fit]) -> list[str]:
    notes = []
    if best.noise > 1.0:
        notes.append(
            f"the traced points scatter {best.noise:.2g} times as much as their grid suggests and "
            "were given that much noise"
        )
    if curve.at_risk is not None and curve.points is not None:
        beyond = curve.at_risk.time > curve.points.time[-1]
        kept = int(np.sum(beyond & (curve.at_risk.count > 0)))
        if kept:
            notes.append(
                f"{kept} at-risk time(s) lie beyond the last traced point at "
                f"{curve.points.time[-1]:g}; the curve is held flat up to them"
            )
    unseen = best.lattice.unseen_events()
    if unseen > 0.5:
        notes.append(
            f"{unseen:.2g} of the printed events are not on the trace and were placed at its end"
        )
    if not _censoring_known(curve):
        notes.append(_bounds(curve, fits))
    return notes


def _distance_note(fidelity: Fidelity) -> list[str]:
    """What is printed elsewhere was met at the price of the trace: say so."""
    return [
        f"the rebuilt curve leaves the trace by up to {row.rebuilt:.3g} of survival, more than the "
        "trace's resolution: what else was printed does not go with it"
        for row in fidelity.missed
        if row.quantity == DISTANCE
    ]


def _unvaried_note(lattices: int) -> list[str]:
    """The draws vary less than they should: say so."""
    if not lattices:
        return []
    return [
        f"for {lattices} assumption(s) about censoring that the draws vary, none of "
        f"{SCENARIOS_TRIED} tried had whole patients; the central one stood in, so that the draws "
        "vary less than they should"
    ]


def _bounds(curve: Curve, fits: list[_Fit]) -> str:
    totals = [round(float(fit.lattice.mean[0][-1])) for fit in fits]
    return (
        "Neither numbers at risk, nor the number of events, nor censoring ticks are given: the "
        f"figure alone is consistent with {min(totals)} to {max(totals)} events of {curve.n}, "
        "depending on when patients were censored. A hazard ratio from this curve can be far "
        "off; use the ensemble, or give one of these numbers."
    )
