"""A commented analysis.toml to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from survcomp.analysis.load import FILE
from survcomp.analysis.write import write_files
from survcomp.errors import InputError


def new_analysis(folder: Path) -> Path:
    """Write a commented analysis.toml into a new folder and return its path.

    Raises
    ------
    InputError
        If there is one already.
    """
    path = folder / FILE
    if path.exists():
        raise InputError(f"{path} exists already; nothing was written.")
    template = (resources.files("survcomp.analysis") / "template.toml").read_text("utf-8")
    write_files(folder, {FILE: template})
    return path
