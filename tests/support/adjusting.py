"""Patients and target populations for tests of weights."""

from __future__ import annotations

import numpy as np
import pandas as pd

from survcomp.values import IPD, CovariateColumns, Mean, Population


def patients(arms=None, **columns) -> IPD:
    """Patients "1", "2", ... with these covariates; all in one arm unless arms are given."""
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"t": np.arange(1, n + 1), "e": 1, **columns})
    if arms is not None:
        frame["arm"] = arms
    return IPD.from_frame(
        frame,
        time="t",
        event="e",
        time_unit="months",
        origin="observed",
        covariates=CovariateColumns(list(columns), missing="keep"),
        arm=None if arms is None else "arm",
    )


def target(*moments, n=100) -> Population:
    return Population.from_moments(moments, n=n, name="comparator")


def reachable(seed: int, *, p: int, n: int = 60, concentration: float = 1.0):
    """Patients with p correlated covariates and a target that a mixture of them has."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) @ (np.eye(p) + 0.3 * rng.normal(size=(p, p)))
    means = rng.dirichlet(np.full(n, concentration)) @ x
    names = [f"x{j}" for j in range(p)]
    goal = target(*(Mean(name=k, value=float(m)) for k, m in zip(names, means, strict=True)))
    return patients(**dict(zip(names, x.T, strict=True))), goal, names
