"""Whole patients along a traced curve: a lattice of counts, averaged over and sampled.

A state at the end of a cell is (events so far, censorings so far, level of the curve). The
sum over all paths (`sum_over_paths`) gives expected counts at every cell, whose rounded mean
is the data set shown; sampling backwards gives data sets in proportion to their
probability, and the total is the evidence for the assumed censoring.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from survcomp.reconstruction.figure.cells import Cells
from survcomp.reconstruction.figure.expected_path import Path
from survcomp.values.checks import FloatArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class States:
    """States at the end of one cell, and how likely each is given the trace so far."""

    events: IntArray
    censored: IntArray
    level: FloatArray
    weight: FloatArray


@dataclass(frozen=True, slots=True)
class Steps:
    """Transitions into one cell: from which state, into which, how likely."""

    source: IntArray
    target: IntArray
    weight: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Lattice:
    """All paths of whole patients that are consistent with a traced curve.

    Attributes
    ----------
    n : int
        Patients.
    log_evidence : float
        Log of the total weight: how well the assumed censoring explains the trace.
    """

    n: int
    log_evidence: float
    states: tuple[States, ...]
    steps: tuple[Steps, ...]

    @cached_property
    def mean(self) -> tuple[FloatArray, FloatArray]:
        """Expected cumulative events and censorings at every cell, over all paths."""
        size = len(self.states)
        events, censored = np.zeros(size), np.zeros(size)
        weight = self.states[-1].weight
        for k in range(size - 1, -1, -1):
            state = self.states[k]
            events[k] = weight @ state.events
            censored[k] = weight @ state.censored
            if k:
                steps = self.steps[k - 1]
                total = np.bincount(steps.target, steps.weight, state.weight.size)
                flow = steps.weight * (weight / total)[steps.target]
                weight = np.asarray(
                    np.bincount(steps.source, flow, self.states[k - 1].weight.size), float
                )
        return events, censored

    def unseen_events(self) -> float:
        """Expected events in the last cell, beyond the trace."""
        events, _ = self.mean
        return float(events[-1] - events[-2])

    def total_events(self) -> tuple[float, float]:
        """Mean and standard deviation of the total number of events."""
        last = self.states[-1]
        mean = float(last.weight @ last.events)
        return mean, float(np.sqrt(last.weight @ (last.events - mean) ** 2))

    def sample(self, draws: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        """Paths in proportion to their weight.

        Returns
        -------
        events, censored : ndarray of shape (draws, k)
            Cumulative counts at every cell.
        """
        size = len(self.states)
        events = np.zeros((draws, size), np.int64)
        censored = np.zeros((draws, size), np.int64)
        last = self.states[-1].weight
        at = rng.choice(last.size, size=draws, p=last / last.sum())
        for k in range(size - 1, -1, -1):
            events[:, k] = self.states[k].events[at]
            censored[:, k] = self.states[k].censored[at]
            if k:
                at = _backwards(self.steps[k - 1], at, rng)
        return events, censored


def _backwards(steps: Steps, at: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw for each path the state it came from."""
    # counting sort, as long as the numbers fit
    small = steps.target.astype(np.uint16) if steps.target.max() < 2**16 else steps.target
    order = np.argsort(small, kind="stable")
    running = np.cumsum(steps.weight[order])
    first = np.searchsorted(steps.target[order], at, side="left")
    stop = np.searchsorted(steps.target[order], at, side="right")
    before = np.where(first > 0, running[first - 1], 0.0)
    chosen = np.searchsorted(running, before + rng.random(at.size) * (running[stop - 1] - before))
    return np.asarray(steps.source[order][np.clip(chosen, first, stop - 1)])


class NoPathError(Exception):
    """No path of whole patients meets the inputs; `cell` is where the last one ended."""

    def __init__(self, cell: int) -> None:
        super().__init__(cell)
        self.cell = cell


def single_path(cells: Cells, path: Path, n: int) -> Lattice:
    """A lattice of one path, the expected one in whole patients.

    Where the noise is worth tens of patients the trace says nothing of single ones.
    """
    events = np.floor(path.events + 0.5).astype(np.int64)
    censored = np.floor(path.events + path.censored + 0.5).astype(np.int64) - events
    known = cells.boundaries
    censored[known] = n - cells.at_risk[known] - events[known]
    censored = np.minimum.accumulate(np.maximum.accumulate(censored)[::-1])[::-1]
    ones, none = np.ones(1), np.zeros(1, np.int64)
    return Lattice(
        n=n,
        log_evidence=0.0,
        states=tuple(
            States(np.array([e]), np.array([c]), np.array([level]), ones)
            for e, c, level in zip(events, censored, cells.level, strict=True)
        ),
        steps=(Steps(none, none, ones),) * (events.size - 1),
    )
