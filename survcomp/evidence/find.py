"""Where the evidence lies: the nearest folder above that holds data/digitized."""

from __future__ import annotations

from pathlib import Path

from survcomp.errors import NotFoundError
from survcomp.evidence.files import resolved

EVIDENCE = Path("data") / "digitized"


def find_root(start: Path | str) -> Path:
    """Nearest ancestor of `start` (or `start` itself) that holds data/digitized.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    here = resolved(Path(start))
    for folder in (here, *here.parents):
        if (folder / EVIDENCE).is_dir():
            return folder
    raise NotFoundError(
        f"no data/digitized in {here} or a folder above it; run survcomp inside a checkout, or "
        "name the folder that holds data/digitized with --data."
    )


def trial_ids(root: Path | str) -> tuple[str, ...]:
    """Names of the trial folders, sorted.

    Raises
    ------
    NotFoundError
        If `root` does not hold data/digitized.
    """
    folder = Path(root) / EVIDENCE
    if not folder.is_dir():
        raise NotFoundError(f"no data/digitized in {root}; find_root finds the folder above.")
    return tuple(sorted(p.name for p in folder.iterdir() if (p / "trial.toml").is_file()))


def trial_folder(root: Path, trial: str) -> Path:
    """Folder of one trial.

    Raises
    ------
    NotFoundError
        If there is no such trial; the known ones are listed.
    """
    known = trial_ids(root)
    if trial not in known:
        raise NotFoundError(
            f"no trial {trial!r} in data/digitized; there is: {', '.join(known) or 'none'}."
        )
    return root / EVIDENCE / trial
