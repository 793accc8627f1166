"""Pooling of effects: against base R, statsmodels and by hand, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects
from support.effects import ABOUT

from survcomp.comparison import pool_contrasts
from survcomp.errors import IncompatibleError, InputError
from survcomp.values import Contrast, LinkEstimate, Question

Y = (-0.51, -0.22, -0.80, 0.05, -0.35)
SE = (0.20, 0.15, 0.30, 0.18, 0.25)


def effect(y=-0.3, se=0.2, trial="T1", **fields) -> Contrast:
    about = {"treatment": "A", "comparator": "B", "outcome": "OS", "measure": "log_hr"}
    about |= {name: fields.pop(name) for name in ABOUT & set(fields)}
    errors = {name: fields.pop(name) for name in ("se_reconstruction",) if name in fields}
    question = Question(**{"population": trial, "estimand": "marginal"} | about)
    numbers = LinkEstimate(estimate=y, se_sampling=se, **errors)
    return replace(Contrast.from_link(question, numbers), **fields)


def several(ys=Y, ses=SE) -> list[Contrast]:
    return [effect(y, se, f"T{i}") for i, (y, se) in enumerate(zip(ys, ses, strict=True), 1)]


@pytest.mark.parametrize("between", ["DL", "PM"])
def test_it_is_what_base_r_gives(golden, between):
    """Formulas of a few operations; Paule and Mandel's root to 1e-14 in both."""
    r = golden("outcome_models")
    pooled = pool_contrasts(several(), population="all", between=between)
    for name, value in (
        ("fixed", pooled.fixed.link_value),
        ("fixed_se", pooled.fixed.se),
        ("q", pooled.q),
        ("q_p", pooled.p_q),
        ("i2", pooled.i_squared),
        (f"{between}/tau2", pooled.tau_squared),
        (f"{between}/random", pooled.random.link_value),
        (f"{between}/se", pooled.random.se),
        (f"{between}/prediction_low", pooled.prediction_low),
        (f"{between}/prediction_high", pooled.prediction_high),
    ):
        assert value == pytest.approx(r[f"pool/{name}"], rel=1e-10)


effects_of_trials = st.lists(
    st.tuples(st.floats(-2, 2), st.floats(0.05, 1)), min_size=3, max_size=8
)


@given(effects_of_trials)
def test_it_is_what_statsmodels_gives_where_that_converges(pairs):
    y, se = map(np.array, zip(*pairs, strict=True))
    pooled = pool_contrasts(several(y, se), population="all", between="DL")
    with np.errstate(all="ignore"):  # it does not cut the variance at 0
        other = combine_effects(y, se**2, method_re="dl")
    assert pooled.fixed.link_value == pytest.approx(other.mean_effect_fe, abs=1e-12)
    assert pooled.q == pytest.approx(other.q, abs=1e-9)
    if other.tau2 > 0:
        assert pooled.random.link_value == pytest.approx(other.mean_effect_re, abs=1e-10)
        assert pooled.random.se == pytest.approx(other.sd_eff_w_re, rel=1e-9)
    else:  # a negative variance is no variance: both models are then the same
        assert pooled.tau_squared == 0
        assert pooled.random.link_value == pytest.approx(pooled.fixed.link_value, abs=1e-12)


@given(effects_of_trials)
def test_paule_and_mandel_solve_their_equation(pairs):
    y, se = map(np.array, zip(*pairs, strict=True))
    pooled = pool_contrasts(several(y, se), population="all")
    if pooled.tau_squared > 0:
        w = 1 / (se**2 + pooled.tau_squared)
        assert w @ (y - pooled.random.link_value) ** 2 == pytest.approx(y.size - 1, rel=1e-6)
    else:
        assert pooled.q <= y.size - 1 + 1e-9


def test_equal_effects_pool_to_themselves():
    pooled = pool_contrasts(several((0.4,) * 4, (0.2,) * 4), population="all")
    assert pooled.fixed.link_value == pytest.approx(0.4)
    assert pooled.fixed.se == pytest.approx(0.1)
    assert (pooled.q, pooled.i_squared, pooled.tau_squared) == pytest.approx((0, 0, 0), abs=1e-12)
    assert pooled.weight_fixed.tolist() == pytest.approx([0.25] * 4)


def test_two_effects_by_hand():
    """y = 0 and 2 with variance 1: Q = 2, tau^2 = 1, the mean 1 with variance 1."""
    pooled = pool_contrasts(several((0.0, 2.0), (1.0, 1.0)), population="all", between="DL")
    assert (pooled.q, pooled.i_squared, pooled.tau_squared) == pytest.approx((2.0, 0.5, 1.0))
    assert (pooled.random.link_value, pooled.random.se) == pytest.approx((1.0, 1.0))
    assert pooled.fixed.se == pytest.approx(0.5**0.5)
    assert (pooled.prediction_low, pooled.prediction_high) == (None, None)


def test_the_error_of_a_reconstruction_counts_and_words_are_kept():
    ours = effect(se=0.3, se_reconstruction=0.4, assumptions=("X.",), notes=("N.",), sources=("S",))
    other = effect(se=0.5, trial="T2", assumes_censoring=True)
    pooled = pool_contrasts([ours, other], population="T2")
    assert pooled.fixed.se == pytest.approx(0.5 / 2**0.5)
    assert pooled.fixed.interval == (
        "sampling and reconstruction error of 2 effects, under assumed censoring"
    )
    assert pooled.fixed.assumptions == (
        "The effects are of different patients.",
        "The effects in T1 are those that T2 would have.",
        "X.",
    )
    assert (pooled.random.notes, pooled.random.sources) == (("N.",), ("S",))
    assert pooled.to_frame().effect.tolist() == ["T1", "T2", "fixed", "random"]
    assert "weight_random" in pooled._repr_html_()
    mixed = [replace(ours, adjustment="weighting"), other]
    assert pool_contrasts(mixed, population="all").fixed.adjustment == "not stated"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("treatment", "C"),
        ("comparator", "C"),
        ("outcome", "PFS"),
        ("measure", "log_or"),
        ("estimand", "conditional"),
    ],
)
def test_unlike_effects_are_refused_by_name(field, value):
    with pytest.raises(IncompatibleError, match=f"T1 and T2 differ in {field}"):
        pool_contrasts([effect(), effect(trial="T2", **{field: value})], population="all")


def test_what_else_is_refused():
    area = {"measure": "rmst_difference", "time_unit": "months", "horizon": 12.0}
    with pytest.raises(IncompatibleError, match=r"differ in horizon: 12\.0 and 24\.0"):
        pool_contrasts(
            [effect(**area), effect(trial="T2", **area | {"horizon": 24.0})], population="all"
        )
    bare = [effect(trial=name, measure="rmst_difference") for name in ("T1", "T2")]
    with pytest.raises(IncompatibleError, match="cannot be pooled"):
        pool_contrasts(bare, population="all")
    medians = [effect(trial=name, measure="median_difference") for name in ("T1", "T2")]
    with pytest.raises(IncompatibleError, match="the time_unit of the median differences is not"):
        pool_contrasts(medians, population="all")
    alive = {"measure": "survival_difference", "time_unit": "months"}
    with pytest.raises(IncompatibleError, match="differ in horizon: 12 and 24"):
        pool_contrasts(
            [effect(horizon=12, **alive), effect(trial="T2", horizon=24, **alive)],
            population="all",
        )
    silent = [effect(trial=name, estimand="not stated") for name in ("T1", "T2")]
    with pytest.raises(IncompatibleError, match="say marginal or conditional"):
        pool_contrasts(silent, population="all")
    for se in (None, 0.0):
        with pytest.raises(IncompatibleError, match=f"T2 has a standard error of {se}"):
            pool_contrasts([effect(), effect(trial="T2", se=se)], population="all")
    with pytest.raises(InputError, match="at least two; got 1"):
        pool_contrasts([effect()], population="all")
    with pytest.raises(InputError, match="that of T1 twice"):
        pool_contrasts([effect(), effect()], population="all")
    with pytest.raises(InputError, match="`between` must be one of 'DL', 'PM'"):
        pool_contrasts(several(), population="all", between="REML")
