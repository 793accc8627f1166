"""Bias and coverage of the variances of an unanchored MAIC: python benchmarks/maic_coverage.py [n].

Trials of 150 patients are weighted to the population of 150 others, on three prognostic
covariates, with good and with poor overlap. The treatment does nothing, so that the true log
hazard ratio and RMST difference in the target population are exactly 0, whatever the scale of
the weights and the censoring. The target's means are those of the comparator's own patients,
as published baselines are, or those of the population they come from. Every variance takes
the targets as known: that is so in the second case only. In the first, chance differences
of the comparator's patients move target and outcome together, and all intervals are wider
than they had to be. Monte Carlo standard errors are in brackets.
"""

from __future__ import annotations

import sys
from collections import defaultdict

import numpy as np
import pandas as pd

from survcomp.compare.bootstrap import Resampling, bootstrap_maic
from survcomp.compare.bootstrap_effects import HazardRatioEffect, RMSTDifferenceEffect
from survcomp.compare.variance import maic_variances
from survcomp.errors import InfeasibleTargetError, InputError
from survcomp.values import IPD, Mean, Population

TRIALS = 500
REPLICATES = 400
N, OTHERS = 150, 150
NAMES = ["x1", "x2", "x3"]
OVERLAP = {"good": 0.2, "poor": 0.75}
"""Distance of the two populations' means, in standard deviations, on each covariate."""

HORIZON = 12.0
EFFECTS = {"log HR": HazardRatioEffect(), "RMST difference": RMSTDifferenceEffect(horizon=HORIZON)}


def arm(rng: np.random.Generator, n: int, mean: float, name: str) -> IPD:
    x = rng.normal(mean, 1.0, size=(n, 3))
    dies = rng.exponential(14 * np.exp(-0.4 * x.sum(axis=1)))
    leaves = rng.uniform(HORIZON, 36, n)
    frame = pd.DataFrame(x, columns=NAMES).assign(
        time=np.minimum(dies, leaves), event=(dies <= leaves).astype(int)
    )
    return IPD.from_frame(
        frame, time="time", event="event", time_unit="months", covariates=NAMES, label=name
    )


TARGETS = ("own patients", "population")


def one_trial(
    rng: np.random.Generator, shift: float, targets: str, found: dict[str, list]
) -> float:
    """Adds estimate, standard error and whether 0 is covered, of each method; the ESS."""
    a, b = arm(rng, N, 0.0, "A"), arm(rng, OTHERS, shift, "B")
    means = b.covariates.mean() if targets == "own patients" else dict.fromkeys(NAMES, shift)
    goal = Population.from_moments(
        [Mean(name=name, value=float(means[name])) for name in NAMES], n=OTHERS, name="B's trial"
    )
    ess = np.nan
    for label, effect in EFFECTS.items():
        drawn = bootstrap_maic(
            a,
            b,
            goal,
            match=NAMES,
            outcome="OS",
            effect=effect,
            rng=rng.spawn(1)[0],
            resampling=Resampling(replicates=REPLICATES),
        )
        table = maic_variances(
            a, b, goal, match=NAMES, outcome="OS", effect=effect, bootstrap=drawn
        )
        ess = table.ess
        for row in table.rows[:-1]:
            found[f"{label}, {row.method}"].append(
                (row.estimate, row.se, row.ci_low <= 0 <= row.ci_high)
            )
        default = table.default
        found[f"{label}, default"].append(
            (default.estimate, default.se, default.ci_low <= 0 <= default.ci_high)
        )
        for kind in ("percentile", "normal"):
            low, high = drawn.interval(kind)
            found[f"{label}, bootstrap {kind}"].append((drawn.estimate, drawn.se, low <= 0 <= high))
        found[f"{label}, failed"].append(drawn.n_failed / REPLICATES)
    return ess


def scenario(overlap: str, targets: str, trials: int) -> None:
    found: dict[str, list] = defaultdict(list)
    ess, out_of_reach, without = [], 0, 0
    seeds = np.random.SeedSequence(
        [20261121, list(OVERLAP).index(overlap), TARGETS.index(targets)]
    ).spawn(trials)
    for seed in seeds:
        try:
            ess.append(one_trial(np.random.default_rng(seed), OVERLAP[overlap], targets, found))
        except InfeasibleTargetError:
            out_of_reach += 1
        except InputError:
            without += 1
    print(
        f"\n{overlap} overlap: means apart by {OVERLAP[overlap]:g} SD on 3 covariates; "
        f"target's means: {targets}\n"
        f"{len(ess)} of {trials} trials; {out_of_reach} cannot be weighted to their target, "
        f"{without} have no effect\n"
        f"effective sample size of {N}: median {np.median(ess):.0f}, "
        f"from {min(ess):.0f} to {max(ess):.0f}\n"
    )
    print(f"{'method':38s} {'bias':>16s} {'SD':>7s} {'mean SE':>8s} {'95 % coverage':>16s}")
    for name, values in found.items():
        if name.endswith("failed"):
            continue
        estimate, se, covers = (np.array(column, float) for column in zip(*values, strict=True))
        spread, n = estimate.std(ddof=1), estimate.size
        cover = covers.mean()
        print(
            f"{name:38s} {estimate.mean():+8.4f} ({spread / n**0.5:.4f}) {spread:7.4f} "
            f"{se.mean():8.4f} {100 * cover:8.1f} ({100 * (cover * (1 - cover) / n) ** 0.5:.1f})"
        )
    for label in EFFECTS:
        print(f"{label}: failed replicates {100 * np.mean(found[f'{label}, failed']):.2f} %")


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS
    for overlap in OVERLAP:
        for targets in TARGETS:
            scenario(overlap, targets, trials)


if __name__ == "__main__":
    main()
