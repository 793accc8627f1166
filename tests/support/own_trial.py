"""A made-up randomised trial of one's own, in files below an analysis, and as IPD by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from survcomp.values import IPD, SD, Mean, Population, Proportion

HEAD = """
schema_version = 1
title = "Drug A versus drug B"
summary = "In short."
treatment = "drug A"
comparator = "drug B"

[question]
population = "p"
intervention = "i"
comparator = "c"
outcomes = "o"
estimand = "e"
"""
WIDE = "STUDY,ARM,N,AGE_MEAN,AGE_SD,MALE_COUNT\nX,Total,128,62,8,81\n"
ARMS = {"A": "drug A", "PBO": "placebo"}
TARGET = Population.from_moments(
    [
        Mean(name="AGE", value=62),
        SD(name="AGE", value=8),
        Proportion.from_count("MALE", 81, 128),
    ],
    n=128,
    name="B's trial",
)


def trial(n: int = 160, *, third: int = 0) -> pd.DataFrame:
    """Patients of two arms by turns, then `third` of an arm that nobody asks for."""
    rng = np.random.default_rng(3)
    size = n + third
    age, male = rng.normal(60, 8, size).round(1), (rng.random(size) < 0.5).astype(int)
    arm = np.array([*(["A", "PBO"] * (n // 2)), *(["OTHER"] * third)])
    hazard = np.exp(0.03 * (age - 60) + 0.3 * male - 0.5 * (arm == "A")) / 600
    days = rng.exponential(1 / hazard).round() + 1
    limit = rng.uniform(300, 1500, size).round()
    return pd.DataFrame(
        {
            "ID": [f"{i:03d}" for i in range(size)],
            "ARM": arm,
            "AGE": age,
            "MALE": male,
            "DAYS": np.minimum(days, limit),
            "DIED": (days <= limit).astype(int),
        }
    )


def write_trial(folder: Path, frame: pd.DataFrame) -> None:
    """Write one table, ADaM's pair in different orders, and the baseline."""
    frame.to_csv(folder / "trial.csv", index=False)
    adsl = frame[["ID", "AGE", "MALE"]].rename(columns={"ID": "USUBJID"})
    adsl.assign(TRT01P=frame["ARM"], ITTFL="Y").to_csv(folder / "adsl.csv", index=False)
    adtte = pd.DataFrame(
        {
            "USUBJID": frame["ID"],
            "PARAMCD": "OS",
            "AVAL": frame["DAYS"],
            "AVALU": "DAYS",
            "CNSR": 1 - frame["DIED"],
        }
    )
    adtte.sort_values("AVAL").to_csv(folder / "adtte.csv", index=False)
    (folder / "agd.csv").write_text(WIDE)


def as_ipd(frame: pd.DataFrame) -> IPD:
    """The same patients by hand."""
    named = frame.assign(ARM=frame["ARM"].map(ARMS))
    return IPD.from_frame(
        named, time="DAYS", event="DIED", time_unit="days", covariates=["AGE", "MALE"], id="ID",
        arm="ARM", origin="observed",
    )  # fmt: skip
