"""Accuracy and speed of the reconstruction beside what six R tools get on the same input.

    python benchmarks/reconstruction.py            # every setting, on ../shared/bench where it is
    python benchmarks/reconstruction.py --generated
    python benchmarks/reconstruction.py --scaling

With ../shared/bench/reconstruction the truth is 45 arms of real patients, each digitised
twice, and the peers' stored results stand beside ours. Without it the arms are generated
and the peer is Guyot's algorithm as published, from this package. Errors of S(t) are on
1,000 even points of [0, last time); the log HR is that of a Cox model on both rebuilt arms
against the one on the real patients.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.digitize import kaplan_meier_at, patients, trace  # noqa: E402

from survcomp.estimation.cox.two_arm import two_arm_log_hr  # noqa: E402
from survcomp.reconstruction import guyot, integer  # noqa: E402
from survcomp.values import IPD, AtRisk, Count, Curve, CurvePoints, Ticks  # noqa: E402

BENCH = ROOT.parent / "shared" / "bench" / "reconstruction"
GRID = 1000


@dataclass(frozen=True)
class Setting:
    """What is given beside the trace, and how the peers' stored rows for it are named."""

    name: str
    table: bool
    events: bool
    ticks: bool
    suffix: str
    tools: tuple[str, ...]


TABLE_TOOLS = ("IPDfromKM", "guyot_survivalnma", "kmdata", "reconstructKM")
SETTINGS = (
    Setting("at-risk table", True, False, False, "", TABLE_TOOLS),
    Setting("at-risk table and events", True, True, False, "_ev", TABLE_TOOLS),
    Setting("events, no table", False, True, False, "_nonrisk_ev", ("IPDfromKM",)),
    Setting("ticks, no table", False, False, True, "_ticks", ("KMtoIPD",)),
)


@dataclass(frozen=True)
class Arm:
    """True patients and what was digitised of them."""

    id: str
    time: np.ndarray
    event: np.ndarray
    points: CurvePoints
    at_risk: AtRisk
    ticks: Ticks | None

    def curve(self, setting: Setting) -> Curve:
        return Curve(
            trial="bench",
            arm=self.id,
            treatment=self.id,
            endpoint="OS",
            n=self.time.size,
            points=self.points,
            at_risk=self.at_risk if setting.table else None,
            counts=(Count(count=int(self.event.sum())),) if setting.events else (),
            ticks=self.ticks if setting.ticks else None,
        )


def shared_arms(digitisation: str) -> tuple[list[Arm], list[tuple[str, str]]]:
    manifest = pd.read_csv(BENCH / "manifest.csv")
    arms = []
    for row in manifest[manifest.digitisation == digitisation].itertuples():
        base = BENCH / "arms" / str(row.arm_id)
        ipd = pd.read_csv(f"{base}_ipd.csv")
        clicks = pd.read_csv(f"{base}__{digitisation}_clicks.csv")
        table = pd.read_csv(f"{base}_nrisk.csv")
        marks = Path(f"{base}__{digitisation}_ticks.csv")
        arms.append(
            Arm(
                id=str(row.arm_id),
                time=ipd.time.to_numpy(),
                event=ipd.status.to_numpy().astype(bool),
                points=CurvePoints.from_trace(clicks.time, clicks.surv),
                at_risk=AtRisk.from_rows(table.time, table.nrisk),
                ticks=Ticks.from_times(pd.read_csv(marks).time) if marks.exists() else None,
            )
        )
    figures = pd.read_csv(BENCH / "figures.csv")
    pairs = [(f"{f.figure}__{f.arm}", f"{f.figure}__{f.ref}") for f in figures.itertuples()]
    return arms, pairs


def generated_arms(digitisation: str) -> tuple[list[Arm], list[tuple[str, str]]]:
    size = {"hi": (680, 480, 250), "lo": (340, 240, 90)}[digitisation]
    arms = []
    for number in range(24):
        rng = np.random.default_rng(number)
        n = int(rng.integers(40, 400))
        time, event = patients(n, rng, shape=float(rng.choice([0.7, 1.0, 1.6])))
        seen = trace(time, event, rng, width=size[0], height=size[1], points=size[2])
        arms.append(
            Arm(
                id=f"g{number}",
                time=time,
                event=event,
                points=seen.points,
                at_risk=seen.at_risk,
                ticks=Ticks.from_times(np.sort(time[~event])),
            )
        )
    return arms, [(f"g{i}", f"g{i + 1}") for i in range(0, 24, 2)]


def measure(
    arms: list[Arm],
    pairs: list[tuple[str, str]],
    setting: Setting,
    method: Callable[[Curve], object],
) -> dict[str, float]:
    rmse, events, seconds, hr = [], [], [], []
    rebuilt: dict[str, IPD] = {}
    for arm in arms:
        curve = arm.curve(setting)
        began = time.perf_counter()
        ipd: IPD = method(curve).ipd  # type: ignore[attr-defined]
        seconds.append(time.perf_counter() - began)
        rebuilt[arm.id] = ipd
        grid = np.arange(GRID) * arm.time.max() / GRID
        off = kaplan_meier_at(ipd.time, ipd.event, grid)
        off -= kaplan_meier_at(arm.time, arm.event, grid)
        rmse.append(float(np.sqrt(np.mean(off**2))))
        true = int(arm.event.sum())
        events.append(100 * abs(ipd.n_events - true) / true)
    truth = {arm.id: arm for arm in arms}
    for one, other in pairs:
        real = log_hr(truth[one], truth[other])
        hr.append(abs(log_hr(rebuilt[one], rebuilt[other]) - real))
    return summary(np.array(rmse), np.array(events), np.array(hr)) | {
        "seconds, median": float(np.median(seconds)),
        "seconds, most": float(np.max(seconds)),
    }


def log_hr(treated: Arm | IPD, control: Arm | IPD) -> float:
    time = np.concatenate([treated.time, control.time])
    event = np.concatenate([treated.event, control.event])
    arm = np.repeat([True, False], [treated.time.size, control.time.size])
    return float(two_arm_log_hr(time, event, arm)[0])


def summary(rmse: np.ndarray, events: np.ndarray, hr: np.ndarray) -> dict[str, float]:
    return {
        "RMSE": float(np.median(rmse)),
        "RMSE p90": float(np.quantile(rmse, 0.9)),
        "RMSE p95": float(np.quantile(rmse, 0.95)),
        "events %": float(np.median(events)),
        "events % p90": float(np.quantile(events, 0.9)),
        "events % p95": float(np.quantile(events, 0.95)),
        "log HR": float(np.mean(hr)),
        "log HR p95": float(np.quantile(hr, 0.95)),
    }


def stored_peer(tool: str, digitisation: str) -> dict[str, float] | None:
    curves = pd.read_csv(BENCH / "peers_curves.csv")
    ratios = pd.read_csv(BENCH / "peers_hazard_ratios.csv")
    rows = curves[(curves.tool == tool) & (curves.digitisation == digitisation)]
    hr = ratios[(ratios.tool == tool) & (ratios.digitisation == digitisation)]
    rows = rows[rows.rmse.notna()]
    if rows.empty:
        return None
    off = 100 * np.abs(rows.events_hat - rows.events_true) / rows.events_true
    return summary(rows.rmse.to_numpy(), off.to_numpy(), hr.err.abs().dropna().to_numpy())


def compare(*, generated: bool) -> None:
    load = generated_arms if generated else shared_arms
    for setting in SETTINGS:
        for digitisation in ("hi", "lo"):
            arms, pairs = load(digitisation)
            if setting.ticks and any(arm.ticks is None for arm in arms):
                continue
            table = {"survcomp": measure(arms, pairs, setting, integer)}
            if setting.table:
                table["Guyot (here)"] = measure(arms, pairs, setting, guyot)
            if not generated:
                for tool in setting.tools:
                    stored = stored_peer(tool + setting.suffix, digitisation)
                    if stored is not None:
                        table[tool] = stored
            print(f"\n{setting.name}, {digitisation}: {len(arms)} arms, {len(pairs)} pairs")
            print(pd.DataFrame(table).T.to_string(float_format=lambda v: f"{v:.4f}", na_rep=""))
            best = [row for name, row in table.items() if name != "survcomp"]
            if best:
                ratios = {
                    key: table["survcomp"][key] / min(row[key] for row in best)
                    for key in ("RMSE", "RMSE p90", "log HR")
                }
                print("ratio to the best: ", ", ".join(f"{k} {v:.2f}" for k, v in ratios.items()))


def scaling() -> None:
    setting = SETTINGS[0]
    print("n, points, seconds, seconds for 200 draws (one process)")
    for n, points in ((100, 150), (300, 60), (300, 150), (300, 300), (1000, 300), (3000, 300)):
        rng = np.random.default_rng(n + points)
        time_, event = patients(n, rng)
        seen = trace(time_, event, rng, points=points)
        arm = Arm("a", time_, event, seen.points, seen.at_risk, None)
        curve = arm.curve(setting)
        integer(curve)
        began = time.perf_counter()
        integer(curve)
        plain = time.perf_counter() - began
        began = time.perf_counter()
        integer(curve, draws=200, rng=1)
        print(f"{n:5d} {points:4d} {plain:7.3f} {time.perf_counter() - began:7.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--generated", action="store_true", help="use generated arms")
    parser.add_argument("--scaling", action="store_true", help="time against n and points")
    options = parser.parse_args()
    if options.scaling:
        scaling()
        return
    if not options.generated and not BENCH.is_dir():
        print(f"{BENCH} is absent: generated arms are used, without the peers.")
    compare(generated=options.generated or not BENCH.is_dir())


if __name__ == "__main__":
    main()
