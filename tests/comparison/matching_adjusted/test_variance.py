"""Variances side by side: the derivative of the whole estimator, one case by hand, simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support.maic import (
    MATCH,
    PUBLIC_MATCH,
    as_ipd,
    comparator,
    public_comparator,
    public_ipd,
    public_target,
    public_trial,
    target,
    treated,
    trial,
)
from support.paths import BENCH

from survcomp.adjustment import maic_weights
from survcomp.comparison import (
    Matching,
    naive_rmst_difference,
    unanchored_maic,
    unanchored_maic_rmst,
)
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.bootstrap.effects import (
    HazardRatioEffect,
    MedianDifferenceEffect,
    ResponseEffect,
    RMSTDifferenceEffect,
    SurvivalDifferenceEffect,
)
from survcomp.comparison.bootstrap.resampled import TwoArms, arm_draws
from survcomp.comparison.matching_adjusted.bootstrap import bootstrap_maic, bootstrap_response_maic
from survcomp.comparison.matching_adjusted.variance import maic_variances, response_variances
from survcomp.comparison.reweighting.batched import batched_weights, standard_columns
from survcomp.comparison.reweighting.m_estimation import with_estimated_weights
from survcomp.comparison.two_arms.dependence import hazard_ratio_dependence
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation.cox.weighted import weighted_cox
from survcomp.estimation.jackknife import weighted_mean
from survcomp.values import (
    IPD,
    Mean,
    PatientOutcome,
    Population,
    Proportion,
    Response,
    TrialArm,
    Weights,
)


def variances(a=None, b=None, **options):
    matching = Matching(
        options.pop("population", target()), match=MATCH, scale=options.pop("scale", "raw")
    )
    return maic_variances(
        treated() if a is None else a,
        comparator() if b is None else b,
        matching,
        outcome="OS",
        **options,
    )


# ---- M-estimation


@pytest.mark.parametrize("scale", ["raw", "n", "ess"])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_m_estimation_is_the_derivative_of_the_whole_estimator(scale, ties):
    """Each patient counted 1 + h times: new weights, new factor, new Cox model."""
    a, b = treated(30, months=True), comparator(25, months=True)
    z = standard_columns(a, target(), MATCH)
    time, event = np.r_[a.time, b.time], np.r_[a.event, b.event]
    arm = np.arange(time.size) < a.n

    def estimate(count):
        counted = count[: a.n]
        w = batched_weights(z, counted[None], start=np.zeros(2)).value[0]
        factor = {
            "raw": 1.0,
            "n": counted.sum() / (counted @ w),
            "ess": (counted @ w) / (counted @ w**2),
        }[scale]
        weight = np.r_[w * factor * counted, count[a.n :]]
        return weighted_cox(time, event, arm, weight, ties=ties), w * factor

    fit, w = estimate(np.ones(time.size))
    influence = np.r_[
        with_estimated_weights(fit.influence[: a.n], z, w, scale=scale), fit.influence[a.n :]
    ]
    for i in range(time.size):
        step = np.where(np.arange(time.size) == i, 1e-4, 0.0)
        up, down = (estimate(1 + s)[0].log_hr for s in (step, -step))
        assert (up - down) / 2e-4 == pytest.approx(influence[i], abs=1e-8)


@pytest.mark.parametrize(
    "effect", [RMSTDifferenceEffect(horizon=6), SurvivalDifferenceEffect(at=5), HazardRatioEffect()]
)
def test_m_estimation_is_the_jackknife_of_the_whole_estimator(effect):
    """To leading order: leaving out each patient in turn, weights fitted again each time."""
    a, b = treated(400), comparator(300)
    z = standard_columns(a, target(), MATCH)
    arms = TwoArms(
        first=arm_draws([a.time], [a.event], [z]),
        second=arm_draws([b.time], [b.event]),
        start=np.zeros((1, 2)),
        scale="raw",
    )
    first, second, _ = arms.sampled(arms.without(np.arange(700)))
    left_out = effect.of(first, second)
    jackknife = np.sqrt(
        sum((v.size - 1) / v.size * np.sum((v - v.mean()) ** 2) for v in np.split(left_out, [400]))
    )
    row = variances(a, b, effect=effect).row("M-estimation")
    assert row.se == pytest.approx(jackknife, rel=0.02)


def test_one_proportion_by_hand():
    """Strata x = 0, 1 of n0, n1 patients, weighted to q of x = 1: a standardised proportion.

    The weighted response is (1 - q) p0 + q p1 exactly, so that its variance with estimated
    weights is (1 - q)^2 p0 (1 - p0) / n0 + q^2 p1 (1 - p1) / n1; at known weights it is larger
    by what the strata differ.
    """
    x, y = (
        np.repeat([0.0, 1.0], [30, 70]),
        np.r_[np.repeat([1, 0], [24, 6]), np.repeat([1, 0], [21, 49])],
    )
    q, p0, p1 = 0.4, 24 / 30, 21 / 70
    weight = np.where(x == 1, q / 70, (1 - q) / 30)
    mean = weighted_mean(y.astype(float), weight)
    assert mean.estimate == pytest.approx((1 - q) * p0 + q * p1)
    influence = with_estimated_weights(mean.influence, (x - q)[:, None], weight)
    by_hand = (1 - q) ** 2 * p0 * (1 - p0) / 30 + q**2 * p1 * (1 - p1) / 70
    assert np.sum(influence**2) == pytest.approx(by_hand, rel=1e-12)
    known = by_hand + (1 - q) ** 2 * (p0 - mean.estimate) ** 2 / 30
    known += q**2 * (p1 - mean.estimate) ** 2 / 70
    assert mean.se**2 == pytest.approx(known, rel=1e-12)


def test_the_scale_of_the_columns_and_of_the_weights_changes_nothing(rng):
    z = rng.normal(size=(30, 2))
    w = batched_weights(z, np.ones((1, 30)), start=np.zeros(2)).value[0]
    f = rng.normal(size=30) * w
    for scale in ("raw", "n", "ess"):
        plain = with_estimated_weights(f, z, w, scale=scale)
        other = with_estimated_weights(f, z * [1000, 1e-3], 7 * w, scale=scale)
        assert other == pytest.approx(plain, rel=1e-9)
    with pytest.raises(InputError, match="does not balance"):
        with_estimated_weights(f, z, np.ones(30))


def test_where_nothing_had_to_be_weighted():
    """The target is the patients' own mean: all weights are 1, and M-estimation still gains."""
    a, b = treated(300), comparator(200)
    means = a.covariates.mean()
    goal = Population.from_moments(
        [Mean(name="age", value=means.age), Proportion(name="male", value=means.male)],
        n=100,
        name="ourselves",
    )
    table = variances(a, b, population=goal)
    robust, ess, m = table.rows
    assert table.ess == pytest.approx(300)
    assert table.default.method == "robust"
    assert ess.estimate == pytest.approx(robust.estimate, abs=1e-9)
    assert ess.se == pytest.approx(robust.se, rel=0.05)
    assert m.se < robust.se


def test_the_bootstrap_agrees_with_m_estimation():
    """800 patients and 2,000 replicates; the SE of an SD is 1.6 % of it."""
    a, b = treated(500), comparator(300)
    for effect in (HazardRatioEffect(), RMSTDifferenceEffect(horizon=8)):
        drawn = bootstrap_maic(
            a,
            b,
            Matching(target(), match=MATCH),
            outcome="OS",
            effect=effect,
            rng=np.random.default_rng(1),
            resampling=Resampling(replicates=2000),
        )
        table = variances(a, b, effect=effect, bootstrap=drawn)
        assert table.rows[-1].se == pytest.approx(table.row("M-estimation").se, rel=0.05)
        assert "percentile interval, 2000 replicates, 0 failed" in table.rows[-1].words


def test_m_estimation_has_the_spread_of_repeated_trials():
    """400 trials of one-stratum weights: the mean variance against the variance of estimates.

    The SE of a variance from 400 trials is 7 % of it.
    """
    rng = np.random.default_rng(11)
    q, n = 0.7, 150
    estimates, robust, m = [], [], []
    for _ in range(400):
        x = rng.integers(0, 2, n).astype(float)
        y = (rng.random(n) < np.where(x == 1, 0.8, 0.2)).astype(float)
        w = np.where(x == 1, q / x.sum(), (1 - q) / (n - x.sum()))
        mean = weighted_mean(y, w)
        estimates.append(mean.estimate)
        robust.append(mean.se**2)
        m.append(np.sum(with_estimated_weights(mean.influence, (x - q)[:, None], w) ** 2))
    assert np.mean(m) == pytest.approx(np.var(estimates), rel=0.2)
    assert np.mean(robust) > 1.25 * np.mean(m)  # 1.34 by the formulas above


# ---- the table


def test_rows_and_default():
    table = variances(treated(400))
    few = variances(treated(30), population=target(64))
    assert [row.method for row in table.rows] == ["robust", "ESS-scaled", "M-estimation"]
    assert (table.ess > 50, table.default.method) == (True, "robust")
    assert (few.ess < 50, few.default.method) == (True, "ESS-scaled")
    frame = few.to_frame()
    assert frame.default.tolist() == [False, True, False]
    assert frame.scale.tolist() == ["raw", "ess", "raw"]
    assert {"estimate", "se", "ci_low", "ci_high"} <= set(frame)
    assert (frame.ci_high - frame.ci_low).tolist() == pytest.approx(
        (2 * 1.959964 * frame.se).tolist()
    )
    assert "M-estimation" in few._repr_html_()
    with pytest.raises(InputError, match="`method` must be one of robust, ESS-scaled"):
        few.row("bootstrap")


def test_the_robust_row_is_the_analysis():
    a, b = treated(), comparator()
    weights = maic_weights(a, target(), match=MATCH)
    for scale in ("raw", "n", "ess"):
        expected = unanchored_maic(a, b, weights, outcome="OS", scale=scale)
        row = variances(a, b, scale=scale).row("robust")
        assert (row.estimate, row.se) == pytest.approx((expected.link_value, expected.se), abs=1e-8)
        assert (row.ci_low, row.ci_high) == pytest.approx(
            (expected.link_ci[0], expected.link_ci[1]), abs=1e-7
        )


def test_a_row_goes_into_a_contrast():
    a, b = treated(30), comparator()
    weights = maic_weights(a, target(64), match=MATCH)
    contrast = unanchored_maic(a, b, weights, outcome="OS")
    table = variances(a, b, population=target(64))
    default = table.apply(contrast)
    assert default.se == table.row("ESS-scaled").se
    assert "sum to the effective sample size" in default.interval
    assert "weights taken as known" not in default.interval
    m = table.apply(contrast, method="M-estimation")
    assert m.link_value == pytest.approx(contrast.link_value, abs=1e-8)
    assert m.interval == "sampling error; M-estimation; weights estimated, targets taken as known"
    assert any("too narrow with fewer than 50" in note for note in m.notes)
    assert not any("too narrow" in note for note in default.notes)
    with pytest.raises(IncompatibleError, match="the contrast has the outcome 'PFS'"):
        table.apply(replace(contrast, outcome="PFS"))


def test_an_rmst_difference_after_weighting():
    a, b = treated(), comparator()
    weights = maic_weights(a, target(), match=MATCH)
    adjusted = unanchored_maic_rmst(a, b, weights, outcome="OS", horizon=6)
    table = variances(a, b, effect=RMSTDifferenceEffect(horizon=6))
    assert [row.method for row in table.rows] == ["robust", "M-estimation"]
    assert (adjusted.link_value, adjusted.se) == pytest.approx(
        (table.default.estimate, table.default.se), abs=1e-12
    )
    assert table.apply(adjusted, method="M-estimation").horizon == 6
    assert adjusted.time_unit == "months"
    equal = Weights(id=a.id, value=np.full(a.n, 0.2), population="ourselves")
    same = unanchored_maic_rmst(a, b, equal, outcome="OS", horizon=6)
    naive = naive_rmst_difference(a, b, outcome="OS", horizon=6)
    assert (same.link_value, same.se) == pytest.approx((naive.link_value, naive.se), abs=1e-12)
    with pytest.raises(InputError, match="`horizon` must lie within the follow-up"):
        unanchored_maic_rmst(a, b, weights, outcome="OS", horizon=60)


def test_a_bootstrap_of_something_else_is_refused():
    a, b = treated(), comparator()
    matching, few = Matching(target(), match=MATCH), Resampling(replicates=50)
    drawn = bootstrap_maic(
        a, b, matching, outcome="OS", rng=np.random.default_rng(1), resampling=few
    )
    with pytest.raises(IncompatibleError, match="measure 'log_hr' and the table 'rmst_difference'"):
        variances(a, b, effect=RMSTDifferenceEffect(horizon=6), bootstrap=drawn)
    with pytest.raises(IncompatibleError, match="other patients or settings"):
        variances(a, b, scale="n", bootstrap=drawn)
    with pytest.raises(InputError, match="got MedianDifferenceEffect"):
        variances(effect=MedianDifferenceEffect())


# ---- responses


def test_variances_of_a_response():
    frame = trial(120)
    ipd = as_ipd(frame)
    outcome = PatientOutcome.from_frame(frame, id="id", value="response", name="ORR")
    other = Response.from_published(
        TrialArm(trial="T", arm="b", treatment="B"), outcome="ORR", n=90, events=40
    )
    args = (ipd, outcome, other, Matching(target(), match=MATCH))
    for measure in ("log_or", "log_rr", "risk_difference"):
        effect = ResponseEffect(measure=measure)
        drawn = bootstrap_response_maic(
            *args,
            effect=effect,
            rng=np.random.default_rng(2),
            resampling=Resampling(replicates=2000),
        )
        table = response_variances(*args, effect=effect, bootstrap=drawn)
        assert [row.method for row in table.rows] == ["HC3", "HC0", "M-estimation", "bootstrap"]
        assert table.default.method == "HC3"
        assert table.row("bootstrap").se == pytest.approx(table.row("M-estimation").se, rel=0.07)
        assert table.row("HC3").se > table.row("HC0").se > table.row("M-estimation").se


def test_a_response_of_everybody_has_no_variance():
    frame = trial(40).assign(response=1)
    outcome = PatientOutcome.from_frame(frame, id="id", value="response", name="ORR")
    other = Response.from_published(
        TrialArm(trial="T", arm="b", treatment="B"), outcome="ORR", n=90, events=40
    )
    with pytest.raises(InputError, match=r"a cell is 0.*zero_cells='add half'"):
        response_variances(as_ipd(frame), outcome, other, Matching(target(), match=MATCH))


# ---- scale of the weights and follow-up


def test_the_hazard_ratio_depends_on_scale_and_follow_up_and_rmst_on_neither():
    a, b = treated(150), comparator(120)
    weights = maic_weights(a, target(64), match=MATCH)
    table = hazard_ratio_dependence(a, b, weights, followed_to=[6, 12])
    frame = table.to_frame()
    assert frame.measure.tolist() == (["log_hr"] * 3 + ["rmst_difference"]) * 3
    assert table.spread(over="scale") > 1e-4
    assert table.spread(over="followed_to") > 1e-3
    last = frame[frame.followed_to == frame.followed_to.max()].set_index("scale")
    for scale in ("raw", "n", "ess"):  # what follows when one arm is gone says nothing
        whole = unanchored_maic(a, b, weights, outcome="OS", scale=scale)
        assert last.estimate[scale] == pytest.approx(whole.link_value, abs=1e-8)
        assert last.se[scale] == pytest.approx(whole.se, abs=1e-8)
    doubled = Weights(id=weights.id, value=2 * weights.value, population=weights.population)
    other = hazard_ratio_dependence(a, b, doubled, followed_to=[6, 12]).to_frame()
    same = frame.scale != "raw"
    assert other.estimate[same].tolist() == pytest.approx(frame.estimate[same].tolist(), abs=1e-9)
    text = str(table)
    assert text.count("HR, weights") == 9
    assert text.count("RMST difference, months") == 3
    assert "followed_to" in table._repr_html_()


def test_equal_weights_leave_nothing_to_choose():
    a, b = treated(), comparator()
    weights = Weights(id=a.id, value=np.ones(a.n), population="ourselves")
    assert hazard_ratio_dependence(a, b, weights).spread(over="scale") == pytest.approx(
        0, abs=1e-12
    )


def test_follow_ups_that_are_not_there_are_refused():
    a, b = treated(), comparator()
    weights = Weights(id=a.id, value=np.ones(a.n), population="ourselves")
    with pytest.raises(InputError, match="within both follow-ups"):
        hazard_ratio_dependence(a, b, weights, followed_to=[500])
    with pytest.raises(InputError, match=r"followed to 0\.01: the Cox model has no finite"):
        hazard_ratio_dependence(a, b, weights, followed_to=[0.01])


# ---- public numbers


@pytest.mark.external
def test_the_public_example():
    """Weights solved exactly, robust by R's coxph: methods of the peers' survey."""
    frame = public_trial("sat")
    a, b = public_ipd(frame), public_comparator("sat")
    renamed = frame.assign(USUBJID="S" + frame.USUBJID.astype(str))
    mixed = public_ipd(renamed.sample(frac=1, random_state=1))
    for patients in (a, mixed):
        table = maic_variances(
            patients, b, Matching(public_target(), match=PUBLIC_MATCH), outcome="OS"
        )
        row = table.row("robust")
        assert table.ess == pytest.approx(121.830423469, abs=1e-6)
        assert np.exp(row.estimate) == pytest.approx(0.262284156834, abs=1e-10)
        assert row.se == pytest.approx(0.1876962502, abs=1e-9)
        assert np.exp([row.ci_low, row.ci_high]) == pytest.approx(
            [0.1815535395, 0.3789129043], abs=1e-9
        )
        # the bootstrap of both arms has 0.1797, with replicates of a smaller ESS in it
        assert 0.9 * 0.1797 < table.row("M-estimation").se < 0.1797


@pytest.mark.external
def test_another_public_example_on_three_scales():
    """Model and robust standard errors on each scale of the weights."""
    folder = BENCH / "maic" / "roche"
    if not folder.exists():
        pytest.skip("../shared/bench is not beside this checkout")
    frame = pd.read_csv(folder / "adsl.csv").merge(
        pd.read_csv(folder / "adtte.csv")[["USUBJID", "AVAL", "EVNT"]], on="USUBJID"
    )
    frame["MALE"] = (frame.SEX == "Male").astype(int)
    match = ["AGE", "MALE", "SMOKE", "ECOG0"]
    a = IPD.from_frame(
        frame,
        time="AVAL",
        event="EVNT",
        time_unit="days",
        origin="observed",
        id="USUBJID",
        covariates=match,
    )
    other = pd.read_csv(folder / "psuedo_IPD.csv")
    b = IPD.from_frame(
        other, time="Time", event="Event", time_unit="days", origin="observed", label="B"
    )
    goal = public_target()
    goal = replace(
        goal,
        moments=tuple(
            replace(m, value=v, name=n)
            for m, n, v in zip(
                (goal.moments[0], goal.moments[2], *goal.moments[3:6]),
                ("AGE", "AGE", "MALE", "ECOG0", "SMOKE"),
                (50.0633333333333, 3.23535892601672, 0.49, 0.35, 58 / 300),
                strict=True,
            )
        ),
    )
    expected = {"raw": (0.2864752, 0.1652804), "n": (0.2855698, 0.1657978)}
    for scale, (ratio, se) in expected.items():
        table = maic_variances(a, b, Matching(goal, match=match, scale=scale), outcome="OS")
        assert np.exp(table.row("robust").estimate) == pytest.approx(ratio, abs=5e-7)
        assert table.row("robust").se == pytest.approx(se, abs=5e-7)
        ess = table.row("ESS-scaled")
        assert (np.exp(ess.estimate), ess.se) == pytest.approx((0.2868440, 0.1635902), abs=5e-7)
