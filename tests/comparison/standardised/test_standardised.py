"""Model-based standardisation: what it gives, what it refuses, and what it says."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from survcomp.comparison import (
    NoAdjustment,
    Standardisation,
    StandardisationSettings,
    Standardised,
    naive_hazard_ratio,
    standardised_hazard_ratio,
)
from survcomp.comparison.standardised.intervals import between_replicates
from survcomp.errors import IncompatibleError, InfeasibleTargetError, InputError
from survcomp.values import (
    IPD,
    SD,
    Basis,
    Correlation,
    Ensemble,
    Mean,
    Population,
    PrognosticEffect,
    Proportion,
)

QUICK = dict(imputations=30, replicates=40, factors=())
ASKED = {"baseline", "target", "weighted", "correlation"}


def arm(name, scale, n, rng, **fields) -> IPD:
    time, limit = rng.exponential(scale, n), rng.uniform(4, 30, n)
    known = dict(time_unit="months", origin="observed", censoring="observed")
    return IPD.from_times(time[time <= limit], limit[time > limit], arm=name, **(known | fields))


def group(value, name="trial", basis=None, extra=()) -> Population:
    moments = [Proportion(name="stage", value=value, definition="ISS stage III"), *extra]
    return Population.from_moments(moments, n=200, name=name, basis=basis)


def effect(log_hr=0.7, se=0.1, **fields) -> PrognosticEffect:
    known = dict(
        covariate="stage",
        definition="ISS stage III",
        model="multivariable",
        endpoint="PFS",
        source="P1",
    )
    return PrognosticEffect(log_hr=log_hr, se=se, **(known | fields))


@pytest.fixture
def arms(rng):
    return arm("new", 20, 90, rng), arm("old", 10, 80, rng)


def run(arms, effects, *, share=0.2, aim=0.5, seed=1, **fields):
    asked = dict(effects=effects, baseline=group(share), target=group(aim, "other"))
    asked |= {name: fields.pop(name) for name in ASKED & fields.keys()}
    assumptions = fields.pop("assumptions", None)
    return standardised_hazard_ratio(
        *arms,
        Standardisation(**asked),
        outcome="PFS",
        settings=StandardisationSettings(**QUICK | fields),
        assumptions=assumptions,
        rng=np.random.default_rng(seed),
    )


def test_without_a_usable_effect_the_refusal_is_the_result(arms):
    refusal = run(arms, [effect(definition="R-ISS stage III")])
    assert isinstance(refusal, NoAdjustment)
    assert str(refusal).startswith("no adjustment possible: no published prognostic effect can")
    assert refusal.naive == naive_hazard_ratio(*arms, outcome="PFS")
    assert refusal.skipped[0].reason.startswith("defined as 'R-ISS stage III'")
    assert refusal.to_frame()["analysis"].tolist() == ["naive; no adjustment possible"]
    assert "no adjustment possible" in refusal._repr_html_()


def test_the_result_says_what_it_is(arms):
    result = run(arms, [effect(patients="new's patients"), effect(endpoint="OS")])
    assert isinstance(result, Standardised)
    assert result.adjusted.method.startswith("model-based standardisation")
    assert "not a MAIC" in result.adjusted.method
    assert result.adjusted.population == "other"
    assert "carried by published effects alone: stage: HR 2.01" in result.notes[0]
    assert "(in new's patients)" in result.notes[0]
    assert "by +0.210 (SE 0.030 from the effects)" in result.notes[1]
    assert "Not used: stage [P1]: of another endpoint (OS, not PFS)." in result.notes
    assert result.adjusted.notes == result.notes
    assert "Unanchored: whatever is prognostic" in result.adjusted.assumptions[0]
    assert result.adjusted.p is None
    assert result.naive == naive_hazard_ratio(*arms, outcome="PFS")


def test_the_shift_is_the_effect_times_the_difference_by_hand(arms):
    """18 of 90 imputed patients in stage III, one half in the target: 0.7 x 0.3."""
    result = run(arms, [effect(0.7, 0.1)])
    assert result.shift == pytest.approx(0.21)
    assert result.shift_se == pytest.approx(0.03)
    row = result.covariates[0]
    assert (row.own, row.target, row.moment) == (0.2, 0.5, "proportion")
    assert result.shift_frame().loc[0, "shift"] == pytest.approx(0.21)


def test_a_small_shift_is_what_the_adjustment_amounts_to(rng):
    """Hazard ratios are not collapsible, but nearly so for small effects."""
    pair = arm("new", 20, 400, rng), arm("old", 10, 300, rng)
    result = run(pair, [effect(0.4, 0.001)], imputations=150)
    error = math.sqrt(result.rubin.se_reconstruction**2 / 150)
    moved = result.adjusted.link_value - result.naive.link_value
    assert moved == pytest.approx(result.shift, abs=4 * error + 0.02)


def test_effects_of_nothing_adjust_nothing(arms):
    """Weights without link to the outcome cost patients and change the estimate by noise only."""
    result = run(arms, [effect(0.0, 1e-6)], imputations=200)
    error = result.rubin.se_reconstruction / math.sqrt(200)
    assert result.adjusted.link_value == pytest.approx(
        result.naive.link_value, abs=4 * error + 0.01
    )
    assert result.ess < 0.8 * result.n
    assert "not how much was adjusted" in " ".join(result.notes)


def test_weighting_the_other_arm_is_the_same_with_the_sign_turned(arms):
    left, right = arms
    result = run((left, right), [effect()], weighted="treatment")
    turned = run((right, left), [effect()], weighted="comparator")
    assert turned.adjusted.link_value == pytest.approx(-result.adjusted.link_value, abs=1e-9)
    assert turned.adjusted.se == pytest.approx(result.adjusted.se, abs=1e-9)
    assert turned.shift == pytest.approx(-result.shift)


def test_the_same_generator_gives_the_same_result(arms):
    assert run(arms, [effect()], seed=3).adjusted == run(arms, [effect()], seed=3).adjusted
    assert run(arms, [effect()], seed=4).adjusted != run(arms, [effect()], seed=3).adjusted


def test_sensitivity_scales_the_effects(arms):
    """Factor 1 is the analysis itself; more effect, more adjustment."""
    result = run(arms, [effect()], factors=(0.5, 1.0, 1.5), imputations=60)
    half, same, more = (row.contrast for row in result.sensitivity)
    assert same == result.adjusted
    assert result.naive.link_value < half.link_value < same.link_value < more.link_value
    assert result.to_frame()["analysis"].tolist()[3:] == [
        "effects x 0.5",
        "effects x 1",
        "effects x 1.5",
    ]


def test_both_intervals_are_shown_and_rubin_is_the_wider(arms):
    result = run(arms, [effect(1.0, 0.2)], imputations=60, replicates=120, aim=0.6)
    assert result.rubin.link_value == pytest.approx(result.adjusted.link_value)
    assert result.rubin.se > result.adjusted.se
    assert result.adjusted.link_ci[0] < result.adjusted.link_value < result.adjusted.link_ci[1]
    assert "model-based standardisation: HR" in str(result)
    assert "Rubin" in result._repr_html_()


def test_uncertain_effects_widen_the_interval(arms):
    """By their own share: sqrt(se^2 + (0.4 x 1.5)^2), to within the bootstrap's noise."""
    sure, unsure = (run(arms, [effect(0.5, se)], aim=0.6, replicates=200) for se in (0.01, 1.5))
    wanted = math.hypot(sure.adjusted.se, 0.4 * 1.5)
    assert unsure.adjusted.se > 1.3 * sure.adjusted.se
    assert unsure.adjusted.se == pytest.approx(wanted, rel=0.3)


def ensemble(name, scale, n, rng, m=6) -> Ensemble:
    base = arm(name, scale, n, rng, origin="reconstructed", censoring="assumed")
    draws = tuple(replace(base, time=base.time * math.exp(0.1 * rng.normal())) for _ in range(m))
    return Ensemble(draws=draws, method="by hand", curve_id=f"T/{name}/PFS")


def test_every_draw_of_an_ensemble_is_used(rng):
    pair = ensemble("new", 20, 70, rng), ensemble("old", 10, 60, rng)
    result = run(pair, [effect()])
    assert result.naive == naive_hazard_ratio(*pair, outcome="PFS")
    assert result.adjusted.interval.startswith(
        "sampling and reconstruction error, under assumed censoring; with the published effects'"
    )
    one = tuple(replace(side, draws=(side.draws[0],) * 6) for side in pair)
    assert run(one, [effect()]).naive.se_reconstruction == 0
    assert result.naive.se_reconstruction > 0


def test_a_single_reconstruction_is_refused(rng, arms):
    lone = replace(arms[0], origin="reconstructed")
    with pytest.raises(InputError, match="one reconstructed data set"):
        run((lone, arms[1]), [effect()])


def test_patients_with_covariates_are_matched_on_those(arms):
    left = replace(arms[0], covariate_names=("stage",), covariate_values=np.zeros((arms[0].n, 1)))
    with pytest.raises(InputError, match="`treatment` has covariates of its own"):
        run((left, arms[1]), [effect()])


def test_several_covariates_and_univariable_effects(rng, arms):
    other = [
        Mean(name="age", value=60, definition="years"),
        SD(name="age", value=9, definition="years"),
    ]
    effects = [
        effect(0.6, model="univariable"),
        effect(0.03, 0.01, covariate="age", definition="years", model="univariable"),
    ]
    populations = dict(
        baseline=group(0.2, extra=other),
        target=group(0.4, "other", extra=[replace(other[0], value=64), other[1]]),
    )
    refused = run(arms, effects, **populations)
    assert isinstance(refused, NoAdjustment)
    assert "correlation is missing" in refused.missing
    r = Correlation.from_rows(["stage", "age"], [[1, 0.3], [0.3, 1]], source="registry")
    result = run(arms, effects, correlation=r, **populations)
    assert "correlations of registry, met to within 0.0" in " ".join(result.notes)
    assert 0 < result.covariates[0].log_hr < 0.6
    assert result.shift < 0.6 * 0.2 + 0.03 * 4
    assert result.covariates[1].moment == "mean"


def test_a_target_out_of_reach_is_explained(arms):
    far = [
        Mean(name="age", value=60, definition="years"),
        SD(name="age", value=2, definition="years"),
    ]
    target = group(0.4, "other", extra=[replace(far[0], value=75), far[1]])
    effects = [effect(), effect(0.1, covariate="age", definition="years")]
    with pytest.raises(InfeasibleTargetError, match=r"age \(mean\)"):
        run(arms, effects, baseline=group(0.2, extra=far), target=target)


def test_few_effective_patients_are_warned_of(rng):
    few = arm("new", 20, 40, rng), arm("old", 10, 60, rng)
    result = run(few, [effect()], share=0.15, aim=0.6)
    assert result.ess < 30
    assert any("few patients carry the result" in note for note in result.notes)


def test_failures_are_counted_and_left_out(rng):
    """An arm with two events is resampled without one in about one replicate of eight."""
    few = IPD.from_times(
        [3.0, 9.0],
        np.linspace(5, 30, 58),
        arm="new",
        time_unit="months",
        origin="observed",
        censoring="observed",
    )
    result = run((few, arm("old", 10, 60, rng)), [effect()], replicates=200)
    assert 5 < result.n_failed <= 40
    assert f"{result.n_failed} of 200 bootstrap replicates had no weights" in result.notes[-1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict(imputations=1), "`imputations` must be a whole number of at least 2; got 1"),
        (dict(replicates=10), "`replicates` must be a whole number of at least 20; got 10"),
        (dict(factors=(-1.0,)), "`factors` must be finite and at least 0; got -1.0"),
        (dict(weighted="both"), "`weighted` must be one of 'treatment', 'comparator'"),
    ],
)
def test_options_that_are_none_are_refused(arms, change, words):
    with pytest.raises(InputError, match=words):
        run(arms, [effect()], **change)


def test_a_baseline_of_other_patients_than_the_curve_has_to_be_named(arms):
    infused, enrolled = Basis(analysis_set="infused"), Basis(analysis_set="enrolled")
    sides = tuple(replace(a, basis=infused) for a in arms)
    fields = dict(baseline=group(0.2, basis=enrolled), target=group(0.5, "other", basis=infused))
    with pytest.raises(IncompatibleError, match="of enrolled patients and the curve of new"):
        run(sides, [effect()], **fields)
    result = run(sides, [effect()], assumptions={"own_population": "Few were lost."}, **fields)
    assert any(text.endswith("Few were lost.") for text in result.adjusted.assumptions)
    with pytest.raises(InputError, match=r"`assumptions\.target_population` is named, but both"):
        run(
            sides,
            [effect()],
            assumptions={"own_population": "Few.", "target_population": "Same."},
            **fields,
        )


def test_variance_components_by_hand():
    """Means 0, 2, 4 with halves 1 apart: MSB 2 x 4, MSW 0.5, so (8 - 0.5) / 2 = 3.75."""
    spread = between_replicates(np.array([[-0.5, 0.5], [1.5, 2.5], [3.5, 4.5]]))
    assert spread.variance == pytest.approx(3.75)
    assert spread.df == pytest.approx(7.5**2 / (64 / 2 + 0.25 / 3))


def test_variance_components_leave_the_noise_of_imputation_out(rng):
    pairs = rng.normal(0, 0.3, (4000, 1)) + rng.normal(0, 0.5, (4000, 2))
    assert between_replicates(pairs).variance == pytest.approx(0.09, rel=0.15)
    with pytest.raises(InputError, match="`replicates`: 2 are too few"):
        between_replicates(np.array([[0.0, 1.0], [1.0, 0.0]]))
