"""Which curves are cuts of one cohort, how far apart they lie, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survcomp.errors import ContradictionError, InputError
from survcomp.reconstruction import complement, guyot, join_cuts, piecewise_exponential
from survcomp.values import (
    AtRisk,
    Basis,
    Count,
    Curve,
    CurvePoints,
    Cut,
    EarlierCut,
    FollowUp,
    Landmark,
    MedianTime,
)

POINTS = CurvePoints.from_trace([0, 2, 2, 4, 4, 6], [1, 1, 0.9, 0.9, 0.8, 0.8])


def at(label, *, date=None, median=None, longest=None, method="not stated", basis=(), **fields):
    """A curve at one cut."""
    spread = {} if longest is None else {"low": 0.1, "high": longest, "spread": "range"}
    follow_up = None if median is None else FollowUp(median=median, method=method, **spread)
    words = dict(trial="T", arm="a", treatment="drug", endpoint="PFS", n=100)
    cut = Cut(label=label, date=date, follow_up=follow_up)
    return Curve(**{**words, **fields}, basis=Basis(cut=cut, **dict(basis)))


def test_the_latest_cut_keeps_its_numbers_and_records_the_others():
    first = at("one", median=10.0, counts=(Count(count=20),))
    second = at("two", median=16.0, landmarks=(Landmark(time=12, survival=0.7),))
    third = at("three", median=24.0, counts=(Count(count=45),))
    joined = join_cuts([first, second, third])
    assert joined.id == "T/a/PFS/three"
    assert joined.events == 45
    assert [cut.label for cut in joined.earlier] == ["one", "two"]
    assert [cut.curve for cut in joined.earlier] == [first, second]
    assert [cut.time_before for cut in joined.earlier] == [14.0, 8.0]
    assert joined.support == "landmarks"
    assert joined.last_published_time == 12
    assert replace(joined, earlier=()).support == third.support == "counts"


def test_dates_go_before_medians_and_what_is_given_before_both():
    """22 July 2021 to 14 October 2022 are 449 days: 14.75 months."""
    early = at("early", date="2021-07-22", median=21.7)
    late = at("late", date="2022-10-14", median=33.4)
    dated = join_cuts([early, late]).earlier[0]
    assert dated.origin == "cut dates"
    assert dated.time_before == pytest.approx(449 / 30.4375)
    assert dated.se == pytest.approx(math.sqrt(2) / 30.4375)
    given_time = join_cuts([early, late], time_before_latest={"early": 15.0}).earlier[0]
    assert (given_time.origin, given_time.time_before) == ("given", 15.0)
    undated = join_cuts([replace_cut(early, date=None), late]).earlier[0]
    assert undated.origin == "median follow-ups"
    assert undated.time_before == pytest.approx(11.7)
    assert undated.se > 1.0


def replace_cut(curve, **fields):
    return replace(curve, basis=replace(curve.basis, cut=replace(curve.basis.cut, **fields)))


def test_a_month_without_its_day_is_uncertain_by_a_month():
    early, late = at("early", date="2021-02"), at("late", date="2022-02-15")
    cut = join_cuts([early, late]).earlier[0]
    assert cut.time_before == pytest.approx(365 / 30.4375)
    assert cut.se == pytest.approx(math.hypot(30.4375 / math.sqrt(12), math.sqrt(2)) / 30.4375)


def test_the_time_is_in_the_unit_of_the_curves():
    early = at("early", date="2021-01-01", time_unit="years")
    late = at("late", date="2023-01-01", time_unit="years")
    assert join_cuts([early, late]).earlier[0].time_before == pytest.approx(730 / 365.25)


@given(n=st.integers(20, 1000), more=st.integers(2, 10))
def test_more_patients_make_the_median_follow_ups_more_exact(n, more):
    def se(n):
        cuts = [at("early", median=12.3, n=n), at("late", median=20.1, longest=33.3, n=n)]
        return join_cuts(cuts).earlier[0].se

    assert se(n) > se(n * more) > 0.15 * 7.8


REFUSED = {
    "arm": dict(arm="b"),
    "treatment": dict(treatment="other drug"),
    "endpoint": dict(endpoint="OS"),
    "n": dict(n=99),
    "time_unit": dict(time_unit="weeks"),
    "trial": dict(trial="U"),
    "analysis_set": dict(basis={"analysis_set": "infused"}),
    "index_date": dict(basis={"index_date": "infusion"}),
    "assessor": dict(basis={"assessor": "investigator"}),
    "censoring_rule": dict(basis={"censoring_rule": "new therapy"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_another_group_or_outcome_is_refused_by_name(name):
    late = at("late", median=20.0)
    other = at("early", median=12.0, **REFUSED[name])
    with pytest.raises(InputError, match=f"not two data cuts of the same .*`{name}` is "):
        join_cuts([other, late])
    with pytest.raises(InputError, match=f"`{name}` is "):
        replace(
            late,
            earlier=(EarlierCut(curve=other, time_before=8.0, se=0.0, origin="given"),),
        )


EARLY, LATE = at("early", median=12.0), at("late", median=20.0)


@pytest.mark.parametrize(
    ("curves", "options", "message"),
    [
        ([LATE], {}, "two data cuts or more; got 1"),
        ([LATE, EARLY], {}, "in order of time.*median follow-up of T/a/PFS/early"),
        ([EARLY, at("early", median=20.0)], {}, "different data cuts; got early, early"),
        ([replace(EARLY, basis=Basis()), LATE], {}, "names no data cut"),
        ([at("early"), LATE], {}, "not known: neither dates nor median follow-ups.*'early'"),
        ([EARLY, at("late", median=20.0, method="observed times")], {}, "observed times"),
        ([at("early", date="July 2021"), at("late", date="2022-07-01")], {}, "'July 2021'"),
        ([at("early", date="today"), at("late", date="2022-07-01")], {}, "got 'today'"),
        ([at("early", date="2021-02-30"), at("late", date="2022-07-01")], {}, "'2021-02-30'"),
        (
            [at("early", date="2022-07-02", median=12.0), at("late", date="2022-07-01")],
            {},
            "the date of T/a/PFS/late is not after",
        ),
        ([EARLY, LATE], {"time_before_latest": {"erly": 8.0}}, "names 'erly'.*are 'early'"),
        ([EARLY, LATE], {"time_before_latest": {"early": 0.0}}, "must be above 0; got 0.0"),
        ([replace(EARLY, points=POINTS), LATE], {}, "early has a traced figure.*cuts apart"),
        (
            [at("first", median=5.0), join_cuts([EARLY, LATE])],
            {},
            "late holds earlier cuts already",
        ),
    ],
)
def test_what_cannot_be_joined_says_why(curves, options, message):
    with pytest.raises(InputError, match=message):
        join_cuts(curves, **options)


@pytest.mark.parametrize(
    ("early", "late", "message"),
    [
        (
            dict(counts=(Count(count=40),)),
            dict(counts=(Count(count=39),)),
            "early has 40 events and the later T/a/PFS/late has 39",
        ),
        (
            dict(counts=(Count(count=55, kind="event-free at cut"),)),
            dict(counts=(Count(count=40),)),
            "45 events and .* has 40",
        ),
        (
            dict(counts=(Count(count=40),)),
            dict(counts=(Count(count=61, kind="event-free and followed at cut"),)),
            "40 events and .* has 39",
        ),
        (
            dict(at_risk=AtRisk.from_rows([0, 6, 12], [100, 80, 50])),
            dict(at_risk=AtRisk.from_rows([0, 6, 12], [100, 80, 49])),
            "50 at risk at 12 and the later .* has 49",
        ),
    ],
)
def test_numbers_that_longer_follow_up_cannot_lower(early, late, message):
    with pytest.raises(ContradictionError, match=message):
        join_cuts([at("early", median=12.0, **early), at("late", median=20.0, **late)])


def test_patients_who_left_before_an_earlier_cut_may_be_event_free():
    """55 of 100 alive and in follow-up: up to 45 events, and so 40 at a later cut too."""
    bound = (Count(count=55, kind="event-free and followed at cut"),)
    early = at("early", median=12.0, counts=bound)
    assert join_cuts([early, at("late", median=20.0, counts=(Count(count=40),))]).events == 40


def test_cuts_are_in_order_of_time():
    cuts = [
        EarlierCut(curve=at(label), time_before=time, se=0.1, origin="given")
        for label, time in (("one", 4.0), ("two", 8.0))
    ]
    with pytest.raises(InputError, match="'one' lies 4 months before the latest and 'two'"):
        replace(LATE, earlier=tuple(cuts))


def test_methods_without_a_place_for_earlier_cuts_refuse_them():
    late = replace(LATE, points=POINTS, median=MedianTime(estimate=math.inf))
    joined = join_cuts([EARLY, late])
    for method in (guyot, piecewise_exponential):
        with pytest.raises(InputError, match=r"does not use earlier cuts.*holds 'early'"):
            method(joined)
    with pytest.raises(InputError, match="`complement` does not use earlier cuts"):
        complement(joined, replace(late, n=40))


def test_sources_of_all_cuts_are_named():
    early = at("early", median=12.0, landmarks=(Landmark(time=6, survival=0.8, source="S1"),))
    late = replace(LATE, landmarks=(Landmark(time=12, survival=0.7, source="S2"),))
    assert join_cuts([early, late]).sources == ("S2", "S1")
