"""Which published numbers cannot all be true, in words: the smallest set that conflicts."""

from __future__ import annotations

import math

from survcomp.values.curve import Curve
from survcomp.values.traced import CurvePoints


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
    start = points.at(early + 2 * dx) - 2 * dy
    stop = points.at(max(late - 2 * dx, 0.0)) + 2 * dy
    if start <= 0 or late - 2 * dx <= early + 2 * dx:
        return before
    return before * min(stop / start, 1.0)


def explain(curve: Curve) -> str:
    """Why no whole patients meet the inputs, as closely as one input at a time can tell."""
    parts = []
    if curve.events is not None:
        parts.append(f"the {curve.events} printed events")
    if curve.at_risk is not None:
        parts.append("the numbers at risk")
    if curve.ticks is not None:
        parts.append(f"the {curve.ticks.time.size} ticks")
    parts.append(f"the traced curve of {curve.n} patients")
    return (
        ", ".join(parts[:-1])
        + (" and " if len(parts) > 1 else "")
        + parts[-1]
        + " cannot hold together."
    )
