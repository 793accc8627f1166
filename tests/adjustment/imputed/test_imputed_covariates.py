"""Imputed covariates: exact marginals, the law of the permutation algorithm, correlations."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survcomp.adjustment.imputed.covariates import (
    Keys,
    assign_rows,
    copula,
    draw_ranks,
    marginals,
)
from survcomp.adjustment.imputed.joint_effects import as_published, joint_effects
from survcomp.errors import InputError
from survcomp.estimation.cox.covariates import univariable_log_hrs
from survcomp.values import (
    SD,
    Correlation,
    Mean,
    Median,
    Population,
    PrognosticEffect,
    Proportion,
)


def group(*moments, n=200, name="trial") -> Population:
    return Population.from_moments(moments, n=n, name=name)


def effect(covariate, log_hr, se=0.1, **fields) -> PrognosticEffect:
    known = dict(definition="as printed", model="univariable", endpoint="OS", source="P1")
    return PrognosticEffect(covariate=covariate, log_hr=log_hr, se=se, **(known | fields))


def pair(r, names=("a", "b"), **fields) -> Correlation:
    return Correlation.from_rows(names, [[1, r], [r, 1]], source="cohort", **fields)


@given(n=st.integers(20, 300), share=st.floats(0.1, 0.9), mean=st.floats(-50, 90))
@settings(max_examples=40)
def test_marginals_are_the_published_ones(n, share, mean):
    population = group(
        Proportion(name="a", value=share), Mean(name="b", value=mean), SD(name="b", value=4.0)
    )
    marginal = marginals(population, ["a", "b"], n=n)
    assert abs(marginal.values[:, 0].sum() - n * share) <= 0.5
    assert marginal.values[:, 1].mean() == pytest.approx(mean, abs=1e-9)
    assert marginal.values[:, 1].std(ddof=1) == pytest.approx(4.0)
    assert np.all(np.diff(marginal.values, axis=0) >= 0)


def test_a_median_with_its_range_is_met_at_three_points():
    median = Median(name="age", value=61, low=33, high=78, spread="range")
    values = marginals(group(median), ["age"], n=128).values[:, 0]
    assert (values[0], values[-1]) == pytest.approx((33, 78))
    assert np.median(values) == pytest.approx(61, abs=0.2)


def test_a_median_with_its_quartiles_is_met():
    median = Median(name="years", value=5, low=3, high=9, spread="interquartile range")
    values = marginals(group(median), ["years"], n=400).values[:, 0]
    assert np.quantile(values, [0.25, 0.5, 0.75]) == pytest.approx([3, 5, 9], abs=0.05)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (Mean(name="x", value=3), "the baseline has only its mean"),
        (Median(name="x", value=3), "no range or interquartile range"),
        (Median(name="x", value=3, low=1, spread="range"), "a limit of its range is missing"),
        (Median(name="x", value=3, low=3, high=4, spread="range"), "lies on a limit"),
        (Proportion(name="x", value=1.0), "it is 1 for every patient"),
        (Proportion(name="x", value=0.001), "the same for all of 50 patients"),
    ],
)
def test_moments_that_give_no_distribution_are_refused(moment, words):
    with pytest.raises(InputError, match=words):
        marginals(group(moment), ["x"], n=50)


EVENT = np.array([True, False, True, False])
LINEAR = np.array([0.0, 0.7, -0.4, 1.2])


def probability(order) -> float:
    """Of an assignment, by the definition: in turn, from the rows left."""
    left, p = list(range(4)), 1.0
    for patient, row in enumerate(order):
        w = np.exp(LINEAR[left]) if EVENT[patient] else np.ones(len(left))
        p *= w[left.index(row)] / w.sum()
        left.remove(row)
    return float(p)


def test_rows_are_assigned_with_the_probabilities_of_the_definition(rng):
    """All 24 assignments of four rows, each within 4.5 standard errors of 24,000 draws."""
    n = 24_000
    seen = [tuple(assign_rows(EVENT, LINEAR, Keys.draw(4, rng)).tolist()) for _ in range(n)]
    for order in permutations(range(4)):
        p = probability(order)
        assert abs(seen.count(order) / n - p) < 4.5 * np.sqrt(p * (1 - p) / n), order


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 60))
def test_everybody_gets_a_row_and_every_row_is_given(seed, n):
    rng = np.random.default_rng(seed)
    given_rows = assign_rows(rng.random(n) < 0.5, rng.normal(0, 3, n), Keys.draw(n, rng))
    assert sorted(given_rows.tolist()) == list(range(n))


def outcomes(rng, n=250):
    time, limit = rng.exponential(10, n), rng.uniform(3, 25, n)
    order = np.argsort(np.minimum(time, limit))
    return np.minimum(time, limit)[order], (time < limit)[order]


def test_imputed_data_have_the_effect_they_were_made_with(rng):
    """Over 200 imputations, within 3.5 standard errors of their mean."""
    time, event = outcomes(rng)
    marginal = marginals(group(Proportion(name="a", value=0.3)), ["a"], n=time.size)
    fits = []
    for _ in range(200):
        given_rows = assign_rows(event, 0.8 * marginal.values[:, 0], Keys.draw(time.size, rng))
        fits.append(univariable_log_hrs(time, event, marginal.values[given_rows])[0])
    assert np.mean(fits) == pytest.approx(0.8, abs=3.5 * np.std(fits) / np.sqrt(200))


@pytest.mark.parametrize("r", [-0.3, 0.0, 0.45])
@pytest.mark.parametrize("second", ["share", "mean"])
def test_rows_have_the_wanted_correlation_on_average(rng, r, second):
    other = (
        [Proportion(name="b", value=0.4)]
        if second == "share"
        else [Mean(name="b", value=60), SD(name="b", value=9)]
    )
    marginal = marginals(group(Proportion(name="a", value=0.25), *other), ["a", "b"], n=300)
    joined = copula(marginal, pair(r))
    assert joined.departure < 0.005
    reached = [
        np.corrcoef(marginal.values[draw_ranks(300, joined, rng), [0, 1]], rowvar=False)[0, 1]
        for _ in range(300)
    ]
    assert np.mean(reached) == pytest.approx(r, abs=0.012)


def test_without_correlation_rows_are_independent():
    marginal = marginals(
        group(Proportion(name="a", value=0.25), Proportion(name="b", value=0.4)), ["a", "b"], n=50
    )
    assert np.array_equal(copula(marginal, None).factor, np.eye(2))


def test_normal_scores_are_taken_as_they_are():
    marginal = marginals(
        group(Proportion(name="a", value=0.25), Proportion(name="b", value=0.4)), ["a", "b"], n=50
    )
    factor = copula(marginal, pair(0.6, scale="normal scores")).factor
    assert factor @ factor.T == pytest.approx(np.array([[1, 0.6], [0.6, 1]]))


def test_a_correlation_out_of_reach_is_refused():
    marginal = marginals(
        group(Proportion(name="a", value=0.1), Proportion(name="b", value=0.8)), ["a", "b"], n=200
    )
    with pytest.raises(InputError, match=r"0.90 between 'b' and 'a' is out of reach"):
        copula(marginal, pair(0.9))


def test_a_correlation_a_little_out_of_reach_is_met_as_nearly_as_can_be():
    """Shares of 0.1 and 0.8 allow 0.17 at most."""
    marginal = marginals(
        group(Proportion(name="a", value=0.1), Proportion(name="b", value=0.8)), ["a", "b"], n=200
    )
    joined = copula(marginal, pair(0.2))
    assert 0.03 < joined.departure < 0.06


def test_correlations_that_contradict_each_other_are_refused():
    names = ("a", "b", "c")
    marginal = marginals(group(*(Proportion(name=x, value=0.5) for x in names)), names, n=200)
    rows = [[1, 0.8, 0.8], [0.8, 1, -0.8], [0.8, -0.8, 1]]
    with pytest.raises(InputError, match="cannot all hold at once"):
        copula(marginal, Correlation.from_rows(names, rows, source="cohort"))


def two_covariates(n, r=0.5):
    population = group(Proportion(name="a", value=0.4), Proportion(name="b", value=0.5))
    marginal = marginals(population, ["a", "b"], n=n)
    return marginal, copula(marginal, pair(r))


def test_joint_effects_give_the_univariable_ones_back(rng):
    """One covariate is only a shadow of the other: its joint effect is near 0."""
    patients = outcomes(rng)
    marginal, joined = two_covariates(patients[0].size)
    effects = [effect("a", 0.8), effect("b", 0.4)]
    joint = joint_effects(effects, [patients], marginal, joined, rng=rng)
    assert joint.log_hr[0] == pytest.approx(0.8, abs=0.12)
    assert joint.log_hr[1] == pytest.approx(0.0, abs=0.12)
    univariable = []
    for _ in range(100):
        rows = marginal.values[draw_ranks(marginal.n, joined, rng), [0, 1]]
        given_rows = assign_rows(patients[1], rows @ joint.log_hr, Keys.draw(marginal.n, rng))
        univariable.append(univariable_log_hrs(*patients, rows[given_rows]))
    error = np.std(univariable, axis=0) / 10
    assert np.all(np.abs(np.mean(univariable, axis=0) - [0.8, 0.4]) < 4 * error + 0.02)


def test_errors_of_one_source_go_together_as_the_covariates_do(rng):
    """Of one source the joint covariance is C^-1 by se^2; of two, (C'C)^-1, which is larger."""
    patients = outcomes(rng)
    marginal, joined = two_covariates(patients[0].size)
    variances = []
    for other in ("P1", "P2"):
        effects = [effect("a", 0.3), effect("b", 0.3, source=other)]
        root = joint_effects(
            effects, [patients], marginal, joined, rng=np.random.default_rng(5)
        ).root
        variances.append(np.diag(root @ root.T) / 0.1**2)
    assert variances[0] == pytest.approx(np.full(2, 1 / (1 - 0.25)), rel=0.03)
    assert variances[1] == pytest.approx(np.full(2, 1.25 / (1 - 0.25) ** 2), rel=0.05)


def test_univariable_effects_that_nothing_gives_are_refused(rng):
    patients = outcomes(rng, n=60)
    marginal, joined = two_covariates(60, r=0.75)
    with pytest.raises(InputError, match=r"do not fit together|separates the events"):
        joint_effects([effect("a", 4), effect("b", -4)], [patients], marginal, joined, rng=rng)


def test_effects_are_redrawn_with_their_standard_errors(rng):
    joint = as_published([effect("a", 0.5, 0.2), effect("b", -1.0, 0.05)], words="")
    draws = np.array([joint.redraw(rng) for _ in range(4000)])
    assert draws.mean(axis=0) == pytest.approx([0.5, -1.0], abs=0.015)
    assert draws.std(axis=0) == pytest.approx([0.2, 0.05], rel=0.05)
