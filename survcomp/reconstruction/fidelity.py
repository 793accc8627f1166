"""Published numbers beside those of the rebuilt patients."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from survcomp.estimation.kaplan_meier import kaplan_meier
from survcomp.estimation.over_draws.draw_curves import draw_curve
from survcomp.estimation.survival_curve import KMResult
from survcomp.values.checks import FloatArray, printed_step, time_words
from survcomp.values.curves.curve import Curve
from survcomp.values.curves.printed import Count, Landmark, MedianTime
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD
from survcomp.values.reconstruction import (
    AGREES_WITHIN,
    Fidelity,
    FidelityRow,
    Kind,
    Role,
    Verdict,
)

LIMIT_TOLERANCE = 0.02
"""A held-out limit of a survival rate agrees within two points."""

MEDIAN_LIMIT_TOLERANCE = 0.1
"""A held-out limit of a median agrees within 10 %."""

USED_COUNT_TOLERANCE = 1.0
"""A count that was used, other than the total of events, is met within one patient: it is fitted
as an expected number, of which whole patients are made."""

COUNT_TOLERANCE = 0.1
"""A held-out count of patients agrees within 10 % of the patients, or two of them."""


def compare_with_published(
    curve: Curve, ipd: IPD, *, used: frozenset[Kind], ensemble: Ensemble | None = None
) -> Fidelity:
    """Put every published number of a curve beside that of the rebuilt patients.

    Parameters
    ----------
    curve : Curve
        What was published.
    ipd : IPD
        The rebuilt patients.
    used : frozenset of Kind
        Kinds of numbers that the method was made to fit: "landmarks", "median", "intervals",
        "events", "counts" (all others), "at_risk", "points". Every other one is held out, so
        that it may not have moved a patient.
    ensemble : Ensemble, optional
        Draws, for the spread of every rebuilt number. A held-out number agrees within the
        tolerances of this module, or within 1.96 standard deviations of the draws.

    Returns
    -------
    Fidelity
        Intervals are compared on the log-log scale at the published level. A rate at a time that no
        rebuilt patient is followed to is not met, whatever the curve was at its end.
    """
    rows = _rows(curve, ipd, kaplan_meier(ipd), used)
    if ensemble is None:
        return Fidelity(rows=tuple(rows))
    drawn = np.array(
        [[row.rebuilt for row in _rows(curve, d, draw_curve(d), used)] for d in ensemble]
    )
    return Fidelity(
        rows=tuple(_with_spread(row, values) for row, values in zip(rows, drawn.T, strict=True))
    )


def _with_spread(row: FidelityRow, drawn: FloatArray) -> FidelityRow:
    if not np.isfinite(drawn).all():  # a time that some draws do not reach has no variance
        return row
    spread = replace(row, sd=float(np.std(drawn, ddof=1)))
    near = abs(spread.difference_in_sd) <= AGREES_WITHIN
    return replace(spread, verdict="agrees") if near and spread.verdict == "differs" else spread


def _rows(curve: Curve, ipd: IPD, estimate: KMResult, used: frozenset[Kind]) -> list[FidelityRow]:
    rows: list[FidelityRow] = [
        _row("n", curve.n, ipd.n, "patients", "used", kind="n", good=ipd.n == curve.n)
    ]
    for landmark in curve.landmarks:
        rows += _landmark_rows(
            landmark, estimate, _role("landmarks", used), _role("intervals", used)
        )
    if curve.median is not None:
        rows += _median_rows(
            curve.median, curve, estimate, _role("median", used), _role("intervals", used)
        )
    for count in curve.counts:
        kind: Kind = "events" if count.kind == "events" else "counts"
        rows.append(_count_row(count, ipd, estimate, _role(kind, used)))
    if curve.at_risk is not None:
        rows += _at_risk_rows(curve, estimate, _role("at_risk", used))
    if curve.points is not None:
        rows.append(_points_row(curve, estimate))
    return rows


def _role(kind: Kind, used: frozenset[Kind]) -> Role:
    return "used" if kind in used else "held out"


def as_used(row: FidelityRow) -> FidelityRow:
    """A held-out row as one of a number that the method did use."""
    verdict: Verdict = "met" if row.verdict in ("met", "agrees") else "missed"
    return replace(row, role="used", verdict=verdict)


def _row(
    quantity: str,
    published: float,
    rebuilt: float,
    unit: str,
    role: Role,
    *,
    kind: Kind,
    good: bool,
    rounding: float = 0.0,
) -> FidelityRow:
    verdicts: dict[tuple[Role, bool], Verdict] = {
        ("used", True): "met",
        ("used", False): "missed",
        ("held out", True): "agrees",
        ("held out", False): "differs",
    }
    return FidelityRow(
        quantity=quantity,
        kind=kind,
        published=float(published),
        rebuilt=float(rebuilt),
        unit=unit,
        role=role,
        verdict=verdicts[role, bool(good)],
        rounding=rounding,
    )


def _one_patient(estimate: KMResult, time: float) -> float:
    """Drop of the curve that one more event at `time` would cause."""
    at_risk = float(estimate.at_risk_at([time])[0])
    return 1.0 / estimate.n if at_risk < 1 else float(estimate([time])[0]) / at_risk


def _landmark_rows(
    landmark: Landmark, estimate: KMResult, role: Role, limits: Role
) -> Iterator[FidelityRow]:
    name = f"S({landmark.time:g})"
    end = estimate.end
    known = landmark.time <= end or estimate.survival[-1:].sum() == 0
    time = landmark.time if known else end
    if not known:
        name += f" (rebuilt patients end at {time_words(end)})"
    at = estimate.at(time)
    slack = landmark.half_step + _one_patient(estimate, time)
    good = known and abs(at.value - landmark.survival) <= slack
    rounding = landmark.half_step / math.sqrt(3.0)
    yield _row(
        name,
        landmark.survival,
        at.value,
        "probability",
        role,
        kind="landmarks",
        good=good,
        rounding=rounding,
    )
    for side, published, rebuilt in (
        ("lower limit", landmark.ci_low, at.ci_low),
        ("upper limit", landmark.ci_high, at.ci_high),
    ):
        if published is not None:
            close = known and abs(rebuilt - published) <= LIMIT_TOLERANCE
            yield _row(
                f"{name}, {side}",
                published,
                rebuilt,
                "probability",
                limits,
                kind="intervals",
                good=close,
                rounding=rounding,
            )


def _median_rows(
    median: MedianTime, curve: Curve, estimate: KMResult, role: Role, limits: Role
) -> Iterator[FidelityRow]:
    rebuilt = estimate.median()
    unit = curve.time_unit
    yield _row(
        "median",
        median.estimate,
        rebuilt.value,
        unit,
        role,
        kind="median",
        good=_median_met(median, estimate),
        rounding=_time_rounding(median.estimate),
    )
    for side, published, value in (
        ("lower limit", median.ci_low, rebuilt.ci_low),
        ("upper limit", median.ci_high, rebuilt.ci_high),
    ):
        if published is not None:
            close = _times_close(value, published)
            yield _row(
                f"median, {side}",
                published,
                value,
                unit,
                limits,
                kind="intervals",
                good=close,
                rounding=_time_rounding(published),
            )


def _time_rounding(time: float) -> float:
    return printed_step(time) / math.sqrt(12.0) if math.isfinite(time) else 0.0


def _median_met(median: MedianTime, estimate: KMResult) -> bool:
    """Whether the curve crosses one half within rounding and one patient of the median."""
    rebuilt = estimate.median().value
    if not median.is_reached or math.isinf(rebuilt):
        return median.is_reached == math.isfinite(rebuilt)
    half = 0.5 * printed_step(median.estimate)
    end = estimate.end
    before, after = max(median.estimate - half, 0.0), min(median.estimate + half, end)
    if before > end and estimate.survival[-1] > 0:
        return False  # nobody rebuilt is followed to the published median
    slack = _one_patient(estimate, before)
    return bool(estimate([before])[0] >= 0.5 - slack and estimate([after])[0] <= 0.5 + slack)


def _times_close(rebuilt: float, published: float) -> bool:
    if math.isinf(rebuilt) or math.isinf(published):
        return rebuilt == published
    return abs(rebuilt - published) <= MEDIAN_LIMIT_TOLERANCE * published


def _count_row(count: Count, ipd: IPD, estimate: KMResult, role: Role) -> FidelityRow:
    kind: Kind = "events" if count.kind == "events" else "counts"
    name, rebuilt, bound = _rebuilt_count(count, ipd, estimate)
    slack = max(2.0, COUNT_TOLERANCE * count.count)
    if role == "used":
        slack = 0.0 if kind == "events" else USED_COUNT_TOLERANCE
    good = rebuilt >= count.count - slack and (bound or rebuilt <= count.count + slack)
    return _row(name, count.count, rebuilt, "patients", role, kind=kind, good=good)


def _rebuilt_count(count: Count, ipd: IPD, estimate: KMResult) -> tuple[str, float, bool]:
    """What it is in words, the same of the rebuilt patients, and whether it is a lower bound."""
    if count.kind == "events":
        return "events", float(ipd.n_events), False
    if count.kind == "event-free at cut":
        return "event-free at the cut", float(ipd.n - ipd.n_events), False
    if count.kind == "event-free and followed at cut":
        # those who left before the cut are event-free too, and not in the published number
        return "event-free at the cut, at least", float(ipd.n - ipd.n_events), True
    assert count.time is not None
    if count.kind == "event-free by time":
        # published patients are among those at risk: fewer rebuilt ones would contradict it
        at_risk = float(estimate.at_risk_at([count.time])[0])
        return f"event-free and followed at {count.time:g}, at least", at_risk, True
    events = float(((ipd.time <= count.time) & ipd.event).sum())
    if count.kind == "progressions by time":  # deaths are left out of the published number
        return f"events by {count.time:g}, at least", events, True
    return f"events by {count.time:g}", events, False


def _at_risk_rows(curve: Curve, estimate: KMResult, role: Role) -> Iterator[FidelityRow]:
    assert curve.at_risk is not None
    rebuilt = estimate.at_risk_at(curve.at_risk.time)
    for time, published, value in zip(
        curve.at_risk.time, curve.at_risk.count, rebuilt, strict=True
    ):
        yield _row(
            f"at risk at {time:g}",
            published,
            value,
            "patients",
            role,
            kind="at_risk",
            good=value == published,
        )


def _points_row(curve: Curve, estimate: KMResult) -> FidelityRow:
    """Largest distance of the traced points from the rebuilt curve, allowing for a step in x."""
    assert curve.points is not None
    points = curve.points
    end = estimate.end
    early = np.clip(points.time - points.time_resolution, 0.0, end)
    late = np.minimum(points.time + points.time_resolution, end)
    beyond = np.maximum(estimate(late) - points.survival, points.survival - estimate(early))
    worst = max(0.0, float(beyond.max()))
    limit = points.survival_resolution + 1.0 / curve.n
    return FidelityRow(
        quantity="largest distance of a traced point",
        kind="points",
        published=0.0,
        rebuilt=worst,
        unit="probability",
        role="used",
        verdict="met" if worst <= limit else "missed",
    )
