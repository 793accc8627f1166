"""Numbers that publications print about a survival curve: medians, landmarks, counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from survcomp.errors import InputError
from survcomp.values.checks import (
    check_count,
    check_interval,
    check_option,
    check_probability,
    check_time,
    printed_step,
)

CountKind = Literal[
    "events",
    "events by time",
    "progressions by time",
    "event-free by time",
    "event-free at cut",
    "event-free and followed at cut",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MedianTime:
    """A published median time.

    Attributes
    ----------
    estimate : float
        The median; ``math.inf`` when it was not reached.
    ci_low, ci_high : float or None
        Its interval; ``math.inf`` for a limit not reached, None for one not printed.
    level : float
        Confidence level of the interval.
    source, note : str
        Id of the citation, and a remark.

    Examples
    --------
    >>> import math
    >>> import survcomp as sc
    >>> sc.MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6).is_reached
    True
    >>> sc.MedianTime(estimate=math.inf, ci_low=24.4).is_reached  # "NE (24.4 to NE)"
    False
    """

    estimate: float
    ci_low: float | None = None
    ci_high: float | None = None
    level: float = 0.95
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        check_time(self.estimate, name="median", allow_inf=True)
        for name in ("ci_low", "ci_high"):
            value = getattr(self, name)
            if value is not None:
                check_time(value, name=f"median.{name}", allow_inf=True)
        check_interval(self.estimate, self.ci_low, self.ci_high, name="median")

    @property
    def is_reached(self) -> bool:
        """Whether the curve came down to one half."""
        return math.isfinite(self.estimate)


def rate_step(survival: float) -> float:
    """Unit of the last printed digit of a survival rate: a whole per cent or less.

    Examples
    --------
    >>> rate_step(0.766), rate_step(0.7)
    (0.001, 0.01)
    """
    return min(printed_step(survival), 0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """A published survival rate at a fixed time.

    Attributes
    ----------
    time : float
        In the curve's time unit.
    survival : float
        In [0, 1].
    ci_low, ci_high : float or None
        Its interval, in [0, 1], or None where not printed.
    step : float or None
        Unit of the last printed digit; taken from `survival` when None (`rate_step`).
    level : float
        Confidence level of the interval.
    source, note : str
        Id of the citation, and a remark.

    Examples
    --------
    >>> import survcomp as sc
    >>> rate = sc.Landmark(time=12, survival=0.766, ci_low=0.672, ci_high=0.836)
    >>> rate.half_step
    0.0005
    >>> sc.Landmark(time=12, survival=76.6)
    Traceback (most recent call last):
        ...
    survcomp.errors.InputError: `landmark.survival` must lie in [0, 1]; got 76.6 (survival is a
    fraction here: write 0.766, not 76.6).
    """

    time: float
    survival: float
    ci_low: float | None = None
    ci_high: float | None = None
    step: float | None = None
    level: float = 0.95
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        check_time(self.time, name="landmark.time")
        for name in ("survival", "ci_low", "ci_high"):
            value = getattr(self, name)
            if value is not None:
                check_probability(value, name=f"landmark.{name}")
        check_interval(self.survival, self.ci_low, self.ci_high, name="landmark.survival")

    @property
    def half_step(self) -> float:
        """Largest rounding error of `survival` as printed."""
        return 0.5 * (rate_step(self.survival) if self.step is None else self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A published number of patients with, or without, the event.

    Attributes
    ----------
    count : int
        Number of patients.
    kind : str
        "events" (all until the cut), "events by time", "progressions by time" (deaths
        left out), "event-free by time" (event-free and still followed at `time`: a lower
        bound on the number at risk), "event-free at cut" (all who have had no event, lost
        ones among them: n less the events) or "event-free and followed at cut" (those of
        them who had not left before, such as "alive and in follow-up" or "response ongoing":
        a lower bound on the event-free, and so an upper one on the events).
    time : float or None
        For the kinds that have one, in the curve's time unit.
    source, note : str
        Id of the citation, and a remark.

    Examples
    --------
    >>> import survcomp as sc
    >>> curve = sc.Curve(trial="T", arm="a", treatment="drug", endpoint="PFS", n=128,
    ...                  median=sc.MedianTime(estimate=8.8),
    ...                  counts=(sc.Count(count=72, kind="events"),))
    >>> print(curve)
    <Curve: of T/a/PFS/no cut, treatment drug, patients 128, events 72, rests on a printed median,
    no figure and no survival rate, published to 8.8 months>
    >>> print(sc.reconstruct(curve, draws=20, rng=1).ipd)
    <IPD: arm drug, patients 128, events 72, followed to 15.9 months, origin reconstructed>
    """

    count: int
    kind: CountKind = "events"
    time: float | None = None
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        check_count(self.count, name="count")
        check_option(self.kind, CountKind, name="count.kind")
        if (self.time is not None) != self.kind.endswith("by time"):
            raise InputError(
                f"`count.time` goes with the kinds that end in 'by time', and only with them; "
                f"got kind {self.kind!r} and time {self.time!r}."
            )
        if self.time is not None:
            check_time(self.time, name="count.time")
