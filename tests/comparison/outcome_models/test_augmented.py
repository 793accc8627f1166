"""Augmented estimators: double robustness, identities, pseudo-observations of R, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
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

from survcomp.adjustment import maic_weights
from survcomp.comparison import (
    AnchoredResponse,
    AnchoredSurvival,
    Resampling,
    SurvivalEffect,
    UnanchoredResponse,
    UnanchoredSurvival,
    anchored_augmented,
    anchored_augmented_response,
    unanchored_augmented,
    unanchored_augmented_response,
    unanchored_g_computation_response,
)
from survcomp.comparison.outcome_models.augmented_mean import augmented_mean, pseudo_observations
from survcomp.errors import IncompatibleError, InputError
from survcomp.values import Mean, Population

TWO = Resampling(replicates=6, interval="normal", level=0.99999999)
BOTH, ONE = ("x1", "x2"), ("x2",)
MEANS = Population.from_moments([Mean(name=x, value=0.5) for x in BOTH], n=200, name="B's trial")


def generator():
    return np.random.default_rng(5)


def test_pseudo_observations_are_those_of_r(golden):
    """The same closed form in both: rounding only."""
    r = golden("outcome_models")
    rows = pd.read_csv(GOLDEN / "outcome_models_patients.csv")
    columns = rows.time.to_numpy(float), rows.event.to_numpy(bool)
    area = pseudo_observations(*columns, SurvivalEffect(measure="rmst_difference", horizon=10.0))
    alive = pseudo_observations(
        *columns, SurvivalEffect(measure="survival_difference", horizon=8.0)
    )
    for i in range(6):
        assert area[i] == pytest.approx(r[f"pseudo/rmst/{i + 1}"], rel=1e-9)
        assert alive[i] == pytest.approx(r[f"pseudo/survival/{i + 1}"], rel=1e-9, abs=1e-12)


@given(st.integers(0, 1000), st.floats(-1, 1), st.floats(0, 5))
def test_a_linear_model_in_the_matched_columns_changes_nothing(seed, slope, level):
    """The weights already balance them: the augmented mean is that of the weights (TSD 18)."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0, 1, 50), rng.random(50)
    w = rng.exponential(1, 50)
    balanced = float(np.average(x, weights=w))  # what the target's mean then is
    mean = augmented_mean(y, level + slope * x, w, level + slope * balanced)
    assert mean == pytest.approx(np.average(y, weights=w), abs=1e-9)


# Who models what: the truth needs both covariates.
CASES = [
    pytest.param(BOTH, BOTH, True, id="both right"),
    pytest.param(BOTH, ONE, True, id="weights wrong"),
    pytest.param(ONE, BOTH, True, id="model wrong"),
    pytest.param(ONE, ONE, False, id="both wrong"),
]


@pytest.mark.parametrize(("modelled", "matched", "consistent"), CASES)
def test_one_of_two_is_enough_for_a_response(modelled, matched, consistent):
    """20,000 patients: the standard error is below 0.007, and the bias of neither 0.06."""
    rows = frame(20_000, 21)
    ipd = ipd_of(rows)
    contrast = unanchored_augmented_response(
        UnanchoredResponse(ipd, outcome_of(rows, ipd), published_rate()),
        MEANS,
        target(n=20_000, names=modelled),
        match=matched,
        measure="risk_difference",
        rng=generator(),
        resampling=TWO,
    )
    truth = expit(target(n=20_000).values @ [0.8, 0.6] - 1).mean() - 0.5
    error = abs(contrast.link_value - truth)
    assert error < 0.02 if consistent else error > 0.04
    if modelled == ONE:  # the model by itself is off
        plain = unanchored_g_computation_response(
            UnanchoredResponse(ipd, outcome_of(rows, ipd), published_rate()),
            target(n=20_000, names=ONE),
            measure="risk_difference",
            variance="sandwich",
        )
        assert abs(plain.link_value - truth) > 0.04


@pytest.mark.parametrize(("modelled", "matched", "consistent"), CASES)
@pytest.mark.parametrize("effect", [RMST, ALIVE], ids=["rmst", "survival"])
def test_one_of_two_is_enough_for_survival(effect, modelled, matched, consistent):
    """1,500 patients of whom a fixed 30 % are censored; averages of 4 trials.

    Standard errors below 0.2 months and 0.015; the bias of neither is beyond 0.5 and 0.04.
    """
    grid = np.linspace(0, 12, 1201)
    rate = np.exp(target(n=4000).values @ [0.8, 0.6] - 1) / 12
    curve = np.exp(-np.outer(rate, grid)).mean(axis=0)
    truth = np.trapezoid(curve, grid) if effect is RMST else curve[-1]
    comparator = ipd_of(frame(50, 9, arms=("B",)).assign(time=13.0, event=0))
    base = 12.0 if effect is RMST else 1.0
    means = [
        unanchored_augmented(
            UnanchoredSurvival(ipd_of(frame(1500, seed)), comparator, outcome="OS"),
            MEANS,
            target(n=500, names=modelled),
            match=matched,
            effect=effect,
            rng=generator(),
            resampling=TWO,
        ).link_value
        + base
        for seed in range(4)
    ]
    near, far = (0.35, 0.4) if effect is RMST else (0.03, 0.035)
    error = abs(np.mean(means) - truth)
    assert error < near if consistent else error > far


def test_a_contrast_says_what_it_is_and_repeats():
    rows = frame(150, 3)
    ipd = ipd_of(rows)
    contrasts = [
        unanchored_augmented_response(
            UnanchoredResponse(ipd, outcome_of(rows, ipd), published_rate()),
            baseline(),
            target(),
            match=BOTH,
            measure="log_or",
            rng=generator(),
            resampling=FEW,
        )
        for _ in range(2)
    ]
    assert contrasts[0] == contrasts[1]
    assert (contrasts[0].estimand, contrasts[0].population) == ("marginal", "B's trial")
    assert "or the weights are" in contrasts[0].assumptions[0]
    assert "residuals weighted to the target, matched on x1, x2" in contrasts[0].method
    assert 0 < contrasts[0].se < 1


def test_anchored_estimates_are_differences_of_two_augmented_means():
    rows = frame(3000, 30, arms=("A", "C"))
    ipd = ipd_of(rows)
    randomised = {"treatment": "A", "modifiers": ["x1"]}
    how = {"match": BOTH, "resampling": FEW}
    x = target(n=3000).values @ [0.8, 0.6]
    response = anchored_augmented_response(
        AnchoredResponse(
            ipd, outcome_of(rows, ipd), published_effect("risk_difference"), **randomised
        ),
        MEANS,
        target(n=3000),
        measure="risk_difference",
        rng=generator(),
        **how,
    )
    truth = expit(x - 1).mean() - expit(x).mean()
    assert response.adjusted.link_value == pytest.approx(truth, abs=0.06)
    assert response.indirect.link_value == pytest.approx(response.adjusted.link_value + 0.3)
    small = frame(500, 31, arms=("A", "C"))
    published = replace(published_effect("rmst_difference", "OS"), time_unit="months", horizon=12.0)
    area = anchored_augmented(
        AnchoredSurvival(ipd_of(small), published, outcome="OS", **randomised),
        MEANS,
        target(),
        effect=RMST,
        rng=generator(),
        **how,
    )
    assert area.adjusted.link_value > 1
    assert (area.indirect.horizon, area.indirect.estimand) == (12.0, "marginal")
    assert "augmented estimator" in area.indirect.method


def test_weights_are_those_of_maic_weights():
    """A model without slope (a covariate of no effect) leaves the weighted rate."""
    rows = frame(80, 40)
    ipd = ipd_of(rows)
    weights = maic_weights(ipd, MEANS, match=BOTH)
    y = rows.y.to_numpy()

    class Flat:
        name = "flat"

        def fit(self, x, y):
            return self

        def probability(self, x):
            return np.full(x.shape[0], 0.5)

    contrast = unanchored_augmented_response(
        UnanchoredResponse(ipd, outcome_of(rows, ipd), published_rate()),
        MEANS,
        target(),
        match=BOTH,
        model=Flat(),
        measure="risk_difference",
        rng=generator(),
        resampling=FEW,
    )
    assert contrast.link_value == pytest.approx(
        np.average(y, weights=weights.value) - 0.5, abs=1e-9
    )


def test_what_is_refused():
    rows = frame(60, 1)
    ipd, other = ipd_of(rows), ipd_of(frame(40, 2, arms=("B",)))
    arms = UnanchoredSurvival(ipd, other, outcome="OS")
    how = {"match": BOTH, "rng": generator(), "resampling": FEW}
    with pytest.raises(InputError, match="a hazard ratio is no difference of means"):
        unanchored_augmented(arms, baseline(), target(), effect=HR, **how)
    with pytest.raises(IncompatibleError, match="one target population is needed"):
        unanchored_augmented(arms, baseline(name="C"), target(), effect=RMST, **how)
    with pytest.raises(InputError, match="no patient of an arm has weight"):
        augmented_mean(np.ones(2), np.ones(2), np.zeros(2), 0.5)
    with pytest.raises(InputError, match="`measure` must be one of"):
        unanchored_augmented_response(
            UnanchoredResponse(ipd, outcome_of(rows, ipd), published_rate()),
            baseline(),
            target(),
            match=BOTH,
            measure="log_hr",
            rng=generator(),
        )
