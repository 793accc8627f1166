"""All paths of whole patients along a traced curve, summed from cell to cell.

In each cell d patients have the event and m are censored; the level is multiplied by
1 - d / (n - m / 2), censorings being halfway among the events on average. Each path is
weighed by

* the traced points of the columns it passes (`misfit`),
* a Poisson prior of censorings around the expected path, and of events around it, which
  places what the trace cannot resolve,
* the at-risk table, exactly: paths that miss a printed number do not exist.

Paths that meet in the same counts keep their levels apart where these differ by more
than half the noise: with few patients at risk two histories with equal counts have
visibly different curves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from survcomp.reconstruction.figure.cells import NOT_PRINTED, Cells
from survcomp.reconstruction.figure.expected_path import Path
from survcomp.reconstruction.figure.lattice import IntArray, Lattice, NoPathError, States, Steps
from survcomp.reconstruction.figure.misfit import misfit
from survcomp.reconstruction.figure.trace import Columns
from survcomp.values.checks import FloatArray

LEAST_EXPECTED = 0.05
"""Expected events of a cell are at least this: an event may come where the trace is flat."""

LEVEL_BIN = 0.5
"""Levels closer than half the noise are one state."""

LEVEL_BINS = 12
"""Bins on either side of the traced level; further off is one bin."""

LEAST_WEIGHT = 1e-6
"""States less likely than this, relative to the likeliest, are dropped."""

LEAST_BLURRED = 1e-4
"""The same where single patients cannot be told apart anyway."""

BLURRED_WITHOUT_TABLE = 2.5
"""The same where no printed number brings the patients at risk back to the truth."""

MOST_STATES = 350
"""At most this many states are followed from one cell to the next, the likeliest: it bounds
the time of an arm about which little is known."""

BLURRED = 1.0
"""Where the noise is worth more than this many patients, single censorings cannot be seen
and follow the expected path."""

MOST_BLUR = 40.0
"""Where the noise of the trace is worth more patients than this, whole ones are not searched:
the expected path, rounded, is as good."""

TICKS_MISSED = 2
TICK_COST = 4.0
"""Ticks of one cell that may be misread, and minus the log odds of each."""

MOST_UNSEEN = 3
"""Events of a last drop that the trace may have missed."""

UNSEEN_COST = 12.0
"""Minus log odds of a last drop that the trace does not show, beside 1 for each event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """How far from the expected path the lattice looks, in patients.

    Attributes
    ----------
    events : int
        Beyond three standard deviations of the trace.
    censored : int
        Numbers at risk on either side of the expected one.
    per_cell : int
        Censorings of one cell on either side of the expected ones.
    """

    events: int = 2
    censored: int = 5
    per_cell: int = 3


def sum_over_paths(
    cells: Cells,
    trace: Columns,
    path: Path,
    n: int,
    *,
    events: int | None = None,
    ticks: IntArray | None = None,
    width: Width | None = None,
) -> Lattice:
    """Sum over all paths of whole patients.

    Parameters
    ----------
    cells, trace, path
        The follow-up in cells, the traced points, and the expected path.
    n : int
        Patients.
    events : int, optional
        Printed total of events, met exactly.
    ticks : ndarray of shape (k,), optional
        Censoring ticks in each cell.
    width : Width, optional
        How far to look.

    Raises
    ------
    NoPathError
        If no path is left.
    """
    walk = _Walk(cells, trace, path, n, width or Width(), ticks, events)
    state = States(np.zeros(1, int), np.zeros(1, int), np.ones(1), np.ones(1))
    states, steps, log_evidence = [state], [], 0.0
    for k in range(1, cells.time.size):
        state, step, gained = walk.step(k, state)
        states.append(state)
        steps.append(step)
        log_evidence += gained
    if events is not None:
        weight = np.where(state.events == events, state.weight, 0.0)
        if not weight.sum() > 0:
            raise NoPathError(cells.time.size - 1)
        log_evidence += float(np.log(weight.sum()))
        states[-1] = States(state.events, state.censored, state.level, weight / weight.sum())
    return Lattice(n=n, log_evidence=log_evidence, states=tuple(states), steps=tuple(steps))


def blur(cells: Cells, trace: Columns, path: Path, n: int) -> FloatArray:
    """Noise of the trace in patients, at every cell: one moves the level by level / at_risk."""
    at_risk = n - path.events - path.censored
    return np.asarray(trace.noise_survival * at_risk / np.maximum(cells.level, 0.02))


class _Walk:
    """One pass along the cells; holds what every step needs."""

    def __init__(
        self,
        cells: Cells,
        trace: Columns,
        path: Path,
        n: int,
        width: Width,
        ticks: IntArray | None,
        total: int | None,
    ) -> None:
        self.cells, self.trace, self.n, self.width = cells, trace, n, width
        self.total = total
        self.ticks = np.zeros(cells.time.size, int) if ticks is None else ticks
        self.events = np.rint(path.events).astype(int)
        self.censored = np.rint(path.censored).astype(int)
        self.leaving = path.leaving
        self.expected = np.maximum(np.diff(path.events, prepend=0.0), LEAST_EXPECTED)
        self.blur = blur(cells, trace, path, n)
        self.blurred = BLURRED if cells.boundaries.size > 1 else BLURRED_WITHOUT_TABLE
        self.reach = np.ceil(3.0 * self.blur).astype(int) + width.events + 3
        # what is wrong in one interval stays in the cumulative count: errors add up
        interval = np.cumsum(cells.at_risk != NOT_PRINTED)
        drift = np.maximum.accumulate(np.ceil(3.0 * self.blur)) + np.ceil(3.0 * np.sqrt(interval))
        self.band = drift.astype(int) + width.events
        self.log_factorial = gammaln(np.arange(n + 2) + 1.0)

    def step(self, k: int, state: States) -> tuple[States, Steps, float]:
        likely = _likeliest(state)
        followed = States(
            state.events[likely], state.censored[likely], state.level[likely], state.weight[likely]
        )
        source, d, m = (
            self._at_boundary(k, followed)
            if self.cells.at_risk[k] != NOT_PRINTED
            else self._inside(k, followed)
        )
        if source.size == 0:
            raise NoPathError(k)
        cost = (
            self._poisson(self.expected[k], d)
            + self._leaving_cost(k, m)
            - np.log(followed.weight)[source]
        )
        if self.cells.frozen[k]:
            cost = cost + np.where(d > 0, UNSEEN_COST + d, 0.0)
        if self.cells.column[k] >= 0:
            before, after = self._levels(followed, source, d, m)
            cost += misfit(self.trace, int(self.cells.column[k]), before, after)
        least = float(cost.min())
        blurred = self.blur[k] > self.blurred
        keep = np.flatnonzero(cost - least < -np.log(LEAST_BLURRED if blurred else LEAST_WEIGHT))
        source, d, m = source[keep], d[keep], m[keep]
        return self._merge(
            k,
            likely[source],
            followed.events[source] + d,
            followed.censored[source] + m,
            self._levels(followed, source, d, m)[1],
            np.exp(least - cost[keep]),
            least,
        )

    def _levels(
        self, state: States, source: IntArray, d: IntArray, m: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Levels of the curve before and after d events and m censorings."""
        at_risk = (self.n - state.events - state.censored)[source]
        before = state.level[source]
        factor = 1.0 - d / np.maximum(at_risk - 0.5 * m, 0.5)
        return before, np.asarray(before * np.maximum(factor, 0.0))

    def _leaving_cost(self, k: int, m: IntArray) -> FloatArray:
        """Minus the log probability of the censorings of a cell, ticks in it included."""
        ticks = int(self.ticks[k])
        cost = self._poisson(self.leaving[k], m - ticks if ticks else m)
        return cost + TICK_COST * np.maximum(ticks - m, 0) if ticks else cost

    def _events(self, k: int, state: States) -> tuple[IntArray, IntArray]:
        """States and numbers of events that stay near the expected path."""
        if self.cells.frozen[k]:
            return self._events_unseen(k, state)
        # the drop may fall in a neighbouring cell: a gap in place of its column
        near_by = np.diff(self.events[max(k - 3, 0) : k + 3])
        reach = int(self.reach[k])
        d = np.arange(max(0, int(near_by.min()) - reach), int(near_by.max()) + reach + 1)
        after = state.events[:, None] + d
        at_risk = self.n - state.events - state.censored
        low, high = self.events[max(k - 2, 0)], self.events[min(k + 2, self.events.size - 1)]
        near = (after >= low - self.band[k]) & (after <= high + self.band[k])
        source, column = np.nonzero(near & (d <= at_risk[:, None]))
        return source, d[column]

    def _events_unseen(self, k: int, state: States) -> tuple[IntArray, IntArray]:
        """Beyond the trace none, but a last drop at its end where the printed total asks for it."""
        source = np.arange(state.events.size)
        missing = np.zeros(state.events.size, int)
        if self.total is not None and k == self.cells.time.size - 1:
            at_risk = self.n - state.events - state.censored
            missing = np.clip(self.total - state.events, 0, np.minimum(at_risk, MOST_UNSEEN))
        return source, missing

    def _inside(self, k: int, state: States) -> tuple[IntArray, IntArray, IntArray]:
        source, d = self._events(k, state)
        change = int(self.censored[k] - self.censored[k - 1])
        blurred = self.blur[k] > self.blurred
        if self.leaving[k] <= 0:
            m = np.zeros(1, int)
        elif blurred:
            m = np.array([max(change, int(self.ticks[k]))])
        else:
            ticks = int(self.ticks[k])
            low = max(ticks - TICKS_MISSED if ticks else change - self.width.per_cell, 0)
            m = np.arange(low, max(change, ticks) + self.width.per_cell + 1)
        left = self.n - (state.events + state.censored)[source] - d
        after = left[:, None] - m
        expected = self.n - self.events - self.censored
        reach = self.width.censored + (int(self.reach[k]) if blurred else 0)
        high = expected[max(k - 2, 0)] + reach
        low = max(int(expected[min(k + 2, expected.size - 1)]) - reach, 0)
        row, column = np.nonzero((after <= high) & (after >= low))
        return source[row], d[row], m[column]

    def _at_boundary(self, k: int, state: States) -> tuple[IntArray, IntArray, IntArray]:
        """As many censorings as bring the number at risk to the printed one."""
        source, d = self._events(k, state)
        left = self.n - (state.events + state.censored)[source] - d
        m = left - int(self.cells.at_risk[k])
        keep = m >= 0
        return source[keep], d[keep], m[keep]

    def _poisson(self, mean: float, count: IntArray) -> FloatArray:
        """Minus the log probability of the counts; those below 0 count as 0."""
        if mean <= 0:  # only the last cell, where everybody leaves who is left
            return np.zeros(count.size)
        count = np.maximum(count, 0)
        each = np.arange(int(count.max()) + 1)
        return np.asarray((mean - each * np.log(mean) + self.log_factorial[each])[count])

    def _merge(
        self,
        k: int,
        source: IntArray,
        events: IntArray,
        censored: IntArray,
        level: FloatArray,
        weight: FloatArray,
        least: float,
    ) -> tuple[States, Steps, float]:
        """Join paths of equal counts and nearly equal level into one state."""
        off = (level - self.cells.level[k]) / (LEVEL_BIN * self.trace.noise_survival)
        bin_ = np.clip(np.rint(off), -LEVEL_BINS, LEVEL_BINS).astype(int) + LEVEL_BINS
        bins = 2 * LEVEL_BINS + 1
        least_events, least_censored = int(events.min()), int(censored.min())
        width = int(censored.max()) - least_censored + 1
        key = ((events - least_events) * width + (censored - least_censored)) * bins + bin_
        distinct, target = _labels(key)
        total = np.bincount(target, weight)
        counts = distinct // bins
        state = States(
            counts // width + least_events,
            counts % width + least_censored,
            np.bincount(target, weight * level) / total,
            total / total.sum(),
        )
        return state, Steps(source, target, weight), float(np.log(total.sum())) - least


def _likeliest(state: States) -> IntArray:
    if state.weight.size <= MOST_STATES:
        return np.arange(state.weight.size)
    return np.asarray(np.argpartition(state.weight, -MOST_STATES)[-MOST_STATES:])


def _labels(key: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct keys in order, and the place of each key among them; sorting only large ranges."""
    size = int(key.max()) + 1
    if size > 16 * key.size + 4096:
        distinct, target = np.unique(key, return_inverse=True)
        return np.asarray(distinct), np.asarray(target)
    there = np.zeros(size, bool)
    there[key] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[key]
