"""What is not one data set of one arm is refused by name, by every estimator that takes one."""

from __future__ import annotations

import pandas as pd
import pytest

from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation import (
    interval_hazards,
    logrank,
    proportional_hazards_test,
    smoothed_hazard,
    two_proportions,
)
from survcomp.reconstruction import reconstruct
from survcomp.values import IPD, Curve, MedianTime

A = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
B = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
MIXED = IPD.from_frame(
    pd.DataFrame({"time": [5, 8, 12, 14, 15], "event": [1, 1, 1, 0, 0], "arm": list("ABABA")}),
    time="time",
    event="event",
    arm="arm",
    time_unit="months",
    origin="observed",
)


def rebuilt():
    median = MedianTime(estimate=8.8)
    curve = Curve(trial="T", arm="B", treatment="B", endpoint="PFS", n=60, median=median)
    return reconstruct(curve, draws=2, rng=1)


ONE = {"interval_hazards": lambda ipd: interval_hazards(ipd, [0, 6]), "smoothed": smoothed_hazard}
TWO = {"logrank": logrank, "proportional_hazards_test": proportional_hazards_test}


@pytest.mark.parametrize("estimate", ONE.values(), ids=ONE)
def test_an_estimator_of_one_arm_takes_the_patients_of_one(estimate):
    with pytest.raises(InputError, match=r"`ipd` must be IPD.*its `.ipd`.*got Reconstruction"):
        estimate(rebuilt())
    with pytest.raises(InputError, match="must hold one arm; got A, B"):
        estimate(MIXED)


@pytest.mark.parametrize("test", TWO.values(), ids=TWO)
def test_a_test_of_two_arms_takes_the_patients_of_two_in_one_unit(test):
    with pytest.raises(InputError, match=r"`comparator` must be IPD.*got Reconstruction"):
        test(A, rebuilt())
    with pytest.raises(InputError, match="`treatment` must hold one arm; got A, B"):
        test(MIXED, B)
    with pytest.raises(IncompatibleError, match="in months and `comparator` in days"):
        test(A, B.in_unit("days"))


def test_more_responders_than_patients_are_refused():
    with pytest.raises(InputError, match="`events` cannot be 130 of 128 patients"):
        two_proportions(130, 128, 94, 97)
    with pytest.raises(InputError, match="`events_comparator` must be a whole number"):
        two_proportions(94, 97, 0.73, 128)
