"""A commented trial.toml to start from."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from survcomp.errors import InputError
from survcomp.evidence.find import EVIDENCE


def check_folder_name(name: str, *, what: str) -> None:
    """Raise unless the name of a folder is lower case with underscores."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise InputError(
            f"the folder of {what} is named in lower case with underscores, at most 60 letters, "
            f"such as my_{what.split()[-1]}; got {name!r}."
        )


def new_trial(root: Path, trial: str) -> Path:
    """Write data/digitized/TRIAL/trial.toml, commented, and return its path.

    Raises
    ------
    InputError
        If the name is not lower case with underscores, or the folder exists.
    """
    check_folder_name(trial, what="a study")
    folder = root / EVIDENCE / trial
    if folder.exists():
        raise InputError(f"{EVIDENCE / trial} exists already; nothing was written.")
    template = (resources.files("survcomp.evidence.trial_folders") / "template.toml").read_text(
        "utf-8"
    )
    folder.mkdir()
    path = folder / "trial.toml"
    path.write_text(template.replace("@ID@", trial), encoding="utf-8")
    return path
