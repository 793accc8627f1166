"""Identities that hold for any patients, and cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation import hazard_ratio, kaplan_meier, rmst, two_proportions
from survcomp.values import IPD, Weights
from survcomp.values.checks import read_only

TIMES = st.lists(st.integers(1, 40), min_size=3, max_size=30)


def patients(times, flags, arm="A") -> IPD:
    events = [t for t, e in zip(times, flags, strict=False) if e]
    censored = [t for t, e in zip(times, flags, strict=False) if not e]
    return IPD.from_times(events, censored, arm=arm, time_unit="months")


def weighted(ipd: IPD, values) -> Weights:
    return Weights(id=ipd.id, value=read_only(values, name="w"), population="any")


@st.composite
def arms(draw, name="A"):
    times = draw(TIMES)
    flags = draw(st.lists(st.booleans(), min_size=len(times), max_size=len(times)))
    return patients(times, [True, *flags[1:]], arm=name)


def test_by_hand():
    """Deaths at 1, 2, 3; censored at 2.5 and 4: S = 4/5, 3/5, 3/5 x 1/2."""
    ipd = patients([1, 2, 3, 2.5, 4], [1, 1, 1, 0, 0])
    curve = kaplan_meier(ipd)
    assert curve.survival.tolist() == pytest.approx([0.8, 0.6, 0.3], rel=1e-14)
    assert curve.at_risk_at([0, 2, 2.5, 4]).tolist() == [5, 4, 3, 1]
    assert rmst(ipd, horizon=4).value == pytest.approx(1 + 0.8 + 0.6 + 0.3, rel=1e-14)


@given(arms())
@settings(max_examples=40)
def test_weights_of_one_change_nothing(ipd):
    """The infinitesimal jackknife of an unweighted curve is Greenwood's formula."""
    plain, robust = kaplan_meier(ipd), kaplan_meier(ipd, weights=weighted(ipd, np.ones(ipd.n)))
    assert np.allclose(plain.survival, robust.survival, rtol=1e-12, atol=1e-12)
    assert np.allclose(plain.se, robust.se, rtol=1e-9, atol=1e-9)


@given(arms(), st.floats(0.1, 50))
@settings(max_examples=30)
def test_the_scale_of_the_weights_does_not_move_the_curve_or_its_band(ipd, factor):
    values = np.linspace(0.5, 2.0, ipd.n)
    one = kaplan_meier(ipd, weights=weighted(ipd, values))
    other = kaplan_meier(ipd, weights=weighted(ipd, factor * values))
    assert np.allclose(one.survival, other.survival, rtol=1e-9, atol=1e-12)
    assert np.allclose(one.se, other.se, rtol=1e-7, atol=1e-10)


@given(arms())
@settings(max_examples=40)
def test_curve_and_band_stay_in_range(ipd):
    for transform in ("log-log", "log", "plain"):
        curve = kaplan_meier(ipd, ci_transform=transform)
        low, high = curve.band()
        assert np.all(np.diff(curve.survival) <= 0)
        assert np.all((low >= 0) & (low <= curve.survival + 1e-12))
        assert np.all((curve.survival <= high + 1e-12) & (high <= 1))


@given(arms("A"), arms("B"))
@settings(max_examples=25)
def test_swapping_the_arms_turns_the_sign(a, b):
    try:
        forth, back = hazard_ratio(a, b), hazard_ratio(b, a)
    except InputError:  # monotone likelihood: all events of one arm come first
        return
    if abs(forth.log_hr) > 8:  # practically monotone: the optimum is at infinity
        return
    assert forth.log_hr == pytest.approx(-back.log_hr, abs=1e-6)
    assert forth.se == pytest.approx(back.se, rel=1e-5)


@given(arms("A"), arms("B"))
@settings(max_examples=25)
def test_the_unit_of_time_does_not_move_the_hazard_ratio(a, b):
    try:
        months = hazard_ratio(a, b)
    except InputError:
        return
    if abs(months.log_hr) > 8:
        return
    days = hazard_ratio(a.in_unit("days"), b.in_unit("days"))
    assert days.log_hr == pytest.approx(months.log_hr, abs=1e-7)


def test_two_patients_a_side_by_hand():
    """Death of B at 1, of A at 2, B left at 3, A left at 4: b / (2b + 2a) x a / (2a + b).

    With r = a / b the partial likelihood is r / ((2 + 2r)(2r + 1)), largest at r = 1/sqrt(2).
    """
    a = IPD.from_times([2], [4], arm="A", time_unit="months")
    b = IPD.from_times([1], [3], arm="B", time_unit="months")
    assert hazard_ratio(a, b).value == pytest.approx(2**-0.5, rel=1e-7)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda a, b: kaplan_meier(a)(99), InputError, "known from 0 to 9 months; got 99"),
        (lambda a, b: kaplan_meier(a, ci_transform="logit"), InputError, "must be one of"),
        (lambda a, b: kaplan_meier(a, level=95), InputError, "between 0 and 1"),
        (lambda a, b: kaplan_meier(a).quantile(1.5), InputError, "between 0 and 1"),
        (lambda a, b: rmst(a, horizon=20), InputError, "known from 0 to 9"),
        (lambda a, b: rmst(a, horizon=0), InputError, "above 0"),
        (lambda a, b: hazard_ratio(a, b.in_unit("days")), IncompatibleError, "in_unit"),
        (
            lambda a, b: hazard_ratio(a, IPD.from_times([], [3, 4], arm="C", time_unit="months")),
            InputError,
            "'C' has no event among 2 patients",
        ),
        (
            lambda a, b: kaplan_meier(a, weights=weighted(b, np.ones(b.n))),
            IncompatibleError,
            "other patients",
        ),
    ],
)
def test_nonsense_is_refused(call, error, message):
    a = IPD.from_times([2, 5], [4, 9], arm="A", time_unit="months")
    b = IPD.from_times([1, 3], [6], arm="B", time_unit="months")
    with pytest.raises(error, match=message):
        call(a, b)


def test_a_curve_that_ends_at_zero_is_known_for_ever():
    curve = kaplan_meier(IPD.from_times([1, 2], [], arm="A", time_unit="months"))
    assert curve([50]).tolist() == [0.0]


def test_proportions_by_hand():
    """94 of 97 against 94 of 128: RR = (94/97)/(94/128), var log = 1/94 - 1/97 + 1/94 - 1/128."""
    proportions = two_proportions(94, 97, 94, 128)
    assert np.exp(proportions.log_rr.estimate) == pytest.approx(128 / 97, rel=1e-12)
    assert proportions.log_rr.se == pytest.approx((2 / 94 - 1 / 97 - 1 / 128) ** 0.5, rel=1e-12)
    assert np.exp(proportions.log_or.estimate) == pytest.approx(94 * 34 / (3 * 94), rel=1e-12)


def test_a_zero_cell_is_corrected_and_says_so():
    proportions = two_proportions(10, 10, 5, 10)
    assert proportions.corrected
    assert np.exp(proportions.log_or.estimate) == pytest.approx(10.5 * 5.5 / (0.5 * 5.5), rel=1e-12)
    assert proportions.risk_difference.estimate == 0.5


def test_newcombe_s_interval_of_the_published_example():
    """Newcombe 1998, Stat Med 17:873, table II, row a: 56/70 against 48/80."""
    difference = two_proportions(56, 70, 48, 80).risk_difference
    assert [difference.ci_low, difference.ci_high] == pytest.approx([0.0524, 0.3339], abs=5e-5)


def test_arms_that_do_not_overlap_have_no_hazard_ratio():
    """Every event of one arm before the first of the other: the likelihood has no maximum."""
    early = IPD.from_times([0, 0, 0], [], arm="A", time_unit="months")
    late = IPD.from_times([2, 3], [4], arm="B", time_unit="months")
    for pair in ((early, late), (late, early)):
        with pytest.raises(InputError, match="'A' is followed to 0 months and the first event"):
            hazard_ratio(*pair)
    assert hazard_ratio(early, IPD.from_times([0, 3], [4], arm="B", time_unit="months")).se > 0
