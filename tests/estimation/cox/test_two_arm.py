"""The batched two-arm Cox kernel against R, lifelines, and what holds for any patients."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.paths import GOLDEN

from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation import hazard_ratio, two_arm_log_hr, two_arm_log_hrs
from survcomp.estimation.cox.two_arm import fit_data_sets
from survcomp.estimation.lifelines_adapter import cox_log_hazard_ratio
from survcomp.values import IPD

# R stops its Newton iteration at a relative change of 1e-14 of the log likelihood, which is
# flat at the maximum: the square root of that, over the information, is left on the estimate.
R = dict(rel=1e-8, abs=1e-8)
CASES = ["plain", "crossing", "months", "quarters", "short", "extreme"]


@st.composite
def data_sets(draw):
    """Patients of two arms with heavy ties, an event in each arm."""
    n = draw(st.integers(4, 25))
    time = draw(st.lists(st.integers(1, 12), min_size=n, max_size=n))
    event = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    treated = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return np.array(time, float), np.array(event), np.array(treated)


def arm(name, scale, n, seed, months=False) -> IPD:
    rng = np.random.default_rng(seed)
    time, limit = rng.exponential(scale, n), rng.uniform(2, 30, n)
    event, seen = time <= limit, np.minimum(time, limit)
    seen = np.ceil(seen) if months else seen
    return IPD.from_times(seen[event], seen[~event], arm=name, time_unit="months")


def log_likelihood(beta, time, event, treated):
    """Efron's partial likelihood, written out from its definition."""
    value = 0.0
    for t in np.unique(time[event]):
        risk, dying = time >= t, event & (time == t)
        d = int(dying.sum())
        value += beta * treated[dying].sum()
        for k in range(d):
            weight = np.exp(beta * treated)
            value -= np.log(weight[risk].sum() - k / d * weight[dying].sum())
    return value


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_against_r(golden, case, ties):
    frame = pd.read_csv(GOLDEN / "two_arm_cox_patients.csv")
    rows = frame[frame.case == case]
    log_hr = two_arm_log_hr(rows.time, rows.event, rows.treated, ties=ties)
    r = golden("two_arm_cox")
    expected = [r[f"{case}/{ties}/log_hr"], r[f"{case}/{ties}/se"]]
    assert list(log_hr) == pytest.approx(expected, **R)


@pytest.mark.parametrize("column", ["time", "tied"])
def test_against_the_numbers_of_the_other_estimator(golden, column):
    frame = pd.read_csv(GOLDEN / "estimate_patients.csv")
    log_hr = two_arm_log_hr(frame[column], frame.event, frame.sex == 1)
    key = {"time": "cox/plain", "tied": "cox/tied"}[column]
    expected = [golden("estimate")[f"{key}/{i}"] for i in (1, 2)]
    assert list(log_hr) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("months", [False, True])
def test_a_batch_is_what_lifelines_finds_one_by_one(months):
    treatment = [arm("A", 20, 40 + 3 * i, i, months) for i in range(8)]
    comparator = [arm("B", 9, 60 - 2 * i, 100 + i, months) for i in range(8)]
    fits = two_arm_log_hrs(treatment, comparator)
    for m, (a, b) in enumerate(zip(treatment, comparator, strict=True)):
        fit = hazard_ratio(a, b)
        assert fits.log_hr[m] == pytest.approx(fit.log_hr, abs=1e-8)
        assert fits.se[m] == pytest.approx(fit.se, abs=1e-8)
    assert fits.n_failed == 0
    assert fits.to_frame()["data_set"].tolist() == list(range(1, 9))


@given(data_sets())
@settings(max_examples=25)
def test_any_patients_against_lifelines(patients):
    time, event, treated = patients
    fit = fit_data_sets(time, event, treated, np.zeros(time.size, int), n=1)
    assume(not fit.n_failed)
    expected = cox_log_hazard_ratio(time, event, treated, None)
    assert (fit.log_hr[0], fit.se[0]) == pytest.approx(expected, abs=1e-8)


@given(data_sets())
@settings(max_examples=60)
def test_it_is_the_maximum_or_there_is_none(patients):
    time, event, treated = patients
    fit = fit_data_sets(time, event, treated, np.zeros(time.size, int), n=1)
    if fit.n_failed:  # the likelihood never falls on its way to one of the ends
        ends = [log_likelihood(b, *patients) for b in (-12, -6, 0, 6, 12)]
        steps = np.diff(ends)
        assert np.all(steps <= 1e-9) or np.all(steps >= -1e-9)
        return
    best = log_likelihood(fit.log_hr[0], *patients)
    for near in (-0.01, 0.01):
        assert log_likelihood(fit.log_hr[0] + near, *patients) < best


@given(data_sets(), st.floats(0.1, 100))
@settings(max_examples=60)
def test_swapping_arms_turns_the_sign_and_the_unit_does_nothing(patients, factor):
    time, event, treated = patients
    n = time.size
    fit = fit_data_sets(
        np.tile(time, 3) * np.repeat([1.0, 1.0, factor], n),
        np.tile(event, 3),
        np.r_[treated, ~treated, treated],
        np.repeat([0, 1, 2], n),
        n=3,
    )
    assert fit.n_failed in (0, 3)
    assume(not fit.n_failed)
    assert fit.log_hr[1] == pytest.approx(-fit.log_hr[0], abs=1e-9)
    assert fit.log_hr[2] == pytest.approx(fit.log_hr[0], abs=1e-9)
    assert fit.se == pytest.approx(np.repeat(fit.se[0], 3), rel=1e-9)


def test_order_and_company_do_not_matter(rng):
    """A data set has the same estimate alone, among others and with its rows shuffled."""
    a, b = arm("A", 20, 50, 1, months=True), arm("B", 9, 60, 2, months=True)
    alone = two_arm_log_hrs([a], [b])
    among = two_arm_log_hrs([b, a, a.truncate(5)], [a, b, b])
    assert among.log_hr[1] == pytest.approx(alone.log_hr[0], abs=1e-12)
    time, event = np.r_[a.time, b.time], np.r_[a.event, b.event]
    treated = np.arange(time.size) < a.n
    mixed = rng.permutation(time.size)
    shuffled = two_arm_log_hr(time[mixed], event[mixed], treated[mixed])
    assert shuffled.log_hr == pytest.approx(alone.log_hr[0], abs=1e-12)


@pytest.mark.parametrize(
    ("time", "event", "treated", "message"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], [1, 1, 0, 0], "the treated arm has no event"),
        ([1, 2, 3, 4], [1, 1, 0, 0], [1, 1, 0, 0], "the comparator arm has no event"),
        ([1, 2, 3, 4], [0, 0, 0, 0], [1, 1, 0, 0], "neither arm has an event"),
        ([3, 4, 1, 2], [1, 1, 1, 1], [1, 1, 0, 0], "no event of the treated arm happens while"),
        ([1, 2, 3, 4], [1, 1, 1, 1], [1, 1, 0, 0], "no event of the comparator arm happens while"),
    ],
)
def test_a_monotone_likelihood_is_refused_with_its_reason(time, event, treated, message):
    with pytest.raises(InputError, match=f"no finite estimate: {message}"):
        two_arm_log_hr(time, event, treated)


def test_a_failed_data_set_is_marked_and_the_others_are_not():
    lost = IPD.from_times([], [3, 4], arm="A", time_unit="months")
    a, b = arm("A", 20, 30, 1), arm("B", 9, 30, 2)
    fits = two_arm_log_hrs([a, lost, a], [b, b, b])
    assert fits.fault == ("", "the treated arm has no event", "")
    assert np.isnan(fits.log_hr).tolist() == [False, True, False]
    assert fits.n_failed == 1
    assert fits.log_hr[0] == fits.log_hr[2]


def test_what_is_refused():
    a, b = arm("A", 20, 30, 1), arm("B", 9, 30, 2)
    with pytest.raises(InputError, match="got 2 and 1"):
        two_arm_log_hrs([a, a], [b])
    with pytest.raises(IncompatibleError, match="days and months"):
        two_arm_log_hrs([a], [b.in_unit("days")])
    with pytest.raises(InputError, match="`event` must hold 2 values"):
        two_arm_log_hr([1, 2], [1, 2], [1, 0])
    with pytest.raises(InputError, match="`ties` must be one of"):
        two_arm_log_hr([1, 2], [1, 1], [1, 0], ties="exact")
    with pytest.raises(InputError, match="from 0 to 0"):
        fit_data_sets([1, 2], [1, 1], [1, 0], [0, 1], n=1)


def test_two_hundred_pairs_take_less_than_a_second():
    """They take about 0.015 s; lifelines takes about 0.02 s a pair."""
    treatment = [arm("A", 20, 100, i) for i in range(200)]
    comparator = [arm("B", 9, 130, 200 + i) for i in range(200)]
    start = perf_counter()
    assert two_arm_log_hrs(treatment, comparator).n_failed == 0
    assert perf_counter() - start < 1.0


@pytest.mark.parametrize(("n", "scale"), [((1, 5000), 1.0), ((3000, 3000), 1e4), ((2, 2), 1e-3)])
def test_lopsided_and_extreme_arms_converge(n, scale, rng):
    """One patient against thousands, and hazards four orders apart: the score is 0 there."""
    time = np.r_[scale * rng.exponential(size=n[0]), rng.exponential(size=n[1])]
    treated = np.arange(sum(n)) < n[0]
    if scale != 1:  # one death each out of order, so that there is a maximum
        time[[0, -1]] = time[[-1, 0]]
    fit = fit_data_sets(time, np.ones(time.size), treated, np.zeros(time.size, int), n=1)
    assert fit.fault == ("",)
    order = np.argsort(time)
    at_risk = np.arange(time.size, 0, -1)
    a = np.cumsum(treated[order][::-1])[::-1]
    weight = a * np.exp(fit.log_hr[0])
    assert np.sum(weight / (weight + at_risk - a)) == pytest.approx(n[0], rel=1e-9)
