"""The latent curves at earlier data cuts of the same patients.

One cohort, one entry pattern: a cut made D earlier censors everybody D sooner, while dropping
out stays where it was, so with the latest cut's G(t) = A(t) exp(-lambda t) the earlier one's is
A(t + D) exp(-lambda t). All `n` patients had entered by the earlier cut: A(D) = 1.

The Kaplan-Meier estimate of an earlier cut is not that of the latest. Information grows by
independent increments, so that of the cumulative hazard has

    Var(earlier - latest) = Var(earlier) - Var(latest)
                          = sum of dLambda (1 / Y_earlier - 1 / Y_latest);

the hazard of the earlier cut leaves the latest's by that much, in stretches of time. The
same holds for its estimate of censoring, about the entry pattern that is known for all n:
sum of dLambda_C (1 / Y_earlier - 1 / (n G_earlier)).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from survcomp.reconstruction.printed.frame import Frame, Gap
from survcomp.reconstruction.printed.latent_curve import (
    LEAST_FOLLOWED,
    Curves,
    Followed,
    curves,
    on_grid,
)
from survcomp.values.checks import FloatArray

IntArray = NDArray[np.intp]

BLOCKS = 8
"""Stretches of the earlier follow-up with a deviation each: as fine as printed numbers can tell."""

FEWEST_AT_RISK = 1.0
"""Floor on numbers at risk in the size of a deviation."""

LARGEST_DEVIATION = 1.0
"""Cap on the standard deviation of the factor on a hazard."""

CLOSEST_END = 0.95
"""An earlier cut lies at most this share of the longest follow-up before the latest."""


@dataclass(frozen=True, slots=True, eq=False)
class FollowedEarlier:
    """Censoring of each draw at an earlier cut.

    Attributes
    ----------
    latest : Followed
        Of the latest cut.
    gap : ndarray of shape (draws, 1)
        Time between the two.
    edges : ndarray of shape (cells + 1,)
        Of the grid.
    factor : ndarray of shape (draws, cells)
        On the hazard of censoring.
    """

    latest: Followed
    gap: FloatArray
    edges: FloatArray
    factor: FloatArray

    @property
    def longest(self) -> FloatArray:
        """Longest follow-up, shape (draws, 1)."""
        return self.latest.longest - self.gap

    def at(self, time: FloatArray) -> FloatArray:
        """G(t-) at times, shape (draws, times)."""
        edge = _log_followed(self.latest, self.gap, self.edges)
        steps = np.diff(edge, axis=1) * self.factor
        running = np.concatenate([np.zeros_like(self.gap), np.cumsum(steps, axis=1)], axis=1)
        cell = _within(time, self.edges)
        since = _log_followed(self.latest, self.gap, time) - edge[:, cell]
        log_g = running[:, cell] + self.factor[:, cell] * since
        return np.asarray(np.where(time < self.longest, np.exp(log_g), 0.0))


def _log_followed(latest: Followed, gap: FloatArray, time: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(latest.before(gap, time), LEAST_FOLLOWED)))


def _within(time: FloatArray, edges: FloatArray) -> IntArray:
    """Index of the interval between edges in which each time lies."""
    return np.asarray(np.clip(np.searchsorted(edges, time, side="right") - 1, 0, edges.size - 2))


def make_gap(*, before: float, se: float, last: float, longest: float) -> Gap:
    """What a fit needs to know of an earlier cut.

    Parameters
    ----------
    before, se : float
        Time from it to the latest cut, and its standard error.
    last : float
        Last time printed at the earlier cut.
    longest : float
        Central longest follow-up at the latest cut.
    """
    end = max(longest - before, (1.0 - CLOSEST_END) * longest, last)
    return Gap(
        before=before,
        log_sd=se / before,
        last=last,
        blocks=np.linspace(0.0, end, BLOCKS + 1),
    )


def joined_curves(unknown: FloatArray, longest: FloatArray, frame: Frame) -> Curves:
    """Curves of each draw at the latest cut, which hold those of its earlier cuts.

    Parameters
    ----------
    unknown : ndarray of shape (draws, frame.size)
        Standard normals under the prior.
    longest : ndarray of shape (draws,)
        Longest follow-up at the latest cut.
    frame : Frame
        The grid; without gaps these are the curves of one cut.
    """
    if not frame.gaps:
        return curves(unknown, longest, frame)
    parts = _by_gap(unknown, frame)
    times = [
        time_between(part[:, :1], longest, gap) for gap, part in zip(frame.gaps, parts, strict=True)
    ]
    latest = curves(unknown, longest, frame, enrolled=np.max(times, axis=0))
    earlier = tuple(
        _at_earlier_cut(latest, gap, part[:, 1:], time)
        for gap, part, time in zip(frame.gaps, parts, times, strict=True)
    )
    return replace(latest, earlier=earlier)


def _by_gap(unknown: FloatArray, frame: Frame) -> list[FloatArray]:
    ends = np.cumsum([frame.latest_size, *(gap.size for gap in frame.gaps)])
    return [unknown[:, a:b] for a, b in pairwise(ends)]


def time_between(unknown: FloatArray, longest: FloatArray, gap: Gap) -> FloatArray:
    """Time from an earlier cut to the latest, shape (draws, 1).

    The longest followed are still followed at the earlier cut to its last printed time.
    """
    time = gap.before * np.exp(gap.log_sd * unknown)
    most = np.clip(longest - gap.last, (1.0 - CLOSEST_END) * gap.before, CLOSEST_END * longest)
    return np.asarray(np.minimum(time, most[:, None]))


def _at_earlier_cut(latest: Curves, gap: Gap, unknown: FloatArray, time: FloatArray) -> Curves:
    followed = latest.censoring
    assert isinstance(followed, Followed)
    frame = latest.frame
    middle = 0.5 * (frame.edges[1:] + frame.edges[:-1])
    survival = frame.n * np.exp(latest.log_survival(middle))
    still = followed.before(time, middle)
    at_risk = np.maximum(survival * still, FEWEST_AT_RISK)
    stretch, half = _within(middle, gap.blocks), gap.blocks.size - 1
    events = _factor(
        1.0 / at_risk - 1.0 / np.maximum(survival * followed.at(middle), FEWEST_AT_RISK),
        np.diff(latest.cumulative, axis=1),
        unknown[:, :half],
        stretch,
    )
    censored = _factor(
        1.0 / at_risk - 1.0 / np.maximum(frame.n * still, FEWEST_AT_RISK),
        -np.diff(_log_followed(followed, time, frame.edges), axis=1),
        unknown[:, half:],
        stretch,
    )
    censoring = FollowedEarlier(followed, time, frame.edges, censored)
    return on_grid(latest.hazard * events, censoring, frame)


def _factor(
    less: FloatArray, hazard: FloatArray, unknown: FloatArray, stretch: IntArray
) -> FloatArray:
    """Factor on the hazard of each cell: 1, give or take what less information leaves open.

    Over a stretch the cumulative hazard moves by one standard deviation, the square root of
    the sum of `less` times `hazard`, times its unknown, and in each cell in proportion to
    `less`. The factor is linear above 1 and exponential below it, so that it stays positive.

    Parameters
    ----------
    less : ndarray of shape (draws, cells)
        1 / Y with less information minus 1 / Y with more.
    hazard : ndarray of shape (draws, cells)
        Cumulative hazard of each cell.
    unknown : ndarray of shape (draws, stretches)
        Standard normals.
    stretch : ndarray of shape (cells,)
        The stretch of each cell.
    """
    less = np.maximum(less, 0.0)
    member = stretch[:, None] == np.arange(unknown.shape[1])
    sd = np.sqrt(np.maximum((less * hazard) @ member, 1e-12))
    moved = np.minimum(less / sd[:, stretch], LARGEST_DEVIATION) * unknown[:, stretch]
    return np.asarray(np.where(moved > 0, 1.0 + moved, np.exp(np.minimum(moved, 0.0))))
