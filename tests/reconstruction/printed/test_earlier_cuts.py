"""One cohort at two data cuts: the curves of the earlier one, and what may differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cohort import enrol

from survcomp.reconstruction.printed.earlier_cuts import joined_curves, make_gap
from survcomp.reconstruction.printed.frame import CrudeArm, ShapePrior, make_frame
from survcomp.reconstruction.printed.latent_curve import Followed

LONGEST, RATE, N = 30.0, 0.05, 200


def frame(*gaps, bent=False):
    """With equal cells, and the mean hazard where the unknowns are 0: no noise to make up for."""
    made = make_frame(
        CrudeArm(
            n=N,
            longest=LONGEST,
            events=100,
            rate=RATE,
            share_followed=lambda time: 1.0 - time / 30.0,
        ),
        prior=ShapePrior(mean=0.0, sd=0.3),
        tail_from=16.0,
        dropout=0.08,
        bent=bent,
        gaps=tuple(make_gap(before=g, se=0.2, last=1.0, longest=LONGEST) for g in gaps),
    )
    return replace(made, lowered=np.zeros_like(made.lowered))


def at_zero(one):
    return joined_curves(np.zeros((1, one.size)), np.array([LONGEST]), one)


@pytest.mark.parametrize("bent", [False, True])
def test_a_cut_at_the_same_time_is_the_latest(bent):
    latest = at_zero(frame(1e-9, bent=bent))
    (early,) = latest.earlier
    assert early.at_risk == pytest.approx(latest.at_risk, rel=1e-6, abs=0.01)
    assert early.leaving.sum() == pytest.approx(latest.leaving.sum(), rel=1e-4)


def test_with_an_exponential_hazard_the_earlier_cut_is_known():
    """S = exp(-t / 20); start and end of the administrative censoring come 8 months sooner."""
    latest = at_zero(frame(8.0))
    (early,) = latest.earlier
    start = 8.0 + (LONGEST - 8.0) * 0.45
    time = np.array([2.0, 9.0, 11.5, 16.0, 21.0])
    share = np.clip((time + 8.0 - start) / (LONGEST - start), 0, 1)
    followed = (1.0 - share) * np.exp(-0.08 * time / LONGEST)
    assert early.followed(time)[0] == pytest.approx(followed, abs=1e-12)
    assert early.log_survival(time)[0] == pytest.approx(-RATE * time)
    assert early.censoring.longest[0, 0] == LONGEST - 8.0
    assert early.leaving.sum() < latest.leaving.sum()


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), gap=st.floats(0.5, 20.0), bent=st.booleans())
def test_everybody_had_entered_by_the_first_cut_and_nobody_is_followed_longer_then(seed, gap, bent):
    one = frame(0.5 * gap, gap, bent=bent)
    unknown = np.random.default_rng(seed).normal(size=(5, one.size))
    latest = joined_curves(unknown, np.full(5, LONGEST), one)
    time = np.linspace(0.0, LONGEST, 61)
    for early in latest.earlier:
        between = latest.censoring.longest - early.censoring.longest
        assert np.all(between > 0)
        assert np.all(latest.censoring.start >= between)
        plain = latest.censoring.before(between, time)
        assert np.all(plain <= latest.followed(time) + 1e-9)
        assert np.all(np.diff(plain, axis=1) <= 1e-12)
        assert np.all(np.diff(early.followed(time), axis=1) <= 1e-12)


def test_bends_of_one_are_no_bend():
    """Cells of half a month; within one a bent curve is a straight line of the hazard."""
    edges = np.linspace(0.0, LONGEST, 61)
    parts = [np.array([[value]]) for value in (LONGEST, 14.0, 1.0, 0.01)]
    plain, bent = (Followed(*parts, edges, bend) for bend in (None, np.ones((1, 60))))
    time, gap = np.linspace(0.0, 20.0, 41), np.array([[6.0]])
    assert bent.before(gap, time) == pytest.approx(plain.before(gap, time), abs=1e-3)
    assert plain.before(np.zeros((1, 1)), time) == pytest.approx(plain.at(time))


def test_the_earlier_estimate_leaves_the_latest_by_the_difference_of_their_variances():
    one = frame(12.0)
    size, draws = one.latest_size, 4000
    unknown = np.zeros((draws, one.size))
    unknown[:, size + 1 :] = np.random.default_rng(1).normal(size=(draws, one.size - size - 1))
    latest = joined_curves(unknown, np.full(draws, LONGEST), one)
    plain = at_zero(one)
    time = np.array([11.25, 13.75, 16.25])  # ends of stretches, on whole cells
    moved = latest.earlier[0].log_survival(time) - latest.log_survival(time)
    then, now = (np.maximum(one.at_risk, 1e-9) for one in (plain.earlier[0], plain))
    expected = plain.up_to(time, plain.leaving / now * (1.0 / then - 1.0 / now))[0]
    assert moved.std(axis=0) == pytest.approx(np.sqrt(expected), rel=0.15)
    assert moved.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.02)


def estimate(ipd, time):
    """Kaplan-Meier and its Greenwood variance, in order of the patients' times."""
    order = np.argsort(ipd.time)
    event = ipd.event[order] & (ipd.time[order] <= time)
    at_risk = np.arange(ipd.n, 0, -1)
    survival = np.prod(1.0 - event / at_risk)
    return survival, survival**2 * np.sum(event / (at_risk * np.maximum(at_risk - 1, 1)))


def test_so_do_the_estimates_of_simulated_cohorts():
    """Var(earlier - latest) = Var(earlier) - Var(latest), by Greenwood and by 600 cohorts."""
    rng = np.random.default_rng(3)
    moved, greenwood = [], []
    for _ in range(600):
        cohort = enrol(100, rng, dropout=0.0)
        (late, later), (early, sooner) = (estimate(cohort.at(gap), 12.0) for gap in (0.0, 16.0))
        moved.append(early - late)
        greenwood.append(sooner - later)
    assert np.std(moved) == pytest.approx(np.sqrt(np.mean(greenwood)), rel=0.1)
