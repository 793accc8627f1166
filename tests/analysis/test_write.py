"""Writing is all or nothing."""

from __future__ import annotations

import os

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


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot write to"):
        write_files(tmp_path / "file" / "folder", {"a": "x"})
