"""Whose weight matters: the heaviest patients, and the sample at risk over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import TimeUnit, check_time
from survcomp.values.patients.ipd import IPD
from survcomp.values.shown import in_a_line
from survcomp.values.weights import Weights, check_weights, effective_sample_size


@dataclass(frozen=True, slots=True, kw_only=True)
class HeavyPatient:
    """One patient and what the weighted sample is without them.

    Attributes
    ----------
    id, arm : str
        Who.
    weight : float
        Rescaled to mean 1 over all who are not left out.
    share : float
        Share of the total weight.
    ess_without : float
        Effective sample size of the others at their present weights, in patients; 0 if they
        have no weight. Above that of all, where this patient is heavy enough to cost more
        than they bring.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 33, 3), "pfs": 1,
    ...                       "age": [44, 51, 55, 58, 60, 63, 66, 68, 71, 75]})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="my drug")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=65)], n=128, name="KarMMa")
    >>> weights = sc.maic_weights(mine, target, match=["age"])
    >>> heaviest = sc.influential_patients(mine, weights).patients[0]
    >>> print(f"patient {heaviest.id} carries {heaviest.share:.0%} of the weight")
    patient 10 carries 19% of the weight
    >>> print(f"ESS {weights.ess:.1f}, without them {heaviest.ess_without:.1f}")
    ESS 8.3, without them 7.8
    """

    id: str
    arm: str
    weight: float
    share: float
    ess_without: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """The heaviest patients.

    Attributes
    ----------
    patients : tuple of HeavyPatient
        Heaviest first; at equal weights in the order of the IPD.
    n : int
        Patients, also those left out.
    ess : float
        Effective sample size of all, in patients.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 33, 3), "pfs": 1,
    ...                       "age": [44, 51, 55, 58, 60, 63, 66, 68, 71, 75]})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="my drug")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=65)], n=128, name="KarMMa")
    >>> weights = sc.maic_weights(mine, target, match=["age"])
    >>> heavy = sc.influential_patients(mine, weights, top=3)
    >>> print(heavy.to_frame()[["id", "weight", "share"]].round(2))
       id  weight  share
    0  10    1.88   0.19
    1   9    1.52   0.15
    2   8    1.30   0.13
    """

    patients: tuple[HeavyPatient, ...]
    n: int
    ess: float

    def to_frame(self) -> pd.DataFrame:
        """One row a patient."""
        return pd.DataFrame([{f: getattr(p, f) for f in p.__slots__} for p in self.patients])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedAtRisk:
    """Patients of one arm still followed at one time, counted and weighted.

    Attributes
    ----------
    arm : str
        The arm.
    time : float
        In the time unit of the table; patients whose time is at least this are at risk.
    at_risk : int
        Their number, also those with weight 0.
    weighted_at_risk : float
        The sum of their weights, rescaled to mean 1 over all who are not left out.
    ess : float
        Their effective sample size, in patients; 0 where they have no weight.
    weighted_events : float
        Sum of the weights of the patients with an event before that time.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 33, 3), "pfs": 1,
    ...                       "age": [44, 51, 55, 58, 60, 63, 66, 68, 71, 75]})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="my drug")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=65)], n=128, name="KarMMa")
    >>> weights = sc.maic_weights(mine, target, match=["age"])
    >>> for row in sc.weighted_at_risk(mine, weights, times=[0, 12, 24]).rows:
    ...     print(f"month {row.time:g}: {row.at_risk} at risk, worth {row.ess:.1f}")
    month 0: 10 at risk, worth 8.3
    month 12: 7 at risk, worth 6.4
    month 24: 3 at risk, worth 2.9
    """

    arm: str
    time: float
    at_risk: int
    weighted_at_risk: float
    ess: float
    weighted_events: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedAtRiskTable:
    """Numbers at risk beside what they are worth after weighting.

    Attributes
    ----------
    rows : tuple of WeightedAtRisk
        By arm, then by time.
    time_unit : str
        Unit of the times.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(3, 33, 3), "pfs": 1,
    ...                       "age": [44, 51, 55, 58, 60, 63, 66, 68, 71, 75]})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="my drug")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=65)], n=128, name="KarMMa")
    >>> weights = sc.maic_weights(mine, target, match=["age"])
    >>> table = sc.weighted_at_risk(mine, weights, times=[0, 12, 24])
    >>> print(table.to_frame()[["time", "at_risk", "weighted_at_risk"]].round(1))
       time  at_risk  weighted_at_risk
    0   0.0       10              10.0
    1  12.0        7               8.5
    2  24.0        3               4.7
    """

    rows: tuple[WeightedAtRisk, ...]
    time_unit: TimeUnit

    def to_frame(self) -> pd.DataFrame:
        """One row an arm and time."""
        return pd.DataFrame([{f: getattr(r, f) for f in r.__slots__} for r in self.rows])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def influential_patients(ipd: IPD, weights: Weights, *, top: int = 10) -> Influence:
    """The heaviest patients, and the effective sample size without each.

    Parameters
    ----------
    ipd : IPD
        The weighted patients.
    weights : Weights
        Joined by identifier.
    top : int
        How many patients, at least 1; all where there are fewer.

    Returns
    -------
    Influence
        The others keep their weights: nothing is fitted again.

    Raises
    ------
    IncompatibleError
        If the weights belong to other patients.
    InputError
        If `top` is below 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, Population, influential_patients, maic_weights
    >>> frame = pd.DataFrame({"t": range(1, 11), "e": 1, "x": range(1, 11)})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=8)], n=50, name="comparator")
    >>> influence = influential_patients(ipd, maic_weights(ipd, target, match=["x"]), top=1)
    >>> influence.patients[0].id, round(influence.patients[0].ess_without, 3)
    ('10', 5.133)
    """
    check_weights(weights)
    if top < 1:
        raise InputError(f"`top` must be at least 1; got {top!r}.")
    w = weights.for_patients(ipd, scale="n")
    heaviest = np.argsort(-w, kind="stable")[:top]
    return Influence(
        patients=tuple(
            HeavyPatient(
                id=ipd.id[i],
                arm=ipd.arm[i],
                weight=float(w[i]),
                share=float(w[i] / w.sum()),
                ess_without=_ess(np.delete(w, i)),
            )
            for i in heaviest
        ),
        n=weights.n,
        ess=weights.ess,
    )


def weighted_at_risk(ipd: IPD, weights: Weights, *, times: Sequence[float]) -> WeightedAtRiskTable:
    """Numbers at risk with the effective sample size that is left at each time.

    Parameters
    ----------
    ipd : IPD
        The weighted patients.
    weights : Weights
        Joined by identifier.
    times : sequence of float
        In the IPD's time unit, at least 0.

    Returns
    -------
    WeightedAtRiskTable

    Raises
    ------
    IncompatibleError
        If the weights belong to other patients.
    InputError
        If `times` is empty or holds what is no time.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import IPD, Weights, weighted_at_risk
    >>> ipd = IPD.from_times([2, 4, 6], [8], arm="A", time_unit="months")
    >>> weights = Weights(id=ipd.id, value=np.array([1.0, 1.0, 1.0, 3.0]), population="B")
    >>> row = weighted_at_risk(ipd, weights, times=[6]).rows[0]
    >>> row.at_risk, round(row.weighted_at_risk, 3), round(row.ess, 3)
    (2, 2.667, 1.6)
    """
    check_weights(weights)
    if not len(times):
        raise InputError("`times` is empty; name at least one time.")
    for time in times:
        check_time(time, name="times")
    w = weights.for_patients(ipd, scale="n")
    rows = []
    for arm in ipd.arms:
        in_arm = np.array([name == arm for name in ipd.arm])
        for time in times:
            followed = in_arm & (ipd.time >= time)
            rows.append(
                WeightedAtRisk(
                    arm=arm,
                    time=float(time),
                    at_risk=int(followed.sum()),
                    weighted_at_risk=float(w[followed].sum()),
                    ess=_ess(w[followed]),
                    weighted_events=float(w[in_arm & ipd.event & (ipd.time < time)].sum()),
                )
            )
    return WeightedAtRiskTable(rows=tuple(rows), time_unit=ipd.time_unit)


def _ess(w: np.ndarray) -> float:
    return effective_sample_size(w) if np.any(w > 0) else 0.0
