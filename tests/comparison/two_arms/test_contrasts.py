"""Contrasts from patients, counts and publications: what they say and what they refuse to say."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.effects import printed_effect

from survcomp.adjustment import maic_weights
from survcomp.comparison import (
    bucher,
    compare_responses,
    enrolled_scenario,
    naive_hazard_ratio,
    naive_rmst_difference,
    unanchored_maic,
    within_trial_hazard_ratio,
)
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation import hazard_ratio
from survcomp.values import IPD, Basis, Contrast, Mean, Population, Response, TrialArm


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
    assert (contrast.link_value, contrast.se) == (fit.log_hr, fit.se)
    assert contrast.link_ci[1] - contrast.link_ci[0] == pytest.approx(
        2 * 1.959964 * fit.se, rel=1e-6
    )


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
    difference = naive_rmst_difference(a, b, outcome="OS", horizon=4)
    assert difference.link_value == pytest.approx(0.5, rel=1e-12)
    assert (difference.time_unit, difference.horizon) == ("months", 4)
    with pytest.raises(IncompatibleError, match="convert one with in_unit"):
        naive_rmst_difference(a, b.in_unit("days"), outcome="OS", horizon=4)


def test_the_enrolled_scenario_orders_as_it_must():
    """Early failures on a side make that side look worse; the naive effect lies in between."""
    a, b = arm("A", 30, n=97), arm("B", 9, n=128, seed=3)
    naive = naive_hazard_ratio(a, b, outcome="PFS").link_value
    bound = enrolled_scenario(a, b, enrolled=(113, 140), outcome="PFS")
    assert (bound.added_treatment, bound.added_comparator) == (16, 12)
    order = [bound.comparator_only, bound.both, bound.treatment_only]
    estimates = [contrast.link_value for contrast in order]
    assert estimates == sorted(estimates)
    assert estimates[0] < naive < estimates[2]
    assert all(
        "A scenario, neither an estimate nor a bound" in contrast.notes[0] for contrast in order
    )
    assert all(contrast.p is None for contrast in order)


def test_fewer_enrolled_than_infused_is_refused():
    with pytest.raises(InputError, match="fewer than the 60 and 60 infused"):
        enrolled_scenario(arm("A", 20), arm("B", 8), enrolled=(50, 70), outcome="PFS")


def test_maic_says_its_population_and_its_cost():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"t": rng.exponential(20, 120), "e": 1, "age": rng.normal(60, 8, 120)})
    ipd = IPD.from_frame(
        frame,
        time="t",
        event="e",
        time_unit="months",
        origin="observed",
        covariates=["age"],
        label="A",
    )
    goal = Population.from_moments([Mean(name="age", value=64)], n=128, name="comparator trial")
    weights = maic_weights(ipd, goal, match=["age"])
    adjusted = unanchored_maic(ipd, arm("B", 8), weights, outcome="PFS")
    assert adjusted.population == "comparator trial"
    assert adjusted.adjustment == "weighting"
    assert adjusted.notes[0] == f"Effective sample size {weights.ess:.1f} of 120."
    assert "age (mean)" in adjusted.method
    assert adjusted.interval.endswith("weights taken as known")


def test_a_small_effective_sample_is_warned_about():
    frame = pd.DataFrame({"t": range(1, 41), "e": 1, "age": range(40, 80)})
    ipd = IPD.from_frame(
        frame,
        time="t",
        event="e",
        time_unit="months",
        origin="observed",
        covariates=["age"],
        label="A",
    )
    goal = Population.from_moments([Mean(name="age", value=77)], n=128, name="old")
    weights = maic_weights(ipd, goal, match=["age"])
    adjusted = unanchored_maic(ipd, arm("B", 8), weights, outcome="PFS")
    assert any("few patients carry" in note for note in adjusted.notes)


def weighted_to(population: str, comparator: str, **options) -> Contrast:
    """An unanchored MAIC of infused patients to a target of one analysis set."""
    frame = pd.DataFrame({"t": range(1, 41), "e": 1, "age": range(40, 80)})
    ipd = IPD.from_frame(
        frame,
        time="t",
        event="e",
        time_unit="months",
        origin="observed",
        covariates=["age"],
        label="A",
    ).with_basis(Basis(analysis_set="infused"))
    goal = Population.from_moments(
        [Mean(name="age", value=62)], n=128, name="goal", basis=Basis(analysis_set=population)
    )
    other = replace(arm("B", 8), basis=Basis(analysis_set=comparator))
    weights = maic_weights(ipd, goal, match=["age"])
    return unanchored_maic(ipd, other, weights, outcome="PFS", **options)


def test_a_target_of_the_comparators_patients_needs_no_assumption():
    weighted = weighted_to("infused", "infused")
    assert not any("Target population" in text for text in weighted.assumptions)


def test_a_target_that_does_not_say_whom_it_counts_is_taken_to_be_alike():
    weighted = weighted_to("not stated", "infused")
    assert any("Target population" in t and "not stated" in t for t in weighted.assumptions)


def test_words_for_a_mismatch_of_the_arms_do_not_name_that_of_the_target():
    words = {"analysis_set": "one drug is infused."}
    with pytest.raises(IncompatibleError, match="aim at the evaluable patients of goal"):
        weighted_to("evaluable", "treated", assumptions=words)


def test_words_for_a_target_that_does_not_differ_are_refused():
    words = {"target_population": "it does not matter."}
    with pytest.raises(InputError, match="target_population` is named, but both"):
        weighted_to("infused", "infused", assumptions=words)


def test_words_for_a_target_that_says_nothing_are_kept():
    words = {"target_population": "the baseline is of those infused."}
    weighted = weighted_to("not stated", "infused", assumptions=words)
    assert words["target_population"] in weighted.assumptions


def response(trial, events, n, outcome="ORR", **fields) -> Response:
    return Response.from_published(
        TrialArm(trial=trial, arm="a", treatment=trial),
        outcome=outcome,
        n=n,
        events=events,
        **fields,
    )


def test_responses_state_their_denominators():
    compared = compare_responses(response("X", 94, 97), response("Y", 94, 128))
    assert str(compared.risk_ratio) == "RR 1.32 (95% CI 1.18 to 1.47)"
    assert compared.risk_ratio.notes[0] == "X: 94 of 97 not stated."
    assert compared.risk_ratio_low == compared.risk_ratio_high == compared.risk_ratio.link_value


def test_counts_that_are_not_printed_give_a_range():
    vague = Response.from_published(
        TrialArm(trial="X", arm="a", treatment="x"), outcome="ORR", n=254, percent=71
    )
    compared = compare_responses(vague, response("Y", 55, 132))
    assert compared.risk_ratio_low < compared.risk_ratio_high
    assert "180 to 181 print alike" in compared.risk_ratio.notes[0]


def effect(treatment, comparator, hr, low, high, **fields) -> Contrast:
    base = dict(outcome="PFS", measure="log_hr", population=treatment)
    return printed_effect(
        treatment=treatment,
        comparator=comparator,
        value=hr,
        ci_low=low,
        ci_high=high,
        **{**base, **fields},
    )


def test_bucher_by_hand():
    """Variances add: (log 1.1, 0.2) minus (log 1.3, 0.18) at 90 % (maicplus' own test)."""
    first = Contrast(
        treatment="A", comparator="C", outcome="OS", measure="log_hr", population="T",
        value=1.1, se=0.2,
    )  # fmt: skip
    second = Contrast(
        treatment="B", comparator="C", outcome="OS", measure="log_hr", population="T",
        value=1.3, se=0.18,
    )  # fmt: skip
    indirect = bucher(first, second, population="T", level=0.9)
    assert indirect.link_value == pytest.approx(-0.16705408466, abs=1e-11)
    assert indirect.se == pytest.approx(0.26907248094, abs=1e-11)
    assert [indirect.link_ci[0], indirect.link_ci[1]] == pytest.approx(
        [-0.609638930853, 0.275530761526], abs=1e-9
    )


def test_bucher_is_antisymmetric():
    a, b = effect("A", "C", 0.4, 0.29, 0.55), effect("B", "C", 0.49, 0.38, 0.63)
    forth, back = bucher(a, b, population="x"), bucher(b, a, population="x")
    assert forth.link_value == -back.link_value
    assert forth.link_ci[0] == -back.link_ci[1]


def test_without_common_comparator_it_is_exploratory_or_nothing():
    a, b = effect("A", "PVd or DPd", 0.4, 0.29, 0.55), effect("B", "DPd", 0.49, 0.38, 0.63)
    with pytest.raises(IncompatibleError, match="no common comparator"):
        bucher(a, b, population="x")
    indirect = bucher(a, b, population="x", different_comparators="Shown because asked for.")
    assert indirect.method == "exploratory: Bucher without common comparator"
    assert indirect.assumptions[0] == "Shown because asked for."


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


def risk_difference(treatment, events, n, control_events, control_n, level=0.95) -> Contrast:
    compared = compare_responses(
        response(treatment, events, n), response("C", control_events, control_n), level=level
    )
    return compared.risk_difference


def test_risk_differences_at_the_edges_keep_the_width_of_their_limits():
    """40 of 40 against 0 of 40, twice: Wald's standard errors are 0, Newcombe's limits are not.

    Wilson's limit of 0 of 40 is z^2 / (40 + z^2) = 0.08762, so each difference of 1 reaches
    down to 1 - 0.08762 sqrt(2) = 0.87609, and the difference of two from -0.12391 to 0.12391.
    """
    a, b = risk_difference("A", 40, 40, 0, 40), risk_difference("B", 40, 40, 0, 40)
    indirect = bucher(a, b, population="x")
    z2 = 1.959963984540054**2
    half = math.sqrt(2) * z2 / (40 + z2)
    assert (indirect.link_value, indirect.se) == (0, 0)
    assert [indirect.link_ci[0], indirect.link_ci[1]] == pytest.approx([-half, half], rel=1e-9)
    assert any("MOVER, Zou and Donner 2008" in note for note in indirect.notes)


def test_the_limits_of_risk_differences_by_hand():
    """0.5 (0.4 to 0.7) minus 0.3 (0.0 to 0.42): distances 3-4-5 on a scale of 0.1."""

    def given(treatment, estimate, low, high) -> Contrast:
        return Contrast(
            treatment=treatment, comparator="C", outcome="ORR", measure="risk_difference",
            population="T", value=estimate, ci_low=low, ci_high=high,
        )  # fmt: skip

    a, b = given("A", 0.5, 0.41, 0.9), given("B", 0.3, 0.0, 0.42)
    indirect = bucher(a, b, population="T")
    assert [indirect.link_ci[0], indirect.link_ci[1]] == pytest.approx(
        [0.2 - 0.15, 0.2 + 0.5], abs=1e-12
    )
    assert indirect.se is None
    back = bucher(b, a, population="T")
    assert [back.link_ci[0], back.link_ci[1]] == pytest.approx([-0.7, -0.05], abs=1e-12)


@given(
    st.tuples(*[st.integers(0, 30)] * 4),
    st.tuples(*[st.integers(1, 30)] * 4),
)
@settings(max_examples=50)
def test_a_risk_difference_always_has_a_width(events, more):
    sizes = [e + m - 1 or 1 for e, m in zip(events, more, strict=True)]
    a = risk_difference("A", events[0], sizes[0], events[1], sizes[1])
    b = risk_difference("B", events[2], sizes[2], events[3], sizes[3])
    indirect = bucher(a, b, population="x")
    assert (
        indirect.link_ci[0] < indirect.link_value < indirect.link_ci[1]
        or indirect.link_ci[1] - indirect.link_ci[0] > 0.05
    )
    wider = [
        max(c.link_ci[1] - c.link_ci[0] for c in (a, b)),
        sum(c.link_ci[1] - c.link_ci[0] for c in (a, b)),
    ]
    assert wider[0] - 1e-9 <= indirect.link_ci[1] - indirect.link_ci[0] <= wider[1] + 1e-9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ci_low": None, "ci_high": None}, "B against C has no interval"),
        ({"level": 0.9}, "has the level 0.9; .* got 0.95"),
    ],
)
def test_risk_differences_need_limits_at_one_level(change, message):
    a, b = risk_difference("A", 30, 40, 10, 40), risk_difference("B", 20, 40, 10, 40)
    with pytest.raises(IncompatibleError, match=message):
        bucher(a, replace(b, **change), population="x")


def alive(treatment, estimate, low, high, **fields) -> Contrast:
    return printed_effect(
        treatment=treatment, comparator="C", outcome="OS", measure="survival_difference",
        population="T", value=estimate, ci_low=low, ci_high=high,
        **{"horizon": 24, "time_unit": "months", **fields},
    )  # fmt: skip


def test_survival_differences_are_combined_by_their_limits_at_one_time():
    """As for risk differences, by hand: 3-4-5 triangles."""
    a, b = alive("A", 0.3, 0.27, 0.42), alive("B", 0.1, 0.05, 0.14)
    indirect = bucher(a, b, population="T")
    assert [indirect.link_ci[0], indirect.link_ci[1]] == pytest.approx(
        [0.2 - 0.05, 0.2 + 0.13], abs=1e-12
    )
    assert str(indirect) == "S(24 months) difference 0.200 (95% CI 0.150 to 0.330)"
    assert any("two survival differences are combined" in note for note in indirect.notes)
    with pytest.raises(IncompatibleError, match="differ in horizon: 24 and 12"):
        bucher(a, alive("B", 0.1, 0.05, 0.14, horizon=12), population="T")
    with pytest.raises(IncompatibleError, match="survival difference of B against C has no int"):
        bucher(a, replace(b, ci_low=None, ci_high=None), population="T")


def test_medians_are_subtracted_in_one_stated_unit():
    a, b = (
        printed_effect(
            treatment=name, comparator="C", outcome="OS", measure="median_difference",
            population="T", value=value, ci_low=value - 3, ci_high=value + 3,
            time_unit="months",
        )
        for name, value in (("A", 5), ("B", 2))
    )  # fmt: skip
    indirect = bucher(a, b, population="T")
    assert (indirect.link_value, indirect.horizon) == (3, None)
    assert indirect.link_ci[1] - indirect.link_value == pytest.approx(3 * 2**0.5)
    assert str(indirect) == "median difference 3.0 months (95% CI -1.2 to 7.2)"
    bare = [replace(c, time_unit=None) for c in (a, b)]
    with pytest.raises(IncompatibleError, match="time_unit of two median differences is not"):
        bucher(*bare, population="T")


def area(treatment, horizon, *, unit="months") -> Contrast:
    arms = [arm(name, scale, n=200) for name, scale in ((treatment, 20), ("C", 8))]
    left, right = [ipd.in_unit(unit) for ipd in arms]
    return naive_rmst_difference(left, right, outcome="OS", horizon=horizon)


def test_areas_in_other_units_or_to_other_times_are_not_subtracted():
    a = area("A", 12)
    assert (a.time_unit, a.horizon) == ("months", 12)
    with pytest.raises(IncompatibleError, match="differ in time_unit: 'months' and 'days'"):
        bucher(a, area("B", 365.25, unit="days"), population="x")
    with pytest.raises(IncompatibleError, match="differ in horizon: 12 and 6"):
        bucher(a, area("B", 6), population="x")
    bare = replace(a, time_unit=None, horizon=None)
    with pytest.raises(IncompatibleError, match="not stated"):
        bucher(bare, replace(bare, treatment="B"), population="x")
    indirect = bucher(a, area("B", 12), population="x")
    assert (indirect.link_value, indirect.time_unit, indirect.horizon) == (0, "months", 12)
    assert str(indirect).startswith("RMST difference (to 12 months) 0.0 months (95% CI ")


def test_bucher_says_published_only_of_two_published_effects():
    a, b = effect("A", "C", 0.4, 0.29, 0.55), effect("B", "C", 0.49, 0.38, 0.63)
    both = bucher(a, b, population="x")
    assert both.interval == "sampling error of the two published effects"
    assert both.notes == ()
    ours = naive_hazard_ratio(arm("A", 20), arm("C", 8, seed=2), outcome="PFS")
    mixed = bucher(ours, replace(b, estimand="marginal"), population="x")
    assert mixed.interval == "sampling error of the two effects, under assumed censoring"
    assert mixed.notes[:2] == (
        "The interval of A against C holds: sampling error only, under assumed censoring.",
        "The interval of B against C holds: as published.",
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
        origin="observed",
        covariates=["x"],
        label="mine",
    ).with_basis(Basis(analysis_set="infused"))
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
