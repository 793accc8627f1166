"""The latent curves of event and censoring where they are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from survcomp.reconstruction.printed.frame import SMOOTH_SD, CrudeArm, ShapePrior, make_frame
from survcomp.reconstruction.printed.latent_curve import curves


def test_with_an_exponential_hazard_the_latent_curves_are_known():
    """Zero unknowns, shape 1: S = exp(-t / scale); at risk n S G; counts add up."""
    frame = make_frame(
        CrudeArm(
            n=200,
            longest=24.0,
            events=100,
            rate=0.05,
            share_followed=lambda time: 1.0 - time / 30.0,
        ),
        prior=ShapePrior(mean=0.0, sd=0.3),
        tail_from=12.0,
        dropout=0.08,
        bent=False,
    )
    frame = replace(frame, lowered=np.zeros_like(frame.lowered))  # no noise, nothing to make up for
    latent = curves(np.zeros((1, frame.size)), np.array([24.0]), frame)
    times = np.array([3.0, 7.7, 18.0])
    assert latent.log_survival(times)[0] == pytest.approx(-0.05 * times)
    at = latent.node[40]
    expected = 200 * np.exp(-0.05 * at) * latent.followed(np.array([at]))[0, 0]
    assert latent.at_risk[0, 40] == pytest.approx(expected)
    assert latent.up_to(np.array([24.0]), latent.leaving)[0, 0] == pytest.approx(
        latent.leaving.sum()
    )


def test_noise_from_cell_to_cell_leaves_the_mean_hazard():
    """A cell's own events are as many on average as it expects."""
    frame = make_frame(
        CrudeArm(
            n=60,
            longest=24.0,
            events=30,
            rate=0.05,
            share_followed=lambda time: 1.0 - time / 30.0,
        ),
        prior=ShapePrior(mean=0.0, sd=0.3),
        tail_from=24.0,
        dropout=0.08,
        bent=False,
    )
    unknown = np.zeros((4000, frame.size))
    cells = frame.edges.size - 1
    unknown[:, :cells] = np.random.default_rng(1).normal(size=(4000, cells))
    hazard = curves(unknown, np.full(4000, 24.0), frame).hazard
    smooth = 0.05 * math.exp(0.5 * SMOOTH_SD**2)
    assert hazard.mean(axis=0) == pytest.approx(np.full(cells, smooth), rel=0.25)
    assert hazard.mean() == pytest.approx(smooth, rel=0.03)
