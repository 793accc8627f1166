"""Speed and agreement of the MAIC bootstrap: python benchmarks/bootstrap.py.

500 patients with 10 covariates against 300, weights estimated again and a weighted Cox model
fitted in every replicate; beside it, in the same process, a loop as a user would write it
with scipy's BFGS and lifelines, on the same resampled patients.
"""

from __future__ import annotations

import warnings
from time import perf_counter, process_time

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from scipy.optimize import minimize

from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.bootstrap.effects import (
    MedianDifferenceEffect,
    RMSTDifferenceEffect,
    SurvivalDifferenceEffect,
)
from survcomp.comparison.bootstrap.resampled import TwoArms, arm_draws
from survcomp.comparison.matching_adjusted.anchored_bootstrap import bootstrap_weighted_trial
from survcomp.comparison.matching_adjusted.bootstrap import bootstrap_maic
from survcomp.comparison.reweighting.batched import standard_columns, start_from
from survcomp.comparison.reweighting.kinds import Entropy, MaxESS, TwoStage, WithinTolerance
from survcomp.comparison.reweighting.matching import Matching
from survcomp.values import IPD, Ensemble, Mean, Population

N, OTHERS, COVARIATES = 500, 300, 10
LOOP = 10
SEED = 1


def simulate() -> tuple[IPD, IPD, Population, list[str]]:
    rng = np.random.default_rng(20261121)
    names = [f"x{i}" for i in range(COVARIATES)]
    x = rng.normal(size=(N, COVARIATES))
    time = rng.exponential(12 * np.exp(-0.15 * x.sum(axis=1) / 3))
    limit = rng.uniform(6, 36, N)
    frame = pd.DataFrame(x, columns=names).assign(
        time=np.minimum(time, limit), event=(time <= limit).astype(int)
    )
    a = IPD.from_frame(
        frame,
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        covariates=names,
        label="A",
    )
    time, limit = rng.exponential(8, OTHERS), rng.uniform(6, 36, OTHERS)
    event = time <= limit
    b = IPD.from_times(time[event], limit[~event], arm="B", time_unit="months", origin="observed")
    moments = [Mean(name=name, value=0.15) for name in names]
    return a, b, Population.from_moments(moments, n=OTHERS, name="B's trial"), names


def run(a, b, population, names, replicates: int, *, workers: int = 1, effect=None, weighting=None):
    return bootstrap_maic(
        a,
        b,
        Matching(population, match=names, weighting=weighting or Entropy()),
        outcome="OS",
        rng=np.random.default_rng(SEED),
        resampling=Resampling(replicates=replicates, workers=workers),
        effect=effect,
    )


def two_arms(names: list[str]) -> None:
    """A trial of two arms, 250 patients each, with weights of one stage and of two."""
    a, _, population, _ = simulate()
    frame = a.to_frame().assign(arm=np.tile(["A", "C"], N // 2))
    ipd = IPD.from_frame(
        frame,
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        covariates=names,
        arm="arm",
    )
    for kind in (Entropy(), TwoStage()):
        timed(
            f"1,000 replicates of a trial of two arms, {kind}",
            lambda kind=kind: bootstrap_weighted_trial(
                ipd,
                Matching(population, match=names, weighting=kind),
                treatment="A",
                outcome="OS",
                rng=np.random.default_rng(SEED),
            ),
            repeats=1,
        )


def timed(name: str, call, *, repeats: int = 3):
    """Seconds of a run, the best of some, and of processor time, which others cannot disturb."""
    took, busy = [], []
    for _ in range(repeats):
        start, used = perf_counter(), process_time()
        found = call()
        took.append(perf_counter() - start)
        busy.append(process_time() - used)
    print(f"{name:62s} {min(took):8.3f} s, processor {min(busy):7.3f} s")
    return np.array([min(took), min(busy)]), found


def loop(a: IPD, b: IPD, population: Population, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Seconds a replicate (clock, processor) and log hazard ratios, by BFGS and lifelines."""
    z = standard_columns(a, population, names)
    arms = TwoArms(
        first=arm_draws([a.time], [a.event], [z]),
        second=arm_draws([b.time], [b.event]),
        start=start_from(z)[None],
        scale="raw",
    )
    seeds = np.random.default_rng(SEED).bit_generator.seed_seq.spawn(LOOP)
    picks = arms.drawn(seeds)
    found = []
    start, used = perf_counter(), process_time()
    for one, other in zip(
        picks.first_count.astype(int), picks.second_count.astype(int), strict=True
    ):
        rows, others = np.repeat(np.arange(N), one), np.repeat(np.arange(OTHERS), other)
        x = arms.first.z[0][rows]
        fit = minimize(
            lambda c, x=x: np.exp(x @ c).sum(),
            np.zeros(COVARIATES),
            jac=lambda c, x=x: np.exp(x @ c) @ x,
            method="BFGS",
        )
        frame = pd.DataFrame(
            {
                "time": np.r_[arms.first.time[0][rows], arms.second.time[0][others]],
                "event": np.r_[arms.first.event[0][rows], arms.second.event[0][others]].astype(int),
                "treated": np.r_[np.ones(N), np.zeros(OTHERS)],
                "weight": np.r_[np.exp(x @ fit.x), np.ones(OTHERS)],
            }
        )
        cox = CoxPHFitter().fit(frame, "time", "event", weights_col="weight", robust=True)
        found.append(float(cox.params_["treated"]))
    seconds = np.array([perf_counter() - start, process_time() - used])
    return seconds / LOOP, np.array(found)


def main() -> None:
    warnings.simplefilter("ignore")
    a, b, population, names = simulate()
    print(f"{N} + {OTHERS} patients, {COVARIATES} covariates; seconds, best of runs\n")
    run(a, b, population, names, 10)
    one, first = timed("1,000 replicates, 1 worker", lambda: run(a, b, population, names, 1000))
    two, second = timed(
        "1,000 replicates, 2 workers", lambda: run(a, b, population, names, 1000, workers=2)
    )
    same = np.array_equal(first.replicates, second.replicates)
    print(f"{'  same numbers for 1 and 2 workers':62s} {same!s:>8s}")
    for count in (2000, 5000, 10_000):
        timed(
            f"{count:,} replicates, 2 workers",
            lambda count=count: run(a, b, population, names, count, workers=2),
            repeats=2,
        )
    timed(
        "1,000 replicates with BCa (800 patients left out in turn)",
        lambda: bootstrap_maic(
            a,
            b,
            Matching(population, match=names),
            outcome="OS",
            rng=np.random.default_rng(SEED),
            resampling=Resampling(interval="BCa", workers=2),
        ),
    )
    for effect in (
        RMSTDifferenceEffect(horizon=12),
        SurvivalDifferenceEffect(at=12),
        MedianDifferenceEffect(),
    ):
        timed(
            f"1,000 replicates, {effect.measure}, 2 workers",
            lambda effect=effect: run(a, b, population, names, 1000, workers=2, effect=effect),
            repeats=2,
        )
    for kind in (MaxESS(), WithinTolerance(tolerance=0.1)):
        timed(
            f"1,000 replicates, {kind}, one by one",
            lambda kind=kind: run(a, b, population, names, 1000, weighting=kind),
            repeats=1,
        )
    two_arms(names)
    draws = Ensemble(
        draws=tuple(b.in_unit("months") for _ in range(50)), method="copies", curve_id="T/B/OS"
    )
    timed(
        "1,000 replicates, comparator of 50 draws, 2 workers",
        lambda: run(a, draws, population, names, 1000, workers=2),
        repeats=2,
    )
    each, expected = loop(a, b, population, names)
    apart = float(np.max(np.abs(first.replicates[:LOOP] - expected)))
    print(f"\n{f'BFGS and lifelines, mean of {LOOP} replicates, each':62s} {each[0]:8.3f} s, "
          f"processor {each[1]:7.3f} s")  # fmt: skip
    print(f"{'  the same for 1,000, scaled':62s} {1000 * each[0]:8.1f} s")
    print(f"{'  largest difference of a log hazard ratio':62s} {apart:8.1e}")
    for name, took in (("1 worker", one), ("2 workers", two)):
        clock, processor = 1000 * each / took
        print(f"{f'  times as long as {name} here':62s} {clock:8.0f}  , processor {processor:7.0f}")


if __name__ == "__main__":
    main()
