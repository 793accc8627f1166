"""Standardisation with published effects against the matching that real covariates allow.

    python benchmarks/standardisation.py                    # both parts
    python benchmarks/standardisation.py --subsamples 30 --worlds 0

Truth is known in R's `colon` trial. Part 1 follows a fixed trial: biased subsamples of the
treated arm (the healthier half) against its whole observed arm, and the MAIC with their real
covariates as the yardstick. Part 2 measures coverage: the trial is the population, each world
draws both arms from it anew, and the value to be covered is the MAIC of endless patients.
Effects, baselines and correlations are those that publications of each world's own study would
print, or of as many other patients as the trial's arm has, chosen alike or not chosen.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.colon import (  # noqa: E402
    COVARIATES,
    ColonAbsentError,
    correlation,
    good_prognosis,
    patients,
    population,
    published_effects,
    read_colon,
)

from survcomp.adjustment import maic_weights  # noqa: E402
from survcomp.comparison import (  # noqa: E402
    Standardisation,
    StandardisationSettings,
    Standardised,
    standardised_hazard_ratio,
)
from survcomp.errors import SurvcompError  # noqa: E402
from survcomp.estimation.cox.weighted import weighted_cox  # noqa: E402
from survcomp.values import Contrast  # noqa: E402


class Row(NamedTuple):
    estimate: float
    se: float
    low: float
    high: float


class World(NamedTuple):
    """One single-arm study, its comparator, and others on the study's treatment.

    `alike` were chosen as the study's patients were, `registry` not chosen at all.
    """

    study: pd.DataFrame
    comparator: pd.DataFrame
    alike: pd.DataFrame
    registry: pd.DataFrame


class Variant(NamedTuple):
    """What a publication prints, and of whom: a field of `World`."""

    model: str
    joined: bool
    of: str = "study"


def standardise(world: World, variant: Variant, *, seed: int, m: int, r: int) -> Standardised:
    told = getattr(world, variant.of)
    result = standardised_hazard_ratio(
        patients(world.study, "treated"),
        patients(world.comparator, "observed"),
        Standardisation(
            effects=published_effects(told, variant.model),
            baseline=population(world.study, "study"),
            target=population(world.comparator, "comparator"),
            correlation=correlation(told) if variant.joined else None,
        ),
        outcome="OS",
        settings=StandardisationSettings(factors=(), imputations=m, replicates=r),
        rng=np.random.default_rng(seed),
    )
    assert isinstance(result, Standardised)
    return result


def real_maic(world: World) -> Row:
    """With the patients' own covariates; robust interval, weights taken as known."""
    ipd = patients(world.study, "treated", COVARIATES)
    weights = maic_weights(ipd, population(world.comparator, "comparator"), match=COVARIATES)
    return weighted_row(world, weights.value)


def weighted_row(world: World, w: np.ndarray) -> Row:
    both = pd.concat([world.study, world.comparator])
    treated = np.arange(len(both)) < len(world.study)
    fit = weighted_cox(
        both["time"].to_numpy(float),
        both["event"].to_numpy(bool),
        treated,
        np.r_[w, np.ones(len(world.comparator))],
    )
    half = 1.959964 * fit.se_robust
    return Row(fit.log_hr, fit.se_robust, fit.log_hr - half, fit.log_hr + half)


def row(contrast: Contrast) -> Row:
    numbers = contrast.numbers
    return Row(numbers.estimate, numbers.se, numbers.ci_low, numbers.ci_high)


VARIANTS = {
    "multivariable effects, correlation": Variant("multivariable", True),
    "multivariable effects, independent": Variant("multivariable", False),
    "univariable effects, correlation": Variant("univariable", True),
    "effects of other patients, alike": Variant("multivariable", True, "alike"),
    "effects of other patients, not chosen": Variant("multivariable", True, "registry"),
}
ONE_TRIAL = tuple(VARIANTS)[:3]
WORLDS = (ONE_TRIAL[0], *tuple(VARIANTS)[3:])


def analyse(world: World, variants: Iterable[str], *, seed: int, m: int, r: int) -> dict[str, Row]:
    """Every analysis of one world; a refused one has the reason in place of numbers."""
    out: dict[str, Row | str] = {"real covariates: MAIC, robust": real_maic(world)}
    for name in variants:
        try:
            result = standardise(world, VARIANTS[name], seed=seed, m=m, r=r)
        except SurvcompError as error:
            out[name] = f"{type(error).__name__}: {error}"
            continue
        out["naive"] = row(result.naive)
        out[f"{name}: bootstrap"] = row(result.adjusted)
        out[f"{name}: Rubin"] = row(result.rubin)
        out[f"{name}: naive + shift"] = Row(
            result.naive.link_value + result.shift, np.nan, np.nan, np.nan
        )
    return out


def run(
    worlds: Iterator[World], number: int, variants: Iterable[str], *, m: int, r: int
) -> tuple[list[dict[str, Row]], list[str]]:
    """Worlds with their numbers, and the refusals."""
    rows_of_worlds, refused = [], []
    for seed in range(number):
        rows = analyse(next(worlds), variants, seed=seed, m=m, r=r)
        refused += [f"{name}: {text}" for name, text in rows.items() if isinstance(text, str)]
        rows_of_worlds.append(
            {name: value for name, value in rows.items() if isinstance(value, Row)}
        )
    return rows_of_worlds, refused


def subsamples(trial: pd.DataFrame, rng: np.random.Generator) -> Iterator[World]:
    treated = trial[trial["treated"]].reset_index(drop=True)
    chance = good_prognosis(treated)
    while True:
        study = treated[rng.random(len(treated)) < chance]
        yield World(study, trial[~trial["treated"]], study, treated)


def resampled(trial: pd.DataFrame, rng: np.random.Generator) -> Iterator[World]:
    treated, observed = trial[trial["treated"]], trial[~trial["treated"]]
    share = good_prognosis(treated)
    n = round(share.sum())
    while True:
        yield World(
            treated.iloc[rng.choice(len(treated), n, p=share / share.sum())],
            observed.iloc[rng.integers(len(observed), size=len(observed))],
            treated.iloc[rng.choice(len(treated), len(treated), p=share / share.sum())],
            treated.iloc[rng.integers(len(treated), size=len(treated))],
        )


def endless(trial: pd.DataFrame) -> float:
    """MAIC of endless patients: every treated one in proportion to the chance of being seen."""
    treated, observed = trial[trial["treated"]], trial[~trial["treated"]]
    share = good_prognosis(treated)
    x = treated[list(COVARIATES)].to_numpy(float)
    aim = observed[list(COVARIATES)].to_numpy(float).mean(axis=0)
    z = np.column_stack([x - aim, x[:, 0] ** 2 - (observed["age"] ** 2).mean()])
    z /= z.std(axis=0)
    a = np.zeros(z.shape[1])
    for _ in range(100):
        w = share * np.exp(z @ a)
        w /= w.sum()
        g = w @ z
        a -= np.linalg.solve((z * w[:, None]).T @ z - np.outer(g, g), g)
        if np.abs(g).max() < 1e-12:
            break
    return weighted_row(World(treated, observed, treated, treated), share * np.exp(z @ a)).estimate


REAL = "real covariates: MAIC, robust"


def show(title: str, worlds: list[dict[str, Row]], refused: list[str], truth: float) -> None:
    print(f"\n{title}")
    print(
        f"{'analysis':50s} {'worlds':>6s} {'mean':>7s} {'less real MAIC':>17s} {'sd':>6s} "
        f"{'SE':>6s} {'covers real':>11s} {'covers truth':>17s}"
    )
    for name in dict.fromkeys(name for world in worlds for name in world):
        table = np.array([world[name] for world in worlds if name in world])
        real = np.array([world[REAL].estimate for world in worlds if name in world])
        gap = table[:, 0] - real
        text = (
            f"{name:50s} {len(table):6d} {table[:, 0].mean():7.3f} {gap.mean():+8.3f} "
            f"({gap.std(ddof=1):.3f}) {table[:, 0].std(ddof=1):6.3f}"
        )
        if np.isfinite(table[:, 1]).all():
            held = (table[:, 2] <= real) & (real <= table[:, 3])
            true = (table[:, 2] <= truth) & (truth <= table[:, 3])
            error = np.sqrt(true.mean() * (1 - true.mean()) / len(table))
            text += (
                f" {table[:, 1].mean():6.3f} {100 * held.mean():10.0f}% {100 * true.mean():9.1f}% "
                f"({100 * error:.1f})"
            )
        print(text)
    print(f"refused: {len(refused)}", *(text[:160] for text in refused[:4]), sep="\n  ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subsamples", type=int, default=30)
    parser.add_argument("--worlds", type=int, default=250)
    parser.add_argument("--imputations", type=int, default=40)
    parser.add_argument("--replicates", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        trial = read_colon()
    except ColonAbsentError as error:
        print(f"skipped: {error}")
        return
    truth = endless(trial)
    treated = trial[trial["treated"]]
    everybody = World(treated, trial[~trial["treated"]], treated, treated)
    print(
        f"colon trial: log HR {weighted_row(everybody, np.ones(len(everybody.study))).estimate:.3f}"
        f"; whole-arm MAIC {real_maic(everybody).estimate:.3f}; biased sample of endless patients, "
        f"MAIC {truth:.3f}"
    )
    parts: list[tuple[str, Callable, int, tuple[str, ...]]] = [
        ("1. Biased subsamples of one trial", subsamples, options.subsamples, ONE_TRIAL),
        ("2. Worlds drawn from the trial", resampled, options.worlds, WORLDS),
    ]
    for title, worlds, number, variants in parts:
        if not number:
            continue
        start = time.perf_counter()
        rng = np.random.default_rng(options.seed)
        rows, refused = run(
            worlds(trial, rng), number, variants, m=options.imputations, r=options.replicates
        )
        seconds = time.perf_counter() - start
        show(f"{title} ({number}; {seconds:.0f} s)", rows, refused, truth)


if __name__ == "__main__":
    main()
