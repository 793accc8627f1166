"""R's `colon` trial as a known truth for standardisation; read from R, never stored here.

Laurie et al. (1989) and Moertel et al. (1990): survival of patients after resection of
colon cancer, on observation or on levamisole with fluorouracil. A biased subsample of the
treated arm stands for a single-arm study, the observed arm for its comparator.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.values import IPD, Correlation, Population, PrognosticEffect, Proportion
from survcomp.values.populations.population import SD, Mean

YES_OR_NO = ("male", "obstructed", "adherent", "four_nodes", "deep", "long_wait")
COVARIATES = ("age", *YES_OR_NO)
SCRIPT = """
suppressMessages(library(survival))
d <- subset(colon, etype == 2 & rx != "Lev")
write.csv(with(d, data.frame(time = time / 30.4375, event = status, treated = rx == "Lev+5FU",
  age = age, male = sex, obstructed = obstruct, adherent = adhere, four_nodes = node4,
  deep = as.integer(extent >= 3), long_wait = surg)), row.names = FALSE, quote = FALSE)
"""


class ColonAbsentError(RuntimeError):
    """R, its survival package or the data are not here."""


def read_colon() -> pd.DataFrame:
    """Overall survival in months with seven covariates, 304 treated and 315 observed.

    Raises
    ------
    ColonAbsentError
        If R or the data are not here.
    """
    program = shutil.which("Rscript")
    if program is None:
        raise ColonAbsentError("R is not installed here")
    done = subprocess.run([program, "-e", SCRIPT], capture_output=True, text=True)
    if done.returncode:
        raise ColonAbsentError(f"R has no colon data here: {done.stderr.strip()[:200]}")
    frame = pd.read_csv(io.StringIO(done.stdout))
    frame["treated"] = frame["treated"].astype(str).str.upper() == "TRUE"
    return frame


def good_prognosis(frame: pd.DataFrame) -> np.ndarray:
    """Probability of being in the single-arm study: half of them, the healthier ones."""
    x = frame[["four_nodes", "deep", "obstructed", "adherent"]].to_numpy(float)
    risk = x @ [2.0, 0.6, 1.2, 1.2]
    return 1.0 / (1.0 + np.exp(risk - 1.5))


def population(frame: pd.DataFrame, name: str) -> Population:
    """Baseline table: mean and SD of age, shares of the others."""
    n = len(frame)
    words = {c: f"{c}, as in the trial" for c in COVARIATES}
    moments = [
        Mean(name="age", value=float(frame["age"].mean()), definition=words["age"]),
        SD(name="age", value=float(frame["age"].std()), definition=words["age"]),
        *(Proportion.from_count(c, int(frame[c].sum()), n, definition=words[c]) for c in YES_OR_NO),
    ]
    return Population.from_moments(moments, n=n, name=name)


def patients(frame: pd.DataFrame, arm: str, covariates: tuple[str, ...] = ()) -> IPD:
    return IPD.from_frame(
        frame.reset_index(drop=True),
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        covariates=covariates,
        label=arm,
    )


def correlation(frame: pd.DataFrame) -> Correlation:
    matrix = np.corrcoef(frame[list(COVARIATES)].to_numpy(float), rowvar=False)
    return Correlation.from_rows(COVARIATES, matrix, source="the same patients")


@dataclass(frozen=True, slots=True)
class Fit:
    """A Cox model: log hazard ratios and their standard errors."""

    log_hr: np.ndarray
    se: np.ndarray


def cox(time: np.ndarray, event: np.ndarray, x: np.ndarray) -> Fit:
    """Multivariable Cox model with Breslow ties, by Newton's method."""
    order = np.argsort(-time, kind="stable")
    t, e, z = time[order], event[order].astype(bool), (x - x.mean(axis=0))[order]
    # everybody with the same time is at risk: the last row of the tie, in falling time
    last = np.searchsorted(-t, -t, side="right") - 1
    beta = np.zeros(z.shape[1])
    for _ in range(30):
        w = np.exp(z @ beta)
        s0 = np.cumsum(w)[last][e]
        s1 = np.cumsum(w[:, None] * z, axis=0)[last][e]
        s2 = np.cumsum(w[:, None, None] * z[:, :, None] * z[:, None, :], axis=0)[last][e]
        mean = s1 / s0[:, None]
        information = (s2 / s0[:, None, None] - mean[:, :, None] * mean[:, None, :]).sum(axis=0)
        step = np.linalg.solve(information, (z[e] - mean).sum(axis=0))
        beta = beta + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-9:
            return Fit(beta, np.sqrt(np.diag(np.linalg.inv(information))))
        if np.abs(beta).max() > 10:
            break
    raise InputError("a covariate separates the events: no publication prints its effect")


def published_effects(frame: pd.DataFrame, model: str) -> list[PrognosticEffect]:
    """What a publication of these patients would print of their prognosis."""
    time, event = frame["time"].to_numpy(), frame["event"].to_numpy()
    x = frame[list(COVARIATES)].to_numpy(float)
    if model == "multivariable":
        fit = cox(time, event, x)
    else:
        fits = [cox(time, event, x[:, [j]]) for j in range(x.shape[1])]
        fit = Fit(np.array([f.log_hr[0] for f in fits]), np.array([f.se[0] for f in fits]))
    return [
        PrognosticEffect(
            covariate=name,
            definition=f"{name}, as in the trial",
            log_hr=float(b),
            se=float(se),
            model=model,
            endpoint="OS",
            source="the trial",
        )
        for name, b, se in zip(COVARIATES, fit.log_hr, fit.se, strict=True)
    ]
