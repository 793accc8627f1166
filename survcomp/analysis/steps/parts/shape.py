"""What the curves of a comparison look like: survival by time, follow-up, hazards, their ratio."""

from __future__ import annotations

from survcomp.analysis.plan.tables.settings import SettingsTable
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.sides import EXACT, Side
from survcomp.comparison.two_arms.cox import may_have_p
from survcomp.errors import InputError
from survcomp.estimation import (
    interval_hazards,
    kaplan_meier,
    median_follow_up,
    proportional_hazards_test,
)
from survcomp.values.checks import FloatArray
from survcomp.values.records.results import Kind

FITTED: Kind = "optimised"
FEWEST_AT_RISK = 10
"""Below this number at risk a curve's tail says little; reports mark where that begins."""


def record_shape(
    prefix: str, sides: list[Side], times: FloatArray, settings: SettingsTable, recorder: Recorder
) -> None:
    """Record both curves at round times, follow-up, hazards between those times, and PH.

    Hazards and their ratio are those of the data where patients are observed or a figure was
    traced. A curve that is known by a few printed numbers has the hazard that rebuilding gave
    it, so that nothing could be learnt from it; the record then says so.
    """
    for name, side in zip(("treatment", "comparator"), sides, strict=True):
        _record_by_time(f"{prefix}/{name}", side, times, settings, recorder)
    path = f"{prefix}/proportional_hazards"
    unknown = [side for side in sides if not _has_a_shape(side)]
    if unknown:
        names = " and ".join(f"{side.study}, {side.label}" for side in unknown)
        what = "are known" if len(unknown) > 1 else "is known"
        recorder.text(
            f"{path}/not_available",
            f"Proportional hazards cannot be assessed: {names} {what} by a few printed numbers, "
            "between which the hazard is that of the rebuilding.",
        )
        return
    for name, side in zip(("treatment", "comparator"), sides, strict=True):
        _record_hazards(f"{prefix}/{name}/hazard", side, times, settings, recorder)
    _record_test(path, sides, recorder)


def _has_a_shape(side: Side) -> bool:
    return side.rebuilt is None or side.rebuilt.curve.support.startswith("figure")


def _record_by_time(
    prefix: str, side: Side, times: FloatArray, settings: SettingsTable, recorder: Recorder
) -> None:
    curve = kaplan_meier(side.ipd, ci_transform=settings.ci_transform, level=settings.level)
    end = curve.end
    followed = [float(t) for t in times if 0 < t <= end]
    points = [curve.at(t) for t in followed]
    unit, path = side.ipd.time_unit, f"{prefix}/km/by_time"
    recorder.add(f"{path}/time", tuple(followed), "series", unit=unit)
    for field, values in (
        ("survival", tuple(point.value for point in points)),
        ("ci_low", tuple(point.ci_low for point in points)),
        ("ci_high", tuple(point.ci_high for point in points)),
    ):
        recorder.add(f"{path}/{field}", values, "series", unit="probability")
    events = tuple(float((side.ipd.event & (side.ipd.time <= t)).sum()) for t in followed)
    recorder.add(f"{path}/events", events, "series", unit="patients")
    at_risk = tuple(map(float, curve.at_risk_at(followed))) if followed else ()
    recorder.add(f"{path}/at_risk", at_risk, "series", unit="patients")
    followed_to = curve.follow_up[0]
    few = float(followed_to[-FEWEST_AT_RISK]) if curve.n >= FEWEST_AT_RISK else 0.0
    recorder.add(f"{prefix}/km/few_at_risk_after", few, EXACT, unit=unit)
    median = median_follow_up(side.ipd, ci_transform=settings.ci_transform, level=settings.level)
    for field, value in (
        ("estimate", median.value),
        ("ci_low", median.ci_low),
        ("ci_high", median.ci_high),
    ):
        recorder.add(f"{prefix}/follow_up/{field}", value, EXACT, unit=unit)


def _record_hazards(
    path: str, side: Side, times: FloatArray, settings: SettingsTable, recorder: Recorder
) -> None:
    if len(times) < 2:
        return
    unit = side.ipd.time_unit
    rows = interval_hazards(side.ipd, [float(t) for t in times], level=settings.level).rows
    for field in ("start", "end", "time_at_risk"):
        recorder.add(f"{path}/{field}", tuple(getattr(r, field) for r in rows), "series", unit=unit)
    events = tuple(float(row.events) for row in rows)
    recorder.add(f"{path}/events", events, "series", unit="patients")
    for field in ("estimate", "ci_low", "ci_high"):
        values = tuple(getattr(row, field) for row in rows)
        recorder.add(f"{path}/{field}", values, "series", unit=f"per {unit.removesuffix('s')}")


def _record_test(path: str, sides: list[Side], recorder: Recorder) -> None:
    treatment, comparator = (side.ipd for side in sides)
    try:
        test = proportional_hazards_test(treatment, comparator)
    except InputError as error:
        recorder.text(f"{path}/not_available", f"Proportional hazards were not tested: {error}")
        return
    recorder.text(f"{path}/transform", test.transform)
    recorder.add(f"{path}/chi_squared", test.chi_squared, FITTED)
    recorder.add(f"{path}/slope", test.slope, FITTED, unit="log hazard ratio")
    if may_have_p(treatment, comparator):
        recorder.add(f"{path}/p", test.p, FITTED, unit="p value")
