"""Bias and coverage of MAIC with each variance, unanchored and anchored.

    python benchmarks/maic_coverage.py                     # the table, from what is stored
    python benchmarks/maic_coverage.py --chunks FOLDER     # run, or resume, and store

Unanchored: 150 patients are weighted to the population of 150 others on three prognostic
covariates. The treatments do the same, so that the true log hazard ratio, RMST difference
and log odds ratio in the target population are exactly 0, whatever the scale of the weights
and the censoring. Anchored: a trial of A against C, 150 an arm, is weighted to the population
of a trial of B against C, which prints a hazard ratio; the three covariates are prognostic
and modify the effect of A and B, which do the same, so that the true indirect effect is 0.

Overlap is good, poor, or so poor that the effective sample size is mostly below 50. The
target's means are those of the population, as every variance takes them to be, or those of
the very patients one compares with, as published baselines are: chance differences of those
then move target and outcome together, and intervals are wider than they had to be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import expit
from simulation import ESS, Line, Study, Trial, command_line, line, stored, stored_description

from survcomp.adjustment import maic_weights, two_stage_weights
from survcomp.comparison import (
    Entropy,
    HazardRatioEffect,
    MaicBootstrap,
    Matching,
    Resampling,
    RMSTDifferenceEffect,
    TwoStage,
    VarianceTable,
    anchor,
    anchored_maic,
    bootstrap_maic,
    bootstrap_response_maic,
    bootstrap_weighted_trial,
    maic_variances,
    naive_hazard_ratio,
    response_variances,
)
from survcomp.values import (
    IPD,
    Contrast,
    Mean,
    PatientOutcome,
    Population,
    Question,
    Response,
    TrialArm,
    Weights,
)

TRIALS = 2000
DRAWS = Resampling(replicates=400)
FEWER_DRAWS = Resampling(replicates=100)
"""Of two-stage weights, which are solved one replicate at a time."""

N = 150
NAMES = ["x1", "x2", "x3"]
OVERLAP = {
    "good": {"unanchored": 0.2, "anchored": 0.2},
    "poor": {"unanchored": 0.5, "anchored": 0.5},
    "ESS below 50": {"unanchored": 0.75, "anchored": 0.9},
}
"""Distance of the two populations' means, in standard deviations, on each covariate."""

HORIZON = 12.0
EFFECTS = {"log HR": HazardRatioEffect(), "RMST": RMSTDifferenceEffect(horizon=HORIZON)}
TARGETS = ("population", "own patients")
PROGNOSTIC, MODIFIES, BENEFIT = 0.4, -0.2, -0.4
"""Log hazard ratios: of each covariate, of each by an active treatment, of the latter."""


def arm(
    rng: np.random.Generator, shift: float, name: str, *, active: bool = False
) -> tuple[IPD, np.ndarray]:
    """Patients of one arm, and who of them responds."""
    x = rng.normal(shift, 1.0, size=(N, 3))
    score = (PROGNOSTIC + MODIFIES * active) * x.sum(axis=1) + BENEFIT * active
    dies, leaves = rng.exponential(14 * np.exp(-score)), rng.uniform(HORIZON, 36, N)
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
    return ipd, (rng.random(N) < expit(score - 0.5)).astype(float)


def goal(others: pd.DataFrame, shift: float, targets: str) -> Population:
    means = others.mean() if targets == "own patients" else dict.fromkeys(NAMES, shift)
    return Population.from_moments(
        [Mean(name=x, value=float(means[x])) for x in NAMES], n=len(others), name="B's trial"
    )


def bootstrap_lines(label: str, drawn: MaicBootstrap) -> dict[str, Line]:
    return {
        f"{label}, bootstrap {kind}": (drawn.estimate, drawn.se, *drawn.interval(kind))
        for kind in ("percentile", "normal")
    }


def table_lines(label: str, table: VarianceTable, drawn: MaicBootstrap) -> dict[str, Line]:
    lines = {f"{label}, {row.method}": line(row) for row in table.rows}
    if table.measure == "log_hr":
        lines[f"{label}, default"] = line(table.default)
    return lines | bootstrap_lines(label, drawn)


def unanchored(rng: np.random.Generator, shift: float, targets: str) -> dict[str, Line]:
    (a, y), (b, y_other) = arm(rng, 0.0, "A"), arm(rng, shift, "B")
    matching = Matching(goal(b.covariates, shift, targets), match=NAMES)
    lines = {"log HR, naive": line(naive_hazard_ratio(a, b, outcome="OS"))}
    for label, effect in EFFECTS.items():
        how = {"outcome": "OS", "effect": effect}
        drawn = bootstrap_maic(a, b, matching, rng=rng.spawn(1)[0], resampling=DRAWS, **how)
        table = maic_variances(a, b, matching, **how)
        lines |= table_lines(label, table, drawn)
    response = PatientOutcome(id=a.id, value=y, name="ORR")
    other = Response.from_published(
        TrialArm(trial="T", arm="b", treatment="B"), outcome="ORR", n=N, events=int(y_other.sum())
    )
    args, seed = (a, response, other, matching), rng.spawn(1)[0]
    drawn = bootstrap_response_maic(*args, rng=seed, resampling=DRAWS)
    lines |= table_lines("log OR", response_variances(*args), drawn)
    return lines | {ESS: (table.ess, 0.0, 0.0, 0.0)}


def trial(rng: np.random.Generator, shift: float, active: str) -> IPD:
    """A trial of an active treatment against C."""
    arms = [arm(rng, shift, active, active=True)[0], arm(rng, shift, "C")[0]]
    frame = pd.concat([ipd.covariates.reset_index(drop=True) for ipd in arms], ignore_index=True)
    frame = frame.assign(
        time=np.concatenate([ipd.time for ipd in arms]),
        event=np.concatenate([ipd.event for ipd in arms]),
        arm=[name for ipd in arms for name in ipd.arm],
    )
    return IPD.from_frame(
        frame,
        time="time",
        event="event",
        time_unit="months",
        origin="observed",
        covariates=NAMES,
        arm="arm",
    )


def published(ipd: IPD) -> Contrast:
    """What the trial of B prints."""
    b, c = (ipd.only(np.array(ipd.arm) == name) for name in ("B", "C"))
    found = naive_hazard_ratio(b, c, outcome="OS")
    return Contrast.from_interval(
        Question(
            treatment="B",
            comparator="C",
            outcome="OS",
            measure="log_hr",
            estimand="marginal",
            population="B's trial",
        ),
        value=found.value,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
    )


def anchored(rng: np.random.Generator, shift: float, targets: str) -> dict[str, Line]:
    own, theirs = trial(rng, 0.0, "A"), trial(rng, shift, "B")
    target, effect = goal(theirs.covariates, shift, targets), published(theirs)
    weights = maic_weights(own, target, match=NAMES)
    ones = Weights(id=own.id, value=np.ones(own.n), population=target.name)
    two = two_stage_weights(own, target, treatment="A", match=NAMES)
    lines = {
        f"log HR, {name}": line(
            anchored_maic(own, each, effect, treatment="A", outcome="OS").indirect
        )
        for name, each in (("Bucher, not weighted", ones), ("robust", weights),
                           ("two-stage, robust", two))
    }  # fmt: skip
    how = {"treatment": "A", "outcome": "OS"}
    for label, kind, draws in (
        ("log HR", Entropy(), DRAWS),
        ("log HR, two-stage", TwoStage(), FEWER_DRAWS),
    ):
        drawn = bootstrap_weighted_trial(
            own,
            Matching(target, match=NAMES, weighting=kind),
            rng=rng.spawn(1)[0],
            resampling=draws,
            **how,
        )
        lines |= bootstrap_lines(label, anchor(drawn, effect, rng=rng.spawn(1)[0]))
    return lines | {ESS: (weights.ess, 0.0, 0.0, 0.0)}


def scenarios(
    one: Callable[..., Mapping[str, Line]], kind: str, targets: Sequence[str]
) -> dict[str, Trial]:
    return {
        f"{overlap}; {each}": partial(one, shift=shift[kind], targets=each)
        for overlap, shift in OVERLAP.items()
        for each in targets
    }


SETTINGS = {
    "patients of an arm": N,
    "covariates": len(NAMES),
    "replicates of a bootstrap": DRAWS.replicates,
    "replicates of a bootstrap of two-stage weights": FEWER_DRAWS.replicates,
    "distance of the means on each covariate, SD": OVERLAP,
    "horizon of the RMST difference, months": HORIZON,
    "level": DRAWS.level,
}
UNANCHORED = Study(
    name="maic_coverage",
    seed=20261121,
    scenarios=scenarios(unanchored, "unanchored", TARGETS),
    truth=lambda _scenario, _method: 0.0,
    settings=SETTINGS,
)
ANCHORED = Study(
    name="anchored_maic_coverage",
    seed=20261122,
    scenarios=scenarios(anchored, "anchored", TARGETS[:1]),
    truth=lambda _scenario, _method: 0.0,
    settings=SETTINGS,
)
STUDIES = (UNANCHORED, ANCHORED)


def coverage_table(name: str) -> str:
    """Coverage in per cent, and mean standard error over the SD of the estimates."""
    found, how = stored(name), stored_description(name)
    names = list(how["scenarios"])
    ess = [how["scenarios"][n]["ess"]["median"] for n in names]
    lines = [
        "| overlap | " + " | ".join(n.split("; ")[0] for n in names) + " |",
        "|---" * (len(names) + 1) + "|",
        "| target's means | " + " | ".join(n.split("; ")[1] for n in names) + " |",
        "| median effective sample size | " + " | ".join(f"{value:.0f}" for value in ess) + " |",
    ]
    for method in dict.fromkeys(found.index.get_level_values("method")):
        cells = [found.loc[(n, method)] for n in names]
        words = [f"{100 * c['coverage']:.1f} ({c['se_over_sd']:.2f})" for c in cells]
        lines.append(f"| {method} | " + " | ".join(words) + " |")
    return "\n".join(lines)


def bias_table(name: str) -> str:
    """Bias with its Monte Carlo error, of estimates that differ."""
    found, how = stored(name), stored_description(name)
    names = list(how["scenarios"])
    lines = [
        "| bias (Monte Carlo error) | " + " | ".join(n.replace("; ", ", ") for n in names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for label, method in BIASES[name].items():
        cells = [found.loc[(n, method)] for n in names]
        words = [f"{c['bias']:+.3f} ({c['bias_mce']:.3f})" for c in cells]
        lines.append(f"| {label} | " + " | ".join(words) + " |")
    return "\n".join(lines)


BIASES = {
    "maic_coverage": {
        "log HR, naive": "log HR, naive",
        "log HR, raw weights": "log HR, robust",
        "log HR, ESS-scaled weights": "log HR, ESS-scaled",
        "RMST difference, months": "RMST, robust",
        "log OR": "log OR, HC0",
    },
    "anchored_maic_coverage": {
        "Bucher, not weighted": "log HR, Bucher, not weighted",
        "MAIC": "log HR, robust",
        "two-stage": "log HR, two-stage, robust",
    },
}


def tables() -> str:
    return "\n\n".join(
        table(study.name) for study in STUDIES for table in (coverage_table, bias_table)
    )


if __name__ == "__main__":
    command_line(STUDIES, TRIALS, tables)
