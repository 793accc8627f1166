"""One data set to show for a lattice: near the mean of all paths, and itself a likely path.

The rounded mean of many paths is best where many patients are at risk. Where few are, the
mean of two histories may be neither. Between two printed numbers at risk every path has
the same patients at risk at both ends, so that stretches of different paths fit together:
each stretch is taken from the path, or from the rounded mean, that lies nearest to the
mean survival and the mean number of events there.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from survcomp.reconstruction.figure.cells import Cells
from survcomp.reconstruction.figure.lattice import IntArray, Lattice
from survcomp.reconstruction.figure.placing import Counts, rounded
from survcomp.values.checks import FloatArray

PATHS = 64
"""Paths sampled to choose from."""

SAMPLED_COST = 3.0
"""Squared distance, in noise, by which a sampled stretch must be nearer than the rounded mean:
where the mean is a path, it has the least error in the numbers at risk too."""

EVENT_WEIGHT = 0.5
"""Weight of one event off the mean against a squared distance of one noise in survival."""


def representative(lattice: Lattice, cells: Cells, *, noise: float, events: int | None) -> Counts:
    """Counts of one data set that stands for all paths of a lattice.

    Parameters
    ----------
    lattice : Lattice
        All paths.
    cells : Cells
        Its cells.
    noise : float
        Standard deviation of a traced point in survival, the unit of distance.
    events : int or None
        Printed total, met exactly.

    Returns
    -------
    Counts
        The same for the same lattice.
    """
    n = lattice.n
    mean_events, mean_censored = lattice.mean
    # a fixed seed of its own: what is shown does not depend on the user's draws
    some_events, some_censored = lattice.sample(PATHS, np.random.default_rng(20120201))
    middle = rounded(mean_events, mean_censored, cells, n)
    all_events = np.vstack([middle.events, some_events])
    all_censored = np.vstack([middle.censored, some_censored])
    level = levels(all_events, all_censored, n)
    target = level[1:].mean(axis=0)
    bounds = np.concatenate(([0], cells.boundaries))
    chosen_events, chosen_censored = middle.events.copy(), middle.censored.copy()
    spent: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for start, stop in pairwise(bounds):
        gained = all_events[:, stop] - all_events[:, start]
        distance = _distance(level, target, cells, int(start), int(stop)) / noise**2
        distance[1:] += SAMPLED_COST
        spent = _extended(spent, gained, distance, float(mean_events[stop]))
    if events is not None and events not in spent:
        return middle
    best = events if events is not None else min(spent, key=lambda count: spent[count][0])
    for (start, stop), path in zip(pairwise(bounds), spent[best][1], strict=True):
        part = slice(start + 1, stop + 1)
        for chosen, every in ((chosen_events, all_events), (chosen_censored, all_censored)):
            chosen[part] = chosen[start] + every[path, part] - every[path, start]
    return Counts(events=chosen_events, censored=chosen_censored)


def _extended(
    spent: dict[int, tuple[float, tuple[int, ...]]],
    gained: IntArray,
    distance: FloatArray,
    mean: float,
) -> dict[int, tuple[float, tuple[int, ...]]]:
    """Cheapest choice of stretches so far for every total of events."""
    cheapest: dict[int, int] = {}
    for path in range(gained.size):
        count = int(gained[path])
        if count not in cheapest or distance[path] < distance[cheapest[count]]:
            cheapest[count] = path
    after: dict[int, tuple[float, tuple[int, ...]]] = {}
    for before, (cost, chosen) in spent.items():
        for count, path in cheapest.items():
            total = before + count
            price = cost + float(distance[path]) + EVENT_WEIGHT * (total - mean) ** 2
            if total not in after or price < after[total][0]:
                after[total] = (price, (*chosen, path))
    return after


def levels(events: IntArray, censored: IntArray, n: int) -> FloatArray:
    """Level of the curve at every cell, censorings half-way among the events of their cell.

    Parameters
    ----------
    events, censored : ndarray of shape (paths, k)
        Cumulative counts.
    n : int
        Patients.

    Returns
    -------
    ndarray of shape (paths, k)
    """
    d = np.diff(events, axis=1, prepend=0)
    m = np.diff(censored, axis=1, prepend=0)
    at_risk = n - (events - d) - (censored - m)
    factor = 1.0 - d / np.maximum(at_risk - 0.5 * m, 0.5)
    return np.asarray(np.cumprod(np.maximum(factor, 0.0), axis=1))


def _distance(
    level: FloatArray, target: FloatArray, cells: Cells, start: int, stop: int
) -> FloatArray:
    """Mean squared distance of each path's stretch from the target, begun at its level."""
    part = slice(start, stop + 1)
    begin = np.maximum(level[:, start], 1e-12)[:, None]
    shifted = level[:, part] * (target[start] / begin)
    span = np.diff(cells.time[part], append=cells.time[stop])
    weight = span + 0.05 * (span.sum() / span.size) + 1e-12
    return np.asarray(((shifted - target[part]) ** 2) @ weight / weight.sum())
