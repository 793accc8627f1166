"""Where an analysis finds its evidence, and the project that bounds a user's own files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from survcomp.analysis import load, run
from survcomp.analysis.plan.load import report_folder
from survcomp.analysis.plan.scaffold import new_analysis
from survcomp.analysis.review.bundle import make_bundle
from survcomp.errors import FileFaultError, InputError, NotFoundError
from survcomp.evidence.find import sources_at


@pytest.fixture
def alone(data_root, tmp_path_factory, monkeypatch) -> Path:
    """The analysis in a folder of no project, which is the working folder too."""
    folder = tmp_path_factory.mktemp("empty") / "a_vs_b"
    shutil.copytree(data_root / "analyses" / "a_vs_b", folder)
    monkeypatch.chdir(folder.parent)
    return folder


def test_in_a_project_its_root_bounds_files_and_names_them(data_root):
    plan = load(data_root / "analyses" / "a_vs_b")
    assert plan.project == plan.evidence.project == data_root.resolve()
    assert plan.file == "analyses/a_vs_b/analysis.toml"
    assert report_folder(plan) == data_root.resolve() / "reports" / "a_vs_b"


def test_in_no_project_the_analysis_is_its_own(alone, data_root):
    plan = load(alone, data=data_root)
    assert plan.project == plan.folder == alone.resolve()
    assert report_folder(plan) == alone.resolve() / "reports" / "a_vs_b"
    assert list(run(plan).inputs) == ["analysis.toml", "data/digitized/other_trial/trial.toml"]


def test_in_no_project_only_shipped_trials_are_known(alone):
    plan = load(alone)
    assert plan.evidence.trial("karmma").origin == "shipped"
    assert set(plan.evidence.inputs) == {"analysis.toml", "data/digitized/karmma/trial.toml"}
    with pytest.raises(NotFoundError, match="no trial 'other_trial' in data/digitized"):
        run(plan)


def test_data_must_hold_the_evidence_itself(data_root):
    with pytest.raises(NotFoundError, match="no data/digitized in"):
        load(data_root / "analyses" / "a_vs_b", data=data_root / "analyses")


def test_sources_are_taken_as_they_are(data_root):
    plan = load(data_root / "analyses" / "a_vs_b", data=sources_at(data_root))
    assert plan.evidence.sources.trials == ("my_trial", "other_trial")


OWN = """
[[comparisons]]
id = "own"
label = "Own"
endpoint = "PFS"
comparator = { trial = "karmma", arm = "ide_cel", cut = "13.3 months" }
[comparisons.treatment.patients]
file = "FILE"
time = "t"
event = "e"
time_unit = "months"
label = "A"
"""


@pytest.mark.parametrize("file", ["../patients.csv", "/etc/passwd", "link.csv"])
def test_in_no_project_a_path_stays_inside_the_analysis(alone, file):
    (alone.parent / "patients.csv").write_text("t,e\n1,1\n")
    (alone / "link.csv").symlink_to(alone.parent / "patients.csv")
    path = alone / "analysis.toml"
    path.write_text(path.read_text() + OWN.replace("FILE", file))
    with pytest.raises(FileFaultError, match="must stay inside a_vs_b/"):
        load(alone)


def test_a_bundle_needs_a_project(alone, data_root):
    with pytest.raises(InputError, match="a_vs_b lies in no project"):
        make_bundle(alone, data=data_root)


def test_a_new_analysis_may_lie_anywhere_but_outside_the_project_one_works_in(
    alone, data_root, monkeypatch
):
    assert new_analysis(Path("fresh")).is_file()
    monkeypatch.chdir(data_root)
    with pytest.raises(InputError, match="must lie inside"):
        new_analysis(alone.parent / "other")
