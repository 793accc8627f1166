"""The smoothed hazard: against lifelines, a known hazard and an identity."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import NelsonAalenFitter

from survcomp.errors import InputError
from survcomp.estimation import smoothed_hazard
from survcomp.values import IPD


def exponential(n: int, rate: float) -> IPD:
    times = -np.log1p(-(np.arange(n) + 0.5) / n) / rate  # quantiles, so that nothing is random
    return IPD.from_times(times, [], arm="A", time_unit="months", origin="observed")


def test_it_equals_lifelines_at_the_patients_times():
    ipd = exponential(60, 0.1)
    ours = smoothed_hazard(ipd, bandwidth=5)
    # lifelines counts each of several events at a time apart; here no two are
    theirs = NelsonAalenFitter().fit(ipd.time, ipd.event).smoothed_hazard_(5)
    at = [t for t in theirs.index if ours.time[0] <= t <= ours.time[-1]]
    # 200 times between which we interpolate a curve without jumps
    assert np.interp(at, ours.time, ours.estimate) == pytest.approx(
        theirs.loc[at].iloc[:, 0].to_numpy(), rel=0.02
    )


def test_a_constant_hazard_is_found():
    smooth = smoothed_hazard(exponential(4000, 0.1), bandwidth=4)
    inner = smooth.time < 20
    assert smooth.estimate[inner] == pytest.approx(0.1, rel=0.03)
    assert np.all(smooth.ci_low <= smooth.estimate)
    assert np.all(smooth.estimate <= smooth.ci_high)


def test_a_change_of_unit_changes_the_unit_alone():
    ipd = exponential(50, 0.1)
    months, days = smoothed_hazard(ipd), smoothed_hazard(ipd.in_unit("days"))
    assert days.estimate * 30.4375 == pytest.approx(months.estimate)


@pytest.mark.parametrize("bandwidth", [0, -1, 1e9, float("nan")])
def test_a_bandwidth_that_leaves_no_time_is_refused(bandwidth):
    with pytest.raises(InputError, match="bandwidth"):
        smoothed_hazard(exponential(20, 0.1), bandwidth=bandwidth)


def test_too_few_events_and_two_arms_are_refused():
    one = IPD.from_times([3], [5, 6], arm="A", time_unit="months")
    with pytest.raises(InputError, match="at least 2 events"):
        smoothed_hazard(one)
