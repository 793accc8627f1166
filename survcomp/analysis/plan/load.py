"""An analysis folder as a plan: the checked TOML, the evidence it names, and input hashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from survcomp.analysis.plan.anchored import TrialPatientsTable
from survcomp.analysis.plan.changes import Setting, changed_folder, changes_made, with_settings
from survcomp.analysis.plan.own import (
    BaselineTargetTable,
    IndicatorTable,
    OwnPatientsTable,
    PatientsTable,
    PrintedTable,
)
from survcomp.analysis.plan.responses import ResponsePatientsTable
from survcomp.analysis.plan.schema import AnalysisFile, analysis_file
from survcomp.analysis.plan.step import discovered
from survcomp.errors import Fault, FileFaultError, InputError, NotFoundError
from survcomp.evidence import find_root, read_long_agd, read_trial, read_wide_agd, trial_files
from survcomp.evidence.files import (
    inside,
    read_toml,
    resolved,
    sha256,
    shown,
    validate,
)
from survcomp.evidence.own_files.patients import (
    AdamChoice,
    Described,
    Indicator,
    OneTable,
    OwnPatients,
    TwoArms,
    patients_of_adam,
    patients_of_table,
)
from survcomp.evidence.own_files.responders import (
    OwnResponders,
    responders_of_adam,
    responders_of_table,
)
from survcomp.evidence.own_files.sheet import Sheet, read_sheet
from survcomp.evidence.trial_folders.one_curve import CurveFiles, read_curve
from survcomp.evidence.trial_folders.schema import Table
from survcomp.values.basis import Basis
from survcomp.values.curves.curve import Curve
from survcomp.values.populations.population import Population
from survcomp.values.records.results import Change
from survcomp.values.trial import Trial

FILE = "analysis.toml"
KEYS = "docs/analysis_toml.md"
Missing = Literal["refuse", "keep"]


@dataclass(slots=True)
class Evidence:
    """Trials and files of a data root, read once each, with the hash of what was read."""

    root: Path
    inputs: dict[str, str] = field(default_factory=dict)
    _trials: dict[str, Trial] = field(default_factory=dict)

    def trial(self, id: str) -> Trial:
        """One trial of data/digitized."""
        if id not in self._trials:
            self._trials[id] = read_trial(self.root, id)
            for path in trial_files(self.root, id):
                self._note(path)
        return self._trials[id]

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial read so far, in the order in which they were asked for."""
        return tuple(self._trials.values())

    def patients(
        self, table: PatientsTable, *, base: Path, missing: Missing = "refuse"
    ) -> OwnPatients:
        """A user's own patients of one arm from files below the root."""
        return self._patients(table, _described(table, table.label, missing), base)

    def trial_patients(
        self, table: TrialPatientsTable, *, base: Path, missing: Missing = "refuse"
    ) -> OwnPatients:
        """A user's own trial, both arms, from files below the root."""
        names = {
            table.treatment_arm: table.treatment_name,
            table.comparator_arm: table.comparator_name,
        }
        about = _described(table, table.treatment_name, missing)
        arms = TwoArms(column=table.arm_column, names=names)
        return self._patients(table, replace(about, arms=arms), base)

    def responders(
        self, table: ResponsePatientsTable, *, base: Path, missing: Missing = "refuse"
    ) -> OwnResponders:
        """A user's own patients and who of them responded, from files below the root."""
        sheets = [self._sheet(file, base) for file in table.files.values()]
        with _in_files(sheets):
            return _own_responders(table, sheets, missing)

    def _patients(self, table: OwnPatientsTable, about: Described, base: Path) -> OwnPatients:
        sheets = [self._sheet(file, base) for file in table.files.values()]
        with _in_files(sheets):
            return _own_patients(table, sheets, about)

    def printed(self, table: PrintedTable, endpoint: str, *, base: Path) -> tuple[Curve, str]:
        """A published curve in a user's own files, and how messages name its file."""
        path = resolved(base / table.file)
        name = shown(path, self.root)
        self._note(path)
        try:
            curve, files = read_curve(CurveFiles(summary=path), time_unit=table.time_unit)
        except FileFaultError as error:
            raise FileFaultError(
                [replace(fault, file=shown(Path(fault.file), self.root)) for fault in error.faults]
            ) from error
        curve = replace(curve, trial=table.study, treatment=table.label)
        for beside in (files.points, files.at_risk):
            if beside is not None:
                self._note(beside)
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
        name = shown(path, self.root)
        self._note(path)
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

    def _sheet(self, file: str, base: Path) -> Sheet:
        path = resolved(base / file)  # `load` saw to it that it lies inside the root
        self._note(path)
        return read_sheet(path, name=shown(path, self.root))

    def _note(self, path: Path) -> None:
        name = shown(path, self.root)
        self.inputs[name] = sha256(path, name=name)


@contextmanager
def _in_files(sheets: Sequence[Sheet]) -> Iterator[None]:
    """What is wrong with tables is wrong with their files, which are named."""
    try:
        yield
    except FileFaultError:
        raise
    except (InputError, ValueError) as error:
        names = " and ".join(sheet.name for sheet in sheets)
        raise FileFaultError([Fault(names, "", str(error))]) from error


def _described(table: OwnPatientsTable, label: str, missing: Missing) -> Described:
    """What a user says of the patients."""
    return Described(
        label=label,
        covariates=table.covariates,
        indicators=_indicators(table.indicators),
        missing=missing,
        basis=Basis(
            analysis_set=table.analysis_set,
            index_date=table.index_date,
            assessor=table.assessor,
            censoring_rule=table.censoring_rule,
        ),
    )


def _indicators(tables: Mapping[str, IndicatorTable]) -> tuple[Indicator, ...]:
    return tuple(_indicator(name, table) for name, table in tables.items())


def _indicator(name: str, table: IndicatorTable) -> Indicator:
    return Indicator(
        name=name, column=table.column, yes=table.yes, no=table.no, at_least=table.at_least
    )


def _own_responders(
    table: ResponsePatientsTable, sheets: Sequence[Sheet], missing: Missing
) -> OwnResponders:
    about = Described(
        label=table.label,
        covariates=table.covariates,
        indicators=_indicators(table.indicators),
        missing=missing,
        basis=Basis(analysis_set=table.analysis_set, assessor=table.assessor),
    )
    rule = _indicator(table.outcome, table.response)
    if table.adam is None:
        return responders_of_table(sheets[0], rule, about, id=table.id)
    choice = AdamChoice(
        param=table.adam.param,
        population=table.adam.population,
        arm_column=table.adam.arm_column,
        arm=table.adam.arm,
    )
    return responders_of_adam(sheets[0], sheets[1], choice, rule, about)


def _own_patients(
    table: OwnPatientsTable, sheets: Sequence[Sheet], about: Described
) -> OwnPatients:
    if table.adam is None:
        assert table.time is not None
        assert table.event is not None
        assert table.time_unit is not None
        columns = OneTable(
            time=table.time, event=table.event, time_unit=table.time_unit, id=table.id
        )
        return patients_of_table(sheets[0], columns, about)
    choice = AdamChoice(
        param=table.adam.param,
        population=table.adam.population,
        arm_column=table.adam.arm_column,
        arm=table.adam.arm,
        time_unit=table.time_unit,
    )
    return patients_of_adam(sheets[0], sheets[1], choice, about)


@dataclass(frozen=True, slots=True)
class Plan:
    """An analysis ready to run.

    Attributes
    ----------
    slug : str
        Name of the analysis folder.
    folder, root : Path
        The analysis folder, and the folder that holds data/digitized.
    table : AnalysisFile
        The checked analysis.toml.
    defaults : tuple of str
        Paths of the settings that were left to their default.
    evidence : Evidence
        Where trials and patients are read.
    changes : tuple of Change
        Settings that were changed for this run only.
    """

    slug: str
    folder: Path
    root: Path
    table: AnalysisFile
    defaults: tuple[str, ...]
    evidence: Evidence
    changes: tuple[Change, ...] = ()

    @property
    def file(self) -> str:
        """The analysis.toml, as messages name it."""
        return shown(self.folder / FILE, self.root)


def report_folder(plan: Plan) -> Path:
    """Where the report of an analysis goes; with changed settings, to a folder of its own."""
    reports = plan.root / "reports"
    if plan.changes:
        return changed_folder(reports, plan.slug, plan.changes)
    return reports / plan.slug


def load(analysis: Path, *, data: Path | None = None, settings: Sequence[Setting] = ()) -> Plan:
    """Read an analysis folder (or its analysis.toml) and find its evidence.

    Parameters
    ----------
    analysis : Path
        Folder that holds analysis.toml, or the file itself.
    data : Path, optional
        Folder that holds data/digitized; the nearest one above the analysis, or above the
        working folder, when left out.
    settings : sequence of Setting
        Settings to change for this run only; they meet the same schema as the file.

    Returns
    -------
    Plan

    Raises
    ------
    NotFoundError
        If there is no analysis.toml or no data/digitized.
    FileFaultError
        If the TOML has faults; all are listed with their field.
    """
    folder = analysis.parent if analysis.name == FILE else analysis
    if not (folder / FILE).is_file():
        raise NotFoundError(f"no {FILE} in {analysis}; name a folder that holds one.")
    folder = folder.resolve()
    root = _root(folder, data)
    name = shown(folder / FILE, root)
    data_read = read_toml(folder / FILE, name=name)
    schema = analysis_file(discovered())
    table: AnalysisFile = validate(schema, data_read, name=name, keys=KEYS)
    changes: tuple[Change, ...] = ()
    if settings:
        before = table.model_dump(mode="json")
        changed = with_settings(data_read, settings, name=name)
        where = f"{name} with --set {', '.join(s.path for s in settings)}"
        table = validate(schema, changed, name=where, keys=KEYS)
        changes = changes_made(before, table.model_dump(mode="json"), settings)
    _check_own_files(table, root=root, folder=folder, name=name)
    evidence = Evidence(root)
    evidence.inputs[name] = sha256(folder / FILE, name=name)
    return Plan(
        slug=folder.name,
        folder=folder,
        root=root,
        table=table,
        defaults=tuple(defaults_used(table)),
        evidence=evidence,
        changes=changes,
    )


def _check_own_files(table: AnalysisFile, *, root: Path, folder: Path, name: str) -> None:
    """Raise unless every file of the user's own lies inside the root."""
    for key, file in own_files(table):
        inside(root, file, base=folder, file=name, field=key)


def own_files(table: AnalysisFile) -> Iterator[tuple[str, str]]:
    """Key and path of each file of the user's own that an analysis names."""
    for path, part in table.all_tables:
        for key, file in part.own_files():
            yield f"{path}.{key}", file


def patient_files(plan: Plan) -> set[str]:
    """Files of the user's own patients, as the inputs name them: all below a key `patients`."""
    return {
        shown(resolved(plan.folder / file), plan.root)
        for key, file in own_files(plan.table)
        if "patients" in key.split(".")
    }


def _root(folder: Path, data: Path | None) -> Path:
    if data is not None:
        root = find_root(data)
        if root != resolved(data):
            raise NotFoundError(f"no data/digitized in {data}.")
        return root
    try:
        return find_root(folder)
    except NotFoundError:
        return find_root(Path.cwd())


def defaults_used(table: Table, path: str = "") -> list[str]:
    """Paths of the settings of a checked table that were not written in the file."""
    found: list[str] = []
    for name in type(table).model_fields:
        value = getattr(table, name)
        here = f"{path}.{name}" if path else name
        if name not in table.model_fields_set:
            if not _is_empty(value):
                found += _leaves(value, here)
        elif isinstance(value, Table):
            found += defaults_used(value, here)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Table):
                    found += defaults_used(item, f"{here}[{index}]")
    return found


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == () or value == {}


def _leaves(value: Any, path: str) -> list[str]:
    """Each setting below a default, with its value: ``settings.level = 0.95``."""
    if isinstance(value, Table):
        names = type(value).model_fields
        return [leaf for n in names for leaf in _leaves(getattr(value, n), f"{path}.{n}")]
    return [f"{path} = {value}"]
