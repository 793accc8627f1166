"""Weights of another data set are refused, also where row numbers are the only ids."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from survcomp.adjustment import balance_table, maic_weights
from survcomp.comparison import unanchored_maic
from survcomp.errors import IncompatibleError
from survcomp.estimation import hazard_ratio, kaplan_meier
from survcomp.values import IPD, CovariateColumns, Mean, Population


def patients(seed: int, *, covariates: tuple[str, ...] = ("age", "stage")) -> IPD:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "t": rng.exponential(10, 40),
            "e": rng.integers(0, 2, 40),
            "age": rng.normal(60, 8, 40),
            "stage": rng.integers(0, 2, 40),
        }
    )
    return IPD.from_frame(
        frame, time="t", event="e", time_unit="months", origin="observed", covariates=covariates
    )


@pytest.fixture
def target() -> Population:
    return Population.from_moments([Mean(name="age", value=61.0)], n=50, name="B's trial")


@pytest.fixture
def comparator() -> IPD:
    return patients(9, covariates=())


def test_row_numbers_do_not_hide_another_data_set(target, comparator):
    mine, other = patients(1), patients(2)
    assert mine.id == other.id
    weights = maic_weights(mine, target, match=["age"])
    for use in (
        lambda: kaplan_meier(other, weights=weights),
        lambda: hazard_ratio(other, comparator, weights=weights),
        lambda: unanchored_maic(other, comparator, weights, outcome="OS"),
        lambda: balance_table(other, target, weights),
    ):
        with pytest.raises(
            IncompatibleError, match=r"another data set: its patient '1' .*age, stage"
        ):
            use()


def test_the_same_patients_keep_their_weights(target):
    """Another endpoint, another order, another unit, or without covariates: the same people."""
    mine = patients(1)
    weights = maic_weights(mine, target, match=["age"])
    usual = weights.for_patients(mine)
    later = mine.truncate(5.0)
    shuffled = mine.only(np.ones(mine.n, dtype=bool))
    for same in (later, shuffled, mine.in_unit("days"), patients(1, covariates=())):
        assert weights.for_patients(same).tolist() == usual.tolist()


def test_an_empty_covariate_is_equal_to_itself(target):
    frame = pd.DataFrame({"t": [1.0, 2, 3, 4], "e": [1, 0, 1, 1], "age": [50.0, 60, 70, None]})
    age = CovariateColumns(["age"], missing="keep")
    ipd = IPD.from_frame(
        frame, time="t", event="e", time_unit="months", origin="observed", covariates=age
    )
    weights = maic_weights(ipd, target, match=["age"], missing="exclude")
    assert weights.for_patients(ipd)[3] == 0
