"""Estimators with an outcome model on the public example, beside its MAIC."""

from __future__ import annotations

import numpy as np
import pytest
from support.maic import public_comparator, public_ipd, public_target, public_trial
from support.modelled import published_rate

from survcomp.adjustment import maic_weights, simulate_target
from survcomp.comparison import (
    Resampling,
    SurvivalEffect,
    UnanchoredResponse,
    UnanchoredSurvival,
    unanchored_augmented_response,
    unanchored_g_computation,
    unanchored_g_computation_response,
    unanchored_maic,
    weighted_response,
)
from survcomp.values import PatientOutcome

MATCH = ["AGE", "SEX_MALE", "ECOG0", "SMOKE"]
FEW = Resampling(replicates=40, interval="normal")


@pytest.mark.external
def test_three_ways_to_adjust_agree_within_their_errors():
    """No reference value exists for the models: within one standard error of the MAIC."""
    frame = public_trial("sat")
    ipd, population, rng = public_ipd(frame), public_target(), np.random.default_rng(1)
    target = simulate_target(population, ipd, covariates=MATCH, rng=rng)
    weights = maic_weights(ipd, population, match=MATCH)
    y = PatientOutcome.from_frame(frame, id="USUBJID", value="RESPONSE", name="ORR")
    rate = published_rate(280, 400)
    weighted = weighted_response(y, rate, weights, treatment="A").odds_ratio
    sides = UnanchoredResponse(ipd, y, rate)
    modelled = unanchored_g_computation_response(
        sides, target, measure="log_or", variance="sandwich"
    )
    both = unanchored_augmented_response(
        sides, population, target, match=MATCH, measure="log_or", rng=rng, resampling=FEW
    )
    for contrast in (modelled, both):
        assert contrast.link_value == pytest.approx(weighted.link_value, abs=weighted.se)
    other = public_comparator("sat")
    hazard = unanchored_g_computation(
        UnanchoredSurvival(ipd, other, outcome="OS"),
        target,
        effect=SurvivalEffect(measure="log_hr", horizon=250.0),
        rng=rng,
        resampling=FEW,
    )
    maic = unanchored_maic(ipd, other, weights, outcome="OS")
    assert hazard.link_value == pytest.approx(maic.link_value, abs=maic.se)
