"""One curve from files of its own: traced points, numbers at risk, ticks, printed numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from survcomp.errors import Fault, FileFaultError, InputError, SurvcompError
from survcomp.evidence.files import inside, read_columns, read_rows, read_toml, validate
from survcomp.evidence.trial_folders import schema
from survcomp.evidence.trial_folders.convert import cut_value, landmark_value, median_value
from survcomp.evidence.trial_folders.fields import Name, SomePatients, Table, Text
from survcomp.values.basis import AnalysisSet, Assessor, Basis, Cut, IndexDate
from survcomp.values.checks import TimeUnit
from survcomp.values.curves.curve import NO_ENDPOINT, Curve
from survcomp.values.curves.printed import Count, MedianTime
from survcomp.values.curves.traced import AtRisk, CurvePoints, Ticks

T = TypeVar("T")


class _MedianTable(schema.MedianTable):
    source: str = Field(default="", description="Citation id.")


class _LandmarkTable(schema.LandmarkTable):
    source: str = Field(default="", description="Citation id.")


class _CountTable(schema.CountTable):
    source: str = Field(default="", description="Citation id.")


class _FollowUpTable(schema.FollowUpTable):
    source: str = Field(default="", description="Citation id.")


class SummaryTable(Table):
    """A summary file: the keys of a trial.toml's ``[[curves]]``, and the cut's follow-up.

    Sources may be left out, and so may everything that says which curve it is.
    """

    arm: Name = "arm"
    endpoint: Text = NO_ENDPOINT
    cut: Text | None = None
    n: SomePatients | None = None
    analysis_set: AnalysisSet = "not stated"
    index_date: IndexDate = "not stated"
    assessor: Assessor = "not stated"
    censoring_rule: Text = "not stated"
    follow_up: _FollowUpTable | None = None
    medians: tuple[_MedianTable, ...] = ()
    landmarks: tuple[_LandmarkTable, ...] = ()
    counts: tuple[_CountTable, ...] = ()
    points: Text | None = None
    at_risk: Text | None = None
    figure_source: str = ""
    resolution: schema.ResolutionTable | None = None
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveFiles:
    """Where one curve is described, and numbers given beside the files.

    Attributes
    ----------
    points : Path or None
        CSV with the columns ``time,survival``.
    summary : Path or None
        TOML with what is printed; see `SummaryTable`.
    at_risk : Path or None
        CSV with the columns ``time,at_risk``.
    ticks : Path or None
        CSV with the column ``time``.
    n, events : int or None
        Patients, and all their events until the cut.
    outcome, arm : str
        Endpoint, such as "PFS", and arm, where the summary file does not name them.
    """

    points: Path | None = None
    summary: Path | None = None
    at_risk: Path | None = None
    ticks: Path | None = None
    n: int | None = None
    events: int | None = None
    outcome: str = ""
    arm: str = ""


def read_curve(files: CurveFiles, *, time_unit: TimeUnit = "months") -> tuple[Curve, CurveFiles]:
    """Read one curve from files.

    Parameters
    ----------
    files : CurveFiles
        At least `points` or `summary`.
    time_unit : {"days", "weeks", "months", "years"}
        Unit of every time in the files.

    Returns
    -------
    curve : Curve
    files : CurveFiles
        The same with the files that the summary file names.

    Raises
    ------
    InputError
        If there is neither figure nor summary, nothing says how many patients there are, or
        a number is given twice.
    FileFaultError
        If a file holds something that is not allowed; it names file, row and column.
    NotFoundError
        If a file does not exist.
    ContradictionError
        If the numbers cannot all be true of one group of patients.
    """
    if files.points is None and files.summary is None:
        raise InputError("nothing to rebuild: give CURVE.csv, --summary FILE.toml, or both.")
    table = SummaryTable() if files.summary is None else _summary(files.summary)
    if files.ticks is not None and files.points is None and table.points is None:
        raise InputError(
            f"--ticks {files.ticks} goes with a traced figure: give CURVE.csv as well."
        )
    files = _with_summary_files(files, table)
    points = None if files.points is None else _points(files.points, table)
    at_risk = None if files.at_risk is None else _at_risk(files.at_risk, table)
    ticks = None if files.ticks is None else _ticks(files.ticks)
    endpoint = _name(files, table, "--outcome", files.outcome, "endpoint")
    arm = _name(files, table, "--arm", files.arm, "arm")
    n, counts = _patients(files, table, at_risk), _counts(files, table)
    curve = _within(
        files.summary,
        lambda: Curve(
            trial=(files.points or files.summary or Path("curve")).name,
            arm=arm,
            treatment=arm,
            endpoint=endpoint,
            n=n,
            time_unit=time_unit,
            basis=_basis(table),
            points=points,
            at_risk=at_risk,
            ticks=ticks,
            median=_median(files.summary, table),
            landmarks=tuple(
                landmark_value(mark)
                for mark in sorted(table.landmarks, key=lambda mark: mark.time)
                if not mark.set_aside
            ),
            counts=counts,
            notes=table.notes,
        ),
    )
    return curve, files


def _summary(path: Path) -> SummaryTable:
    table: SummaryTable = validate(
        SummaryTable,
        read_toml(path, name=str(path)),
        name=str(path),
        keys="the tables of curves in data/digitized/README.md",
    )
    return table


def _with_summary_files(files: CurveFiles, table: SummaryTable) -> CurveFiles:
    """Files that the summary file names lie beside it; none is given twice."""
    paths: dict[str, Path | None] = {}
    for name, option, named in (
        ("points", "CURVE.csv", table.points),
        ("at_risk", "--at-risk", table.at_risk),
    ):
        given: Path | None = getattr(files, name)
        if given is not None and named is not None:
            raise InputError(
                f"{option} is {given}, and {files.summary} names {named} as `{name}`; "
                "leave one out."
            )
        paths[name] = given
        if named is not None:
            assert files.summary is not None
            folder = files.summary.resolve().parent
            paths[name] = inside(folder, named, base=folder, file=str(files.summary), field=name)
    return replace(files, points=paths["points"], at_risk=paths["at_risk"])


def _name(files: CurveFiles, table: SummaryTable, option: str, said: str, field: str) -> str:
    """The arm or the endpoint, which option and summary file may both give if they agree."""
    written = str(getattr(table, field))
    if said and field in table.model_fields_set and said != written:
        raise InputError(f"{option} is {said!r}, but {files.summary} says {field} = {written!r}.")
    return said or written


def _median(path: Path | None, table: SummaryTable) -> MedianTime | None:
    medians = [median for median in table.medians if not median.set_aside]
    if len(medians) > 1:
        raise FileFaultError(
            [Fault(str(path), "medians", "holds several in use; set all but one aside")]
        )
    return median_value(medians[0]) if medians else None


def _patients(files: CurveFiles, table: SummaryTable, at_risk: AtRisk | None) -> int:
    if files.n is not None and table.n is not None and files.n != table.n:
        raise InputError(f"--n is {files.n}, but {files.summary} says n = {table.n}.")
    n = files.n if files.n is not None else table.n
    if n is not None:
        return n
    if at_risk is not None and at_risk.time[0] == 0:
        return int(at_risk.count[0])
    where = f"; {files.at_risk} has no row at time 0" if at_risk is not None else ""
    raise InputError(
        "the number of patients is missing: give --n, n in the summary file, or an at-risk table "
        f"with a row at time 0{where}."
    )


def _counts(files: CurveFiles, table: SummaryTable) -> tuple[Count, ...]:
    counts = tuple(
        Count(count=c.count, kind=c.kind, time=c.time, source=c.source, note=c.note)
        for c in table.counts
        if not c.set_aside
    )
    if files.events is None:
        return counts
    if any(count.kind == "events" for count in counts):
        raise InputError(
            f"--events is {files.events}, and {files.summary} holds a count of kind 'events'; "
            "leave one out."
        )
    return (*counts, Count(count=files.events))


def _basis(table: SummaryTable) -> Basis:
    cut = None
    if table.follow_up is not None:
        cut = cut_value(
            schema.CutTable.model_construct(
                label=table.cut or "not stated", date=None, follow_up=table.follow_up, note=""
            )
        )
    elif table.cut is not None:
        cut = Cut(label=table.cut)
    return Basis(
        analysis_set=table.analysis_set,
        index_date=table.index_date,
        assessor=table.assessor,
        censoring_rule=table.censoring_rule,
        cut=cut,
    )


def _points(path: Path, table: SummaryTable) -> CurvePoints:
    time, survival = read_columns(path, ("time", "survival"), name=str(path))
    resolution = table.resolution or schema.ResolutionTable()
    return _in_rows_of(
        path,
        lambda: CurvePoints.from_trace(
            time,
            survival,
            time_resolution=resolution.time,
            survival_resolution=resolution.survival,
            source=table.figure_source,
        ),
    )


def _at_risk(path: Path, table: SummaryTable) -> AtRisk:
    time, count = read_columns(path, ("time", "at_risk"), name=str(path))
    return _in_rows_of(path, lambda: AtRisk.from_rows(time, count, source=table.figure_source))


def _ticks(path: Path) -> Ticks:
    (time,) = read_columns(path, ("time",), name=str(path))
    return _in_rows_of(path, lambda: Ticks.from_times(time))


def _in_rows_of(path: Path, make: Callable[[], T]) -> T:
    """What `make` gives; a fault names the file and its row, the header being row 1."""
    try:
        return make()
    except InputError as error:
        lines = [line for line, _ in read_rows(path, name=str(path))[1]]
        problem = re.sub(r"\brow (\d+)", lambda row: f"row {lines[int(row[1]) - 1]}", str(error))
        raise FileFaultError([Fault(str(path), "", problem)]) from error


def _within(path: Path | None, make: Callable[[], T]) -> T:
    """What `make` gives; a fault names the summary file, where there is one."""
    try:
        return make()
    except SurvcompError as error:
        if path is None:
            raise
        raise error.within(str(path)) from error
