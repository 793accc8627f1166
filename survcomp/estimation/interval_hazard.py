"""Hazard of one arm interval by interval: events over time at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import chi2

from survcomp.errors import InputError
from survcomp.estimation.one_arm import check_one_arm
from survcomp.values.patients.ipd import IPD
from survcomp.values.shown import frame_as_table, in_a_line


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalHazard:
    """Hazard in (start, end].

    Attributes
    ----------
    start, end : float
        Limits, in the patients' time unit.
    events : int
        Events in the interval; those at time 0 belong to the first.
    time_at_risk : float
        Sum over patients of the time followed in it.
    estimate, ci_low, ci_high : float
        Events per unit of time with exact Poisson limits.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times([2, 5, 7, 8, 14], [6, 12, 18], arm="A", time_unit="months")
    >>> for row in sc.interval_hazards(a, cuts=[0, 6, 12, 18]).rows:
    ...     print(row.start, row.end, row.events, f"{row.estimate:.3f} a month")
    0.0 6.0 2 0.047 a month
    6.0 12.0 2 0.095 a month
    12.0 18.0 1 0.125 a month
    """

    start: float
    end: float
    events: int
    time_at_risk: float
    estimate: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalHazards:
    """Hazards of one arm in successive intervals, each with somebody at risk.

    Attributes
    ----------
    rows : tuple of IntervalHazard
        In the order of time.
    level : float
        Confidence level.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times([2, 5, 7, 8, 14], [6, 12, 18], arm="A", time_unit="months")
    >>> frame = sc.interval_hazards(a, cuts=[0, 6, 12, 18]).to_frame()
    >>> print(frame)
       start   end  events  time_at_risk  estimate    ci_low   ci_high
    0    0.0   6.0       2          43.0  0.046512  0.005633  0.168016
    1    6.0  12.0       2          21.0  0.095238  0.011534  0.344033
    2   12.0  18.0       1           8.0  0.125000  0.003165  0.696455
    """

    rows: tuple[IntervalHazard, ...]
    level: float

    def to_frame(self) -> pd.DataFrame:
        """One row an interval."""
        names = IntervalHazard.__slots__
        return pd.DataFrame([{n: getattr(row, n) for n in names} for row in self.rows])

    __repr__ = in_a_line
    _repr_html_ = frame_as_table


def interval_hazards(ipd: IPD, cuts: Sequence[float], *, level: float = 0.95) -> IntervalHazards:
    """Hazard between cut points, as events over time at risk.

    Parameters
    ----------
    ipd : IPD
        Patients of one arm.
    cuts : sequence of float
        Increasing limits of the intervals, the first at least 0, in the patients' time unit.
    level : float, default 0.95
        Confidence level.

    Returns
    -------
    IntervalHazards
        Intervals in which nobody was at risk are left out.

    Raises
    ------
    InputError
        If there is more than one arm, or `cuts` are not increasing.

    References
    ----------
    Garwood, Biometrika 1936;28:437-442 (the limits).

    Examples
    --------
    >>> from survcomp import IPD, interval_hazards
    >>> ipd = IPD.from_times([2, 5], [4, 6, 8], time_unit="months", arm="A")
    >>> [(row.events, row.time_at_risk) for row in interval_hazards(ipd, [0, 4, 8]).rows]
    [(1, 18.0), (1, 7.0)]
    """
    check_one_arm(ipd, name="ipd")
    limits = [float(cut) for cut in cuts]
    if len(limits) < 2 or limits[0] < 0 or any(a >= b for a, b in pairwise(limits)):
        raise InputError(f"`cuts` must increase from 0 or more; got {limits}.")
    rows = []
    for start, end in pairwise(limits):
        followed = float(np.sum(np.clip(ipd.time, start, end) - start))
        if followed == 0:
            continue
        inside = (ipd.time > start) & (ipd.time <= end)
        if start == limits[0]:
            inside |= ipd.time == start
        events = int(np.sum(ipd.event & inside))
        low = chi2.ppf((1 - level) / 2, 2 * events) / 2 if events else 0.0
        high = chi2.ppf((1 + level) / 2, 2 * events + 2) / 2
        rows.append(
            IntervalHazard(
                start=start,
                end=end,
                events=events,
                time_at_risk=followed,
                estimate=events / followed,
                ci_low=float(low) / followed,
                ci_high=float(high) / followed,
            )
        )
    return IntervalHazards(rows=tuple(rows), level=level)
