"""MAIC weights: balance reached exactly, whatever the units; targets out of reach refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from support.paths import BENCH

from survcomp.adjustment import balance_table, maic_weights
from survcomp.errors import IncompatibleError, InfeasibleTargetError, InputError, NotFoundError
from survcomp.estimation import hazard_ratio
from survcomp.values import IPD, SD, Mean, Median, Population, Proportion


def patients(**columns) -> IPD:
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"t": np.arange(1, n + 1), "e": 1, **columns})
    return IPD.from_frame(
        frame, time="t", event="e", time_unit="months", origin="observed", covariates=list(columns)
    )


def target(*moments, n=100) -> Population:
    return Population.from_moments(moments, n=n, name="comparator")


def test_one_column_by_hand():
    """x = 1..10, target 8: one equation in one unknown, solved by bisection."""
    x = np.arange(1, 11)
    a = brentq(lambda a: np.exp(a * (x - 8)) @ (x - 8), 0, 2, xtol=1e-15)
    w = np.exp(a * (x - 8))
    weights = maic_weights(patients(x=x), target(Mean(name="x", value=8)), match=["x"])
    assert dict(weights.coefficients)["x (mean)"] == pytest.approx(a, rel=1e-9)
    assert weights.value.tolist() == pytest.approx(w.tolist(), rel=1e-8)
    assert weights.ess == pytest.approx(5.2516291, abs=5e-8)


def test_a_balanced_target_gives_equal_weights():
    weights = maic_weights(
        patients(x=[0, 1, 0, 1]), target(Proportion.from_count("x", 1, 2)), match=["x"]
    )
    assert weights.value.tolist() == pytest.approx([1, 1, 1, 1])
    assert weights.ess == pytest.approx(4)


def test_two_groups_by_hand():
    """30 of 100 must count as much as 60 of 100: weights 2 and 4/7."""
    x = np.repeat([1, 0], [30, 70])
    weights = maic_weights(patients(x=x), target(Proportion.from_count("x", 60, 100)), match=["x"])
    scaled = weights.scaled("n")
    assert scaled[:30].tolist() == pytest.approx([2.0] * 30)
    assert scaled[30:].tolist() == pytest.approx([4 / 7] * 70)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.floats(0.1, 5.0))
@example(seed=36223, p=4, concentration=1.5845822369241034)  # decrease lost in rounding
@settings(max_examples=60)
def test_the_weighted_mean_is_the_target(seed, p, concentration):
    """Any mixture of the patients with positive shares lies inside their hull."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(200, p)) @ rng.normal(size=(p, p))
    means = rng.dirichlet(np.full(200, concentration)) @ x
    names = [f"x{i}" for i in range(p)]
    ipd = patients(**dict(zip(names, x.T, strict=True)))
    goal = target(*(Mean(name=n, value=float(m)) for n, m in zip(names, means, strict=True)))
    weights = maic_weights(ipd, goal, match=names)
    reached = np.average(x, axis=0, weights=weights.value)
    assert np.allclose(reached, means, rtol=0, atol=1e-9 * x.std(axis=0).max())
    assert 1 <= weights.ess <= 200 + 1e-9


@pytest.mark.parametrize(("factor", "shift"), [(1000, 0), (1, 1000), (1e-6, 5e3)])
def test_units_and_large_numbers_change_nothing(rng, factor, shift):
    x = rng.normal(60, 8, 150)
    plain = maic_weights(patients(x=x), target(Mean(name="x", value=63)), match=["x"])
    other = maic_weights(
        patients(x=factor * x + shift),
        target(Mean(name="x", value=factor * 63 + shift)),
        match=["x"],
    )
    assert other.value.tolist() == pytest.approx(plain.value.tolist(), rel=1e-6)


def test_the_order_of_the_patients_changes_nothing(rng):
    frame = pd.DataFrame(
        {"id": [f"S{i}" for i in range(1, 121)], "t": rng.exponential(10, 120), "e": 1}
    )
    frame["x"] = rng.normal(0, 1, 120)

    def fit(rows: pd.DataFrame):
        ipd = IPD.from_frame(
            rows,
            time="t",
            event="e",
            time_unit="months",
            origin="observed",
            covariates=["x"],
            id="id",
            label="A",
        )
        weights = maic_weights(ipd, target(Mean(name="x", value=0.4)), match=["x"])
        other = IPD.from_times(range(1, 50), [20] * 10, arm="B", time_unit="months")
        return dict(zip(weights.id, weights.value, strict=True)), hazard_ratio(
            ipd, other, weights=weights
        )

    straight, shuffled = fit(frame), fit(frame.sample(frac=1, random_state=1))
    assert straight[0] == pytest.approx(shuffled[0], rel=1e-9)
    assert straight[1].log_hr == pytest.approx(shuffled[1].log_hr, abs=1e-9)


def test_means_with_their_sd_and_medians():
    rng = np.random.default_rng(4)
    x = rng.normal(60, 8, 400)
    goal = target(Mean(name="x", value=62), SD(name="x", value=7))
    weights = maic_weights(patients(x=x), goal, match=["x"])
    mean = np.average(x, weights=weights.value)
    assert mean == pytest.approx(62, abs=1e-8)
    assert np.average((x - mean) ** 2, weights=weights.value) ** 0.5 == pytest.approx(7, abs=1e-8)
    weights = maic_weights(patients(x=x), target(Median(name="x", value=63)), match=["x"])
    assert weights.value[x > 63].sum() == pytest.approx(weights.value[x <= 63].sum(), rel=1e-9)


@pytest.mark.parametrize(
    ("columns", "moments", "match", "error", "message"),
    [
        ({"x": range(10)}, [Mean(name="x", value=12)], ["x"], InfeasibleTargetError,
         r"x \(mean\): target 12, patients from 0 to 9"),
        ({"x": range(10)}, [Mean(name="x", value=9)], ["x"], InfeasibleTargetError, "on the edge"),
        ({"x": [3] * 5}, [Mean(name="x", value=4)], ["x"], InputError, "is 3 for every patient"),
        ({"x": range(10), "y": [2 * i + 1 for i in range(10)]},
         [Mean(name="x", value=5), Mean(name="y", value=11)], ["x", "y"], InputError,
         "follow.s. from the other columns"),
        ({"x": [0, 1, 1]}, [Proportion(name="x", value=1.0)], ["x"], InfeasibleTargetError,
         r"everybody in the target has x = 1; keep only such patients .*\(2 of 3\)"),
        ({"x": [0, 2, 1]}, [Proportion(name="x", value=0.5)], ["x"], InputError, "must be 0 or 1"),
        ({"x": range(10)}, [SD(name="x", value=2)], ["x"], InputError,
         "only be matched with its mean"),
        ({"x": range(10)}, [Mean(name="x", value=5)], [], InputError,
         "`match` must be a list that names at least one"),
        ({"x": range(10)}, [Mean(name="x", value=5)], ["x", "x"], InputError, "twice"),
        ({"x": range(10)}, [Mean(name="x", value=5)], ["y"], NotFoundError,
         "says nothing about 'y'"),
        ({"y": range(10)}, [Mean(name="x", value=5)], ["x"], InputError,
         "has no covariate 'x'; it has y"),
    ],
)  # fmt: skip
def test_what_cannot_be_weighted_is_refused(columns, moments, match, error, message):
    with pytest.raises(error, match=message):
        maic_weights(patients(**columns), target(*moments), match=match)


def test_the_columns_to_blame_are_named_alone():
    rng = np.random.default_rng(1)
    ipd = patients(x=rng.normal(size=50), y=rng.normal(size=50))
    goal = target(Mean(name="x", value=0.1), Mean(name="y", value=9.0))
    with pytest.raises(InfeasibleTargetError, match=r"to blame: y \(mean\): target 9"):
        maic_weights(ipd, goal, match=["x", "y"])


def test_more_columns_than_patients_are_refused():
    rng = np.random.default_rng(1)
    columns = {f"x{i}": rng.normal(size=5) for i in range(6)}
    goal = target(*(Mean(name=name, value=0.0) for name in columns))
    with pytest.raises(InputError, match="more columns than the 5 patients allow"):
        maic_weights(patients(**columns), goal, match=list(columns))


def test_balance_shows_matched_and_unmatched_covariates():
    rng = np.random.default_rng(2)
    ipd = patients(age=rng.normal(60, 8, 200), male=rng.integers(0, 2, 200))
    goal = target(Mean(name="age", value=63), Proportion.from_count("male", 60, 100))
    table = balance_table(ipd, goal, maic_weights(ipd, goal, match=["age"]))
    age, male = table.rows
    assert (age.matched, male.matched) == (True, False)
    assert age.after == pytest.approx(63, abs=1e-8)
    assert age.difference_after == pytest.approx(0, abs=1e-9)
    assert abs(age.difference_before) > 0.2
    assert table.reduction == pytest.approx(1 - table.ess / 200)


@pytest.mark.parametrize(
    ("moment", "before", "difference", "words"),
    [
        (Proportion.from_count("p", 60, 100), 1.0, math.inf, "p is 1 for every patient"),
        (Proportion.from_count("p", 100, 100), 1.0, 0.0, "no difference"),
        (Mean(name="p", value=3.0), 1.0, -math.inf, "(target 3)"),
        (SD(name="p", value=2.0), 0.0, -math.inf, "does not vary among the patients"),
        (Median(name="p", value=0.5), 1.0, math.inf, "above the target's median of 0.5"),
        (Median(name="p", value=1.0), 0.0, -math.inf, "at or below the target's median of 1"),
    ],
)
def test_balance_shows_a_covariate_that_is_the_same_for_everybody(
    moment, before, difference, words
):
    ipd = patients(age=range(50, 70), p=[1] * 20)
    goal = target(Mean(name="age", value=61), moment)
    table = balance_table(ipd, goal, maic_weights(ipd, goal, match=["age"]))
    age, row = table.rows
    assert (age.covariate, age.note, row.covariate) == ("age", "", "p")
    shown = (row.share_before, row.share_after) if row.has_share else (row.before, row.after)
    assert shown == (before, before)
    assert [row.difference_before, row.difference_after] == [difference] * 2
    assert words in row.note
    assert row.note in set(table.to_frame()["note"])


def test_rounding_is_no_spread():
    """The standard deviation of 0.1 twenty times over comes out as 1e-17."""
    ipd = patients(age=range(50, 70), p=[0.1] * 20)
    goal = target(Mean(name="age", value=61), Mean(name="p", value=0.1))
    row = balance_table(ipd, goal, maic_weights(ipd, goal, match=["age"])).rows[1]
    assert row.difference_after == 0.0
    assert "no difference" in row.note


def test_weights_of_other_patients_are_refused():
    ipd = patients(x=range(10))
    weights = maic_weights(ipd, target(Mean(name="x", value=5)), match=["x"])
    with pytest.raises(IncompatibleError, match="belong to other patients"):
        balance_table(patients(x=range(5)), target(Mean(name="x", value=5)), weights)


@pytest.mark.external
def test_the_published_example_of_roche_maic():
    """Age with its SD, sex, smoking, ECOG: converged values in methods/peers.md section 5.2, M1."""
    folder = BENCH / "maic" / "roche"
    if not folder.exists():
        pytest.skip("../shared/bench is not beside this checkout")
    adsl = pd.read_csv(folder / "adsl.csv")
    adtte = pd.read_csv(folder / "adtte.csv")[["USUBJID", "AVAL", "EVNT"]]
    frame = adsl.merge(adtte, on="USUBJID").assign(male=lambda d: (d.SEX == "Male").astype(int))
    ipd = IPD.from_frame(
        frame.rename(columns={"AGE": "age", "SMOKE": "smoker", "ECOG0": "ecog0"}),
        time="AVAL",
        event="EVNT",
        time_unit="days",
        origin="observed",
        id="USUBJID",
        label="A",
        covariates=["age", "male", "smoker", "ecog0"],
    )
    goal = target(
        Mean(name="age", value=50.0633333333333),
        SD(name="age", value=3.23535892601672),
        Proportion.from_count("male", 147, 300),
        Proportion.from_count("smoker", 58, 300),
        Proportion.from_count("ecog0", 105, 300),
        n=300,
    )
    weights = maic_weights(ipd, goal, match=["age", "male", "smoker", "ecog0"])
    assert weights.ess == pytest.approx(157.0712, abs=5e-5)
    assert weights.value.sum() == pytest.approx(188.1902, abs=5e-5)
    assert weights.value.max() == pytest.approx(2.373316, abs=5e-7)
    pseudo = pd.read_csv(folder / "psuedo_IPD.csv")
    other = IPD.from_frame(
        pseudo, time="Time", event="Event", time_unit="days", origin="observed", label="B"
    )
    expected = {
        "raw": (0.2864752, 0.1652804),
        "n": (0.2855698, 0.1657978),
        "ess": (0.2868440, 0.1653144),
    }
    for scale, (ratio, se) in expected.items():
        fit = hazard_ratio(ipd, other, weights=weights, scale=scale)
        assert fit.value == pytest.approx(ratio, abs=5e-7)
        assert fit.se == pytest.approx(se, abs=5e-7)
    assert hazard_ratio(ipd, other).value == pytest.approx(0.3748981, abs=5e-8)


def test_balance_shows_a_covariate_that_nobody_varies_in():
    """ECOG 0 for everybody against 60 %: the worst imbalance there is, and no weights help."""
    ipd = patients(x=np.arange(10.0), ecog=np.zeros(10))
    goal = target(Mean(name="x", value=5.0), Proportion.from_count("ecog", 60, 100))
    rows = balance_table(ipd, goal, maic_weights(ipd, goal, match=["x"])).rows
    ecog = next(row for row in rows if row.covariate == "ecog")
    assert (ecog.before, ecog.after, ecog.target) == (0.0, 0.0, 0.6)
    assert ecog.difference_after == -np.inf
    assert not ecog.matched


def test_arguments_in_the_wrong_order_are_named():
    treated, other = patients(x=[1.0, 2.0, 3.0]), target(Mean(name="x", value=2.0))
    with pytest.raises(InputError, match="`ipd` must be of type IPD; got Population"):
        maic_weights(other, treated, match=["x"])
    with pytest.raises(InputError, match=r"`match` must be a list .* got 'x'"):
        maic_weights(treated, other, match="x")
