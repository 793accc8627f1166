"""Simulation studies of intervals: trials by number, chunks on disk, and what is kept of them.

A study has scenarios; a trial of a scenario has a seed of its own, made of the study's seed,
the scenario's number and the trial's number, so that any slice can be run again by itself.
Chunks of trials are written to a working folder, which makes a run resumable. What is kept in
benchmarks/results is a summary by scenario and method (CSV), how it was made (JSON), and the
first trials one by one (CSV), which a test runs again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from survcomp.errors import InfeasibleTargetError, InputError
from survcomp.values import Contrast

RESULTS = Path(__file__).parent / "results"
CHUNK = 50
KEPT = 3
"""Trials of each scenario that are kept one by one."""

FIELDS = ("estimate", "se", "ci_low", "ci_high")
ESS = "ESS"
"""The row of a trial that holds its effective sample size, as its estimate."""

Line = tuple[float, float, float, float]
"""Estimate, standard error and limits."""

Trial = Callable[[np.random.Generator], Mapping[str, Line]]


def line(found: object) -> Line:
    """The line of a result that has these fields, of a contrast on its link scale."""
    numbers = found.numbers if isinstance(found, Contrast) else found
    estimate, se, ci_low, ci_high = (float(getattr(numbers, field)) for field in FIELDS)
    return estimate, se, ci_low, ci_high


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is simulated.

    Attributes
    ----------
    name : str
        Of its files.
    seed : int
        Of all its trials.
    scenarios : mapping of str to callable
        A trial of each: lines by method, and the ESS if there is one.
    truth : callable
        True value by scenario and method.
    settings : mapping of str to object
        What a reader of the results must know, such as sample sizes.
    """

    name: str
    seed: int
    scenarios: Mapping[str, Trial]
    truth: Callable[[str, str], float]
    settings: Mapping[str, object]


def run_trials(study: Study, scenario: str, numbers: range) -> pd.DataFrame:
    """Rows ``scenario trial method estimate se ci_low ci_high``; a failure is a method too."""
    rows = []
    place = list(study.scenarios).index(scenario)
    for number in numbers:
        rng = np.random.default_rng([study.seed, place, number])
        try:
            found = study.scenarios[scenario](rng)
        except InfeasibleTargetError:
            found = {"failed: target out of reach": (np.nan,) * 4}
        except InputError:
            found = {"failed: no estimate": (np.nan,) * 4}
        rows += [(scenario, number, method, *line) for method, line in found.items()]
    return pd.DataFrame(rows, columns=["scenario", "trial", "method", *FIELDS])


def all_trials(study: Study, trials: int, chunks: Path) -> pd.DataFrame:
    """Every trial, from the chunks that are there and by running the others."""
    chunks.mkdir(parents=True, exist_ok=True)
    found = []
    for first in range(0, trials, CHUNK):
        for place, scenario in enumerate(study.scenarios):
            file = chunks / f"{study.name}_{place}_{first:05d}.csv"
            if not file.exists():
                done = run_trials(study, scenario, range(first, min(first + CHUNK, trials)))
                part = file.with_suffix(".part")
                done.to_csv(part, index=False)
                os.replace(part, file)
            found.append(pd.read_csv(file, float_precision="round_trip"))
    return pd.concat(found, ignore_index=True)


def finished_trials(study: Study, chunks: Path) -> pd.DataFrame:
    """The trials of the chunks that are there, whichever they are."""
    files = [
        file
        for place in range(len(study.scenarios))
        for file in sorted(chunks.glob(f"{study.name}_{place}_*.csv"))
    ]
    return pd.concat(
        [pd.read_csv(file, float_precision="round_trip") for file in files], ignore_index=True
    )


def summary(study: Study, rows: pd.DataFrame) -> pd.DataFrame:
    """One row a scenario and method, with Monte Carlo standard errors (``_mce``)."""
    is_line = ~rows["method"].str.startswith("failed: ") & (rows["method"] != ESS)
    lines = [
        _line(study.truth(scenario, method), scenario, method, group)
        for (scenario, method), group in rows[is_line].groupby(["scenario", "method"], sort=False)
    ]
    order = list(study.scenarios)
    return pd.DataFrame(lines).sort_values(
        "scenario", key=lambda names: names.map(order.index), kind="stable", ignore_index=True
    )


def _line(truth: float, scenario: str, method: str, rows: pd.DataFrame) -> dict[str, object]:
    known = rows.dropna()
    n, estimate = len(known), known["estimate"]
    spread = float(estimate.std(ddof=1)) if n > 1 else np.nan
    cover = float(((known["ci_low"] <= truth) & (truth <= known["ci_high"])).mean())
    return {
        "scenario": scenario,
        "method": method,
        "trials": n,
        "truth": truth,
        "bias": float(estimate.mean()) - truth,
        "bias_mce": spread / n**0.5,
        "sd": spread,
        "mean_se": float(known["se"].mean()),
        "se_over_sd": float(known["se"].mean()) / spread,
        "coverage": cover,
        "coverage_mce": (cover * (1 - cover) / n) ** 0.5,
        "width": float((known["ci_high"] - known["ci_low"]).mean()),
    }


def description(study: Study, rows: pd.DataFrame) -> dict[str, object]:
    """How the results were made, and what became of the trials of each scenario."""
    return {
        "study": study.name,
        "seed": study.seed,
        "settings": dict(study.settings),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "pandas": pd.__version__,
        },
        "scenarios": {name: _fate(rows[rows["scenario"] == name]) for name in study.scenarios},
    }


def _fate(rows: pd.DataFrame) -> dict[str, object]:
    failed = Counter(m for m in rows["method"] if m.startswith("failed: "))
    ess = rows.loc[rows["method"] == ESS, "estimate"]
    fate: dict[str, object] = {"trials": rows["trial"].nunique(), "failed": dict(failed)}
    if len(ess):
        at = ess.quantile([0.0, 0.5, 1.0])
        fate["ess"] = {
            "lowest": round(at[0.0], 1),
            "median": round(at[0.5], 1),
            "highest": round(at[1.0], 1),
            "share_below_50": round(float((ess < 50).mean()), 4),
        }
    return fate


def store(study: Study, rows: pd.DataFrame, folder: Path = RESULTS) -> None:
    """Write the three files of a study."""
    folder.mkdir(parents=True, exist_ok=True)
    summary(study, rows).to_csv(
        folder / f"{study.name}.csv", index=False, float_format="%.6g", lineterminator="\n"
    )
    first = rows[rows["trial"] < KEPT]
    first.to_csv(folder / f"{study.name}_first_trials.csv", index=False, lineterminator="\n")
    text = json.dumps(description(study, rows), indent=2, ensure_ascii=False)
    (folder / f"{study.name}.json").write_text(text + "\n", encoding="utf-8")


def stored(name: str) -> pd.DataFrame:
    """The summary that is kept, by scenario and method."""
    return pd.read_csv(RESULTS / f"{name}.csv").set_index(["scenario", "method"])


def stored_description(name: str) -> dict:
    """How it was made."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def command_line(studies: Sequence[Study], trials: int, table: Callable[[], str]) -> None:
    """Run what is not there yet, write the results, print the tables of the documentation."""
    names = [study.name for study in studies]
    parser = argparse.ArgumentParser(description=f"Simulations: {', '.join(names)}.")
    parser.add_argument("--trials", type=int, default=trials, help="trials of each scenario")
    parser.add_argument("--chunks", type=Path, help="working folder: run, or resume, in it")
    parser.add_argument("--study", choices=names, action="append", help="only this one")
    parser.add_argument("--finished", action="store_true", help="store what is there, run nothing")
    asked = parser.parse_args()
    for study in studies:
        if asked.chunks is not None and study.name in (asked.study or names):
            rows = (
                finished_trials(study, asked.chunks)
                if asked.finished
                else all_trials(study, asked.trials, asked.chunks)
            )
            store(study, rows)
    print(table())
