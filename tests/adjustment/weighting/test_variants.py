"""Maximum ESS, balance to a tolerance, two stages: optimal, and what they claim to be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from support.adjusting import patients, reachable, target

from survcomp.adjustment import (
    approximate_weights,
    balance_table,
    maic_weights,
    max_ess_weights,
    two_stage_weights,
)
from survcomp.errors import InfeasibleTargetError, InputError
from survcomp.values import IPD, SD, Mean, Median, Population, Proportion, Quantile

seeds = st.integers(0, 2**32 - 1)


def columns(ipd: IPD, goal: Population, names) -> np.ndarray:
    """Covariates less the target's means, in standard deviations."""
    x = ipd.covariates[list(names)].to_numpy()
    return (x - [goal.named(name)[0].value for name in names]) / x.std(axis=0)


def imbalance(weights, ipd, goal, names) -> np.ndarray:
    return weights.value @ columns(ipd, goal, names) / weights.value.sum()


def every_method():
    return {
        "entropy": maic_weights,
        "max ESS": max_ess_weights,
        "ESS to 0.05": lambda *a, **k: approximate_weights(*a, tolerance=0.05, **k),
        "entropy to 0.05": lambda *a, **k: approximate_weights(
            *a, tolerance=0.05, maximise="entropy", **k
        ),
    }


def test_the_largest_ess_of_one_column():
    """x = 1..10, target 8, methods/peers.md M5: 0, 0, 0, 1/28, 2/28, ..., 7/28."""
    weights = max_ess_weights(
        patients(x=range(1, 11)), target(Mean(name="x", value=8)), match=["x"]
    )
    shares = weights.value / weights.value.sum()
    assert shares == pytest.approx([0, 0, 0, *(np.arange(1, 8) / 28)], abs=1e-13)
    assert weights.ess == pytest.approx(5.6, abs=1e-12)
    assert shares @ np.arange(1, 11) == pytest.approx(8, abs=1e-12)  # not 7: peers.md 2.2


def test_the_largest_ess_by_lagrange():
    """Without a weight at 0 the optimum is linear: w = 1 - (m / v) (x - m - ...) by hand."""
    x = np.array([0.0, 1.0, 2.0, 3.0])
    weights = max_ess_weights(patients(x=x), target(Mean(name="x", value=1.75)), match=["x"])
    # w = 1 + b (x - 1.5) with mean 1; sum w x / 4 = 1.5 + b * 1.25 = 1.75, so b = 0.2
    assert weights.value == pytest.approx([0.7, 0.9, 1.1, 1.3], abs=1e-12)


@given(seeds, st.integers(1, 5), st.floats(0.02, 3.0))
@settings(max_examples=60)
def test_no_weights_that_balance_have_a_larger_ess(seed, p, concentration):
    """The conditions for the optimum: w = max(0, a linear function), and it balances."""
    ipd, goal, names = reachable(seed, p=p, concentration=concentration)
    weights = max_ess_weights(ipd, goal, match=names)
    z = columns(ipd, goal, names)
    assert np.abs(imbalance(weights, ipd, goal, names)).max() < 1e-9
    b = np.array([weights.coefficients[j][1] for j in range(p)]) * ipd.covariates.std(ddof=0)
    on = weights.value > 1e-9
    level = (weights.value - z @ b.to_numpy())[on].mean()
    assert np.maximum(level + z @ b.to_numpy(), 0) == pytest.approx(weights.value, abs=1e-6)
    try:
        usual = maic_weights(ipd, goal, match=names)
    except InfeasibleTargetError:
        return  # so near the edge that only weights of 0 for some balance
    assert weights.ess >= usual.ess - 1e-6


@given(seeds, st.integers(1, 4), st.sampled_from(["ess", "entropy"]))
@settings(max_examples=60)
def test_balance_to_a_tolerance(seed, p, maximise):
    """Within the tolerance, on its limit where a coefficient pushes, and better for more of it."""
    ipd, goal, names = reachable(seed, p=p, concentration=0.2)
    sizes = []
    for tolerance in (0.02, 0.1, 0.5, 50.0):
        weights = approximate_weights(
            ipd, goal, match=names, tolerance=tolerance, maximise=maximise
        )
        left = imbalance(weights, ipd, goal, names)
        assert np.abs(left).max() <= tolerance + 1e-9
        assert weights.largest_imbalance == pytest.approx(np.abs(left).max(), abs=1e-12)
        for (_, a), off in zip(weights.coefficients, left, strict=True):
            assert a == 0 or off == pytest.approx(-np.sign(a) * tolerance, abs=1e-9)
        assert weights.value.mean() == pytest.approx(1)
        sizes.append(weights.ess)
    if maximise == "ess":
        assert sizes == sorted(sizes)
        assert sizes[0] >= max_ess_weights(ipd, goal, match=names).ess
    assert sizes[-1] == pytest.approx(ipd.n)  # everything is within 50: equal weights


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("maximise", ["ess", "entropy"])
def test_balance_to_a_tolerance_against_a_general_optimiser(seed, maximise):
    """The primal problem, in one weight a patient, by sequential quadratic programming."""
    ipd, goal, names = reachable(seed, p=2, n=12)
    z = columns(ipd, goal, names)
    weights = approximate_weights(ipd, goal, match=names, tolerance=0.1, maximise=maximise)
    aim = {"ess": lambda w: w @ w, "entropy": lambda w: w @ np.log(np.maximum(w, 1e-300))}
    minimum = minimize(
        aim[maximise],
        np.ones(12) / 12,
        bounds=[(1e-12, 1)] * 12,
        constraints=[
            {"type": "eq", "fun": lambda w: w.sum() - 1},
            {"type": "ineq", "fun": lambda w: 0.1 - w @ z},
            {"type": "ineq", "fun": lambda w: 0.1 + w @ z},
        ],
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert weights.value / 12 == pytest.approx(minimum.x, abs=2e-5)


@pytest.mark.parametrize("name", list(every_method()))
def test_units_and_the_order_of_columns_and_patients_change_nothing(name):
    method = every_method()[name]
    ipd, goal, names = reachable(7, p=3, concentration=0.3)
    plain = method(ipd, goal, match=names)
    scaled = patients(**{k: 1000 * ipd.covariates[k] + 5e4 for k in names})
    moved = target(*(Mean(name=k, value=1000 * goal.named(k)[0].value + 5e4) for k in names))
    assert method(scaled, moved, match=names).value == pytest.approx(
        plain.value, rel=1e-6, abs=1e-8
    )
    assert method(ipd, goal, match=names[::-1]).value == pytest.approx(
        plain.value, rel=1e-8, abs=1e-9
    )
    order = np.random.default_rng(1).permutation(ipd.n)
    shuffled = patients(**{k: ipd.covariates[k].to_numpy()[order] for k in names})
    assert method(shuffled, goal, match=names).value == pytest.approx(
        plain.value[order], rel=1e-8, abs=1e-9
    )


@pytest.mark.parametrize("name", list(every_method()))
def test_every_method_says_what_it_is_and_refuses_what_is_out_of_reach(name):
    method = every_method()[name]
    ipd = patients(x=np.arange(10.0), y=np.tile([0.0, 1.0], 5))
    assert "weights" in method(ipd, target(Mean(name="x", value=5)), match=["x"]).method
    with pytest.raises(InfeasibleTargetError, match=r"to blame: x \(mean\): target 12, patients"):
        method(ipd, target(Mean(name="x", value=12), Mean(name="y", value=0.5)), match=["x", "y"])


def test_on_the_edge_of_the_hull_only_the_largest_ess_exists():
    """Only one patient has x = 9: with the weight of everybody else at 0 the mean is 9."""
    ipd, goal = patients(x=range(10)), target(Mean(name="x", value=9))
    weights = max_ess_weights(ipd, goal, match=["x"])
    assert weights.ess == pytest.approx(1, abs=1e-9)
    with pytest.raises(InfeasibleTargetError, match="on the edge"):
        maic_weights(ipd, goal, match=["x"])


def test_a_direction_to_blame_that_no_single_column_shows():
    """x and y rise together; the target wants x high and y low, each within its range."""
    x = np.arange(10.0)
    ipd = patients(x=x, y=x + np.tile([-0.5, 0.5], 5))
    goal = target(Mean(name="x", value=7), Mean(name="y", value=2))
    with pytest.raises(InfeasibleTargetError) as caught:
        maic_weights(ipd, goal, match=["x", "y"])
    assert "x (mean)" in str(caught.value)
    assert "y (mean)" in str(caught.value)
    assert "together: " in str(caught.value)
    assert "in the target and at most" in str(caught.value)


@pytest.mark.parametrize("tolerance", [0, -0.1, float("nan"), float("inf")])
def test_a_tolerance_must_be_above_0(tolerance):
    with pytest.raises(InputError, match="`tolerance` must be above 0"):
        approximate_weights(
            patients(x=range(9)), target(Mean(name="x", value=5)), match=["x"], tolerance=tolerance
        )


def test_a_tolerance_makes_a_target_out_of_reach_reachable():
    ipd, goal = patients(x=range(10)), target(Mean(name="x", value=9.5))
    sd = np.std(np.arange(10))
    with pytest.raises(InfeasibleTargetError, match=r"to within 0\.1 standard deviations"):
        approximate_weights(ipd, goal, match=["x"], tolerance=0.1)
    weights = approximate_weights(ipd, goal, match=["x"], tolerance=1.0)
    assert np.average(np.arange(10), weights=weights.value) == pytest.approx(9.5 - sd)


# moments


def test_quantiles_and_ties():
    """1, 2, 2, 3: the median 2 leaves 3 above under "below", and 3 and half of the 2s else."""
    ipd = patients(lines=[1, 2, 2, 3, 4])
    below = maic_weights(ipd, target(Median(name="lines", value=2)), match=["lines"])
    assert below.value[3:].sum() == pytest.approx(below.value[:3].sum())
    half = maic_weights(ipd, target(Median(name="lines", value=2, ties="half")), match=["lines"])
    above = half.value[3:].sum() + 0.5 * half.value[1:3].sum()
    assert above / half.value.sum() == pytest.approx(0.5)
    lower = Quantile(name="lines", value=1, probability=0.1)
    weights = maic_weights(ipd, target(lower), match=["lines (quantile 0.1)"])
    assert weights.value[0] / weights.value.sum() == pytest.approx(0.1)


def test_the_divisor_of_an_sd():
    rng = np.random.default_rng(4)
    x = rng.normal(60, 8, 300)

    def weighted_sd(moment: SD) -> float:
        goal = target(Mean(name="x", value=61), moment, n=25)
        weights = maic_weights(patients(x=x), goal, match=["x"])
        mean = np.average(x, weights=weights.value)
        return float(np.average((x - mean) ** 2, weights=weights.value) ** 0.5)

    assert weighted_sd(SD(name="x", value=7)) == pytest.approx(7)
    corrected = weighted_sd(SD(name="x", value=7, divisor="n - 1"))
    assert corrected == pytest.approx(7 * (24 / 25) ** 0.5)
    of_ten = weighted_sd(SD(name="x", value=7, divisor="n - 1", n=10))
    assert of_ten == pytest.approx(7 * (9 / 10) ** 0.5)


def test_one_moment_of_a_covariate_can_be_matched_alone():
    rng = np.random.default_rng(4)
    ipd = patients(x=rng.normal(60, 8, 100))
    goal = target(Mean(name="x", value=62), SD(name="x", value=5))
    alone = maic_weights(ipd, goal, match=["x (mean)"])
    assert alone.matched == ("x (mean)",)
    with pytest.raises(InputError, match="can only be matched with its mean"):
        maic_weights(ipd, goal, match=["x (SD)"])
    with pytest.raises(InputError, match="twice"):
        maic_weights(ipd, goal, match=["x", "x (mean)"])


# two stages


def test_two_stages_of_balanced_arms_are_one_stage():
    """The same patients in both arms: the propensity is 1/2 for everybody."""
    x = np.random.default_rng(3).normal(size=40)
    ipd = patients(arms=["A"] * 40 + ["C"] * 40, x=np.tile(x, 2))
    goal = target(Mean(name="x", value=0.5))
    two = two_stage_weights(ipd, goal, treatment="A", match=["x"])
    assert two.value == pytest.approx(2 * maic_weights(ipd, goal, match=["x"]).value)
    assert two.largest_imbalance < 1e-9


def test_two_stages_without_covariates_in_the_propensity():
    """Then every treated patient counts 1 / (share treated), whatever their covariates."""
    ipd, goal, names = reachable(3, p=2, n=50)
    ipd = patients(arms=["A"] * 20 + ["C"] * 30, **ipd.covariates.reset_index(drop=True))
    one = maic_weights(ipd, goal, match=names).value
    two = two_stage_weights(ipd, goal, treatment="A", match=names, propensity=[])
    assert two.value[:20] == pytest.approx(one[:20] / 0.4)
    assert two.value[20:] == pytest.approx(one[20:] / 0.6)


def test_the_arms_come_nearer_to_each_other_than_in_one_stage():
    rng = np.random.default_rng(8)
    arms = np.repeat(["A", "C"], [40, 40])
    x = rng.normal(np.where(arms == "A", 0.4, 0.0), 1)  # chance imbalance, made large
    ipd, goal = patients(arms=arms, x=x), target(Mean(name="x", value=0.5))

    def apart(weights) -> float:
        by_arm = [np.average(x[arms == a], weights=weights.value[arms == a]) for a in ("A", "C")]
        return abs(by_arm[0] - by_arm[1])

    one = maic_weights(ipd, goal, match=["x"])
    two = two_stage_weights(ipd, goal, treatment="A", match=["x"])
    assert apart(two) < 0.3 * apart(one)


def test_truncation_is_recorded():
    ipd, goal, names = reachable(5, p=2, n=100, concentration=0.3)
    ipd = patients(arms=["A", "C"] * 50, **ipd.covariates.reset_index(drop=True))
    full = two_stage_weights(ipd, goal, treatment="A", match=names)
    cut = two_stage_weights(ipd, goal, treatment="A", match=names, truncate_at=0.95)
    assert cut.value == pytest.approx(np.minimum(full.value, np.quantile(full.value, 0.95)))
    assert "5 weights truncated" in cut.notes[-1]
    assert cut.method.startswith("truncated")
    assert cut.ess > full.ess


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"treatment": "B"}, r"`treatment` must be one of two arms of the IPD; got 'B'"),
        ({"treatment": "A", "truncate_at": 95}, "`truncate_at` must be a quantile"),
        ({"treatment": "A", "propensity": ["apart"]}, "apart separate the arms"),
        ({"treatment": "A", "propensity": ["same"]}, "same is 1 for every patient"),
        ({"treatment": "A", "propensity": ["x", "x2"]}, "`propensity`: x2? .*follow"),
        ({"treatment": "A", "propensity": ["nothing"]}, "`propensity`: the IPD has no covariate"),
    ],
)  # fmt: skip
def test_what_two_stages_refuse(arguments, message):
    x = np.arange(20.0) % 7
    arms = np.repeat(["A", "C"], 10)
    ipd = patients(arms=arms, x=x, x2=2 * x + 1, apart=(arms == "A") * 1.0, same=np.ones(20))
    with pytest.raises(InputError, match=message):
        two_stage_weights(ipd, target(Mean(name="x", value=3)), match=["x"], **arguments)


def test_two_stages_leave_out_patients_without_a_propensity():
    x, y = np.arange(12.0) % 5, np.arange(12.0) % 3
    y[3] = np.nan
    ipd = patients(arms=["A", "C"] * 6, x=x, y=y)
    goal = target(Mean(name="x", value=2.2))
    options = {"treatment": "A", "match": ["x"], "propensity": ["x", "y"]}
    with pytest.raises(InputError, match=r"1 of 12 patients have missing values \(y of 1\)"):
        two_stage_weights(ipd, goal, **options)
    weights = two_stage_weights(ipd, goal, missing="exclude", **options)
    assert weights.excluded == ("4",)


def test_two_stages_of_an_arm_that_is_left_out():
    ipd = patients(arms=["A", "A", "A", "C"], x=[1.0, 2.0, 4.0, 3.0], p=[1, 1, 1, 0])
    goal = target(Mean(name="x", value=2), Proportion.from_count("p", 9, 9))
    with pytest.raises(InputError, match="all are in one arm"):
        two_stage_weights(ipd, goal, treatment="A", match=["x", "p"], all_or_none="exclude")


def test_a_proportion_matched_beside_others():
    rng = np.random.default_rng(0)
    ipd = patients(male=rng.integers(0, 2, 50), age=rng.normal(60, 8, 50))
    goal = target(Proportion.from_count("male", 70, 100), Mean(name="age", value=62))
    weights = max_ess_weights(ipd, goal, match=["male", "age"])
    assert np.average(ipd.covariates["male"], weights=weights.value) == pytest.approx(0.7)


def test_balance_knows_quantiles_and_divisors():
    """What was matched shows no difference, by the rules that it was matched by."""
    rng = np.random.default_rng(6)
    ipd = patients(x=rng.normal(60, 8, 200), lines=1.0 + rng.poisson(2, 200))
    goal = target(
        Mean(name="x", value=61),
        SD(name="x", value=7, divisor="n - 1"),
        Quantile(name="x", value=55, probability=0.25),
        Median(name="lines", value=3, ties="half"),
        n=25,
    )
    rows = balance_table(ipd, goal, maic_weights(ipd, goal, match=["x", "lines"])).rows
    assert [row.kind for row in rows] == ["mean", "SD", "quantile 0.25", "median"]
    assert [row.target for row in rows] == pytest.approx([61, 7 * (24 / 25) ** 0.5, 55, 3])
    assert [row.share_target for row in rows[2:]] == [0.75, 0.5]
    assert not rows[0].has_share
    age, lines = np.asarray(ipd.covariates["x"]), np.asarray(ipd.covariates["lines"])
    assert rows[2].before == pytest.approx(np.quantile(age, 0.25, method="averaged_inverted_cdf"))
    assert rows[3].before == np.median(lines)
    assert rows[3].after == 3
    assert rows[3].share_after == pytest.approx(0.5)
    assert rows[2].after == pytest.approx(55, abs=1.0)  # a value that a patient has
    assert [row.difference_after for row in rows] == pytest.approx([0] * 4, abs=1e-9)
    assert all(row.matched for row in rows)
