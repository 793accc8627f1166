"""A commented trial.toml to start from."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from survcomp.errors import InputError
from survcomp.evidence.find import EVIDENCE


def new_trial(root: Path, trial: str) -> Path:
    """Write data/digitized/TRIAL/trial.toml, commented, and return its path.

    Raises
    ------
    InputError
        If the name is not lower case with underscores, or the folder exists.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", trial):
        raise InputError(
            f"a study's folder is named in lower case with underscores, such as my_trial; got "
            f"{trial!r}."
        )
    folder = root / EVIDENCE / trial
    if folder.exists():
        raise InputError(f"{EVIDENCE / trial} exists already; nothing was written.")
    template = (resources.files("survcomp.evidence") / "template.toml").read_text("utf-8")
    folder.mkdir()
    path = folder / "trial.toml"
    path.write_text(template.replace("@ID@", trial), encoding="utf-8")
    return path
