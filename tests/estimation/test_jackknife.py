"""Influence of each patient on a weighted curve: R's jackknife, Greenwood, derivatives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.paths import GOLDEN

from survcomp.errors import InputError
from survcomp.estimation import kaplan_meier, rmst
from survcomp.estimation.jackknife import jackknife_rmst, jackknife_survival, weighted_mean
from survcomp.values import IPD, Weights


def weighted_arm(arm: int) -> tuple[IPD, Weights]:
    frame = pd.read_csv(GOLDEN / "weighted_maic_patients.csv").query(f"treated == {arm}")
    ipd = IPD.from_frame(
        frame, time="tied", event="event", time_unit="months", origin="observed", label="A"
    )
    weights = Weights(id=ipd.id, value=frame.weight.to_numpy(), population="target")
    return ipd, weights


@st.composite
def arms(draw):
    n = draw(st.integers(4, 20))
    time = np.array(draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)), float)
    event = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    time[0], event[0] = 10, False  # somebody is followed to the end
    weight = np.array(draw(st.lists(st.floats(0.1, 4), min_size=n, max_size=n)))
    frame = pd.DataFrame({"t": time, "e": event})
    ipd = IPD.from_frame(
        frame, time="t", event="e", time_unit="months", origin="observed", label="A"
    )
    return ipd, weight


@pytest.mark.parametrize("arm", [0, 1])
def test_against_r(golden, arm):
    ipd, weights = weighted_arm(arm)
    r = golden("weighted_maic")
    survival = jackknife_survival(ipd, at=5, weights=weights)
    area = jackknife_rmst(ipd, horizon=8, weights=weights)
    assert survival.estimate == pytest.approx(r[f"km/{arm}/survival"], rel=1e-10)
    assert survival.se == pytest.approx(r[f"km/{arm}/se"], rel=1e-10)
    assert area.estimate == pytest.approx(r[f"rmst/{arm}/estimate"], rel=1e-10)
    assert area.se == pytest.approx(r[f"rmst/{arm}/se"], rel=1e-10)


@given(arms())
@settings(max_examples=40)
def test_equal_weights_give_greenwood_and_klein_moeschberger(arm):
    ipd, _ = arm
    curve = kaplan_meier(ipd)
    survival, area = jackknife_survival(ipd, at=6), jackknife_rmst(ipd, horizon=6)
    assert (survival.estimate, survival.se) == pytest.approx(
        (curve.at(6).value, curve.at(6).se), abs=1e-12
    )
    expected = rmst(ipd, horizon=6)
    assert (area.estimate, area.se) == pytest.approx((expected.value, expected.se), abs=1e-12)


@given(arms())
@settings(max_examples=20)
def test_the_influence_is_the_derivative(arm):
    ipd, weight = arm

    def at(values):
        weights = Weights(id=ipd.id, value=values, population="target")
        return (
            jackknife_survival(ipd, at=6, weights=weights),
            jackknife_rmst(ipd, horizon=7.5, weights=weights),
        )

    read = at(weight)
    for i in range(ipd.n):
        step = np.where(np.arange(ipd.n) == i, 1e-5, 0.0)
        up, down = at(weight * (1 + step)), at(weight * (1 - step))
        for centre, high, low in zip(read, up, down, strict=True):
            slope = (high.estimate - low.estimate) / 2e-5
            assert slope == pytest.approx(centre.influence[i], abs=1e-7)
    assert [each.influence.sum() for each in read] == pytest.approx([0, 0], abs=1e-9)


def test_the_weighted_curve_is_that_of_kaplan_meier():
    ipd, weights = weighted_arm(1)
    curve = kaplan_meier(ipd, weights=weights)
    survival = jackknife_survival(ipd, at=7, weights=weights)
    assert (survival.estimate, survival.se) == pytest.approx((curve.at(7).value, curve.at(7).se))


def test_a_curve_that_ends_at_zero_has_an_area_to_any_horizon():
    ipd = IPD.from_times([1, 2, 3], [], arm="A", time_unit="months")
    assert jackknife_rmst(ipd, horizon=10).estimate == pytest.approx(2)
    assert jackknife_rmst(ipd, horizon=10).se == pytest.approx(np.sqrt(2 / 3 / 3))  # of a mean
    assert jackknife_survival(ipd, at=10).se == 0


def test_before_the_first_event_nothing_is_uncertain():
    ipd = IPD.from_times([5], [6], arm="A", time_unit="months")
    assert (jackknife_survival(ipd, at=3).estimate, jackknife_survival(ipd, at=3).se) == (1, 0)
    assert jackknife_rmst(ipd, horizon=3).estimate == 3


def test_what_is_refused():
    ipd = IPD.from_times([1], [6], arm="A", time_unit="months")
    with pytest.raises(InputError, match="`horizon` must lie within the follow-up of 'A', to 6"):
        jackknife_rmst(ipd, horizon=7)
    with pytest.raises(InputError, match="`at` must be above 0; got 0"):
        jackknife_survival(ipd, at=0)
    frame = pd.DataFrame({"t": [1, 2], "e": 1, "arm": ["A", "B"]})
    both = IPD.from_frame(
        frame, time="t", event="e", time_unit="months", origin="observed", arm="arm"
    )
    with pytest.raises(InputError, match="must hold one arm; got A, B"):
        jackknife_survival(both, at=1)


def test_a_weighted_mean_by_hand():
    """y = 1, 0 with weights 3, 1: mean 3/4; influences 3 (1/4) / 4 and 1 (-3/4) / 4."""
    mean = weighted_mean(np.array([1.0, 0.0]), np.array([3.0, 1.0]))
    assert mean.influence.tolist() == [3 / 16, -3 / 16]
