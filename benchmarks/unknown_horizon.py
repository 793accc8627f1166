"""Hazard ratios from printed numbers by what is given, maturity and size, with Monte Carlo errors.

    python benchmarks/unknown_horizon.py --pairs 40                     # the whole table
    python benchmarks/unknown_horizon.py --pairs 100 --facts "median" --maturity 0.75

Trials are simulated, their numbers rounded as papers print them (medians to 0.1 month, rates
to whole per cent or 0.1 %), and rebuilt with the follow-up printed (median and longest) or
not, from both arms of the trial or from one of them, whose partner are then real patients.

"bias" is the mean of (rebuilt - own log HR) in the trial's own standard error; "events" the
mean of log(rebuilt / true events) of the rebuilt arms. Two kinds of coverage, never mixed: B
alone (the spread of the draws) should cover the trial's own hazard ratio, T = W + (1 + 1/M) B
that of the population. Every number stands with its Monte Carlo standard error in brackets.

Hazards are Weibull (decreasing, increasing), a mixture cure model and piecewise: of these the
prior holds only the first two. Entry is spread over a part of the follow-up, unevenly, and
some patients leave early. The data cut is where the asked share of patients has had an event.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from survcomp.errors import ContradictionError, InputError
from survcomp.estimation.cox.two_arm import two_arm_log_hr, two_arm_log_hrs
from survcomp.estimation.kaplan_meier import kaplan_meier
from survcomp.reconstruction.printed.summary import summaries
from survcomp.values import IPD, Basis, Count, Curve, Cut, FollowUp, Landmark, MedianTime

FACTS = (
    "median",
    "median + events",
    "rates",
    "rates + events",
    "rates + median + events",
)
MATURITIES = (0.30, 0.50, 0.75, 0.95)
SIZES = (60, 128, 300)
FOLLOW_UP = ("not printed", "printed")
REBUILT = ("both arms", "one arm")

FINE = np.linspace(0.0, 40.0, 8001)
"""Time in units of the scale of the hazard."""
RATIOS = (0.5, 0.7, 1.0)
LEAVE = 0.05
"""Share of patients who leave before the cut; a fifth of it where nearly all have events."""
PRINTED_RATES = (3.0, 6.0, 12.0, 18.0, 24.0, 36.0, 48.0, 60.0)


@dataclass(frozen=True)
class Trial:
    """One simulated trial: its patients, and the true log hazard ratio."""

    arms: tuple[IPD, IPD]
    log_hr: float
    family: str
    number: int


def cumulative_hazards(maturity: float, ratio: float) -> dict[str, np.ndarray]:
    """Cumulative hazard of the control arm on FINE, with a median near 1."""
    late = np.maximum(FINE - 0.6, 0.0)
    # as many cured as let the asked share of both arms have an event in a time that trials last
    cured = 0.3
    while 1.0 - 0.5 * (cured + cured**ratio) < maturity + 0.5 * (1.0 - maturity):
        cured *= 0.8
    failed = (0.5 - cured) / (1.0 - cured)
    return {
        "Weibull 0.75": np.log(2.0) * FINE**0.75,
        "Weibull 1.35": np.log(2.0) * FINE**1.35,
        "mixture cure": -np.log(cured + (1.0 - cured) * np.exp(np.log(failed) * FINE)),
        "piecewise": 0.9 * np.minimum(FINE, 0.6) + 0.35 * late,
    }


def simulate(number: int, n: int, maturity: float, seed: int) -> Trial:
    """Trial of this number: the same whichever facts of it are printed."""
    rng = np.random.default_rng([seed, number, n, round(1000 * maturity)])
    ratio = RATIOS[(number // 4) % len(RATIOS)]
    families = cumulative_hazards(maturity, ratio)
    family = list(families)[number % len(families)]
    log_hr = float(np.log(ratio))
    scale = 10.0 * float(np.exp(rng.normal(0.0, 0.4)))
    spread = float(rng.uniform(0.3, 0.8))
    entered = spread * rng.beta(1.0, 1.6, (2, n))  # as a share of the longest follow-up
    leaves = rng.random((2, n)) < LEAVE * (1.0 if maturity < 0.9 else 0.2)
    left = np.where(leaves, rng.uniform(0.05, 0.9, (2, n)), 1.0)
    hazard = families[family]
    times = np.stack(
        [
            np.interp(rng.exponential(size=n), hazard * np.exp(effect), FINE, right=1e6)
            for effect in (log_hr, 0.0)
        ]
    )
    follow = np.minimum(1.0 - entered, left)
    low, high = 1e-3, 1e3
    for _ in range(60):
        longest = np.sqrt(low * high)
        low, high = (
            (longest, high) if np.mean(times <= follow * longest) < maturity else (low, longest)
        )
    event = times <= follow * longest
    observed = scale * np.minimum(times, follow * longest)
    arms = tuple(
        IPD.from_times(
            observed[i][event[i]],
            observed[i][~event[i]],
            arm=name,
            time_unit="months",
            origin="observed",
        )
        for i, name in enumerate(("x", "c"))
    )
    return Trial(arms, log_hr, family, number)


def printed_follow_up(arms: Sequence[IPD]) -> FollowUp:
    """Of the whole trial, as papers print it."""
    times = np.concatenate([ipd.time for ipd in arms])
    event = np.concatenate([ipd.event for ipd in arms])
    turned = IPD.from_times(times[~event], times[event], arm="f", time_unit="months")
    longest = round(float(times.max()), 1)
    median = float(kaplan_meier(turned).median().value)
    return FollowUp(
        median=min(round(median, 1), longest) if np.isfinite(median) else longest,
        low=0.0,
        high=longest,
        spread="range",
        method="reverse Kaplan-Meier",
    )


def rate_times(trial: Trial, follow_up: FollowUp) -> tuple[float, ...]:
    """Two round times up to about the median follow-up, often but not always the last ones."""
    last = 1.1 * follow_up.median
    usable = [
        t
        for t in PRINTED_RATES
        if t <= min(last, *(0.95 * float(ipd.time.max()) for ipd in trial.arms))
        and all(0.03 < kaplan_meier(ipd).at(t).value < 0.97 for ipd in trial.arms)
    ]
    if len(usable) > 2 and trial.number % 3 == 0:
        usable = usable[:-1]
    return tuple(usable[-2:])


def published(trial: Trial, facts: str, *, with_follow_up: bool) -> tuple[Curve, Curve]:
    """What a paper would print of both arms."""
    follow_up = printed_follow_up(trial.arms)
    times = rate_times(trial, follow_up) if "rates" in facts else ()
    digits = 2 if trial.number % 2 else 3
    curves = []
    for ipd in trial.arms:
        estimate = kaplan_meier(ipd)
        marks = []
        for t in times:
            at = estimate.at(t)
            marks.append(
                Landmark(
                    time=t,
                    survival=round(at.value, digits),
                    ci_low=round(at.ci_low, digits),
                    ci_high=round(at.ci_high, digits),
                    step=10.0**-digits,
                )
            )
        median = None
        if "median" in facts:
            at = estimate.median()
            shown = [
                round(float(v), 1) if np.isfinite(v) else np.inf
                for v in (at.value, at.ci_low, at.ci_high)
            ]
            median = MedianTime(estimate=shown[0], ci_low=shown[1], ci_high=shown[2])
        cut = Cut(label="cut", follow_up=follow_up if with_follow_up else None)
        curves.append(
            Curve(
                trial=f"sim {trial.number}",
                arm=ipd.arms[0],
                treatment=ipd.arms[0],
                endpoint="PFS",
                n=ipd.n,
                basis=Basis(cut=cut),
                median=median,
                landmarks=tuple(marks),
                counts=(Count(count=int(ipd.n_events)),) if "events" in facts else (),
            )
        )
    return curves[0], curves[1]


@dataclass
class Tally:
    """One cell of the table."""

    error: list[float] = field(default_factory=list)
    own: list[bool] = field(default_factory=list)
    population: list[bool] = field(default_factory=list)
    events: list[float] = field(default_factory=list)
    longest: list[float] = field(default_factory=list)
    width: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    nothing: int = 0

    def add(self, other: Tally) -> None:
        """Those of another cell as well."""
        for name in ("error", "own", "population", "events", "longest", "width", "refused"):
            getattr(self, name).extend(getattr(other, name))
        self.nothing += other.nothing

    def cells(self) -> list[str]:
        if not self.error:
            return ["-"] * 7 + ["0", str(len(self.refused)), str(self.nothing)]
        error, m = np.array(self.error), len(self.error)

        def share(values: list[bool]) -> str:
            p = (np.sum(values) + 0.0) / m
            smooth = (np.sum(values) + 1.0) / (m + 2.0)  # no zero error at 0 or 100 %
            return f"{100 * p:.0f} ({100 * np.sqrt(smooth * (1 - smooth) / m):.0f})"

        return [
            f"{error.mean():+.2f} ({error.std() / np.sqrt(m):.2f})",
            f"{np.abs(error).mean():.2f}",
            share(self.own),
            share(self.population),
            f"{np.mean(self.events):+.3f}",
            f"{np.exp(np.mean(self.longest)):.2f}",
            f"{np.median(self.width):.2f}",
            str(m),
            str(len(self.refused)),
            str(self.nothing),
        ]


HEADINGS = ("bias", "abs", "B %", "T %", "events", "longest", "width", "N", "refused", "no curve")


def assess(trial: Trial, facts: str, follow: str, rebuilt: str, draws: int, tally: Tally) -> None:
    """Rebuild one trial and note how near it comes."""
    curves = published(trial, facts, with_follow_up=follow == "printed")
    if facts.startswith("rates") and not curves[0].landmarks:
        tally.nothing += 1  # followed too shortly for a rate at a round time
        return
    which = (0, 1) if rebuilt == "both arms" else (trial.number % 2,)
    try:
        arms = summaries([curves[i] for i in which], draws=draws, rng=trial.number)
    except (ContradictionError, InputError) as refusal:
        if "a survival rate" in str(refusal):  # a median not reached, and nothing else
            tally.nothing += 1
        else:
            tally.refused.append(str(refusal))
        return
    samples = [[ipd] * draws for ipd in trial.arms]
    for i, one in zip(which, arms, strict=True):
        samples[i] = list(one.ensemble)
    fits = two_arm_log_hrs(samples[0], samples[1])
    good = np.isfinite(fits.log_hr)
    if good.mean() < 0.9:
        tally.nothing += 1
        return
    log_hr, se = fits.log_hr[good], fits.se[good]
    times = np.concatenate([ipd.time for ipd in trial.arms])
    event = np.concatenate([ipd.event for ipd in trial.arms])
    own, own_se = two_arm_log_hr(times, event, np.repeat([True, False], trial.arms[0].n))
    b = (1 + 1 / log_hr.size) * float(np.var(log_hr, ddof=1))
    total = b + float(np.mean(se**2))
    mean = float(log_hr.mean())
    tally.error.append((mean - own) / own_se)
    tally.own.append(abs(mean - own) <= 1.96 * np.sqrt(b) + 1e-9)
    tally.population.append(abs(mean - trial.log_hr) <= 1.96 * np.sqrt(total))
    tally.width.append(np.sqrt(total) / own_se)
    for i in which:
        true = trial.arms[i]
        tally.events.append(
            float(np.mean([np.log(d.n_events / true.n_events) for d in samples[i]]))
        )
        tally.longest.append(
            float(np.mean([np.log(d.time.max() / true.time.max()) for d in samples[i]]))
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--facts", choices=FACTS, action="append")
    parser.add_argument("--maturity", type=float, action="append")
    parser.add_argument("--n", type=int, action="append")
    parser.add_argument("--follow-up", choices=FOLLOW_UP, action="append")
    parser.add_argument("--rebuilt", choices=REBUILT, action="append")
    parser.add_argument("--csv", type=Path, help="write the table there as well")
    parser.add_argument("--refusals", action="store_true", help="print what was refused and why")
    asked = parser.parse_args()
    rows = []
    print(f"{'given':24}{'follow-up':12}{'rebuilt':10}{'events':>7}{'n':>5}", end="")
    print(*(f"{word:>13}" for word in HEADINGS), f"{'s':>6}", sep="")
    for facts in asked.facts or FACTS:
        for follow in asked.follow_up or FOLLOW_UP:
            for rebuilt in asked.rebuilt or REBUILT:
                whole = Tally()
                for maturity in asked.maturity or MATURITIES:
                    for n in asked.n or SIZES:
                        began, tally = time.perf_counter(), Tally()
                        for number in range(asked.first, asked.first + asked.pairs):
                            trial = simulate(number, n, maturity, asked.seed)
                            assess(trial, facts, follow, rebuilt, asked.draws, tally)
                        cells = tally.cells()
                        rows.append([facts, follow, rebuilt, maturity, n, *cells])
                        print(
                            f"{facts:24}{follow:12}{rebuilt:10}{100 * maturity:6.0f}%{n:5d}",
                            *(f"{cell:>13}" for cell in cells),
                            f"{time.perf_counter() - began:6.0f}",
                            sep="",
                            flush=True,
                        )
                        if asked.refusals:
                            print(*(f"    {text}" for text in tally.refused), sep="\n")
                        whole.add(tally)
                cells = whole.cells()
                rows.append([facts, follow, rebuilt, "all", "all", *cells])
                print(
                    f"{facts:24}{follow:12}{rebuilt:10}{'all':>7}{'all':>5}",
                    *(f"{cell:>13}" for cell in cells),
                    sep="",
                    flush=True,
                )
    if asked.csv is not None:
        with asked.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["given", "follow_up", "rebuilt", "maturity", "n", *HEADINGS])
            writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
