"""Proportional hazards, follow-up and interval hazards, against R (tests/golden/hazards.R)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.paths import GOLDEN

from survcomp.errors import InputError
from survcomp.estimation import (
    hazard_ratio,
    interval_hazards,
    median_follow_up,
    proportional_hazards_test,
)
from survcomp.values import IPD

# Both stop their Newton iteration near the optimum, where the score test is flat to first order.
FITTED = dict(rel=1e-7)


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "estimate_patients.csv")


@pytest.fixture(scope="module")
def r(golden):
    return golden("hazards")


def patients_of(time, event, *, unit: str = "months", label: str = "a") -> IPD:
    time, event = np.asarray(time, float), np.asarray(event, bool)
    return IPD.from_times(time[event], time[~event], time_unit=unit, arm=label)


def arm(frame: pd.DataFrame, sex: int, time: str = "time") -> IPD:
    rows = frame[frame.sex == sex]
    return patients_of(rows[time], rows.event, unit="days", label=f"sex {sex}")


@pytest.mark.parametrize("column", ["time", "tied"])
@pytest.mark.parametrize("transform", ["km", "identity", "log"])
def test_proportional_hazards_as_in_r(patients, r, column, transform):
    tested = proportional_hazards_test(
        arm(patients, 1, column), arm(patients, 2, column), transform=transform
    )
    assert tested.chi_squared == pytest.approx(r[f"zph/{column}/{transform}"], **FITTED)


def test_the_arms_can_be_exchanged(patients):
    one, two = arm(patients, 1), arm(patients, 2)
    there, back = proportional_hazards_test(one, two), proportional_hazards_test(two, one)
    assert there.chi_squared == pytest.approx(back.chi_squared, rel=1e-9)
    assert there.slope == pytest.approx(-back.slope, rel=1e-9)


def test_the_slope_is_a_step_towards_the_fitted_interaction():
    """Hazards that cross: the treatment's grows relative to the comparator's."""
    rng = np.random.default_rng(5)
    early, late = rng.weibull(0.6, 800), rng.weibull(2.0, 800)
    ones = np.ones(800)
    first = patients_of(late, ones, label="late")
    second = patients_of(early, ones, label="early")
    tested = proportional_hazards_test(first, second)
    assert tested.slope > 0
    assert tested.p < 1e-6


def test_under_proportional_hazards_p_values_are_uniform():
    rng = np.random.default_rng(11)
    ps = []
    for _ in range(300):
        one = patients_of(rng.exponential(2, 60), np.ones(60), label="a")
        two = patients_of(rng.exponential(1, 60), np.ones(60), label="b")
        ps.append(proportional_hazards_test(one, two).p)
    # 300 trials: the share below 0.05 has a standard error of 0.0126
    assert abs(np.mean(np.array(ps) < 0.05) - 0.05) < 4 * 0.0126


def test_what_cannot_be_tested_is_refused():
    one = patients_of([3, 3, 5], [1, 0, 0], label="a")
    two = patients_of([3, 4, 5], [1, 0, 0], label="b")
    with pytest.raises(InputError, match="all events are at one time"):
        proportional_hazards_test(one, two)
    zero = patients_of([0, 3, 5], [1, 1, 0], label="a")
    with pytest.raises(InputError, match="event at time 0 has no logarithm"):
        proportional_hazards_test(zero, two, transform="log")
    with pytest.raises(InputError, match="transform"):
        proportional_hazards_test(zero, two, transform="sqrt")  # type: ignore[arg-type]


@pytest.mark.parametrize("sex", [1, 2])
def test_follow_up_as_in_r(patients, r, sex):
    follow_up = median_follow_up(arm(patients, sex))
    assert [follow_up.value, follow_up.ci_low] == [r[f"follow_up/{sex}/{i}"] for i in (1, 2)]
    upper = r[f"follow_up/{sex}/3"]
    assert follow_up.ci_high == (math.inf if math.isnan(upper) else upper)


def test_interval_hazards_as_in_r(patients, r):
    whole = patients_of(patients.time, patients.event, unit="days")
    rows = interval_hazards(whole, [0, 180, 365, 730, 2000]).rows
    assert len(rows) == 4
    for part, row in enumerate(rows, start=1):
        rate = [row.events, row.time_at_risk, row.estimate, row.ci_low, row.ci_high]
        expected = [r[f"hazard/{part}/{i}"] for i in (1, 2, 3, 4, 5)]
        assert rate == pytest.approx(expected, rel=1e-9)


@given(
    st.lists(st.tuples(st.floats(0, 50, allow_nan=False), st.booleans()), min_size=1, max_size=30),
    st.sets(st.integers(1, 49), max_size=5),
)
def test_intervals_lose_neither_events_nor_time(patients, inner):
    time, event = zip(*patients, strict=True)
    ipd = patients_of(time, event, label="a")
    rows = interval_hazards(ipd, [0, *sorted(inner), 50]).rows
    if ipd.time.max() > 0:
        assert sum(row.events for row in rows) == ipd.n_events
    assert math.fsum(row.time_at_risk for row in rows) == pytest.approx(ipd.time.sum(), abs=1e-9)
    assert all(row.ci_low <= row.estimate <= row.ci_high for row in rows)


def test_cuts_must_increase(patients):
    with pytest.raises(InputError, match="must increase"):
        interval_hazards(arm(patients, 1), [0, 5, 5])
    with pytest.raises(InputError, match="must increase"):
        interval_hazards(arm(patients, 1), [3])


def test_the_slope_has_no_unit_of_its_own(patients):
    """On the Kaplan-Meier scale, the unit of time does not matter."""
    one, two = arm(patients, 1), arm(patients, 2)
    there = proportional_hazards_test(one, two)
    months = proportional_hazards_test(one.in_unit("months"), two.in_unit("months"))
    assert months.chi_squared == pytest.approx(there.chi_squared, rel=1e-9)
    assert math.isfinite(hazard_ratio(one, two).log_hr)
