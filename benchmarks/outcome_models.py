"""Bias and coverage with an outcome model.

    python benchmarks/outcome_models.py                     # the table, from what is stored
    python benchmarks/outcome_models.py --chunks FOLDER     # run, or resume, and store

Own arm A (200 patients) against B (200 patients) of another population, two normal covariates
of which both matter, good to fair overlap (means apart by 0.5 SD each). The target's moments
are those of its population, so that taking them as known is right. Three scenarios: both the
outcome model and the weights are right; the model lacks a square that the weights match
(through the SD); the weights lack a covariate that the model has. Truths are exact. "True
rows" are the target's own distribution in place of `simulate_target`, which shows what
holding simulated rows and one's own correlations fixed does to an interval.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm
from simulation import Line, Study, command_line, line, stored

from survcomp.adjustment import TargetCovariates, maic_weights, simulate_target
from survcomp.comparison import (
    Resampling,
    SurvivalEffect,
    UnanchoredResponse,
    UnanchoredSurvival,
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
from survcomp.values import IPD, SD, Mean, PatientOutcome, Population, Response, TrialArm

TRIALS = 1000
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
        frame,
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        covariates=NAMES,
        label=name,
    )
    return ipd, (rng.random(N) < expit(eta)).astype(float)


def truths(square: float) -> dict[str, float]:
    """By Gauss-Hermite quadrature."""
    node, weight = np.polynomial.hermite_e.hermegauss(80)
    x = SHIFT + np.array([(a, b) for a in node for b in node])
    share = np.outer(weight, weight).ravel() / weight.sum() ** 2
    eta = [score(x, treated, square) for treated in (True, False)]
    odds = [logit(share @ expit(e)) for e in eta]
    rate = [np.exp(e) / 14 for e in eta]
    area = [share @ (-np.expm1(-12 * r) / r) for r in rate]
    return {"log OR": odds[0] - odds[1], "RMST difference": area[0] - area[1]}


def true_rows() -> TargetCovariates:
    """900 rows that are those of the target, correlations included: nothing is simulated."""
    at = norm.ppf((np.arange(30) + 0.5) / 30)
    at = SHIFT + at / at.std()
    return TargetCovariates(
        names=tuple(NAMES),
        values=np.array([(a, b) for a in at for b in at]),
        population=TARGET.name,
        method="the target's distribution on a grid",
    )


TRUE_ROWS = true_rows()


def responses(treated: IPD, y: np.ndarray, y_other: np.ndarray) -> UnanchoredResponse:
    rate = Response.from_published(
        TrialArm(trial="T", arm="b", treatment="B"), outcome="ORR", n=N, events=int(y_other.sum())
    )
    return UnanchoredResponse(treated, PatientOutcome(id=treated.id, value=y, name="ORR"), rate)


def by_rows(rng: np.random.Generator) -> dict[str, Line]:
    """The sandwich interval of G-computation with target rows of several kinds."""
    (treated, y), (_, y_other) = arm(rng, 0.0, "A", 0.0), arm(rng, SHIFT, "B", 0.0)
    sides = responses(treated, y, y_other)
    rows = {
        f"log OR, {n:,} simulated rows": simulate_target(
            TARGET, treated, covariates=NAMES, rng=rng.spawn(1)[0], n=n
        )
        for n in (1000, 100)
    }
    return {
        name: line(
            unanchored_g_computation_response(sides, each, measure="log_or", variance="sandwich")
        )
        for name, each in {**rows, "log OR, true rows": TRUE_ROWS}.items()
    }


def one_trial(rng: np.random.Generator, square: float, match: list[str]) -> dict[str, Line]:
    (treated, y), (other, y_other) = arm(rng, 0.0, "A", square), arm(rng, SHIFT, "B", square)
    sides, arms = responses(treated, y, y_other), UnanchoredSurvival(treated, other, outcome="OS")
    mine = Response.from_published(
        TrialArm(trial="S", arm="a", treatment="A"), outcome="ORR", n=N, events=int(y.sum())
    )
    target = simulate_target(TARGET, treated, covariates=NAMES, rng=rng.spawn(1)[0])
    weights = maic_weights(treated, TARGET, match=match)
    seeds = iter(rng.spawn(6))
    how = {"measure": "log_or", "resampling": DRAWS}
    area = {"effect": RMST, "resampling": DRAWS}
    results = {
        "log OR, naive": compare_responses(mine, sides.comparator).odds_ratio,
        "log OR, MAIC": weighted_response(
            sides.response, sides.comparator, weights, treatment="A"
        ).odds_ratio,
        "log OR, STC (means plugged in)": unanchored_stc_response(
            sides, TARGET, covariates=NAMES, rng=next(seeds), marginal_as_conditional="Wrongly.",
            **how,
        ),
        "log OR, G-computation, sandwich": unanchored_g_computation_response(
            sides, target, measure="log_or", variance="sandwich"
        ),
        "log OR, G-computation, sandwich, true rows": unanchored_g_computation_response(
            sides, TRUE_ROWS, measure="log_or", variance="sandwich"
        ),
        "log OR, G-computation, bootstrap": unanchored_g_computation_response(
            sides, target, rng=next(seeds), **how
        ),
        "log OR, augmented, bootstrap": unanchored_augmented_response(
            sides, TARGET, target, match=match, rng=next(seeds), **how
        ),
        "RMST difference, naive": naive_rmst_difference(treated, other, outcome="OS", horizon=12.0),
        "RMST difference, MAIC": unanchored_maic_rmst(
            treated, other, weights, outcome="OS", horizon=12.0
        ),
        "RMST difference, G-computation (Cox)": unanchored_g_computation(
            arms, target, rng=next(seeds), **area
        ),
        "RMST difference, G-computation (Cox), true rows": unanchored_g_computation(
            arms, TRUE_ROWS, rng=next(seeds), **area
        ),
        "RMST difference, augmented (Cox)": unanchored_augmented(
            arms, TARGET, target, match=match, rng=next(seeds), **area
        ),
    }  # fmt: skip
    return {name: line(contrast) for name, contrast in results.items()}


SETTINGS = {
    "patients of an arm": N,
    "distance of the means on each covariate, SD": SHIFT,
    "replicates of a bootstrap": DRAWS.replicates,
    "level": DRAWS.level,
    "horizon of the RMST difference, months": RMST.horizon,
}
TRUTHS = {name: truths(square) for name, (square, _) in SCENARIOS.items()}
STUDY = Study(
    name="outcome_models",
    seed=20261121,
    scenarios={
        name: partial(one_trial, square=square, match=match)
        for name, (square, match) in SCENARIOS.items()
    },
    truth=lambda scenario, method: TRUTHS[scenario][method.split(",")[0]],
    settings=SETTINGS,
)
ROWS = Study(
    name="outcome_model_rows",
    seed=20261123,
    scenarios={"both right": by_rows},
    truth=lambda scenario, method: TRUTHS[scenario][method.split(",")[0]],
    settings=SETTINGS,
)
STUDIES = (STUDY, ROWS)


def table() -> str:
    """Bias with its Monte Carlo error, mean standard error over the SD, and coverage."""
    summary = stored(STUDY.name)
    lines = [
        "| bias (Monte Carlo error), SE over SD, coverage in per cent | "
        + " | ".join(SCENARIOS)
        + " |",
        "|---" * (len(SCENARIOS) + 1) + "|",
    ]
    for method in dict.fromkeys(summary.index.get_level_values("method")):
        cells = [summary.loc[(name, method)] for name in SCENARIOS]
        words = [
            f"{c['bias']:+.3f} ({c['bias_mce']:.3f}), {c['se_over_sd']:.2f}, "
            f"{100 * c['coverage']:.1f}"
            for c in cells
        ]
        lines.append(f"| {method} | " + " | ".join(words) + " |")
    return "\n".join(lines)


def rows_table() -> str:
    """Bias, standard error over SD, and coverage by how the target's rows were made."""
    summary = stored(ROWS.name).loc["both right"]
    lines = ["| rows | bias (Monte Carlo error) | SE over SD | coverage |", "|---|---|---|---|"]
    for method, c in summary.iterrows():
        lines.append(
            f"| {method} | {c['bias']:+.4f} ({c['bias_mce']:.4f}) | {c['se_over_sd']:.3f} | "
            f"{100 * c['coverage']:.1f} ({100 * c['coverage_mce']:.1f}) |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    command_line(STUDIES, TRIALS, lambda: f"{table()}\n\n{rows_table()}")
