"""Writing is all or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from survcomp.analysis.write import write_files
from survcomp.errors import InputError


def test_files_are_replaced_whole(tmp_path):
    (tmp_path / "a").write_text("old")
    write_files(tmp_path, {"a": "new", "b": "ü\n"})
    assert (tmp_path / "a").read_text() == "new"
    assert (tmp_path / "b").read_bytes() == "ü\n".encode()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_a_failure_leaves_everything_as_it_was(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old a")
    (tmp_path / "b").write_text("old b")

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(InputError, match="No space left on device"):
        write_files(tmp_path, {"a": "new a", "b": "new b"})
    assert (tmp_path / "a").read_text() == "old a"
    assert (tmp_path / "b").read_text() == "old b"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_files_swapped_in_before_a_failure_are_taken_back(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old a")
    (tmp_path / "c").write_text("old c")
    replace = Path.replace

    def third_fails(self, target):
        if Path(target).name == "c" and self.read_text() == "new c":
            raise OSError(16, "Device or resource busy")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", third_fails)
    with pytest.raises(InputError, match="Device or resource busy"):
        write_files(tmp_path, {"a": "new a", "b": "new b", "c": "new c"})
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a": "old a", "c": "old c"}


def test_a_folder_in_the_place_of_a_file_is_seen_before_anything_changes(tmp_path):
    (tmp_path / "a").write_text("old a")
    (tmp_path / "b").mkdir()
    with pytest.raises(InputError, match="b is a folder"):
        write_files(tmp_path, {"a": "new a", "b": "new b"})
    assert (tmp_path / "a").read_text() == "old a"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_what_a_killed_run_left_is_removed(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    (tmp_path / f".a.{gone.pid}-x1.tmp").write_text("half")
    (tmp_path / f".a.{os.getppid()}-x2.tmp").write_text("of a run that goes on")
    (tmp_path / ".a.notes.tmp").write_text("somebody else's")
    write_files(tmp_path, {"a": "new"})
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        f".a.{os.getppid()}-x2.tmp",
        ".a.notes.tmp",
        "a",
    ]


def test_a_run_that_is_killed_leaves_whole_files_and_ignored_temporaries(root, tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; "
        "from survcomp.analysis.write import write_files; replace = Path.replace\n"
        "def dies(self, target):\n"
        "    if Path(target).name == 'report.html': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return replace(self, target)\n"
        "Path.replace = dies\n"
        "write_files(Path(sys.argv[1]), {'results.json': 'new', 'report.html': 'new'})"
    )
    for name in ("results.json", "report.html"):
        (tmp_path / name).write_text("old")
    done = subprocess.run([sys.executable, "-c", code, tmp_path], check=False, cwd=root)
    assert done.returncode == -9
    assert (tmp_path / "results.json").read_text() == "new"
    assert (tmp_path / "report.html").read_text() == "old"
    left = [p.name for p in tmp_path.iterdir() if p.name.startswith(".")]
    ignored = (root / ".gitignore").read_text().splitlines()
    assert left
    assert all(any(fnmatch(name, line) for line in ignored) for name in left)
    write_files(tmp_path, {"results.json": "newer", "report.html": "newer"})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report.html", "results.json"]


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot write to"):
        write_files(tmp_path / "file" / "folder", {"a": "x"})
