"""Response comparisons of an analysis: from the plan's tables to records."""

from __future__ import annotations

from dataclasses import dataclass, replace

from survcomp.analysis.plan.step import Step
from survcomp.analysis.plan.tables.responses import (
    PrintedResponseTable,
    ResponseComparisonTable,
    ResponsePatientsTable,
    ResponseSideTable,
)
from survcomp.analysis.steps.parts.anchors import file_anchors
from survcomp.analysis.steps.parts.context import SIDES, Context, Task
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.weighted_responses import (
    ResponseWeighting,
    record_weighted_response,
)
from survcomp.comparison import compare_responses
from survcomp.errors import SurvcompError
from survcomp.evidence.own_files.responders import OwnResponders
from survcomp.values.basis import Basis
from survcomp.values.contrast import Contrast
from survcomp.values.frame_columns import Missing
from survcomp.values.response import Response, TrialArm


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
    anchors : tuple of str
        The response in data/digitized, or files.
    patients : OwnResponders or None
        One's own patients.
    """

    response: Response
    study: str
    label: str
    sources: tuple[str, ...]
    anchors: tuple[str, ...]
    patients: OwnResponders | None = None


def run_responses(context: Context, tables: tuple[ResponseComparisonTable, ...]) -> None:
    """Compare pairs of response rates, weighted where that is asked for, and record the results."""
    for table in tables:
        task = context.task(table, prefix=f"response/{table.id}", path=f"responses.{table.id}")
        try:
            _run(task)
        except SurvcompError as error:
            raise error.within(f"response {table.id!r}") from error


def _run(task: Task[ResponseComparisonTable]) -> None:
    table, prefix, recorder = task.table, task.prefix, task.recorder
    sides = [_read_side(getattr(table, name), task) for name in SIDES]
    compared = compare_responses(
        sides[0].response,
        sides[1].response,
        assumptions=table.named,
        level=task.settings.level,
    )
    _say_what_it_rests_on(task, sides)
    for path, side in zip(task.sources, sides, strict=True):
        _record_side(path, side, recorder)
    for contrast in (compared.odds_ratio, compared.risk_ratio, compared.risk_difference):
        kept = of_evidence(contrast, table)
        recorder.contrast(prefix, kept, kind="closed form", sources=task.sources)
    if compared.risk_ratio_low != compared.risk_ratio_high:
        for name in ("low", "high"):
            value = getattr(compared, f"risk_ratio_{name}")
            id = f"{prefix}/log_rr/estimate_{name}"
            recorder.add(id, value, "closed form", unit="log risk ratio")
    if table.adjust is not None:
        assert sides[0].patients is not None
        record_weighted_response(
            ResponseWeighting(
                task=task,
                adjust=table.adjust,
                patients=sides[0].patients,
                comparator=sides[1].response,
                target=task.evidence.baseline(table.adjust, base=task.folder),
            )
        )


def _say_what_it_rests_on(task: Task[ResponseComparisonTable], sides: list[ResponseSide]) -> None:
    for name, path, side in zip(SIDES, task.sources, sides, strict=True):
        task.recorder.under(path, rests_on=side.anchors, settings=task.keys(name))
    task.recorder.under(
        task.prefix,
        rests_on=dict.fromkeys(anchor for side in sides for anchor in side.anchors),
        settings=[*task.keys(*SIDES, "assumptions"), "settings.level"],
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


def _read_side(table: ResponseSideTable, task: Task[ResponseComparisonTable]) -> ResponseSide:
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
        anchors=(f"response:{response.id}",),
    )


def _own_side(table: ResponsePatientsTable, task: Task[ResponseComparisonTable]) -> ResponseSide:
    adjust = task.table.adjust
    keep = adjust is not None and adjust.missing == "exclude"
    missing: Missing = "keep" if keep else "refuse"
    patients = task.evidence.responders(table, base=task.folder, missing=missing)
    response = Response.from_published(
        TrialArm(trial=table.study_name, arm=table.label, treatment=table.label),
        outcome=table.outcome,
        n=patients.ipd.n,
        events=int(patients.response.value.sum()),
        basis=patients.response.basis,
        note=" ".join(patients.notes),
    )
    files = file_anchors(table.files.values(), task)
    return ResponseSide(
        response=response,
        study=table.study_name,
        label=table.label,
        sources=files,
        anchors=files,
        patients=patients,
    )


def _printed_side(table: PrintedResponseTable, task: Task[ResponseComparisonTable]) -> ResponseSide:
    response = Response.from_published(
        TrialArm(trial=table.study, arm=table.label, treatment=table.label),
        outcome=table.outcome,
        n=table.n,
        events=table.events,
        percent=table.percent,
        basis=Basis(analysis_set=table.analysis_set, assessor=table.assessor),
        note=f"Printed in: {table.source}",
    )
    file = (task.analysis_file,)
    return ResponseSide(
        response=response, study=table.study, label=table.label, sources=file, anchors=file
    )


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


STEP = Step(
    key="responses",
    place=30,
    table=ResponseComparisonTable,
    run=run_responses,
    about="Response.",
)
