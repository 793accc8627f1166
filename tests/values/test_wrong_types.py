"""Wrong types: the message names the argument, what came and what is taken."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import survcomp as sc
from survcomp.adjustment import (
    balance_table,
    influential_patients,
    weight_histogram,
    weight_summary,
    weighted_at_risk,
)
from survcomp.comparison import known_weight_variances, trim_weights
from survcomp.errors import InputError
from survcomp.values import IPD, SD, Contrast, Curve, Mean, Population, Response, TrialArm

A = IPD.from_frame(
    pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10}),
    time="t", event="e", time_unit="months", origin="observed", covariates=["x"], label="A",
).with_study(outcome="OS")  # fmt: skip
B = IPD.from_times(range(1, 30), [], arm="B", time_unit="months").with_study(outcome="OS")
TARGET = Population.from_moments([Mean(name="x", value=2)], n=29, name="B's trial")
ARRAY = np.ones(40)
RATE = Response.from_published(
    TrialArm(trial="T", arm="b", treatment="B"), outcome="ORR", n=50, events=20
)
ANSWERS = sc.PatientOutcome(id=A.id, value=np.array([1.0, 0.0] * 20), name="ORR")
TWO_ARMS = IPD.from_frame(
    A.to_frame().assign(arm=["A", "C"] * 20), origin="observed", covariates=["x"]
)
PUBLISHED = Contrast(
    treatment="B", comparator="C", outcome="OS", measure="log_hr", population="B's trial",
    value=0.82, se=0.15, estimand="marginal", interval="sampling error", method="as printed",
)  # fmt: skip

TAKES_WEIGHTS = {
    "kaplan_meier": lambda w: sc.kaplan_meier(A, weights=w),
    "rmst": lambda w: sc.rmst(A, horizon=9, weights=w),
    "median": lambda w: sc.median(A, weights=w),
    "survival_at": lambda w: sc.survival_at(A, 9, weights=w),
    "median_follow_up": lambda w: sc.median_follow_up(A, weights=w),
    "hazard_ratio": lambda w: sc.hazard_ratio(A, B, weights=w),
    "unanchored_maic": lambda w: sc.unanchored_maic(A, B, w),
    "unanchored_maic_rmst": lambda w: sc.unanchored_maic_rmst(A, B, w, horizon=9),
    "known_weight_variances": lambda w: known_weight_variances(A, B, w),
    "anchored_maic": lambda w: sc.anchored_maic(TWO_ARMS, w, PUBLISHED, treatment="A"),
    "hazard_ratio_dependence": lambda w: sc.hazard_ratio_dependence(A, B, w),
    "weighted_response": lambda w: sc.weighted_response(ANSWERS, RATE, w, treatment="A"),
    "weighted_mean_difference": lambda w: sc.weighted_mean_difference(
        ANSWERS, sc.PublishedMean(treatment="B", outcome="ORR", mean=1, sd=1, n=9), w,
        treatment="A",
    ),
    "balance_table": lambda w: balance_table(A, TARGET, w),
    "weight_summary": lambda w: weight_summary(A, w),
    "weight_histogram": lambda w: weight_histogram(w),
    "influential_patients": lambda w: influential_patients(A, w),
    "weighted_at_risk": lambda w: weighted_at_risk(A, w, times=[3]),
    "trim_weights": lambda w: trim_weights(A, TARGET, w, quantile=0.9),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKES_WEIGHTS)
@pytest.mark.parametrize(
    ("weights", "kind"), [(ARRAY, "ndarray"), (pd.Series(ARRAY), "Series"), ([1.0] * 40, "list")]
)
def test_weights_without_ids_are_refused(name, weights, kind):
    match = rf"`weights` must be Weights, as maic_weights gives them; got {kind}\. An array becomes"
    with pytest.raises(InputError, match=match):
        TAKES_WEIGHTS[name](weights)


def test_the_way_out_of_an_array_works():
    weights = sc.Weights(id=A.id, value=[1.0] * 40, population="B's trial")
    assert sc.kaplan_meier(A, weights=weights).weighted
    with pytest.raises(ValueError, match="read-only"):
        weights.value[0] = 2


def curve(**given) -> Curve:
    return Curve(trial="T", arm="a", treatment="drug", endpoint="PFS", n=128, **given)


FRAME = pd.DataFrame({"time": [0, 3, 6], "survival": [1, 0.9, 0.8]})
TABLE = {0: 128, 6: 80}


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"median": 8.8}, r"`median` must be MedianTime\(estimate=.*; got float 8\.8\."),
        ({"points": FRAME.rename(columns={"time": "t"})}, r"`points` must .*; got DataFrame with"),
        ({"points": [(0, 1), (3, 0.9)]}, r"`points` must be CurvePoints.*; got list\."),
        ({"at_risk": [128, 80]}, r"`at_risk` must be AtRisk.*a dict such as .*; got list\."),
        ({"at_risk": FRAME}, r"`at_risk` must .*; got DataFrame with 'time', 'survival'\."),
        ({"ticks": [3, 6]}, r"`ticks` must be Ticks\.from_times\(times\); got list\."),
        ({"landmarks": {12: 0.7}}, r"`landmarks` must be a tuple of Landmark\(.*; got dict\."),
        ({"landmarks": (0.7,)}, r"`landmarks\[0\]` must be Landmark\(.*; got float 0\.7\."),
        ({"counts": 62}, r"`counts` must be a tuple of Count\(count=62\); got int 62\."),
        ({"basis": "infused"}, r"`basis` must be Basis\(\.\.\.\); got str 'infused'\."),
    ],
)
def test_what_a_curve_does_not_take(given, match):
    with pytest.raises(InputError, match=match):
        curve(**given)


def test_what_is_unambiguous_is_taken():
    traced = curve(points=FRAME, at_risk=TABLE)
    assert traced.support == "figure+risk"
    assert traced.points.survival.tolist() == [1.0, 0.9, 0.8]
    assert traced.at_risk.count.tolist() == [128, 80]
    frame = pd.DataFrame({"time": [0, 6], "at_risk": [128, 80]})
    assert curve(at_risk=frame).at_risk.time.tolist() == [0, 6]
    with pytest.raises(InputError, match="number at risk cannot increase"):
        curve(at_risk={0: 80, 6: 128})


@pytest.mark.parametrize(
    ("moments", "match"),
    [
        ({"age": 63}, r"`moments` must be a list such as .*; got dict\."),
        (pd.DataFrame({"age": [63]}), r"`moments` must .*; got DataFrame\. .*from_long"),
        (Mean(name="age", value=63), r"`moments` must be a list such as .*; got Mean\."),
        ([63.0], r"`moments\[0\]` must be a Mean, SD, .*; got float 63\.0\."),
        ([SD(name="age", value=8), "male"], r"`moments\[1\]` must .*; got str 'male'\."),
    ],
)
def test_what_a_population_does_not_take(moments, match):
    with pytest.raises(InputError, match=match):
        Population.from_moments(moments, n=128, name="T")


NO_IPD = pd.DataFrame({"x": [1]})
MAIC = {"match": ["x"], "kind": "unanchored", "estimand": "marginal HR"}

WRONG = {
    "`treatment` must be one's own patients (IPD); got DataFrame": lambda: sc.maic(
        NO_IPD, B, TARGET, **MAIC
    ),
    "`comparator` takes the patients of one arm": lambda: sc.maic(A, NO_IPD, TARGET, **MAIC),
    "`target` must be a Population, as from_moments gives it; got dict": lambda: sc.maic(
        A, B, {"x": 2}, **MAIC
    ),
    "`settings` must be MaicSettings(...); got dict": lambda: sc.maic(
        A, B, TARGET, **MAIC, settings={"level": 0.9}
    ),
    "`match` must be a list that names at least one covariate; got None": lambda: sc.maic(
        A, B, TARGET, **(MAIC | {"match": None})
    ),
    "`weighting` must be Entropy(), MaxESS()": lambda: sc.MaicSettings(weighting="max ESS"),
    "`population` must be a Population; got int 3": lambda: sc.Matching(3, match=["x"]),
    "`horizon` must be a time; got str '9'": lambda: sc.rmst(A, horizon="9"),
    "`first` must be a Contrast": lambda: sc.bucher(A, B, population="x"),
    "`treatment` must be a Response": lambda: sc.compare_responses(3, 4),
    "`arms` must be what matched_arms or": lambda: sc.confounder_grid(A),
    "`overall` must be a Curve; got IPD": lambda: sc.complement(A, B),
    "`curves` must be a list of curves; got IPD": lambda: sc.join_cuts(A),
    "`effects` must be a list of effects": lambda: sc.pool_contrasts(A, population="x"),
    "`effects` must be a list of effects, each a Contrast; got int 1": lambda: sc.pool_contrasts(
        [1, 2], population="x"
    ),
} | {
    f"`curve` must be a Curve, such as `Trial.curve` gives; got {kind}": call
    for kind, call in {
        "DataFrame": lambda: sc.leave_one_out(NO_IPD),
        "int 1": lambda: sc.reconstruction.guyot(1),
        "int 2": lambda: sc.reconstruction.integer(2),
        "int 3": lambda: sc.reconstruction.summary(3),
        "int 4": lambda: sc.reconstruction.piecewise_exponential(4),
    }.items()
}


@pytest.mark.parametrize("words", WRONG)
def test_what_is_no_such_thing_is_named(words):
    with pytest.raises(InputError, match=re.escape(words)):
        WRONG[words]()
