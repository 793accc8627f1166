"""How an estimate is read."""

from __future__ import annotations

import math

import pytest

import survcomp as sc
from survcomp.values import Estimate, Estimates


def months(**fields) -> Estimate:
    known = {"value": 15.21, "se": 0.66, "se_sampling": 0.66, "ci_low": 13.92, "ci_high": 16.5}
    return Estimate(**{"quantity": "median", "unit": "months", **known, **fields})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "median 15.2 months (95% CI 13.9 to 16.5)"),
        ({"ci_high": math.inf}, "median 15.2 months (95% CI 13.9 to not reached)"),
        (
            {"value": math.inf, "ci_high": math.inf},
            "median not reached (95% CI 13.9 to not reached)",
        ),
        (
            {"quantity": "RMST", "time": 24, "time_unit": "months", "level": 0.9},
            "RMST to 24 months 15.2 months (90% CI 13.9 to 16.5)",
        ),
        (
            {"unit": "years", "value": 0.036, "ci_low": 0.02, "ci_high": 0.05},
            "median 0.04 years (95% CI 0.02 to 0.05)",
        ),
    ],
)
def test_words(fields, words):
    assert str(months(**fields)) == words


def test_a_survival_probability_is_a_percentage():
    at = months(quantity="survival", value=0.4523, ci_low=0.3, ci_high=0.6, unit="probability",
                time=12, time_unit="months")  # fmt: skip
    assert str(at) == "survival at 12 months 45.2% (95% CI 30.0% to 60.0%)"


def test_frames():
    one = months(arm="A")
    assert one.ci == (13.92, 16.5)
    assert one.to_frame()[["arm", "value", "df"]].iloc[0].tolist() == ["A", 15.21, math.inf]
    both = Estimates((one, months(arm="B")))
    assert both.to_frame()["arm"].tolist() == ["A", "B"]
    assert (len(both), both[1].arm, [e.arm for e in both]) == (2, "B", ["A", "B"])
    assert str(both).count("\n") == 1
    assert "<table" in both._repr_html_()


def test_an_estimate_says_of_which_outcome_it_is():
    ipd = sc.IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months", origin="observed")
    pfs = ipd.with_study(outcome="PFS")
    assert sc.rmst(pfs, horizon=12).outcome == "PFS"
    assert sc.median(pfs).outcome == "PFS"
    assert sc.survival_at(pfs, 6).outcome == "PFS"
    assert sc.median_follow_up(pfs).outcome == "PFS"
    assert sc.median(ipd).outcome == ""
