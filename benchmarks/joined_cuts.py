"""What joining an earlier data cut gains over the few numbers of the latest, on simulated trials.

    python benchmarks/joined_cuts.py --trials 60
    python benchmarks/joined_cuts.py --published     # CARTITUDE-1 and -4 instead

The latest cut prints one rate and the median; the earlier one rates with intervals, the median
and the events. Errors are those of S(t) at the latest cut against its own Kaplan-Meier curve, at
whole quarters up to the last printed time; "B covers" is how often the draws' interval holds it.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "benchmarks"))

from coverage import GRID, cumulative_hazards  # noqa: E402
from support.cohort import enrol, printed  # noqa: E402

from survcomp.errors import ContradictionError  # noqa: E402
from survcomp.estimation import kaplan_meier  # noqa: E402
from survcomp.evidence import read_trial  # noqa: E402
from survcomp.reconstruction import join_cuts, summary  # noqa: E402
from survcomp.values import IPD, Curve  # noqa: E402

LAST = 24.0
TIMES = np.arange(3.0, LAST + 1.0, 3.0)


def cloglog(survival: np.ndarray) -> np.ndarray:
    return np.log(-np.log(np.clip(survival, 1e-4, 1 - 1e-4)))


def survival(ipd: IPD) -> np.ndarray:
    return kaplan_meier(ipd)(np.minimum(TIMES, ipd.time.max()))


class Tally:
    def __init__(self) -> None:
        self.error: list[np.ndarray] = []
        self.covered: list[np.ndarray] = []
        self.width: list[np.ndarray] = []
        self.refused: list[str] = []

    def add(self, curve: Curve, own: np.ndarray, draws: int, seed: int) -> None:
        try:
            rebuilt = summary(curve, draws=draws, rng=seed)
        except ContradictionError as error:
            self.refused.append(str(error))
            return
        drawn = np.array([survival(one) for one in rebuilt.ensemble])
        self.error.append(drawn.mean(axis=0) - own)
        scaled = cloglog(drawn)
        sd = scaled.std(axis=0, ddof=1) * np.sqrt(1 + 1 / draws)
        self.covered.append(np.abs(cloglog(own) - scaled.mean(axis=0)) <= 1.96 * sd)
        self.width.append(drawn.std(axis=0, ddof=1))

    def row(self, name: str) -> str:
        error, covered = np.array(self.error), np.array(self.covered)
        inside = covered.mean(axis=1)
        return (
            f"{name:38s} RMSE {np.sqrt(np.mean(error**2)):.4f}  SD of draws "
            f"{np.mean(self.width):.4f}  B covers {100 * inside.mean():.1f} "
            f"({100 * inside.std() / np.sqrt(inside.size):.1f}) %  trials {inside.size}, refused "
            f"{len(self.refused)}"
        )


PUBLISHED = (
    ("cartitude_4", "cilta_cel", "PFS", ("15.9 months", "33.6 months")),
    ("cartitude_4", "standard_care", "PFS", ("15.9 months", "33.6 months")),
    ("cartitude_4", "cilta_cel", "OS", ("15.9 months", "33.6 months")),
    ("cartitude_1", "cilta_cel", "PFS", ("21.7 months", "33.4 months")),
    (
        "cartitude_1",
        "cilta_cel",
        "PFS",
        ("12.4 months", "21.7 months", "27.7 months", "33.4 months"),
    ),
    ("cartitude_1", "cilta_cel", "PFS", ("33.4 months", "61.3 months")),
)


def published(draws: int, seed: int) -> None:
    """S(t) of each published curve, and its SD over the draws, without and with earlier cuts."""
    print("mean (SD of draws) of S(t) at", *(f"{time:g}" for time in TIMES[1::2]))
    for trial, arm, endpoint, cuts in PUBLISHED:
        curves = [
            read_trial(trial, ROOT).curve(arm=arm, endpoint=endpoint, cut=cut) for cut in cuts
        ]
        print(trial, arm, endpoint, ", ".join(cuts))
        for words, curve in (("latest alone", curves[-1]), ("joined", join_cuts(curves))):
            try:
                ensemble = summary(curve, draws=draws, rng=seed).ensemble
            except ContradictionError as error:
                print(f"   {words:13s}", error)
                continue
            drawn = np.array([survival(one) for one in ensemble])[:, 1::2]
            cells = zip(drawn.mean(axis=0), drawn.std(axis=0, ddof=1), strict=True)
            print(f"   {words:13s}", "  ".join(f"{mean:.3f} ({sd:.3f})" for mean, sd in cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--published", action="store_true", help="curves of data/digitized")
    options = parser.parse_args()
    if options.published:
        published(options.draws, options.seed)
        return
    tallies = {
        name: Tally()
        for name in ("latest cut alone", "joined, dates of the cuts", "joined, median follow-ups")
    }
    began = time.perf_counter()
    for trial in range(options.trials):
        rng = np.random.default_rng([options.seed, trial])
        hazards = list(cumulative_hazards(rng).values())
        n, gap = (97, 208)[trial % 2], float(rng.uniform(4.0, 14.0))
        event = np.interp(
            rng.exponential(size=n), 0.6 * hazards[trial % len(hazards)], GRID, right=1e9
        )
        cohort = enrol(n, rng, event=event)
        own = survival(cohort.at(0.0))
        late = printed(
            cohort.at(0.0), gap=0.0, times=(LAST,), limits=False, events=False, median=True
        )
        rates = (6.0, 12.0)
        dated = printed(cohort.at(gap), gap=gap, times=rates)
        undated = printed(cohort.at(gap), gap=gap, times=rates, dated=False)
        tallies["latest cut alone"].add(late, own, options.draws, trial)
        tallies["joined, dates of the cuts"].add(
            join_cuts([dated, late]), own, options.draws, trial
        )
        tallies["joined, median follow-ups"].add(
            join_cuts([undated, late]), own, options.draws, trial
        )
    print(f"{options.trials} trials, {time.perf_counter() - began:.0f} s")
    for name, tally in tallies.items():
        print(tally.row(name))
        for words in tally.refused[:3]:
            print("   ", words)


if __name__ == "__main__":
    main()
