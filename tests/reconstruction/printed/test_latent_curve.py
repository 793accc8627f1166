"""The latent curves of event and censoring where they are known."""

from __future__ import annotations

import numpy as np
import pytest

from survcomp.reconstruction.printed.frame import CrudeArm, ShapePrior, make_frame
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
    latent = curves(np.zeros((1, frame.size)), np.array([24.0]), frame)
    times = np.array([3.0, 7.7, 18.0])
    assert latent.log_survival(times)[0] == pytest.approx(-0.05 * times)
    at = latent.node[40]
    expected = 200 * np.exp(-0.05 * at) * latent.followed(np.array([at]))[0, 0]
    assert latent.at_risk[0, 40] == pytest.approx(expected)
    assert latent.up_to(np.array([24.0]), latent.leaving)[0, 0] == pytest.approx(
        latent.leaving.sum()
    )
