"""An analysis folder as a plan: the checked TOML, the evidence it names, and input hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from survcomp.analysis.plan.changes import Setting, changed_folder, changes_made, with_settings
from survcomp.analysis.plan.defaults import defaults_used
from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.own_files import own_files
from survcomp.analysis.plan.schema import AnalysisFile, analysis_file
from survcomp.analysis.plan.step import discovered
from survcomp.errors import NotFoundError
from survcomp.evidence import find_evidence, find_root
from survcomp.evidence.files import inside, read_toml, resolved, sha256, shown, validate
from survcomp.evidence.find import Sources, find_project
from survcomp.values.records.results import Change

FILE = "analysis.toml"
KEYS = "docs/analysis_toml.md"


@dataclass(frozen=True, slots=True)
class Plan:
    """An analysis ready to run.

    Attributes
    ----------
    slug : str
        Name of the analysis folder.
    folder, project : Path
        The analysis folder, and the root of the project that bounds a user's own files: the
        nearest folder above that holds data/digitized, or the analysis folder itself.
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
    project: Path
    table: AnalysisFile
    defaults: tuple[str, ...]
    evidence: Evidence
    changes: tuple[Change, ...] = ()

    @property
    def file(self) -> str:
        """The analysis.toml, as messages name it."""
        return shown(self.folder / FILE, self.project)


def report_folder(plan: Plan) -> Path:
    """Where the report of an analysis goes; with changed settings, to a folder of its own."""
    reports = plan.project / "reports"
    if plan.changes:
        return changed_folder(reports, plan.slug, plan.changes)
    return reports / plan.slug


def load(
    analysis: Path | str, *, data: Path | Sources | None = None, settings: Sequence[Setting] = ()
) -> Plan:
    """Read an analysis folder (or its analysis.toml) and find its evidence.

    Parameters
    ----------
    analysis : Path or str
        Folder that holds analysis.toml, or the file itself.
    data : Path or Sources, optional
        Folder that holds data/digitized, laid over the evidence that is shipped; the nearest
        one above the analysis, or above the working folder, when left out. Sources are taken
        as they are.
    settings : sequence of Setting
        Settings to change for this run only; they meet the same schema as the file.

    Returns
    -------
    Plan

    Raises
    ------
    NotFoundError
        If there is no analysis.toml, or no data/digitized at `data`.
    FileFaultError
        If the TOML has faults; all are listed with their field.
    """
    analysis = Path(analysis)
    folder = analysis.parent if analysis.name == FILE else analysis
    if not (folder / FILE).is_file():
        raise NotFoundError(f"no {FILE} in {analysis}; name a folder that holds one.")
    folder = folder.resolve()
    project = find_project(folder)
    evidence = Evidence(project, _sources(folder, data))
    name = shown(folder / FILE, project)
    written = read_toml(folder / FILE, name=name)
    schema = analysis_file(discovered())
    table: AnalysisFile = validate(schema, written, name=name, keys=KEYS)
    changes: tuple[Change, ...] = ()
    if settings:
        before = table.model_dump(mode="json")
        changed = with_settings(written, settings, name=name)
        where = f"{name} with --set {', '.join(s.path for s in settings)}"
        table = validate(schema, changed, name=where, keys=KEYS)
        changes = changes_made(before, table.model_dump(mode="json"), settings)
    _check_own_files(table, project=project, folder=folder, name=name)
    evidence.inputs[name] = sha256(folder / FILE, name=name)
    return Plan(
        slug=folder.name,
        folder=folder,
        project=project,
        table=table,
        defaults=tuple(defaults_used(table)),
        evidence=evidence,
        changes=changes,
    )


def _sources(folder: Path, data: Path | Sources | None) -> Sources:
    if isinstance(data, Sources):
        return data
    if data is not None and find_root(data) != resolved(data):
        raise NotFoundError(f"no data/digitized in {data}.")
    return find_evidence(folder, data=data)


def _check_own_files(table: AnalysisFile, *, project: Path, folder: Path, name: str) -> None:
    """Raise unless every file of the user's own lies inside the project."""
    for key, file in own_files(table):
        inside(project, file, base=folder, file=name, field=key)


def patient_files(plan: Plan) -> set[str]:
    """Files of the user's own patients, as the inputs name them: all below a key `patients`."""
    return {
        shown(resolved(plan.folder / file), plan.project)
        for key, file in own_files(plan.table)
        if "patients" in key.split(".")
    }
