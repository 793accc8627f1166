"""What estimation refuses or states exactly where the data run out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survcomp.errors import InputError
from survcomp.estimation import hazard_ratio, kaplan_meier, rmst, survival_at
from survcomp.values import IPD, Basis, Cut, Ensemble, FollowUp, Weights
from survcomp.values.checks import read_only


def arm(events, censored=(), *, name="A") -> IPD:
    return IPD.from_times(list(events), list(censored), arm=name, time_unit="months")


def weigh(ipd: IPD, values) -> Weights:
    return Weights(id=ipd.id, value=read_only(values, name="w"), population="p")


@settings(max_examples=60)
@given(st.lists(st.floats(0.05, 3.0), min_size=3, max_size=12))
def test_a_weighted_curve_on_which_everybody_dies_ends_at_zero(values):
    """Products of weights leave 1e-17, which is not a level: the upper limit is not reached."""
    ipd = arm(np.arange(1, len(values) + 1, dtype=float))
    curve = kaplan_meier(ipd, weights=weigh(ipd, values))
    assert curve.survival[-1] == 0.0
    assert curve(1000.0)[0] == 0.0


def test_the_upper_limit_of_a_median_does_not_come_from_rounding():
    ipd = arm([1, 2, 3])
    for values in ([0.1, 0.7, 0.2], [0.1, 0.2, 0.7]):
        assert math.isinf(kaplan_meier(ipd, weights=weigh(ipd, values)).median().ci_high)


@pytest.mark.parametrize("weightless", [0.0, 1e-17])
def test_a_patient_without_weight_does_not_keep_a_curve_above_zero(weightless):
    ipd = arm([1, 2, 3], [4])
    curve = kaplan_meier(ipd, weights=weigh(ipd, [0.1, 0.7, 0.2, weightless]))
    assert curve.survival[-1] == 0.0
    assert math.isinf(curve.median().ci_high)


def test_a_light_patient_still_keeps_a_curve_above_zero():
    ipd = arm([1, 2, 3], [4])
    curve = kaplan_meier(ipd, weights=weigh(ipd, [0.1, 0.7, 0.2, 1e-6]))
    assert 0 < curve.survival[-1] < 1e-5


def test_pooled_estimates_count_events_at_time_zero():
    """32 of 100 die, 30 of them at once: 0.68 at 10, and 0.68 * 10 + (5 + 6) / 100 months."""
    draw = arm([0.0] * 30 + [5, 6], [10.0] * 68)
    ensemble = Ensemble(draws=(draw, draw), method="made up", curve_id="T/A/OS")
    assert [e.value for e in survival_at(ensemble, [0, 10])] == pytest.approx([0.70, 0.68])
    assert rmst(ensemble, horizon=10).value == pytest.approx(6.91)


def test_a_light_but_not_weightless_event_still_gives_an_estimate():
    treated, other = arm([1.5, 2.5, 12], [13, 14]), arm([1, 2, 3], [3.5], name="C")
    ratio = hazard_ratio(treated, other, weights=weigh(treated, [0.01, 0.01, 0.01, 1, 1]))
    assert 1e-3 < ratio.value < 0.1


def test_the_refusal_of_weights_says_how_many_patients_carry_them():
    treated, other = arm([1.5, 2.5, 12], [13, 14]), arm([1, 2, 3], [3.5], name="C")
    with pytest.raises(
        InputError, match=r"treated arm has no event.* of the 5 patients .* 2 carry"
    ):
        hazard_ratio(treated, other, weights=weigh(treated, [0, 0, 0, 1, 1]))


@pytest.mark.parametrize(
    ("treated", "values"),
    [
        (arm([10, 11, 12], [13, 14]), [1, 1, 1, 1, 1]),
        (arm([1.5, 2.5, 12], [13, 14]), [0, 0, 0, 1, 1]),
        (arm([1.5, 2.5, 12], [13, 14]), [1e-30, 1e-30, 1e-30, 1, 1]),
        (arm([1.5, 2.5, 12], [13, 14]), [1e-8, 1e-8, 1e-8, 1, 1]),
        (arm([0.5, 2.5, 12], [13, 14]), [1, 1e-8, 1e-8, 1e-8, 1e-8]),
    ],
)
def test_separated_arms_have_no_hazard_ratio(treated, values):
    other = arm([1, 2, 3], [3.5], name="C")
    with pytest.raises(InputError, match="no finite estimate"):
        hazard_ratio(treated, other, weights=weigh(treated, values))


def test_unweighted_separated_arms_have_no_hazard_ratio():
    with pytest.raises(InputError, match="no finite estimate"):
        hazard_ratio(arm([10, 11, 12]), arm([1, 2, 3], [3.5], name="C"))


def test_another_unit_is_another_unit_of_follow_up_too():
    follow = FollowUp(median=52.0, low=4.0, high=104.0, spread="range")
    weeks = IPD.from_times(
        [10.0, 20.0],
        [30.0],
        arm="A",
        time_unit="weeks",
        basis=Basis(cut=Cut(label="c", follow_up=follow)),
    )
    months = weeks.in_unit("months")
    assert months.time[0] == pytest.approx(10 * 7 / 30.4375)
    converted = months.basis.cut.follow_up
    assert [converted.median, converted.low, converted.high] == pytest.approx(
        [x * 7 / 30.4375 for x in (52.0, 4.0, 104.0)]
    )


def test_a_curve_in_place_of_patients_is_refused():
    ipd = IPD.from_times([1, 2], [4], arm="A", time_unit="months")
    with pytest.raises(InputError, match="got KMResult"):
        rmst(kaplan_meier(ipd), horizon=2)
