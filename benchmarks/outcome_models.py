"""Bias and coverage with an outcome model: python benchmarks/outcome_models.py [trials].

Own arm A (200 patients) against B (200 patients) of another population, two normal covariates
of which both matter, good to fair overlap (means apart by 0.5 SD each). The target's moments
are those of its population, so that taking them as known is right. Three scenarios: both the
outcome model and the weights are right; the model lacks a square that the weights match
(through the SD); the weights lack a covariate that the model has. Truths are averages over a
million draws. Monte Carlo standard errors are in brackets.
"""

from __future__ import annotations

import sys
from collections import defaultdict

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from survcomp.adjust import maic_weights, simulate_target
from survcomp.compare import (
    Resampling,
    SurvivalEffect,
    compare_responses,
    naive_rmst_difference,
    unanchored_augmented,
    unanchored_augmented_response,
    unanchored_g_computation,
    unanchored_g_computation_response,
    unanchored_maic_rmst,
    unanchored_stc_response,
    weighted_response,
)
from survcomp.errors import InfeasibleTargetError, InputError
from survcomp.values import IPD, SD, Mean, PatientOutcome, Population, Response

TRIALS = 100
N = 200
SHIFT = 0.5
DRAWS = Resampling(replicates=100)
RMST = SurvivalEffect(measure="rmst_difference", horizon=12.0)
NAMES = ["x1", "x2"]
SCENARIOS = {
    "both right": (0.0, NAMES),
    "model wrong": (0.5, NAMES),
    "weights wrong": (0.0, ["x2"]),
}
TARGET = Population.from_moments(
    [m(name=x, value=v) for x in NAMES for m, v in ((Mean, SHIFT), (SD, 1.0))], n=N, name="B's"
)


def score(x: np.ndarray, treated: bool, square: float) -> np.ndarray:
    return 0.7 * x[:, 0] + 0.5 * x[:, 1] + square * (x[:, 0] ** 2 - 1) - 0.8 * treated


def arm(rng: np.random.Generator, mean: float, name: str, square: float) -> tuple[IPD, np.ndarray]:
    x = rng.normal(mean, 1.0, size=(N, 2))
    eta = score(x, name == "A", square)
    dies, leaves = rng.exponential(14 * np.exp(-eta)), rng.uniform(12, 30, N)
    frame = pd.DataFrame(x, columns=NAMES).assign(
        time=np.minimum(dies, leaves), event=(dies <= leaves).astype(int)
    )
    ipd = IPD.from_frame(
        frame, time="time", event="event", time_unit="months", covariates=NAMES, label=name
    )
    return ipd, (rng.random(N) < expit(eta)).astype(float)


def truths(square: float) -> dict[str, float]:
    x = np.random.default_rng(1).normal(SHIFT, 1, (1_000_000, 2))
    eta = [score(x, treated, square) for treated in (True, False)]
    odds = [logit(expit(e).mean()) for e in eta]
    rate = [np.exp(e) / 14 for e in eta]
    area = [np.mean(-np.expm1(-12 * r) / r) for r in rate]
    return {"log OR": odds[0] - odds[1], "RMST difference": area[0] - area[1]}


def one_trial(rng: np.random.Generator, square: float, match: list[str], found: dict) -> None:
    own, y = arm(rng, 0.0, "A", square)
    other, y_other = arm(rng, SHIFT, "B", square)
    response = PatientOutcome(id=own.id, value=y, name="ORR")
    rate = Response.from_published(
        trial="T", arm="b", treatment="B", outcome="ORR", n=N, events=int(y_other.sum())
    )
    mine = Response.from_published(
        trial="S", arm="a", treatment="A", outcome="ORR", n=N, events=int(y.sum())
    )
    target = simulate_target(TARGET, own, covariates=NAMES, rng=rng.spawn(1)[0])
    weights = maic_weights(own, TARGET, match=match)
    seeds = iter(rng.spawn(5))
    args = (own, response, rate)
    how = {"measure": "log_or", "resampling": DRAWS}
    area = {"outcome": "OS", "effect": RMST, "resampling": DRAWS}
    results = {
        "log OR, naive": compare_responses(mine, rate).odds_ratio,
        "log OR, MAIC": weighted_response(response, rate, weights, treatment="A").odds_ratio,
        "log OR, STC (means plugged in)": unanchored_stc_response(
            *args, TARGET, covariates=NAMES, rng=next(seeds), marginal_as_conditional="Wrongly.",
            **how,
        ),
        "log OR, G-computation, sandwich": unanchored_g_computation_response(
            *args, target, measure="log_or", variance="sandwich"
        ),
        "log OR, G-computation, bootstrap": unanchored_g_computation_response(
            *args, target, rng=next(seeds), **how
        ),
        "log OR, augmented, bootstrap": unanchored_augmented_response(
            *args, TARGET, target, match=match, rng=next(seeds), **how
        ),
        "RMST difference, naive": naive_rmst_difference(own, other, outcome="OS", horizon=12.0),
        "RMST difference, MAIC": unanchored_maic_rmst(
            own, other, weights, outcome="OS", horizon=12.0
        ),
        "RMST difference, G-computation (Cox)": unanchored_g_computation(
            own, other, target, rng=next(seeds), **area
        ),
        "RMST difference, augmented (Cox)": unanchored_augmented(
            own, other, TARGET, target, match=match, rng=next(seeds), **area
        ),
    }  # fmt: skip
    for name, contrast in results.items():
        found[name].append((contrast.estimate, contrast.se, contrast.ci_low, contrast.ci_high))


def scenario(name: str, trials: int) -> None:
    square, match = SCENARIOS[name]
    truth, found, failed = truths(square), defaultdict(list), 0
    for seed in np.random.SeedSequence([20261121, list(SCENARIOS).index(name)]).spawn(trials):
        try:
            one_trial(np.random.default_rng(seed), square, match, found)
        except (InfeasibleTargetError, InputError):
            failed += 1
    print(f"\n{name}: {trials - failed} of {trials} trials; {failed} without every estimate")
    print("truth: " + ", ".join(f"{key} {value:.3f}" for key, value in truth.items()))
    print(f"{'method':38s} {'bias':>16s} {'SD':>7s} {'mean SE':>8s} {'95 % coverage':>16s}")
    for method, values in found.items():
        true = truth[method.split(",")[0]]
        estimate, se, low, high = (np.array(column) for column in zip(*values, strict=True))
        spread, n = estimate.std(ddof=1), estimate.size
        cover = np.mean((low <= true) & (true <= high))
        print(
            f"{method:38s} {estimate.mean() - true:+8.3f} ({spread / n**0.5:.3f}) {spread:8.3f} "
            f"{se.mean():8.3f} {100 * cover:8.1f} ({100 * (cover * (1 - cover) / n) ** 0.5:.1f})",
            flush=True,
        )


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS
    for name in SCENARIOS:
        scenario(name, trials)


if __name__ == "__main__":
    main()
