"""A commented analysis.toml to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from survcomp.analysis.plan.load import FILE
from survcomp.analysis.write import write_files
from survcomp.errors import InputError, NotFoundError
from survcomp.evidence import find_root
from survcomp.evidence.files import resolved
from survcomp.evidence.trial_folders.scaffold import check_folder_name


def new_analysis(folder: Path) -> Path:
    """Write a commented analysis.toml into a new folder and return its path.

    Raises
    ------
    InputError
        If its name is not lower case with underscores, or it exists, or it lies outside the
        project that holds data/digitized.
    """
    check_folder_name(folder.name, what="an analysis")
    if folder.exists():
        raise InputError(f"{folder} exists already; nothing was written.")
    try:
        find_root(resolved(folder).parent)
    except NotFoundError as error:
        root = find_root(Path.cwd())
        raise InputError(f"{folder} must lie inside {root}; nothing was written.") from error
    path = folder / FILE
    template = (resources.files("survcomp.analysis.plan") / "template.toml").read_text("utf-8")
    write_files(folder, {FILE: template})
    return path
