"""Response comparisons and curves that are shown but not compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.load import FILE
from survcomp.analysis.plan.responses import (
    PrintedResponseTable,
    ResponsePatientsTable,
    ResponseSideTable,
)
from survcomp.analysis.plan.schema import DescriptiveTable, ResponseComparisonTable, SettingsTable
from survcomp.analysis.steps.recorder import Recorder
from survcomp.analysis.steps.weighted_responses import ResponseWeighting, record_weighted_response
from survcomp.comparison import compare_responses
from survcomp.errors import InputError, SurvcompError
from survcomp.evidence.files import resolved, shown
from survcomp.evidence.own_files.responders import OwnResponders
from survcomp.values.basis import Basis
from survcomp.values.contrast import Contrast
from survcomp.values.curves.curve import Curve
from survcomp.values.curves.printed import Count, MedianTime
from survcomp.values.frame_columns import Missing
from survcomp.values.response import Response, TrialArm
from survcomp.values.trial import Trial

SIDES = ("treatment", "comparator")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTask:
    """One response comparison to run, with what it needs.

    Attributes
    ----------
    table, settings : ResponseComparisonTable, SettingsTable
        What is asked.
    evidence : Evidence
        Where trials and patients are read.
    folder : Path
        The analysis folder, for the user's own files.
    recorder : Recorder
        Where results go.
    """

    table: ResponseComparisonTable
    settings: SettingsTable
    evidence: Evidence
    folder: Path
    recorder: Recorder

    @property
    def prefix(self) -> str:
        """Path of every record of this comparison."""
        return f"response/{self.table.id}"

    @property
    def sources(self) -> tuple[str, str]:
        """Paths of the two sides, from which every contrast comes."""
        return f"{self.prefix}/treatment", f"{self.prefix}/comparator"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSide:
    """One side of a response comparison, and where it was read.

    Attributes
    ----------
    response : Response
        Responders and patients.
    study, label : str
        How the report names them.
    sources : tuple of str
        Citation or files.
    own : OwnResponders or None
        One's own patients.
    """

    response: Response
    study: str
    label: str
    sources: tuple[str, ...]
    own: OwnResponders | None = None


def run_response(task: ResponseTask) -> None:
    """Compare two response rates, weighted where that is asked for, and record the result."""
    try:
        _run(task)
    except SurvcompError as error:
        raise error.within(f"response {task.table.id!r}") from error


def _run(task: ResponseTask) -> None:
    table, prefix, recorder = task.table, task.prefix, task.recorder
    sides = [_read_side(getattr(table, name), task) for name in SIDES]
    found = compare_responses(
        sides[0].response,
        sides[1].response,
        assumptions=table.named,
        level=task.settings.level,
    )
    for path, side in zip(task.sources, sides, strict=True):
        _record_side(path, side, recorder)
    for contrast in (found.odds_ratio, found.risk_ratio, found.risk_difference):
        kept = of_evidence(contrast, table)
        recorder.contrast(prefix, kept, kind="closed form", sources=task.sources)
    if found.risk_ratio_low != found.risk_ratio_high:
        for name in ("low", "high"):
            value = getattr(found, f"risk_ratio_{name}")
            id = f"{prefix}/log_rr/estimate_{name}"
            recorder.add(id, value, "closed form", unit="log risk ratio")
    if table.adjust is not None:
        assert sides[0].own is not None
        record_weighted_response(
            prefix,
            ResponseWeighting(
                table=table,
                adjust=table.adjust,
                level=task.settings.level,
                own=sides[0].own,
                comparator=sides[1].response,
                target=task.evidence.baseline(table.adjust, base=task.folder),
            ),
            recorder,
        )


def of_evidence(contrast: Contrast, table: ResponseComparisonTable) -> Contrast:
    """The contrast with those of its sources that are responses of data/digitized."""
    sides = (table.treatment, table.comparator)
    kept = tuple(
        source
        for source in contrast.sources
        if any(side.trial and source.startswith(f"response:{side.trial}/") for side in sides)
    )
    return replace(contrast, sources=kept)


def _read_side(table: ResponseSideTable, task: ResponseTask) -> ResponseSide:
    if table.patients is not None:
        return _own_side(table.patients, task)
    if table.printed is not None:
        return _printed_side(table.printed, task)
    assert table.trial is not None
    assert table.arm is not None
    assert table.outcome is not None
    assert table.cut is not None
    trial = task.evidence.trial(table.trial)
    response = trial.response(arm=table.arm, outcome=table.outcome, cut=table.cut, n=table.n)
    return ResponseSide(
        response=response,
        study=trial.name,
        label=trial.arm(table.arm).label,
        sources=(f"citation:{trial.id}/{response.source}",),
    )


def _own_side(table: ResponsePatientsTable, task: ResponseTask) -> ResponseSide:
    adjust = task.table.adjust
    keep = adjust is not None and adjust.missing == "exclude"
    missing: Missing = "keep" if keep else "refuse"
    found = task.evidence.responders(table, base=task.folder, missing=missing)
    response = Response.from_published(
        TrialArm(trial=table.study_name, arm=table.label, treatment=table.label),
        outcome=table.outcome,
        n=found.ipd.n,
        events=int(found.response.value.sum()),
        basis=found.response.basis,
        note=" ".join(found.notes),
    )
    files = tuple(
        f"file:{shown(resolved(task.folder / name), task.evidence.project)}"
        for name in table.files.values()
    )
    return ResponseSide(
        response=response, study=table.study_name, label=table.label, sources=files, own=found
    )


def _printed_side(table: PrintedResponseTable, task: ResponseTask) -> ResponseSide:
    response = Response.from_published(
        TrialArm(trial=table.study, arm=table.label, treatment=table.label),
        outcome=table.outcome,
        n=table.n,
        events=table.events,
        percent=table.percent,
        basis=Basis(analysis_set=table.analysis_set, assessor=table.assessor),
        note=f"Printed in: {table.source}",
    )
    file = f"file:{shown(task.folder / FILE, task.evidence.project)}"
    return ResponseSide(response=response, study=table.study, label=table.label, sources=(file,))


def _record_side(prefix: str, side: ResponseSide, recorder: Recorder) -> None:
    response, cited = side.response, side.sources
    recorder.text(f"{prefix}/study", side.study)
    recorder.text(f"{prefix}/label", side.label)
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
