"""A commented analysis.toml to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from survcomp.analysis.plan.load import FILE
from survcomp.analysis.write import write_files
from survcomp.errors import InputError
from survcomp.evidence.files import resolved
from survcomp.evidence.find import EVIDENCE, find_project
from survcomp.evidence.trial_folders.scaffold import check_folder_name


def new_analysis(folder: Path) -> Path:
    """Write a commented analysis.toml into a new folder and return its path.

    Raises
    ------
    InputError
        If its name is not lower case with underscores, or it exists, or it lies in no project
        while the working folder lies in one.
    """
    check_folder_name(folder.name, what="an analysis")
    if folder.exists():
        raise InputError(f"{folder} exists already; nothing was written.")
    project = find_project(Path.cwd())
    in_project = (project / EVIDENCE).is_dir()
    if in_project and not (find_project(resolved(folder).parent) / EVIDENCE).is_dir():
        raise InputError(f"{folder} must lie inside {project}; nothing was written.")
    path = folder / FILE
    template = (resources.files("survcomp.analysis.plan") / "template.toml").read_text("utf-8")
    write_files(folder, {FILE: template})
    return path
