"""The source distribution: what git tracks, so that its tests run, and nothing that lies beside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from support.paths import ROOT

PATIENTS = ("analyses/karmma_3/patients.csv", "survcomp/patients.csv", "patients.csv")
BUILD = "import sys; from hatchling.build import build_sdist; print(build_sdist(sys.argv[1]))"


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def sources(root: Path) -> list[str]:
    """Paths of the files that this tree should ship: all of a sdist, or what git tracks."""
    if (root / ".git").exists():
        tracked = git(root, "ls-files", "-z").split("\0")
        return [name for name in tracked if name and (root / name).is_file()]
    everything = (p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return sorted(str(p.relative_to(root)) for p in everything if p.name != "PKG-INFO")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of this tree, all of it tracked, with files of patients lying in it."""
    pytest.importorskip("hatchling")
    if shutil.which("git") is None:
        pytest.skip("no git is installed here")
    copy = tmp_path_factory.mktemp("checkout")
    for name in sources(ROOT):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    git(copy, "init", "-q")
    git(copy, "add", "--force", ".")
    for name in PATIENTS:
        (copy / name).write_text("id,time,event\n1,2,1\n")
    return copy


def build(folder: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BUILD, str(out)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def unpacked(checkout, tmp_path_factory) -> Path:
    """The sdist of that copy, unpacked."""
    out = tmp_path_factory.mktemp("sdist")
    done = build(checkout, out)
    assert done.returncode == 0, done.stderr
    with tarfile.open(out / done.stdout.split()[-1]) as archive:
        archive.extractall(out, filter="data")
    (folder,) = (path for path in out.iterdir() if path.is_dir())
    return folder


@pytest.mark.slow
def test_the_sdist_holds_what_git_tracks_and_nothing_else(checkout, unpacked):
    packed = {str(p.relative_to(unpacked)) for p in unpacked.rglob("*") if p.is_file()}
    assert packed == {*git(checkout, "ls-files", "-z").split("\0"), "PKG-INFO"} - {""}
    assert not packed & set(PATIENTS)
    assert {"docs/reviewing.md", ".ci/run", "benchmarks/results/maic_coverage.csv"} <= packed


@pytest.mark.slow
def test_the_tests_run_from_the_unpacked_sdist(unpacked):
    tests = ["tests/test_architecture.py", "tests/values"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *tests],
        cwd=unpacked,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_without_git_there_is_no_sdist(unpacked, tmp_path):
    done = build(unpacked, tmp_path)
    assert done.returncode != 0
    assert "no sdist can be made" in done.stderr
    assert list(tmp_path.iterdir()) == []
