"""The drawn grid: what tips is shaded, the yardsticks are named, and nothing covers anything."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.text import Annotation, Text
from support.maic import MATCH, comparator, target, treated

from survcomp.comparison import (
    ConfounderSettings,
    Matching,
    confounder_grid,
    confounder_picture,
    log_bias_factor,
    matched_arms,
    unmatched_arms,
)
from survcomp.errors import InputError
from survcomp.report.figures.confounder import LINE, _spread, confounder_figure, figure_of


@pytest.fixture(scope="module")
def arms():
    return matched_arms(
        treated(150), comparator(140), Matching(target(61), match=MATCH), outcome="OS"
    )


def test_the_figure_is_svg_with_a_title_and_the_same_on_every_run(arms):
    grid = confounder_grid(arms)
    svg = confounder_figure(grid)
    assert ElementTree.fromstring(svg).attrib["role"] == "img"
    assert 'aria-label="Hazard ratio of A against B, OS, under an unmeasured confounder"' in svg
    assert svg == confounder_figure(grid)
    for words in ("age (mean)", "male (proportion)", "beyond it the conclusion tips", "HR is 1"):
        assert words in svg


def test_without_a_conclusion_nothing_is_shaded():
    grid = confounder_grid(unmatched_arms(comparator(40), comparator(40, seed=5), outcome="OS"))
    svg = confounder_figure(grid)
    assert "tips" not in svg
    assert "Measured covariate" not in svg


def test_a_yardstick_beyond_the_grid_says_so(arms):
    small = ConfounderSettings(differences=(-0.01, 0.0, 0.01), hazard_ratios=(1.0, 1.01))
    assert "(off the grid)" in confounder_figure(confounder_grid(arms, settings=small))


def test_the_tipping_line_is_where_the_interval_reaches_1(arms):
    grid = confounder_grid(arms)
    near = grid.observed.near
    axes = figure_of(confounder_picture(grid)).axes[0]
    line = next(c for c in axes.collections if list(getattr(c, "levels", [])) == [near])
    points = line.get_paths()[0].vertices
    assert len(points) > 10
    for x, y in points:
        bias = log_bias_factor(*grid.settings.prevalences(float(x)), float(y))
        assert grid.observed.ci_high - bias == pytest.approx(0, abs=2e-3)


def test_the_mesh_is_the_bias_and_its_corners_are_the_grid_s(arms):
    grid = confounder_grid(arms)
    picture = confounder_picture(grid)
    assert picture.log_bias.shape == (picture.hazard_ratio.size, picture.difference.size)
    corners = np.ix_([0, -1], [0, -1])
    assert picture.estimate - picture.log_bias[corners] == pytest.approx(
        grid.log_hr[corners], abs=1e-12
    )


def test_a_conclusion_that_nothing_tips_is_said(arms):
    small = ConfounderSettings(differences=(-0.01, 0.0, 0.01), hazard_ratios=(1.0, 1.01))
    svg = confounder_figure(confounder_grid(arms, settings=small))
    assert "No confounder shown here tips the conclusion" in svg


def test_no_number_of_a_line_is_half_under_a_name(arms):
    axes = figure_of(confounder_picture(confounder_grid(arms))).axes[0]
    texts = [t for t in axes.texts if t.get_visible()]
    names = [t for t in texts if isinstance(t, Annotation)]
    numbers = [t for t in texts if not isinstance(t, Annotation)]
    assert names
    assert numbers
    for name in names:
        for number in numbers:
            assert not Text.get_window_extent(name).overlaps(number.get_window_extent())


def test_names_keep_apart():
    heights = _spread([0.0, 0.0, 0.01, 0.5, 0.99, 1.0, 1.0])
    assert all(b - a >= LINE - 1e-12 for a, b in pairwise(heights))
    assert heights[0] > 0
    assert heights[-1] < 1
    assert heights[3] == 0.5


@pytest.mark.parametrize("options", [{"differences": (0.1,)}, {"hazard_ratios": (2.0,)}])
def test_a_single_row_or_column_is_not_drawn(arms, options):
    grid = confounder_grid(arms, settings=ConfounderSettings(**options))
    with pytest.raises(InputError, match="at least 2 differences and 2 hazard ratios"):
        confounder_figure(grid)
