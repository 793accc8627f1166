"""An analysis folder as a plan: the checked TOML, the evidence it names, and input hashes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from survcomp.analysis.schema import AnalysisFile, PatientsTable
from survcomp.errors import Fault, FileFaultError, InputError, NotFoundError
from survcomp.evidence import find_root, read_trial, trial_files
from survcomp.evidence.files import (
    inside,
    read_rows,
    read_toml,
    resolved,
    sha256,
    shown,
    validate,
)
from survcomp.evidence.schema import Table
from survcomp.values.basis import Basis
from survcomp.values.ipd import IPD
from survcomp.values.trial import Trial

FILE = "analysis.toml"
KEYS = "docs/analysis_toml.md"


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

    def patients(self, table: PatientsTable, *, base: Path) -> IPD:
        """A user's own patients from a CSV file below the root."""
        import pandas as pd

        path = resolved(base / table.file)  # `load` saw to it that it lies inside the root
        name = shown(path, self.root)
        self._note(path)
        header, _ = read_rows(path, name=name)
        try:
            frame = pd.read_csv(
                path,
                header=0,
                names=header,
                index_col=False,
                encoding="utf-8-sig",
                keep_default_na=False,  # only an empty cell is a gap; "NA" is shown as it is
                na_values=[""],
            )
            return IPD.from_frame(
                frame,
                time=table.time,
                event=table.event,
                time_unit=table.time_unit,
                covariates=table.covariates,
                id=table.id,
                label=table.label,
                basis=Basis(
                    analysis_set=table.analysis_set,
                    index_date=table.index_date,
                    assessor=table.assessor,
                    censoring_rule=table.censoring_rule,
                ),
            )
        except (InputError, ValueError) as error:  # pandas' parser errors are ValueErrors
            raise FileFaultError([Fault(name, "", str(error))]) from error

    def _note(self, path: Path) -> None:
        name = shown(path, self.root)
        self.inputs[name] = sha256(path, name=name)


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
    """

    slug: str
    folder: Path
    root: Path
    table: AnalysisFile
    defaults: tuple[str, ...]
    evidence: Evidence

    @property
    def file(self) -> str:
        """The analysis.toml, as messages name it."""
        return shown(self.folder / FILE, self.root)


def load(analysis: Path, *, data: Path | None = None) -> Plan:
    """Read an analysis folder (or its analysis.toml) and find its evidence.

    Parameters
    ----------
    analysis : Path
        Folder that holds analysis.toml, or the file itself.
    data : Path, optional
        Folder that holds data/digitized; the nearest one above the analysis, or above the
        working folder, when left out.

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
    table: AnalysisFile = validate(
        AnalysisFile, read_toml(folder / FILE, name=name), name=name, keys=KEYS
    )
    _check_patient_files(table, root=root, folder=folder, name=name)
    evidence = Evidence(root)
    evidence.inputs[name] = sha256(folder / FILE, name=name)
    return Plan(
        slug=folder.name,
        folder=folder,
        root=root,
        table=table,
        defaults=tuple(defaults_used(table)),
        evidence=evidence,
    )


def _check_patient_files(table: AnalysisFile, *, root: Path, folder: Path, name: str) -> None:
    """Raise unless every file of own patients lies inside the root."""
    for index, comparison in enumerate(table.comparisons):
        for side in ("treatment", "comparator"):
            own = getattr(comparison, side).patients
            if own is not None:
                place = f"comparisons[{index}].{side}.patients.file"
                inside(root, own.file, base=folder, file=name, field=place)


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
