"""A cohort seen at two data cuts, and what each cut would print of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from survcomp.estimation import kaplan_meier
from survcomp.values import IPD, Basis, Count, Curve, Cut, FollowUp, Landmark, MedianTime
from survcomp.values.checks import DAYS_IN

LATE_DATE = date(2022, 6, 30)


@dataclass(frozen=True)
class Cohort:
    """When each patient's event comes, and when the latest cut or dropping out censors."""

    event: np.ndarray
    cut: np.ndarray
    leaves: np.ndarray

    def at(self, gap: float) -> IPD:
        """The patients as seen at a data cut `gap` months before the latest."""
        followed = np.minimum(self.cut - gap, self.leaves)
        seen = self.event <= followed
        return IPD.from_times(
            self.event[seen], followed[~seen], arm="a", time_unit="months", origin="observed"
        )


def enrol(
    n: int,
    rng: np.random.Generator,
    *,
    event: np.ndarray | None = None,
    mean: float = 20.0,
    accrual: float = 15.0,
    least: float = 20.0,
    dropout: float = 0.06,
) -> Cohort:
    """Entry faster and faster over `accrual`; all are followed for `least` at the latest cut."""
    times = rng.exponential(mean, n) if event is None else event
    left = np.where(rng.random(n) < dropout, rng.uniform(0.5, 12.0, n), np.inf)
    return Cohort(times, least + accrual * (1.0 - rng.beta(1.6, 1.0, n)), left)


def printed(
    ipd: IPD,
    *,
    gap: float,
    times: tuple[float, ...],
    limits: bool = True,
    median: bool = True,
    events: bool = True,
    dated: bool = True,
) -> Curve:
    """Rates at `times`, a median and events, rounded as a paper does."""
    estimate = kaplan_meier(ipd)
    flipped = kaplan_meier(
        IPD.from_times(ipd.time[~ipd.event], ipd.time[ipd.event], arm="f", time_unit="months")
    )
    follow_up = FollowUp(
        median=round(float(flipped.median().value), 1),
        low=0.1,
        high=round(float(ipd.time.max()) + 0.05, 1),
        spread="range",
        method="reverse Kaplan-Meier",
    )
    day = LATE_DATE - timedelta(days=round(gap * DAYS_IN["months"]))
    cut = Cut(
        label="late" if gap == 0 else "early",
        date=day.isoformat() if dated else None,
        follow_up=follow_up,
    )
    middle = estimate.median()
    return Curve(
        trial="sim",
        arm="a",
        treatment="a",
        endpoint="PFS",
        n=ipd.n,
        basis=Basis(cut=cut),
        landmarks=tuple(_rate(estimate, time, limits=limits) for time in times),
        median=MedianTime(estimate=_tenth(middle.value)) if median else None,
        counts=(Count(count=ipd.n_events),) if events else (),
    )


def _tenth(value: float) -> float:
    return round(float(value), 1)


def _rate(estimate, time: float, *, limits: bool) -> Landmark:
    at = estimate.at(time)
    low, high = (round(at.ci_low, 3), round(at.ci_high, 3)) if limits else (None, None)
    return Landmark(time=time, survival=round(at.value, 3), ci_low=low, ci_high=high, step=0.001)
