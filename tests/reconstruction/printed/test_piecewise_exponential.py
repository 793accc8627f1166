"""Summary-grade reconstruction: n in is n out, what is printed is met, what is assumed is said."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survcomp.comparison import naive_hazard_ratio
from survcomp.errors import ContradictionError, IncompatibleError, InputError
from survcomp.estimation import kaplan_meier
from survcomp.reconstruction import piecewise_exponential
from survcomp.reconstruction.fidelity import compare_with_published
from survcomp.values import IPD, Basis, Count, Curve, Cut, FollowUp, Landmark, MedianTime


def make(n=128, follow_up=None, **fields) -> Curve:
    cut = Cut(label="cut", follow_up=follow_up)
    return Curve(
        trial="T",
        arm="a",
        treatment="drug",
        endpoint="PFS",
        n=n,
        basis=Basis(cut=cut),
        **fields,
    )


MEDIAN = MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6)
RANGE = FollowUp(median=13.3, low=0.2, high=21.2, spread="range")


@st.composite
def published(draw):
    """Feasible curves: rates that fall, n of any size, follow-up or none."""
    n = draw(st.integers(20, 600))
    times = sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=5)))
    rates = sorted(
        draw(st.lists(st.integers(55, 990), min_size=len(times), max_size=len(times))),
        reverse=True,
    )
    landmarks = tuple(
        Landmark(time=float(t), survival=r / 1000, step=0.001)
        for t, r in zip(times, rates, strict=True)
    )
    follow_up = None
    if draw(st.booleans()):
        median = draw(st.floats(max(3.0, times[-1] / 1.5), 40))
        follow_up = FollowUp(median=median, low=0.1, high=median * 1.5, spread="range")
    return make(n=n, follow_up=follow_up, landmarks=landmarks)


@given(published())
@settings(max_examples=60)
def test_every_patient_is_there_and_every_rate_is_met(curve):
    rebuilt = piecewise_exponential(curve)
    assert rebuilt.ipd.n == curve.n
    assert np.all(rebuilt.ipd.time >= 0)
    estimate = kaplan_meier(rebuilt.ipd)
    for landmark in curve.landmarks:
        at_risk = max(float(estimate.at_risk_at([landmark.time])[0]), 1.0)
        # half a patient at each earlier step, none of which the algorithm can place in halves
        slack = 0.001 + 1.5 / at_risk
        assert abs(float(estimate([landmark.time])[0]) - landmark.survival) <= slack


def test_a_median_alone_gives_a_curve_that_passes_it():
    rebuilt = piecewise_exponential(make(median=MEDIAN, follow_up=RANGE))
    assert rebuilt.method == "piecewise exponential"
    assert rebuilt.published_to == 8.8
    assert abs(kaplan_meier(rebuilt.ipd).median().value - 8.8) < 0.3
    assert rebuilt.ipd.censoring == "assumed"
    assert any("Beyond 8.8 months nothing published" in note for note in rebuilt.notes)
    assert any("number of events is not published" in note for note in rebuilt.notes)


def test_without_follow_up_nothing_is_invented_beyond_the_last_printed_time():
    rebuilt = piecewise_exponential(make(median=MEDIAN))
    assert float(rebuilt.ipd.time.max()) == 11.6
    assert "no follow-up is published" in rebuilt.censoring


@pytest.mark.parametrize("events", [60, 70, 80, 90])
def test_published_events_are_met_exactly(events):
    curve = make(median=MEDIAN, follow_up=RANGE, counts=(Count(count=events),))
    rebuilt = piecewise_exponential(curve)
    assert rebuilt.ipd.n_events == events
    assert rebuilt.ipd.censoring == "from published counts"
    row = next(r for r in rebuilt.fidelity.rows if r.quantity == "events")
    assert (row.role, row.verdict) == ("used", "met")


def test_events_find_the_follow_up_where_none_is_published():
    curve = make(n=248, median=MedianTime(estimate=12.4), counts=(Count(count=107),))
    rebuilt = piecewise_exponential(curve)
    assert rebuilt.ipd.n_events == 107
    assert "found from the number of events" in rebuilt.censoring


@given(st.integers(20, 400), st.floats(0.1, 0.9), st.floats(0.3, 1.0))
@settings(max_examples=40)
def test_somebody_is_followed_to_the_last_published_time(n, survival, share):
    """With few events the censoring comes earlier; it does not end before a published rate."""
    events = max(round(share * n * (1 - survival)), 1)
    landmarks = (Landmark(time=12, survival=round(survival, 3)),)
    curve = make(n=n, landmarks=landmarks, counts=(Count(count=events),))
    rebuilt = piecewise_exponential(curve)
    assert rebuilt.ipd.n_events == events
    assert float(rebuilt.ipd.time.max()) >= 12
    assert "S(12)" in [row.quantity for row in rebuilt.fidelity.rows]


def test_few_events_do_not_end_the_follow_up_before_a_published_rate():
    curve = make(n=100, landmarks=(Landmark(time=12, survival=0.5),), counts=(Count(count=20),))
    rebuilt = piecewise_exponential(curve)
    assert float(rebuilt.ipd.time.max()) == 12
    assert rebuilt.ipd.n_events == 20
    rows = {row.quantity: row.verdict for row in rebuilt.fidelity.rows}
    assert rows == {"n": "met", "S(12)": "met", "events": "met"}


@pytest.mark.parametrize(("used", "verdict"), [({"landmarks"}, "missed"), (set(), "differs")])
def test_a_rate_beyond_the_rebuilt_patients_is_a_row_that_is_not_met(used, verdict):
    """The curve ends at 8.04 at exactly the level published for 12: that is not a rate at 12."""
    curve = make(n=4, landmarks=(Landmark(time=12, survival=0.5, ci_low=0.1, ci_high=0.9),))
    ipd = IPD.from_times([1, 2], [8.04, 8.04], arm="drug", time_unit="months")
    rows = compare_with_published(curve, ipd, used=frozenset(used)).rows[1:]
    assert rows[0].quantity == "S(12) (rebuilt patients end at 8.04)"
    assert (rows[0].rebuilt, rows[0].verdict) == (0.5, verdict)
    assert [row.verdict for row in rows[1:]] == ["differs", "differs"]


def test_a_median_beyond_the_rebuilt_patients_is_not_met():
    curve = make(n=4, median=MedianTime(estimate=12))
    ipd = IPD.from_times([1, 2, 3], [8.04], arm="drug", time_unit="months")
    row = compare_with_published(curve, ipd, used=frozenset({"median"})).rows[1]
    assert (row.published, row.rebuilt, row.verdict) == (12, 2.5, "missed")


def test_an_assumed_follow_up_is_refused_before_a_published_time():
    short = FollowUp(median=5, low=0.0, high=8, spread="range")
    with pytest.raises(ContradictionError, match=r"limit of the median at 11\.6 .* of 8 cannot"):
        piecewise_exponential(make(median=MEDIAN, follow_up=RANGE), follow_up=short)


def test_the_words_say_which_number_is_assumed():
    known = FollowUp(median=13.3)
    longer = FollowUp(median=13.3, low=0.0, high=20, spread="range")
    other = FollowUp(median=14, low=0.0, high=20, spread="range")
    curve = make(median=MEDIAN, follow_up=known)
    assert (
        "(longest follow-up, published)"
        in piecewise_exponential(make(median=MEDIAN, follow_up=longer)).censoring
    )
    words = piecewise_exponential(curve, follow_up=longer).censoring
    assert "published median follow-up of 13.3" in words
    assert "20 (longest follow-up, assumed)" in words
    assert (
        "assumed median follow-up of 14" in piecewise_exponential(curve, follow_up=other).censoring
    )
    assert "taken as 1.5 times the median" in piecewise_exponential(curve).censoring


def test_an_assumed_follow_up_is_in_the_basis_that_comparisons_read():
    """24.8 against 61.3 months is a mismatch to be named, assumed or not."""
    assumed = FollowUp(median=24.8, low=0.0, high=33.6, spread="range")
    plain = replace(make(median=MEDIAN), basis=Basis())
    for curve in (plain, make(median=MEDIAN)):
        ipd = piecewise_exponential(curve, follow_up=assumed).ipd
        assert ipd.basis.cut.follow_up == assumed
        longer = piecewise_exponential(make(median=MEDIAN, follow_up=FollowUp(median=61.3))).ipd
        with pytest.raises(IncompatibleError, match=r"follow up \(drug: 24\.8; drug: 61\.3\)"):
            naive_hazard_ratio(ipd, longer, outcome="PFS")


def test_impossible_events_are_refused_with_the_possible_range():
    curve = make(median=MEDIAN, follow_up=RANGE, counts=(Count(count=5),))
    with pytest.raises(
        ContradictionError, match=r"5 events of 128 cannot hold .* allow \d+ to \d+"
    ):
        piecewise_exponential(curve)


def test_a_median_that_was_not_reached_stays_unreached():
    curve = make(
        n=208,
        median=MedianTime(estimate=math.inf, ci_low=34.5),
        landmarks=(Landmark(time=30, survival=0.594),),
        follow_up=FollowUp(median=33.6, low=0.1, high=45.0, spread="range"),
    )
    assert math.isinf(kaplan_meier(piecewise_exponential(curve).ipd).median().value)


def test_two_printed_points_a_rounding_apart_do_not_make_a_cliff():
    """A median of 11.8 beside S(12) = 0.486 is not a hazard of 0.14 a month for ever."""
    curve = make(
        n=211,
        median=MedianTime(estimate=11.8),
        landmarks=(Landmark(time=12, survival=0.486),),
        follow_up=FollowUp(median=15.9, low=0.1, high=27.3, spread="range"),
    )
    at_24 = float(kaplan_meier(piecewise_exponential(curve).ipd)([24])[0])
    assert 0.486**2.3 < at_24 < 0.486**1.7  # about the same hazard as before, not 2.4 times it


@pytest.mark.parametrize(("tail", "direction"), [(0.5, 1), (2.0, -1)])
def test_the_tail_bends_the_curve_beyond_the_published_range_only(tail, direction):
    curve = make(median=MEDIAN, follow_up=RANGE)
    base, bent = piecewise_exponential(curve), piecewise_exponential(curve, tail=tail)
    difference = kaplan_meier(bent.ipd)([8, 18]) - kaplan_meier(base.ipd)([8, 18])
    assert abs(difference[0]) < 0.01
    assert direction * difference[1] > 0.03


def test_an_assumed_follow_up_replaces_the_published_one():
    longer = FollowUp(median=24.8, low=1.7, high=33.6, spread="range")
    rebuilt = piecewise_exponential(make(median=MEDIAN, follow_up=RANGE), follow_up=longer)
    assert float(rebuilt.ipd.time.max()) > 21.2
    assert "to the assumed median follow-up of 24.8" in rebuilt.censoring


def test_rates_of_one_and_zero():
    curve = make(landmarks=(Landmark(time=6, survival=1.0), Landmark(time=60, survival=0.0)))
    estimate = kaplan_meier(piecewise_exponential(curve).ipd)
    assert float(estimate([6])[0]) == 1.0
    assert float(estimate([60])[0]) < 0.02


def test_one_patient():
    assert piecewise_exponential(make(n=1, median=MEDIAN)).ipd.n == 1


@pytest.mark.parametrize(
    ("curve", "options", "error", "message"),
    [
        (
            make(counts=(Count(count=31),)),
            {},
            ContradictionError,
            "no curve can be drawn .*31 events",
        ),
        (make(median=MedianTime(estimate=math.inf)), {}, ContradictionError, "median not reached"),
        (make(), {}, ContradictionError, "n only"),
        (make(median=MEDIAN), {"tail": 0}, InputError, "`tail` must be above 0"),
        (make(median=MEDIAN), {"tail": float("nan")}, InputError, "`tail` must be above 0"),
    ],
)
def test_what_cannot_be_rebuilt_is_refused(curve, options, error, message):
    with pytest.raises(error, match=message):
        piecewise_exponential(curve, **options)
