"""Evidence in order: the user's own trials over the shipped ones, and the project apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from survcomp.errors import NotFoundError
from survcomp.evidence import check_evidence, find_evidence, read_trial, trial_files, trials
from survcomp.evidence import find as find_module
from survcomp.evidence.find import (
    Source,
    Sources,
    find_project,
    overlaid,
    shipped_root,
    sources_at,
)


@pytest.fixture
def shipped(tmp_path_factory, monkeypatch, data_root) -> Path:
    """A package that ships other_trial, with a note, and third_trial."""
    package = tmp_path_factory.mktemp("site") / "survcomp"
    root = package / "evidence" / "shipped"
    for trial in ("other_trial", "third_trial"):
        folder = root / "data" / "digitized" / trial
        folder.mkdir(parents=True)
        text = (data_root / "data/digitized/other_trial/trial.toml").read_text()
        (folder / "trial.toml").write_text(
            text.replace('id = "other_trial"', f'id = "{trial}"', 1).replace(
                "[citations", 'notes = ["the shipped one"]\n\n[citations', 1
            )
        )
    monkeypatch.setattr(find_module, "PACKAGE", package)
    return root


def test_trials_of_the_project_lie_over_the_shipped_ones(data_root, shipped):
    sources = find_evidence(data_root / "analyses")
    assert [(s.root, s.origin) for s in sources.order] == [
        (data_root.resolve(), "project"),
        (shipped, "shipped"),
    ]
    assert trials(sources) == ("my_trial", "other_trial", "third_trial")
    origins = {trial: read_trial(trial, sources).origin for trial in sources.trials}
    assert origins == {"my_trial": "project", "other_trial": "project", "third_trial": "shipped"}
    assert read_trial("third_trial", sources).notes[0] == "the shipped one"
    assert "the shipped one" not in read_trial("other_trial", sources).notes
    assert [s.origin for s in sources.hidden("other_trial")] == ["shipped"]
    assert sources.hidden("third_trial") == ()
    assert trial_files(sources, "third_trial")[0].is_relative_to(shipped)
    assert check_evidence(sources) == []


def test_a_folder_by_its_path_means_its_trials_alone(data_root, shipped):
    assert trials(data_root) == ("my_trial", "other_trial")
    with pytest.raises(NotFoundError, match="there is: my_trial, other_trial"):
        read_trial("third_trial", data_root)


def test_without_a_project_the_shipped_ones_are_read(shipped, tmp_path_factory, monkeypatch):
    empty = tmp_path_factory.mktemp("empty")
    monkeypatch.chdir(empty)
    assert find_evidence().order == (Source(shipped, "shipped"),)
    assert find_evidence(empty).trials == ("other_trial", "third_trial")
    with pytest.raises(NotFoundError, match=r"no data/digitized in .*--data"):
        find_evidence(data=empty)


def test_the_working_folder_is_the_second_place_to_look(
    data_root, shipped, tmp_path_factory, monkeypatch
):
    monkeypatch.chdir(data_root / "analyses")
    empty = tmp_path_factory.mktemp("empty")
    assert find_evidence(empty).order[0].root == data_root.resolve()
    assert find_project(empty) == empty.resolve()


def test_without_a_project_and_without_shipped_ones_the_message_says_what_to_do(
    tmp_path_factory, monkeypatch
):
    empty = tmp_path_factory.mktemp("empty")
    monkeypatch.chdir(empty)
    monkeypatch.setattr(find_module, "PACKAGE", empty / "survcomp")
    assert shipped_root() is None
    with pytest.raises(NotFoundError, match="--data"):
        find_evidence()


def test_a_package_in_its_checkout_ships_what_lies_beside_it(root, tmp_path_factory, monkeypatch):
    assert shipped_root() == root
    assert overlaid(root).order == (Source(root),)  # once, as the project's
    stray = tmp_path_factory.mktemp("site")  # beside an installed package: somebody else's
    (stray / "data" / "digitized").mkdir(parents=True)
    monkeypatch.setattr(find_module, "PACKAGE", stray / "survcomp")
    assert shipped_root() is None


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("data/digitized/my_trial/trial.toml", "project"),
        ("data/digitized/other_trial/trial.toml", "project"),
        ("data/digitized/third_trial/trial.toml", "shipped"),
        ("data/digitized/gone/trial.toml", "project"),
        ("data/digitized", "project"),
        ("data/digitized/../third_trial", "project"),
        ("analyses/a_vs_b/analysis.toml", "project"),
        ("../third_trial/trial.toml", "project"),
    ],
)
def test_each_input_has_one_root(data_root, shipped, name, where):
    roots = {"project": data_root, "shipped": shipped}
    sources = Sources((Source(data_root), Source(shipped, "shipped")))
    assert sources.root_of(name, data_root) == roots[where]


def test_sources_stay_as_they_are(data_root):
    sources = sources_at(data_root)
    assert sources_at(sources) is sources
    with pytest.raises(NotFoundError, match=r"no trial '\.\./my_trial'"):
        sources.of("../my_trial")
