"""Trials with covariates, a target and outcomes for tests of estimators with a model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from survcomp.adjustment import TargetCovariates
from survcomp.comparison import Resampling, SurvivalEffect
from survcomp.values import (
    IPD,
    SD,
    Contrast,
    LinkEstimate,
    Mean,
    PatientOutcome,
    Population,
    Question,
    Response,
    TrialArm,
)

FEW = Resampling(replicates=60, interval="normal")
RMST = SurvivalEffect(measure="rmst_difference", horizon=12.0)
ALIVE = SurvivalEffect(measure="survival_difference", horizon=12.0)
HR = SurvivalEffect(measure="log_hr", horizon=20.0)


def frame(n: int, seed: int, *, arms=("A",), shift=0.0) -> pd.DataFrame:
    """Two normal covariates; the arm A lowers hazard and log odds by 1."""
    rng = np.random.default_rng(seed)
    x1, x2 = rng.normal(shift, 1, (2, n))
    arm = np.array(arms)[np.arange(n) % len(arms)]
    eta = 0.8 * x1 + 0.6 * x2 - 1.0 * (arm == "A")
    dies, leaves = rng.exponential(12 * np.exp(-eta)), rng.uniform(12, 36, n)
    return pd.DataFrame(
        {
            "arm": arm,
            "x1": x1,
            "x2": x2,
            "time": np.minimum(dies, leaves),
            "event": (dies <= leaves).astype(int),
            "y": (rng.random(n) < expit(eta)).astype(float),
        }
    )


def ipd_of(rows: pd.DataFrame, unit="months") -> IPD:
    return IPD.from_frame(
        rows,
        time="time",
        event="event",
        time_unit=unit,
        origin="observed",
        arm="arm",
        covariates=["x1", "x2"],
    )


def outcome_of(rows: pd.DataFrame, ipd: IPD) -> PatientOutcome:
    return PatientOutcome(id=ipd.id, value=rows.y.to_numpy(), name="ORR")


def baseline(shift=0.5, name="B's trial") -> Population:
    moments = [Mean(name=x, value=shift) for x in ("x1", "x2")]
    moments += [SD(name=x, value=1.0) for x in ("x1", "x2")]
    return Population.from_moments(moments, n=200, name=name)


def target(shift=0.5, n=400, names=("x1", "x2"), name="B's trial") -> TargetCovariates:
    values = np.random.default_rng(7).normal(shift, 1, (n, 2))
    columns = [("x1", "x2").index(x) for x in names]
    return TargetCovariates(
        names=tuple(names), values=values[:, columns], population=name, method="drawn"
    )


def published_rate(events=50, n=100) -> Response:
    return Response.from_published(
        TrialArm(trial="T", arm="b", treatment="B"), outcome="ORR", n=n, events=events
    )


def published_effect(measure="log_or", outcome="ORR", **fields) -> Contrast:
    given = {
        "estimand": "marginal",
        "estimate": -0.3,
        "se": 0.2,
        "interval": "sampling error",
    } | fields
    question = Question(
        treatment="B",
        comparator="C",
        outcome=outcome,
        measure=measure,
        population="B's trial",
        estimand=given["estimand"],
    )
    numbers = LinkEstimate.sampling(given["estimate"], given["se"], level=0.95)
    return Contrast.from_link(question, numbers, interval=given["interval"])
