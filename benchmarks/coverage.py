"""Accuracy and coverage of reconstructions of simulated trials, with Monte Carlo errors.

    python benchmarks/coverage.py --pairs 1000                  # printed numbers only
    python benchmarks/coverage.py --figures --pairs 500         # re-digitised figures

Two kinds of coverage, never mixed. B alone (the spread of the draws) should cover the
trial's own estimate, from its real patients; T = W + (1 + 1/M) B should cover the
population's value. Hazards come from six families and censoring from patterns that the
model does not hold. "width" is the length of the interval over that from real patients.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.digitize import trace  # noqa: E402

from survcomp.errors import ContradictionError  # noqa: E402
from survcomp.estimation import median, rmst, survival_at  # noqa: E402
from survcomp.estimation.cox.two_arm import two_arm_log_hr, two_arm_log_hrs  # noqa: E402
from survcomp.estimation.kaplan_meier import kaplan_meier  # noqa: E402
from survcomp.reconstruction import integer  # noqa: E402
from survcomp.reconstruction.printed.summary import summary  # noqa: E402
from survcomp.values import (  # noqa: E402
    IPD,
    Basis,
    Count,
    Curve,
    Cut,
    Ensemble,
    FollowUp,
    Landmark,
    MedianTime,
)

GRID = np.linspace(0.0, 120.0, 4001)


def cumulative_hazards(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Cumulative hazard of the control arm on GRID (months), with a median near 12."""
    scale = 12.0 * float(np.exp(rng.normal(0.0, 0.25)))
    t = GRID / scale
    late = np.maximum(t - 0.25, 0.0)
    return {
        "exponential": 0.69 * t,
        "Weibull 0.7": 0.69 * t**0.7,
        "Weibull 1.5": 0.69 * t**1.5,
        "early drop": 1.2 * np.minimum(t, 0.25) + 0.5 * late,
        "plateau": 1.15 * (1.0 - np.exp(-1.1 * t)),
        "log-logistic": np.log1p(t**1.3),
    }


def draw_patients(
    cumulative: np.ndarray, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Times and events under entry over a period, a slow start, and early dropping out."""
    target = rng.exponential(size=n)
    times = np.interp(target, cumulative, GRID, right=1e9)
    accrual = float(rng.uniform(8.0, 18.0))
    entry = accrual * rng.beta(1.6, 1.0, n)  # more patients enter late than early
    cut = accrual + float(rng.uniform(8.0, 14.0))
    leave = np.where(rng.random(n) < 0.06, rng.uniform(0.5, 12.0, n), np.inf)
    followed = np.minimum(cut - entry, leave)
    return np.minimum(times, followed), times <= followed


def as_ipd(time_: np.ndarray, event: np.ndarray, arm: str) -> IPD:
    return IPD.from_times(
        time_[event], time_[~event], arm=arm, time_unit="months", origin="observed"
    )


def printed(ipd: IPD, kind: str) -> Curve:
    """What a publication would print of these patients."""
    estimate = kaplan_meier(ipd)
    flipped = kaplan_meier(
        IPD.from_times(ipd.time[~ipd.event], ipd.time[ipd.event], arm="f", time_unit="months")
    )
    follow = FollowUp(
        median=round(float(flipped.median().value), 1),
        low=0.1,
        high=round(float(ipd.time.max()) + 0.05, 1),
        spread="range",
        method="reverse Kaplan-Meier",
    )
    end = float(ipd.time.max())
    marks = []
    if kind.startswith("landmarks"):
        for t in (6.0, 12.0) if end < 20 else (6.0, 12.0, 18.0):
            at = estimate.at(t)
            if not 0.02 < at.value < 0.98:
                continue
            limits = (round(at.ci_low, 3), round(at.ci_high, 3)) if "CI" in kind else (None, None)
            marks.append(
                Landmark(
                    time=t,
                    survival=round(at.value, 3),
                    ci_low=limits[0],
                    ci_high=limits[1],
                    step=0.001,
                )
            )
    middle = estimate.median()
    limits = [round(v, 1) if np.isfinite(v) else np.inf for v in middle.ci]
    with_limits = "CI" in kind
    shown = MedianTime(
        estimate=round(middle.value, 1) if np.isfinite(middle.value) else np.inf,
        ci_low=limits[0] if with_limits else None,
        ci_high=limits[1] if with_limits else None,
    )
    return Curve(
        trial="sim",
        arm=ipd.arms[0],
        treatment=ipd.arms[0],
        endpoint="OS",
        n=ipd.n,
        basis=Basis(cut=Cut(label="c", follow_up=follow)),
        median=shown,
        landmarks=tuple(marks),
        counts=(Count(count=int(ipd.n_events)),) if "D" in kind.split(", ") else (),
    )


KINDS = (
    "landmarks, CI, D",
    "landmarks, D",
    "landmarks, CI",
    "median, CI",
    "median",
)


@dataclass
class Tally:
    """Errors and coverage of one quantity."""

    covered_own: list[bool]
    covered_population: list[bool]
    error: list[float]
    width: list[float]

    def row(self) -> str:
        def share(values: list[bool]) -> str:
            p, m = np.mean(values), len(values)
            return f"{100 * p:5.1f} ({100 * np.sqrt(max(p * (1 - p), 1e-4) / m):.1f})"

        return (
            f"{share(self.covered_own):>13} {share(self.covered_population):>13} "
            f"{np.mean(self.error):8.3f} {np.median(self.width):7.2f} {len(self.error):6d}"
        )


def new_tally() -> Tally:
    return Tally([], [], [], [])


def note(tally: Tally, own: float, population: float, est: float, b: float, w: float) -> None:
    """One estimate: reconstruction variance b, sampling variance w, in units of sampling SE."""
    se = np.sqrt(w)
    tally.covered_own.append(bool(abs(est - own) <= 1.96 * np.sqrt(b) + 1e-9))
    tally.covered_population.append(bool(abs(est - population) <= 1.96 * np.sqrt(b + w)))
    tally.error.append(float(abs(est - own) / se))
    tally.width.append(float(np.sqrt((b + w) / w)))


def assess(
    pairs: int, rebuild: Callable[[IPD, np.random.Generator], Ensemble], seed: int
) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(new_tally)
    for number in range(pairs):
        rng = np.random.default_rng([seed, number])
        families = cumulative_hazards(rng)
        name = list(families)[number % len(families)]
        control = families[name]
        log_hr = float(rng.choice([np.log(0.45), np.log(0.65), 0.0]))
        sizes = (97, 128) if number % 2 else (208, 211)
        hazards = (control * np.exp(log_hr), control)
        real = [
            as_ipd(*draw_patients(h, n, rng), arm)
            for h, n, arm in zip(hazards, sizes, ("x", "c"), strict=True)
        ]
        try:
            drawn = [rebuild(ipd, rng) for ipd in real]
        except ContradictionError as refused:
            if "was reached" not in str(refused):  # a median not reached, and nothing else
                print(f"  pair {number} ({name}) refused: {refused}")
            continue
        _hazard_ratio(tallies["log HR"], real, drawn, log_hr)
        for ipd, ensemble, hazard in zip(real, drawn, hazards, strict=True):
            _one_arm(tallies, ipd, ensemble, hazard)
    return tallies


def _hazard_ratio(tally: Tally, real: list[IPD], drawn: list[Ensemble], truth: float) -> None:
    time_ = np.concatenate([ipd.time for ipd in real])
    event = np.concatenate([ipd.event for ipd in real])
    arm = np.repeat([True, False], [ipd.n for ipd in real])
    own, _ = two_arm_log_hr(time_, event, arm)
    fits = two_arm_log_hrs(list(drawn[0]), list(drawn[1]))
    good = np.isfinite(fits.log_hr)  # a draw without an event has no hazard ratio
    if good.mean() < 0.9:
        print(f"  {100 * (1 - good.mean()):.0f} % of the draws of a pair have no hazard ratio")
        return
    log_hr, se = fits.log_hr[good], fits.se[good]
    b = (1 + 1 / log_hr.size) * float(np.var(log_hr, ddof=1))
    note(tally, own, truth, float(log_hr.mean()), b, float(np.mean(se**2)))


def _one_arm(tallies: dict[str, Tally], ipd: IPD, ensemble: Ensemble, hazard: np.ndarray) -> None:
    estimate = kaplan_meier(ipd)
    last = float(ipd.time.max())
    shortest = min(float(d.time.max()) for d in ensemble)
    for name, at in (("S(t) in range", 9.0), ("S(t) in the tail", 0.85 * last)):
        own = estimate.at(at) if at <= last else None
        if own is None or at >= shortest or not 0.02 < own.value < 0.98:
            continue
        row = survival_at(ensemble, at)
        g = np.log(-np.log(np.clip([own.value, np.exp(-np.interp(at, GRID, hazard))], 1e-6, 1)))
        slope = 1.0 / abs(row.value * np.log(row.value)) if 0 < row.value < 1 else np.nan
        if not np.isfinite(slope):
            continue
        centre = float(np.log(-np.log(row.value)))
        b, w = (row.se_reconstruction * slope) ** 2, (row.se_sampling * slope) ** 2
        if w > 0:
            note(tallies[name], float(g[0]), float(g[1]), centre, b, w)
    horizon = 0.6 * last
    if horizon < shortest:
        row = rmst(ensemble, horizon=horizon)
        fine = np.linspace(0.0, horizon, 400)
        truth = float(np.trapezoid(np.exp(-np.interp(fine, GRID, hazard)), fine))
        note(
            tallies["RMST"],
            rmst(ipd, horizon=horizon).value,
            truth,
            float(row.value),
            float(row.se_reconstruction) ** 2,
            float(row.se_sampling) ** 2,
        )
    _median(tallies["median"], estimate.median().value, ensemble, hazard)


def _median(tally: Tally, own: float, ensemble: Ensemble, hazard: np.ndarray) -> None:
    """By inverting the pooled curve; only its interval is assessed."""
    truth = float(np.interp(np.log(2.0), hazard, GRID, right=np.inf))
    row = median(ensemble)
    if not np.isfinite([own, row.value]).all():
        return
    tally.covered_population.append(bool(row.ci_low <= truth <= row.ci_high))
    medians = [kaplan_meier(d).median().value for d in list(ensemble)[:25]]
    finite = np.where(np.isfinite(medians), medians, 1e9)
    low, high = np.quantile(finite, [0.02, 0.98])
    slack = 0.05  # the printed median is rounded to a tenth
    tally.covered_own.append(bool(low - slack <= own <= high + slack))
    tally.error.append(abs(row.value - own) / own)
    tally.width.append(1.0)


def report(title: str, tallies: dict[str, Tally], seconds: float) -> None:
    print(f"\n{title}   ({seconds:.0f} s)")
    print(f"{'':18}{'B covers own':>13} {'T covers pop.':>13} {'err/SE':>8} {'width':>7} {'n':>6}")
    for name in ("log HR", "RMST", "median", "S(t) in range", "S(t) in the tail"):
        if tallies[name].error:
            print(f"{name:18}{tallies[name].row()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--draws", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--figures", action="store_true", help="traced figures with a table")
    parser.add_argument("--kind", choices=KINDS, help="only one set of printed numbers")
    options = parser.parse_args()
    if options.figures:
        for label, size in (("800 x 600", (680, 480, 200)), ("400 x 300", (340, 240, 90))):
            began = time.perf_counter()

            def figure(ipd: IPD, rng: np.random.Generator, size: tuple = size) -> Ensemble:
                seen = trace(
                    ipd.time, ipd.event, rng, width=size[0], height=size[1], points=size[2]
                )
                return integer(seen.curve(), draws=options.draws, rng=rng).ensemble

            tallies = assess(options.pairs, figure, options.seed)
            report(f"figure, {label}, at-risk table", tallies, time.perf_counter() - began)
        return
    for kind in KINDS if options.kind is None else (options.kind,):
        began = time.perf_counter()

        def numbers(ipd: IPD, rng: np.random.Generator, kind: str = kind) -> Ensemble:
            return summary(printed(ipd, kind), draws=options.draws, rng=rng).ensemble

        tallies = assess(options.pairs, numbers, options.seed)
        report(kind, tallies, time.perf_counter() - began)


if __name__ == "__main__":
    main()
