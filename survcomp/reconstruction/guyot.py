"""Guyot's reconstruction of patients from a traced curve (2012), kept as the reference.

Between two numbers at risk, censorings are spread evenly and their number is adjusted
until the next number at risk is met; events are the rounded drops of the curve. The known
weaknesses stay as published: events sit at the traced times, so the rebuilt curve lies a
little late, and rounding errors add up along the curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survcomp.errors import ContradictionError
from survcomp.reconstruction.fidelity import compare_with_published
from survcomp.reconstruction.join_cuts import refuse_earlier_cuts
from survcomp.reconstruction.monotone import monotone
from survcomp.reconstruction.patients import patients_of
from survcomp.values.checks import FloatArray, check_type
from survcomp.values.curves.curve import Curve
from survcomp.values.patients.ipd import IPD, Censoring
from survcomp.values.reconstruction import Kind, Reconstruction

LARGEST_NUMBER_OF_TURNS = 200
"""The published adjustment of censorings can oscillate without end; it is stopped here."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Traced points with the at-risk times put in between, and where each interval starts.

    `beyond` at-risk times lie beyond the last traced point, at `traced_to`.
    """

    time: FloatArray
    survival: FloatArray
    start: NDArray[np.intp]
    at_risk: FloatArray
    traced_to: float
    beyond: int


def guyot(curve: Curve) -> Reconstruction:
    """Rebuild patients from a traced curve by the algorithm of Guyot et al.

    Parameters
    ----------
    curve : Curve
        With `points`; with `at_risk` and the total of events where they are printed.

    Returns
    -------
    Reconstruction
        With exactly `curve.n` patients.

    Raises
    ------
    ContradictionError
        If the curve has no points.

    References
    ----------
    Guyot P, Ades AE, Ouwens MJ, Welton NJ (2012). Enhanced secondary analysis of survival
    data: reconstructing the data from published Kaplan-Meier survival curves. BMC Med Res
    Methodol 12:9.

    Examples
    --------
    >>> from survcomp import AtRisk, Curve, CurvePoints
    >>> from survcomp.reconstruction import guyot
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="OS", n=10,
    ...               points=CurvePoints.from_trace([0, 2, 4, 6], [1, 0.9, 0.8, 0.7]),
    ...               at_risk=AtRisk.from_rows([0, 4], [10, 9]))
    >>> guyot(curve).ipd.n_events
    3
    """
    check_type(curve, Curve, name="curve", taken="a Curve, such as `Trial.curve` gives")
    if curve.points is None:
        raise ContradictionError(f"{curve.id}: the Guyot method needs a traced figure.")
    refuse_earlier_cuts(curve, method="the Guyot method")
    grid = _grid(curve)
    events, censored, turns = _allocate(grid, curve.n, curve.events)
    ipd = _patients(curve, grid, events, censored)
    used: set[Kind] = {"points"}
    censoring = "all patients without event are taken to be followed to the end of the curve"
    if curve.at_risk is not None:
        used.add("at_risk")
        censoring = "spread evenly between the printed numbers at risk"
    if curve.events is not None:
        used.add("events")
        if curve.at_risk is None:
            censoring = "spread evenly over the follow-up, as many as the printed events leave"
    return Reconstruction(
        curve=curve,
        ipd=ipd,
        method="guyot",
        fidelity=compare_with_published(curve, ipd, used=frozenset(used)),
        published_to=float(curve.points.time[-1]),
        censoring=censoring,
        notes=_notes(curve, grid, settled=turns < LARGEST_NUMBER_OF_TURNS),
    )


def _notes(curve: Curve, grid: _Grid, *, settled: bool) -> tuple[str, ...]:
    assert curve.points is not None
    notes = []
    if grid.beyond:
        notes.append(
            f"{grid.beyond} at-risk time(s) lie beyond the last traced point at "
            f"{grid.traced_to:g}; the curve is held flat up to them"
        )
    if not settled:
        notes.append("the adjustment of censorings did not settle and was stopped")
    notes += curve.points.repairs
    if curve.at_risk is None and curve.events is None:
        notes.append(
            "Neither numbers at risk nor the number of events are printed: with no censoring "
            "before the end, events are over-counted and a hazard ratio from this curve can be "
            "far off."
        )
    return tuple(notes)


def _grid(curve: Curve) -> _Grid:
    assert curve.points is not None
    time, survival = monotone(curve.points)
    risk_time, risk = np.array([0.0]), np.array([float(curve.n)])
    if curve.at_risk is not None:
        risk_time, risk = np.array(curve.at_risk.time), np.array(curve.at_risk.count)
        if risk_time[0] > 0:
            risk_time = np.concatenate(([0.0], risk_time))
            risk = np.concatenate(([float(curve.n)], risk))
    traced_to = float(time[-1])
    for t in risk_time:
        if not np.any(time == t):
            index = int(np.searchsorted(time, t))
            time = np.insert(time, index, t)
            survival = np.insert(survival, index, survival[index - 1])
    start = np.searchsorted(time, risk_time, side="left")
    beyond = int(np.sum(risk_time > traced_to))
    return _Grid(time, survival, start, risk, traced_to, beyond)


def _allocate(
    grid: _Grid, n: int, total_events: int | None
) -> tuple[NDArray[np.int_], NDArray[np.int_], int]:
    """Events and censorings at each grid point (steps 1 to 6 of the paper)."""
    size = grid.time.size
    state = _State(
        events=np.zeros(size, int),
        censored=np.zeros(size, int),
        at_risk=np.zeros(size + 1, int),
        level=np.ones(size),
        last_event=0,
    )
    state.at_risk[0] = n
    intervals = grid.start.size
    censorings = np.zeros(intervals, int)
    turns = 0
    for i in range(intervals - 1):
        lower, upper = int(grid.start[i]), int(grid.start[i + 1]) - 1
        target = int(grid.at_risk[i + 1])
        kept = _ratio(grid.survival[upper + 1], grid.survival[lower])
        count = round(float(state.at_risk[lower]) * kept - target)  # step 1
        for turn in range(LARGEST_NUMBER_OF_TURNS):
            count = min(max(count, 0), int(state.at_risk[lower]))
            reached = state.run(grid, lower, upper, count)  # steps 2 and 3
            turns = max(turns, turn + 1)
            if reached == target or (reached < target and count == 0):
                break
            count += reached - target  # step 4
        censorings[i] = count
        state.keep(upper + 1)
    lower, upper = int(grid.start[-1]), size - 1
    count = _last_interval_guess(grid, censorings, int(state.at_risk[lower]))  # step 5
    state.run(grid, lower, upper, count)
    if total_events is not None:  # step 6
        for turn in range(LARGEST_NUMBER_OF_TURNS):
            surplus = int(state.events.sum()) - total_events
            if surplus == 0 or (surplus < 0 and count == 0):
                break
            turns = max(turns, turn + 1)
            count = min(max(count + surplus, 0), int(state.at_risk[lower]))
            state.run(grid, lower, upper, count)
    return state.events, state.censored, turns


def _ratio(after: float, before: float) -> float:
    return float(after / before) if before > 0 else 0.0


def _last_interval_guess(grid: _Grid, censorings: NDArray[np.int_], at_risk: int) -> int:
    """Average rate of censoring of the earlier intervals, at most those who are left."""
    lower = int(grid.start[-1])
    if grid.start.size == 1 or grid.time[lower] <= grid.time[0]:
        return 0
    share = (grid.time[-1] - grid.time[lower]) / (grid.time[lower] - grid.time[0])
    return min(round(float(censorings.sum() * share)), at_risk)


@dataclass(slots=True)
class _State:
    """Working arrays of the algorithm, filled interval by interval."""

    events: NDArray[np.int_]
    censored: NDArray[np.int_]
    at_risk: NDArray[np.int_]
    level: FloatArray
    last_event: int
    settled_event: int = 0

    def run(self, grid: _Grid, lower: int, upper: int, count: int) -> int:
        """Fill one interval with `count` censorings; returns those at risk after it."""
        end = grid.time[upper + 1] if upper + 1 < grid.time.size else grid.time[-1]
        begin = grid.time[lower]
        spread = begin + (np.arange(count) + 1.0) * (end - begin) / (count + 1)
        edges = np.append(grid.time[lower : upper + 1], max(end, grid.time[upper]) + 1e-9)
        self.censored[lower : upper + 1] = np.histogram(spread, bins=edges)[0]
        self.last_event = self.settled_event
        for k in range(lower, upper + 1):
            left = int(self.at_risk[k])
            drop = 1.0 - _ratio(grid.survival[k], self.level[self.last_event])
            deaths = 0 if k == 0 else min(round(left * max(drop, 0.0)), left)
            self.events[k] = deaths
            before = self.level[self.last_event] if k else 1.0
            self.level[k] = before * (1.0 - deaths / left) if left else before
            if deaths:
                self.last_event = k
            self.censored[k] = min(int(self.censored[k]), left - deaths)
            self.at_risk[k + 1] = left - deaths - self.censored[k]
        return int(self.at_risk[upper + 1])

    def keep(self, until: int) -> None:
        """Accept what was filled before grid point `until`."""
        settled = np.flatnonzero(self.events[:until])
        self.settled_event = int(settled[-1]) if settled.size else 0


def _patients(
    curve: Curve, grid: _Grid, events: NDArray[np.int_], censored: NDArray[np.int_]
) -> IPD:
    """Events at the traced times, censorings in the middle of a step, the rest at the end."""
    following = np.append(grid.time[1:], grid.time[-1])
    event_times = np.repeat(grid.time, events)
    censor_times = np.repeat(0.5 * (grid.time + following), censored)
    rest = curve.n - event_times.size - censor_times.size
    assert rest >= 0, "more patients placed than there are"
    censor_times = np.concatenate([censor_times, np.full(rest, grid.time[-1])])
    known = curve.at_risk is not None or curve.events is not None
    censoring: Censoring = "from published counts" if known else "assumed"
    return patients_of(curve, event_times, censor_times, censoring=censoring)
