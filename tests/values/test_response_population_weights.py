"""Counts behind percentages, moments with definitions, weights keyed by patient."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survcomp.errors import ContradictionError, IncompatibleError, InputError, NotFoundError
from survcomp.values import SD, Mean, Population, Proportion, Response, TrialArm, Weights
from survcomp.values.checks import printed_step, read_only
from survcomp.values.response import counts_printed_as


@given(st.integers(1, 500), st.data(), st.sampled_from([0, 1]))
def test_every_count_is_among_those_that_print_like_it(n, data, digits):
    count = data.draw(st.integers(0, n))
    percent = round(100 * count / n, digits)
    assert count in counts_printed_as(percent, n, step=10.0**-digits)


def respond(**fields) -> Response:
    arm = TrialArm(trial="T", arm="a", treatment="drug")
    return Response.from_published(arm, **{"outcome": "ORR", "n": 97, **fields})


def test_a_percentage_that_one_count_prints_as_gives_the_count():
    response = respond(percent=67)
    assert (response.events, response.is_exact) == (65, True)


def test_a_percentage_that_several_counts_print_as_keeps_them():
    response = respond(percent=71, n=254)
    assert (response.events_low, response.events_high, response.is_exact) == (180, 181, False)


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({}, InputError, "needs `events` or `percent`"),
        ({"events": 94, "percent": 73}, ContradictionError, r"94 of 97 is 96\.91 %, not 73 %"),
        ({"percent": 50, "n": 3}, ContradictionError, "no count of 3 patients prints as 50 %"),
        ({"events": 98}, InputError, "must hold"),
    ],
)
def test_impossible_responses_are_refused(fields, error, message):
    with pytest.raises(error, match=message):
        respond(**fields)


def test_a_population_finds_its_moments_and_says_what_it_has():
    population = Population.from_moments(
        [Mean(name="age", value=63), SD(name="age", value=8), Proportion.from_count("male", 1, 2)],
        n=2,
        name="target",
    )
    assert population.covariates == ("age", "male")
    with pytest.raises(NotFoundError, match="says nothing about 'ecog'; it has age, male"):
        population.named("ecog")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Proportion(name="male", value=59), "per cent, write 0.59"),
        (lambda: Proportion.from_count("male", 5, 3), r"\[0, 1\]"),
        (lambda: SD(name="age", value=0), "above 0"),
        (
            lambda: Population.from_moments([Mean(name="a", value=1)] * 2, n=5, name="x"),
            "two of mean 'a'",
        ),
        (
            lambda: Population.from_moments([Mean(name="a", value=1, n=9)], n=5, name="x"),
            "9 patients of a population of 5",
        ),
    ],
)
def test_bad_moments_are_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_weights_are_joined_by_identifier():
    weights = Weights(
        id=("S1", "S2", "S10"), value=read_only([1, 2, 3], name="w"), population="target"
    )
    assert weights.for_ids(("S10", "S1", "S2")).tolist() == [3, 1, 2]
    assert weights.scaled("n").sum() == pytest.approx(3)
    assert weights.scaled("ess").sum() == pytest.approx(weights.ess)
    with pytest.raises(IncompatibleError, match="other patients"):
        weights.for_ids(("S1", "S2", "S3"))


@pytest.mark.parametrize(("value", "step"), [(76.6, 0.1), (77, 1), (0.766, 0.001), (120, 1)])
def test_the_printed_step_is_that_of_the_last_digit(value, step):
    assert printed_step(value) == pytest.approx(step)
