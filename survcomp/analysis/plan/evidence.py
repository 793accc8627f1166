"""What an analysis reads: trials of the evidence and files of the user's own, with hashes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from survcomp.analysis.plan.patients import read_arm, read_both_arms, read_responders
from survcomp.analysis.plan.tables.anchored import TrialPatientsTable
from survcomp.analysis.plan.tables.own import (
    BaselineTargetTable,
    OwnPatientsTable,
    PatientsTable,
    PrintedTable,
)
from survcomp.analysis.plan.tables.responses import ResponsePatientsTable
from survcomp.errors import Fault, FileFaultError, InputError
from survcomp.evidence import read_long_agd, read_trial, read_wide_agd, trial_files
from survcomp.evidence.files import resolved, sha256, shown
from survcomp.evidence.find import Sources
from survcomp.evidence.own_files.patients import OwnPatients
from survcomp.evidence.own_files.responders import OwnResponders
from survcomp.evidence.own_files.sheet import Sheet, read_sheet
from survcomp.evidence.trial_folders.one_curve import CurveFiles, read_curve
from survcomp.values.basis import Basis
from survcomp.values.curves.curve import Curve
from survcomp.values.frame_columns import Missing
from survcomp.values.populations.population import Population
from survcomp.values.trial import Trial


@dataclass(slots=True)
class Evidence:
    """Trials and a user's own files, read once each, with the hash of what was read.

    Attributes
    ----------
    project : Path
        Root of the project, which a user's own files lie below.
    sources : Sources
        Where trials are read, the user's before the shipped ones.
    inputs : dict of str to str
        SHA-256 of each file that was read: a trial's by its name below its source
        (``data/digitized/...``), a user's own below the project.
    """

    project: Path
    sources: Sources
    inputs: dict[str, str] = field(default_factory=dict)
    _trials: dict[str, Trial] = field(default_factory=dict)

    def trial(self, id: str) -> Trial:
        """One trial, from the first source that has it."""
        if id not in self._trials:
            self._trials[id] = read_trial(id, self.sources)
            for path in trial_files(self.sources, id):
                self._note(path, self.sources.of(id).root)
        return self._trials[id]

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial read so far, in the order in which they were asked for."""
        return tuple(self._trials.values())

    def patients(
        self, table: PatientsTable, *, base: Path, missing: Missing = "refuse"
    ) -> OwnPatients:
        """A user's own patients of one arm, from files of the project."""
        return read_arm(table, self._sheets(table, base), missing)

    def trial_patients(
        self, table: TrialPatientsTable, *, base: Path, missing: Missing = "refuse"
    ) -> OwnPatients:
        """A user's own trial, both arms, from files of the project."""
        return read_both_arms(table, self._sheets(table, base), missing)

    def responders(
        self, table: ResponsePatientsTable, *, base: Path, missing: Missing = "refuse"
    ) -> OwnResponders:
        """A user's own patients and who of them responded, from files of the project."""
        return read_responders(table, self._sheets(table, base), missing)

    def printed(self, table: PrintedTable, endpoint: str, *, base: Path) -> tuple[Curve, str]:
        """A published curve in a user's own files, and how messages name its file."""
        path = resolved(base / table.file)
        name = shown(path, self.project)
        self._note(path, self.project)
        try:
            curve, files = read_curve(CurveFiles(summary=path), time_unit=table.time_unit)
        except FileFaultError as error:
            raise FileFaultError(
                [
                    replace(fault, file=shown(Path(fault.file), self.project))
                    for fault in error.faults
                ]
            ) from error
        curve = replace(curve, trial=table.study, treatment=table.label)
        for beside in (files.points, files.at_risk):
            if beside is not None:
                self._note(beside, self.project)
        if curve.endpoint != endpoint:
            problem = f"is {curve.endpoint!r}, while the comparison is of {endpoint!r}"
            raise FileFaultError([Fault(name, "endpoint", problem)])
        return curve, name

    def baseline(self, table: BaselineTargetTable, *, base: Path) -> Population:
        """The population that an adjustment aims at."""
        if table.agd is None:
            assert table.trial is not None
            assert table.arm is not None
            return self.trial(table.trial).population_of(table.arm)
        agd = table.agd
        path = resolved(base / agd.file)
        name = shown(path, self.project)
        self._note(path, self.project)
        basis = Basis(analysis_set=agd.analysis_set)
        try:
            if agd.layout == "wide":
                return read_wide_agd(path, arm=agd.row, name=agd.name, basis=basis, skip=agd.skip)
            assert agd.n is not None
            return read_long_agd(path, n=agd.n, name=agd.name, basis=basis)
        except FileFaultError as error:
            raise FileFaultError([replace(fault, file=name) for fault in error.faults]) from error
        except InputError as error:
            raise FileFaultError([Fault(name, "", str(error))]) from error

    def _sheets(self, table: OwnPatientsTable | ResponsePatientsTable, base: Path) -> list[Sheet]:
        return [self._sheet(file, base) for file in table.files.values()]

    def _sheet(self, file: str, base: Path) -> Sheet:
        path = resolved(base / file)  # `load` saw to it that it lies inside the project
        self._note(path, self.project)
        return read_sheet(path, name=shown(path, self.project))

    def _note(self, path: Path, root: Path) -> None:
        name = shown(path, root)
        self.inputs[name] = sha256(path, name=name)
