"""Numbers of an earlier data cut beside what patients rebuilt at the latest cut predict of them.

For methods that use the latest cut alone, so that every earlier number is held out. Censored
patients at the latest cut tell the entry pattern: those censored before the time D between
the cuts had dropped out, the others are taken to have been censored by the cut itself, and
so D sooner at the earlier one. What shorter follow-up leaves open is allowed for by
Var(earlier - latest) = sum of d / Y_latest (1 / Y_earlier - 1 / Y_latest) on the log scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from survcomp.estimation.kaplan_meier import kaplan_meier
from survcomp.estimation.survival_curve import KMResult
from survcomp.reconstruction.fidelity import COUNT_TOLERANCE
from survcomp.values.checks import FloatArray, printed_step, time_words
from survcomp.values.curves.curve import Curve, EarlierCut
from survcomp.values.curves.printed import Count, Landmark, MedianTime
from survcomp.values.patients.ipd import IPD
from survcomp.values.reconstruction import AGREES_WITHIN, FidelityRow, Kind


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    """What the patients of the latest cut lead one to expect at an earlier one.

    Attributes
    ----------
    km : KMResult
        Of the latest cut.
    event_time : ndarray of shape (events,)
        In order of time.
    at_risk, share : ndarray of shape (events,)
        Y at the latest cut, and the part of it at risk at the earlier cut too.
    followed : KMResult
        Curve of censoring at the latest cut.
    gap, end : float
        Time between the cuts; longest follow-up at the latest cut.
    """

    km: KMResult
    event_time: FloatArray
    at_risk: FloatArray
    share: FloatArray
    followed: KMResult
    gap: float
    end: float

    def survival(self, time: float) -> float:
        return float(self.km([min(max(time, 0.0), self.end)])[0])

    def now_at_risk(self, time: float) -> float:
        """Expected patients at risk at the earlier cut."""
        still = _followed_then(self.followed, np.array([time]), self.gap, self.end)
        return float(self.km.n * self.survival(time) * still[0])

    def at_risk_sd(self, time: float) -> float:
        """Standard deviation of that number, given who is at risk at the latest cut."""
        now = float(self.km.at_risk_at([time])[0])
        then = min(self.now_at_risk(time), now)
        return math.sqrt(then * (1.0 - then / now)) if now > 0 else 0.0

    def slack(self, time: float) -> float:
        """Largest difference of the two cuts' curves that chance explains, and one patient."""
        before = self.event_time <= time
        share = np.maximum(self.share[before], 1.0 / self.at_risk[before])
        variance = float(np.sum((1.0 / share - 1.0) / self.at_risk[before] ** 2))
        level = self.survival(time)
        return AGREES_WITHIN * level * math.sqrt(variance) + level / max(self.now_at_risk(time), 1)

    def events(self, time: float) -> tuple[float, float]:
        """Expected events by a time at the earlier cut, and their standard deviation."""
        share = self.share[self.event_time <= time]
        return float(share.sum()), float(np.sqrt(np.sum(share * (1.0 - share))))


def earlier_rows(curve: Curve, ipd: IPD) -> tuple[FidelityRow, ...]:
    """Rates, medians, counts and numbers at risk of earlier cuts, as held out.

    Parameters
    ----------
    curve : Curve
        With `earlier`; without, there are no rows.
    ipd : IPD
        Patients rebuilt at the latest cut.
    """
    rows: list[FidelityRow] = []
    for cut in reversed(curve.earlier):
        rows += _rows(cut, _expected(ipd, cut.time_before))
    return tuple(rows)


def not_used_note(curve: Curve) -> list[str]:
    """That a method used the latest cut alone, in words."""
    if not curve.earlier:
        return []
    listed = ", ".join(
        f"{cut.label!r} ({time_words(cut.time_before)} {curve.time_unit} earlier "
        f"by the {cut.origin})"
        for cut in reversed(curve.earlier)
    )
    return [
        f"Earlier cuts were not used: {listed}. The figure is of the latest cut. Their rates, "
        "medians, counts and numbers at risk are held out and compared, with what shorter "
        "follow-up leaves open; their intervals, ticks and traced points are not compared."
    ]


def _expected(ipd: IPD, gap: float) -> _Expected:
    km = kaplan_meier(ipd)
    reversed_ = IPD.from_times(
        ipd.time[~ipd.event],
        ipd.time[ipd.event],
        arm=ipd.arms[0],
        time_unit=ipd.time_unit,
        origin=ipd.origin,
    )
    followed, end = kaplan_meier(reversed_), float(ipd.time.max())
    time = np.sort(ipd.time[ipd.event])
    then = _followed_then(followed, time, gap, end)
    now = np.maximum(_at(followed, time, end), 1e-12)
    return _Expected(
        km=km,
        event_time=np.asarray(time),
        at_risk=np.maximum(km.at_risk_at(time), 1.0),
        share=np.clip(then / now, 0.0, 1.0),
        followed=followed,
        gap=gap,
        end=end,
    )


def _at(followed: KMResult, time: FloatArray, end: float) -> FloatArray:
    return np.asarray(followed(np.minimum(time, end)))


def _followed_then(followed: KMResult, time: FloatArray, gap: float, end: float) -> FloatArray:
    """G at the earlier cut: dropped out by then, and censored by the cut."""
    if gap >= end:
        return np.zeros_like(time)
    entered = float(_at(followed, np.array([gap]), end)[0])
    by_cut = np.where(time + gap <= end, _at(followed, time + gap, end) / max(entered, 1e-12), 0.0)
    return by_cut * _at(followed, np.minimum(time, gap), end)


def _rows(cut: EarlierCut, expected: _Expected) -> Iterator[FidelityRow]:
    curve = cut.curve
    for mark in curve.landmarks:
        yield _landmark_row(cut.label, mark, expected)
    if curve.median is not None:
        yield _median_row(cut.label, curve, curve.median, expected)
    for count in curve.counts:
        yield _count_row(cut.label, curve.n, count, expected)
    if curve.at_risk is not None:
        for time, count in zip(curve.at_risk.time, curve.at_risk.count, strict=True):
            rebuilt = expected.now_at_risk(float(time))
            slack = _count_slack(float(count), expected.at_risk_sd(float(time)))
            good = abs(rebuilt - count) <= slack
            yield _row(
                f"{cut.label}: at risk at {time:g}",
                float(count),
                rebuilt,
                "patients",
                kind="at_risk",
                good=good,
            )


def _row(
    quantity: str, published: float, rebuilt: float, unit: str, *, kind: Kind, good: bool
) -> FidelityRow:
    return FidelityRow(
        quantity=quantity,
        kind=kind,
        published=float(published),
        rebuilt=float(rebuilt),
        unit=unit,
        role="held out",
        verdict="agrees" if good else "differs",
    )


def _landmark_row(label: str, mark: Landmark, expected: _Expected) -> FidelityRow:
    rebuilt = expected.survival(mark.time)
    known = mark.time <= expected.end
    good = known and abs(rebuilt - mark.survival) <= mark.half_step + expected.slack(mark.time)
    name = f"{label}: S({mark.time:g})"
    return _row(name, mark.survival, rebuilt, "probability", kind="landmarks", good=good)


def _median_row(label: str, curve: Curve, median: MedianTime, expected: _Expected) -> FidelityRow:
    """The curve passes one half where the earlier cut says so, or stays above it there."""
    rebuilt = float(expected.km.median().value)
    if median.is_reached:
        half = 0.5 * printed_step(median.estimate)
        slack = expected.slack(median.estimate)
        good = (
            expected.survival(median.estimate - half) >= 0.5 - slack
            and expected.survival(median.estimate + half) <= 0.5 + slack
        )
    else:
        last = max(expected.end - expected.gap, curve.last_published_time)
        good = expected.survival(last) > 0.5 - expected.slack(last)
    unit = curve.time_unit
    return _row(f"{label}: median", median.estimate, rebuilt, unit, kind="median", good=good)


def _count_slack(count: float, deviation: float) -> float:
    return max(2.0, COUNT_TOLERANCE * count) + AGREES_WITHIN * deviation


def _count_row(label: str, n: int, count: Count, expected: _Expected) -> FidelityRow:
    time = math.inf if count.time is None else count.time
    by = "" if count.time is None else f" by {count.time:g}"
    events, sd = expected.events(time)
    slack = _count_slack(count.count, sd)
    if count.kind == "event-free by time":
        rebuilt = expected.now_at_risk(time)
        slack = _count_slack(count.count, expected.at_risk_sd(time))
        name, good = (
            f"event-free and followed at {time:g}, at least",
            count.count - slack <= rebuilt,
        )
    elif count.kind == "event-free at cut":
        rebuilt = n - events
        name, good = "event-free at the cut", abs(rebuilt - count.count) <= slack
    elif count.kind == "event-free and followed at cut":
        rebuilt = n - events
        name, good = "event-free at the cut, at least", count.count - slack <= rebuilt
    elif count.kind == "progressions by time":
        rebuilt = events
        name, good = f"events{by}, at least", count.count - slack <= rebuilt
    else:
        rebuilt = events
        name, good = f"events{by}", abs(rebuilt - count.count) <= slack
    kind: Kind = "events" if count.kind == "events" else "counts"
    return _row(f"{label}: {name}", count.count, rebuilt, "patients", kind=kind, good=good)
