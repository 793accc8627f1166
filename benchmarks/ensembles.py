"""Speed and agreement of the estimates over ensembles: python benchmarks/ensembles.py.

200 pairs of 100 and 130 patients, as an ensemble of each arm would give, against one
lifelines fit a pair.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np

from survcomp.comparison import bootstrap_pair, naive_hazard_ratio, naive_rmst_difference
from survcomp.estimation import hazard_ratio, median, survival_at, two_arm_log_hrs
from survcomp.values import IPD, Ensemble

DRAWS = 200


def arm(name: str, scale: float, n: int, rng: np.random.Generator) -> Ensemble:
    draws = []
    for _ in range(DRAWS):
        time, limit = rng.exponential(scale, n), rng.uniform(12, 30, n)
        event = time <= limit
        draws.append(IPD.from_times(time[event], limit[~event], arm=name, time_unit="months"))
    return Ensemble(draws=tuple(draws), method="simulated", curve_id=f"benchmark/{name}/PFS")


def timed(name: str, call) -> object:
    start = perf_counter()
    found = call()
    print(f"{name:58s} {perf_counter() - start:8.4f} s")
    return found


def main() -> None:
    rng = np.random.default_rng(1)
    a, b = arm("A", 20, 100, rng), arm("B", 9, 130, rng)
    hazard_ratio(a[0], b[0])  # lifelines takes two seconds to import
    batch = timed(f"two_arm_log_hrs, {DRAWS} pairs", lambda: two_arm_log_hrs(a.draws, b.draws))
    single = timed(
        f"lifelines, {DRAWS} pairs",
        lambda: [hazard_ratio(x, y) for x, y in zip(a, b, strict=True)],
    )
    apart = max(abs(batch.log_hr - [fit.estimate for fit in single]))
    print(f"{'largest difference of the log HR':58s} {apart:8.1e}")
    timed("naive_hazard_ratio", lambda: naive_hazard_ratio(a, b, outcome="PFS"))
    timed(
        "naive_rmst_difference",
        lambda: naive_rmst_difference(a, b, outcome="PFS", horizon=12),
    )
    timed("survival_at, 5 times", lambda: survival_at(a, [3, 6, 9, 12, 15]))
    timed("median", lambda: median(a))
    timed(
        "bootstrap_pair, 1,000 replicates",
        lambda: bootstrap_pair(a, b, replicates=1000, rng=np.random.default_rng(1)),
    )


if __name__ == "__main__":
    main()
