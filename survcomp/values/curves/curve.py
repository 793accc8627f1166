"""`Curve`: everything published about one arm's survival for one endpoint at one cut.

One type serves a traced figure with its at-risk table and "median 8.8 (5.6 to 11.6),
n = 128" alike; `Curve.support` says which it is. A curve checks on creation that what
it holds can be true of one group of `n` patients, and says which numbers contradict
each other when it cannot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from survcomp.errors import ContradictionError, InputError
from survcomp.values.basis import Basis, FollowUp
from survcomp.values.checks import (
    TimeUnit,
    check_count,
    check_option,
    check_text,
    check_time,
    check_type,
    printed_step,
)
from survcomp.values.curves.cohort import check_one_cohort
from survcomp.values.curves.given import at_risk_of, points_of
from survcomp.values.curves.printed import Count, Landmark, MedianTime
from survcomp.values.curves.traced import AtRisk, CurvePoints, Ticks
from survcomp.values.shown import in_a_line, in_a_table

Support = Literal["figure+risk", "figure", "landmarks", "median", "counts"]

TimeOrigin = Literal["cut dates", "median follow-ups", "given"]

NO_ENDPOINT = "survival"
"""Endpoint of a curve in a file that names none."""

SUPPORT_MEANING: dict[str, str] = {
    "figure+risk": "a traced figure with its numbers at risk",
    "figure": "a traced figure without numbers at risk",
    "landmarks": "printed survival rates, no figure",
    "median": "a printed median, no figure and no survival rate",
    "counts": "printed counts only: no curve can be drawn from them",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EarlierCut:
    """An earlier data cut of the same patients, and how long before the latest it was made.

    Attributes
    ----------
    curve : Curve
        What was published then; it holds no earlier cuts itself.
    time_before : float
        Time from this cut to the latest, in the curve's time unit; above 0.
    se : float
        Standard error of that time.
    origin : {"cut dates", "median follow-ups", "given"}
        Where it comes from.

    Raises
    ------
    InputError
        If a field is not allowed.

    Examples
    --------
    >>> from survcomp import Curve, EarlierCut
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="PFS", n=97)
    >>> EarlierCut(curve=curve, time_before=14.8, se=0.02, origin="cut dates").time_before
    14.8
    """

    curve: Curve
    time_before: float
    se: float
    origin: TimeOrigin

    def __post_init__(self) -> None:
        check_time(self.time_before, name="time_before")
        check_time(self.se, name="se")
        check_option(self.origin, TimeOrigin, name="origin")
        if self.time_before <= 0:
            raise InputError(
                f"`time_before` must be above 0; got {self.time_before!r} for {self.curve.id}."
            )
        if self.curve.earlier:
            raise InputError(
                f"`curve` of an earlier cut holds earlier cuts itself ({self.curve.id}); give all "
                "of them to the latest curve."
            )

    @property
    def label(self) -> str:
        """Label of the cut."""
        cut = self.curve.basis.cut
        return cut.label if cut else "no cut"

    @property
    def follow_up(self) -> FollowUp | None:
        """Follow-up at the cut, if published."""
        cut = self.curve.basis.cut
        return cut.follow_up if cut else None

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """Everything published about one arm's survival for one endpoint at one data cut.

    Attributes
    ----------
    trial, arm, treatment : str
        Where it comes from and what was given.
    endpoint : str
        "PFS", "OS", "DOR", or the publication's own name.
    n : int
        Patients in the analysis set.
    time_unit : {"days", "weeks", "months", "years"}
        Unit of every time in this object.
    basis : Basis
        Analysis set, index date, assessor, censoring rule and data cut.
    points : CurvePoints or None
        The traced figure; a frame with the columns ``time`` and ``survival`` becomes one.
    at_risk : AtRisk or None
        Numbers at risk printed under the figure; ``{0: 128, 6: 80}`` becomes one.
    ticks : Ticks or None
        Censoring ticks drawn on the figure.
    median : MedianTime or None
        Published median.
    landmarks : tuple of Landmark
        Published survival rates, in order of time.
    counts : tuple of Count
        Published numbers with and without the event.
    notes : tuple of str
        Remarks that a reader of the result must see.
    earlier : tuple of EarlierCut
        Earlier data cuts of the same patients, the first cut first; `join_cuts` puts them
        here. All other fields are of the latest cut.

    Raises
    ------
    InputError
        If a field is not allowed.
    ContradictionError
        If the numbers cannot all be true of `n` patients; the message names them.

    Examples
    --------
    >>> from survcomp import Curve, MedianTime
    >>> curve = Curve(trial="KarMMa", arm="ide_cel", treatment="ide-cel", endpoint="PFS", n=128,
    ...               median=MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6))
    >>> curve.support
    'median'
    """

    trial: str
    arm: str
    treatment: str
    endpoint: str
    n: int
    time_unit: TimeUnit = "months"
    basis: Basis = field(default_factory=Basis)
    points: CurvePoints | None = None
    at_risk: AtRisk | None = None
    ticks: Ticks | None = None
    median: MedianTime | None = None
    landmarks: tuple[Landmark, ...] = ()
    counts: tuple[Count, ...] = ()
    notes: tuple[str, ...] = ()
    earlier: tuple[EarlierCut, ...] = ()

    def __post_init__(self) -> None:
        for name in ("trial", "arm", "treatment", "endpoint"):
            check_text(getattr(self, name), name=name)
        check_count(self.n, name="n", at_least=1)
        check_option(self.time_unit, TimeUnit, name="time_unit")
        _settle_types(self)
        check_option(self.support, Support, name="support")
        _check_counts(self)
        _check_landmarks(self.landmarks)
        _check_median(self)
        _check_at_risk(self)
        _check_order(self)
        check_one_cohort(self, [cut.curve for cut in self.earlier])
        if self.basis.cut is not None:
            self.check_within(self.basis.cut.follow_up)

    @property
    def support(self) -> Support:
        """What the curve rests on; `SUPPORT_MEANING` puts it in words."""
        if self.points is not None:
            return "figure+risk" if self.at_risk is not None else "figure"
        if any(curve.landmarks for curve in self.cuts):
            return "landmarks"
        if any(curve.median is not None and curve.median.is_reached for curve in self.cuts):
            return "median"
        return "counts"

    @property
    def outcome(self) -> str:
        """The endpoint, as rebuilt patients state it; "" where nobody named one."""
        return "" if self.endpoint == NO_ENDPOINT else self.endpoint

    @property
    def cuts(self) -> tuple[Curve, ...]:
        """The curves of all its data cuts, this one, which is the latest, first."""
        return (self, *(cut.curve for cut in reversed(self.earlier)))

    @property
    def events(self) -> int | None:
        """All events until the cut, if published."""
        totals = [count.count for count in self.counts if count.kind == "events"]
        return totals[0] if totals else None

    @property
    def id(self) -> str:
        """Stable path of the curve: trial/arm/endpoint/cut."""
        cut = self.basis.cut.label if self.basis.cut else "no cut"
        return f"{self.trial}/{self.arm}/{self.endpoint}/{cut}"

    @property
    def last_published_time(self) -> float:
        """Largest finite time that something published fixes or refers to, at any cut."""
        times = [cut.curve.last_published_time for cut in self.earlier]
        times += [time for _, time in self._printed_times]
        if self.points is not None:
            times.append(float(self.points.time[-1]))
        return max(times, default=0.0)

    @property
    def _printed_times(self) -> list[tuple[str, float]]:
        """Every finite printed time, with what it is in words."""
        times = [("a survival rate", mark.time) for mark in self.landmarks]
        times += [(f"a count ({c.kind})", c.time) for c in self.counts if c.time is not None]
        if self.median is not None:
            printed = (
                ("a median", self.median.estimate),
                ("a lower limit of the median", self.median.ci_low),
                ("an upper limit of the median", self.median.ci_high),
            )
            times += [(name, t) for name, t in printed if t is not None and math.isfinite(t)]
        return times

    def check_within(self, follow_up: FollowUp | None) -> None:
        """Refuse a printed time beyond the longest follow-up: nobody was there to see it.

        Parameters
        ----------
        follow_up : FollowUp or None
            Published or assumed, in the curve's time unit; without a longest follow-up
            there is nothing to contradict.

        Raises
        ------
        ContradictionError
            If a rate, a median, a limit of it, a count or patients at risk are printed for
            a later time, rounding allowed for; the message names both.
        """
        if follow_up is None or follow_up.longest is None:
            return
        times = self._printed_times
        if self.at_risk is not None:
            followed = self.at_risk.time[self.at_risk.count > 0]
            times += [("patients at risk", float(time)) for time in followed]
        name, last = max(times, key=lambda item: item[1], default=("", 0.0))
        longest = follow_up.longest
        slack = 0.5 * (printed_step(last) + printed_step(longest))
        if last > longest + slack:
            raise ContradictionError(
                f"{self.id}: {name} at {last:g} {self.time_unit} and a longest follow-up of "
                f"{longest:g} cannot both hold: nobody was followed that far."
            )

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the citations that this curve rests on, each once."""
        parts: Sequence[MedianTime | Landmark | Count | AtRisk | CurvePoints | None] = (
            self.points,
            self.at_risk,
            self.median,
            *self.landmarks,
            *self.counts,
        )
        named = [part.source for part in parts if part is not None and part.source]
        named += [source for cut in self.earlier for source in cut.curve.sources]
        return tuple(dict.fromkeys(named))

    def _facts(self) -> dict[str, object]:
        return {
            "of": self.id,
            "treatment": self.treatment,
            "patients": self.n,
            "events": self.events,
            "rests on": SUPPORT_MEANING[self.support],
            "published to": f"{self.last_published_time:.4g} {self.time_unit}",
        }

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def _settle_types(curve: Curve) -> None:
    """What was given in a form that says what it means becomes our value; the rest is refused."""
    for name, make in (("points", points_of), ("at_risk", at_risk_of)):
        given = getattr(curve, name)
        if given is not None:
            object.__setattr__(curve, name, make(given))
    if curve.ticks is not None:
        check_type(curve.ticks, Ticks, name="ticks", taken="Ticks.from_times(times)")
    if curve.median is not None:
        taken = "MedianTime(estimate=..., ci_low=..., ci_high=...)"
        check_type(curve.median, MedianTime, name="median", taken=taken)
    check_type(curve.basis, Basis, name="basis", taken="Basis(...)")
    for name, kind, example in (
        ("landmarks", Landmark, "Landmark(time=12, survival=0.766)"),
        ("counts", Count, "Count(count=62)"),
        ("earlier", EarlierCut, "EarlierCut(...)"),
    ):
        entries = getattr(curve, name)
        check_type(entries, (tuple, list), name=name, taken=f"a tuple of {example}")
        for row, entry in enumerate(entries):
            check_type(entry, kind, name=f"{name}[{row}]", taken=example)
        object.__setattr__(curve, name, tuple(entries))


def _check_counts(curve: Curve) -> None:
    if sum(count.kind == "events" for count in curve.counts) > 1:
        raise InputError(f"{curve.id}: more than one total of events; keep one and set one aside.")
    for count in curve.counts:
        if count.count > curve.n:
            raise ContradictionError(
                f"{curve.id}: {count.count} patients ({count.kind}) of {curve.n} cannot be."
            )


def _check_landmarks(landmarks: tuple[Landmark, ...]) -> None:
    for before, after in pairwise(landmarks):
        if after.time <= before.time:
            raise InputError(
                f"landmarks must be in order of time, one for each time; {after.time:g} comes "
                f"after {before.time:g}."
            )
        if after.survival > before.survival + before.half_step + after.half_step:
            raise ContradictionError(
                f"survival cannot rise: S({before.time:g}) = {before.survival:g} and "
                f"S({after.time:g}) = {after.survival:g}."
            )


def _check_median(curve: Curve) -> None:
    """S is at least 1/2 before the median and at most 1/2 from it on."""
    if curve.median is None:
        return
    for landmark in curve.landmarks:
        slack = landmark.half_step
        too_low = landmark.time < curve.median.estimate and landmark.survival < 0.5 - slack
        too_high = landmark.time > curve.median.estimate and landmark.survival > 0.5 + slack
        if too_low or too_high:
            shown = f"{curve.median.estimate:g}" if curve.median.is_reached else "not reached"
            raise ContradictionError(
                f"{curve.id}: a median of {shown} and S({landmark.time:g}) = "
                f"{landmark.survival:g} cannot both hold."
            )


def _check_at_risk(curve: Curve) -> None:
    """Patients at risk are among those without event: n(t) <= n S(t-)."""
    table = curve.at_risk
    if table is None:
        return
    if table.time[0] == 0 and table.count[0] != curve.n:
        raise ContradictionError(
            f"{curve.id}: {table.count[0]:g} at risk at time 0, but n is {curve.n}."
        )
    if table.count[0] > curve.n:
        raise ContradictionError(
            f"{curve.id}: {table.count[0]:g} at risk at time {table.time[0]:g} of {curve.n}."
        )
    if curve.points is None:
        return
    dx, dy = curve.points.time_resolution, curve.points.survival_resolution
    for time, count in zip(table.time, table.count, strict=True):
        bound = curve.n * (curve.points.at(time - 2 * dx) + 2 * dy)
        if count > bound:
            raise ContradictionError(
                f"{curve.id}: {count:g} at risk at time {time:g} of {curve.n} patients, while "
                f"S({time:g}) = {curve.points.at(time):.3g} allows at most "
                f"{math.floor(bound)} (resolution included)."
            )


def _check_order(curve: Curve) -> None:
    """Earlier cuts come in order of time."""
    for first, second in pairwise(curve.earlier):
        if first.time_before <= second.time_before:
            raise InputError(
                f"{curve.id}: `earlier` must be in order of time, the first cut first; "
                f"{first.label!r} lies {first.time_before:g} {curve.time_unit} before the latest "
                f"and {second.label!r}, which follows it, {second.time_before:g}."
            )
