"""Weights against base R: Newton for entropy weights, Lagrange for the largest ESS, glm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.paths import GOLDEN

from survcomp.adjustment import maic_weights, max_ess_weights, two_stage_weights
from survcomp.values import IPD, SD, Mean, Median, Population, Proportion, Quantile

MOMENTS = {
    "means": [Mean(name="age", value=63), Proportion(name="male", value=0.62)],
    "moments": [
        Mean(name="age", value=62),
        SD(name="age", value=7.5),
        Proportion(name="male", value=0.45),
        Median(name="lines", value=3),
    ],
    "quantiles": [
        Quantile(name="ldh", value=190, probability=0.25),
        Quantile(name="ldh", value=280, probability=0.75),
        Median(name="lines", value=3, ties="half"),
    ],
    "divisor": [Mean(name="age", value=62), SD(name="age", value=7.5, divisor="n - 1")],
}


def case(name: str) -> tuple[IPD, Population, tuple[str, ...]]:
    frame = pd.read_csv(GOLDEN / "maic_weights_patients.csv").assign(t=1.0, e=1)
    ipd = IPD.from_frame(
        frame,
        time="t",
        event="e",
        time_unit="months",
        origin="observed",
        covariates=["age", "male", "lines", "ldh"],
        id="id",
        arm="arm",
    )
    population = Population.from_moments(MOMENTS[name], n=80, name=name)
    return ipd, population, population.covariates


@pytest.mark.parametrize("name", list(MOMENTS))
def test_entropy_weights(name, golden):
    """Both are solved to rounding: 1e-9 is left for its growth with the condition number."""
    ipd, population, match = case(name)
    weights = maic_weights(ipd, population, match=match)
    r = golden("maic_weights")
    for j, (_, a) in enumerate(weights.coefficients, start=1):
        assert a == pytest.approx(r[f"{name}/entropy/a/{j}"], rel=1e-9)
    assert weights.ess == pytest.approx(r[f"{name}/entropy/ess"], rel=1e-10)
    assert weights.value.sum() == pytest.approx(r[f"{name}/entropy/sum"], rel=1e-10)
    assert weights.value.max() == pytest.approx(r[f"{name}/entropy/max"], rel=1e-10)


@pytest.mark.parametrize("name", list(MOMENTS))
def test_weights_of_the_largest_ess(name, golden):
    ipd, population, match = case(name)
    weights = max_ess_weights(ipd, population, match=match)
    r = golden("maic_weights")
    assert weights.ess == pytest.approx(r[f"{name}/max_ess/ess"], rel=1e-10)
    assert weights.value.max() == pytest.approx(r[f"{name}/max_ess/max"], rel=1e-10)
    assert np.sum(weights.value < 1e-9) == r[f"{name}/max_ess/zero"]


def test_two_stage_weights(golden):
    """R's glm stops at a relative change of the deviance of 1e-15."""
    ipd, population, match = case("means")
    weights = two_stage_weights(ipd, population, treatment="A", match=match)
    cut = two_stage_weights(ipd, population, treatment="A", match=match, truncate_at=0.95)
    r = golden("maic_weights")
    assert weights.ess == pytest.approx(r["two_stage/ess"], rel=1e-9)
    assert weights.value.sum() == pytest.approx(r["two_stage/sum"], rel=1e-9)
    assert weights.value[0] == pytest.approx(r["two_stage/first"], rel=1e-9)
    assert weights.value[-1] == pytest.approx(r["two_stage/last"], rel=1e-9)
    assert cut.ess == pytest.approx(r["two_stage/truncated/ess"], rel=1e-9)
    assert cut.value.sum() == pytest.approx(r["two_stage/truncated/sum"], rel=1e-9)
