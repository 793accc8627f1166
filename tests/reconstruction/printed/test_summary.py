"""Printed numbers alone: what is exact is met, what is open differs between draws."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.digitize import patients

from survcomp.errors import ContradictionError
from survcomp.estimation import kaplan_meier
from survcomp.reconstruction import ShapePrior, summary
from survcomp.reconstruction.printed.ci_transform import ci_scale, greenwood_sum
from survcomp.values import (
    IPD,
    AtRisk,
    Basis,
    Count,
    Curve,
    Cut,
    FollowUp,
    Landmark,
    MedianTime,
)


def make(n=128, follow_up=None, **fields) -> Curve:
    return Curve(
        trial="T",
        arm="a",
        treatment="drug",
        endpoint="PFS",
        n=n,
        basis=Basis(cut=Cut(label="cut", follow_up=follow_up)),
        **fields,
    )


MEDIAN = MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6)
RANGE = FollowUp(median=13.3, low=0.2, high=21.2, spread="range")


def observed(n, seed, *, shape=1.0) -> IPD:
    time, event = patients(n, np.random.default_rng(seed), shape=shape)
    return IPD.from_times(time[event], time[~event], arm="a", time_unit="months", origin="observed")


def printed_of(ipd: IPD) -> Curve:
    """Median and rates with intervals, events and follow-up, rounded as a paper does."""
    estimate = kaplan_meier(ipd)
    marks = []
    for time in (6.0, 12.0):
        at = estimate.at(time)
        marks.append(
            Landmark(
                time=time,
                survival=round(at.value, 3),
                ci_low=round(at.ci_low, 3),
                ci_high=round(at.ci_high, 3),
                step=0.001,
            )
        )
    median = estimate.median().value
    return make(
        ipd.n,
        FollowUp(median=20.0, low=0.1, high=round(float(ipd.time.max()) + 0.05, 1), spread="range"),
        landmarks=tuple(marks),
        median=MedianTime(estimate=round(median, 1)) if math.isfinite(median) else None,
        counts=(Count(count=ipd.n_events),),
    )


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(40, 300),
    shape=st.sampled_from([0.7, 1.0, 1.5]),
)
def test_exact_numbers_are_met_and_rates_within_a_patient(seed, n, shape):
    ipd = observed(n, seed, shape=shape)
    published = printed_of(ipd)
    rebuilt = summary(published, draws=8, rng=1)
    for drawn in (rebuilt.ipd, *rebuilt.ensemble):
        assert drawn.n == n
        assert drawn.n_events == ipd.n_events
        estimate = kaplan_meier(drawn)
        for mark in published.landmarks:
            if mark.time <= drawn.time.max():
                at_risk = max(float(estimate.at_risk_at([mark.time])[0]), 1.0)
                step = float(estimate([mark.time])[0]) / at_risk
                off = abs(float(estimate([mark.time])[0]) - mark.survival)
                assert off <= 2.5 * step + 0.02


def test_a_median_alone_leaves_the_shape_open():
    rebuilt = summary(make(median=MEDIAN, follow_up=RANGE), draws=60, rng=1)
    assert kaplan_meier(rebuilt.ipd).median().value == pytest.approx(8.8, abs=0.35)
    early = [float(kaplan_meier(drawn)([4.0])[0]) for drawn in rebuilt.ensemble]
    middle = [float(kaplan_meier(drawn)([8.8])[0]) for drawn in rebuilt.ensemble]
    assert np.std(early) > 2 * np.std(middle)
    assert np.std(early) > 0.02


def test_intervals_narrow_what_the_draws_say_of_the_number_at_risk():
    """Pooled over seeds: of 60 draws the ratio of spreads is 0.73 with an SD of 0.05 by seed."""
    mark = Landmark(time=12, survival=0.6, ci_low=0.505, ci_high=0.682)

    def variance(landmark: Landmark) -> float:
        ensembles = (
            summary(make(landmarks=(landmark,)), draws=60, rng=seed).ensemble for seed in range(6)
        )
        at_risk = ([np.sum(drawn.time >= 12) for drawn in draws] for draws in ensembles)
        return float(np.mean([np.var(counts) for counts in at_risk]))

    # six seeds have an SD of 0.02: 0.8 is over three of them away
    ratio = math.sqrt(variance(mark) / variance(Landmark(time=12, survival=0.6)))
    assert ratio < 0.8


def test_numbers_at_risk_are_met():
    table = AtRisk.from_rows([0, 6, 12, 18], [128, 75, 40, 11])
    rebuilt = summary(make(median=MEDIAN, follow_up=RANGE, at_risk=table), draws=10, rng=1)
    for drawn in (rebuilt.ipd, *rebuilt.ensemble):
        at_risk = [int(np.sum(drawn.time >= t)) for t in table.time]
        assert np.max(np.abs(np.array(at_risk) - table.count)) <= 3


def test_alive_and_in_follow_up_is_a_bound_and_not_a_count_of_those_alive():
    """CARTITUDE-1 at 61.3 months: 45 of 97. Read as 52 deaths, the curve would cross one half
    within its band, and the printed upper limit of the median, not reached, could not be met."""
    followed = FollowUp(median=61.3, low=0.0, high=73.1, spread="range")
    printed = make(
        n=97, follow_up=followed, median=MedianTime(estimate=60.7, ci_low=41.9, ci_high=math.inf)
    )
    bound, exact = (
        summary(replace(printed, counts=(Count(count=45, kind=kind),)), draws=60, rng=1)
        for kind in ("event-free and followed at cut", "event-free at cut")
    )
    assert bound.fidelity.grade == "B"
    assert [row.quantity for row in exact.fidelity.missed] == ["median, upper limit"]
    events = [draw.n_events for draw in bound.ensemble]
    assert np.mean(events) < 50 < 97 - 45
    assert max(events) <= 97 - 45 + 1  # a soft constraint and whole patients: one more
    free = summary(printed, draws=60, rng=1)
    assert max(draw.n_events for draw in free.ensemble) > max(events)


def test_the_same_seed_gives_the_same_draws_and_never_moves_what_is_shown():
    published = make(median=MEDIAN, follow_up=RANGE)
    first, second = (summary(published, draws=6, rng=5) for _ in range(2))
    assert first.ensemble.to_frame().equals(second.ensemble.to_frame())
    assert not first.ensemble.to_frame().equals(
        summary(published, draws=6, rng=6).ensemble.to_frame()
    )
    assert first.ipd.time.tolist() == summary(published).ipd.time.tolist()


def test_another_prior_is_another_scenario():
    published = make(median=MEDIAN, follow_up=RANGE)
    steep = summary(published, prior=ShapePrior(mean=0.6, sd=0.1)).ipd
    flat = summary(published, prior=ShapePrior(mean=-0.6, sd=0.1)).ipd
    assert kaplan_meier(steep)([3.0])[0] > kaplan_meier(flat)([3.0])[0] + 0.05


CONTRADICTIONS = {
    "a median before a high rate": (
        make(
            follow_up=RANGE,
            median=MedianTime(estimate=20.0),
            landmarks=(Landmark(time=12, survival=0.75),),
            counts=(Count(count=8),),
        ),
        "8 events",
    ),
    "more at risk than are event-free": (
        make(
            n=100,
            follow_up=RANGE,
            landmarks=(Landmark(time=12, survival=0.5),),
            at_risk=AtRisk.from_rows([0, 12], [100, 80]),
        ),
        "80 at risk at 12",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradictions_name_the_numbers(name):
    published, words = CONTRADICTIONS[name]
    with pytest.raises(ContradictionError, match=words):
        summary(published)


@pytest.mark.parametrize(
    "published",
    [make(), make(counts=(Count(count=31),)), make(median=MedianTime(estimate=math.inf))],
)
def test_nothing_that_fixes_the_curve_is_refused(published):
    with pytest.raises(ContradictionError, match="give a survival rate"):
        summary(published)


def test_an_interval_nobody_could_have_printed_is_set_aside_in_words():
    wrong = Landmark(time=12, survival=0.6, ci_low=0.595, ci_high=0.605)
    rebuilt = summary(make(landmarks=(wrong,), follow_up=RANGE))
    assert any("Set aside" in note and "interval of S(12)" in note for note in rebuilt.notes)


def test_the_scale_of_an_interval_is_found():
    """Limits computed on each scale, rounded to three decimals, give their scale back."""
    s, se = 0.62, 0.05
    log_log = np.log(-np.log(s))
    g_se = se / (s * abs(np.log(s)))
    limits = {
        "log-log": [np.exp(-np.exp(log_log + k * 1.96 * g_se)) for k in (1, -1)],
        "log": [s * np.exp(k * 1.96 * se / s) for k in (-1, 1)],
        "plain": [s + k * 1.96 * se for k in (-1, 1)],
    }
    for scale, (low, high) in limits.items():
        mark = Landmark(
            time=12, survival=s, ci_low=round(low, 3), ci_high=round(high, 3), step=0.001
        )
        assert ci_scale([mark]) == scale
        total, error = greenwood_sum(mark, scale)
        assert total == pytest.approx((se / s) ** 2, rel=4 * error + 1e-3)


def test_intervals_are_used_and_say_so():
    rows = summary(make(median=MEDIAN, follow_up=RANGE)).fidelity.rows
    limits = [row for row in rows if "limit" in row.quantity]
    assert {row.role for row in limits} == {"used"}
    assert {row.verdict for row in limits} <= {"met", "missed"}
