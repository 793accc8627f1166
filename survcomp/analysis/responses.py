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
from survcomp.values.response import Response


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
    """Record a published median that is shown and not compared, and whom it is about."""
    prefix = f"descriptive/{index}"
    trial = evidence.trial(table.trial)
    curve = trial.curve(arm=table.arm, endpoint=table.endpoint, cut=table.cut)
    if curve.median is None:
        raise InputError(f"descriptive[{index}]: {curve.id} has no published median to show.")
    cited = (f"citation:{trial.id}/{curve.median.source}",)
    recorder.text(f"{prefix}/study", trial.name)
    recorder.text(f"{prefix}/label", trial.arm(table.arm).label)
    recorder.text(f"{prefix}/endpoint", table.endpoint)
    recorder.text(f"{prefix}/cut", table.cut)
    recorder.text(f"{prefix}/analysis_set", curve.basis.analysis_set)
    recorder.add(f"{prefix}/n", curve.n, "count", unit="patients", sources=cited)
    for field in ("estimate", "ci_low", "ci_high"):
        value = getattr(curve.median, field)
        if value is not None:
            id = f"{prefix}/median/{field}"
            recorder.add(id, value, "published", unit=curve.time_unit, sources=cited)
    if table.responders_of is None:
        return
    response = trial.response(arm=table.arm, outcome=table.responders_of, cut=table.cut, n=table.n)
    rate = response.events / response.n
    cited = (f"citation:{trial.id}/{response.source}",)
    recorder.add(f"{prefix}/rate", rate, "closed form", unit="probability", sources=cited)
    # half of the responders are still in response at the median, by definition of the median
    half = 0.5 * rate
    came_from = (f"{prefix}/rate", f"{prefix}/median/estimate")
    recorder.add(
        f"{prefix}/in_response_at_median",
        half,
        "closed form",
        unit="probability",
        sources=came_from,
    )
