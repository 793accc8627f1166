"""G-computation and STC: identities, hand-worked cases, known truths and refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from support.modelled import (
    ALIVE,
    FEW,
    HR,
    RMST,
    baseline,
    frame,
    ipd_of,
    outcome_of,
    published_effect,
    published_rate,
    target,
)
from support.paths import GOLDEN

from survcomp.adjustment import TargetCovariates, simulate_target
from survcomp.comparison import (
    AnchoredComparison,
    AnchoredResponse,
    AnchoredSurvival,
    Resampling,
    SurvivalEffect,
    UnanchoredResponse,
    UnanchoredSurvival,
    anchored_g_computation,
    anchored_g_computation_response,
    anchored_stc,
    anchored_stc_response,
    unanchored_g_computation,
    unanchored_g_computation_response,
    unanchored_stc,
    unanchored_stc_response,
)
from survcomp.comparison.outcome_models.effect import (
    Observed,
    Steps,
    censoring_steps,
    kaplan_meier_steps,
    log_hr_of_curves,
)
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation import Classifier, Cox, Parametric, kaplan_meier, rmst, weighted_cox
from survcomp.values import IPD, Basis, Mean, Median, Population, Proportion

MEASURES = ("log_or", "log_rr", "risk_difference")


def generator():
    return np.random.default_rng(11)


# ----- curves and their hazard ratio -----


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_the_hazard_ratio_of_two_observed_curves_is_that_of_their_patients(seed):
    """Without censoring before the horizon the steps of the curves are the patients."""
    rng = np.random.default_rng(seed)
    times = np.ceil(rng.exponential([[8.0], [12.0]], (2, 40)))
    treated = np.repeat([True, False], 40)
    event = times.ravel() <= 10
    expected = weighted_cox(
        np.minimum(times.ravel(), 10), event, treated, np.ones(80), ties="breslow"
    )
    curves = [kaplan_meier_steps(np.minimum(t, 10), t <= 10) for t in times]
    never = Steps(np.empty(0), np.empty(0))
    assert log_hr_of_curves(*curves, never, 10.0) == pytest.approx(expected.log_hr, abs=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_an_arm_with_its_own_censoring_is_its_patients_again(seed):
    """Kaplan-Meier of survival times that of censoring is the share still followed."""
    rng = np.random.default_rng(seed)
    time, event = np.ceil(rng.exponential(6, 50)), rng.random(50) < 0.6
    alive, followed = kaplan_meier_steps(time, event), censoring_steps(time, event)
    at = np.unique(time)
    share = np.array([np.mean(time >= t) for t in at])
    product = alive.before(at) * followed.before(at)
    assert product == pytest.approx(share, abs=1e-12)


def test_the_endless_trial_is_the_limit_of_simulated_ones():
    """200,000 simulated patients: the Monte Carlo standard error of the log HR is 0.0065."""
    rng = np.random.default_rng(3)
    n = 100_000
    x = rng.normal(0, 1, n)
    times = [rng.exponential(10 * np.exp(-x - b)) for b in (-0.8, 0.0)]
    leaves = rng.uniform(5, 20, (2, n))
    seen = np.minimum(np.minimum(times, leaves), 15.0)
    event = (np.array(times) <= leaves) & (np.array(times) <= 15)
    treated = np.repeat([True, False], n)
    fit = weighted_cox(seen.ravel(), event.ravel(), treated, np.ones(2 * n))
    grid = np.linspace(0, 15, 1501)[1:]
    nodes = np.quantile(x, (np.arange(400) + 0.5) / 400)
    curves = [
        Steps(grid, np.exp(-np.outer(np.exp(nodes + b) / 10, grid)).mean(axis=0))
        for b in (-0.8, 0.0)
    ]
    censoring = Steps(grid, np.clip((20 - grid) / 15, 0, 1).clip(max=1))
    log_hr = log_hr_of_curves(*curves, censoring, 15.0)
    assert log_hr == pytest.approx(fit.log_hr, abs=0.02)
    assert log_hr > -0.75  # nearer to 0 than the conditional -0.8: a hazard ratio does not collapse


def test_observed_arms_are_kaplan_meier():
    rows = frame(80, 1)
    ipd = ipd_of(rows)
    arm = Observed(ipd.time, ipd.event)
    curve = kaplan_meier(ipd)
    assert arm.rmst(11.0) == pytest.approx(rmst(ipd, horizon=11.0).value, rel=1e-12)
    assert arm.survival(7.0) == pytest.approx(curve(7.0)[0], rel=1e-12)


# ----- targets -----


def test_simulated_targets_have_the_marginals_and_the_correlation():
    rows = frame(400, 2)
    rows["x2"] = 0.6 * rows.x1 + 0.8 * rows.x2
    simulated = simulate_target(baseline(), ipd_of(rows), covariates=["x1", "x2"], rng=generator())
    assert simulated.values.mean(axis=0) == pytest.approx([0.5, 0.5])
    assert simulated.values.std(axis=0, ddof=1) == pytest.approx([1, 1])
    assert np.corrcoef(simulated.values.T)[0, 1] == pytest.approx(
        np.corrcoef(rows.x1, rows.x2)[0, 1], abs=0.06
    )
    assert "as in one's own patients" in simulated.assumptions[0]
    again = simulate_target(baseline(), ipd_of(rows), covariates=["x1", "x2"], rng=generator())
    assert np.array_equal(simulated.values, again.values)


def test_targets_that_cannot_be_are_refused():
    ipd = ipd_of(frame(30, 2))
    only_mean = Population.from_moments([Mean(name="x1", value=1)], n=50, name="T")
    with pytest.raises(InputError, match="cannot give values of 'x1'"):
        simulate_target(only_mean, ipd, covariates=["x1"], rng=generator())
    share = Population.from_moments([Proportion(name="x1", value=0.4)], n=50, name="T")
    with pytest.raises(InputError, match="x1"):
        simulate_target(share, ipd, covariates=["x1"], rng=generator())
    flat = replace(ipd, covariate_values=np.ones((30, 2)))
    with pytest.raises(InputError, match="x1 is 1 for every patient"):
        simulate_target(baseline(), flat, covariates=["x1"], rng=generator())
    gaps = replace(ipd, covariate_values=np.where(np.arange(60).reshape(30, 2) < 4, np.nan, 1.0))
    with pytest.raises(InputError, match="x1 is missing for 2 of 30 patients"):
        TargetCovariates.from_ipd(gaps, covariates=["x1"], population="T")
    for fields, words in (
        ({"names": ()}, "one covariate at least"),
        ({"names": ("x1", "x1")}, "each once"),
        ({"values": np.ones((3, 1))}, "must have 2 columns"),
        ({"values": np.full((3, 2), np.nan)}, "finite numbers"),
    ):
        with pytest.raises(InputError, match=words):
            replace(target(), **fields)


# ----- responses -----


def test_a_response_by_hand_and_against_r(golden):
    """The delta method of R, and the comparator's binomial variance, each 1e-7."""
    r = golden("outcome_models")
    rows = pd.read_csv(GOLDEN / "outcome_models_patients.csv").assign(arm="A")
    ipd = IPD.from_frame(
        rows,
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        arm="arm",
        covariates=["age", "male"],
    )
    response = replace(outcome_of(rows.rename(columns={"response": "y"}).astype({"y": float}), ipd))
    three = TargetCovariates(
        names=("age", "male"),
        values=np.array([[55.0, 0], [62, 1], [70, 1]]),
        population="T",
        method="three patients",
    )
    p, v = r["logistic/mean"], r["logistic/mean_se"] ** 2
    q = 0.4
    expected = {
        "log_or": (logit(p) - logit(q), v / (p * (1 - p)) ** 2 + 1 / (100 * q * (1 - q))),
        "log_rr": (np.log(p / q), v / p**2 + (1 - q) / (100 * q)),
        "risk_difference": (p - q, v + q * (1 - q) / 100),
    }
    for measure in MEASURES:
        contrast = unanchored_g_computation_response(
            UnanchoredResponse(ipd, response, published_rate(40)),
            three,
            measure=measure,
            variance="sandwich",
        )
        assert contrast.link_value == pytest.approx(expected[measure][0], rel=1e-7)
        assert contrast.se == pytest.approx(expected[measure][1] ** 0.5, rel=1e-6)
        assert (contrast.estimand, contrast.adjustment) == ("marginal", "standardisation")
        assert "sandwich, the target held fixed" in contrast.interval


def test_in_its_own_population_a_logistic_model_gives_the_rate_itself():
    """The score equation of the intercept: predictions average to the outcomes."""
    rows = frame(120, 3)
    ipd = ipd_of(rows)
    everybody = TargetCovariates.from_ipd(ipd, covariates=["x1", "x2"], population="own")
    contrast = unanchored_g_computation_response(
        UnanchoredResponse(ipd, outcome_of(rows, ipd), published_rate()),
        everybody,
        measure="log_or",
        variance="sandwich",
    )
    assert contrast.link_value == pytest.approx(logit(rows.y.mean()) - logit(0.5), abs=1e-8)


def test_bootstrap_and_sandwich_agree_and_seeds_repeat():
    """600 replicates have a Monte Carlo error of 3 % in a standard error."""
    rows = frame(200, 4)
    ipd = ipd_of(rows)
    contrasts = [
        unanchored_g_computation_response(
            UnanchoredResponse(ipd, outcome_of(rows, ipd), published_rate()),
            target(),
            measure="risk_difference",
            **how,
        )
        for how in (
            {"variance": "sandwich"},
            {"rng": generator(), "resampling": Resampling(replicates=600)},
            {"rng": generator(), "resampling": Resampling(replicates=600)},
        )
    ]
    assert contrasts[1].se == pytest.approx(contrasts[0].se, rel=0.1)
    assert contrasts[1] == contrasts[2]
    assert "both sides resampled" in contrasts[1].interval
    assert contrasts[1].link_ci[0] < contrasts[1].link_value < contrasts[1].link_ci[1]


def test_a_classifier_of_scikit_learn_gives_the_same_effect():
    rows = frame(120, 5)
    ipd = ipd_of(rows)
    plain = Classifier(estimator=LogisticRegression(C=1e8, tol=1e-10, max_iter=5000))
    args = (UnanchoredResponse(ipd, outcome_of(rows, ipd), published_rate()), target())
    contrast = unanchored_g_computation_response(
        *args, measure="log_rr", model=plain, rng=generator(), resampling=FEW
    )
    other = unanchored_g_computation_response(*args, measure="log_rr", variance="sandwich")
    assert contrast.link_value == pytest.approx(other.link_value, abs=1e-4)
    with pytest.raises(InputError, match="`variance` must be 'bootstrap' for a scikit-learn"):
        unanchored_g_computation_response(*args, measure="log_rr", model=plain, variance="sandwich")


def test_an_anchored_odds_ratio_is_marginal_and_goes_through_bucher():
    """Truth: averages over 200,000 normal covariates; the trial has 20,000 patients."""
    rows = frame(20_000, 6, arms=("A", "C"))
    ipd = ipd_of(rows)
    comparison = anchored_g_computation_response(
        AnchoredResponse(
            ipd, outcome_of(rows, ipd), published_effect(), treatment="A", modifiers=["x1"]
        ),
        target(n=20_000),
        measure="log_or",
        variance="sandwich",
    )
    x = target(n=20_000).values @ [0.8, 0.6]
    truth = logit(expit(x - 1).mean()) - logit(expit(x).mean())
    assert comparison.adjusted.link_value == pytest.approx(truth, abs=4 * comparison.adjusted.se)
    assert comparison.adjusted.se < 0.04
    assert abs(truth) < 0.9  # the conditional one is 1: an odds ratio does not collapse
    assert comparison.indirect.link_value == pytest.approx(comparison.adjusted.link_value + 0.3)
    assert comparison.indirect.se == pytest.approx(np.hypot(comparison.adjusted.se, 0.2))
    assert (comparison.indirect.estimand, comparison.indirect.comparator) == ("marginal", "B")
    assert "G-computation" in comparison.indirect.method
    assert comparison.to_frame().effect.tolist() == ["adjusted", "published", "indirect"]
    assert isinstance(comparison, AnchoredComparison)
    assert comparison.to_frame().variance_share[:2].sum() == pytest.approx(1)
    assert "indirect" in comparison._repr_html_()


# ----- survival -----


@pytest.mark.parametrize("model", [Cox(), Parametric(distribution="weibull")])
def test_survival_in_a_target_is_the_truth(model):
    """10,000 patients of an exponential model; the truth is an average over the target's rows.

    The standard error of the RMST difference is below 0.08, that of the others below 0.04.
    """
    treated, other = ipd_of(frame(10_000, 8)), ipd_of(frame(10_000, 9, arms=("B",), shift=0.5))
    grid = np.linspace(0, 12, 1201)
    rate = np.exp(target(n=10_000).values @ [0.8, 0.6]) / 12
    curves = [np.exp(-np.outer(rate * r, grid)).mean(axis=0) for r in (np.exp(-1), 1)]
    truth = {
        RMST: np.trapezoid(curves[0], grid) - np.trapezoid(curves[1], grid),
        ALIVE: curves[0][-1] - curves[1][-1],
    }
    few = Resampling(replicates=6, interval="normal", level=0.99999999)
    for effect, expected in truth.items():
        contrast = unanchored_g_computation(
            UnanchoredSurvival(treated, other, outcome="OS"),
            target(n=2000),
            effect=effect,
            model=model,
            rng=generator(),
            resampling=few,
        )
        assert contrast.link_value == pytest.approx(expected, abs=0.3 if effect is RMST else 0.03)


def test_an_unanchored_survival_contrast_says_what_it_is():
    treated, other = ipd_of(frame(150, 8)), ipd_of(frame(120, 9, arms=("B",), shift=0.5))
    arms = UnanchoredSurvival(treated, other, outcome="OS")
    shown = {
        effect.measure: unanchored_g_computation(
            arms, target(n=100), effect=effect, rng=generator(), resampling=FEW
        )
        for effect in (HR, RMST, ALIVE)
    }
    assert shown["log_hr"].link_value < 0 < shown["rmst_difference"].link_value
    assert all(c.population == "B's trial" and c.estimand == "marginal" for c in shown.values())
    assert (shown["rmst_difference"].horizon, shown["rmst_difference"].time_unit) == (
        12,
        "months",
    )
    alive = shown["survival_difference"]
    assert (alive.measure, alive.outcome) == ("survival_difference", "OS")
    assert (alive.horizon, alive.time_unit) == (12, "months")
    assert str(alive).startswith("S(12 months) difference 0.")
    assert "endless trial to 20 months" in shown["log_hr"].method
    assert any("Unanchored" in words for words in alive.assumptions)
    for contrast in shown.values():
        assert 0 < contrast.se < 3


def test_an_anchored_hazard_ratio_without_covariates_that_matter_is_the_trials_own():
    """With a covariate of no effect the marginal hazard ratio is that of the trial's Cox model.

    Up to Breslow's ties of two arms on one grid (0.01) and the estimated effect of noise.
    """
    rows = frame(3000, 10, arms=("A", "C"))
    rng = np.random.default_rng(1)
    rows["time"] = rng.exponential(np.where(rows.arm == "A", 20, 12))
    rows["event"] = (rows.time <= 18).astype(int)
    rows["time"] = rows.time.clip(upper=18)
    ipd = ipd_of(rows)
    comparison = anchored_g_computation(
        AnchoredSurvival(
            ipd, published_effect("log_hr", "OS"), treatment="A", outcome="OS", modifiers=[]
        ),
        target(),
        effect=SurvivalEffect(measure="log_hr", horizon=18.0),
        rng=generator(),
        resampling=Resampling(replicates=6, interval="normal", level=0.99999999),
    )
    within = weighted_cox(ipd.time, ipd.event, rows.arm == "A", np.ones(3000))
    assert comparison.adjusted.link_value == pytest.approx(within.log_hr, abs=0.01)


def test_bca_and_failures_are_counted():
    """Few events: some replicates have none, and are named."""
    rows = frame(14, 12)
    rows["event"] = [1, 1, *[0] * 12]
    rows["time"] = np.linspace(13, 30, 14)
    treated, other = ipd_of(rows), ipd_of(frame(30, 9, arms=("B",)))
    contrast = unanchored_g_computation(
        UnanchoredSurvival(treated, other, outcome="OS"),
        target(names=("x1",)),
        rng=generator(),
        resampling=FEW,
        effect=SurvivalEffect(measure="rmst_difference", horizon=13.5),
    )
    failed = [note for note in contrast.notes if "replicates have no estimate" in note]
    assert failed
    assert any("nobody has an event" in note or "same for every" in note for note in failed)
    rows = frame(40, 3)
    ipd = ipd_of(rows)
    bca = unanchored_g_computation_response(
        UnanchoredResponse(ipd, outcome_of(rows, ipd), published_rate()),
        target(),
        measure="risk_difference",
        rng=generator(),
        resampling=Resampling(replicates=300, interval="BCa"),
    )
    assert bca.link_ci[0] < bca.link_value < bca.link_ci[1]
    assert "BCa bootstrap of 300" in bca.interval


# ----- STC -----


def test_a_conditional_effect_is_that_of_r(golden):
    """Centred at the target's means; Newton to rounding in both."""
    r = golden("outcome_models")
    rows = pd.read_csv(GOLDEN / "outcome_models_patients.csv")
    rows["arm"] = np.where(rows.treated == 1, "A", "C")
    ipd = IPD.from_frame(
        rows,
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        arm="arm",
        covariates=["age", "male"],
    )
    population = Population.from_moments(
        [Mean(name="age", value=63), Proportion(name="male", value=0.6)], n=90, name="T"
    )
    response = outcome_of(rows.assign(y=rows.response.astype(float)), ipd)
    randomised = {"treatment": "A", "modifiers": ["age"]}
    published = published_effect("log_hr", "OS", estimand="conditional")
    hr = anchored_stc(
        AnchoredSurvival(ipd, published, outcome="OS", **randomised),
        population,
        covariates=["age", "male"],
    )
    published = published_effect(estimand="conditional")
    odds = anchored_stc_response(
        AnchoredResponse(ipd, response, published, **randomised),
        population,
        covariates=["age", "male"],
    )
    for comparison, name in ((hr, "log_hr"), (odds, "log_or")):
        assert comparison.adjusted.link_value == pytest.approx(r[f"stc/{name}"], rel=1e-7)
        assert comparison.adjusted.se == pytest.approx(r[f"stc/{name}_se"], rel=1e-7)
        assert comparison.adjusted.estimand == comparison.indirect.estimand == "conditional"
        assert "Conditional: for a patient" in comparison.adjusted.notes[0]
        assert comparison.indirect.link_value == pytest.approx(comparison.adjusted.link_value + 0.3)


@pytest.mark.parametrize("estimand", ["marginal", "not stated"])
def test_a_conditional_effect_does_not_meet_a_marginal_one_unless_that_is_named(estimand):
    ipd = ipd_of(frame(100, 1, arms=("A", "C")))
    how = {"covariates": ["x1", "x2"]}
    published = published_effect("log_hr", "OS", estimand=estimand)
    trial = AnchoredSurvival(ipd, published, treatment="A", outcome="OS", modifiers=[])
    with pytest.raises(IncompatibleError, match="not collapsible"):
        anchored_stc(trial, baseline(), **how)
    words = "The published covariates have no effect."
    comparison = anchored_stc(trial, baseline(), marginal_as_conditional=words, **how)
    assert any(words in each for each in comparison.indirect.assumptions)
    assert comparison.published is published
    conditional = replace(trial, published=replace(published, estimand="conditional"))
    with pytest.raises(InputError, match="leave it out"):
        anchored_stc(conditional, baseline(), marginal_as_conditional=words, **how)


def test_an_unanchored_stc_needs_its_assumption_and_is_biased():
    """Plugging in means: the odds ratio differs from the marginal one by non-collapsibility."""
    rows = frame(5000, 2)
    ipd = ipd_of(rows)
    sides = UnanchoredResponse(ipd, outcome_of(rows, ipd), published_rate())
    how = {"covariates": ["x1", "x2"], "measure": "log_or", "rng": generator(), "resampling": FEW}
    with pytest.raises(IncompatibleError, match="the rate of B is marginal or not stated"):
        unanchored_stc_response(sides, baseline(), marginal_as_conditional="", **how)
    contrast = unanchored_stc_response(
        sides, baseline(), marginal_as_conditional="For comparison only.", **how
    )
    assert (contrast.estimand, contrast.method[:14]) == ("conditional", "unanchored STC")
    assert contrast.link_value == pytest.approx(0.5 * 1.4 - 1, abs=0.1)  # the logit at the means
    marginal = unanchored_g_computation_response(
        sides, target(), measure="log_or", variance="sandwich"
    )
    x = target().values @ [0.8, 0.6]
    assert marginal.link_value == pytest.approx(logit(expit(x - 1).mean()), abs=0.1)


def test_an_unanchored_stc_of_survival():
    treated, other = ipd_of(frame(150, 8)), ipd_of(frame(120, 9, arms=("B",), shift=0.5))
    arms = UnanchoredSurvival(treated, other, outcome="OS")
    how = {"covariates": ["x1"], "effect": HR, "rng": generator()}
    with pytest.raises(IncompatibleError, match="the curve of B is marginal"):
        unanchored_stc(arms, baseline(), marginal_as_conditional=" ", **how)
    contrast = unanchored_stc(
        arms, baseline(), marginal_as_conditional="For comparison.", resampling=FEW, **how
    )
    assert contrast.estimand == "conditional"
    only = Population.from_moments([Median(name="x1", value=1)], n=9, name="T")
    with pytest.raises(InputError, match="states only the median of 'x1'"):
        unanchored_stc(arms, only, marginal_as_conditional="For comparison.", **how)


# ----- refusals -----


def test_nonsense_is_refused():
    rows = frame(60, 1, arms=("A", "C"))
    two = ipd_of(rows)
    treated, other = two.select_arm("A"), ipd_of(frame(40, 2, arms=("B",)))
    arms = UnanchoredSurvival(treated, other, outcome="OS")
    how = {"effect": RMST, "rng": generator(), "resampling": FEW}
    with pytest.raises(InputError, match="`treatment` must hold one arm; got A, C"):
        UnanchoredSurvival(two, other, outcome="OS")
    with pytest.raises(IncompatibleError, match="convert one with in_unit"):
        UnanchoredSurvival(treated, other.in_unit("days"), outcome="OS")
    far = how | {"effect": SurvivalEffect(measure="log_hr", horizon=99.0)}
    with pytest.raises(InputError, match=r"followed to 35.* only, not to 99"):
        unanchored_g_computation(arms, target(), **far)
    many = how | {"resampling": Resampling(replicates=10, workers=2)}
    with pytest.raises(InputError, match=r"`resampling\.workers` must be 1"):
        unanchored_g_computation(arms, target(), **many)
    aimed = replace(target(), basis=Basis(analysis_set="treated"))
    enrolled = replace(arms, comparator=replace(other, basis=Basis(analysis_set="enrolled")))
    with pytest.raises(IncompatibleError, match="target_population"):
        unanchored_g_computation(enrolled, aimed, **how)
    for fields in ({"measure": "hr", "horizon": 3.0}, {"measure": "log_hr", "horizon": -1.0}):
        with pytest.raises(InputError, match=r"effect\."):
            SurvivalEffect(**fields)


def test_nonsense_about_responses_is_refused():
    rows = frame(60, 1, arms=("A", "C"))
    two, treated_rows = ipd_of(rows), frame(60, 1)
    treated = ipd_of(treated_rows)
    response = outcome_of(treated_rows, treated)
    sides = UnanchoredResponse(treated, response, published_rate())
    how = {"measure": "log_or", "variance": "sandwich"}
    with pytest.raises(InputError, match="`rng` must be left out with variance='sandwich'"):
        unanchored_g_computation_response(sides, target(), rng=generator(), **how)
    with pytest.raises(InputError, match="`rng` must be a Generator with variance='bootstrap'"):
        unanchored_g_computation_response(sides, target(), measure="log_or")
    nobody = replace(sides, comparator=published_rate(0))
    with pytest.raises(InputError, match="a rate is 0: the log_or is not finite"):
        unanchored_g_computation_response(nobody, target(), **how)
    twice = replace(response, value=response.value * 2)
    with pytest.raises(InputError, match=r"must be 0 or 1; got 2\.0"):
        UnanchoredResponse(treated, twice, published_rate())
    both = outcome_of(rows, two)
    trial = AnchoredResponse(two, both, published_effect(), treatment="A", modifiers=[])
    for fields, words in (
        ({"estimand": "conditional"}, "differ in estimand"),
        ({"estimand": "not stated"}, "differ in estimand"),
        ({"measure": "log_rr"}, "differ in measure"),
        ({"outcome": "CR"}, "differ in outcome"),
    ):
        differing = replace(trial, published=published_effect(**fields))
        with pytest.raises(IncompatibleError, match=words):
            anchored_g_computation_response(differing, target(), **how)
    with pytest.raises(IncompatibleError, match="no common comparator"):
        replace(trial, published=replace(published_effect(), comparator="D"))
    with pytest.raises(InputError, match="`modifiers` must be among the covariates x1, x2"):
        anchored_g_computation_response(replace(trial, modifiers=["age"]), target(), **how)
