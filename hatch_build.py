"""What goes into the source distribution: the files that git tracks, and no others.

Hatch packs whatever lies in a folder unless git ignores it; a file of patients beside an analysis
would leave the house with the next release. A pattern cannot tell such a file from ours; git can.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TrackedFilesHook(BuildHookInterface):
    """Names each file that git tracks; pyproject.toml has hatch look for none by itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the tracked files that are there to what is packed."""
        root = Path(self.root)
        for name in tracked_files(root):
            if (root / name).is_file():
                build_data["force_include"][str(root / name)] = name


def tracked_files(root: Path) -> tuple[str, ...]:
    """Paths below the checkout that git tracks.

    Raises
    ------
    RuntimeError
        If `root` is no checkout: what is ours could not be told from what is not.
    """
    top = _git(root, "rev-parse", "--show-toplevel").strip()
    if Path(top).resolve() != root.resolve():
        raise RuntimeError(f"no sdist can be made: {root} is not the top of a git checkout.")
    return tuple(name for name in _git(root, "ls-files", "-z").split("\0") if name)


def _git(root: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=True)
    except FileNotFoundError as error:
        raise RuntimeError(
            "no sdist can be made: it holds what git tracks, and there is no git."
        ) from error
    except subprocess.CalledProcessError as error:
        raise RuntimeError(
            f"no sdist can be made: it holds what git tracks, and git says: {error.stderr.strip()}"
        ) from error
    return done.stdout
