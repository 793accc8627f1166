"""Unmeasured confounders and E-values: by hand, as inverses of each other, and simulated."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.maic import MATCH, comparator, target, treated

from survcomp.comparison import (
    ConfounderSettings,
    Matching,
    confounder_grid,
    confounder_rows,
    e_value,
    e_value_rows,
    log_bias_factor,
    matched_arms,
    tipping_hazard_ratio,
    unmatched_arms,
)
from survcomp.comparison.sensitivity_analyses.e_value import e_value_of_risk_ratio, risk_ratio_of
from survcomp.errors import InputError
from survcomp.estimation import two_arm_log_hr
from survcomp.values import IPD, SD, Mean, Median, Population

prevalence = st.floats(0.02, 0.98)
ratio = st.floats(1.01, 50)


@pytest.fixture(scope="module")
def strong():
    """A comparison whose interval excludes 1."""
    a, b = treated(150), comparator(140)
    arms = matched_arms(a, b, Matching(target(61), match=MATCH), outcome="OS")
    assert arms.main().near < 0
    return arms


def test_bias_factor_by_hand():
    # 60 % against 20 % of a confounder with HR 2: (0.6 + 1) / (0.2 + 1)
    assert math.exp(log_bias_factor(0.6, 0.2, 2)) == pytest.approx(1.6 / 1.2)
    # all against nobody: the effect itself
    assert math.exp(log_bias_factor(1, 0, 2.5)) == pytest.approx(2.5)


@given(prevalence, prevalence, ratio)
def test_bias_factor_identities(p1, p0, hr):
    bias = log_bias_factor(p1, p0, hr)
    assert log_bias_factor(p0, p1, hr) == pytest.approx(-bias)
    assert log_bias_factor(p1, p1, hr) == 0
    assert log_bias_factor(p1, p0, 1.0) == 0
    # a protective confounder is a harmful one of those who lack it
    assert log_bias_factor(1 - p1, 1 - p0, 1 / hr) == pytest.approx(bias, abs=1e-12)
    assert abs(bias) <= math.log(hr)


@given(prevalence, prevalence, ratio)
def test_the_tipping_effect_is_the_inverse_of_the_bias(p1, p0, hr):
    bias = log_bias_factor(p1, p0, hr)
    if abs(bias) < 1e-3:
        return
    needed = tipping_hazard_ratio(bias, prevalence_treated=p1, prevalence_comparator=p0)
    assert needed == pytest.approx(hr, rel=1e-6)


@given(prevalence, prevalence)
def test_no_effect_is_strong_enough_beyond_the_ratio_of_prevalences(p1, p0):
    for bias in (math.log(p1 / p0) * 1.01 + 1e-9, -math.log(p1 / p0) - 1e-9):
        needed = tipping_hazard_ratio(bias, prevalence_treated=p1, prevalence_comparator=p0)
        assert needed == math.inf or needed > 1e3 or abs(bias) < 1e-6


def test_a_rare_event_is_biased_by_the_factor():
    """A confounder left out of a Cox model, where few have the event."""
    rng = np.random.default_rng(4)
    n, p1, p0, hr = 60_000, 0.6, 0.3, 3.0
    u = np.r_[rng.random(n) < p1, rng.random(n) < p0]
    treated = np.arange(2 * n) < n
    time = rng.exponential(1 / (0.03 * 0.5**treated * hr**u))
    log_hr = two_arm_log_hr(np.minimum(time, 1.0), time <= 1, treated)
    expected = math.log(0.5) + log_bias_factor(p1, p0, hr)
    assert log_hr.log_hr == pytest.approx(expected, abs=3 * log_hr.se)
    assert log_hr.se < 0.05


def test_the_grid_is_the_estimate_less_the_bias(strong):
    settings = ConfounderSettings(differences=(-0.4, 0.0, 0.4), hazard_ratios=(1, 2, 50))
    grid = confounder_grid(strong, settings=settings)
    frame = grid.to_frame()
    assert len(frame) == 9
    assert not frame.tipped[frame.hazard_ratio == 1].any()
    assert not frame.tipped[frame.difference >= 0].any()
    row = frame[(frame.hazard_ratio == 2) & (frame.difference == -0.4)].iloc[0]
    # 30 % against 70 %: (0.3 + 1) / (0.7 + 1)
    assert row.estimate == pytest.approx(grid.observed.estimate - math.log(1.3 / 1.7))
    assert row.ci_high - row.estimate == pytest.approx(
        grid.observed.ci_high - grid.observed.estimate
    )
    assert (frame.tipped == (frame.ci_high >= 0)).all()


def test_the_tipping_row_comes_first_and_agrees_with_the_grid(strong):
    grid = confounder_grid(strong)
    first, *rest = confounder_rows(grid).rows
    assert (first.changed, first.measure) == ("tipping point", "bias_factor")
    assert first.estimate == pytest.approx(math.exp(-grid.observed.ci_high))
    needed = [row for row in rest if row.measure == "confounder_hr"]
    assert len(needed) == 6  # differences of 0.1 to 0.6
    assert all(b.estimate <= a.estimate for a, b in pairwise(needed))
    for row, size in zip(needed, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), strict=True):
        if math.isinf(row.estimate):
            assert "however strong" in row.note
            continue
        bias = log_bias_factor(0.5 - size / 2, 0.5 + size / 2, row.estimate)
        assert grid.observed.ci_high - bias == pytest.approx(0, abs=1e-9)


def test_a_result_against_the_treatment_tips_on_the_other_side():
    a, b = comparator(140), treated(150)
    grid = confounder_grid(unmatched_arms(a, b, outcome="OS"))
    assert grid.observed.near > 0
    first, *rest = confounder_rows(grid).rows
    assert first.estimate == pytest.approx(math.exp(grid.observed.ci_low))
    assert "more frequent" in first.note
    assert (grid.tipped == (grid.log_hr - grid.observed.estimate + grid.observed.ci_low <= 0)).all()
    assert grid.tipped[:, -1].any()
    assert not grid.tipped[:, 0].any()
    assert rest[-1].refused  # no covariates, no yardsticks
    assert rest[-1].note == "No covariates are measured on both sides."


def test_without_a_conclusion_there_is_no_tipping_point():
    arms = unmatched_arms(comparator(40), comparator(40, seed=5), outcome="OS")
    first = confounder_rows(confounder_grid(arms)).rows[0]
    assert first.refused
    assert "holds 1" in first.note
    assert not confounder_grid(arms).tipped.any()


def test_a_yardstick_is_the_covariate_before_weighting(strong):
    age, male = confounder_grid(strong).benchmarks
    ipd = strong.treatment[0]
    x, sex = ipd.covariate_values.T
    assert age.difference == pytest.approx((x.mean() - 61) / (2 * x.std()))
    assert male.difference == pytest.approx(sex.mean() - 0.6)
    # with a binary covariate the Cox model of it alone is that of two arms
    alone = two_arm_log_hr(ipd.time, ipd.event, sex)
    assert math.log(male.hazard_ratio) == pytest.approx(alone.log_hr, abs=1e-6)
    expected = log_bias_factor(float(sex.mean()), 0.6, male.hazard_ratio)
    assert male.log_bias == pytest.approx(expected)
    assert age.log_bias == pytest.approx(age.difference * math.log(age.hazard_ratio))


def test_a_yardstick_weakens_the_result_by_its_bias(strong):
    grid = confounder_grid(strong)
    rows = [row for row in confounder_rows(grid).rows if row.changed.startswith("as measured")]
    for row, yardstick in zip(rows, grid.benchmarks, strict=True):
        assert row.estimate == pytest.approx(grid.observed.estimate + abs(yardstick.log_bias))
        assert ("stands" in row.note) == (row.ci_high < 0)


def test_medians_count_as_shares_and_standard_deviations_have_no_yardstick():
    moments = [Mean(name="age", value=61), SD(name="age", value=8), Median(name="male", value=0)]
    goal = Population.from_moments(moments, n=100, name="B")
    arms = matched_arms(
        treated(150), comparator(), Matching(goal, match=["age", "male"]), outcome="OS"
    )
    yardsticks = confounder_grid(arms).benchmarks
    assert [b.covariate for b in yardsticks] == ["age (mean)", "male (median)"]
    sex = arms.treatment[0].covariate_values[:, 1]
    assert yardsticks[1].difference == pytest.approx(sex.mean() - 0.5)


def test_a_covariate_that_separates_the_events_is_refused_by_name():
    import pandas as pd

    frame = pd.DataFrame(
        {"t": range(1, 41), "e": [1] * 20 + [0] * 20, "x": [1.0] * 20 + [0.0] * 20}
    )
    a = IPD.from_frame(
        frame,
        time="t",
        event="e",
        time_unit="months",
        origin="observed",
        covariates=["x"],
        label="A",
    )
    b = IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    goal = Population.from_moments([Mean(name="x", value=0.4)], n=29, name="B")
    rows = confounder_rows(
        confounder_grid(matched_arms(a, b, Matching(goal, match=["x"]), outcome="OS"))
    ).rows
    assert rows[-1].refused
    assert rows[-1].changed == "as measured: x (mean)"
    assert "separates" in rows[-1].note


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mean_prevalence": 0}, "`mean_prevalence` must lie inside"),
        ({"mean_prevalence": 0.1}, "`differences` must lie between -0.2 and 0.2"),
        ({"differences": (0.2, 0.1)}, "`differences` must hold .* ascending"),
        ({"hazard_ratios": (0.5, 2)}, "`hazard_ratios` must lie between 1 and"),
        ({"hazard_ratios": ()}, "`hazard_ratios` must hold at least one"),
    ],
)
def test_settings_that_are_not_allowed(options, message):
    with pytest.raises(InputError, match=message):
        ConfounderSettings(**options)


def test_arguments_that_are_not_allowed():
    with pytest.raises(InputError, match="prevalence_treated"):
        log_bias_factor(1.2, 0.5, 2)
    with pytest.raises(InputError, match="prevalence_comparator"):
        tipping_hazard_ratio(0.1, prevalence_treated=0.5, prevalence_comparator=-1)
    with pytest.raises(InputError, match="hazard_ratio"):
        log_bias_factor(0.5, 0.5, 0)


# ---- E-values


def test_e_values_by_hand():
    # VanderWeele and Ding 2017: RR 3.9 (1.8 to 8.7) has the E-values 7.26 and 3.0
    evalue = e_value(3.9, ci_low=1.8, ci_high=8.7, frequency="rare")
    assert evalue.estimate == pytest.approx(7.263, abs=5e-4)
    assert evalue.limit == pytest.approx(3.0)
    # HR 0.25, common: roots 0.5 and 2, RR = (1 - 0.707107) / (1 - 0.25) = 0.390524,
    # inverted 2.560663, and 2.560663 + sqrt(2.560663 * 1.560663)
    evalue = e_value(0.25, ci_low=0.1, ci_high=1.0, frequency="common")
    assert evalue.risk_ratio == pytest.approx(0.390524, abs=1e-6)
    assert evalue.estimate == pytest.approx(4.559744, abs=1e-5)
    assert evalue.limit == 1.0


def test_an_interval_that_holds_1_has_the_e_value_1():
    evalue = e_value(0.9, ci_low=0.7, ci_high=1.2, frequency="rare")
    assert evalue.limit == 1.0
    assert evalue.estimate > 1


@given(st.floats(0.02, 50), st.sampled_from(["rare", "common"]))
def test_e_values_do_not_mind_which_arm_is_named_first(hr, frequency):
    one = e_value_of_risk_ratio(risk_ratio_of(hr, frequency=frequency))
    other = e_value_of_risk_ratio(risk_ratio_of(1 / hr, frequency=frequency))
    assert one == pytest.approx(other)
    assert one >= 1


@given(st.floats(1.0, 50))
def test_a_common_outcome_has_the_risk_ratio_nearer_to_1(hr):
    assert 1 <= risk_ratio_of(hr, frequency="common") <= hr + 1e-12


@given(st.floats(1.001, 30))
def test_the_e_value_solves_its_own_definition(rr):
    """With both associations E, the bias E E / (E + E - 1) is the risk ratio (Ding 2016)."""
    e = e_value_of_risk_ratio(rr)
    assert e * e / (2 * e - 1) == pytest.approx(rr)


def test_e_value_rows_say_which_conversion_applies(strong):
    rows = e_value_rows(strong).rows
    assert [row.changed for row in rows] == [
        "estimate, rare outcome",
        "interval, rare outcome",
        "estimate, common outcome",
        "interval, common outcome",
    ]
    assert all("this row applies" in row.note for row in rows[2:])
    assert all("see the common outcome" in row.note for row in rows[:2])
    main = strong.main()
    assert rows[1].estimate == pytest.approx(e_value_of_risk_ratio(math.exp(main.ci_high)))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0.5, 0.6, 0.8), "does not hold the estimate"),
        ((0.5, 0.0, 0.8), "`ci_low` must be a ratio above 0"),
        ((0.5, 0.3, math.inf), "`ci_high` must be a ratio above 0"),
        ((-1.0, -2.0, 0.8), "`ci_low` must be"),
    ],
)
def test_e_values_of_no_ratio_are_refused(values, message):
    hr, low, high = values
    with pytest.raises(InputError, match=message):
        e_value(hr, ci_low=low, ci_high=high, frequency="rare")


def test_a_frequency_that_is_neither_is_refused():
    with pytest.raises(InputError, match="`frequency` must be one of 'rare', 'common'"):
        risk_ratio_of(2, frequency="often")
