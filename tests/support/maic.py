"""Made-up trials for comparisons after weighting, and the bench data of a public one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from support.paths import BENCH
from survcomp.values import IPD, SD, Mean, Median, Population, Proportion

COVARIATES = ("age", "male")
MATCH = list(COVARIATES)


def trial(n=60, *, seed=1, names=("A",), shift=0.0, months=False) -> pd.DataFrame:
    """Patients whose hazard depends on age and sex, of one or two arms."""
    rng = np.random.default_rng(seed)
    age, male = rng.normal(60 + shift, 8, n), rng.integers(0, 2, n)
    arm = np.array(names)[np.arange(n) % len(names)]
    hazard = np.exp(0.04 * (age - 60) + 0.3 * male - 0.6 * (arm == "A")) / 10
    dies, leaves = rng.exponential(1 / hazard), rng.uniform(6, 30, n)
    time = np.minimum(dies, leaves)
    return pd.DataFrame(
        {
            "id": [f"S{i}" for i in range(1, n + 1)],
            "arm": arm,
            "time": np.ceil(time) if months else time,
            "event": (dies <= leaves).astype(int),
            "age": age,
            "male": male,
            "response": (rng.random(n) < 0.4 + 0.2 * (arm == "A") - 0.01 * (age - 60)).astype(int),
        }
    )


def as_ipd(frame: pd.DataFrame) -> IPD:
    return IPD.from_frame(
        frame,
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        id="id",
        arm="arm",
        covariates=list(COVARIATES),
    )


def treated(n=60, **options) -> IPD:
    return as_ipd(trial(n, **options))


def comparator(n=50, *, seed=2, months=False) -> IPD:
    frame = trial(n, seed=seed, names=("B",), shift=2, months=months)
    return IPD.from_frame(
        frame, time="time", event="event", time_unit="months", origin="observed", label="B"
    )


def target(mean=62.0) -> Population:
    return Population.from_moments(
        [Mean(name="age", value=mean), Proportion.from_count("male", 60, 100)],
        n=100,
        name="B's trial",
    )


PUBLIC_MATCH = ["AGE", "SEX_MALE", "ECOG0", "SMOKE", "N_PR_THER"]


def public_trial(kind: str) -> pd.DataFrame:
    """Patients of the public MAIC example, `sat` with one arm or `twt` with two."""
    folder = BENCH / "maic" / "example"
    if not folder.exists():
        pytest.skip("../shared/bench is not beside this checkout")
    times = pd.read_csv(folder / f"adtte_{kind}.csv")[["USUBJID", "TIME", "EVENT"]]
    responses = pd.read_csv(folder / f"adrs_{kind}.csv")[["USUBJID", "RESPONSE"]]
    found = pd.read_csv(folder / f"adsl_{kind}.csv").merge(times, on="USUBJID")
    return found.merge(responses, on="USUBJID")


def public_ipd(frame: pd.DataFrame) -> IPD:
    return IPD.from_frame(
        frame,
        time="TIME",
        event="EVENT",
        time_unit="days",
        origin="observed",
        id="USUBJID",
        arm="ARM",
        covariates=PUBLIC_MATCH,
    )


def public_comparator(kind: str) -> IPD:
    frame = pd.read_csv(BENCH / "maic" / "example" / f"pseudo_ipd_{kind}.csv")
    return IPD.from_frame(
        frame, time="TIME", event="EVENT", time_unit="days", origin="observed", arm="ARM"
    )


def public_target() -> Population:
    """The aggregate data of the example: seven moments of five covariates."""
    return Population.from_moments(
        [
            Mean(name="AGE", value=51),
            Median(name="AGE", value=49),
            SD(name="AGE", value=3.25),
            Proportion.from_count("SEX_MALE", 147, 300),
            Proportion.from_count("ECOG0", 105, 300),
            Proportion.from_count("SMOKE", 58, 300),
            Median(name="N_PR_THER", value=2),
        ],
        n=300,
        name="aggregate data",
    )
