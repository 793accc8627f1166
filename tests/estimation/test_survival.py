"""One door: the same calls for patients, weighted patients and draws, on one curve type."""

from __future__ import annotations

import numpy as np
import pytest

from survcomp.errors import InputError
from survcomp.estimation import (
    hazard_ratio,
    kaplan_meier,
    median,
    median_follow_up,
    pool,
    rmst,
    survival_at,
)
from survcomp.estimation.jackknife import jackknife_rmst
from survcomp.values import IPD, Ensemble, Weights

A = IPD.from_times([1, 2, 3, 5], [4, 9, 9], arm="A", time_unit="months")
B = IPD.from_times([1, 2, 2.5, 3, 6], [4, 9], arm="B", time_unit="months")
MANY = Ensemble(
    draws=tuple(
        IPD.from_times([1, 2, t, 5], [4, 9, 9], arm="A", time_unit="months") for t in (3, 3.5, 4.5)
    ),
    method="summary",
    curve_id="T/A/OS",
)
WEIGHTS = Weights(id=A.id, value=np.linspace(0.5, 2, A.n), population="P")


def test_one_data_set_has_no_reconstruction_part():
    for estimate in (
        rmst(A, horizon=6),
        rmst(A, horizon=6, weights=WEIGHTS),
        median(A),
        survival_at(A, 3),
        median_follow_up(A),
    ):
        assert (estimate.se_reconstruction, estimate.share, estimate.draws) == (0, 0, 1)
        assert estimate.se == estimate.se_sampling
        assert (estimate.arm, estimate.interval.split(",")[0]) == ("A", "sampling error only")


def test_weights_give_the_weighted_numbers():
    weighted = jackknife_rmst(A, horizon=6, weights=WEIGHTS)
    area = rmst(A, horizon=6, weights=WEIGHTS)
    assert (area.value, area.se) == (weighted.estimate, weighted.se)
    assert area.interval.endswith("weights taken as known")
    curve = kaplan_meier(A, weights=WEIGHTS)
    assert survival_at(A, 3, weights=WEIGHTS) == curve.at(3)
    assert median(A, weights=WEIGHTS) == curve.median()


def test_draws_are_pooled():
    each = [rmst(draw, horizon=6) for draw in MANY]
    pooled, by_hand = rmst(MANY, horizon=6), pool([e.value for e in each], [e.se**2 for e in each])
    assert (pooled.value, pooled.se, pooled.df) == pytest.approx(
        (by_hand.value, by_hand.se, by_hand.df)
    )
    assert pooled.ci == pytest.approx(by_hand.ci)
    assert (pooled.draws, pooled.time, pooled.unit) == (3, 6, "months")
    assert pooled.interval == "sampling and reconstruction error, under assumed censoring"
    follow_up = median_follow_up(MANY)
    assert (follow_up.quantity, follow_up.draws) == ("median follow-up", 3)
    assert follow_up.value == median_follow_up(MANY[0]).value  # censoring is alike in all of them


def test_the_pooled_curve_is_a_curve_like_any_other():
    curve = kaplan_meier(MANY)
    assert curve.time.tolist() == [1, 2, 3, 3.5, 4.5, 5]
    assert curve([0, 2, 3.2]).tolist() == [1, curve.survival[1], curve.survival[2]]
    assert np.all((curve.ci_low <= curve.survival) & (curve.survival <= curve.ci_high))
    for time in (0.5, 2, 3.2, 9):
        at, asked = curve.at(time), survival_at(MANY, time)
        assert (at.value, at.se, at.ci_low, at.share) == pytest.approx(
            (asked.value, asked.se, asked.ci_low, asked.share), rel=1e-12
        )
    assert curve.median() == median(MANY)
    assert curve.at_risk_at([0, 3.2]).tolist() == [7, 5]
    assert curve.at_risk[[0, 3]] == pytest.approx([7, 4 + 2 / 3])
    assert curve.events.sum() == curve.n_events == 4
    frame = curve.to_frame()
    assert frame["se"].to_numpy() == pytest.approx(
        np.hypot(frame["se_sampling"], frame["se_reconstruction"])
    )
    assert frame["se_reconstruction"].iloc[2] > 0
    with pytest.raises(InputError, match="known from 0 to 9 months; got 10"):
        curve(10)
    with pytest.raises(InputError, match="`ci_transform` must be 'log-log' over draws"):
        kaplan_meier(MANY, ci_transform="log")


def test_survival_at_several_times_keeps_their_order():
    for patients in (A, MANY):
        rows = survival_at(patients, [5, 1, 2])
        assert [row.time for row in rows] == [5, 1, 2]
        assert [row.value for row in rows] == [survival_at(patients, t).value for t in (5, 1, 2)]


def test_the_hazard_ratio_is_pooled_over_draws():
    each = [hazard_ratio(draw, B) for draw in MANY]
    pooled = hazard_ratio(MANY, B.__class__.from_times(
        B.time[B.event], B.time[~B.event], arm="B", time_unit="months", origin="observed",
        censoring="observed"))  # fmt: skip
    by_hand = pool([f.log_hr for f in each], [f.se**2 for f in each])
    assert (pooled.log_hr, pooled.se, pooled.se_reconstruction) == pytest.approx(
        (by_hand.value, by_hand.se, by_hand.se_reconstruction), abs=1e-7
    )
    assert pooled.log_ci == pytest.approx(by_hand.ci, abs=1e-7)
    assert pooled.ci == pytest.approx(tuple(np.exp(by_hand.ci)), abs=1e-6)
    assert (pooled.draws, pooled.events_treatment) == (3, 4)
    assert str(pooled).startswith(f"HR {pooled.value:.2f} (95% CI ")
    assert pooled.to_frame()["value"].tolist() == [pooled.value]
    with pytest.raises(InputError, match="`comparator` is one reconstructed data set"):
        hazard_ratio(MANY, B)
    single = hazard_ratio(A, B)
    assert (single.se, single.se_reconstruction, single.draws) == (single.se_sampling, 0, 1)
