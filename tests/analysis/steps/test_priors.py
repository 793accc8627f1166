"""The effect over draws under other priors of the shape stands beside that under the stated one."""

from __future__ import annotations

import pytest

from survcomp.analysis import load, run
from survcomp.analysis.steps.parts.priors import OTHERS
from survcomp.evidence import read_trial
from survcomp.reconstruction import summary
from survcomp.report import render_html


@pytest.fixture
def results(data_root):
    return run(load(data_root / "analyses" / "a_vs_b"))


def test_each_moves_the_effect_and_leaves_the_stated_one(results):
    at = "comparison/pfs"
    settings = results.settings["settings"]
    assert results.children(f"{at}/shape_prior") == tuple(other.id for other in OTHERS)
    stated = results.value(f"{at}/over_draws/log_hr/estimate")
    values = [results.value(f"{at}/shape_prior/{o.id}/log_hr/estimate") for o in OTHERS]
    assert len({stated, *values}) == 3
    assert settings["draws"] > 1


def test_both_stand_in_the_report(results):
    html = render_html(results)
    for other in OTHERS:
        assert other.label in html
    assert "log shape of the Weibull hazard from N(" in html
    assert "comes from one prior, a Weibull hazard whose log shape is N(-0.1, 0.45²)" in html
    assert "whatever the shape" not in html


def test_without_draws_there_are_none(data_root, edit):
    edit("a_vs_b/analysis.toml", "draws = 10", "draws = 0")
    results = run(load(data_root / "analyses" / "a_vs_b"))
    assert not results.under("comparison/pfs/shape_prior")


def test_a_rising_hazard_moves_events_later():
    curve = read_trial("karmma").curve(arm="ide_cel", endpoint="PFS", cut="13.3 months")
    early, late = (summary(curve, draws=60, rng=1, prior=other.prior).ensemble for other in OTHERS)
    # less survives beyond the last printed number where the hazard rises
    at_16 = [
        sum(float((draw.time > 16).mean()) for draw in ensemble) / len(ensemble)
        for ensemble in (early, late)
    ]
    assert at_16[1] < at_16[0]
