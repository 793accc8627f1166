"""A curve says what it rests on and refuses numbers that cannot all be true."""

from __future__ import annotations

import dataclasses
import math

import pytest

from survcomp.errors import ContradictionError, InputError
from survcomp.values import (
    AtRisk,
    Basis,
    Count,
    Curve,
    CurvePoints,
    Cut,
    FollowUp,
    Landmark,
    MedianTime,
)


def make(**fields) -> Curve:
    base = dict(trial="T", arm="a", treatment="drug", endpoint="PFS", n=213)
    return Curve(**{**base, **fields})


POINTS = CurvePoints.from_trace([0, 5, 9, 10, 20], [1, 0.8, 0.61, 0.61, 0.4])


@pytest.mark.parametrize(
    ("fields", "support"),
    [
        (dict(points=POINTS, at_risk=AtRisk.from_rows([0, 10], [213, 120])), "figure+risk"),
        (dict(points=POINTS), "figure"),
        (dict(landmarks=(Landmark(time=12, survival=0.5),)), "landmarks"),
        (dict(median=MedianTime(estimate=8.8)), "median"),
        (dict(median=MedianTime(estimate=math.inf)), "counts"),
        (dict(counts=(Count(count=31),)), "counts"),
    ],
)
def test_support_says_what_the_curve_rests_on(fields, support):
    assert make(**fields).support == support


def test_143_at_risk_where_the_curve_allows_130():
    """The at-risk tables of IPDfromKM's own example are swapped between its arms."""
    with pytest.raises(ContradictionError, match=r"143 at risk at time 10 of 213 .* 0\.61"):
        make(points=POINTS, at_risk=AtRisk.from_rows([0, 10], [213, 143]))


def test_at_risk_within_the_resolution_is_accepted():
    """n(t) may reach n (S(t - 2 dx) + 2 dy) = 213 (0.61 + 0.02) = 134.2, and no more."""
    accepted = make(points=POINTS, at_risk=AtRisk.from_rows([0, 10], [213, 134]))
    assert accepted.support == "figure+risk"
    with pytest.raises(ContradictionError, match="at most 134"):
        make(points=POINTS, at_risk=AtRisk.from_rows([0, 10], [213, 135]))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (dict(counts=(Count(count=214),)), "214 patients .events. of 213"),
        (dict(at_risk=AtRisk.from_rows([0], [200])), "200 at risk at time 0, but n is 213"),
        (
            dict(landmarks=(Landmark(time=6, survival=0.5), Landmark(time=12, survival=0.6))),
            "survival cannot rise",
        ),
        (
            dict(median=MedianTime(estimate=8.8), landmarks=(Landmark(time=12, survival=0.6),)),
            r"median of 8\.8 and S\(12\) = 0\.6",
        ),
        (
            dict(
                median=MedianTime(estimate=math.inf), landmarks=(Landmark(time=12, survival=0.4),)
            ),
            "median of not reached",
        ),
    ],
)
def test_contradictions_name_both_numbers(fields, message):
    with pytest.raises(ContradictionError, match=message):
        make(**fields)


def followed(longest, spread="range") -> Basis:
    follow_up = FollowUp(median=10, low=1, high=longest, spread=spread)
    return Basis(cut=Cut(label="cut", follow_up=follow_up))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (dict(median=MedianTime(estimate=30)), "a median at 30 months and .* follow-up of 20 "),
        (dict(median=MedianTime(estimate=9, ci_high=30.5)), "an upper limit of the median at 30.5"),
        (dict(landmarks=(Landmark(time=24, survival=0.5),)), "a survival rate at 24 months"),
        (dict(counts=(Count(count=3, kind="event-free by time", time=24),)), "a count .* at 24"),
        (dict(at_risk=AtRisk.from_rows([0, 12, 24], [213, 90, 1])), "patients at risk at 24"),
    ],
)
def test_nothing_is_published_beyond_the_longest_follow_up(fields, message):
    with pytest.raises(ContradictionError, match=message):
        make(basis=followed(20), **fields)
    assert make(basis=followed(20, spread="interquartile range"), **fields).n == 213
    assert make(basis=followed(30), **fields).n == 213


def test_a_time_within_rounding_of_the_longest_follow_up_is_accepted():
    empty = AtRisk.from_rows([0, 12, 24], [213, 90, 0])
    made = make(basis=followed(19.8), at_risk=empty, landmarks=(Landmark(time=20, survival=0.5),))
    assert made.last_published_time == 20
    with pytest.raises(ContradictionError, match=r"20\.1"):
        make(basis=followed(19.8), median=MedianTime(estimate=20.1))


def test_a_rate_that_rounds_to_one_half_goes_with_its_median():
    """S(34) = 0.50 printed to two places may be 0.495 before a median of 34.9."""
    curve = make(
        median=MedianTime(estimate=34.9), landmarks=(Landmark(time=34, survival=0.5, step=0.01),)
    )
    assert curve.last_published_time == 34.9


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: make(n=0), "`n` must be a whole number"),
        (lambda: make(n=10.5), "`n` must be a whole number"),
        (lambda: make(trial=" "), "`trial` must be a non-empty string"),
        (lambda: make(time_unit="fortnights"), "must be one of 'days'"),
        (lambda: make(counts=(Count(count=1), Count(count=2))), "more than one total"),
        (lambda: Landmark(time=12, survival=76.6), "write 0.766, not 76.6"),
        (lambda: Landmark(time=12, survival=0.7, ci_low=0.75), "does not hold the estimate"),
        (lambda: Landmark(time=-1, survival=0.7), "at least 0"),
        (lambda: MedianTime(estimate=8.8, ci_low=11.6, ci_high=5.6), "upside down"),
        (lambda: MedianTime(estimate=float("nan")), "at least 0"),
        (lambda: Count(count=3, kind="events by time"), "goes with the kinds that end in"),
        (lambda: Count(count=3, time=6.0), "goes with the kinds that end in"),
        (lambda: Count(count=-1), "whole number"),
    ],
)
def test_fields_are_checked(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_curves_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        make().n = 5
