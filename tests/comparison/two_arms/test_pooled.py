"""Contrasts over draws: both errors apart and together, and what may not be paired."""

from __future__ import annotations

import math

import numpy as np
import pytest

from survcomp.comparison import (
    bootstrap_pair,
    bucher,
    naive_hazard_ratio,
    naive_rmst_difference,
)
from survcomp.comparison.two_arms.pair_bootstrap import bootstrap_seeds
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation import hazard_ratio, pool, rmst
from survcomp.values import IPD, Basis, Ensemble


def times(scale, n, rng):
    time, limit = rng.exponential(scale, n), rng.uniform(4, 30, n)
    event = time <= limit
    return time[event], limit[~event]


def scaled(events, censored, factor, name, **fields) -> IPD:
    return IPD.from_times(
        events * factor, censored * factor, arm=name, time_unit="months", **fields
    )


def noisy(name, scale, n, rng, *, tau, m, method="by hand", **fields) -> Ensemble:
    """Draws that are known up to a common factor of their times, exp(N(0, tau^2)).

    What was published is off by such a factor from the data, and the draws by another from what
    was published: given what was published, the data are as likely as any draw.
    """
    events, censored = times(scale, n, rng)
    published = math.exp(tau * rng.normal())
    draws = tuple(
        scaled(events, censored, published * math.exp(tau * rng.normal()), name, **fields)
        for _ in range(m)
    )
    return Ensemble(draws=draws, method=method, curve_id=f"T/{name}/PFS")


def same(ipd: IPD, m=3) -> Ensemble:
    return Ensemble(draws=(ipd,) * m, method="by hand", curve_id="T/A/PFS")


@pytest.fixture
def arms(rng):
    known = dict(origin="observed", censoring="observed")
    a = scaled(*times(20, 60, rng), 1.0, "A", **known)
    b = scaled(*times(9, 80, rng), 1.0, "B", **known)
    return a, b


@pytest.fixture
def ensembles(rng):
    return (
        noisy("A", 20, 60, rng, tau=0.2, m=7, method="landmarks"),
        noisy("B", 9, 80, rng, tau=0.1, m=7, method="figure"),
    )


def test_draws_that_agree_give_the_naive_contrast(arms):
    a, b = arms
    pooled, plain = (
        naive_hazard_ratio(same(a), same(b), outcome="PFS"),
        naive_hazard_ratio(a, b, outcome="PFS"),
    )
    for name in ("link_value", "se", "link_ci", "p"):
        assert getattr(pooled, name) == pytest.approx(getattr(plain, name), abs=1e-8)
    assert pooled.se_reconstruction == 0
    assert pooled.assumptions == plain.assumptions
    assert pooled.population == plain.population
    pooled = naive_rmst_difference(same(a), same(b), outcome="PFS", horizon=12)
    plain = naive_rmst_difference(a, b, outcome="PFS", horizon=12)
    for name in ("link_value", "se", "link_ci"):
        assert getattr(pooled, name) == pytest.approx(getattr(plain, name), rel=1e-10)
    assert pooled.assumptions == plain.assumptions


def test_the_hazard_ratio_is_pooled_over_pairs(ensembles):
    a, b = ensembles
    fits = [hazard_ratio(x, y) for x, y in zip(a, b, strict=True)]
    expected = pool([f.log_hr for f in fits], [f.se**2 for f in fits], level=0.9)
    pooled = naive_hazard_ratio(a, b, outcome="PFS", level=0.9)
    assert pooled.link_value == pytest.approx(expected.value, abs=1e-8)
    assert pooled.se_sampling == pytest.approx(expected.se_sampling, abs=1e-8)
    assert pooled.se_reconstruction == pytest.approx(expected.se_reconstruction, abs=1e-8)
    assert pooled.se == pytest.approx(expected.se, abs=1e-8)
    assert [pooled.link_ci[0], pooled.link_ci[1]] == pytest.approx(
        [expected.ci_low, expected.ci_high], abs=1e-7
    )
    share = f"Reconstruction error is {100 * expected.share:.1f}% of the total variance (B/T), from"
    assert pooled.remarks == (*pooled.notes, f"{share} 7 draws.")
    assert "no adjustment possible: no covariates" in pooled.notes
    assert pooled.interval == "sampling and reconstruction error, under assumed censoring"
    assert pooled.p is None
    assert "7 draws (A: drawn by landmarks; B: drawn by figure)" in pooled.method
    assert pooled.to_frame()["se_reconstruction"].tolist() == [pooled.se_reconstruction]


def test_observed_patients_go_with_every_draw(ensembles, arms):
    a, b = ensembles[0], arms[1]
    pooled = naive_hazard_ratio(a, b, outcome="PFS")
    fits = [hazard_ratio(x, b).log_hr for x in a]
    assert pooled.link_value == pytest.approx(np.mean(fits), abs=1e-8)
    assert pooled.se_reconstruction == pytest.approx(math.sqrt(8 / 7 * np.var(fits, ddof=1)))
    assert "B: observed patients" in pooled.method
    back = naive_hazard_ratio(b, a, outcome="PFS")
    assert back.link_value == pytest.approx(-pooled.link_value, abs=1e-9)
    assert back.link_ci[0] == pytest.approx(-pooled.link_ci[1], abs=1e-9)


def test_the_rmst_difference_is_pooled_over_pairs(ensembles):
    a, b = ensembles
    areas = [[rmst(d, horizon=3) for d in side] for side in ensembles]
    expected = pool(
        [x.value - y.value for x, y in zip(*areas, strict=True)],
        [x.se**2 + y.se**2 for x, y in zip(*areas, strict=True)],
    )
    pooled = naive_rmst_difference(a, b, outcome="PFS", horizon=3)
    assert pooled.link_value == pytest.approx(expected.value, rel=1e-10)
    assert pooled.se_sampling == pytest.approx(expected.se_sampling, rel=1e-10)
    assert [pooled.link_ci[0], pooled.link_ci[1]] == pytest.approx(
        [expected.ci_low, expected.ci_high]
    )
    assert pooled.p is None
    with pytest.raises(InputError, match=r"draw 1: .*known from 0 to"):
        naive_rmst_difference(a, b, outcome="PFS", horizon=300)


def test_a_p_value_where_no_censoring_was_assumed(rng):
    counted = dict(censoring="from published counts")
    a = noisy("A", 20, 60, rng, tau=0.2, m=5, **counted)
    b = noisy("B", 9, 80, rng, tau=0.2, m=5, **counted)
    pooled = naive_hazard_ratio(a, b, outcome="PFS")
    assert pooled.interval == "sampling and reconstruction error"
    assert 0 < pooled.p < 1
    assert (pooled.p < 0.05) == (pooled.link_ci[1] < 0 or pooled.link_ci[0] > 0)


def test_draws_in_random_order_are_the_same_draws(ensembles):
    a, b = ensembles
    plain = naive_hazard_ratio(a, b, outcome="PFS")
    mixed = naive_hazard_ratio(a, b, outcome="PFS", rng=np.random.default_rng(1))
    again = naive_hazard_ratio(a, b, outcome="PFS", rng=1)
    assert mixed == again
    assert mixed.link_value != plain.link_value
    assert mixed.link_value == pytest.approx(plain.link_value, abs=0.02)


def test_the_same_checks_as_without_draws(ensembles, arms):
    infused = Basis(analysis_set="infused", index_date="infusion")
    randomised = Basis(analysis_set="randomised")
    a = same(scaled(np.array([1.0, 2]), np.array([3.0]), 1, "A", basis=infused))
    b = same(scaled(np.array([1.0, 2]), np.array([3.0]), 1, "B", basis=randomised))
    for call in (
        lambda: naive_hazard_ratio(a, b, outcome="PFS"),
        lambda: naive_rmst_difference(a, b, outcome="PFS", horizon=2),
    ):
        with pytest.raises(IncompatibleError, match="immortal time"):
            call()
    with pytest.raises(IncompatibleError, match="convert one with in_unit"):
        naive_hazard_ratio(ensembles[0], arms[1].in_unit("days"), outcome="PFS")
    with pytest.raises(InputError, match="has colour"):
        naive_hazard_ratio(*ensembles, outcome="PFS", assumptions={"colour": "Blue."})


def test_what_cannot_be_paired(ensembles, arms, rng):
    a, b = ensembles
    fewer = Ensemble(draws=b.draws[:5], method="figure", curve_id="T/B/PFS")
    with pytest.raises(InputError, match="`treatment` has 7 draws and `comparator` 5"):
        naive_hazard_ratio(a, fewer, outcome="PFS")
    with pytest.raises(InputError, match="`comparator` is one reconstructed data set of arm 'B'"):
        naive_hazard_ratio(a, b[0], outcome="PFS")
    with pytest.raises(InputError, match="Draws of different methods are never pooled"):
        naive_hazard_ratio([*a, *b], b, outcome="PFS")
    lost = IPD.from_times([], [5.0] * 60, arm="A", time_unit="months")
    some = Ensemble(draws=(*a.draws[:6], lost), method="landmarks", curve_id="T/A/PFS")
    with pytest.raises(
        InputError, match=r"1 of 7 pairs .*'A' against 'B'; in draw 7 the treated arm has no event"
    ):
        naive_hazard_ratio(some, b, outcome="PFS")


def test_bucher_carries_the_error_of_the_reconstruction_on(ensembles, arms):
    pooled = naive_hazard_ratio(*ensembles, outcome="PFS")
    plain = naive_hazard_ratio(scaled(np.arange(1.0, 9), np.arange(9.0, 12), 1, "C"), arms[1],
                               outcome="PFS")  # fmt: skip
    indirect = bucher(pooled, plain, population="any")
    assert indirect.se == pytest.approx(math.hypot(pooled.se, plain.se), rel=1e-12)
    assert indirect.se_reconstruction == pooled.se_reconstruction
    assert indirect.link_ci[1] - indirect.link_ci[0] == pytest.approx(
        2 * 1.959963985 * indirect.se, rel=1e-8
    )
    words = "sampling and reconstruction error of the two effects, under assumed censoring"
    assert indirect.interval == words


def test_the_bootstrap_is_the_same_however_the_work_is_divided(ensembles):
    whole = bootstrap_pair(*ensembles, replicates=23, rng=np.random.default_rng(5))
    seeds = np.random.SeedSequence(5).spawn(23)
    parts = [bootstrap_seeds(*ensembles, seeds=seeds[i : i + 7]) for i in range(0, 23, 7)]
    assert np.concatenate([p.log_hr for p in parts]).tolist() == whole.log_hr.tolist()
    more = bootstrap_pair(*ensembles, replicates=30, rng=np.random.default_rng(5))
    assert more.log_hr[:23].tolist() == whole.log_hr.tolist()
    assert whole.to_frame()["replicate"].tolist() == list(range(1, 24))


def test_the_bootstrap_does_not_offer_one_data_set_as_a_way_out(ensembles):
    one = ensembles[0].draws[0]
    with pytest.raises(InputError, match=r"give the reconstruction with its draws\.$"):
        bootstrap_pair(one, ensembles[1].draws[0], replicates=5, rng=1)
    with pytest.raises(InputError, match=r"or one data set of each arm \(`\.ipd`\)"):
        naive_hazard_ratio(one, ensembles[1], outcome="PFS")


def test_the_bootstrap_does_not_depend_on_its_batches(ensembles, monkeypatch):
    whole = bootstrap_pair(*ensembles, replicates=20, rng=np.random.default_rng(5))
    monkeypatch.setattr("survcomp.comparison.two_arms.pair_bootstrap.PATIENTS_AT_ONCE", 300)
    parts = bootstrap_pair(*ensembles, replicates=20, rng=np.random.default_rng(5))
    assert parts.log_hr.tolist() == whole.log_hr.tolist()


def test_the_spread_of_the_bootstrap_is_the_total_error(ensembles):
    """No second B is added: the replicates' own standard deviation is sqrt(W + B)."""
    pair = bootstrap_pair(*ensembles, replicates=4000, rng=np.random.default_rng(2))
    total = naive_hazard_ratio(*ensembles, outcome="PFS")
    between = math.sqrt(7 / 8) * total.se_reconstruction
    assert pair.n_failed == 0
    assert np.std(pair.log_hr) == pytest.approx(math.hypot(total.se, between), rel=0.08)


def test_replicates_without_estimate_are_counted(arms):
    rare = IPD.from_times([3.0], [5.0] * 9, arm="A", time_unit="months", origin="observed")
    pair = bootstrap_pair(rare, arms[1], replicates=300, rng=np.random.default_rng(2))
    assert pair.n_failed == int(np.isnan(pair.log_hr).sum())
    # (1 - 1/10)^10 of the resamples leave the only event out
    assert pair.n_failed / 300 == pytest.approx(0.9**10, abs=0.1)


@pytest.mark.parametrize("replicates", [0, -1, 2.5, True])
def test_replicates_are_counted_in_whole_numbers(arms, replicates):
    with pytest.raises(InputError, match="`replicates` must be a whole number above 0"):
        bootstrap_pair(*arms, replicates=replicates, rng=np.random.default_rng(2))


@pytest.mark.slow
@pytest.mark.parametrize(("tau", "m"), [(0.1, 20), (0.3, 20), (0.3, 5)])
def test_the_interval_covers_the_population_value(tau, m):
    """600 pairs of exponential arms of HR 0.45, drawn with known noise: 95 % to 3 SE of 0.9 %."""
    rng = np.random.default_rng(20261121)
    truth = math.log(9 / 20)
    inside, sampling_only = [], []
    for _ in range(600):
        pooled = naive_hazard_ratio(
            noisy("A", 20, 60, rng, tau=tau, m=m),
            noisy("B", 9, 80, rng, tau=tau, m=m),
            outcome="PFS",
        )
        inside.append(pooled.link_ci[0] <= truth <= pooled.link_ci[1])
        sampling_only.append(abs(pooled.link_value - truth) <= 1.96 * pooled.se_sampling)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.027)
    if tau > 0.2:
        assert np.mean(sampling_only) < 0.85
