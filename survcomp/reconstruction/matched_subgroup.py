"""A subgroup found again among the rebuilt patients of the whole.

An event is matched with an event and a censoring with a censoring, at the nearest time. A pair
of data sets is taken only if the subgroup, at the times of the patients it was matched with,
still meets everything published about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from survcomp.reconstruction.fidelity import compare_with_published
from survcomp.values.checks import FloatArray, read_only
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD
from survcomp.values.reconstruction import Reconstruction

PARTNERS = 10
"""Data sets of the subgroup that are matched with one of the whole before it is given up;
those that have more events or censorings in an interval are passed over before."""

APART = 100.0
"""Follow-ups that crossing a time at which both print numbers at risk counts for: a patient
is moved across one only where there is no other way."""


class Taken(NamedTuple):
    """The others, and the subgroup at the times of the patients it was matched with."""

    others: IPD
    moved: IPD
    largest_move: float


class Search:
    """Pairs of data sets of which the one can be part of the other; counts what it tries."""

    def __init__(self, part: Reconstruction, boundaries: FloatArray) -> None:
        self.part = part
        # the limits of intervals are not asked of the subgroup at its new times
        self.used = frozenset(row.kind for row in part.fidelity.rows if row.role == "used") - {
            "intervals"
        }
        self.boundaries = boundaries
        self.tried = 0

    def pairs(self, whole: Ensemble | None, part: Ensemble | None) -> Iterator[Taken | None]:
        """For every draw of the whole: the others, or None where no draw of the part fits.

        The draws of an ensemble are in random order, so a neighbour is a random partner.
        """
        assert whole is not None
        assert part is not None
        needed = np.stack([self._losses(ipd) for ipd in part])
        missed = [self._missed(ipd) for ipd in part]
        for m, patients in enumerate(whole):
            available = self._losses(patients)
            taken, compared = None, 0
            for k in np.roll(np.arange(len(part)), -m).tolist():
                self.tried += 1
                if np.any(needed[k] > available):
                    continue
                taken = self._if_met(patients, part[k], missed[k])
                compared += 1
                if taken is not None or compared == PARTNERS:
                    break
            yield taken

    def fitting(self, whole: IPD, part: IPD) -> Taken | None:
        """The others, if the subgroup still meets what is published where it was matched."""
        self.tried += 1
        if np.any(self._losses(part) > self._losses(whole)):
            return None
        return self._if_met(whole, part, self._missed(part))

    def _if_met(self, whole: IPD, part: IPD, missed: set[str]) -> Taken | None:
        taken = take_out(whole, part, self.boundaries)
        return taken if self._missed(taken.moved) <= missed else None

    def _losses(self, ipd: IPD) -> NDArray[np.intp]:
        """Events and censorings between the boundaries: no part has more than the whole."""
        inner = self.boundaries[self.boundaries > 0]
        interval = np.searchsorted(inner, ipd.time, side="right")
        size = inner.size + 1
        return np.asarray(np.bincount(interval + size * ipd.event, minlength=2 * size))

    def _missed(self, ipd: IPD) -> set[str]:
        fidelity = compare_with_published(self.part.curve, ipd, used=self.used)
        return {row.quantity for row in fidelity.rows if row.verdict == "missed"}


def take_out(whole: IPD, part: IPD, boundaries: FloatArray) -> Taken:
    """Match the part's events and censorings with the whole's, by the least moves.

    Parameters
    ----------
    whole, part : IPD
        Rebuilt patients; the part has no more events and censorings than the whole.
    boundaries : ndarray
        Times that a patient is moved across only where there is no other way.
    """
    keep = np.ones(whole.n, dtype=bool)
    times = np.array(part.time)
    scale = max(float(whole.time.max()), float(part.time.max()), 1e-300)
    for kind in (True, False):
        of_whole, of_part = np.flatnonzero(whole.event == kind), np.flatnonzero(part.event == kind)
        here = _stretched(whole.time[of_whole], boundaries, scale)
        there = _stretched(part.time[of_part], boundaries, scale)
        chosen = of_whole[nearest(there, here)]
        keep[chosen] = False
        times[of_part] = whole.time[chosen]
    left, events = whole.time[keep], whole.event[keep]
    others = IPD.from_times(
        left[events],
        left[~events],
        arm=f"{whole.arms[0]}, not in the subgroup",
        time_unit=whole.time_unit,
        origin="reconstructed",
        censoring="assumed" if "assumed" in (whole.censoring, part.censoring) else whole.censoring,
        basis=whole.basis,
    ).with_study(trial=whole.trial, outcome=whole.outcome)
    moved = replace(part, time=read_only(times, name="time"))
    return Taken(others, moved, float(np.max(np.abs(times - part.time))))


def _stretched(time: FloatArray, boundaries: FloatArray, scale: float) -> FloatArray:
    """Time in follow-ups, with a gap at each boundary; at risk there means leaving after it."""
    crossed = np.searchsorted(boundaries, time, side="right")
    return np.asarray(time / scale + APART * crossed)


def nearest(few: FloatArray, many: FloatArray) -> NDArray[np.intp]:
    """Partners of `few` among `many`, each used once, with the least sum of squared distances.

    Parameters
    ----------
    few, many : ndarray of shape (k,) and (m,), k <= m
        Ascending.

    Returns
    -------
    ndarray of shape (k,)
        Ascending positions in `many`. For a convex distance on a line the best partners
        are in the same order as the points.

    Examples
    --------
    >>> import numpy as np
    >>> nearest(np.array([2.0, 2.1]), np.array([0.0, 2.0, 5.0])).tolist()
    [0, 1]
    """
    k, m = few.size, many.size
    cost = np.zeros(m + 1)  # of the points so far with partners among the first j
    taken = np.zeros((k, m), dtype=bool)
    for i in range(k):
        here = cost[:-1] + (many - few[i]) ** 2
        here[:i] = np.inf
        cost = np.concatenate(([np.inf], np.minimum.accumulate(here)))
        # where the best among the first j + 1 takes the last of them
        taken[i] = here < cost[:-1]
    partner = np.empty(k, dtype=np.intp)
    j = m - 1
    for i in range(k - 1, -1, -1):
        while not taken[i, j]:
            j -= 1
        partner[i] = j
        j -= 1
    return partner
