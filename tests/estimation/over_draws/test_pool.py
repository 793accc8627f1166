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
    median,
    pool,
    rmst,
    survival_at,
)
from survcomp.estimation.over_draws import curve as over_draws
from survcomp.estimation.over_draws.curve import pooled_curve
from survcomp.estimation.over_draws.draw_curves import draw_curve
from survcomp.estimation.over_draws.pool import rubin, t_quantile, two_sided_p
from survcomp.values import IPD, Ensemble, as_draws

WORDS = ["value", "se_sampling", "se_reconstruction", "se", "ci_low", "ci_high", "share"]
NUMBERS = st.floats(-50, 50)


def draw(events, censored=(), arm="A") -> IPD:
    return IPD.from_times(list(events), list(censored), arm=arm, time_unit="months")


def ensemble(*draws: IPD, method="by hand") -> Ensemble:
    return Ensemble(draws=tuple(draws), method=method, curve_id="T/A/PFS")


def survival(some: Ensemble, times, level=0.95):
    """One row a time."""
    return survival_at(some, np.atleast_1d(times), level=level).to_frame()


@st.composite
def arms(draw_, n_draws=1):
    """Draws of one arm: n patients, ties, whole months."""
    n = draw_(st.integers(3, 20))
    rebuilt = []
    for _ in range(n_draws):
        times = draw_(st.lists(st.integers(1, 30), min_size=n, max_size=n))
        flags = draw_(st.lists(st.booleans(), min_size=n, max_size=n))
        rebuilt.append(
            draw(
                [t for t, e in zip(times, flags, strict=True) if e],
                [t for t, e in zip(times, flags, strict=True) if not e],
            )
        )
    return rebuilt


def test_rubin_by_hand():
    """Estimates 1, 2, 3, 6 with variances 2, 1, 2, 3: W = 2, B = 14/3, T = 2 + 5/4 x 14/3."""
    pooled = pool([1, 2, 3, 6], [2, 1, 2, 3], level=0.9)
    between, total = 14 / 3, 2 + 35 / 6
    df = 3 * (total / (35 / 6)) ** 2
    half = student_t.ppf(0.95, df) * math.sqrt(total)
    assert pooled.value == 3
    assert pooled.se_sampling == pytest.approx(math.sqrt(2), rel=1e-14)
    assert pooled.se_reconstruction == pytest.approx(math.sqrt(35 / 6), rel=1e-14)
    assert pooled.se == pytest.approx(math.sqrt(total), rel=1e-14)
    assert pooled.share == pytest.approx(between / total, rel=1e-14)
    assert pooled.df == pytest.approx(df, rel=1e-14)
    assert [pooled.ci_low, pooled.ci_high] == pytest.approx([3 - half, 3 + half], rel=1e-14)
    assert two_sided_p(pooled) == pytest.approx(
        2 * student_t.sf(3 / math.sqrt(total), df), rel=1e-12
    )
    assert (pooled.draws, pooled.level) == (4, 0.9)
    assert set(WORDS) <= set(pooled.to_frame().columns)
    assert "se_reconstruction" in pooled._repr_html_()


@given(NUMBERS, st.floats(1e-6, 50), st.integers(2, 40))
def test_draws_that_agree_give_the_plain_interval(estimate, variance, m):
    pooled = pool([estimate] * m, [variance] * m)
    z = norm.ppf(0.975) * math.sqrt(variance)
    assert pooled.se_reconstruction == 0
    assert pooled.share == 0
    assert pooled.value == estimate
    assert pooled.se == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert [pooled.ci_low, pooled.ci_high] == pytest.approx([estimate - z, estimate + z], rel=1e-12)


@given(
    st.lists(st.tuples(NUMBERS, st.floats(0.01, 9)), min_size=2, max_size=20),
    NUMBERS,
    st.floats(0.1, 9),
)
def test_the_parts_add_up_and_shift_and_scale(draws, shift, factor):
    q, u = np.array(draws).T
    pooled = pool(q, u)
    assert pooled.se**2 == pytest.approx(pooled.se_sampling**2 + pooled.se_reconstruction**2)
    assert 0 <= pooled.share < 1
    m = len(q)
    assert pooled.share == pytest.approx((pooled.se_reconstruction / pooled.se) ** 2 * m / (m + 1))
    assert pooled.ci_low <= pooled.value <= pooled.ci_high
    moved = pool(factor * q + shift, factor**2 * u)
    assert moved.value == pytest.approx(factor * pooled.value + shift, abs=1e-9)
    assert moved.se == pytest.approx(factor * pooled.se, rel=1e-9)
    assert moved.share == pytest.approx(pooled.share, rel=1e-6, abs=1e-12)


def test_nothing_varies():
    assert two_sided_p(pool([2, 2], [0, 0])) == 0
    assert two_sided_p(pool([0, 0], [0, 0])) == 1
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
def test_the_quick_curve_is_the_kaplan_meier_curve(rebuilt):
    quick, plain = draw_curve(rebuilt[0]), kaplan_meier(rebuilt[0])
    assert quick.follow_up[0].tolist() == plain.follow_up[0].tolist()
    for name in ("time", "survival", "se", "at_risk", "events"):
        assert getattr(quick, name) == pytest.approx(getattr(plain, name), rel=1e-12)
    assert (quick.arm, quick.n, quick.n_events) == (plain.arm, plain.n, plain.n_events)


@given(arms(), st.sampled_from([0.8, 0.95]))
@settings(max_examples=40)
def test_draws_that_agree_give_the_plain_curve_and_median(rebuilt, level):
    """Also where the curve is still at 1, and where it has come down to 0."""
    curve = kaplan_meier(rebuilt[0], level=level)
    same = ensemble(*rebuilt * 3)
    times = [0, *curve.time, curve.end]
    pooled = survival(same, times, level=level)
    plain = [curve.at(t) for t in times]
    for mine, theirs in (
        (pooled.value, "value"),
        (pooled.se, "se"),
        (pooled.se_sampling, "se"),
        (pooled.ci_low, "ci_low"),
        (pooled.ci_high, "ci_high"),
    ):
        assert mine.tolist() == pytest.approx(
            [getattr(p, theirs) for p in plain], rel=1e-9, abs=1e-12
        )
    assert not pooled.se_reconstruction.any()
    assert not pooled.share.any()
    middle, expected = median(same, level=level), curve.median()
    assert [middle.value, middle.ci_low, middle.ci_high] == [
        expected.value,
        expected.ci_low,
        expected.ci_high,
    ]


@given(arms(n_draws=4))
@settings(max_examples=60)
def test_pooled_survival_falls_and_stays_in_its_band(draws):
    some = ensemble(*draws)
    end = min(d.time.max() for d in draws)
    pooled = pooled_curve(as_draws(some), times=np.arange(0, end + 1))
    assert np.all(np.diff(pooled.survival) <= 1e-12)
    assert np.all((pooled.ci_low >= 0) & (pooled.ci_low <= pooled.survival + 1e-12))
    assert np.all((pooled.survival <= pooled.ci_high + 1e-12) & (pooled.ci_high <= 1))
    assert pooled.se == pytest.approx(
        np.hypot(pooled.pooled.se_sampling, pooled.pooled.se_reconstruction)
    )
    lowest, highest = (
        f([kaplan_meier(d)(pooled.time) for d in draws], axis=0) for f in (np.min, np.max)
    )
    # one with nobody left counts half a patient left, which may be more than another has
    assert np.all((pooled.survival <= highest + 1e-9) | (lowest == 0))
    # one without event counts half an event, one with nobody left half a patient
    assert np.all(pooled.survival >= np.minimum(lowest, np.exp(-0.5 / some.n)) - 1e-9)


def test_survival_by_hand():
    """Four patients, S(2) = 3/4 and 1/2: the mean of log(-log S), Greenwood's V / (log S)^2."""
    some = ensemble(draw([1, 3], [9, 9]), draw([1, 2], [9, 9]))
    pooled = survival(some, [2], level=0.9)
    g = np.log(-np.log([0.75, 0.5]))
    w = np.mean([(1 / 12) / np.log(0.75) ** 2, (1 / 12 + 1 / 6) / np.log(0.5) ** 2])
    b = (g[0] - g[1]) ** 2 / 2
    total = w + 1.5 * b
    s = math.exp(-math.exp(g.mean()))
    assert pooled.value[0] == pytest.approx(s, rel=1e-12)
    slope = -s * math.log(s)
    assert pooled.se_sampling[0] == pytest.approx(slope * math.sqrt(w), rel=1e-12)
    assert pooled.se_reconstruction[0] == pytest.approx(slope * math.sqrt(1.5 * b), rel=1e-12)
    assert pooled.share[0] == pytest.approx(b / total, rel=1e-12)
    half = student_t.ppf(0.95, (total / (1.5 * b)) ** 2) * math.sqrt(total)
    expected = [math.exp(-math.exp(g.mean() + half)), math.exp(-math.exp(g.mean() - half))]
    assert [pooled.ci_low[0], pooled.ci_high[0]] == pytest.approx(expected, rel=1e-12)
    assert (pooled.arm[0], pooled.time[0], pooled.unit[0]) == ("A", 2, "probability")
    one = survival_at(some, 2, level=0.9)
    assert (one.draws, one.level, one.time_unit) == (2, 0.9, "months")
    assert one.interval == "sampling and reconstruction error, under assumed censoring"
    assert "share" in one._repr_html_()


def test_survival_where_some_draws_are_at_one():
    """At 1.5 one draw has no event: half an event of four patients, variance 2."""
    some = ensemble(draw([1, 3], [9, 9]), draw([2, 3], [9, 9]))
    pooled = survival(some, [0.5, 1.5])
    assert pooled.loc[0, WORDS].tolist() == [1, 0, 0, 0, 1, 1, 0]
    g = np.log([-math.log(0.75), 0.5 / 4])
    assert pooled.value[1] == pytest.approx(math.exp(-math.exp(g.mean())), rel=1e-12)
    slope = -pooled.value[1] * math.log(pooled.value[1])
    w = np.mean([(1 / 12) / np.log(0.75) ** 2, 2])
    assert pooled.se_sampling[1] == pytest.approx(slope * math.sqrt(w), rel=1e-12)


def test_survival_where_some_or_all_draws_are_at_zero():
    """Two patients: nobody is left at 3 in one draw (half a patient of one), at 4 in both."""
    some = ensemble(draw([1, 3]), draw([1, 4]))
    pooled = survival(some, [3, 4, 100])
    g = np.log([-math.log(0.5 * 0.5), -math.log(0.5)])
    assert pooled.value[0] == pytest.approx(math.exp(-math.exp(g.mean())), rel=1e-12)
    at_zero = pooled.loc[1:, WORDS]
    assert np.all(at_zero[["value", "se", "ci_low", "share"]] == 0)
    before = kaplan_meier(draw([1, 3])).at(1)
    assert at_zero["ci_high"].tolist() == pytest.approx([before.ci_high] * 2, rel=1e-12)
    everybody_at_once = ensemble(draw([3, 3]), draw([3, 3]))
    assert survival(everybody_at_once, [3]).ci_high[0] == 1


def test_a_band_of_two_draws_that_have_little_in_common_is_the_whole_range():
    """Two draws give about one degree of freedom, and a band too wide for its transform."""
    some = ensemble(draw([1], [9] * 9999), draw([1] * 9999, [9]))
    pooled = survival(some, [1])
    assert pooled.ci_low[0] == 0
    assert pooled.ci_high[0] == pytest.approx(1, abs=1e-6)


def test_survival_beyond_a_draw_is_refused():
    some = ensemble(draw([1], [9, 9]), draw([1], [7, 7]))
    with pytest.raises(InputError, match=r"draw 2 is known from 0 to 7 months; `times` has 8"):
        survival(some, [3, 8])
    with pytest.raises(InputError, match="`times` has -1"):
        survival(some, -1)


def test_many_times_are_worked_on_in_pieces(monkeypatch):
    some = ensemble(draw([1, 3, 5], [9, 9]), draw([2, 4, 6], [9, 9]))
    whole = survival(some, np.arange(9))
    monkeypatch.setattr(over_draws, "CELLS", 4)
    assert survival(some, np.arange(9)).equals(whole)


def test_the_median_inverts_the_pooled_curve_by_hand():
    """Drops of 1/5 at 1, 2 and 3 or 3.5: at 3 the curve is pooled from 0.4 and 0.6.

    The mean of log(-log 0.4) and log(-log 0.6) is that of S = 0.505, above one half; the
    median is 3.5, where both are at 0.4, and not the mean 3.25 of the draws' medians.
    """
    some = ensemble(draw([1, 2, 3], [6, 6]), draw([1, 2, 3.5], [6, 6]))
    assert survival(some, 3).value[0] == pytest.approx(0.5045, abs=5e-5)
    pooled = median(some)
    assert pooled.value == 3.5
    at = survival(some, [1, 2, 3, 3.5])
    assert pooled.ci_low == at.time[np.flatnonzero(at.ci_low <= 0.5)[0]]
    assert math.isinf(pooled.ci_high)
    assert math.isinf(pooled.se)
    assert pooled.quantity == "median"
    assert set(WORDS) <= set(pooled.to_frame().columns)


def test_a_median_that_some_draws_do_not_reach_is_still_inverted():
    """Averaging would have to leave out, or invent, the draw in which it is not reached."""
    reached = draw([1, 2, 3, 4, 5], [9] * 4)
    missed = draw([1, 2, 3, 4], [9] * 5)
    assert math.isinf(kaplan_meier(missed).median().value)
    assert math.isfinite(median(ensemble(reached, reached, missed)).value)
    lost = median(ensemble(reached, missed, missed))
    assert math.isinf(lost.value)
    assert math.isinf(lost.ci_high)
    assert math.isfinite(lost.ci_low)


def test_a_median_beyond_the_shortest_draw_is_not_reached():
    """One draw ends at 2 without having come down: nothing is known of the pooled curve after."""
    some = ensemble(draw([1, 3, 4], [9]), draw([1], [2, 2, 2]))
    assert math.isinf(median(some).value)


def test_a_median_without_any_event():
    pooled = median(ensemble(draw([], [3, 4]), draw([], [3, 5])))
    assert math.isinf(pooled.value)
    assert math.isinf(pooled.se_sampling)
    assert (pooled.se_reconstruction, pooled.share) == (0, 0)


def test_the_errors_of_a_median_are_parts_of_its_width(rng):
    """The width of the interval is that of the total; its parts are the pooled curve's."""
    draws = [
        draw(t[:40], t[40:])
        for t in (rng.exponential(10, 60) * math.exp(rng.normal(0, 0.2)) for _ in range(12))
    ]
    pooled = median(ensemble(*draws))
    width = (pooled.ci_high - pooled.ci_low) / (2 * norm.ppf(0.975))
    assert pooled.se == pytest.approx(width, rel=1e-12)
    assert math.hypot(pooled.se_sampling, pooled.se_reconstruction) == pytest.approx(pooled.se)
    at = survival(ensemble(*draws), pooled.value)
    assert pooled.share == at.share[0]
    assert pooled.se_sampling / pooled.se == pytest.approx(at.se_sampling[0] / at.se[0])


def test_rmst_by_hand():
    """Areas to 4: 1 + 3 x 3/4 = 3.25 and 2 + 2 x 3/4 = 3.5, of Greenwood's variances."""
    some = ensemble(draw([1], [5, 5, 5]), draw([2], [5, 5, 5]))
    pooled = rmst(some, horizon=4)
    areas = [rmst(d, horizon=4) for d in some]
    by_hand = pool([3.25, 3.5], [a.se**2 for a in areas])
    assert pooled.to_frame()[WORDS].equals(by_hand.to_frame()[WORDS])
    assert (pooled.quantity, pooled.time, pooled.unit) == ("RMST", 4, "months")
    with pytest.raises(InputError, match=r"draw 1: .*known from 0 to 5 months; got 6"):
        rmst(some, horizon=6)


def test_draws_of_two_methods_are_never_pooled():
    """An ensemble has one method, and nothing takes two ensembles, or a bare list, of one arm."""
    figure = ensemble(draw([1], [5]), draw([2], [5]), method="figure")
    other = ensemble(draw([1], [5]), draw([3], [5]), method="median")
    with pytest.raises(TypeError):
        _ = figure + other
    both = [*figure, *other]
    for wrong in ([figure, other], both):
        for call in (
            lambda e: survival(e, [1]),
            median,
            lambda e: rmst(e, horizon=3),
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
