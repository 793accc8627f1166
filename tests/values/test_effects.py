"""Published effects: from intervals, from landmarks of a subgroup and its complement."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survcomp.errors import IncompatibleError, InputError
from survcomp.values import (
    Correlation,
    Landmark,
    PrognosticEffect,
    PrognosticFactor,
    complement_landmark,
    effect_from_landmarks,
)

Z = 1.959963984540054
WORDS = dict(
    covariate="high_risk", definition="del(17p)", endpoint="PFS", source="P1", patients="the trial"
)
FACTOR = PrognosticFactor(**WORDS)


def mark(survival, se, time=12.0) -> Landmark:
    """A rate whose log(-log S) has a standard error."""
    g = math.log(-math.log(survival))
    low, high = (math.exp(-math.exp(g + s * Z * se)) for s in (1, -1))
    return Landmark(time=time, survival=survival, ci_low=low, ci_high=high)


def test_a_hazard_ratio_of_two_from_one_to_four_by_hand():
    effect = PrognosticEffect.from_interval(
        FACTOR, hazard_ratio=2.0, ci_low=1.0, ci_high=4.0, model="multivariable"
    )
    assert effect.log_hr == pytest.approx(math.log(2))
    assert effect.se == pytest.approx(math.log(4) / (2 * Z))
    assert effect.hazard_ratio == pytest.approx(2)
    assert effect.to_frame().loc[0, ["covariate", "definition", "se"]].tolist() == [
        "high_risk",
        "del(17p)",
        effect.se,
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict(se=0.0), "`effect.se` of 'high_risk' must be above 0"),
        (dict(se=math.nan), "unknown uncertainty"),
        (dict(log_hr=math.inf), "`effect.log_hr` must be finite"),
        (dict(model="subgroup"), "'multivariable', 'univariable'; got 'subgroup'"),
        (dict(source=" "), "`effect.source` must be a non-empty string"),
    ],
)
def test_an_effect_that_cannot_be_used_is_refused(change, words):
    effect = PrognosticEffect(**WORDS, log_hr=0.5, se=0.2, model="univariable")
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        replace(effect, **change)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [((2.0, 0.0, 4.0), "`effect.ci_low` must be above 0"), ((2.0, 2.5, 4.0), "does not hold")],
)
def test_an_interval_that_is_none_is_refused(numbers, words):
    hr, low, high = numbers
    with pytest.raises(InputError, match=words):
        PrognosticEffect.from_interval(
            FACTOR, hazard_ratio=hr, ci_low=low, ci_high=high, model="univariable"
        )


@given(
    hr=st.floats(0.2, 5),
    s0=st.floats(0.3, 0.9),
    se1=st.floats(0.05, 0.5),
    se0=st.floats(0.05, 0.5),
)
def test_landmarks_under_proportional_hazards_give_their_ratio(hr, s0, se1, se0):
    effect = effect_from_landmarks(
        mark(s0**hr, se1), mark(s0, se0), FACTOR, compared_with="complement"
    )
    assert effect.hazard_ratio == pytest.approx(hr)
    assert effect.se == pytest.approx(math.hypot(se1, se0), rel=1e-6)
    assert effect.model == "univariable"


def test_cartitude_1_high_risk_against_the_complement():
    """24-month PFS 48.4 % (23 patients) and 60.5 % of all 97; log HR about 0.50 (SE 0.4)."""
    part = Landmark(time=24, survival=0.484, ci_low=0.251, ci_high=0.684)
    whole = Landmark(time=24, survival=0.605, ci_low=0.485, ci_high=0.704)
    rest = complement_landmark(part, whole, n_subgroup=23, n=97)
    assert rest.survival == pytest.approx((97 * 0.605 - 23 * 0.484) / 74)
    effect = effect_from_landmarks(part, rest, FACTOR, compared_with="complement")
    assert (effect.log_hr, effect.se) == pytest.approx((0.50, 0.40), abs=0.005)


def test_a_subgroup_against_everybody_is_refused():
    with pytest.raises(IncompatibleError, match="everybody holds the subgroup"):
        effect_from_landmarks(mark(0.4, 0.2), mark(0.6, 0.1), FACTOR, compared_with="everybody")


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (mark(0.6, 0.1, time=18), "one time; got 12 and 18"),
        (Landmark(time=12, survival=0.6), "has no interval"),
        (Landmark(time=12, survival=0.6, ci_low=0.5, ci_high=1.0), "strictly between 0 and 1"),
    ],
)
def test_landmarks_that_carry_no_effect_are_refused(others, words):
    with pytest.raises(InputError, match=words):
        effect_from_landmarks(mark(0.4, 0.2), others, FACTOR, compared_with="complement")


def variance(m: Landmark) -> float:
    width = math.log(math.log(m.ci_low) / math.log(m.ci_high))
    return (m.survival * math.log(m.survival) * width / (2 * Z)) ** 2


@given(s1=st.floats(0.2, 0.8), s0=st.floats(0.2, 0.8), n1=st.integers(10, 60))
def test_the_complement_of_a_mixture_is_its_other_part(s1, s0, n1):
    n, w = 100, n1 / 100
    part, rest = mark(s1, 0.3), mark(s0, 0.2)
    s = w * s1 + (1 - w) * s0
    v = w**2 * variance(part) + (1 - w) ** 2 * variance(rest)
    whole = mark(s, math.sqrt(v) / (s * -math.log(s)))
    others = complement_landmark(part, whole, n_subgroup=n1, n=n)
    assert others.survival == pytest.approx(s0)
    assert (others.ci_low, others.ci_high) == pytest.approx((rest.ci_low, rest.ci_high))


@pytest.mark.parametrize(
    ("part", "whole", "n1", "words"),
    [
        (mark(0.99, 0.2), mark(0.3, 0.2), 50, "contradict each other"),
        (mark(0.5, 0.5), mark(0.5, 0.01), 50, "too narrow"),
        (mark(0.5, 0.2), mark(0.5, 0.1), 100, "at least 101"),
    ],
)
def test_a_complement_that_cannot_be_is_refused(part, whole, n1, words):
    with pytest.raises(InputError, match=words):
        complement_landmark(part, whole, n_subgroup=n1, n=100)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1.0, 0.2], [0.3, 1.0]], "symmetric"),
        ([[0.9, 0.2], [0.2, 1.0]], "ones on the diagonal"),
        ([[1.0, 1.2], [1.2, 1.0]], r"lie in \[-1, 1\]; got 1.2"),
        ([[1.0, math.nan], [math.nan, 1.0]], "finite"),
        (np.eye(3), r"2 by 2 finite numbers; got shape \(3, 3\)"),
    ],
)
def test_a_matrix_that_is_no_correlation_is_refused(rows, words):
    with pytest.raises(InputError, match=words):
        Correlation.from_rows(["a", "b"], rows, source="cohort")


def test_a_correlation_knows_what_it_has():
    correlation = Correlation.from_rows(["a", "b"], [[1, 0.2], [0.2, 1]], source="cohort")
    assert correlation.between("b", "a") == 0.2
    assert correlation.to_frame().loc["a", "b"] == 0.2
    with pytest.raises(InputError, match="'cohort' does not have 'c'; it has a, b"):
        correlation.between("a", "c")
    with pytest.raises(InputError, match="at least two different names; got a, a"):
        replace(correlation, covariates=("a", "a"))
