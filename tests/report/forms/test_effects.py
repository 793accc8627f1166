"""What a run prints: every comparison unadjusted and adjusted, each with its word."""

from __future__ import annotations

import pytest
from support.reports import real_results

from survcomp.report.document.text import effect, shown
from survcomp.report.forms.effects import effects_lines


@pytest.fixture(scope="module")
def weighted():
    return real_results("tutorial_own_trial")


@pytest.fixture(scope="module")
def anchored():
    return real_results("tutorial_anchored")


def test_a_weighted_comparison_is_printed_unadjusted_and_weighted(weighted):
    path = "comparison/rfs"
    lines = list(effects_lines(weighted))
    target = weighted.value(f"{path}/balance/population")
    assert lines == [
        "  Recurrence-free survival, own trial weighted",
        f"    unadjusted: {effect(weighted, f'{path}/over_draws/log_hr')}",
        "      sampling and reconstruction error",
        f"      {weighted.value(f'{path}/over_draws/disagreement')}",  # a warning is printed, too
        f"    MAIC, weighted to {target}: {effect(weighted, f'{path}/maic/over_draws/log_hr')}",
        f"      {weighted.value(f'{path}/maic/over_draws/log_hr/interval')}",
        f"      effective sample size {shown(weighted[f'{path}/maic/weights/ess'])} of 246",
    ]


def test_an_anchored_comparison_says_so_and_shows_its_models(anchored):
    path = "anchored/rfs"
    lines = list(effects_lines(anchored))
    target = anchored.value(f"{path}/balance/population")
    assert lines[1].startswith("    unadjusted (Bucher, not weighted): HR ")
    assert (
        f"    Anchored MAIC, weighted to {target}: {effect(anchored, f'{path}/maic/log_hr')}"
        in (lines)
    )
    assert any(line.startswith("      effective sample size 122.0 of 356") for line in lines)
    assert any(line.startswith("    adjusted by G-computation: HR ") for line in lines)


def test_what_is_not_adjusted_is_called_so():
    lines = list(effects_lines(real_results("cilta_vs_ide_late_line")))
    effects = [line for line in lines if line.startswith("    ") and not line.startswith("     ")]
    assert effects
    assert all(line.startswith("    unadjusted: ") for line in effects)
    assert any(line.startswith("    unadjusted: RR ") for line in effects)
