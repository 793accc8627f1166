"""Kaplan-Meier, Cox, log-rank and RMST against R survival 3.5-3 (tests/golden/estimate.R)."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from support.paths import GOLDEN

from survcomp.estimation import hazard_ratio, kaplan_meier, logrank, rmst
from survcomp.values import IPD, Weights
from survcomp.values.checks import read_only

# Closed formulas on 228 patients: only the order of summation differs.
CLOSED = dict(rel=1e-9)
# R stops its Newton iteration at 1e-12 of the log likelihood, which leaves about 1e-8 on beta.
FITTED = dict(rel=1e-7)


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "estimate_patients.csv")


@pytest.fixture(scope="module")
def r(golden):
    return golden("estimate")


def arm(frame: pd.DataFrame, sex: int | None, *, time: str = "time") -> IPD:
    rows = frame if sex is None else frame[frame.sex == sex]
    return IPD.from_frame(
        rows.assign(id=rows.index.astype(str)),
        time=time,
        event="event",
        time_unit="days",
        origin="observed",
        id="id",
        label=f"sex {sex}",
    )


def weights_of(frame: pd.DataFrame, ipd: IPD) -> Weights:
    values = frame.loc[[int(i) for i in ipd.id], "weight"].to_numpy()
    return Weights(id=ipd.id, value=read_only(values, name="weights"), population="made up")


@pytest.mark.parametrize("transform", ["log-log", "log", "plain"])
def test_kaplan_meier(patients, r, transform):
    curve = kaplan_meier(arm(patients, None), ci_transform=transform)
    median = curve.median()
    expected = [r[f"km/median/{transform}/{i}"] for i in (1, 2, 3)]
    assert [median.value, median.ci_low, median.ci_high] == expected
    for time in (90, 365, 730):
        at = curve.at(time)
        expected = [r[f"km/at/{time}/{transform}/{i}"] for i in (1, 2, 3, 4)]
        assert [at.value, at.se, at.ci_low, at.ci_high] == pytest.approx(expected, **CLOSED)


@pytest.mark.parametrize("sex", [1, 2])
def test_weighted_kaplan_meier_has_the_robust_band(patients, r, sex):
    ipd = arm(patients, sex)
    curve = kaplan_meier(ipd, weights=weights_of(patients, ipd))
    median = curve.median()
    expected = [r[f"wkm/{sex}/median/{i}"] for i in (1, 2, 3)]
    assert [median.value, median.ci_low, median.ci_high] == expected
    for time in (180, 365, 730):
        at = curve.at(time)
        expected = [r[f"wkm/{sex}/at/{time}/{i}"] for i in (1, 2, 3, 4)]
        assert [at.value, at.se, at.ci_low, at.ci_high] == pytest.approx(expected, **CLOSED)


@pytest.mark.parametrize(("case", "time"), [("plain", "time"), ("tied", "tied")])
def test_cox(patients, r, case, time):
    fit = hazard_ratio(arm(patients, 1, time=time), arm(patients, 2, time=time))
    assert fit.log_hr == pytest.approx(r[f"cox/{case}/1"], **FITTED)
    assert fit.se == pytest.approx(r[f"cox/{case}/2"], **FITTED)
    assert fit.variance == "model"


@pytest.mark.parametrize(("case", "time"), [("weighted", "time"), ("weighted_tied", "tied")])
def test_weighted_cox_has_efron_s_robust_variance(patients, r, case, time):
    treated = arm(patients, 1, time=time)
    fit = hazard_ratio(treated, arm(patients, 2, time=time), weights=weights_of(patients, treated))
    assert fit.log_hr == pytest.approx(r[f"cox/{case}/1"], **FITTED)
    assert fit.se == pytest.approx(r[f"cox/{case}/2"], **FITTED)
    assert fit.variance == "robust"


@pytest.mark.parametrize(("time", "key"), [("time", "logrank"), ("tied", "logrank/tied")])
def test_logrank(patients, r, time, key):
    test = logrank(arm(patients, 1, time=time), arm(patients, 2, time=time))
    assert test.chi_squared == pytest.approx(r[f"{key}/chi_squared"], **CLOSED)


@pytest.mark.parametrize("sex", [1, 2])
def test_rmst(patients, r, sex):
    area = rmst(arm(patients, sex), horizon=365)
    expected = [r[f"rmst/{sex}/1"], r[f"rmst/{sex}/2"]]
    assert [area.value, area.se] == pytest.approx(expected, **CLOSED)


def test_median_of_a_flat_part_is_its_middle(r):
    falls = IPD.from_times([1, 2, 3, 4], [], arm="A", time_unit="months")
    stays = IPD.from_times([1, 2], [3, 4], arm="A", time_unit="months")
    assert kaplan_meier(falls).median().value == r["km/flat/median"]
    assert kaplan_meier(stays).median().value == r["km/flat_to_the_end/median"]


def test_a_median_that_is_not_reached_is_infinite():
    curve = kaplan_meier(IPD.from_times([1], [5, 6, 7], arm="A", time_unit="months"))
    assert math.isinf(curve.median().value)


def test_events_at_time_zero_count(r):
    ipd = IPD.from_times([0.0] * 30 + [5, 6], [10.0] * 68, arm="A", time_unit="months")
    curve = kaplan_meier(ipd)
    at = curve.at(10)
    expected = [r[f"zero/at/10/{i}"] for i in (1, 2, 3, 4)]
    assert [at.value, at.se, at.ci_low, at.ci_high] == pytest.approx(expected, **CLOSED)
    area = rmst(ipd, horizon=10)
    assert [area.value, area.se] == pytest.approx([r["zero/rmst/1"], r["zero/rmst/2"]], **CLOSED)
    assert curve.n_events == int(curve.events.sum())
