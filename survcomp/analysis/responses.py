"""Response comparisons and curves that are shown but not compared."""

from __future__ import annotations

from survcomp.analysis.load import Evidence
from survcomp.analysis.recorder import Recorder
from survcomp.analysis.schema import (
    DescriptiveTable,
    ResponseComparisonTable,
    ResponseSideTable,
    SettingsTable,
)
from survcomp.compare import compare_responses
from survcomp.errors import InputError, SurvcompError
from survcomp.values.curve import Curve
from survcomp.values.printed import Count, MedianTime
from survcomp.values.response import Response
from survcomp.values.trial import Trial


def run_response(
    table: ResponseComparisonTable, settings: SettingsTable, evidence: Evidence, recorder: Recorder
) -> None:
    """Compare two response rates and record the result."""
    prefix = f"response/{table.id}"
    try:
        found = compare_responses(
            _response(table.treatment, evidence),
            _response(table.comparator, evidence),
            assumptions=table.named,
            level=settings.level,
        )
    except SurvcompError as error:
        raise error.within(f"response {table.id!r}") from error
    for name in ("treatment", "comparator"):
        _record_response(f"{prefix}/{name}", getattr(found, name), evidence, recorder)
    came_from = (f"{prefix}/treatment", f"{prefix}/comparator")
    for contrast in (found.odds_ratio, found.risk_ratio, found.risk_difference):
        recorder.contrast(prefix, contrast, kind="closed form", sources=came_from)
    if found.risk_ratio_low != found.risk_ratio_high:
        for name in ("low", "high"):
            value = getattr(found, f"risk_ratio_{name}")
            id = f"{prefix}/log_rr/estimate_{name}"
            recorder.add(id, value, "closed form", unit="log risk ratio")


def _response(table: ResponseSideTable, evidence: Evidence) -> Response:
    trial = evidence.trial(table.trial)
    return trial.response(arm=table.arm, outcome=table.outcome, cut=table.cut, n=table.n)


def _record_response(
    prefix: str, response: Response, evidence: Evidence, recorder: Recorder
) -> None:
    trial = evidence.trial(response.trial)
    cited = (f"citation:{trial.id}/{response.source}",)
    recorder.text(f"{prefix}/study", trial.name)
    recorder.text(f"{prefix}/label", trial.arm(response.arm).label)
    recorder.text(f"{prefix}/outcome", response.outcome)
    recorder.text(f"{prefix}/denominator", response.basis.analysis_set)
    if response.basis.cut is not None:
        recorder.text(f"{prefix}/cut", response.basis.cut.label)
    recorder.add(f"{prefix}/events", response.events, "count", unit="patients", sources=cited)
    recorder.add(f"{prefix}/events_low", response.events_low, "count", unit="patients")
    recorder.add(f"{prefix}/events_high", response.events_high, "count", unit="patients")
    recorder.add(f"{prefix}/n", response.n, "count", unit="patients", sources=cited)
    recorder.add(f"{prefix}/rate", response.events / response.n, "closed form", unit="probability")
    if response.note:
        recorder.text(f"{prefix}/note", response.note)


def run_descriptive(
    index: int, table: DescriptiveTable, evidence: Evidence, recorder: Recorder
) -> None:
    """Record a published median or count that is shown and not compared, and of whom it is."""
    prefix = f"descriptive/{index}"
    trial = evidence.trial(table.trial)
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
    """The published number still without event at the cut."""
    return next((count for count in curve.counts if count.kind == "event-free at cut"), None)
