"""Published comparisons of the pair all stand beside ours, those that disagree too."""

from __future__ import annotations

import tomllib

import pytest

import survcomp as sc

PAIR = ("cilta-cel", "ide-cel")


@pytest.mark.parametrize("name", ["cilta_vs_ide_late_line", "cilta_vs_ide_earlier_line"])
def test_a_flagship_lists_every_published_comparison_of_its_pair(root, name):
    held = {
        (trial, published.id)
        for trial in sc.trials(root)
        for published in sc.read_trial(trial, root).contrasts
        if (published.contrast.treatment, published.contrast.comparator) == PAIR
    }
    with (root / "analyses" / name / "analysis.toml").open("rb") as file:
        tables = tomllib.load(file)["published"]
    assert {(table["trial"], table["contrast"]) for table in tables} >= held
    assert len(held) >= 9
    assert all(table["why"] and not table["why"].startswith("As above") for table in tables)
