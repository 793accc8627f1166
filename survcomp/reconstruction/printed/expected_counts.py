"""How many events and censorings to expect when, from a hazard and a censoring distribution.

With S and G the curves of event and censoring, n S(t) G(t) patients are at risk at t, so
n S G dLambda events and n S (-dG) censorings are expected there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.values.checks import FloatArray

GRID = 4001


@dataclass(frozen=True, slots=True)
class Hazard:
    """A cumulative hazard, linear between knots and beyond the last one."""

    time: FloatArray
    cumulative: FloatArray
    tail_rate: float

    def at(self, t: FloatArray) -> FloatArray:
        """Cumulative hazard at each of `t`."""
        inside = np.interp(t, self.time, self.cumulative)
        return np.asarray(inside + self.tail_rate * np.maximum(t - self.time[-1], 0.0))


@dataclass(frozen=True, slots=True)
class Follow:
    """Censoring times: piecewise uniform with half of them before `middle`, warped.

    ``kind`` is "published" (from the follow-up), "solved" (uniform from 0, its end found
    from the number of events) or "complete" (everybody followed to the end).
    """

    low: float
    middle: float
    high: float
    kind: str
    warp: float = 1.0

    def censored_by(self, t: FloatArray) -> FloatArray:
        """P(C <= t); everybody left is censored at `high`."""
        if self.kind == "complete":
            return np.where(t < self.high, 0.0, 1.0)
        share = np.interp(t, [self.low, self.middle, self.high], [0.0, 0.5, 1.0])
        return np.asarray(share ** (1.0 / self.warp))


@dataclass(frozen=True, slots=True)
class Expected:
    """Cumulative expected numbers of events and of censorings before the end, on a grid."""

    time: FloatArray
    events: FloatArray
    censored: FloatArray

    def between(self, start: float, end: float) -> float:
        """Expected events from `start` to `end`."""
        low, high = np.interp([start, end], self.time, self.events)
        return float(high - low)

    def near(self, start: float, end: float) -> range:
        """Whole numbers of events within three of the expected number."""
        middle = round(self.between(start, end))
        return range(max(middle - 3, 0), middle + 4)

    def event_times(
        self, start: float, end: float, count: int, *, to_the_end: bool = False
    ) -> FloatArray:
        """Times of `count` events: middles of equal parts, or their ends."""
        low, high = np.interp([start, end], self.time, self.events)
        parts = np.arange(1, count + 1) if to_the_end else np.arange(count) + 0.5
        targets = low + parts * (high - low) / max(count, 1)
        times = _inverse(targets, self.events, self.time)
        return np.asarray(np.clip(times, start, end))

    def censor_times(self, count: int) -> FloatArray:
        """Times of `count` censorings before the end, at the middles of equal parts."""
        targets = (np.arange(count) + 0.5) * self.censored[-1] / max(count, 1)
        return _inverse(targets, self.censored, self.time)


def _inverse(targets: FloatArray, cumulative: FloatArray, time: FloatArray) -> FloatArray:
    """Times at which a non-decreasing function passes the targets."""
    rising = np.concatenate(([True], np.diff(cumulative) > 0))  # interp needs no flat parts
    return np.asarray(np.interp(targets, cumulative[rising], time[rising]))


def expected_counts(n: int, hazard: Hazard, follow: Follow) -> Expected:
    """Expected events and censorings of `n` patients over the follow-up."""
    inner = hazard.time[(hazard.time > 0) & (hazard.time < follow.high)]
    time = np.union1d(np.linspace(0.0, follow.high, GRID), inner)
    survival = np.exp(-hazard.at(time))
    free = 1.0 - follow.censored_by(time)
    free[-1] = free[-2]  # G just before the end; those left are censored there, and not counted
    events = np.cumsum(-np.diff(survival) * 0.5 * (free[:-1] + free[1:]))
    censored = np.cumsum(-np.diff(free) * 0.5 * (survival[:-1] + survival[1:]))
    return Expected(
        time=time,
        events=n * np.concatenate(([0.0], events)),
        censored=n * np.concatenate(([0.0], censored)),
    )
