"""Aggregate data from tables: every layout read whole, every fault with its row and column."""

from __future__ import annotations

import pandas as pd
import pytest

from survcomp.errors import FileFaultError, InputError
from survcomp.values import SD, Mean, Median, Population, Proportion, Quantile

WIDE = {
    "STUDY": ["B", "B"],
    "ARM": ["Total", "Drug"],
    "N": [300, 150],
    "AGE_MEAN": [51, None],
    "AGE_SD": [3.25, None],
    "AGE_MEDIAN": ["49", "NA"],
    "AGE_P25": [46, None],
    "SEX_MALE_COUNT": [147, 70],
    "SMOKE_PROP": [0.2, None],
    "SMOKE_N": [290, None],
}


def wide(**changes) -> pd.DataFrame:
    return pd.DataFrame({**WIDE, **changes})


def long(*rows, columns=("covariate", "kind", "value")) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))


def test_a_wide_table():
    population = Population.from_wide(wide())
    assert (population.name, population.n) == ("B, Total", 300)
    assert population.moments == (
        Mean(name="AGE", value=51),
        SD(name="AGE", value=3.25),
        Median(name="AGE", value=49),
        Quantile(name="AGE", value=46, probability=0.25),
        Proportion.from_count("SEX_MALE", 147, 300),
        Proportion(name="SMOKE", value=0.2, n=290),
    )


def test_a_row_is_chosen_by_its_arm():
    population = Population.from_wide(wide(), arm="Drug", name="drug alone")
    assert (population.name, population.n) == ("drug alone", 150)
    assert [m.name for m in population.moments] == ["SEX_MALE"]
    with pytest.raises(InputError, match=r"`arm` must name one .*'Total', 'Drug'\); 0 are 'C'"):
        Population.from_wide(wide(), arm="C")
    two = wide(ARM=["A", "B"])
    with pytest.raises(InputError, match="0 are 'Total'"):
        Population.from_wide(two)


def test_a_count_of_those_with_the_covariate_known():
    frame = wide(SEX_MALE_N=[294, 150])
    assert Population.from_wide(frame).named("SEX_MALE")[0].value == 0.5


def test_a_proportion_beside_its_count_must_agree():
    population = Population.from_wide(wide(SEX_MALE_PROP=[0.49, None]))
    assert [m.count for m in population.named("SEX_MALE")] == [147]
    with pytest.raises(FileFaultError, match=r"row 1, SEX_MALE_PROP: is 0.51, but the count"):
        Population.from_wide(wide(SEX_MALE_PROP=[0.51, None]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"SMOKE_PROP": [20, None]}, r"row 1, SMOKE_PROP: .*fraction .*; if .* write 0.2"),
        ({"AGE_SD": ["x", None]}, "row 1, AGE_SD: must be a number; got 'x'"),
        ({"AGE_SD": [0, None]}, "row 1, AGE_SD: .*must be above 0"),
        ({"SEX_MALE_COUNT": [301, 1]}, "row 1, SEX_MALE_COUNT: .*301 of 300 patients cannot be"),
        ({"SEX_MALE_COUNT": [1.5, 1]}, "row 1, SEX_MALE_COUNT: .*whole number of patients"),
        ({"N": [None, 5]}, "row 1, N: must be a number; it is empty"),
        ({"weight": [70, 1]}, r"columns: weight: must be STUDY, ARM, N or end in _MEAN"),
        ({"AGE_P0": [1, 2]}, "row 1, AGE_P0: .*probability"),
        ({"SMOKE_N": [301, None]}, "301 patients of a population of 300"),
    ],
)
def test_faults_of_a_wide_table(changes, message):
    with pytest.raises(InputError, match=message):
        Population.from_wide(wide(**changes))


def test_all_faults_are_listed_at_once():
    with pytest.raises(FileFaultError) as caught:
        Population.from_wide(wide(SMOKE_PROP=[20, None], AGE_SD=["x", None]))
    assert len(caught.value.faults) == 2


def test_columns_are_passed_over_only_by_name():
    frame = wide(weight=[70, 1])
    assert "weight" not in Population.from_wide(frame, skip=["weight"]).covariates
    with pytest.raises(InputError, match="`skip` names 'height'"):
        Population.from_wide(frame, skip=["height"])


def test_a_row_without_a_moment_or_a_name():
    empty = pd.DataFrame({"N": [10], "AGE_MEAN": [None]})
    with pytest.raises(FileFaultError, match="row 1: says nothing about any covariate"):
        Population.from_wide(empty)
    with pytest.raises(InputError, match="`name` is needed"):
        Population.from_wide(pd.DataFrame({"N": [10], "AGE_MEAN": [5]}))
    with pytest.raises(FileFaultError, match="columns: must have N"):
        Population.from_wide(pd.DataFrame({"AGE_MEAN": [5]}))
    twice = pd.DataFrame([[10, 5, 6]], columns=["N", "AGE_MEAN", "AGE_MEAN"])
    with pytest.raises(InputError, match="column 'AGE_MEAN' twice"):
        Population.from_wide(twice)


def test_a_long_table():
    frame = long(
        ("age", "mean", 51, None, "Age, years"),
        ("age", "SD", 3.25, None, ""),
        ("age", "median", 49, None, ""),
        ("age", "quantile 0.25", 46, None, ""),
        ("male", "count", 147, 294, ""),
        ("smoker", "proportion", 0.2, 290, ""),
        columns=("covariate", "kind", "value", "n", "label"),
    )
    population = Population.from_long(frame, n=300, name="B")
    assert [m.kind for m in population.named("age")] == ["mean", "SD", "median", "quantile 0.25"]
    assert population.named("age")[0].title == "Age, years"
    assert population.named("male") == (Proportion.from_count("male", 147, 294),)
    assert population.named("smoker")[0].n == 290


def test_a_population_goes_to_a_frame_and_back():
    population = Population.from_wide(wide())
    frame = population.to_frame().rename(columns={"name": "covariate"})
    again = Population.from_long(frame, n=300, name=population.name)
    assert [(m.name, m.kind, m.value) for m in again.moments] == [
        (m.name, m.kind, m.value) for m in population.moments
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("age", "average", 5), "row 1: `kind` must be one of mean, SD, .*got 'average'"),
        (("age", "mean", "?"), "row 1: must be a number"),
        (("age", "quantile 1.5", 5), "row 1: `kind` must be"),
        (("male", "proportion", 49), "row 1: .*if that is per cent, write 0.49"),
        (("male", "count", 400), "row 1: .*400 of 300 patients"),
        (("", "mean", 5), "row 1: .*non-empty string"),
    ],
)
def test_faults_of_a_long_table(row, message):
    with pytest.raises(FileFaultError, match=message):
        Population.from_long(long(row), n=300, name="B")


def test_columns_of_a_long_table():
    with pytest.raises(FileFaultError, match="missing: kind; unknown: type"):
        Population.from_long(
            long(("age", "mean", 5), columns=("covariate", "type", "value")), n=9, name="B"
        )
    with pytest.raises(FileFaultError, match="has no rows"):
        Population.from_long(long(), n=9, name="B")
    with pytest.raises(InputError, match="two of mean 'age'"):
        Population.from_long(long(("age", "mean", 5), ("age", "mean", 6)), n=9, name="B")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Quantile(name="x", value=1, probability=1), r"inside \(0, 1\)"),
        (lambda: Quantile(name="x", value=1, probability=0.5, ties="up"), "`x.ties` must be"),
        (lambda: Median(name="x", value=1, ties="up"), "`x.ties` must be"),
        (lambda: SD(name="x", value=1, divisor="n-1"), "`x.divisor` must be one of 'n', 'n - 1'"),
        (lambda: Mean(name="x", value=float("nan")), "a mean must be a number"),
        (lambda: Proportion(name="x", value=0.5, count=5, n=4), "needs n of at least that; got 4"),
    ],
)
def test_moments_check_themselves(build, message):
    with pytest.raises(InputError, match=message):
        build()
