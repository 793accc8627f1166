"""Contrasts from patients, counts and publications: what they say and what they refuse to say."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from survcomp.adjust import maic_weights
from survcomp.compare import (
    bucher,
    compare_responses,
    enrolled_bound,
    naive_hazard_ratio,
    naive_rmst_difference,
    unanchored_maic,
    within_trial_hazard_ratio,
)
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimate import hazard_ratio
from survcomp.values import IPD, Basis, Contrast, Mean, Population, Response


def arm(name, scale, *, n=60, censoring="assumed", origin="reconstructed", seed=1) -> IPD:
    rng = np.random.default_rng(seed)
    time, limit = rng.exponential(scale, n), rng.uniform(2, 30, n)
    event = time <= limit
    return IPD.from_times(
        time[event],
        limit[~event],
        arm=name,
        time_unit="months",
        origin=origin,
        censoring=censoring,
    )


def test_assumed_censoring_shows_in_the_label_and_hides_the_p_value():
    assumed = naive_hazard_ratio(arm("A", 20), arm("B", 8, seed=2), outcome="PFS")
    assert assumed.interval == "sampling error only, under assumed censoring"
    assert assumed.p is None
    assert "no adjustment possible: no covariates" in assumed.notes
    assert "naive" in assumed.method
    assert "MAIC" not in assumed.method


def test_known_counts_and_observed_patients_have_their_own_labels():
    counted = naive_hazard_ratio(
        arm("A", 20, censoring="from published counts"),
        arm("B", 8, seed=2, censoring="from published counts"),
        outcome="PFS",
    )
    assert counted.interval == "sampling error only; the error of the reconstruction is not in it"
    assert counted.p is not None
    seen = dict(origin="observed", censoring="observed")
    observed = naive_hazard_ratio(arm("A", 20, **seen), arm("B", 8, seed=2, **seen), outcome="PFS")
    assert observed.interval == "sampling error"


def test_the_naive_contrast_is_the_cox_model():
    a, b = arm("A", 20), arm("B", 8, seed=2)
    contrast, fit = naive_hazard_ratio(a, b, outcome="PFS"), hazard_ratio(a, b)
    assert (contrast.estimate, contrast.se) == (fit.estimate, fit.se)
    assert contrast.ci_high - contrast.ci_low == pytest.approx(2 * 1.959964 * fit.se, rel=1e-6)


def test_arms_of_one_trial_rest_on_no_unanchored_assumption():
    contrast = within_trial_hazard_ratio(arm("A", 20), arm("B", 8), outcome="PFS", trial="T")
    assert not any("Unanchored" in text for text in contrast.assumptions)
    other = IPD.from_times(
        [1], [2], arm="B", time_unit="months", basis=Basis(index_date="infusion")
    )
    mine = IPD.from_times(
        [1], [2], arm="A", time_unit="months", basis=Basis(index_date="apheresis")
    )
    with pytest.raises(IncompatibleError, match="index date"):
        within_trial_hazard_ratio(mine, other, outcome="PFS", trial="T")


def test_rmst_difference_by_hand():
    """Areas to 4 months: A loses one of two at 2 (area 3), B one of two at 1 (area 2.5)."""
    a = IPD.from_times([2], [5], arm="A", time_unit="months")
    b = IPD.from_times([1], [5], arm="B", time_unit="months")
    found = naive_rmst_difference(a, b, outcome="OS", horizon=4)
    assert found.estimate == pytest.approx(0.5, rel=1e-12)
    with pytest.raises(IncompatibleError, match="convert one with in_unit"):
        naive_rmst_difference(a, b.in_unit("days"), outcome="OS", horizon=4)


def test_the_enrolled_bound_orders_as_it_must():
    """Early failures on a side make that side look worse; the naive effect lies in between."""
    a, b = arm("A", 30, n=97), arm("B", 9, n=128, seed=3)
    naive = naive_hazard_ratio(a, b, outcome="PFS").estimate
    bound = enrolled_bound(a, b, enrolled=(113, 140), outcome="PFS")
    assert (bound.added_treatment, bound.added_comparator) == (16, 12)
    order = [bound.comparator_only, bound.both, bound.treatment_only]
    estimates = [contrast.estimate for contrast in order]
    assert estimates == sorted(estimates)
    assert estimates[0] < naive < estimates[2]
    assert all("A bound, not an estimate" in contrast.notes[0] for contrast in order)
    assert all(contrast.p is None for contrast in order)


def test_fewer_enrolled_than_infused_is_refused():
    with pytest.raises(InputError, match="fewer than the 60 and 60 infused"):
        enrolled_bound(arm("A", 20), arm("B", 8), enrolled=(50, 70), outcome="PFS")


def test_maic_says_its_population_and_its_cost():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"t": rng.exponential(20, 120), "e": 1, "age": rng.normal(60, 8, 120)})
    ipd = IPD.from_frame(
        frame, time="t", event="e", time_unit="months", covariates=["age"], label="A"
    )
    goal = Population.from_moments([Mean(name="age", value=64)], n=128, name="comparator trial")
    weights = maic_weights(ipd, goal, match=["age"])
    found = unanchored_maic(ipd, arm("B", 8), weights, outcome="PFS")
    assert found.population == "comparator trial"
    assert found.adjustment == "weighting"
    assert found.notes[0] == f"Effective sample size {weights.ess:.1f} of 120."
    assert "age (mean)" in found.method
    assert found.interval.endswith("weights taken as known")


def test_a_small_effective_sample_is_warned_about():
    frame = pd.DataFrame({"t": range(1, 41), "e": 1, "age": range(40, 80)})
    ipd = IPD.from_frame(
        frame, time="t", event="e", time_unit="months", covariates=["age"], label="A"
    )
    goal = Population.from_moments([Mean(name="age", value=77)], n=128, name="old")
    weights = maic_weights(ipd, goal, match=["age"])
    found = unanchored_maic(ipd, arm("B", 8), weights, outcome="PFS")
    assert any("too narrow" in note for note in found.notes)


def response(trial, events, n, outcome="ORR", **fields) -> Response:
    return Response.from_published(
        trial=trial, arm="a", treatment=trial, outcome=outcome, n=n, events=events, **fields
    )


def test_responses_state_their_denominators():
    found = compare_responses(response("X", 94, 97), response("Y", 94, 128))
    assert str(found.risk_ratio) == "RR 1.32 (95% CI 1.18 to 1.47)"
    assert found.risk_ratio.notes[0] == "X: 94 of 97 not stated."
    assert found.risk_ratio_low == found.risk_ratio_high == found.risk_ratio.estimate


def test_counts_that_are_not_printed_give_a_range():
    vague = Response.from_published(
        trial="X", arm="a", treatment="x", outcome="ORR", n=254, percent=71
    )
    found = compare_responses(vague, response("Y", 55, 132))
    assert found.risk_ratio_low < found.risk_ratio_high
    assert "180 to 181 print alike" in found.risk_ratio.notes[0]


def effect(treatment, comparator, hr, low, high, **fields) -> Contrast:
    base = dict(outcome="PFS", measure="log_hr", population=treatment)
    return Contrast.from_interval(
        treatment=treatment,
        comparator=comparator,
        estimate=hr,
        ci_low=low,
        ci_high=high,
        **{**base, **fields},
    )


def test_bucher_by_hand():
    """Variances add: (log 1.1, 0.2) minus (log 1.3, 0.18) at 90 % (maicplus' own test)."""
    first = Contrast(
        treatment="A", comparator="C", outcome="OS", measure="log_hr", population="T",
        estimate=math.log(1.1), se=0.2,
    )  # fmt: skip
    second = Contrast(
        treatment="B", comparator="C", outcome="OS", measure="log_hr", population="T",
        estimate=math.log(1.3), se=0.18,
    )  # fmt: skip
    found = bucher(first, second, population="T", level=0.9)
    assert found.estimate == pytest.approx(-0.16705408466, abs=1e-11)
    assert found.se == pytest.approx(0.26907248094, abs=1e-11)
    assert [found.ci_low, found.ci_high] == pytest.approx(
        [-0.609638930853, 0.275530761526], abs=1e-9
    )


def test_bucher_is_antisymmetric():
    a, b = effect("A", "C", 0.4, 0.29, 0.55), effect("B", "C", 0.49, 0.38, 0.63)
    forth, back = bucher(a, b, population="x"), bucher(b, a, population="x")
    assert forth.estimate == -back.estimate
    assert forth.ci_low == -back.ci_high


def test_without_common_comparator_it_is_exploratory_or_nothing():
    a, b = effect("A", "PVd or DPd", 0.4, 0.29, 0.55), effect("B", "DPd", 0.49, 0.38, 0.63)
    with pytest.raises(IncompatibleError, match="no common comparator"):
        bucher(a, b, population="x")
    found = bucher(a, b, population="x", different_comparators="Shown because asked for.")
    assert found.method == "exploratory: Bucher without common comparator"
    assert found.assumptions[0] == "Shown because asked for."


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"outcome": "OS"}, "differ in outcome"),
        ({"measure": "log_or"}, "differ in measure"),
        ({"estimand": "conditional"}, "differ in estimand"),
    ],
)
def test_bucher_refuses_other_effects(fields, message):
    with pytest.raises(IncompatibleError, match=message):
        bucher(
            effect("A", "C", 0.4, 0.29, 0.55),
            effect("B", "C", 0.49, 0.38, 0.63, **fields),
            population="x",
        )


def test_bucher_needs_standard_errors():
    bare = effect("B", "C", 0.72, None, None)
    with pytest.raises(IncompatibleError, match="no standard error"):
        bucher(effect("A", "C", 0.4, 0.29, 0.55), bare, population="x")


def test_maic_refuses_a_baseline_of_other_patients_than_the_curve():
    frame = pd.DataFrame({"t": range(1, 11), "e": 1, "x": range(1, 11)})
    mine = IPD.from_frame(
        frame,
        time="t",
        event="e",
        time_unit="months",
        covariates=["x"],
        label="mine",
        basis=Basis(analysis_set="infused"),
    )
    enrolled = Population.from_moments(
        [Mean(name="x", value=6)], n=50, name="OTHER", basis=Basis(analysis_set="enrolled")
    )
    theirs = IPD.from_times(
        [1, 2, 3], [4], arm="theirs", time_unit="months", basis=Basis(analysis_set="infused")
    )
    weights = maic_weights(mine, enrolled, match=["x"])
    with pytest.raises(IncompatibleError, match="aim at the enrolled patients of OTHER"):
        unanchored_maic(mine, theirs, weights, outcome="PFS")
    named = unanchored_maic(
        mine,
        theirs,
        weights,
        outcome="PFS",
        assumptions={"target_population": "3 % were not infused."},
    )
    assert any("enrolled patients weighted to, infused ones" in line for line in named.assumptions)
