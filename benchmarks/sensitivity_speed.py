"""How long every sensitivity analysis of one MAIC takes: 500 and 300 patients, 6 covariates.

python benchmarks/sensitivity_speed.py
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from survcomp import IPD, SD, Ensemble, Mean, Population, Proportion, sensitivity
from survcomp.comparison import Matching, SensitivitySettings

TREATED, OTHERS, DRAWS = 500, 300, 20


def treatment(rng: np.random.Generator) -> IPD:
    x = rng.normal(size=(TREATED, 3))
    b = rng.integers(0, 2, (TREATED, 3)).astype(float)
    risk = 0.3 * x[:, 0] + 0.2 * x[:, 1] + 0.4 * b[:, 0] + 0.2 * b[:, 1]
    dies = rng.exponential(14 / np.exp(risk - 0.4))
    leaves = rng.uniform(6, 36, TREATED)
    frame = pd.DataFrame({"time": np.minimum(dies, leaves), "event": (dies <= leaves).astype(int)})
    for j in range(3):
        frame[f"x{j}"], frame[f"b{j}"] = x[:, j], b[:, j]
    names = [name for name in frame if name not in ("time", "event")]
    return IPD.from_frame(
        frame,
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        covariates=names,
        label="new",
    )


def comparator(rng: np.random.Generator) -> Ensemble:
    dies, leaves = rng.exponential(8, OTHERS), rng.uniform(6, 36, OTHERS)
    event = dies <= leaves
    draws = []
    for _ in range(DRAWS):
        moved = np.minimum(dies, leaves) * rng.uniform(0.97, 1.03, OTHERS)
        draws.append(IPD.from_times(moved[event], moved[~event], arm="old", time_unit="months"))
    return Ensemble(draws=tuple(draws), method="moved", curve_id="old")


def target() -> Population:
    moments = [
        *(Mean(name=f"x{j}", value=0.3) for j in range(3)),
        *(SD(name=f"x{j}", value=1.0) for j in range(2)),
        *(Proportion.from_count(f"b{j}", 180, 300) for j in range(3)),
    ]
    return Population.from_moments(moments, n=OTHERS, name="old trial")


def main() -> None:
    rng = np.random.default_rng(3)
    own, drawn = treatment(rng), comparator(rng)
    covariates = list(own.covariate_names)
    for words, other in (("one data set", drawn[0]), (f"{DRAWS} draws", drawn)):
        start = time.perf_counter()
        found = sensitivity(
            own,
            other,
            Matching(target(), match=covariates),
            outcome="OS",
            settings=SensitivitySettings(ranked=tuple(covariates), cuts=(6, 12)),
        )
        seconds = time.perf_counter() - start
        print(f"{words}: {len(found.rows)} rows, {seconds:.2f} s")


if __name__ == "__main__":
    main()
