"""Speed and balance of weights: OMP_NUM_THREADS=1 python benchmarks/weights.py.

`maic_weights` from patients and population to checked weights, against scipy's BFGS as the
published packages use it: Q and its gradient on the centred columns, from 0, default
tolerance, nothing checked. Medians and fastest of several runs, alternating in one process.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
from scipy.optimize import minimize

from survcomp.adjustment import (
    approximate_weights,
    maic_weights,
    max_ess_weights,
    target_overlap,
    two_stage_weights,
)
from survcomp.values import IPD, Mean, Population
from survcomp.values.checks import read_only_matrix

RUNS = 101


def trial(n: int, p: int) -> tuple[IPD, Population, list[str]]:
    """Correlated covariates of several units, and a target that lies off their means."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, p)) @ (np.eye(p) + 0.2 * rng.normal(size=(p, p)))
    x = 50 + x * np.geomspace(1, 10, p)
    tilt = np.exp((x - 50) / np.geomspace(1, 10, p) @ rng.normal(size=p) * 0.6 / np.sqrt(p))
    means = tilt @ x / tilt.sum()  # within reach, whatever p
    names = [f"x{j}" for j in range(p)]
    ipd = IPD(
        id=tuple(f"S{i}" for i in range(n)),
        arm=("A",) * (n // 2) + ("C",) * (n - n // 2),
        time=np.ones(n),
        event=np.ones(n, dtype=bool),
        time_unit="months",
        covariate_names=tuple(names),
        covariate_values=read_only_matrix(list(x.T), columns=p),
    )
    moments = [Mean(name=k, value=float(m)) for k, m in zip(names, means, strict=True)]
    return ipd, Population.from_moments(moments, n=300, name="target"), names


def bfgs(ipd: IPD, population: Population) -> np.ndarray:
    z = np.asarray(ipd.covariate_values) - [m.value for m in population.moments]

    def q(a: np.ndarray) -> tuple[float, np.ndarray]:
        w = np.exp(z @ a)
        return float(w.sum()), w @ z

    with np.errstate(over="ignore", invalid="ignore"):  # its first steps may overflow
        return np.exp(z @ minimize(q, np.zeros(z.shape[1]), jac=True, method="BFGS").x)


def imbalance(w: np.ndarray, ipd: IPD, population: Population) -> float:
    """Largest, in standard deviations."""
    x = np.asarray(ipd.covariate_values)
    off = w @ (x - [m.value for m in population.moments]) / w.sum()
    return float(np.max(np.abs(off) / x.std(axis=0)))


def timed(call: Callable[[], object]) -> float:
    start = perf_counter()
    call()
    return 1000 * (perf_counter() - start)


def side_by_side(n: int, p: int) -> None:
    ipd, goal, names = trial(n, p)
    weights, other = maic_weights(ipd, goal, match=names), bfgs(ipd, goal)
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(timed(lambda: maic_weights(ipd, goal, match=names)))
        theirs.append(timed(lambda: bfgs(ipd, goal)))
    print(
        f"{n:6d} {p:3d} {np.median(ours):10.3f} {min(ours):9.3f} {np.median(theirs):10.3f} "
        f"{min(theirs):9.3f} {np.median(theirs) / np.median(ours):7.1f} "
        f"{imbalance(np.asarray(weights.value), ipd, goal):11.1e} "
        f"{imbalance(other, ipd, goal):11.1e}"
    )


def variants(n: int, p: int) -> None:
    ipd, goal, names = trial(n, p)
    calls: dict[str, Callable[[], object]] = {
        "maic_weights": lambda: maic_weights(ipd, goal, match=names),
        "max_ess_weights": lambda: max_ess_weights(ipd, goal, match=names),
        "approximate_weights, 0.1 SD, ess": lambda: approximate_weights(
            ipd, goal, match=names, tolerance=0.1
        ),
        "approximate_weights, 0.1 SD, entropy": lambda: approximate_weights(
            ipd, goal, match=names, tolerance=0.1, maximise="entropy"
        ),
        "two_stage_weights": lambda: two_stage_weights(ipd, goal, treatment="A", match=names),
        "target_overlap": lambda: target_overlap(ipd, goal, match=names),
    }
    print(f"\nn = {n}, p = {p}: median of 21, ms")
    for name, call in calls.items():
        call()
        found = call()
        ess = getattr(found, "ess", getattr(found, "ess_ceiling", 0.0))
        print(f"{name:40s} {np.median([timed(call) for _ in range(21)]):9.3f}   ESS {ess:8.2f}")


def main() -> None:
    print("               maic_weights, ms     scipy BFGS, ms          imbalance left, SD")
    print("     n   p     median   fastest     median   fastest   ratio        ours        BFGS")
    for n in (200, 1000, 5000):
        for p in (5, 10, 20):
            side_by_side(n, p)
    variants(1000, 10)


if __name__ == "__main__":
    main()
