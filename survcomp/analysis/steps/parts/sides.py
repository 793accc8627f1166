"""One side of a comparison: its patients, where they came from, and their records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.tables.comparisons import ComparisonTable, SideTable
from survcomp.analysis.plan.tables.settings import SettingsTable
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.errors import InputError
from survcomp.estimation import kaplan_meier
from survcomp.reconstruction import Reconstruction, join_cuts, piecewise_exponential, reconstruct
from survcomp.values.basis import Basis, FollowUp
from survcomp.values.checks import DAYS_IN, FloatArray, TimeUnit
from survcomp.values.curves.curve import SUPPORT_MEANING, Curve
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.one_outcome import one_outcome
from survcomp.values.reconstruction import GRADE_MEANING
from survcomp.values.records.results import Kind
from survcomp.values.trial import Trial

EXACT: Kind = "closed form"
AT_RISK_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: its patients, and where they came from.

    `follow_up` and `tail` are what the analysis assumes of a rebuilt side; `drawn_from` is
    the curve that draws rest on, with the earlier cuts that the analysis joins to it; `file`
    is the user's own file that its published numbers are in, where they are not of the
    evidence.
    """

    ipd: IPD
    label: str
    study: str
    rebuilt: Reconstruction | None
    enrolled: int | None
    notes: tuple[str, ...] = ()
    follow_up: FollowUp | None = None
    tail: float = 1.0
    drawn_from: Curve | None = None
    file: str = ""

    @property
    def published_to(self) -> float:
        """Last time that something published or observed fixes the curve."""
        return self.rebuilt.published_to if self.rebuilt else float(self.ipd.time.max())


def read_sides(table: ComparisonTable, evidence: Evidence, folder: Path) -> list[Side]:
    """Both sides of a comparison, treatment first, in one time unit.

    Own patients are converted to the unit of a published side, or to the treatment's.
    """
    leave = table.adjust is not None and table.adjust.missing == "exclude"
    sides = [
        read_side(table.treatment, table.endpoint, evidence, folder, keep_gaps=leave),
        read_side(table.comparator, table.endpoint, evidence, folder),
    ]
    unit = next((side for side in sides if side.rebuilt), sides[0]).ipd.time_unit
    return [in_unit(side, unit) for side in sides]


def in_unit(side: Side, unit: TimeUnit) -> Side:
    """The side with its times in another unit, and a note that says so."""
    before = side.ipd.time_unit
    if before == unit:
        return side
    factor = DAYS_IN[before] / DAYS_IN[unit]
    note = f"Times are given in {before}; they were multiplied by {factor:.6g} to be in {unit}."
    return replace(side, ipd=side.ipd.in_unit(unit), notes=(*side.notes, note))


def read_side(
    table: SideTable, endpoint: str, evidence: Evidence, folder: Path, *, keep_gaps: bool = False
) -> Side:
    """Patients of one side: a user's own, or rebuilt from a published curve."""
    asked = table.patients
    if asked is not None:
        patients = evidence.patients(asked, base=folder, missing="keep" if keep_gaps else "refuse")
        outcome = one_outcome(patients.ipd, outcome=endpoint)
        ipd = patients.ipd.with_study(trial=asked.study_name, outcome=outcome)
        return Side(ipd, asked.label, asked.study_name, None, None, patients.notes)
    if table.printed is not None:
        curve, file = evidence.printed(table.printed, endpoint, base=folder)
        side = _of_curve(curve, table, label=table.printed.label, study=table.printed.study)
        return replace(side, file=file)
    assert table.trial is not None
    assert table.arm is not None
    assert table.cut is not None
    trial = evidence.trial(table.trial)
    curve = trial.curve(arm=table.arm, endpoint=endpoint, cut=table.cut)
    arm = trial.arm(table.arm)
    enrolled = next((s.n for s in arm.sets if s.analysis_set == "enrolled"), None)
    side = _of_curve(curve, table, label=arm.label, study=trial.name)
    return replace(side, enrolled=enrolled, drawn_from=_joined(curve, table, trial))


def _of_curve(curve: Curve, table: SideTable, *, label: str, study: str) -> Side:
    """Patients rebuilt from a published curve."""
    assumed = None
    if table.follow_up is not None:
        longest = table.follow_up.longest
        assumed = FollowUp(
            median=table.follow_up.median,
            low=0.0 if longest is not None else None,
            high=longest,
            spread="range" if longest is not None else "none",
            source=table.follow_up.reason,
        )
    rebuilt = _rebuilt(curve, assumed, table.tail)
    if table.follow_up is not None:
        note = f"Follow-up assumed by the analysis: {table.follow_up.reason}"
        rebuilt = replace(rebuilt, notes=(*rebuilt.notes, note))
    return Side(rebuilt.ipd, label, study, rebuilt, None, follow_up=assumed, tail=table.tail)


def _joined(curve: Curve, table: SideTable, trial: Trial) -> Curve:
    """The curve with the earlier cuts that the analysis joins to it."""
    if not table.joined_with:
        return curve
    earlier = [
        trial.curve(arm=curve.arm, endpoint=curve.endpoint, cut=cut) for cut in table.joined_with
    ]
    return join_cuts([*earlier, curve])


def _rebuilt(curve: Curve, assumed: FollowUp | None, tail: float) -> Reconstruction:
    """Without a figure by the simpler method, whose assumptions an analysis can change."""
    if curve.points is None:
        return piecewise_exponential(curve, follow_up=assumed, tail=tail)
    if assumed is not None or tail != 1.0:
        raise InputError(
            f"{curve.id}: `follow_up` and `tail` are for curves without a traced figure."
        )
    return reconstruct(curve, draws=0)


def at_risk_times(sides: Sequence[Side]) -> FloatArray:
    """Round times for the table under the curves, to the end of the longer one."""
    end = max(float(side.ipd.time.max()) for side in sides)
    step = next((s for s in AT_RISK_STEPS if end / s <= 9), AT_RISK_STEPS[-1])
    return np.arange(0.0, end + 1e-9, step)


def record_side(prefix: str, side: Side, settings: SettingsTable, recorder: Recorder) -> None:
    """Record who the patients are, their curve, and how they fit what was published.

    What the side rests on was said before; here, what its curve rests on besides.
    """
    recorder.further(f"{prefix}/km", settings=["settings.ci_transform"])
    recorder.further(f"{prefix}/km/median", settings=["settings.level"])
    recorder.text(f"{prefix}/label", side.label)
    recorder.text(f"{prefix}/study", side.study)
    recorder.text(f"{prefix}/name", side.ipd.arms[0])
    recorder.text(f"{prefix}/origin", side.ipd.origin)
    recorder.texts(f"{prefix}/notes", side.notes)
    if side.drawn_from is not None:
        recorder.texts(
            f"{prefix}/joined",
            [
                f"Draws also rest on the cut {cut.label!r}, {cut.time_before:.3g} "
                f"{side.drawn_from.time_unit} earlier by the {cut.origin}."
                for cut in side.drawn_from.earlier
            ],
        )
    _record_basis(prefix, side.ipd.basis, recorder)
    recorder.add(f"{prefix}/n", side.ipd.n, "count", unit="patients")
    recorder.add(f"{prefix}/events", side.ipd.n_events, "count", unit="patients")
    recorder.add(f"{prefix}/published_to", side.published_to, EXACT, unit=side.ipd.time_unit)
    curve = kaplan_meier(side.ipd, ci_transform=settings.ci_transform, level=settings.level)
    unit = side.ipd.time_unit
    recorder.add(f"{prefix}/km/time", tuple(map(float, curve.time)), "series", unit=unit)
    survival = tuple(map(float, curve.survival))
    recorder.add(f"{prefix}/km/survival", survival, "series", unit="probability")
    recorder.add(f"{prefix}/km/end", curve.end, EXACT, unit=unit)
    median = curve.median()
    for field, value in (
        ("estimate", median.value),
        ("ci_low", median.ci_low),
        ("ci_high", median.ci_high),
    ):
        recorder.add(f"{prefix}/km/median/{field}", value, EXACT, unit=unit)
    if side.rebuilt is not None:
        _record_reconstruction(prefix, side, recorder)


def _record_basis(prefix: str, basis: Basis, recorder: Recorder) -> None:
    for field in ("analysis_set", "index_date", "assessor", "censoring_rule"):
        recorder.text(f"{prefix}/basis/{field}", getattr(basis, field))
    if basis.cut is not None:
        recorder.text(f"{prefix}/basis/cut", basis.cut.label)
        if basis.cut.date:
            recorder.text(f"{prefix}/basis/cut_date", basis.cut.date)


def _record_reconstruction(prefix: str, side: Side, recorder: Recorder) -> None:
    rebuilt = side.rebuilt
    assert rebuilt is not None
    curve = rebuilt.curve

    def cite(*sources: str) -> tuple[str, ...]:
        if side.file:
            return (f"file:{side.file}",)
        return tuple(f"citation:{curve.trial}/{source}" for source in sources if source)

    cited = cite(*curve.sources)
    recorder.text(f"{prefix}/reconstruction/curve", curve.id, sources=cited)
    recorder.text(f"{prefix}/reconstruction/method", rebuilt.method)
    recorder.text(f"{prefix}/reconstruction/support", curve.support)
    recorder.text(f"{prefix}/reconstruction/support_words", SUPPORT_MEANING[curve.support])
    recorder.text(f"{prefix}/reconstruction/censoring", rebuilt.censoring)
    recorder.texts(f"{prefix}/reconstruction/notes", (*rebuilt.notes, *curve.notes))
    grade = rebuilt.fidelity.grade
    recorder.text(f"{prefix}/reconstruction/grade", f"{grade}: {GRADE_MEANING[grade]}")
    for index, row in enumerate(rebuilt.fidelity.rows):
        path = f"{prefix}/fidelity/{index}"
        recorder.text(f"{path}/quantity", row.quantity)
        recorder.add(f"{path}/published", row.published, "published", unit=row.unit, sources=cited)
        recorder.add(f"{path}/rebuilt", row.rebuilt, EXACT, unit=row.unit)
        recorder.text(f"{path}/role", row.role)
        recorder.text(f"{path}/verdict", row.verdict)
    for index, landmark in enumerate(curve.landmarks):
        path = f"{prefix}/published/landmark/{index}"
        cited_here = cite(landmark.source)
        for field, unit in (
            ("time", curve.time_unit),
            ("survival", "probability"),
            ("ci_low", "probability"),
            ("ci_high", "probability"),
        ):
            value = getattr(landmark, field)
            if value is not None:
                recorder.add(f"{path}/{field}", value, "published", unit=unit, sources=cited_here)
    if curve.median is not None:
        recorder.further(f"{prefix}/published/median", settings=["settings.level"])
        cited_here = cite(curve.median.source)
        for field in ("estimate", "ci_low", "ci_high"):
            value = getattr(curve.median, field)
            if value is not None:
                id = f"{prefix}/published/median/{field}"
                recorder.add(id, value, "published", unit=curve.time_unit, sources=cited_here)
