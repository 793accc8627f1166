"""Who is left out is asked for, counted and recorded; nobody else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.adjusting import patients, target

from survcomp.adjustment import (
    approximate_weights,
    balance_table,
    maic_weights,
    max_ess_weights,
)
from survcomp.adjustment.weighting.matching import columns_for
from survcomp.errors import InfeasibleTargetError, InputError
from survcomp.estimation import hazard_ratio
from survcomp.values import IPD, SD, CovariateColumns, Mean, Population, Proportion, Weights

GAPS = {"age": [50, np.nan, 60, 65, 70, 52], "ecog": [0, 1, np.nan, 1, 0, 1]}
GOAL = target(Mean(name="age", value=60), Proportion.from_count("ecog", 50, 100))


def test_missing_values_are_counted_and_refused():
    message = r"2 of 6 patients have missing values \(age of 1, ecog of 1\); .*missing='exclude'"
    with pytest.raises(InputError, match=message):
        maic_weights(patients(**GAPS), GOAL, match=["age", "ecog"])
    with pytest.raises(InputError, match="`missing` must be one of 'refuse', 'exclude'"):
        maic_weights(patients(**GAPS), GOAL, match=["age"], missing="drop")


def test_patients_with_missing_values_are_left_out_on_request():
    weights = maic_weights(patients(**GAPS), GOAL, match=["age", "ecog"], missing="exclude")
    assert weights.excluded == ("2", "3")
    assert weights.value[[1, 2]].tolist() == [0, 0]
    assert weights.notes == (
        "Left out: 2 of 6 patients have missing values (age of 1, ecog of 1).",
    )
    by_hand = patients(**pd.DataFrame(GAPS).dropna())
    alone = maic_weights(by_hand, GOAL, match=["age", "ecog"])
    assert weights.value[[0, 3, 4, 5]] == pytest.approx(alone.value)
    assert (weights.n, weights.n_weighted, alone.n) == (6, 4, 4)
    assert weights.scaled("n").sum() == pytest.approx(4)
    assert weights.reduction == pytest.approx(1 - alone.ess / 6)


def test_a_gap_in_a_covariate_that_is_not_matched_leaves_nobody_out():
    weights = maic_weights(patients(**GAPS), GOAL, match=["ecog"], missing="exclude")
    assert weights.excluded == ("3",)
    rows = balance_table(patients(**GAPS), GOAL, weights).rows
    age = next(row for row in rows if row.covariate == "age")
    assert age.missing == 1
    assert age.before == pytest.approx(np.nanmean(GAPS["age"]))
    assert "Missing for 1 of 6 patients" in age.note


def test_a_covariate_known_for_nobody_with_weight():
    ipd = patients(x=[1, 2, 3, 4], y=[np.nan, np.nan, 1, 2], p=[1, 1, 0, 0])
    goal = target(
        Mean(name="x", value=1.5), Mean(name="y", value=1), Proportion.from_count("p", 9, 9)
    )
    weights = maic_weights(ipd, goal, match=["x", "p"], all_or_none="exclude")
    row = next(r for r in balance_table(ipd, goal, weights).rows if r.covariate == "y")
    assert np.isnan([row.before, row.after, row.difference_after]).all()
    assert "known for no weighted patient" in row.note


def test_columns_of_missing_values_are_refused_by_themselves():
    with pytest.raises(InputError, match="covariate 'age' is missing for 1 of 6 patients"):
        columns_for(patients(**GAPS), GOAL, ["age"])


def test_columns_that_nearly_depend_on_others_are_weighted():
    rng = np.random.default_rng(2)
    x = rng.normal(size=100)
    ipd = patients(x=x, y=x + 1e-5 * rng.normal(size=100))
    means = rng.dirichlet(np.ones(100)) @ ipd.covariates.to_numpy()
    goal = target(Mean(name="x", value=means[0]), Mean(name="y", value=means[1]))
    weights = maic_weights(ipd, goal, match=["x", "y"])
    reached = np.average(ipd.covariates, axis=0, weights=weights.value)
    assert reached == pytest.approx(means, abs=1e-9)


@pytest.mark.parametrize("missing", ["refuse", "exclude"])
def test_a_column_that_is_missing_throughout_is_refused(missing):
    ipd = patients(x=range(4), y=[np.nan] * 4)
    goal = target(Mean(name="x", value=2), Mean(name="y", value=1))
    with pytest.raises(InputError, match="y is missing for all 4 patients; leave it out"):
        maic_weights(ipd, goal, match=["x", "y"], missing=missing)


def test_nobody_without_gaps():
    ipd = patients(x=[1, 2, np.nan, np.nan], y=[np.nan, np.nan, 1, 2])
    goal = target(Mean(name="x", value=2), Mean(name="y", value=1))
    with pytest.raises(InputError, match="nobody would remain"):
        maic_weights(ipd, goal, match=["x", "y"], missing="exclude")


@pytest.mark.parametrize("method", [maic_weights, max_ess_weights])
def test_a_proportion_of_1_leaves_out_those_who_differ(method):
    x, exposed = np.arange(12.0), np.tile([1.0, 1.0, 0.0], 4)
    ipd = patients(x=x, exposed=exposed)
    goal = target(Mean(name="x", value=5), Proportion.from_count("exposed", 100, 100))
    with pytest.raises(InfeasibleTargetError, match=r"\(8 of 12\).*all_or_none='exclude'"):
        method(ipd, goal, match=["x", "exposed"])
    weights = method(ipd, goal, match=["x", "exposed"], all_or_none="exclude")
    assert weights.excluded == ("3", "6", "9", "12")
    assert "4 of 12 patients, for everybody in the target has exposed = 1" in weights.notes[0]
    assert weights.matched == ("x (mean)", "exposed (proportion)")
    kept = exposed == 1
    by_hand = method(patients(x=x[kept]), goal, match=["x"])
    assert weights.value[kept] == pytest.approx(by_hand.value)
    row = balance_table(ipd, goal, weights).rows[1]
    assert (row.covariate, row.matched, row.before, row.after) == ("exposed", True, 8 / 12, 1.0)


def test_a_proportion_of_0_that_everybody_has_leaves_nobody_out():
    ipd = patients(x=range(6), exposed=[0] * 6)
    goal = target(Mean(name="x", value=3), Proportion.from_count("exposed", 0, 100))
    weights = maic_weights(ipd, goal, match=["x", "exposed"])
    assert (weights.excluded, weights.notes) == ((), ())


def test_matching_by_exclusion_alone_gives_equal_weights():
    ipd = patients(exposed=[1, 0, 1, 1])
    goal = target(Proportion.from_count("exposed", 100, 100))
    for method in (maic_weights, max_ess_weights):
        weights = method(ipd, goal, match=["exposed"], all_or_none="exclude")
        assert weights.value.tolist() == [1, 0, 1, 1]
    weights = approximate_weights(
        ipd, goal, match=["exposed"], all_or_none="exclude", tolerance=0.1
    )
    assert weights.value.tolist() == [1, 0, 1, 1]


def test_nobody_is_as_everybody_in_the_target():
    ipd = patients(x=range(4), exposed=[0] * 4)
    goal = target(Mean(name="x", value=2), Proportion.from_count("exposed", 100, 100))
    with pytest.raises(InfeasibleTargetError, match="none of the 4 patients has"):
        maic_weights(ipd, goal, match=["x", "exposed"], all_or_none="exclude")


def test_patients_left_out_do_not_count_in_a_hazard_ratio():
    """The same as without them in the data (at distinct times: see the ties of Efron)."""
    x, exposed = np.arange(30.0) % 11, np.tile([1.0, 1.0, 0.0], 10)
    goal = target(Mean(name="x", value=6), Proportion.from_count("exposed", 100, 100))
    frame = pd.DataFrame(
        {"t": (x * 7 + 3) % 13 + np.linspace(1, 1.5, 30), "e": 1, "x": x, "exposed": exposed}
    )
    frame["id"] = [f"S{i}" for i in range(30)]

    def fit(rows):
        ipd = IPD.from_frame(
            rows, time="t", event="e", time_unit="months", id="id", covariates=["x", "exposed"],
            label="A", origin="observed",
        )  # fmt: skip
        weights = maic_weights(ipd, goal, match=["x", "exposed"], all_or_none="exclude")
        other = IPD.from_times([1, 2, 3, 4, 5, 6.01], [7] * 4, arm="B", time_unit="months")
        return hazard_ratio(ipd, other, weights=weights, scale="n")

    full, reduced = fit(frame), fit(frame[frame.exposed == 1])
    assert full.log_hr == pytest.approx(reduced.log_hr, abs=1e-8)
    assert full.se == pytest.approx(reduced.se, abs=1e-8)


def test_empty_cells_are_kept_only_on_request():
    frame = pd.DataFrame({"t": [1, 2, 3], "e": 1, "x": [1, None, 3], "y": ["4", " ", "six"]})
    read = {"time": "t", "event": "e", "time_unit": "months", "origin": "observed"}
    with pytest.raises(InputError, match=r"column 'x' must hold numbers without gaps; 1 of 3"):
        IPD.from_frame(frame, covariates=["x"], **read)
    kept = IPD.from_frame(frame, covariates=CovariateColumns(["x"], missing="keep"), **read)
    assert kept.covariates["x"].isna().tolist() == [False, True, False]
    with pytest.raises(InputError, match=r"column 'y' .* data row 3 with 'six'"):
        IPD.from_frame(frame, covariates=CovariateColumns(["y"], missing="keep"), **read)
    with pytest.raises(InputError, match="`missing` must be one of"):
        CovariateColumns(["x"], missing="drop")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"excluded": ("1",)}, "`Weights.excluded` names '1', who has no weight of 0"),
        ({"excluded": ("9",)}, "`Weights.excluded` names '9'"),
        ({"value": np.array([1.0, np.inf])}, "must be finite"),
        ({"method": ""}, "`Weights.method` must be a non-empty string"),
    ],
)
def test_weights_check_themselves(arguments, message):
    with pytest.raises(InputError, match=message):
        Weights(**{"id": ("1", "2"), "value": np.ones(2), "population": "B", **arguments})


def test_constant_and_collinear_columns_are_named():
    x = np.arange(10.0)
    y = np.tile([1.0, 3.0], 5)
    ipd = patients(x=x, y=y, z=x + 2 * y, c=np.ones(10))
    goal = Population.from_moments(
        [*(Mean(name=k, value=4) for k in "xyzc"), SD(name="c", value=1)], n=9, name="B"
    )
    with pytest.raises(InputError, match=r"from the other columns .*\(mean\), .*\(mean\)"):
        maic_weights(ipd, goal, match=["x", "y", "z"])
    with pytest.raises(InputError, match=r"c \(mean\) is 1 for every patient"):
        maic_weights(ipd, goal, match=["x", "c"])
