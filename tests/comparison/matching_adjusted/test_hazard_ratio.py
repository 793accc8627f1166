"""A MAIC over draws: no spread gives the single result back, spread adds up, names are checked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.maic import MATCH, comparator, target, treated

from survcomp.adjustment import maic_weights
from survcomp.comparison import Matching, maic_variances, unanchored_maic
from survcomp.errors import IncompatibleError, InputError
from survcomp.values import IPD, Ensemble
from survcomp.values.quantiles import normal_quantile

TARGET = target(61)
METHODS = ("robust", "ESS-scaled", "M-estimation")


@pytest.fixture(scope="module")
def patients():
    return treated(150)


@pytest.fixture(scope="module")
def weights(patients):
    return maic_weights(patients, TARGET, match=MATCH)


def draw(factor=1.0) -> IPD:
    """B's patients, rebuilt, each followed in its own measure."""
    b = comparator(90)
    time = b.time * factor
    return IPD.from_times(time[b.event], time[~b.event], arm="B", time_unit="months")


def ensemble(*draws: IPD) -> Ensemble:
    return Ensemble(draws=draws, method="jitter", curve_id="T/B/OS")


def options(method):
    return {
        "outcome": "OS",
        "variance": method,
        "population": TARGET if method == "M-estimation" else None,
    }


@pytest.mark.parametrize("method", METHODS)
def test_draws_that_agree_give_the_single_result(patients, weights, method):
    pooled = unanchored_maic(patients, ensemble(draw(), draw(), draw()), weights, **options(method))
    row = maic_variances(patients, draw(), Matching(TARGET, match=MATCH), outcome="OS").row(method)
    assert pooled.se_reconstruction == pytest.approx(0, abs=1e-12)
    assert (pooled.link_value, pooled.se, pooled.link_ci[0], pooled.link_ci[1]) == pytest.approx(
        (row.estimate, row.se, row.ci_low, row.ci_high), abs=1e-8
    )


@pytest.mark.parametrize("method", METHODS)
def test_rubin_s_rules_by_hand(patients, weights, method):
    draws = [draw(), draw(0.7), draw(1.4)]
    pooled = unanchored_maic(patients, ensemble(*draws), weights, **options(method))
    rows = [
        maic_variances(patients, d, Matching(TARGET, match=MATCH), outcome="OS").row(method)
        for d in draws
    ]
    estimates = np.array([row.estimate for row in rows])
    within = np.mean([row.se**2 for row in rows])
    between = (1 + 1 / 3) * estimates.var(ddof=1)
    assert pooled.link_value == pytest.approx(estimates.mean(), abs=1e-8)
    assert pooled.se_sampling == pytest.approx(math.sqrt(within), abs=1e-8)
    assert pooled.se_reconstruction == pytest.approx(math.sqrt(between), abs=1e-8)
    # the interval is at least the normal one of the total
    total = math.sqrt(within + between)
    assert pooled.link_ci[1] - pooled.link_value >= normal_quantile(0.95) * total - 1e-9


@settings(max_examples=15)
@given(st.permutations([0.6, 0.9, 1.0, 1.3]))
def test_the_order_of_the_draws_does_not_matter(factors):
    patients = treated(60)
    weights = maic_weights(patients, TARGET, match=MATCH)
    mixed, ordered = (
        unanchored_maic(patients, ensemble(*map(draw, each)), weights, outcome="OS")
        for each in (factors, sorted(factors))
    )
    assert (mixed.link_value, mixed.se, mixed.link_ci[0]) == pytest.approx(
        (ordered.link_value, ordered.se, ordered.link_ci[0]), abs=1e-10
    )


def test_what_the_interval_holds_is_said(patients, weights):
    pooled = unanchored_maic(patients, ensemble(draw(), draw(0.8)), weights, outcome="OS")
    single = unanchored_maic(patients, draw(), weights, outcome="OS")
    assert pooled.interval.startswith(
        "sampling and reconstruction error, under assumed censoring; robust"
    )
    assert "weights on the raw scale; standard error in each draw: robust" in pooled.method
    assert "pooled by Rubin's rules over 2 draws" in pooled.method
    assert pooled.p is None
    assert pooled.population == single.population == "B's trial"
    assert pooled.assumptions == single.assumptions
    assert pooled.notes == single.notes
    assert pooled.remarks[-1].endswith("from 2 draws.")


def test_few_effective_patients_have_the_ess_scaled_variance():
    patients = treated(40)
    weights = maic_weights(patients, TARGET, match=MATCH)
    assert weights.ess < 50
    pooled = unanchored_maic(patients, ensemble(draw(), draw(0.8)), weights, outcome="OS")
    assert "weights on the ess scale" in pooled.method


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"variance": "bootstrap"}, "`variance` must be one of 'robust', 'ESS-scaled', 'M-est"),
        ({"variance": "M-estimation"}, "`population` is needed with variance='M-estimation'"),
        ({"variance": "robust", "population": TARGET}, "goes with it only; got variance='robust'"),
    ],
)
def test_options_that_are_not_allowed(patients, weights, changed, message):
    with pytest.raises(InputError, match=message):
        unanchored_maic(patients, ensemble(draw(), draw()), weights, outcome="OS", **changed)


def test_one_data_set_has_no_reconstruction_error_to_pool(patients, weights):
    single = unanchored_maic(patients, draw(), weights, outcome="OS")
    assert (single.se_reconstruction, single.over_draws) == (None, None)
    assert single.interval.startswith("sampling error only")
    with pytest.raises(InputError, match="`variance` and `population` go with a comparator that"):
        unanchored_maic(patients, draw(), weights, outcome="OS", variance="robust")
    with pytest.raises(InputError, match="`scale` goes with one data set"):
        unanchored_maic(patients, ensemble(draw(), draw()), weights, outcome="OS", scale="n")


def test_weights_of_others_are_refused(weights):
    with pytest.raises(IncompatibleError, match="these weights belong to other patients"):
        unanchored_maic(
            treated(40), ensemble(draw(), draw()), weights, outcome="OS", variance="robust"
        )
