"""Sensitivity analyses: each is a refit that can be done by hand, and nothing is left out."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from support.maic import MATCH, as_ipd, comparator, target, treated, trial

from survcomp.adjustment import maic_weights, max_ess_weights
from survcomp.comparison import (
    CensoringSettings,
    Matching,
    SensitivitySettings,
    alternative_weights,
    censoring_tipping_point,
    hazard_ratio_by_period,
    leave_one_covariate_out,
    leave_one_patient_out,
    matched_arms,
    means_alone,
    naive_hazard_ratio,
    naive_sensitivity,
    patient_influence,
    ranked_subsets,
    reconstruction_uncertainty,
    sensitivity,
    shifted_null,
    trim_weights,
    trimmed_weights,
    unanchored_maic,
    unmatched_arms,
)
from survcomp.comparison.sensitivity_analyses.censoring import piecewise_hazard
from survcomp.errors import IncompatibleError, InfeasibleTargetError, InputError, NotFoundError
from survcomp.values import IPD, SD, Contrast, Ensemble, Mean, Population, Proportion


def rebuilt(n=50, *, seed=2) -> IPD:
    b = comparator(n, seed=seed)
    return IPD.from_times(b.time[b.event], b.time[~b.event], arm="B", time_unit="months")


def drawn(m=4, n=50) -> Ensemble:
    rng = np.random.default_rng(9)
    base = rebuilt(n)
    draws = []
    for _ in range(m):
        time = base.time * rng.uniform(0.9, 1.1, n)
        draws.append(
            IPD.from_times(time[base.event], time[~base.event], arm="B", time_unit="months")
        )
    return Ensemble(draws=tuple(draws), method="jitter", curve_id="T/B/OS")


@pytest.fixture(scope="module")
def arms():
    return matched_arms(
        treated(150), comparator(140), Matching(target(61), match=MATCH), outcome="OS"
    )


@pytest.fixture(scope="module")
def bare():
    return unmatched_arms(treated(80), comparator(70), outcome="OS")


def by_hand(arms, match, **options):
    weights = maic_weights(arms.treatment[0], arms.matching.population, match=match)
    return unanchored_maic(arms.treatment[0], arms.comparator[0], weights, outcome="OS", **options)


def same(row, effect):
    numbers = effect.numbers if isinstance(effect, Contrast) else effect
    fields = ("estimate", "se", "ci_low", "ci_high", "df")
    assert [getattr(row, field) for field in fields] == pytest.approx(
        [getattr(numbers, field) for field in fields], abs=1e-7
    )


# ---- the comparison itself


@pytest.mark.parametrize("scale", ["raw", "n", "ess"])
def test_the_main_effect_is_that_of_the_maic(scale):
    a, b = treated(), comparator()
    arms = matched_arms(a, b, Matching(target(), match=MATCH, scale=scale), outcome="OS", level=0.9)
    same(arms.main(), by_hand(arms, MATCH, scale=scale, level=0.9))
    assert arms.main().ess == pytest.approx(arms.matching.weights.ess)


def test_without_covariates_it_is_the_naive_one(bare):
    same(bare.main(), naive_hazard_ratio(bare.treatment[0], bare.comparator[0], outcome="OS"))
    assert bare.main().ess == 80


def test_over_draws_it_is_the_pooled_one():
    a, b = treated(), drawn()
    naive = unmatched_arms(a, b, outcome="OS").main()
    expected = naive_hazard_ratio(a, b, outcome="OS")
    assert naive.estimate == pytest.approx(expected.link_value)
    assert naive.se == pytest.approx(expected.se)
    assert naive.ci_low == pytest.approx(expected.link_ci[0])


def test_arms_that_may_not_be_compared_are_refused():
    a = treated()
    with pytest.raises(InfeasibleTargetError):
        matched_arms(a, comparator(), Matching(target(200), match=MATCH), outcome="OS")
    with pytest.raises(IncompatibleError, match="in_unit"):
        unmatched_arms(a, comparator().in_unit("days"), outcome="OS")
    with pytest.raises(InputError, match="must be IPD with covariates"):
        matched_arms(drawn(), comparator(), Matching(target(), match=MATCH), outcome="OS")
    with pytest.raises(InputError, match="one Ensemble drawn by one method; got tuple"):
        unmatched_arms(a, (), outcome="OS")
    with pytest.raises(InputError, match="one arm"):
        unmatched_arms(as_ipd(trial(names=("A", "C"))), comparator(), outcome="OS")
    with pytest.raises(InputError, match="4 draws and `comparator` 3"):
        unmatched_arms(drawn(), drawn(3), outcome="OS")


# ---- covariates


def test_leaving_a_covariate_out_is_matching_on_the_others(arms):
    without_age, without_male = leave_one_covariate_out(arms).rows
    same(without_age, by_hand(arms, ["male"]))
    same(without_male, by_hand(arms, ["age"]))


def test_leaving_the_only_covariate_out_is_naive():
    a, b = treated(), comparator()
    arms = matched_arms(a, b, Matching(target(), match=["age"]), outcome="OS")
    (row,) = leave_one_covariate_out(arms).rows
    same(row, naive_hazard_ratio(a, b, outcome="OS"))
    assert "naive" in row.note


def test_a_covariate_goes_with_all_its_moments():
    goal = Population.from_moments(
        [Mean(name="age", value=61), SD(name="age", value=8), Proportion.from_count("male", 6, 10)],
        n=100,
        name="B",
    )
    match = ["age (mean)", "age (SD)", "male"]
    arms = matched_arms(treated(150), comparator(), Matching(goal, match=match), outcome="OS")
    rows = leave_one_covariate_out(arms).rows
    assert [row.changed for row in rows] == ["without age", "without male"]
    same(rows[0], by_hand(arms, ["male"]))
    (alone,) = means_alone(arms).rows
    same(alone, by_hand(arms, ["age (mean)", "male"]))


def test_means_alone_needs_a_standard_deviation(arms):
    (row,) = means_alone(arms).rows
    assert row.refused
    assert row.note == "No standard deviation is matched."


def test_subsets_are_all_there_in_order(arms):
    rows = ranked_subsets(arms, ranked=["male", "age"]).rows
    assert [row.changed for row in rows] == ["none (naive)", "male", "age", "male, age"]
    same(rows[2], by_hand(arms, ["age"]))
    same(rows[3], arms.main())


def test_a_subset_out_of_reach_is_a_row_with_the_reason(arms):
    goal = Population.from_moments(
        [*arms.matching.population.moments, Mean(name="x", value=9.0)], n=100, name="B"
    )
    frame = trial(150).assign(x=np.arange(150) % 3)
    a = IPD.from_frame(
        frame,
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        covariates=[*MATCH, "x"],
        label="A",
    )
    wide = matched_arms(a, comparator(140), Matching(goal, match=MATCH), outcome="OS")
    rows = ranked_subsets(wide, ranked=["age", "x"]).rows
    assert [row.refused for row in rows] == [False, False, True, True]
    assert "x (mean)" in rows[2].note
    assert math.isnan(rows[2].estimate)


@pytest.mark.parametrize(
    ("ranked", "error", "message"),
    [
        ([], InputError, "1 to 10"),
        ("age", InputError, "1 to 10"),
        ([f"x{i}" for i in range(11)], InputError, "1 to 10"),
        (["age", "age"], InputError, "'age' more than once"),
        (["height"], NotFoundError, "height"),
    ],
)
def test_lists_that_are_not_allowed(arms, ranked, error, message):
    with pytest.raises(error, match=message):
        ranked_subsets(arms, ranked=ranked)


# ---- weights


def test_trimming_caps_and_says_what_it_costs(arms):
    patients, weights = arms.treatment[0], arms.matching.weights
    capped = trim_weights(patients, arms.matching.population, weights, quantile=0.9)
    cap = np.quantile(weights.value, 0.9)
    assert capped.value.max() == pytest.approx(cap)
    assert np.array_equal(capped.value, np.minimum(weights.value, cap))
    assert capped.ess > weights.ess
    age = patients.covariate_values[:, 0]
    off = abs(np.average(age, weights=capped.value) - 61) / age.std()
    assert capped.largest_imbalance >= off - 1e-12
    assert f"{capped.largest_imbalance:.2g} SD off its target" in capped.notes[-1]


def test_trimmed_rows(arms):
    rows = trimmed_weights(arms, quantiles=(0.99, 0.5)).rows
    assert [row.changed for row in rows] == [
        "capped at the 0.99 quantile",
        "capped at the 0.5 quantile",
    ]
    assert all("Balance is not exact" in row.note for row in rows)
    assert rows[0].ess < rows[1].ess
    with pytest.raises(InputError, match=r"inside \(0, 1\)"):
        trimmed_weights(arms, quantiles=(1.0,))


def test_alternative_weights_are_those_of_the_house(arms):
    rows = alternative_weights(arms, tolerance=0.05).rows
    patients, goal = arms.treatment[0], arms.matching.population
    same(
        rows[0],
        unanchored_maic(
            patients, arms.comparator[0], max_ess_weights(patients, goal, match=MATCH), outcome="OS"
        ),
    )
    assert rows[0].ess >= arms.main().ess - 1e-9
    assert rows[1].ess >= rows[0].ess - 1e-9
    assert "0.05 SD" in rows[1].note
    assert len(rows) == 5
    same(rows[3], by_hand(arms, MATCH, scale="n"))
    same(rows[4], by_hand(arms, MATCH, scale="ess"))


def test_leaving_a_patient_out_is_a_refit(arms):
    row = leave_one_patient_out(arms, exact=1).rows[0]
    name = row.changed.split()[2]
    frame, goal = trial(150), arms.matching.population
    if "(A)" in row.changed:
        a, b = as_ipd(frame[frame.id != name]), arms.comparator[0]
    else:
        other = arms.comparator[0].to_frame()
        a = arms.treatment[0]
        b = IPD.from_frame(
            other[other.id != name],
            time="time",
            event="event",
            time_unit="months",
            origin="observed",
            label="B",
        )
    same(row, unanchored_maic(a, b, maic_weights(a, goal, match=MATCH), outcome="OS"))


@pytest.mark.parametrize("matched", [True, False])
def test_influence_foretells_the_refits(arms, bare, matched):
    chosen = arms if matched else bare
    influence = patient_influence(chosen)
    rows = leave_one_patient_out(chosen, exact=len(influence.id)).rows
    change = np.array([row.estimate for row in rows]) - chosen.main().estimate
    foretold = np.sort(-np.abs(influence.change))
    assert len(rows) == chosen.treatment[0].n + chosen.comparator[0].n
    assert np.corrcoef(np.abs(change), -foretold)[0, 1] > 0.98
    assert np.abs(np.abs(change) + foretold).max() < 0.25 * np.abs(change).max()


def test_rebuilt_patients_are_not_left_out():
    arms = matched_arms(treated(), drawn(), Matching(target(), match=MATCH), outcome="OS")
    assert len(patient_influence(arms).id) == 60
    both = unmatched_arms(rebuilt(), rebuilt(seed=3), outcome="OS")
    (row,) = leave_one_patient_out(both).rows
    assert row.refused
    with pytest.raises(InputError, match="`exact` must be at least 1"):
        leave_one_patient_out(arms, exact=0)


# ---- periods and the shifted null


def test_one_long_period_is_the_whole(arms):
    first, last = hazard_ratio_by_period(arms, cuts=[1000]).rows
    same(first, arms.main())
    assert last.refused
    assert "followed beyond 1000" in last.note


def test_periods_share_out_the_events(arms):
    rows = hazard_ratio_by_period(arms, cuts=[4, 9]).rows
    counted = [int(row.note.split()[0]) for row in rows]
    assert sum(counted) == arms.treatment[0].n_events
    a, b = arms.treatment[0].after(4).truncate(9), arms.comparator[0].after(4).truncate(9)
    bare = hazard_ratio_by_period(
        unmatched_arms(*(x[0] for x in (arms.treatment, arms.comparator)), outcome="OS"),
        cuts=[4, 9],
    )
    same(bare.rows[1], naive_hazard_ratio(a, b, outcome="OS"))


def test_proportional_hazards_are_alike_in_every_period():
    rng = np.random.default_rng(5)
    ipds = [
        IPD.from_times(rng.exponential(mean, 4000), [], arm=name, time_unit="months")
        for name, mean in (("A", 20), ("B", 10))
    ]
    for row in hazard_ratio_by_period(unmatched_arms(*ipds, outcome="OS"), cuts=[5, 10]).rows:
        assert row.estimate == pytest.approx(math.log(0.5), abs=3 * row.se)


@pytest.mark.parametrize("cuts", [[], [0], [5, 5], [7, 3], [-1], [math.nan]])
def test_cuts_that_are_not_allowed(arms, cuts):
    with pytest.raises(InputError, match="cuts"):
        hazard_ratio_by_period(arms, cuts=cuts)


def test_the_shifted_null_shifts(arms):
    main = arms.main()
    one, lower = shifted_null(arms, hazard_ratios=[1, 0.05]).rows
    same(one, main)
    assert "lies below 1" in one.note
    assert "one-sided p" in one.note
    assert lower.estimate == pytest.approx(main.estimate - math.log(0.05))
    assert "lies above 0.05" in lower.note
    assert f"z = {(main.estimate - math.log(0.05)) / main.se:.2f}" in lower.note
    at = math.exp(main.estimate)
    assert "holds" in shifted_null(arms, hazard_ratios=[at]).rows[0].note


def test_no_p_value_with_assumed_censoring():
    arms = unmatched_arms(treated(), rebuilt(), outcome="OS")
    assert "p of" not in shifted_null(arms, hazard_ratios=[0.8]).rows[0].note


@pytest.mark.parametrize("nulls", [[], [0], [-1], [math.inf]])
def test_nulls_that_are_not_allowed(arms, nulls):
    with pytest.raises(InputError, match="hazard_ratios"):
        shifted_null(arms, hazard_ratios=nulls)


# ---- informative censoring


def test_the_piecewise_hazard_by_hand():
    ipd = IPD.from_times([2, 4, 6, 8], [5], arm="A", time_unit="months")
    hazard = piecewise_hazard(ipd, np.ones(5), pieces=2, end=8)
    # cut at the median event time, 5: 2 events in 2 + 4 + 5 + 5 + 5, then 2 in 1 + 3
    assert hazard.edges.tolist() == [0, 5, 8]
    assert hazard.rate == pytest.approx([2 / 21, 2 / 4])
    assert hazard.events.tolist() == [2, 2]
    doubled = piecewise_hazard(ipd, np.full(5, 2.0), pieces=2, end=8)
    assert doubled.rate == pytest.approx(hazard.rate)
    assert doubled.events == pytest.approx(hazard.events)


def test_the_extremes_are_not_imputed(bare):
    settings = CensoringSettings(multipliers=(0.0, math.inf))
    _, never, at_once = censoring_tipping_point(bare, settings=settings).rows
    a, b = bare.treatment[0], bare.comparator[0]
    end = a.time.max()
    followed = replace(a, time=np.where(a.event, a.time, end))
    same(never, naive_hazard_ratio(followed, b, outcome="OS"))
    died = replace(a, event=a.event | (a.time < end))
    same(at_once, naive_hazard_ratio(died, b, outcome="OS"))


def test_the_effect_moves_with_the_multiplier(arms):
    settings = CensoringSettings(multipliers=(0.0, 0.2, 0.5, 1.0, 2.0, 5.0, math.inf))
    rows = censoring_tipping_point(arms, settings=settings).rows[1:]
    assert all(b.estimate > a.estimate for a, b in pairwise(rows))
    same_hazard = rows[3]
    assert same_hazard.estimate == pytest.approx(arms.main().estimate, abs=0.1)


def test_the_interval_reaches_1_at_the_tipping_point():
    a, b = treated(150), comparator(110, seed=4)
    arms = matched_arms(a, b, Matching(target(61), match=MATCH), outcome="OS")
    tip = censoring_tipping_point(arms).rows[0]
    assert tip.measure == "hazard_multiplier"
    assert 1 < tip.estimate < 100, tip
    around = (tip.estimate / 1.02, tip.estimate)
    before, after = censoring_tipping_point(
        arms, settings=CensoringSettings(multipliers=around)
    ).rows[1:]
    assert before.ci_high < 0 <= after.ci_high


def test_the_same_seed_gives_the_same_rows(arms):
    one, two = (censoring_tipping_point(arms).to_frame() for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    other = censoring_tipping_point(arms, settings=CensoringSettings(seed=2)).to_frame()
    assert not one.estimate.equals(other.estimate)


def test_only_those_named_are_followed_on(arms):
    patients = arms.treatment[0]
    early = ~patients.event & (patients.time < patients.time.max())
    ids = tuple(patients.id[i] for i in np.flatnonzero(early)[:3])
    rows = censoring_tipping_point(arms, settings=CensoringSettings(ids=ids)).rows
    assert all("3 censored patients" in row.note for row in rows)
    with pytest.raises(InputError, match="'nobody' is no patient"):
        censoring_tipping_point(arms, settings=CensoringSettings(ids=("nobody",)))


def test_nobody_to_follow_on_is_said():
    a = IPD.from_times([1, 3, 5, 7], [7], arm="A", time_unit="months")
    (row,) = censoring_tipping_point(unmatched_arms(a, rebuilt(), outcome="OS")).rows
    assert row.refused
    assert "Nobody" in row.note


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"imputations": 1}, "`imputations` must be a whole number, at least 2"),
        ({"pieces": 0}, "`pieces`"),
        ({"pieces": 1.5}, "`pieces`"),
        ({"multipliers": (-1.0,)}, "`multipliers` must be at least 0"),
        ({"multipliers": (math.nan,)}, "`multipliers`"),
        ({"end": -1.0}, "`end`"),
    ],
)
def test_censoring_settings_that_are_not_allowed(options, message):
    with pytest.raises(InputError, match=message):
        CensoringSettings(**options)


# ---- reconstruction


def test_reconstruction_on_and_off():
    arms = matched_arms(treated(), drawn(), Matching(target(), match=MATCH), outcome="OS")
    on, off, one = reconstruction_uncertainty(arms).rows
    same(on, arms.main())
    assert off.estimate == pytest.approx(on.estimate)
    assert off.se < on.se
    first = matched_arms(
        treated(), drawn()[0], Matching(target(), match=MATCH), outcome="OS"
    ).main()
    same(one, first)


def test_single_data_sets_have_no_reconstruction_to_switch_off(arms):
    (row,) = reconstruction_uncertainty(arms).rows
    assert row.refused
    assert "nothing was rebuilt" in row.note
    single = matched_arms(treated(), rebuilt(), Matching(target(), match=MATCH), outcome="OS")
    assert "give an Ensemble" in reconstruction_uncertainty(single).rows[0].note


# ---- all in one call

ANALYSES = [
    "unmeasured confounder",
    "E-value",
    "main analysis",
    "naive",
    "reconstruction uncertainty",
    "leave one covariate out",
    "subsets of the ranked covariates",
    "first moments alone",
    "alternative weights",
    "trimmed weights",
    "leave one patient out",
    "hazard ratio by period",
    "shifted null",
    "informative censoring",
]


def test_one_call_has_every_analysis_in_order():
    every = sensitivity(
        treated(),
        drawn(),
        Matching(target(), match=MATCH),
        outcome="OS",
        settings=SensitivitySettings(ranked=tuple(MATCH), cuts=(6,)),
    )
    frame = every.to_frame()
    assert list(dict.fromkeys(frame.analysis)) == ANALYSES
    assert list(frame.columns) == [
        "analysis", "changed", "measure", "estimate", "se", "ci_low", "ci_high", "ess", "refused",
        "note",
    ]  # fmt: skip
    assert frame.analysis[0] == "unmeasured confounder"
    assert frame.changed[0] == "tipping point"
    assert frame.estimate.isna().equals(frame.refused)
    assert (frame.note[frame.refused] != "").all()
    assert every.refused == tuple(row for row in every.rows if row.refused)
    assert every.main.estimate == every.grid.observed.estimate
    assert every.population == "B's trial"
    assert "Unanchored" in every.assumptions[0]
    assert "<table" in every._repr_html_()
    assert len(every.analysis("E-value").rows) == 4
    with pytest.raises(InputError, match="`name` must be one of unmeasured confounder"):
        every.analysis("none")


def test_what_was_not_given_is_a_refused_row():
    every = sensitivity(treated(), comparator(), Matching(target(), match=MATCH), outcome="OS")
    assert "`ranked`" in every.analysis("subsets of the ranked covariates").rows[0].note
    assert "`cuts`" in every.analysis("hazard ratio by period").rows[0].note


def test_a_small_effective_sample_size_is_said():
    few = sensitivity(treated(), comparator(), Matching(target(66), match=MATCH), outcome="OS")
    assert few.main.ess < 30
    assert "below 30" in few.main.note
    enough = sensitivity(
        treated(150), comparator(), Matching(target(61), match=MATCH), outcome="OS"
    )
    assert enough.main.note == ""


def test_settings_reach_their_analyses():
    settings = SensitivitySettings(null_hazard_ratios=(0.7, 0.9), caps=(0.8,), patients=2)
    every = sensitivity(
        treated(), comparator(), Matching(target(), match=MATCH), outcome="OS", settings=settings
    )
    assert [row.changed for row in every.analysis("shifted null").rows] == [
        "null HR 0.7",
        "null HR 0.9",
    ]
    assert len(every.analysis("trimmed weights").rows) == 1
    assert len(every.analysis("leave one patient out").rows) == 2


def test_a_naive_comparison_names_what_needs_covariates():
    every = naive_sensitivity(
        rebuilt(), drawn(), outcome="OS", settings=SensitivitySettings(cuts=(6,))
    )
    assert list(dict.fromkeys(row.analysis for row in every.rows)) == [
        name for name in ANALYSES if name != "naive"
    ]
    refused = {row.analysis for row in every.refused}
    assert {"leave one covariate out", "alternative weights", "trimmed weights"} <= refused
    assert "hazard ratio by period" not in refused


def test_the_order_of_the_patients_does_not_matter():
    frame = trial(60)
    one, two = (
        sensitivity(
            as_ipd(f),
            comparator(),
            Matching(target(), match=MATCH),
            outcome="OS",
            settings=SensitivitySettings(cuts=(6,)),
        )
        for f in (frame, frame.sample(frac=1, random_state=1))
    )
    a, b = one.to_frame(), two.to_frame()
    fixed = a.analysis != "informative censoring"  # imputed in the order of the patients
    pd.testing.assert_series_equal(a.changed[fixed], b.changed[fixed])
    np.testing.assert_allclose(a.estimate[fixed], b.estimate[fixed], atol=1e-8)


def test_what_is_skipped_is_not_done():
    settings = SensitivitySettings(skip=("informative censoring", "E-value"))
    every = naive_sensitivity(treated(), comparator(), outcome="OS", settings=settings)
    done = {row.analysis for row in every.rows}
    assert not done & {"informative censoring", "E-value"}
    assert {"unmeasured confounder", "main analysis", "shifted null"} <= done
    with pytest.raises(InputError, match="`skip` must be one of 'unmeasured confounder', "):
        SensitivitySettings(skip=("nonsense",))


def test_figures_in_notes_are_kept_unrounded(bare):
    row = shifted_null(bare, hazard_ratios=[0.8]).rows[0]
    figures = dict(row.figures)
    main = bare.main()
    assert figures["z"] == (main.estimate - math.log(0.8)) / main.se
    assert "{z:.2f}" in row.template
    assert f"z = {figures['z']:.2f}" in row.note
