"""Patients rebuilt from printed rates, medians and counts, where no figure was traced.

Between published points the hazard is constant: spacing the events evenly on the
cumulative hazard is the least that can be assumed, and was as accurate between points as
any smoother curve. Beyond the last published point the average hazard of the second half of
the published range goes on (times `tail`) until the end of follow-up; the very last interval
may be too short for a hazard (a median at 11.8 beside a rate at 12). Censoring is
administrative and taken from the published follow-up; where the number of events is printed
it is bent until that number is met.

Patients are then placed at the quantiles of the expected counts: with S and G the curves
of event and censoring, n S(t) G(t) are at risk at t, so n S G dLambda events and
n S (-dG) censorings are expected there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from survcomp.errors import ContradictionError, InputError
from survcomp.estimation.kaplan_meier import kaplan_meier
from survcomp.reconstruction.fidelity import as_used, compare_with_published
from survcomp.reconstruction.join_cuts import refuse_earlier_cuts
from survcomp.reconstruction.patients import patients_of
from survcomp.reconstruction.printed.expected_counts import (
    Expected,
    Follow,
    Hazard,
    expected_counts,
)
from survcomp.values.basis import FollowUp
from survcomp.values.checks import FloatArray, check_type, time_words
from survcomp.values.curves.curve import SUPPORT_MEANING, Curve
from survcomp.values.patients.ipd import IPD, Censoring
from survcomp.values.reconstruction import Fidelity, Kind, Reconstruction

LONGEST_OVER_MEDIAN = 1.5
"""Longest over median follow-up where only the median is printed; the seven cuts with both
in data/digitized have 1.33 to 1.72, mean 1.5."""

LARGEST_WARP = 50.0
"""Censoring is not bent further than U**50 or U**(1/50) of its assumed distribution."""


def piecewise_exponential(
    curve: Curve, *, follow_up: FollowUp | None = None, tail: float = 1.0
) -> Reconstruction:
    """Rebuild patients from landmarks, a median and counts.

    Parameters
    ----------
    curve : Curve
        With at least one landmark or a median that was reached. Traced points are not used.
    follow_up : FollowUp, optional
        Follow-up to assume, in place of the one published for the curve's data cut. The
        patients' basis holds it, so that a comparison is checked against it.
    tail : float
        Hazard beyond the last published point over the hazard before it.

    Returns
    -------
    Reconstruction
        With exactly `curve.n` patients, and exactly the printed number of events if there
        is one.

    Raises
    ------
    ContradictionError
        If nothing fixes the curve, something is printed for a time beyond the longest
        follow-up, or the number of events cannot hold with the rates and the follow-up;
        the message says which numbers are possible.
    InputError
        If `tail` is not above 0.

    Notes
    -----
    Nothing is known about the curve beyond `Reconstruction.published_to`; its shape there,
    and between published points, is an assumption, whose uncertainty is not in the interval
    of anything estimated from these patients.

    Examples
    --------
    >>> from survcomp import Curve, MedianTime
    >>> from survcomp.reconstruction import piecewise_exponential
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="PFS", n=128,
    ...               median=MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6))
    >>> rebuilt = piecewise_exponential(curve)
    >>> rebuilt.ipd.n, rebuilt.published_to
    (128, 8.8)
    """
    check_type(curve, Curve, name="curve", taken="a Curve, such as `Trial.curve` gives")
    if not (math.isfinite(tail) and tail > 0):
        raise InputError(f"`tail` must be above 0; got {tail!r}.")
    refuse_earlier_cuts(curve, method="the piecewise-exponential method")
    curve.check_within(follow_up)
    knots = _knots(curve)
    published_to = float(knots.time[-1])
    follow, words = _follow(curve, follow_up)
    hazard = _with_tail(knots, curve, follow, tail)
    if curve.events is not None:
        follow = _meet_events(curve, hazard, follow)
        words += f"; bent so that the {curve.events} published events are met"
    ipd = _place(curve, hazard, follow)
    hazard, ipd, lowered = _keep_median_unreached(curve, hazard, follow, ipd)
    if follow_up is not None:
        ipd = replace(ipd, basis=curve.basis.with_follow_up(follow_up))
    notes = []
    if knots.levelled:
        notes.append("published points that rise within their rounding were levelled")
    if lowered:
        notes.append("the tail hazard was lowered so that the median stays unreached, as published")
    notes += _assumptions(curve, hazard, follow, published_to, tail)
    used: set[Kind] = {"landmarks", "median"}
    if curve.events is not None:
        used.add("events")
    return Reconstruction(
        curve=curve,
        ipd=ipd,
        method="piecewise exponential",
        fidelity=_limit_as_used(
            compare_with_published(curve, ipd, used=frozenset(used)), curve, follow_up
        ),
        published_to=published_to,
        censoring=words,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Knots:
    """Published points from (0, 0) on; `levelled` where some rose within their rounding."""

    time: FloatArray
    cumulative: FloatArray
    levelled: bool


def _knots(curve: Curve) -> _Knots:
    points = {landmark.time: landmark.survival for landmark in curve.landmarks}
    if curve.median is not None and curve.median.is_reached:
        points.setdefault(curve.median.estimate, 0.5)
    points.pop(0.0, None)
    if not points:
        raise ContradictionError(
            f"{curve.id}: rests on {SUPPORT_MEANING['counts']} ({_printed(curve)}); give a "
            "survival rate or a median that was reached."
        )
    time = np.array(sorted(points))
    survival = np.array([points[t] for t in time])
    # a rise within rounding (Curve refuses larger ones), such as S(9) = 0.49 before a median
    level = np.minimum.accumulate(survival)
    floor = 0.5 / curve.n  # a rate of 0 means fewer than half a patient
    cumulative = -np.log(np.maximum(level, floor))
    return _Knots(
        time=np.concatenate(([0.0], time)),
        cumulative=np.concatenate(([0.0], cumulative)),
        levelled=bool(np.any(level < survival)),
    )


def _printed(curve: Curve) -> str:
    parts = [f"{count.count} {count.kind}" for count in curve.counts]
    if curve.median is not None:
        parts.append("median not reached")
    return ", ".join(parts) or "n only"


def _follow(curve: Curve, given: FollowUp | None) -> tuple[Follow, str]:
    printed = curve.basis.cut.follow_up if curve.basis.cut else None
    follow_up = given or printed
    unit = curve.time_unit
    if follow_up is None:
        end = curve.last_published_time
        if curve.events is not None:
            return Follow(0.0, end / 2, end, "solved"), (
                "no follow-up is published: censoring times are taken to be uniform from 0 on, "
                "their end found from the number of events"
            )
        return Follow(end, end, end, "complete"), (
            f"no follow-up is published: everybody is taken to be followed to {end:g} {unit}, the "
            "last published time, and nobody beyond it"
        )
    last = curve.last_published_time
    high, reason = (
        follow_up.longest,
        _origin(follow_up.longest, printed.longest if printed else None),
    )
    if high is None:
        high = max(LONGEST_OVER_MEDIAN * follow_up.median, last)
        reason = f"taken as {LONGEST_OVER_MEDIAN:g} times the median"
        if high == last:
            reason = "the last published time"
    high = max(high, last)  # a longest follow-up may lie below it by rounding
    low = max(0.0, 2 * follow_up.median - high)
    origin = _origin(follow_up.median, printed.median if printed else None)
    return Follow(low, min(follow_up.median, high), high, "published"), (
        "assumed: administrative only, half of the censoring times uniform from "
        f"{time_words(low)} to the {origin} median follow-up of {follow_up.median:g} {unit} and "
        f"half from there to {time_words(high)} (longest follow-up, {reason})"
    )


def _limit_as_used(fidelity: Fidelity, curve: Curve, given: FollowUp | None) -> Fidelity:
    """A limit of the median that tells how long somebody was followed is not held out."""
    median = curve.median
    if median is None:
        return fidelity
    without = replace(curve, median=replace(median, ci_low=None, ci_high=None))
    if _follow(without, given)[0] == _follow(curve, given)[0]:
        return fidelity
    limits = {"lower limit": median.ci_low, "upper limit": median.ci_high}
    last = [f"median, {side}" for side, t in limits.items() if t == curve.last_published_time]
    return Fidelity(
        rows=tuple(as_used(row) if row.quantity in last else row for row in fidelity.rows)
    )


def _origin(used: float | None, printed: float | None) -> str:
    return "published" if used == printed else "assumed"


def _with_tail(knots: _Knots, curve: Curve, follow: Follow, tail: float) -> Hazard:
    """Continue the late hazard; not below one half where the median was not reached."""
    time, cumulative = knots.time, knots.cumulative
    half = 0.5 * time[-1]
    rate = tail * float(cumulative[-1] - np.interp(half, time, cumulative)) / half
    hazard = Hazard(time, cumulative, rate)
    if curve.median is None or curve.median.is_reached or follow.high <= time[-1]:
        return hazard
    room = (math.log(2.0) - float(cumulative[-1]) - 1.0 / curve.n) / (follow.high - time[-1])
    return replace(hazard, tail_rate=min(rate, max(room, 0.0)))


def _meet_events(curve: Curve, hazard: Hazard, follow: Follow) -> Follow:
    """Bend the censoring until the expected number of events is the published one.

    Somebody was followed to the last published time: with more events the end moves beyond
    it where no follow-up is published, with fewer the censoring before it comes earlier.
    """
    assert curve.events is not None
    target = float(curve.events)

    def follow_at(x: float) -> Follow:
        if follow.kind == "solved" and x < 1:
            return replace(follow, warp=1.0 / x)
        if follow.kind == "solved":
            return replace(follow, middle=0.5 * x * follow.high, high=x * follow.high)
        return replace(follow, warp=x)

    def surplus(log_x: float) -> float:
        return (
            float(expected_counts(curve.n, hazard, follow_at(math.exp(log_x))).events[-1]) - target
        )

    low, high = -math.log(LARGEST_WARP), math.log(LARGEST_WARP)
    at_low, at_high = surplus(low), surplus(high)
    if at_low * at_high > 0:
        fewest, most = sorted((at_low + target, at_high + target))
        raise ContradictionError(
            f"{curve.id}: {curve.events} events of {curve.n} cannot hold with the published "
            f"rates and follow-up, which allow {math.ceil(fewest)} to {math.floor(most)}."
        )
    return follow_at(math.exp(float(brentq(surplus, low, high, xtol=1e-12))))


def _place(curve: Curve, hazard: Hazard, follow: Follow) -> IPD:
    """Whole patients: as many events in each interval as bring the curve nearest to its knot.

    Within an interval events and censorings sit at the quantiles of their expected counts;
    the last event before a published median sits at the median, which is an event's time.
    """
    expected = expected_counts(curve.n, hazard, follow)
    before_end = round(float(expected.censored[-1]))
    if curve.events is not None:
        before_end = min(before_end, curve.n - curve.events)
    censored = expected.censor_times(before_end)
    median = curve.median.estimate if curve.median and curve.median.is_reached else math.nan
    events, level = np.empty(0), 1.0
    for start, knot in pairwise(hazard.time):
        if start >= follow.high:
            break
        end = min(float(knot), follow.high)
        target = math.exp(-float(hazard.at(np.array(end))))
        options = []
        for count in expected.near(start, end):
            times = expected.event_times(start, end, count, to_the_end=end == median)
            reached = level * _product(curve.n, events.size, censored, times)
            not_down = end == median and reached > 0.5 + 1e-12
            options.append((abs(reached - target) + not_down, count, reached, times))
        _, _, level, times = min(options, key=lambda option: option[:2])
        events = np.concatenate([events, times])
    events = _tail_events(curve, hazard, follow, expected, events)
    kept = censored[: max(curve.n - events.size - 1, 0)]  # somebody is followed to the end
    rest = curve.n - events.size - kept.size
    censoring: Censoring = "from published counts" if curve.events is not None else "assumed"
    return patients_of(
        curve, events, np.concatenate([kept, np.full(rest, follow.high)]), censoring=censoring
    )


def _tail_events(
    curve: Curve, hazard: Hazard, follow: Follow, expected: Expected, events: FloatArray
) -> FloatArray:
    """Events beyond the last knot: those that are left of the published total, or expected."""
    start = min(float(hazard.time[-1]), follow.high)
    if curve.events is None:
        count = round(expected.between(start, follow.high))
        return np.concatenate([events, expected.event_times(start, follow.high, count)])
    if events.size > curve.events:  # rounding put one too many before the last knot
        return events[: curve.events]
    count = curve.events - events.size
    if follow.high <= start:
        start = float(hazard.time[-2])
    return np.concatenate([events, expected.event_times(start, follow.high, count)])


def _product(n: int, before: int, censored: FloatArray, times: FloatArray) -> float:
    """Factor of the Kaplan-Meier curve over these event times."""
    gone = np.searchsorted(censored, times, side="left")
    at_risk = n - before - np.arange(times.size) - gone
    return float(np.prod(1.0 - 1.0 / np.maximum(at_risk, 1)))


def _keep_median_unreached(
    curve: Curve, hazard: Hazard, follow: Follow, ipd: IPD
) -> tuple[Hazard, IPD, bool]:
    """Lower the tail until the rebuilt median is not reached either, if that is published.

    The hazard and the patients after it, and whether it was lowered.
    """
    if curve.median is None or curve.median.is_reached:
        return hazard, ipd, False
    lowered = False
    for _ in range(60):
        if math.isinf(kaplan_meier(ipd).median().value):
            break
        hazard = replace(hazard, tail_rate=0.8 * hazard.tail_rate)
        if curve.events is not None:
            follow = _meet_events(curve, hazard, follow)
        ipd = _place(curve, hazard, follow)
        lowered = True
    return hazard, ipd, lowered


def _assumptions(
    curve: Curve, hazard: Hazard, follow: Follow, published_to: float, tail: float
) -> list[str]:
    unit = curve.time_unit
    points = hazard.time.size - 1
    notes = [
        f"Rests on {SUPPORT_MEANING[curve.support]}: the hazard is taken to be constant between "
        f"{points} published {'point' if points == 1 else 'points'}, so the shape of the curve is "
        "an assumption."
    ]
    if follow.high > published_to:
        factor = "" if tail == 1.0 else f" times {tail:g}"
        notes.append(
            f"Beyond {published_to:g} {unit} nothing published fixes the curve: the average hazard "
            f"of the second half of the published range{factor} is continued to "
            f"{time_words(follow.high)} {unit}."
        )
    if curve.events is None:
        notes.append("The number of events is not published; it follows from the assumptions.")
    return notes
