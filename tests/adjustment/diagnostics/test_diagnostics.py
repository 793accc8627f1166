"""Overlap, distribution of weights, influential patients: by hand, and against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.adjusting import patients, reachable, target

from survcomp.adjustment import (
    approximate_weights,
    influential_patients,
    maic_weights,
    max_ess_weights,
    target_overlap,
    weight_histogram,
    weight_summary,
    weighted_at_risk,
)
from survcomp.adjustment.weighting import hull
from survcomp.adjustment.weighting.hull import depth, nearest
from survcomp.errors import IncompatibleError, InfeasibleTargetError, InputError
from survcomp.values import IPD, Mean, Proportion, Weights


def weights_of(values, excluded=()) -> Weights:
    ids = tuple(str(i) for i in range(1, len(values) + 1))
    return Weights(id=ids, value=np.array(values, float), population="B", excluded=excluded)


# overlap


def test_a_target_inside_one_column():
    """x = 0..4 and target 3: two thirds of the way from the middle to the edge."""
    overlap = target_overlap(patients(x=range(5)), target(Mean(name="x", value=3)), match=["x"])
    row = overlap.rows[0]
    assert (row.low, row.high, row.mean, row.target) == (0, 4, 2, 3)
    assert (row.percentile, row.in_range) == (0.7, True)
    assert row.difference == pytest.approx(-1 / np.sqrt(2))
    assert overlap.mahalanobis == pytest.approx(1 / np.sqrt(2))
    assert (overlap.verdict, overlap.distance, overlap.to_blame) == ("inside", 0, "")
    # everybody has at least t, the rest goes to x = 4: 10 t + 4 (1 - 5 t) = 3
    assert overlap.depth == pytest.approx(5 * 0.1)
    ceiling = max_ess_weights(
        patients(x=range(5)), target(Mean(name="x", value=3)), match=["x"]
    ).ess
    assert overlap.ess_ceiling == pytest.approx(ceiling)
    assert overlap.effective_overlap == pytest.approx(ceiling / 5)
    assert list(overlap.to_frame().columns)[:3] == ["column", "target", "mean"]


def test_a_target_on_the_edge_and_one_outside():
    ipd = patients(x=range(5), y=[0, 1, 0, 1, 0])
    edge = target_overlap(ipd, target(Mean(name="x", value=4)), match=["x"])
    assert (edge.verdict, edge.depth, edge.rows[0].in_range) == ("edge", 0, False)
    assert edge.ess_ceiling == pytest.approx(1)
    goal = target(Mean(name="x", value=6), Proportion.from_count("y", 50, 100))
    outside = target_overlap(ipd, goal, match=["x", "y"])
    assert outside.verdict == "outside"
    assert outside.distance == pytest.approx(2 / np.sqrt(2))
    assert (outside.ess_ceiling, outside.effective_overlap, outside.depth) == (0, 0, 0)
    assert outside.to_blame == "x (mean): target 6, patients from 0 to 4"


def test_equal_weights_are_as_deep_as_it_goes():
    ipd = patients(x=range(5))
    overlap = target_overlap(ipd, target(Mean(name="x", value=2)), match=["x"])
    assert (overlap.depth, overlap.mahalanobis) == (pytest.approx(1), 0)
    assert overlap.effective_overlap == pytest.approx(1)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0.0, 6.0))
@settings(max_examples=60)
def test_the_direction_separates_and_the_distance_is_reached(seed, p, far):
    """Duality: no weights come nearer than the direction says all patients stay away."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(30, p)) - far * rng.normal(size=p)
    closest = nearest(z)
    if closest.distance < 1e-7:
        assert depth(z) >= 0
        return
    assert np.abs(closest.direction).sum() == pytest.approx(1, abs=1e-6)
    assert (z @ closest.direction).max() == pytest.approx(-closest.distance, abs=1e-6)
    assert depth(z) == 0


# distribution


def test_the_distribution_by_hand():
    """Weights 4, 2, 2, 0 with mean 2: rescaled 2, 1, 1, 0."""
    ipd = patients(x=range(4))
    summary = weight_summary(ipd, weights_of([4, 2, 2, 0]), floor=0.01)
    (everybody,) = summary.groups
    assert everybody.ess == pytest.approx(64 / 24)
    assert (everybody.minimum, everybody.median, everybody.maximum) == (0, 1, 2)
    assert everybody.cv == pytest.approx(np.sqrt(0.5))
    assert (everybody.zero, everybody.below_floor, everybody.n_for_half) == (1, 1, 1)
    assert (everybody.share_1, everybody.share_5) == (0.5, 1)
    assert (summary.raw_total, summary.raw_maximum) == (8, 4)
    assert summary.to_frame()["group"].tolist() == ["all"]


def test_patients_left_out_are_not_in_the_distribution():
    ipd = patients(x=range(5))
    summary = weight_summary(ipd, weights_of([4, 2, 2, 0, 0], excluded=("5",)))
    (everybody,) = summary.groups
    assert (everybody.n, everybody.excluded, everybody.zero) == (5, 1, 1)
    assert everybody.maximum == pytest.approx(2)
    assert everybody.reduction == pytest.approx(1 - (64 / 24) / 5)


def test_the_distribution_by_arm():
    ipd = patients(arms=["A", "A", "C", "C"], x=range(4))
    summary = weight_summary(ipd, weights_of([3, 1, 0, 0]))
    assert [group.group for group in summary.groups] == ["all", "A", "C"]
    a, c = summary.groups[1:]
    assert a.ess == pytest.approx(16 / 10)
    assert (c.ess, c.reduction, c.cv, c.n_for_half, c.share_1) == (0, 1, np.inf, 0, 0)


def test_the_histogram_counts_everybody_once():
    ipd, goal, names = reachable(3, p=2)
    weights = maic_weights(ipd, goal, match=names)
    histogram = weight_histogram(weights, bins=7)
    assert histogram.counts.sum() == ipd.n
    assert histogram.edges[0] == 0
    assert histogram.edges[-1] == pytest.approx(weights.scaled("n").max())
    assert histogram.to_frame()["count"].sum() == ipd.n
    assert weight_histogram(weights_of([1, 1, 0], excluded=("3",)), bins=2).counts.tolist() == [
        0,
        2,
    ]


def test_the_ess_is_n_over_one_plus_cv_squared():
    ipd, goal, names = reachable(4, p=3)
    (everybody,) = weight_summary(ipd, maic_weights(ipd, goal, match=names)).groups
    assert everybody.ess == pytest.approx(ipd.n / (1 + everybody.cv**2))


# influence


def test_the_ess_without_each_patient():
    ipd = patients(x=range(4))
    influence = influential_patients(ipd, weights_of([4, 2, 2, 0]), top=9)
    assert [p.id for p in influence.patients] == ["1", "2", "3", "4"]
    assert [p.share for p in influence.patients] == [0.5, 0.25, 0.25, 0]
    assert [p.ess_without for p in influence.patients] == pytest.approx(
        [2, 36 / 20, 36 / 20, 64 / 24]
    )
    assert influence.to_frame()["weight"].tolist() == [2, 1, 1, 0]


def test_without_the_only_patient_with_weight_nothing_is_left():
    influence = influential_patients(patients(x=range(2)), weights_of([1, 0]), top=1)
    assert influence.patients[0].ess_without == 0


def test_the_sample_at_risk_over_time():
    ipd = IPD.from_times([1, 2, 3], [4], arm="A", time_unit="months")
    weights = Weights(id=ipd.id, value=np.array([1.0, 1, 2, 4]), population="B")
    table = weighted_at_risk(ipd, weights, times=[0, 3, 5])
    assert [row.at_risk for row in table.rows] == [4, 2, 0]
    assert [row.weighted_at_risk for row in table.rows] == pytest.approx([4, 3, 0])
    assert [row.ess for row in table.rows] == pytest.approx([64 / 22, 36 / 20, 0])
    assert [row.weighted_events for row in table.rows] == pytest.approx([0, 1, 2])
    assert table.rows[0].ess == pytest.approx(weights.ess)
    assert table.time_unit == "months"


def test_everything_is_joined_by_identifier():
    ipd, goal, names = reachable(5, p=2)
    weights = maic_weights(ipd, goal, match=names)
    order = np.random.default_rng(0).permutation(ipd.n)
    shuffled = Weights(
        id=tuple(weights.id[i] for i in order), value=weights.value[order], population="B"
    )
    assert weight_summary(ipd, shuffled).groups[0].ess == pytest.approx(weights.ess)
    first = influential_patients(ipd, shuffled, top=3).patients
    assert first[0].id == influential_patients(ipd, weights, top=3).patients[0].id
    plain = weighted_at_risk(ipd, weights, times=[20]).rows[0]
    assert weighted_at_risk(ipd, shuffled, times=[20]).rows[0].ess == pytest.approx(plain.ess)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda i, w: weight_summary(i, w, floor=-1), "`floor` must be at least 0"),
        (lambda i, w: weight_histogram(w, bins=0), "`bins` must be at least 1"),
        (lambda i, w: influential_patients(i, w, top=0), "`top` must be at least 1"),
        (lambda i, w: weighted_at_risk(i, w, times=[]), "`times` is empty"),
        (lambda i, w: weighted_at_risk(i, w, times=[-1]), "`times` must be a time"),
    ],
)
def test_arguments_that_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call(patients(x=range(3)), weights_of([1, 1, 1]))


@pytest.mark.parametrize(
    "call",
    [weight_summary, influential_patients, lambda i, w: weighted_at_risk(i, w, times=[1])],
)
def test_weights_of_others_are_refused(call):
    with pytest.raises(IncompatibleError, match="belong to other patients"):
        call(patients(x=range(4)), weights_of([1, 1, 1]))


def test_tables_are_shown_in_a_notebook():
    ipd, goal = patients(x=range(5)), target(Mean(name="x", value=3))
    weights = maic_weights(ipd, goal, match=["x"])
    for table in (
        target_overlap(ipd, goal, match=["x"]),
        weight_summary(ipd, weights),
        weight_histogram(weights),
        influential_patients(ipd, weights),
        weighted_at_risk(ipd, weights, times=[1]),
    ):
        assert table._repr_html_().startswith("<table")


def test_matching_by_exclusion_alone_leaves_nothing_to_reach():
    ipd, goal = patients(p=[1, 1, 0]), target(Proportion.from_count("p", 100, 100))
    overlap = target_overlap(ipd, goal, match=["p"], all_or_none="exclude")
    assert (overlap.verdict, overlap.depth, overlap.mahalanobis, overlap.n) == ("inside", 1, 0, 2)
    assert overlap.ess_ceiling == pytest.approx(2)
    assert overlap.rows == ()
    assert "1 of 3 patients" in overlap.notes[0]


# the linear programme and the weights agree


def test_a_linear_programme_without_an_answer_is_an_error():
    with pytest.raises(InputError, match=r"ended without an answer \(numerical difficulties\)"):
        hull._check(4, "numerical difficulties")


@given(st.integers(0, 2**32 - 1), st.sampled_from(["normal", "rounded", "binary"]))
@settings(max_examples=80)
def test_weights_exist_exactly_where_the_overlap_says(seed, kind):
    """Targets inside, on the edge and outside; near-empty cells; up to eight columns."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(20, 120)), int(rng.integers(1, 9))
    x = rng.normal(size=(n, p)) @ rng.normal(size=(p, p))
    x = {"normal": x, "rounded": np.round(x), "binary": (x > 0).astype(float)}[kind]
    means = rng.dirichlet(np.full(n, 10 ** rng.uniform(-2, 1))) @ x
    means += (rng.random() < 0.4) * 0.3 * rng.normal(size=p) * x.std(axis=0)
    names = [f"x{j}" for j in range(p)]
    ipd = patients(**dict(zip(names, x.T, strict=True)))
    goal = target(*(Mean(name=k, value=float(m)) for k, m in zip(names, means, strict=True)))
    try:
        overlap = target_overlap(ipd, goal, match=names)
    except InputError:
        return  # a column is constant or follows from others

    def reached(method, **options) -> bool:
        try:
            weights = method(ipd, goal, match=names, **options)
        except InfeasibleTargetError:
            return False
        return weights.largest_imbalance <= options.get("tolerance", 0) + 1e-10

    assert reached(maic_weights) == (overlap.verdict == "inside")
    assert reached(max_ess_weights) == (overlap.verdict != "outside")
    for maximise in ("ess", "entropy"):
        near = overlap.distance < 0.05
        assert reached(approximate_weights, tolerance=0.05, maximise=maximise) == near
