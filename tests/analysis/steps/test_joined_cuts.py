"""Draws of an analysis that rest on earlier cuts too."""

from __future__ import annotations

import pytest

from survcomp.analysis import load, run
from survcomp.errors import SurvcompError
from survcomp.report import render_html

LATER = """
[[cuts]]
label = "25 months"
follow_up = { median = 25.1, range = [0.2, 33.0], source = "Q1" }

[[curves]]
arm = "drug_a"
endpoint = "PFS"
cut = "25 months"
n = 97
analysis_set = "treated"
index_date = "start of treatment"
landmarks = [{ time = 24, survival = 0.60, source = "Q1" }]
"""
SIDE = 'treatment = { trial = "other_trial", arm = "drug_a", cut = "13 months" }\ncomparator'


@pytest.fixture
def later(data_root, edit):
    """The treatment at its later cut, with or without the earlier one."""
    path = data_root / "data/digitized/other_trial/trial.toml"
    path.write_text(path.read_text() + LATER)

    def change(joined):
        new = SIDE.replace('"13 months" }', f'"25 months"{joined} }}')
        edit("a_vs_b/analysis.toml", SIDE, new)
        edit(
            "a_vs_b/analysis.toml",
            'id = "pfs"\n',
            'id = "pfs"\nassumptions = { follow_up = "Follow-up differs." }\n',
        )
        return data_root / "analyses" / "a_vs_b"

    return change


def test_earlier_cuts_narrow_the_draws_and_the_report_says_so(later, edit):
    """S(12) with its interval is printed at the earlier cut only."""
    folder = later(', joined_with = ["13 months"]')
    joined = run(load(folder))
    said = joined.value("comparison/pfs/treatment/joined/0")
    assert said.startswith("Draws also rest on the cut '13 months', 11.8 months earlier by the")
    assert "Draws also rest on the cut" in render_html(joined)
    edit("a_vs_b/analysis.toml", ', joined_with = ["13 months"]', "")
    alone = run(load(folder))
    path = "comparison/pfs/over_draws/log_hr/se_reconstruction"
    assert joined.value(path) < alone.value(path)
    assert "comparison/pfs/treatment/joined/0" not in alone


def test_a_cut_that_is_not_there_is_an_error(later):
    with pytest.raises(SurvcompError, match="no curve 'drug_a/PFS/9 months'"):
        run(load(later(', joined_with = ["9 months"]')))
