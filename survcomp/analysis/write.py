"""The only place where an analysis writes: whole files, swapped in at once."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from survcomp.errors import InputError
from survcomp.values.records.results import Record, Results

RESULTS = "results.json"
ONE_A_LINE = ("grounds", "records")
"""Lists of results.json that are written with one entry a line."""
NO_NUMBERS = ("records", "grounds", "places")
"""Parts of results that do not tell whether a rerun found the same: records are compared one by
one, and where things stand follows from the inputs."""
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


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files into a folder, text as UTF-8: all of them, or none.

    Everything is complete on disk, the old files' copies included, before the first file is
    swapped in; the rest is one rename a file, in the order given. If a rename fails, the
    files swapped in before it are taken back. What cannot be prevented: a process that is
    killed, or a machine that stops, between two of the renames leaves the first files new
    and the last ones old. So give last what a reader opens first; writing again sets it
    right, and removes the temporary files (``.NAME.PROCESS-....tmp``) that were left.

    Raises
    ------
    InputError
        If the folder cannot be written; what was there before is left untouched.
    """
    write_paths(
        {
            folder / name: content if isinstance(content, bytes) else content.encode("utf-8")
            for name, content in files.items()
        }
    )


def write_paths(files: Mapping[Path, bytes]) -> None:
    """Write files of any kind, in any folders: all of them, or none, as `write_files` does.

    Raises
    ------
    InputError
        If a folder cannot be written; what was there before is left untouched.
    """
    staged: list[_Staged] = []
    folder = Path()
    try:
        for path in files:
            folder = path.parent
            folder.mkdir(parents=True, exist_ok=True)
            _remove_stale(path)
            if path.is_dir():
                raise InputError(f"cannot write to {folder}: {path.name} is a folder.")
        for path, content in files.items():
            folder = path.parent
            staged.append(_Staged(path))
            staged[-1].stage(content)
        _swap_in(staged)
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror or error}.") from error
    finally:
        for item in staged:
            item.clear()


class _Staged:
    """A file that waits beside its target, with a copy of what the target held."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.new: Path | None = None
        self.old: Path | None = None

    def stage(self, content: bytes) -> None:
        if self.target.exists():
            self.old = self._temporary(self.target.read_bytes())
        self.new = self._temporary(content)

    def _temporary(self, content: bytes) -> Path:
        prefix = f".{self.target.name}.{os.getpid()}-"
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=self.target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)

    def swap_in(self) -> None:
        assert self.new is not None
        self.new.replace(self.target)

    def take_back(self) -> None:
        if self.old is None:
            self.target.unlink(missing_ok=True)
        else:
            self.old.replace(self.target)

    def clear(self) -> None:
        for path in (self.new, self.old):
            if path is not None:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)


def _swap_in(staged: list[_Staged]) -> None:
    done: list[_Staged] = []
    try:
        for item in staged:
            item.swap_in()
            done.append(item)
    except BaseException:  # a keyboard interrupt too
        for item in reversed(done):
            item.take_back()
        raise


def _remove_stale(target: Path) -> None:
    """Remove the temporary files of runs that were killed; those of running ones stay."""
    pattern = re.compile(rf"\.{re.escape(target.name)}\.(\d+)-.*\.tmp")
    for path in target.parent.iterdir():
        match = pattern.fullmatch(path.name)
        if match and not _is_running(int(match.group(1))):
            path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    if os.name != "posix":  # elsewhere, asking with signal 0 would end the process
        return process != os.getpid()
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return process != os.getpid()


def to_json(data: Any) -> str:
    """JSON with one record a line, so that a change of one number is a change of one line."""
    if isinstance(data, dict) and isinstance(data.get("records"), list):
        by_line = [key for key in ONE_A_LINE if isinstance(data.get(key), list)]
        head = {key: value for key, value in data.items() if key not in by_line}
        body = json.dumps(head, ensure_ascii=False, indent=1, allow_nan=False)[:-2]
        lists = "".join(f',\n "{key}": [\n{_lines(data[key])}\n]' for key in by_line)
        return f"{body}{lists}\n}}\n"
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _lines(entries: list[Any]) -> str:
    return ",\n".join(json.dumps(entry, ensure_ascii=False, allow_nan=False) for entry in entries)


def settled(results: Results, folder: Path) -> Results:
    """The results that lie in a folder already, if a rerun found the same.

    Another machine may differ in the last digit of a number. Where every record agrees within
    its tolerance and settings, inputs and citations are equal, the records on disk stand, so
    that a rerun leaves committed files untouched. What they rest on is said anew.
    """
    path = folder / RESULTS
    try:
        before = Results.from_dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):  # none yet, or not readable as results: write today's
        return results
    old, new = before.to_dict(), results.to_dict()
    same = all(old[key] == new[key] for key in old if key not in NO_NUMBERS)
    ids = [record.id for record in before.records] == [record.id for record in results.records]
    if same and ids and all(map(_agree, before.records, results.records)):
        return replace(results, records=before.records)
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
