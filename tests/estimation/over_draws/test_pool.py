"""Rubin's rules by hand, curves and medians over draws, and whether the intervals cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from scipy.stats import t as student_t

from survcomp.errors import InputError
from survcomp.estimation import (
    kaplan_meier,
    pool,
    pooled_median,
    pooled_rmst,
    pooled_survival,
    rmst,
)
from survcomp.estimation.over_draws import curve as pooled_curve
from survcomp.estimation.over_draws.draw_curves import draw_curve
from survcomp.estimation.over_draws.pool import rubin, t_quantile
from survcomp.values import IPD, Ensemble

WORDS = ["estimate", "se_sampling", "se_reconstruction", "se", "ci_low", "ci_high", "share"]
NUMBERS = st.floats(-50, 50)


def draw(events, censored=(), arm="A") -> IPD:
    return IPD.from_times(list(events), list(censored), arm=arm, time_unit="months")


def ensemble(*draws: IPD, method="by hand") -> Ensemble:
    return Ensemble(draws=tuple(draws), method=method, curve_id="T/A/PFS")


@st.composite
def arms(draw_, n_draws=1):
    """Draws of one arm: n patients, ties, whole months."""
    n = draw_(st.integers(3, 20))
    found = []
    for _ in range(n_draws):
        times = draw_(st.lists(st.integers(1, 30), min_size=n, max_size=n))
        flags = draw_(st.lists(st.booleans(), min_size=n, max_size=n))
        found.append(
            draw(
                [t for t, e in zip(times, flags, strict=True) if e],
                [t for t, e in zip(times, flags, strict=True) if not e],
            )
        )
    return found


def test_rubin_by_hand():
    """Estimates 1, 2, 3, 6 with variances 2, 1, 2, 3: W = 2, B = 14/3, T = 2 + 5/4 x 14/3."""
    found = pool([1, 2, 3, 6], [2, 1, 2, 3], level=0.9)
    between, total = 14 / 3, 2 + 35 / 6
    df = 3 * (total / (35 / 6)) ** 2
    half = student_t.ppf(0.95, df) * math.sqrt(total)
    assert found.estimate == 3
    assert found.se_sampling == pytest.approx(math.sqrt(2), rel=1e-14)
    assert found.se_reconstruction == pytest.approx(math.sqrt(35 / 6), rel=1e-14)
    assert found.se == pytest.approx(math.sqrt(total), rel=1e-14)
    assert found.share == pytest.approx(between / total, rel=1e-14)
    assert found.df == pytest.approx(df, rel=1e-14)
    assert [found.ci_low, found.ci_high] == pytest.approx([3 - half, 3 + half], rel=1e-14)
    assert found.p == pytest.approx(2 * student_t.sf(3 / math.sqrt(total), df), rel=1e-12)
    assert (found.draws, found.level) == (4, 0.9)
    assert list(found.to_frame().columns) == WORDS
    assert "se_reconstruction" in found._repr_html_()


@given(NUMBERS, st.floats(1e-6, 50), st.integers(2, 40))
def test_draws_that_agree_give_the_plain_interval(estimate, variance, m):
    found = pool([estimate] * m, [variance] * m)
    z = norm.ppf(0.975) * math.sqrt(variance)
    assert found.se_reconstruction == 0
    assert found.share == 0
    assert found.estimate == estimate
    assert found.se == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert [found.ci_low, found.ci_high] == pytest.approx([estimate - z, estimate + z], rel=1e-12)


@given(
    st.lists(st.tuples(NUMBERS, st.floats(0.01, 9)), min_size=2, max_size=20),
    NUMBERS,
    st.floats(0.1, 9),
)
def test_the_parts_add_up_and_shift_and_scale(draws, shift, factor):
    q, u = np.array(draws).T
    found = pool(q, u)
    assert found.se**2 == pytest.approx(found.se_sampling**2 + found.se_reconstruction**2)
    assert 0 <= found.share < 1
    m = len(q)
    assert found.share == pytest.approx((found.se_reconstruction / found.se) ** 2 * m / (m + 1))
    assert found.ci_low <= found.estimate <= found.ci_high
    moved = pool(factor * q + shift, factor**2 * u)
    assert moved.estimate == pytest.approx(factor * found.estimate + shift, abs=1e-9)
    assert moved.se == pytest.approx(factor * found.se, rel=1e-9)
    assert moved.share == pytest.approx(found.share, rel=1e-6, abs=1e-12)


def test_nothing_varies():
    assert pool([2, 2], [0, 0]).p == 0
    assert pool([0, 0], [0, 0]).p == 1
    assert pool([2, 2], [0, 0]).share == 0


@pytest.mark.parametrize(
    ("estimates", "variances", "message"),
    [
        ([1], [1], "at least 2 draws; got 1 and 1"),
        ([1, 2], [1, 2, 3], "got 2 and 3"),
        ([1, 2], [1, -2], r"`variances` must not be negative; draw 2 has -2"),
        ([1, math.inf], [1, 2], "`estimates` must be finite; row 2"),
        ([1, 2], [1, math.nan], "`variances` must be finite; row 2"),
    ],
)
def test_what_cannot_be_pooled(estimates, variances, message):
    with pytest.raises(InputError, match=message):
        pool(estimates, variances)
    with pytest.raises(InputError, match="between 0 and 1"):
        pool([1, 2], [1, 2], level=95)


@given(arms())
@settings(max_examples=40)
def test_the_quick_curve_is_the_kaplan_meier_curve(found):
    quick, plain = draw_curve(found[0]), kaplan_meier(found[0])
    for name in ("time", "survival", "se", "at_risk", "events", "follow_up"):
        assert getattr(quick, name) == pytest.approx(getattr(plain, name), rel=1e-12)
    assert (quick.arm, quick.n, quick.n_events) == (plain.arm, plain.n, plain.n_events)


@given(arms(), st.sampled_from([0.8, 0.95]))
@settings(max_examples=40)
def test_draws_that_agree_give_the_plain_curve_and_median(found, level):
    """Also where the curve is still at 1, and where it has come down to 0."""
    curve = kaplan_meier(found[0], level=level)
    same = ensemble(*found * 3)
    times = [0, *curve.time, curve.follow_up[-1]]
    pooled = pooled_survival(same, times, level=level)
    plain = [curve.at(t) for t in times]
    for mine, theirs in (
        (pooled.estimate, "survival"),
        (pooled.se, "se"),
        (pooled.se_sampling, "se"),
        (pooled.ci_low, "ci_low"),
        (pooled.ci_high, "ci_high"),
    ):
        assert mine == pytest.approx([getattr(p, theirs) for p in plain], rel=1e-9, abs=1e-12)
    assert not pooled.se_reconstruction.any()
    assert not pooled.share.any()
    median, expected = pooled_median(same, level=level), curve.median()
    assert [median.estimate, median.ci_low, median.ci_high] == [
        expected.estimate,
        expected.ci_low,
        expected.ci_high,
    ]


@given(arms(n_draws=4))
@settings(max_examples=60)
def test_pooled_survival_falls_and_stays_in_its_band(draws):
    some = ensemble(*draws)
    end = min(d.time.max() for d in draws)
    found = pooled_survival(some, np.arange(0, end + 1))
    assert np.all(np.diff(found.estimate) <= 1e-12)
    assert np.all((found.ci_low >= 0) & (found.ci_low <= found.estimate + 1e-12))
    assert np.all((found.estimate <= found.ci_high + 1e-12) & (found.ci_high <= 1))
    assert found.se == pytest.approx(np.hypot(found.se_sampling, found.se_reconstruction))
    lowest, highest = (
        f([kaplan_meier(d)(found.time) for d in draws], axis=0) for f in (np.min, np.max)
    )
    # one with nobody left counts half a patient left, which may be more than another has
    assert np.all((found.estimate <= highest + 1e-9) | (lowest == 0))
    # one without event counts half an event, one with nobody left half a patient
    assert np.all(found.estimate >= np.minimum(lowest, np.exp(-0.5 / some.n)) - 1e-9)


def test_survival_by_hand():
    """Four patients, S(2) = 3/4 and 1/2: the mean of log(-log S), Greenwood's V / (log S)^2."""
    some = ensemble(draw([1, 3], [9, 9]), draw([1, 2], [9, 9]))
    found = pooled_survival(some, [2], level=0.9)
    g = np.log(-np.log([0.75, 0.5]))
    w = np.mean([(1 / 12) / np.log(0.75) ** 2, (1 / 12 + 1 / 6) / np.log(0.5) ** 2])
    b = (g[0] - g[1]) ** 2 / 2
    total = w + 1.5 * b
    s = math.exp(-math.exp(g.mean()))
    assert found.estimate[0] == pytest.approx(s, rel=1e-12)
    slope = -s * math.log(s)
    assert found.se_sampling[0] == pytest.approx(slope * math.sqrt(w), rel=1e-12)
    assert found.se_reconstruction[0] == pytest.approx(slope * math.sqrt(1.5 * b), rel=1e-12)
    assert found.share[0] == pytest.approx(b / total, rel=1e-12)
    half = student_t.ppf(0.95, (total / (1.5 * b)) ** 2) * math.sqrt(total)
    expected = [math.exp(-math.exp(g.mean() + half)), math.exp(-math.exp(g.mean() - half))]
    assert [found.ci_low[0], found.ci_high[0]] == pytest.approx(expected, rel=1e-12)
    assert (found.arm, found.time_unit, found.method, found.level) == (
        "A",
        "months",
        "by hand",
        0.9,
    )
    assert found.draws == 2
    assert list(found.to_frame().columns) == ["time", *WORDS]
    assert "share" in found._repr_html_()


def test_survival_where_some_draws_are_at_one():
    """At 1.5 one draw has no event: half an event of four patients, variance 2."""
    some = ensemble(draw([1, 3], [9, 9]), draw([2, 3], [9, 9]))
    found = pooled_survival(some, [0.5, 1.5])
    assert found.to_frame().loc[0, WORDS].tolist() == [1, 0, 0, 0, 1, 1, 0]
    g = np.log([-math.log(0.75), 0.5 / 4])
    assert found.estimate[1] == pytest.approx(math.exp(-math.exp(g.mean())), rel=1e-12)
    slope = -found.estimate[1] * math.log(found.estimate[1])
    w = np.mean([(1 / 12) / np.log(0.75) ** 2, 2])
    assert found.se_sampling[1] == pytest.approx(slope * math.sqrt(w), rel=1e-12)


def test_survival_where_some_or_all_draws_are_at_zero():
    """Two patients: nobody is left at 3 in one draw (half a patient of one), at 4 in both."""
    some = ensemble(draw([1, 3]), draw([1, 4]))
    found = pooled_survival(some, [3, 4, 100])
    g = np.log([-math.log(0.5 * 0.5), -math.log(0.5)])
    assert found.estimate[0] == pytest.approx(math.exp(-math.exp(g.mean())), rel=1e-12)
    at_zero = found.to_frame().loc[1:, WORDS]
    assert np.all(at_zero[["estimate", "se", "ci_low", "share"]] == 0)
    before = kaplan_meier(draw([1, 3])).at(1)
    assert at_zero["ci_high"].tolist() == pytest.approx([before.ci_high] * 2, rel=1e-12)
    everybody_at_once = ensemble(draw([3, 3]), draw([3, 3]))
    assert pooled_survival(everybody_at_once, [3]).ci_high[0] == 1


def test_a_band_of_two_draws_that_have_little_in_common_is_the_whole_range():
    """Two draws give about one degree of freedom, and a band too wide for its transform."""
    some = ensemble(draw([1], [9] * 9999), draw([1] * 9999, [9]))
    found = pooled_survival(some, [1])
    assert found.ci_low[0] == 0
    assert found.ci_high[0] == pytest.approx(1, abs=1e-6)


def test_survival_beyond_a_draw_is_refused():
    some = ensemble(draw([1], [9, 9]), draw([1], [7, 7]))
    with pytest.raises(InputError, match=r"draw 2 is known from 0 to 7 months; `times` has 8"):
        pooled_survival(some, [3, 8])
    with pytest.raises(InputError, match="`times` has -1"):
        pooled_survival(some, -1)


def test_many_times_are_worked_on_in_pieces(monkeypatch):
    some = ensemble(draw([1, 3, 5], [9, 9]), draw([2, 4, 6], [9, 9]))
    whole = pooled_survival(some, np.arange(9)).to_frame()
    monkeypatch.setattr(pooled_curve, "CELLS", 4)
    assert pooled_survival(some, np.arange(9)).to_frame().equals(whole)


def test_the_median_inverts_the_pooled_curve_by_hand():
    """Drops of 1/5 at 1, 2 and 3 or 3.5: at 3 the curve is pooled from 0.4 and 0.6.

    The mean of log(-log 0.4) and log(-log 0.6) is that of S = 0.505, above one half; the
    median is 3.5, where both are at 0.4, and not the mean 3.25 of the draws' medians.
    """
    some = ensemble(draw([1, 2, 3], [6, 6]), draw([1, 2, 3.5], [6, 6]))
    assert pooled_survival(some, 3).estimate[0] == pytest.approx(0.5045, abs=5e-5)
    found = pooled_median(some)
    assert found.estimate == 3.5
    at = pooled_survival(some, [1, 2, 3, 3.5])
    assert found.ci_low == at.time[np.flatnonzero(at.ci_low <= 0.5)[0]]
    assert math.isinf(found.ci_high)
    assert math.isinf(found.se)
    assert found.quantity == "median"
    assert list(found.to_frame().columns) == WORDS


def test_a_median_that_some_draws_do_not_reach_is_still_inverted():
    """Averaging would have to leave out, or invent, the draw in which it is not reached."""
    reached = draw([1, 2, 3, 4, 5], [9] * 4)
    missed = draw([1, 2, 3, 4], [9] * 5)
    assert math.isinf(kaplan_meier(missed).median().estimate)
    assert math.isfinite(pooled_median(ensemble(reached, reached, missed)).estimate)
    lost = pooled_median(ensemble(reached, missed, missed))
    assert math.isinf(lost.estimate)
    assert math.isinf(lost.ci_high)
    assert math.isfinite(lost.ci_low)


def test_a_median_beyond_the_shortest_draw_is_not_reached():
    """One draw ends at 2 without having come down: nothing is known of the pooled curve after."""
    some = ensemble(draw([1, 3, 4], [9]), draw([1], [2, 2, 2]))
    assert math.isinf(pooled_median(some).estimate)


def test_a_median_without_any_event():
    found = pooled_median(ensemble(draw([], [3, 4]), draw([], [3, 5])))
    assert math.isinf(found.estimate)
    assert math.isinf(found.se_sampling)
    assert (found.se_reconstruction, found.share) == (0, 0)


def test_the_errors_of_a_median_are_parts_of_its_width(rng):
    """The width of the interval is that of the total; its parts are the pooled curve's."""
    draws = [
        draw(t[:40], t[40:])
        for t in (rng.exponential(10, 60) * math.exp(rng.normal(0, 0.2)) for _ in range(12))
    ]
    found = pooled_median(ensemble(*draws))
    width = (found.ci_high - found.ci_low) / (2 * norm.ppf(0.975))
    assert found.se == pytest.approx(width, rel=1e-12)
    assert math.hypot(found.se_sampling, found.se_reconstruction) == pytest.approx(found.se)
    at = pooled_survival(ensemble(*draws), found.estimate)
    assert found.share == at.share[0]
    assert found.se_sampling / found.se == pytest.approx(at.se_sampling[0] / at.se[0])


def test_rmst_by_hand():
    """Areas to 4: 1 + 3 x 3/4 = 3.25 and 2 + 2 x 3/4 = 3.5, of Greenwood's variances."""
    some = ensemble(draw([1], [5, 5, 5]), draw([2], [5, 5, 5]))
    found = pooled_rmst(some, 4)
    areas = [rmst(kaplan_meier(d), horizon=4) for d in some]
    by_hand = pool([3.25, 3.5], [a.se**2 for a in areas])
    assert found.to_frame().equals(by_hand.to_frame())
    assert found.quantity == "RMST to 4 months"
    with pytest.raises(InputError, match=r"draw 1: .*known from 0 to 5 months; got 6"):
        pooled_rmst(some, horizon=6)


def test_draws_of_two_methods_are_never_pooled():
    """An ensemble has one method, and nothing takes two ensembles, or a bare list, of one arm."""
    figure = ensemble(draw([1], [5]), draw([2], [5]), method="figure")
    median = ensemble(draw([1], [5]), draw([3], [5]), method="median")
    with pytest.raises(TypeError):
        _ = figure + median
    both = [*figure, *median]
    for wrong in ([figure, median], both, both[0]):
        for call in (
            lambda e: pooled_survival(e, [1]),
            pooled_median,
            lambda e: pooled_rmst(e, 3),
        ):
            with pytest.raises(InputError, match="Draws of different methods are never pooled"):
                call(wrong)


def coverage(m: int, tau: float, repeats: int, seed: int, *, normal: bool = False) -> float:
    """How often an interval holds 0 when the draws' estimates are off by known noise.

    The data's own estimate is N(0, 1); what was published of it is off by N(0, tau^2), and so is
    each draw of what was published: its law given what was published, under a flat prior.
    """
    rng = np.random.default_rng(seed)
    published = rng.normal(size=repeats) + tau * rng.normal(size=repeats)
    parts = rubin(published + tau * rng.normal(size=(m, repeats)), np.ones((m, repeats)))
    q = norm.ppf(0.975) if normal else t_quantile(parts.df, 0.95)
    return float(np.mean(np.abs(parts.estimate) <= q * parts.se))


@pytest.mark.parametrize("m", [5, 20, 60])
@pytest.mark.parametrize("tau", [0.1, 1.0, 3.0])
def test_the_interval_by_students_t_covers(m, tau):
    """Of 20,000, to 4 standard errors of 0.0015 and the 1 % of Rubin's approximation."""
    assert coverage(m, tau, 20_000, seed=1) == pytest.approx(0.95, abs=0.016)


def test_a_normal_interval_would_not_cover_with_few_draws():
    assert coverage(5, 3.0, 20_000, seed=1, normal=True) < 0.90
    assert coverage(60, 3.0, 20_000, seed=1, normal=True) > 0.94
