"""A MAIC over draws: no spread gives the single result back, spread adds up, names are checked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.maic import MATCH, comparator, target, treated

from survcomp.adjustment import maic_weights
from survcomp.comparison import Matching, maic_variances, pooled_maic, unanchored_maic
from survcomp.errors import IncompatibleError, InputError
from survcomp.values import IPD, Ensemble
from survcomp.values.contrast import normal_quantile

TARGET = target(61)
METHODS = ("robust", "ESS-scaled", "M-estimation")


@pytest.fixture(scope="module")
def own():
    return treated(150)


@pytest.fixture(scope="module")
def weights(own):
    return maic_weights(own, TARGET, match=MATCH)


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
        "method": method,
        "population": TARGET if method == "M-estimation" else None,
    }


@pytest.mark.parametrize("method", METHODS)
def test_draws_that_agree_give_the_single_result(own, weights, method):
    found = pooled_maic(own, ensemble(draw(), draw(), draw()), weights, **options(method))
    row = maic_variances(own, draw(), Matching(TARGET, match=MATCH), outcome="OS").row(method)
    assert found.se_reconstruction == pytest.approx(0, abs=1e-12)
    assert (found.estimate, found.se, found.ci_low, found.ci_high) == pytest.approx(
        (row.estimate, row.se, row.ci_low, row.ci_high), abs=1e-8
    )


@pytest.mark.parametrize("method", METHODS)
def test_rubin_s_rules_by_hand(own, weights, method):
    draws = [draw(), draw(0.7), draw(1.4)]
    found = pooled_maic(own, ensemble(*draws), weights, **options(method))
    rows = [
        maic_variances(own, d, Matching(TARGET, match=MATCH), outcome="OS").row(method)
        for d in draws
    ]
    estimates = np.array([row.estimate for row in rows])
    within = np.mean([row.se**2 for row in rows])
    between = (1 + 1 / 3) * estimates.var(ddof=1)
    assert found.estimate == pytest.approx(estimates.mean(), abs=1e-8)
    assert found.se == pytest.approx(math.sqrt(within), abs=1e-8)
    assert found.se_reconstruction == pytest.approx(math.sqrt(between), abs=1e-8)
    # the interval is at least the normal one of the total
    total = math.sqrt(within + between)
    assert found.ci_high - found.estimate >= normal_quantile(0.95) * total - 1e-9


@settings(max_examples=15)
@given(st.permutations([0.6, 0.9, 1.0, 1.3]))
def test_the_order_of_the_draws_does_not_matter(factors):
    own = treated(60)
    weights = maic_weights(own, TARGET, match=MATCH)
    found, ordered = (
        pooled_maic(own, ensemble(*map(draw, each)), weights, outcome="OS")
        for each in (factors, sorted(factors))
    )
    assert (found.estimate, found.se, found.ci_low) == pytest.approx(
        (ordered.estimate, ordered.se, ordered.ci_low), abs=1e-10
    )


def test_what_the_interval_holds_is_said(own, weights):
    found = pooled_maic(own, ensemble(draw(), draw(0.8)), weights, outcome="OS")
    single = unanchored_maic(own, draw(), weights, outcome="OS")
    assert found.interval.startswith(
        "sampling and reconstruction error, under assumed censoring; robust"
    )
    assert "weights on the raw scale; standard error in each draw: robust" in found.method
    assert "pooled by Rubin's rules over 2 draws" in found.method
    assert found.p is None
    assert found.population == single.population == "B's trial"
    assert found.assumptions == single.assumptions
    assert found.notes == single.notes
    assert found.remarks[-1].endswith("from 2 draws.")


def test_few_effective_patients_have_the_ess_scaled_variance():
    own = treated(40)
    weights = maic_weights(own, TARGET, match=MATCH)
    assert weights.ess < 50
    found = pooled_maic(own, ensemble(draw(), draw(0.8)), weights, outcome="OS")
    assert "weights on the ess scale" in found.method


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"method": "bootstrap"}, "`method` must be one of 'robust', 'ESS-scaled', 'M-est"),
        ({"method": "M-estimation"}, "`population` is needed with method='M-estimation'"),
        ({"method": "robust", "population": TARGET}, "goes with it only; got method='robust'"),
    ],
)
def test_options_that_are_not_allowed(own, weights, changed, message):
    with pytest.raises(InputError, match=message):
        pooled_maic(own, ensemble(draw(), draw()), weights, outcome="OS", **changed)


def test_one_data_set_has_no_reconstruction_error_to_pool(own, weights):
    with pytest.raises(InputError, match="`comparator` is one reconstructed data set"):
        pooled_maic(own, draw(), weights, outcome="OS")


def test_weights_of_others_are_refused(weights):
    with pytest.raises(IncompatibleError, match="these weights belong to other patients"):
        pooled_maic(treated(40), ensemble(draw(), draw()), weights, outcome="OS", method="robust")
