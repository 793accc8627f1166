"""An installed wheel in an empty folder: the evidence is in it, and analyses run on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from survcomp.analysis.review.provenance import code
from survcomp.evidence import trials

pytestmark = pytest.mark.slow

CALL = "import sys; sys.argv[0] = 'survcomp'; from survcomp.cli import main; main()"


@pytest.fixture(scope="module")
def site(root, tmp_path_factory) -> Path:
    """A folder that holds what the wheel holds, as installed."""
    if find_spec("pip") is None:
        pytest.skip("pip is not installed here")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, root]
    built = subprocess.run(build, capture_output=True, text=True)
    if built.returncode and "hatchling" in built.stderr:
        pytest.skip("the build backend, hatchling, cannot be had here")
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def installed(site, tmp_path_factory):
    """Call the installed command line from an empty folder, outside every project."""
    empty = tmp_path_factory.mktemp("empty")
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}

    def call(*arguments: object) -> str:
        command = [sys.executable, "-c", CALL, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=empty, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    call.folder = empty
    return call


def test_it_is_the_wheel_that_is_run(site, installed):
    where = subprocess.run(
        [sys.executable, "-c", "import survcomp; print(survcomp.__file__)"],
        capture_output=True, text=True, check=True, cwd=installed.folder,
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"},
    ).stdout  # fmt: skip
    assert Path(where.strip()).is_relative_to(site)


def test_its_code_is_that_of_the_checkout(site):
    """The evidence that it holds is an input, not code."""
    hashed = "from survcomp.analysis.review.provenance import code; print(code()['sha256'])"
    done = subprocess.run(
        [sys.executable, "-c", hashed], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"},
    )  # fmt: skip
    assert done.stdout.strip() == code()["sha256"]


def test_every_file_of_the_evidence_is_in_it(site, root):
    packed = site / "survcomp" / "evidence" / "shipped" / "data" / "digitized"
    for trial in trials(root):
        for file in (root / "data" / "digitized" / trial).iterdir():
            assert (packed / trial / file.name).read_bytes() == file.read_bytes()


def test_evidence_is_listed_shown_and_checked(installed, root):
    listed = installed("evidence", "list").splitlines()
    assert [line.split()[0] for line in listed] == list(trials(root))
    assert all(line.endswith(" [shipped]") for line in listed)
    assert "From the evidence that is shipped" in installed("evidence", "show", "karmma")
    assert installed("evidence", "check") == f"{len(listed)} studies checked: no faults.\n"


def test_a_new_analysis_runs_on_shipped_trials(installed):
    assert installed("new", "my_question") == "Wrote my_question/analysis.toml.\n"
    path = installed.folder / "my_question" / "analysis.toml"
    text = path.read_text()
    for was, arm in (
        ('{ trial = "trial_a", arm = "drug", cut = "12 months" }', "ide_cel"),
        ('{ trial = "trial_b", arm = "drug", cut = "13 months" }', "standard"),
    ):
        text = text.replace(was, f'{{ trial = "karmma_3", arm = "{arm}", cut = "18.6 months" }}')
    path.write_text(text)
    assert "Progression-free survival: HR 0." in installed("run", "my_question")
    report = installed.folder / "my_question" / "reports" / "my_question"
    assert (report / "report.html").is_file()
    results = json.loads((report / "results.json").read_text())
    assert set(results["inputs"]) == {"analysis.toml", "data/digitized/karmma_3/trial.toml"}
    assert {path.name for path in installed.folder.iterdir()} <= {"my_question", "karmma_3"}


def test_a_copied_analysis_runs_and_keeps_the_names_of_its_inputs(installed, root):
    folder = installed.folder / "karmma_3"
    shutil.copytree(root / "analyses" / "karmma_3", folder)
    assert "records. Report: " in installed("run", "karmma_3")
    results = json.loads((folder / "reports" / "karmma_3" / "results.json").read_text())
    pinned = json.loads((folder / "pinned.json").read_text())
    evidence = {n: h for n, h in pinned["inputs"].items() if n.startswith("data/digitized/")}
    assert evidence
    assert results["inputs"] == {
        **evidence,
        "analysis.toml": pinned["inputs"]["analyses/karmma_3/analysis.toml"],
    }
    assert installed("check", "karmma_3").endswith("1 of 1 analyses agree with what is pinned.\n")
    traced = installed("trace", "karmma_3", results["records"][0]["id"])
    assert "NOT on disk" not in traced
    assert "not compared" not in traced
