"""Traced curves: faults within the resolution are repaired and listed, larger ones refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survcomp.errors import InputError
from survcomp.values import AtRisk, CurvePoints


def test_small_faults_are_repaired_and_listed():
    points = CurvePoints.from_trace([-0.02, 6, 3, 12], [1.004, 0.8, 0.9, 0.805])
    assert points.time.tolist() == [0.0, 3.0, 6.0, 12.0]
    assert points.survival.tolist() == [1.0, 0.9, 0.8, 0.805]
    words = " ".join(points.repairs)
    for part in ("time value", "survival value", "out of time order", "rise"):
        assert part in words


@pytest.mark.parametrize(
    ("time", "survival", "message"),
    [
        ([0, 6], [100, 76.6], "per cent"),
        ([0, 6, 12], [1, 0.8, 0.82], "rises by 0.02 at time 12"),
        ([-1, 6], [1, 0.8], "`time` must be at least 0; row 1"),
        ([0, 6], [1.02, 0.8], "`survival` must be between 0 and 1; row 1"),
        ([0, 6], [1, -0.02], "row 2"),
        ([0, float("nan")], [1, 0.8], "`time` must be finite; row 2"),
        ([0, 6], [1], "2 times and 1 survival values"),
        ([0], [1], "at least 2 points"),
        ([[0, 1]], [1], "one-dimensional"),
        (["a", "b"], [1, 1], "must hold numbers"),
    ],
)
def test_large_faults_are_refused(time, survival, message):
    with pytest.raises(InputError, match=message):
        CurvePoints.from_trace(time, survival)


def test_a_vertical_drop_keeps_its_top_and_bottom():
    points = CurvePoints.from_trace([0, 3, 3, 6], [1, 0.7, 0.9, 0.7])
    assert points.survival.tolist() == [1.0, 0.9, 0.7, 0.7]


def test_points_of_a_steep_drop_may_change_places():
    """Two clicks on one vertical drop, each 0.4 % of the axis off."""
    points = CurvePoints.from_trace([0, 49.6, 50.4, 100], [1, 0.7, 0.9, 0.7])
    assert "1 rise(s) of at most 0.2" in points.repairs[0]
    with pytest.raises(InputError, match=r"rises by 0\.2 at time 52"):
        CurvePoints.from_trace([0, 49.6, 52, 100], [1, 0.7, 0.9, 0.7])


def test_arrays_are_copies_that_cannot_be_written_to():
    time = [0.0, 1.0]
    points = CurvePoints.from_trace(time, [1.0, 0.5])
    with pytest.raises(ValueError, match="read-only"):
        points.time[0] = 5


def test_a_curve_that_begins_far_below_1_is_refused():
    with pytest.raises(InputError, match=r"begins at 0\.5 at time 0"):
        CurvePoints.from_trace([0, 3, 6], [0.5, 0.4, 0.3])


def test_resolution_in_time_follows_a_coarse_grid_of_pixels():
    pixels = np.arange(0, 60, 4)
    points = CurvePoints.from_trace(pixels * 3.17, np.linspace(1, 0.4, pixels.size))
    assert points.time_resolution == pytest.approx(2 * 4 * 3.17)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 1)), min_size=2, max_size=40))
def test_any_non_increasing_curve_is_accepted_unchanged(pairs):
    times = sorted({round(t, 6) for t, _ in pairs})
    levels = sorted((s for _, s in pairs), reverse=True)[: len(times)]
    if len(times) < 2:
        return
    levels[0] = 1.0
    points = CurvePoints.from_trace(times, levels)
    assert points.repairs == ()
    assert points.survival.tolist() == levels


@pytest.mark.parametrize(
    ("time", "count", "message"),
    [
        ([0, 6], [100, 120], "cannot increase; row 2 .time 6. is 120 after 100"),
        ([0, 0], [100, 90], "must increase; row 2"),
        ([0, 6], [100, 50.5], "row 2 must be a whole number"),
        ([0, 6], [100, -1], "row 2 must be a whole number"),
        ([0, 6, 12], [100, 90], "3 times and 2 numbers at risk"),
        ([-1, 6], [100, 90], "must not be negative"),
        ([], [], "empty"),
    ],
)
def test_at_risk_tables_are_checked(time, count, message):
    with pytest.raises(InputError, match=message):
        AtRisk.from_rows(time, count)


def test_at_risk_tables_may_repeat_and_end_in_zeros():
    assert AtRisk.from_rows([0, 6, 12, 18], [10, 10, 0, 0]).count.tolist() == [10, 10, 0, 0]
