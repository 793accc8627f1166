"""The only place where an analysis writes: whole files, swapped in at once."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from survcomp.errors import InputError
from survcomp.values.results import Record, Results

RESULTS = "results.json"
PACKAGES = (
    "survcomp",
    "numpy",
    "scipy",
    "pandas",
    "lifelines",
    "statsmodels",
    "scikit-learn",
    "matplotlib",
)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write text files into a folder: all are complete on disk before the first is swapped in.

    Raises
    ------
    InputError
        If the folder cannot be written; what was there before is left untouched.
    """
    write_paths({folder / name: text.encode("utf-8") for name, text in files.items()})


def write_paths(files: Mapping[Path, bytes]) -> None:
    """Write files anywhere: all are complete on disk before the first is swapped in.

    Raises
    ------
    InputError
        If a folder cannot be written; what was there before is left untouched.
    """
    waiting: list[tuple[Path, Path]] = []
    folder = Path()
    try:
        for path, content in files.items():
            folder = path.parent
            folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder)
            waiting.append((Path(temporary), path))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
        for temporary_path, target in waiting:
            folder = target.parent
            temporary_path.replace(target)
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror or error}.") from error
    finally:
        for temporary_path, _ in waiting:
            with contextlib.suppress(OSError):
                temporary_path.unlink(missing_ok=True)


def to_json(data: Any) -> str:
    """JSON with one record a line, so that a change of one number is a change of one line."""
    if isinstance(data, dict) and isinstance(data.get("records"), list):
        head = {key: value for key, value in data.items() if key != "records"}
        lines = ",\n".join(
            json.dumps(record, ensure_ascii=False, allow_nan=False) for record in data["records"]
        )
        body = json.dumps(head, ensure_ascii=False, indent=1, allow_nan=False)
        return f'{body[:-2]},\n "records": [\n{lines}\n]\n}}\n'
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def settled(results: Results, folder: Path) -> Results:
    """The results that lie in a folder already, if a rerun found the same.

    Another machine may differ in the last digit of a number. Where every record agrees within
    its tolerance and settings, inputs and citations are equal, the results on disk stand, so
    that a rerun leaves committed files untouched.
    """
    path = folder / RESULTS
    try:
        before = Results.from_dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):  # none yet, or not readable as results: write today's
        return results
    old, new = before.to_dict(), results.to_dict()
    same = all(old[key] == new[key] for key in old if key != "records")
    ids = [record.id for record in before.records] == [record.id for record in results.records]
    if same and ids and all(map(_agree, before.records, results.records)):
        return before
    return results


def _agree(old: Record, new: Record) -> bool:
    return new.agrees_with(old) and new.sources == old.sources


def results_json(results: Results) -> str:
    """Text of results.json."""
    return to_json(results.to_dict())


def environment_json(*, seconds: float) -> str:
    """Text of environment.json: when, where and with which versions; git ignores the file."""
    versions = {}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return to_json(
        {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 2),
            "python": sys.version.split()[0],
            "platform": platform.platform(),
            "packages": versions,
        }
    )
