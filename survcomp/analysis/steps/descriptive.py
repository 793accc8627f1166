"""Published curves that are shown but not compared, such as the duration of response."""

from __future__ import annotations

from collections.abc import Iterator

from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.step import Step
from survcomp.analysis.plan.tables.beside import DescriptiveTable
from survcomp.analysis.steps.parts.context import Context
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.errors import InputError
from survcomp.values.curves.curve import Curve
from survcomp.values.curves.printed import Count, MedianTime
from survcomp.values.response import Response
from survcomp.values.trial import Trial


def run_descriptive(context: Context, tables: tuple[DescriptiveTable, ...]) -> None:
    """Record every curve that is shown."""
    for index, table in enumerate(tables):
        _run(index, table, context.evidence, context.recorder)


def _run(index: int, table: DescriptiveTable, evidence: Evidence, recorder: Recorder) -> None:
    """Record a published median or count that is shown and not compared, and of whom it is."""
    prefix = f"descriptive/{index}"
    trial = evidence.trial(table.trial)
    recorder.under(
        prefix,
        rests_on=_anchors(table, trial),
        settings=[f"descriptive.{index}"],
    )
    curve = trial.curve(arm=table.arm, endpoint=table.endpoint, cut=table.cut)
    shown = curve.median or _ongoing(curve)
    if shown is None:
        raise InputError(
            f"descriptive[{index}]: {curve.id} has no published median and no number of patients "
            "without event at the cut to show."
        )
    recorder.text(f"{prefix}/study", trial.name)
    recorder.text(f"{prefix}/label", trial.arm(table.arm).label)
    recorder.text(f"{prefix}/endpoint", table.endpoint)
    recorder.text(f"{prefix}/cut", table.cut)
    recorder.text(f"{prefix}/analysis_set", curve.basis.analysis_set)
    _record_duration(prefix, curve, shown, recorder)
    if table.responders_of is not None:
        _record_of_all(prefix, _responders(table, trial), curve, recorder)
    if table.responders_cut is not None:
        recorder.text(f"{prefix}/responders_cut", table.responders_cut)


def _anchors(table: DescriptiveTable, trial: Trial) -> Iterator[str]:
    """The curve, and the response that it is a share of."""
    yield f"curve:{table.trial}/{table.arm}/{table.endpoint}/{table.cut}"
    if table.responders_of is not None:
        yield f"response:{_responders(table, trial).id}"


def _record_duration(
    prefix: str, curve: Curve, shown: MedianTime | Count, recorder: Recorder
) -> None:
    cited = (f"citation:{curve.trial}/{shown.source}",)
    recorder.add(f"{prefix}/n", curve.n, "count", unit="patients", sources=cited)
    if curve.median is not None:
        for field in ("estimate", "ci_low", "ci_high"):
            value = getattr(curve.median, field)
            if value is not None:
                id = f"{prefix}/median/{field}"
                recorder.add(id, value, "published", unit=curve.time_unit, sources=cited)
    ongoing = _ongoing(curve)
    if ongoing is not None:
        cited = (f"citation:{curve.trial}/{ongoing.source}",)
        recorder.add(f"{prefix}/ongoing", ongoing.count, "count", unit="patients", sources=cited)


def _responders(table: DescriptiveTable, trial: Trial) -> Response:
    """The rate at the cut of the curve, or at the cut that the analysis names for it."""
    assert table.responders_of is not None
    cut = table.responders_cut or table.cut
    return trial.response(arm=table.arm, outcome=table.responders_of, cut=cut, n=table.n)


def _record_of_all(prefix: str, response: Response, curve: Curve, recorder: Recorder) -> None:
    """The responders as a share of all treated, and how many of all are still in response."""
    cited = (f"citation:{curve.trial}/{response.source}",)
    recorder.add(f"{prefix}/responders", response.events, "count", unit="patients", sources=cited)
    recorder.add(f"{prefix}/treated", response.n, "count", unit="patients", sources=cited)
    rate = response.events / response.n
    recorder.add(f"{prefix}/rate", rate, "closed form", unit="probability", sources=cited)
    if curve.median is not None and curve.median.is_reached:
        # half of the responders are still in response at the median, by definition of the median
        came_from = (f"{prefix}/rate", f"{prefix}/median/estimate")
        id = f"{prefix}/in_response_at_median"
        recorder.add(id, 0.5 * rate, "closed form", unit="probability", sources=came_from)
    ongoing = _ongoing(curve)
    if ongoing is not None:
        share = ongoing.count / response.n
        came_from = (f"{prefix}/ongoing", f"{prefix}/treated")
        id = f"{prefix}/in_response_at_cut"
        recorder.add(id, share, "closed form", unit="probability", sources=came_from)


def _ongoing(curve: Curve) -> Count | None:
    """The published number still without event at the cut, or in follow-up without event."""
    kinds = ("event-free at cut", "event-free and followed at cut")
    return next((count for count in curve.counts if count.kind in kinds), None)


STEP = Step(
    key="descriptive",
    place=40,
    table=DescriptiveTable,
    run=run_descriptive,
    about="Shown only.",
    answers=False,
)
