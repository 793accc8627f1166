"""A pair of arms against its published hazard ratio: held out, or imposed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from support.effects import printed_effect
from support.published import patients, published, simulate

from survcomp.errors import ContradictionError, IncompatibleError, InputError
from survcomp.estimation import hazard_ratio, two_arm_log_hrs
from survcomp.reconstruction.pair import PairReconstruction, reconstruct_pair

DRAWS = 80


@pytest.fixture(scope="module")
def arms():
    rng = np.random.default_rng(3)
    new = patients(*simulate(60, rng, mean=45.0), arm="new")
    old = patients(*simulate(60, rng, mean=20.0), arm="old")
    return new, old


@pytest.fixture(scope="module")
def curves(arms):
    new, old = arms
    return published(new), published(old, arm="b")


def printed(ratio, **changes):
    low, high = ratio / 1.6, ratio * 1.6
    made = printed_effect(
        treatment="new", comparator="old", outcome="OS", measure="log_hr", population="T",
        value=ratio, ci_low=low, ci_high=high,
    )  # fmt: skip
    return replace(made, **changes)


@pytest.fixture(scope="module")
def true_ratio(arms):
    new, old = arms
    (log_hr,) = two_arm_log_hrs([new], [old]).log_hr
    return round(float(np.exp(log_hr)), 2)


@pytest.fixture(scope="module")
def held_out(curves, true_ratio) -> PairReconstruction:
    return reconstruct_pair(*curves, contrast=printed(true_ratio), draws=DRAWS, rng=5)


def test_the_true_hazard_ratio_is_predicted(held_out, true_ratio):
    assert held_out.verdict == "agrees"
    assert abs(held_out.difference_in_sd) < 3
    assert math.exp(held_out.rebuilt) == pytest.approx(true_ratio, abs=0.03)
    assert held_out.sd < 0.1 * held_out.rebuilt_se  # a traced figure leaves little open
    assert held_out.published_se == pytest.approx(2 * math.log(1.6) / (2 * 1.959964), abs=1e-6)


def test_numbers_are_those_of_the_draws(held_out):
    fits = two_arm_log_hrs(held_out.a.ensemble.draws, held_out.b.ensemble.draws)
    assert held_out.rebuilt == fits.log_hr.mean()
    assert held_out.sd == fits.log_hr.std(ddof=1)
    assert (held_out.after, held_out.after_sd) == (held_out.rebuilt, held_out.sd)
    assert held_out.effective_draws == DRAWS
    first = hazard_ratio(held_out.a.ensemble[0], held_out.b.ensemble[0])
    assert first.log_hr == pytest.approx(fits.log_hr[0], abs=1e-5)
    row = held_out.to_frame().iloc[0]
    assert row["difference"] == row["rebuilt"] - row["published"]


def test_another_hazard_ratio_differs(curves, true_ratio):
    pair = reconstruct_pair(*curves, contrast=printed(true_ratio + 0.2), draws=12, rng=5)
    assert pair.verdict == "differs"
    assert pair.difference_in_sd < -5


def test_imposing_meets_the_printed_ratio_and_earns_no_verdict(curves, held_out):
    off = round(math.exp(held_out.rebuilt + 0.7 * held_out.sd), 3)
    contrast = printed(off)
    pair = reconstruct_pair(*curves, contrast=contrast, draws=DRAWS, rng=5, impose_unadjusted=True)
    assert pair.verdict == "imposed"
    assert pair.rebuilt == held_out.rebuilt  # of before
    assert abs(pair.after - pair.published) < abs(pair.rebuilt - pair.published)
    assert pair.after_sd < pair.sd
    assert 10 <= pair.effective_draws < DRAWS
    assert len(pair.a.ensemble) == len(pair.b.ensemble) == DRAWS
    # pairs stay pairs: the resampled draws have the ratios that the notes give
    again = two_arm_log_hrs(pair.a.ensemble.draws, pair.b.ensemble.draws).log_hr
    assert again.mean() == pytest.approx(pair.after)
    kept = set(again.round(12))
    assert kept < set(
        two_arm_log_hrs(held_out.a.ensemble.draws, held_out.b.ensemble.draws).log_hr.round(12)
    )
    assert "imposed" in pair.a.ensemble.method
    assert "says nothing about how good" in " ".join(pair.notes)
    # the data set shown is the curve's own and is left alone
    assert np.array_equal(pair.a.ipd.time, held_out.a.ipd.time)


def test_a_ratio_out_of_reach_is_refused(curves, held_out):
    with pytest.raises(ContradictionError, match=r"cannot be reached .* published 0.9; "):
        reconstruct_pair(*curves, contrast=printed(0.9), draws=12, rng=5, impose_unadjusted=True)


def test_draws_that_all_lie_equally_far_off_do_not_pass_for_effective(arms, curves, monkeypatch):
    """Weights that hardly differ give a high effective number wherever the draws lie."""
    from survcomp.reconstruction import pair

    monkeypatch.setattr(pair, "FINEST_ROUNDING", 0.2)
    with pytest.raises(ContradictionError, match="cannot be reached"):
        reconstruct_pair(*curves, contrast=printed(0.9), draws=12, rng=5, impose_unadjusted=True)


def test_the_same_seed_gives_the_same_pair(curves, true_ratio):
    one, two = (
        reconstruct_pair(*curves, contrast=printed(true_ratio), draws=3, rng=9) for _ in "ab"
    )
    assert (one.rebuilt, one.sd) == (two.rebuilt, two.sd)


@pytest.mark.parametrize(
    ("ratio", "rounding"), [(0.5, 0.01), (0.74, 0.005 / 0.74), (0.743, 0.0005 / 0.743), (2, 0.0025)]
)
def test_rounding_is_half_the_last_printed_digit(ratio, rounding):
    from survcomp.reconstruction.pair import _rounding

    assert _rounding(printed(ratio)) == pytest.approx(rounding)


def test_systematic_resampling_keeps_shares():
    from survcomp.reconstruction.pair import _systematic

    weight = np.array([0.5, 0.25, 0.25, 0.0])
    chosen = _systematic(weight, np.random.default_rng(1))
    assert np.bincount(chosen, minlength=4).tolist() == [2, 1, 1, 0]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"treatment": "old", "comparator": "new"}, IncompatibleError, "other way round"),
        ({"treatment": "newer"}, IncompatibleError, "'newer' against 'old', but `a` is 'new'"),
        ({"outcome": "PFS"}, IncompatibleError, "one endpoint; got 'PFS' and 'OS'"),
        ({"measure": "log_or"}, InputError, "must be 'log_hr'; got 'log_or'"),
    ],
)
def test_a_contrast_of_something_else_is_refused(curves, change, error, message):
    with pytest.raises(error, match=message):
        reconstruct_pair(*curves, contrast=printed(0.5, **change), draws=2)


def test_an_adjusted_ratio_is_compared_but_not_imposed(curves):
    adjusted = printed(0.5, adjustment="regression")
    with pytest.raises(IncompatibleError, match="only an unadjusted one can be imposed"):
        reconstruct_pair(*curves, contrast=adjusted, draws=2, impose_unadjusted=True)
    with pytest.raises(InputError, match="at least 2; got 1"):
        reconstruct_pair(*curves, contrast=adjusted, draws=1)
    assert reconstruct_pair(*curves, contrast=adjusted, draws=2, rng=1).verdict in (
        "agrees",
        "differs",
    )


def test_two_trials_or_units_are_no_pair(curves):
    a, b = curves
    with pytest.raises(IncompatibleError, match="one trial; got 'T' and 'U'"):
        reconstruct_pair(a, replace(b, trial="U"), contrast=printed(0.5), draws=2)
    with pytest.raises(IncompatibleError, match="one time_unit"):
        reconstruct_pair(a, replace(b, time_unit="weeks"), contrast=printed(0.5), draws=2)
