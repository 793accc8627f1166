"""Anchored comparisons of GBSG2 with itself: many biased splits, the truth of each being 0.

Each split is that of analyses/tutorial_anchored with another seed: both halves compare
hormonal therapy with none. Printed are the mean log hazard ratio with its Monte Carlo error,
the mean standard error over the SD of the estimates, and the coverage of 95 % intervals.

    python benchmarks/anchored_splits.py [splits]
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

import survcomp as sc
from survcomp.comparison import anchored_maic, bucher, within_trial_hazard_ratio
from survcomp.errors import InfeasibleTargetError
from survcomp.values import SD, Contrast, Mean, Population, Proportion

TUTORIAL = Path(__file__).parents[1] / "analyses" / "tutorial_anchored" / "make_data.py"
NAMES = {"yes": "therapy", "no": "none"}
MATCH = ["age", "post", "grade_3", "nodes_4"]


def tutorial() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_data", TUTORIAL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def patients(frame: pd.DataFrame) -> sc.IPD:
    columns = frame.assign(
        arm=frame["horTh"].map(NAMES),
        post=(frame["menostat"] == "Post").astype(float),
        grade_3=(frame["tgrade"] == "III").astype(float),
        nodes_4=(frame["pnodes"] >= 4).astype(float),
    )
    return sc.IPD.from_frame(
        columns,
        time="time",
        event="cens",
        time_unit="days",
        origin="observed",
        covariates=MATCH,
        arm="arm",
    )


def within(ipd: sc.IPD, trial: str) -> Contrast:
    arms = ipd.select_arm("therapy"), ipd.select_arm("none")
    return within_trial_hazard_ratio(*arms, outcome="RFS", trial=trial)


def target(frame: pd.DataFrame) -> Population:
    ipd = patients(frame)
    age = frame["age"]
    shares = [
        Proportion.from_count(name, int(ipd.covariates[name].sum()), ipd.n) for name in MATCH[1:]
    ]
    moments = [Mean(name="age", value=age.mean()), SD(name="age", value=age.std()), *shares]
    return Population.from_moments(moments, n=ipd.n, name="published")


def one(own: pd.DataFrame, others: pd.DataFrame) -> dict[str, Contrast]:
    ipd, published = patients(own), within(patients(others), "published")
    weights = sc.maic_weights(ipd, target(others), match=MATCH)
    found = anchored_maic(ipd, weights, published, treatment="therapy", outcome="RFS")
    naive = bucher(within(ipd, "own"), published, population="published")
    return {"Bucher, not weighted": naive, "anchored MAIC, robust": found.indirect}


def main(splits: int) -> None:
    from lifelines.datasets import load_gbsg2

    frame, module = load_gbsg2(), tutorial()
    rows, infeasible = [], 0
    for seed in range(splits):
        module.SEED = seed
        own = module.in_own_trial(frame)
        try:
            found = one(frame[own], frame[~own])
        except InfeasibleTargetError:
            infeasible += 1
            continue
        rows += [
            (name, n.estimate, n.se, n.ci_low <= 0 <= n.ci_high)
            for name, n in ((name, effect.numbers) for name, effect in found.items())
        ]
    table = pd.DataFrame(rows, columns=["method", "estimate", "se", "covers"])
    print(f"{splits} splits, {infeasible} without weights")
    for name, group in table.groupby("method", sort=False):
        spread = group["estimate"].std()
        print(
            f"{name}: mean log HR {group['estimate'].mean():+.3f} "
            f"({spread / np.sqrt(len(group)):.3f}), SE over SD {group['se'].mean() / spread:.2f}, "
            f"coverage {100 * group['covers'].mean():.1f} %"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
