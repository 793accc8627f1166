"""A number left out is predicted by the others, or flagged, or said not to be predictable."""

from __future__ import annotations

import math

import numpy as np
import pytest

from survcomp.errors import InputError
from survcomp.reconstruction import leave_one_out
from survcomp.values import Basis, Count, Curve, Cut, FollowUp, Landmark, MedianTime


def exponential(*, odd: float | None = None) -> Curve:
    """Rates of an exponential curve, the second one replaced by `odd`."""
    rates = [math.exp(-0.04 * t) for t in (6, 12, 18, 24)]
    if odd is not None:
        rates[1] = odd
    return Curve(
        trial="T",
        arm="a",
        treatment="drug",
        endpoint="OS",
        n=200,
        basis=Basis(
            cut=Cut(label="c", follow_up=FollowUp(median=20, low=1, high=30, spread="range"))
        ),
        landmarks=tuple(
            Landmark(time=t, survival=round(s, 3), step=0.001)
            for t, s in zip((6.0, 12.0, 18.0, 24.0), rates, strict=True)
        ),
        median=MedianTime(estimate=17.3),
    )


def test_numbers_of_one_curve_predict_each_other():
    held_out = leave_one_out(exponential(), draws=40, rng=1)
    assert [row.quantity for row in held_out.rows] == ["S(6)", "S(12)", "S(18)", "S(24)", "median"]
    assert {row.verdict for row in held_out.rows} == {"agrees"}
    assert all(row.sd > 0 for row in held_out.rows)


def test_the_odd_one_is_found():
    frame = leave_one_out(exponential(odd=0.505), draws=40, rng=1).to_frame().set_index("quantity")
    assert frame.loc["S(12)", "verdict"] == "differs"
    assert frame.loc["S(12)", "predicted"] > 0.58


def test_what_nothing_else_fixes_is_not_predicted():
    alone = Curve(
        trial="T",
        arm="a",
        treatment="drug",
        endpoint="OS",
        n=97,
        median=MedianTime(estimate=8.8),
        counts=(Count(count=70),),
    )
    frame = leave_one_out(alone, draws=20, rng=1).to_frame().set_index("quantity")
    assert frame.loc["median", "verdict"] == "not predicted"
    assert np.isnan(frame.loc["median", "predicted"])
    assert frame.loc["events", "predicted"] > 40


def test_one_draw_has_no_spread():
    with pytest.raises(InputError, match="at least 2"):
        leave_one_out(exponential(), draws=1)
