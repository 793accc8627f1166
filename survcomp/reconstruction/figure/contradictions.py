"""Which published numbers cannot all be true, in words: the smallest set that conflicts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from survcomp.values.curves.curve import Curve
from survcomp.values.curves.traced import AtRisk, CurvePoints


def impossible_row(curve: Curve) -> str | None:
    """Two numbers at risk that the curve between them forbids, in words; None if there are none.

    Of those at risk at t1 at most the share S(t2) / S(t1) is still at risk at t2: fewer
    where patients were censored in between, never more. The trace is given its resolution.
    """
    if curve.points is None or curve.at_risk is None:
        return None
    rows = [(0.0, float(curve.n)), *zip(curve.at_risk.time, curve.at_risk.count, strict=True)]
    worst: tuple[float, str] | None = None
    for i, (early, before) in enumerate(rows):
        for late, after in rows[i + 1 :]:
            if late <= early:
                continue
            most = _most_left(curve.points, float(early), float(late), float(before))
            if after > most + 1e-9 and (worst is None or after - most > worst[0]):
                high, low = curve.points.at(float(early)), curve.points.at(float(late))
                worst = (
                    float(after - most),
                    f"{after:g} at risk at time {late:g} cannot follow {before:g} at risk at time "
                    f"{early:g}: the curve falls from {high:.3g} to {low:.3g} between them, which "
                    f"leaves at most {math.floor(most)} (resolution included).",
                )
    return None if worst is None else worst[1]


def _most_left(points: CurvePoints, early: float, late: float, before: float) -> float:
    dx, dy = points.time_resolution, points.survival_resolution
    later = points.survival[points.time >= early + 2 * dx]
    start = (
        float(later[0]) if later.size else 0.0
    ) - 2 * dy  # what the curve has fallen to by then
    stop = points.at(max(late - 2 * dx, 0.0)) + 2 * dy
    if start <= 0 or late - 2 * dx <= early + 2 * dx:
        return before
    return before * min(stop / start, 1.0)


def explain(curve: Curve, *, feasible: Callable[[Curve], bool], events: tuple[int, int]) -> str:
    """Why no whole patients meet the inputs: the fewest of them that cannot hold together.

    Parameters
    ----------
    curve : Curve
        What was published.
    feasible : callable
        Whether a curve with fewer inputs can be met.
    events : tuple of int
        Fewest and most events that the trace and the table allow.
    """
    figure = f"the traced curve of {curve.n} patients"
    if curve.events is not None and feasible(_without_events(curve)):
        table = "" if curve.at_risk is None else " and the numbers at risk"
        ticks = "" if curve.ticks is None else f", beside {curve.ticks.time.size} ticks,"
        return (
            f"{curve.events} events are printed, but {figure}{table}{ticks} allow "
            f"{events[0]} to {events[1]}."
        )
    if curve.ticks is not None and feasible(replace(curve, ticks=None)):
        return (
            f"the {curve.ticks.time.size} censoring ticks cannot hold together with {figure} and "
            f"{_the_rest(curve)}."
        )
    if curve.at_risk is not None:
        rows = [
            f"{count:g} at time {time:g}"
            for time, count in zip(curve.at_risk.time, curve.at_risk.count, strict=True)
            if time > 0 and feasible(_without_row(curve, float(time)))
        ]
        if rows:
            return (
                f"no whole patients meet {figure} and these numbers at risk together; leaving out "
                f"any one of these rows would do: {', '.join(rows)}."
            )
    return f"{figure} and {_the_rest(curve)} cannot hold together."


def _without_events(curve: Curve) -> Curve:
    return replace(curve, counts=tuple(c for c in curve.counts if c.kind != "events"))


def _without_row(curve: Curve, time: float) -> Curve:
    assert curve.at_risk is not None
    kept = curve.at_risk.time != time
    if not kept.any():
        return replace(curve, at_risk=None)
    table = AtRisk.from_rows(curve.at_risk.time[kept], curve.at_risk.count[kept])
    return replace(curve, at_risk=table)


def _the_rest(curve: Curve) -> str:
    parts = []
    if curve.at_risk is not None:
        parts.append("the numbers at risk")
    if curve.events is not None:
        parts.append(f"the {curve.events} printed events")
    return " and ".join(parts) or "its own resolution"
