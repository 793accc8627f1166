"""Guyot's method: a case by hand, invariants over random curves, and the stored peers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.paths import BENCH

from survcomp.errors import InputError
from survcomp.estimation import kaplan_meier
from survcomp.reconstruction import guyot, reconstruct
from survcomp.values import IPD, AtRisk, Count, Curve, CurvePoints

ARMS = BENCH / "reconstruction"


def make(time, survival, n, at_risk=None, events=None) -> Curve:
    return Curve(
        trial="T",
        arm="a",
        treatment="drug",
        endpoint="OS",
        n=n,
        points=CurvePoints.from_trace(time, survival),
        at_risk=AtRisk.from_rows(*at_risk) if at_risk else None,
        counts=(Count(count=events),) if events is not None else (),
    )


def test_by_hand():
    """10 patients, one death each at 2, 4 and 6, nobody censored before 6."""
    rebuilt = guyot(make([0, 2, 4, 6], [1, 0.9, 0.8, 0.7], 10, at_risk=([0, 4], [10, 9])))
    assert rebuilt.ipd.time[rebuilt.ipd.event].tolist() == [2.0, 4.0, 6.0]
    assert rebuilt.ipd.time[~rebuilt.ipd.event].tolist() == [6.0] * 7
    assert rebuilt.fidelity.missed == ()


def test_censorings_are_found_from_the_numbers_at_risk():
    """S is flat from 2 to 6 while the at-risk count falls from 9 to 5: four were censored."""
    curve = make([0, 2, 5.9, 8], [1, 0.9, 0.9, 0.72], 10, at_risk=([0, 3, 6], [10, 9, 5]))
    rebuilt = guyot(curve)
    between = (~rebuilt.ipd.event) & (rebuilt.ipd.time > 3) & (rebuilt.ipd.time < 6)
    assert int(between.sum()) == 4
    assert rebuilt.ipd.n_events == 2


@st.composite
def arms(draw):
    """Random patients, the points of their curve and their at-risk table."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    n = draw(st.integers(5, 400))
    event_time = rng.weibull(rng.uniform(0.6, 1.6), n) * 20
    censor_time = rng.uniform(1, 40, n)
    time = np.minimum(event_time, censor_time)
    event = event_time <= censor_time
    event[int(np.argmin(time))] = True
    return IPD.from_times(time[event], time[~event], arm="a", time_unit="months")


@given(arms(), st.booleans())
@settings(max_examples=60)
def test_n_in_is_n_out_and_the_curve_is_close(truth, give_events):
    curve = kaplan_meier(truth)
    end = curve.end
    grid = np.linspace(0, end, 120)
    risk_times = np.linspace(0, end * 0.999, 7)
    made = make(
        grid,
        curve(grid),
        truth.n,
        at_risk=(risk_times, curve.at_risk_at(risk_times)),
        events=truth.n_events if give_events else None,
    )
    rebuilt = guyot(made)
    assert rebuilt.ipd.n == truth.n
    assert float(rebuilt.ipd.time.max()) <= end + 1e-9
    # an event is moved to the next click at most, so the curve is late by one click
    late = kaplan_meier(rebuilt.ipd)(np.maximum(grid[:60] - grid[1], 0))
    early = kaplan_meier(rebuilt.ipd)(grid[1:61])
    slack = 0.02 + 1.5 / truth.n
    assert np.all(curve(grid[:60]) <= late + slack)
    assert np.all(curve(grid[:60]) >= early - slack)


@pytest.mark.parametrize(
    ("time", "survival", "n", "at_risk", "events"),
    [
        # survHE issue 30: 13 clicks, the censoring loop of the published code never ends
        (list(range(13)), [1, 0.95, 0.9, 0.85, 0.76, 0.71, 0.66, 0.6, 0.5, 0.4, 0.33, 0.3, 0.2],
         21, ([0, 2, 4, 6, 8, 10], [21, 16, 12, 6, 3, 2]), None),
        ([0, 5], [1, 1], 10, None, None),                          # no event at all
        ([0, 5, 10], [1, 0.5, 0], 10, None, None),                 # everybody dies
        ([0, 5, 10], [1, 0.5, 0.4], 1, None, None),                # one patient
        ([0, 5, 10], [1, 0.8, 0.7], 50, ([0, 4, 8, 12, 16], [50, 40, 20, 0, 0]), None),
        ([2, 5, 10], [0.9, 0.8, 0.7], 50, ([0, 4], [50, 40]), 12),
        ([0, 5, 5, 10], [1, 0.9, 0.7, 0.7], 40, ([0, 5], [40, 30]), None),
        ([0, 10], [1, 0.5], 3000, ([0, 9], [3000, 100]), 900),
    ],
)  # fmt: skip
def test_hostile_curves_end_in_all_patients(time, survival, n, at_risk, events):
    rebuilt = guyot(make(time, survival, n, at_risk=at_risk, events=events))
    assert rebuilt.ipd.n == n
    assert np.all(np.diff(rebuilt.ipd.time) >= 0)


def test_without_table_and_events_the_result_warns():
    rebuilt = guyot(make([0, 5, 10], [1, 0.8, 0.7], 50))
    assert rebuilt.ipd.censoring == "assumed"
    assert any("over-counted" in note for note in rebuilt.notes)


def test_repairs_of_the_trace_are_passed_on():
    rebuilt = guyot(make([-0.01, 5, 10], [1.004, 0.8, 0.7], 50))
    assert sum("moved to its edge" in note for note in rebuilt.notes) == 2


def test_options_of_the_other_method_are_refused():
    with pytest.raises(InputError, match="goes with the method 'piecewise exponential'"):
        reconstruct(make([0, 5], [1, 0.8], 50), tail=2.0)


def read_pairs(path: Path) -> tuple[list[float], list[float]]:
    with path.open() as file:
        rows = list(csv.reader(file))[1:]
    return [float(r[0]) for r in rows], [float(r[1]) for r in rows]


@pytest.mark.external
def test_as_accurate_as_the_stored_implementation_of_the_same_paper():
    """RMSE of S(t) on 45 real arms beside survivalnma's Guyot, from the same clicks."""
    if not ARMS.exists():
        pytest.skip("../shared/bench is not beside this checkout")
    with (ARMS / "peers_curves.csv").open() as file:
        peers = [r for r in csv.DictReader(file) if r["tool"] == "guyot_survivalnma"]
    ours, theirs = [], []
    for row in peers:
        if row["digitisation"] != "hi" or not row["rmse"] or row["rmse"] == "NA":
            continue
        name = row["arm_id"]
        time, survival = read_pairs(ARMS / "arms" / f"{name}__hi_clicks.csv")
        risk = read_pairs(ARMS / "arms" / f"{name}_nrisk.csv")
        times, status = read_pairs(ARMS / "arms" / f"{name}_ipd.csv")
        t, e = np.array(times), np.array(status) == 1
        truth = kaplan_meier(IPD.from_times(t[e], t[~e], arm="a", time_unit="days"))
        points = CurvePoints.from_trace(time, survival)
        curve = Curve(
            trial="T",
            arm="a",
            treatment="drug",
            endpoint="OS",
            n=t.size,
            time_unit="days",
            points=points,
            at_risk=AtRisk.from_rows(*risk),
        )
        rebuilt = kaplan_meier(guyot(curve).ipd)
        grid = np.linspace(0, t.max(), 1000, endpoint=False)
        known = grid[grid <= rebuilt.end]
        errors = rebuilt(known) - truth(known)
        ours.append(float(np.sqrt(np.mean(errors**2))))
        theirs.append(float(row["rmse"]))
    assert len(ours) >= 40
    assert np.median(ours) <= 1.1 * np.median(theirs)
