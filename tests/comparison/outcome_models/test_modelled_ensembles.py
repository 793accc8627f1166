"""Outcome models against draws of a reconstruction: identities, spread, words and refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.modelled import ALIVE, FEW, HR, RMST, baseline, frame, ipd_of, target

from survcomp.comparison import (
    Resampling,
    UnanchoredSurvival,
    unanchored_augmented,
    unanchored_g_computation,
    unanchored_stc,
)
from survcomp.comparison.outcome_models.estimate import bootstrap
from survcomp.errors import BeyondFollowUpError, InputError
from survcomp.estimation import pool
from survcomp.values import Ensemble

TREATED = ipd_of(frame(80, 8))
OTHER = replace(
    ipd_of(frame(70, 9, arms=("B",), shift=0.5)),
    origin="reconstructed",
    covariate_names=(),
    covariate_values=np.empty((70, 0)),
)


def generator():
    return np.random.default_rng(11)


def ensemble(*factors: float, **fields) -> Ensemble:
    """Draws whose times are stretched: the longest draw lives longest."""
    draws = tuple(replace(OTHER, time=OTHER.time * f, **fields) for f in factors)
    return Ensemble(draws=draws, method="made up", curve_id="T/B/OS")


def against(other) -> UnanchoredSurvival:
    return UnanchoredSurvival(TREATED, other, outcome="OS")


def g_computation(other, effect=RMST, resampling=FEW):
    return unanchored_g_computation(
        against(other), target(n=60), effect=effect, rng=generator(), resampling=resampling,
    )  # fmt: skip


def augmented(other, effect=RMST, resampling=FEW):
    return unanchored_augmented(
        against(other), baseline(), target(n=60), match=["x1", "x2"], effect=effect,
        rng=generator(), resampling=resampling,
    )  # fmt: skip


def stc(other, effect=RMST, resampling=FEW):
    return unanchored_stc(
        against(other), baseline(), covariates=["x1"], effect=effect, rng=generator(),
        marginal_as_conditional="For comparison.", resampling=resampling,
    )  # fmt: skip


WAYS = pytest.mark.parametrize(
    ("compare", "effect"),
    [
        (g_computation, HR),
        (g_computation, RMST),
        (g_computation, ALIVE),
        (augmented, RMST),
        (augmented, ALIVE),
        (stc, HR),
    ],
)


@WAYS
def test_draws_that_agree_are_one_reconstruction(compare, effect):
    """To the last digit: the draw is chosen after the patients, by the same generator."""
    one, same = compare(OTHER, effect), compare(ensemble(1, 1, 1), effect)
    for field in ("link_value", "se", "link_ci", "time_unit", "horizon", "measure"):
        assert getattr(same, field) == getattr(one, field)
    assert (one.se_reconstruction, same.se_reconstruction) == (None, 0.0)
    assert same.se == one.se


@WAYS
def test_draws_that_differ_widen_the_interval(compare, effect):
    one, spread = compare(OTHER, effect), compare(ensemble(0.7, 0.85, 1, 1.15, 1.3), effect)
    assert spread.se_reconstruction > 0
    assert spread.se_sampling == pytest.approx(one.se, rel=0.15)
    assert spread.se > 1.05 * one.se
    assert spread.link_ci[1] - spread.link_ci[0] > 1.05 * (one.link_ci[1] - one.link_ci[0])


def test_the_estimate_and_the_spread_are_those_of_the_draws():
    factors = (0.8, 0.9, 1.0, 1.3)
    contrast = g_computation(ensemble(*factors))
    apart = [g_computation(draw).link_value for draw in ensemble(*factors)]
    rubin = pool(apart, [contrast.se_sampling**2] * 4)
    assert contrast.link_value == pytest.approx(rubin.value, abs=1e-12)
    assert contrast.se_reconstruction == pytest.approx(rubin.se_reconstruction, rel=1e-12)
    assert contrast.se == pytest.approx(rubin.se, rel=1e-12)


def test_the_interval_holds_the_variance_that_is_reported():
    """600 replicates: their standard deviation has a Monte Carlo error of 3 %."""
    plan = Resampling(replicates=600, interval="normal")
    contrast = g_computation(ensemble(0.6, 1.0, 1.6), resampling=plan)
    half = (contrast.link_ci[1] - contrast.link_ci[0]) / 2 / 1.959963984540054
    assert half == pytest.approx(contrast.se, rel=0.1)
    assert contrast.se_reconstruction > contrast.se_sampling


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=8),
    st.floats(-3, 3),
    st.integers(0, 1000),
)
def test_sampling_error_does_not_depend_on_where_the_draws_are(shifts, level, seed):
    """Estimators that differ by a constant: the mean of the patients drawn, plus a shift."""
    values = np.random.default_rng(seed).normal(level, 1, 30)

    def shifted(by):
        return lambda rows: float(values[rows].mean()) + by

    plan = Resampling(replicates=40, interval="normal")
    rng = np.random.default_rng
    one = bootstrap([shifted(0.0)], [30], rng=rng(seed), resampling=plan)
    many = bootstrap([shifted(s) for s in shifts], [30], rng=rng(seed), resampling=plan)
    assert many.se_sampling == pytest.approx(one.se_sampling, rel=1e-9)
    assert many.value == pytest.approx(one.value + np.mean(shifts), abs=1e-9)
    m = len(shifts)
    between = (1 + 1 / m) * np.var(shifts, ddof=1)
    assert many.se_reconstruction == pytest.approx(between**0.5, abs=1e-9)


def test_replicates_beyond_the_follow_up_are_one_reason_whatever_their_times():
    values = np.linspace(1, 9, 30)

    def mean_if_followed(rows):
        last = values[rows].mean()
        if last > 5.5:
            raise BeyondFollowUpError(f"an arm is followed to {last:g} only, not to 12.")
        return float(last)

    estimated = bootstrap([mean_if_followed], [30], rng=generator(), resampling=FEW)
    (failures,) = estimated.failures
    assert failures.reason == "the horizon lies beyond the follow-up"
    assert (failures.count > 1, estimated.replicates) == (True, 60)


def test_the_words_say_what_the_interval_holds():
    contrast = g_computation(ensemble(0.9, 1.1, censoring="assumed"))
    assert contrast.interval == (
        "sampling and reconstruction error, under assumed censoring; normal bootstrap of 60, both "
        "sides resampled (B from one of 2 draws), the model fitted every time; the target is held "
        "fixed"
    )
    assert contrast.remarks[-1].startswith("Reconstruction error is ")
    assert contrast.remarks[-1].endswith("% of the total variance (B/T), from 2 draws.")
    one = g_computation(OTHER)
    assert one.interval.startswith("sampling error only; the error of the reconstruction is not")
    rebuilt = replace(TREATED, origin="reconstructed with imputed covariates")
    mixed = unanchored_g_computation(
        UnanchoredSurvival(rebuilt, ensemble(0.9, 1.1), outcome="OS"), target(n=60), effect=RMST,
        rng=generator(), resampling=FEW,
    )  # fmt: skip
    assert mixed.interval.startswith("sampling error, and the reconstruction error of B alone")


def test_what_draws_cannot_do_is_refused():
    two = ensemble(0.9, 1.1)
    with pytest.raises(InputError, match="patients of different draws of an ensemble"):
        g_computation(two, resampling=Resampling(replicates=50, interval="BCa"))
    with pytest.raises(InputError, match=r"draw 2: an arm is followed to .* only, not to 20"):
        g_computation(ensemble(1, 0.3), HR)
    both = tuple(replace(d, arm=("B", "C") * 35) for d in two)
    with pytest.raises(InputError, match="`comparator` must hold one arm; got B, C"):
        g_computation(Ensemble(draws=both, method="made up", curve_id="T/B/OS"))
