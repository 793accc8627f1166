"""Published baselines as a yardstick: the effect named does tip, and no weaker one does."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.maic import MATCH, comparator, target, treated

from survcomp.comparison import (
    Matching,
    confounder_grid,
    confounder_picture,
    log_bias_factor,
    matched_arms,
    uneven_covariates,
    uneven_rows,
    unmatched_arms,
)
from survcomp.errors import InputError, NotFoundError
from survcomp.report.figures.confounder import picture_figure
from survcomp.values import IPD, Mean, Population, Proportion


def arm(name, factor) -> IPD:
    return IPD.from_times([factor * t for t in range(1, 41)], [], arm=name, time_unit="months")


def grid(factor=3.0):
    """HR far below 1 with a factor above 1, far above 1 with one below."""
    return confounder_grid(unmatched_arms(arm("A", factor), arm("B", 1), outcome="OS"))


def published(share, *, name="A", definition="") -> Population:
    moment = Proportion(name="risk", label="High risk", value=share, definition=definition)
    return Population.from_moments([Mean(name="age", value=60), moment], n=100, name=name)


GRIDS = {factor: grid(factor) for factor in (3.0, 1 / 3)}


@pytest.mark.parametrize("factor", [3.0, 1 / 3])
@given(p1=st.floats(0.01, 0.99), p0=st.floats(0.01, 0.99))
def test_the_effect_named_brings_the_interval_to_1(factor, p1, p0):
    near = GRIDS[factor].observed.near
    uneven = uneven_covariates(
        GRIDS[factor], published(p1), published(p0, name="B"), covariates=["risk"]
    )[0]
    pair = (1 - p1, 1 - p0) if uneven.absence else (p1, p0)
    if math.isinf(uneven.hazard_ratio):
        # even one without limit has a bias of p1 / p0 at most
        assert abs(math.log(pair[0] / pair[1])) <= abs(near) + 1e-9
        return
    assume(uneven.hazard_ratio < 1e6)
    assert uneven.hazard_ratio > 1
    assert log_bias_factor(*pair, uneven.hazard_ratio) == pytest.approx(near, abs=1e-6)


def test_both_ways_of_counting_are_the_same_confounder():
    with_it = uneven_covariates(grid(), published(0.1), published(0.7), covariates=["risk"])[0]
    without = uneven_covariates(grid(), published(0.9), published(0.3), covariates=["risk"])[0]
    assert with_it.hazard_ratio == pytest.approx(without.hazard_ratio)
    assert (with_it.absence, without.absence) == (False, True)


def test_rows_say_what_is_published_and_how_strong():
    uneven = uneven_covariates(
        grid(), published(0.1, definition="FISH"), published(0.7), covariates=["risk"]
    )
    (row,) = uneven_rows(uneven).rows
    assert row.changed == "as uneven as: High risk"
    assert row.measure == "confounder_hr"
    assert row.estimate == uneven[0].hazard_ratio
    assert row.note.startswith("Published: 10% against 70%. Hazard ratio of those with it")
    assert row.note.endswith("The two publications define it differently.")


def test_a_covariate_that_is_alike_explains_nothing():
    (alike,) = uneven_covariates(grid(), published(0.5), published(0.5), covariates=["risk"])
    assert alike.hazard_ratio == math.inf
    assert "however strong" in uneven_rows([alike]).rows[0].note


def test_without_a_conclusion_there_is_nothing_to_explain():
    same = confounder_grid(unmatched_arms(arm("A", 1.05), arm("B", 1), outcome="OS"))
    assert uneven_covariates(same, published(0.1), published(0.7), covariates=["risk"]) == ()
    (row,) = uneven_rows(()).rows
    assert row.refused
    assert "holds 1" in row.note


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (["age"], NotFoundError, "A has no proportion 'age'; it has risk"),
        (["height"], NotFoundError, "A has no proportion 'height'"),
        (["risk", "risk"], InputError, "`covariates` names 'risk' more than once"),
    ],
)
def test_covariates_that_cannot_be_put_to_the_test(names, error, message):
    with pytest.raises(error, match=message):
        uneven_covariates(grid(), published(0.1), published(0.7), covariates=names)


def test_they_are_drawn_with_what_they_would_need():
    shown = grid()
    uneven = uneven_covariates(shown, published(0.1), published(0.7), covariates=["risk"])
    svg = picture_figure(confounder_picture(shown, uneven=uneven)).svg()
    assert f"High risk: {uneven[0].hazard_ratio:.1f} (off the grid)" in svg
    assert "Published covariate, and the hazard ratio it would need" in svg
    alike = uneven_covariates(shown, published(0.5), published(0.5), covariates=["risk"])
    drawing = picture_figure(confounder_picture(shown, uneven=alike))
    assert "High risk: none strong enough" in drawing.svg()


def test_only_matched_arms_speak_of_matched_covariates():
    from survcomp.comparison import confounder_rows

    arms = matched_arms(
        treated(150), comparator(140), Matching(target(61), match=MATCH), outcome="OS"
    )
    matched = confounder_rows(confounder_grid(arms)).rows[0].note
    assert "independent of the matched covariates" in matched
    naive = confounder_rows(grid()).rows[0]
    assert "matched" not in naive.note
    assert f"by a factor of {naive.estimate:.2f}" in naive.note
