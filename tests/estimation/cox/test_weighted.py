"""The weighted two-arm Cox model against R, lifelines, hands, and numerical derivatives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.paths import GOLDEN

from survcomp.errors import InputError
from survcomp.estimation import two_arm_log_hr
from survcomp.estimation.cox.weighted import weighted_cox, weighted_log_hrs
from survcomp.estimation.lifelines_adapter import cox_log_hazard_ratio


@st.composite
def patients(draw):
    """Two arms with heavy ties and unequal weights."""
    n = draw(st.integers(6, 25))
    time = draw(st.lists(st.integers(1, 8), min_size=n, max_size=n))
    event = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    treated = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    weight = draw(st.lists(st.floats(0.05, 5.0), min_size=n, max_size=n))
    return tuple(np.array(column) for column in (time, event, treated, weight))


def fit_or_skip(time, event, treated, weight, **options):
    try:
        return weighted_cox(time, event, treated, weight, **options)
    except InputError:
        assume(False)


@pytest.mark.parametrize("column", ["time", "tied"])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_against_r(golden, column, ties):
    """R's coxph with robust = TRUE; its Newton stops within 1e-8 of the maximum."""
    d = pd.read_csv(GOLDEN / "weighted_maic_patients.csv")
    fit = weighted_cox(d[column], d.event, d.treated, d.weight, ties=ties)
    r = golden("weighted_maic")
    for name in ("log_hr", "se_model", "se_robust"):
        assert getattr(fit, name) == pytest.approx(r[f"cox/{column}/{ties}/{name}"], rel=1e-8)


def test_one_death_each_by_hand():
    """Weights 2, 2 against 1, 3; a treated death at 1, another's at 2.

    With 4 against 4 at risk, then 2 against 4, the score is 2 / (h + 1) - h / (h + 2): it is
    0 at h^2 - h - 4 = 0.
    """
    fit = weighted_cox([1, 3, 2, 4], [1, 0, 1, 0], [1, 1, 0, 0], [2, 2, 1, 3])
    assert np.exp(fit.log_hr) == pytest.approx((1 + 17**0.5) / 2, rel=1e-9)


@given(patients())
@settings(max_examples=30)
def test_any_patients_against_lifelines(data):
    fit = fit_or_skip(*data)
    expected, _ = cox_log_hazard_ratio(*data)
    assert fit.log_hr == pytest.approx(expected, abs=1e-7)


@given(patients())
@settings(max_examples=30)
def test_breslow_and_efron_agree_without_ties(data):
    """Unequal weights, no ties: the two are the same model."""
    time, event, treated, weight = data
    time = np.arange(time.size) + 0.5
    a, b = (fit_or_skip(time, event, treated, weight, ties=t) for t in ("efron", "breslow"))
    assert (a.log_hr, a.se_model, a.se_robust) == pytest.approx(
        (b.log_hr, b.se_model, b.se_robust), rel=1e-9
    )


@given(patients(), st.sampled_from(["efron", "breslow"]))
@settings(max_examples=20)
def test_the_influence_is_the_derivative(data, ties):
    """Weight times the derivative of the log hazard ratio for it, by central differences."""
    time, event, treated, weight = data
    fit = fit_or_skip(time, event, treated, weight, ties=ties)
    assume(fit.se_model < 3)  # a flat likelihood has no accurate numerical derivative
    for i in range(time.size):
        step = np.where(np.arange(time.size) == i, 1e-4, 0.0)
        up, down = (weighted_cox(time, event, treated, weight * s, ties=ties).log_hr
                    for s in (1 + step, 1 - step))  # fmt: skip
        assert (up - down) / 2e-4 == pytest.approx(fit.influence[i], abs=1e-5)


@given(patients(), st.floats(0.01, 100))
@settings(max_examples=30)
def test_what_changes_nothing(data, factor):
    """The scale of all weights together, the unit of time and the order of the patients."""
    time, event, treated, weight = data
    fit = fit_or_skip(*data)
    assert fit.influence.sum() == pytest.approx(0, abs=1e-8)
    scaled = weighted_cox(time * factor, event, treated, weight * factor)
    assert (scaled.log_hr, scaled.se_robust) == pytest.approx((fit.log_hr, fit.se_robust), abs=1e-8)
    back = slice(None, None, -1)
    turned = weighted_cox(time[back], event[back], treated[back], weight[back])
    assert turned.influence[back] == pytest.approx(fit.influence, abs=1e-9)
    swapped = weighted_cox(time, event, ~treated, weight)
    assert swapped.log_hr == pytest.approx(-fit.log_hr, abs=1e-9)


@given(patients(), st.integers(0, 2**32 - 1), st.sampled_from(["efron", "breslow"]))
@settings(max_examples=30)
def test_counts_are_copies_of_patients(data, seed, ties):
    """A batch with counts is the same as each data set with its patients written out."""
    time, event, treated, weight = (column[np.argsort(data[0])] for column in data)
    rng = np.random.default_rng(seed)
    count = rng.multinomial(time.size, np.full(time.size, 1 / time.size), size=4).astype(float)
    weights = weight * rng.uniform(0.5, 2, count.shape)
    rows = (time[None].astype(float), event[None], treated[None])
    log_hrs = weighted_log_hrs(*rows, weights, count, ties=ties)
    apart = weighted_log_hrs(*(np.repeat(r, 4, axis=0) for r in rows), weights, count, ties=ties)
    assert np.array_equal(log_hrs, apart, equal_nan=True)
    for b in range(4):
        copies = np.repeat(np.arange(time.size), count[b].astype(int))
        try:
            alone = weighted_cox(
                time[copies], event[copies], treated[copies], weights[b, copies], ties=ties
            ).log_hr
        except InputError:
            assert np.isnan(log_hrs[b])
        else:
            assert log_hrs[b] == pytest.approx(alone, abs=1e-9)


@given(patients())
@settings(max_examples=40)
def test_equal_weights_are_none(data):
    time, event, treated, _ = data
    try:
        expected = two_arm_log_hr(time, event, treated)
    except InputError:
        with pytest.raises(InputError, match="no finite estimate"):
            weighted_cox(time, event, treated, np.ones(time.size))
        return
    fit = weighted_cox(time, event, treated, np.full(time.size, 1.0))
    assert (fit.log_hr, fit.se_model) == pytest.approx(expected, abs=1e-9)


def test_only_a_patient_without_weight_keeps_the_arms_apart():
    """The last treated death outlives everybody, but for one comparator of no weight."""
    time, event, treated = [1, 2, 9, 3, 4, 5], [0, 0, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]
    with pytest.raises(InputError, match="no finite estimate: no event of one arm"):
        weighted_cox(time, event, treated, np.ones(6))
    time[1], event[1] = 3.5, 1
    assert np.isfinite(weighted_cox(time, event, treated, [1, 1, 1, 1, 1, 1]).log_hr)
    with pytest.raises(InputError, match=r"carry less than 0\.0001"):
        weighted_cox(time, event, treated, [1, 1e-5, 1, 1, 1, 1])


def test_what_is_refused():
    with pytest.raises(InputError, match="`weight` must hold 2 values; got 1"):
        weighted_cox([1, 2], [1, 1], [1, 0], [1])
    with pytest.raises(InputError, match=r"`weight` must be at least 0; got -1\.0"):
        weighted_cox([1, 2], [1, 1], [1, 0], [1, -1])
    with pytest.raises(InputError, match="`ties` must be one of"):
        weighted_cox([1, 2], [1, 1], [1, 0], [1, 1], ties="exact")
