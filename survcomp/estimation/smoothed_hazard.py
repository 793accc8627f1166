"""The hazard of one arm over time, smoothed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.estimation.kaplan_meier import kaplan_meier
from survcomp.estimation.one_arm import check_one_arm
from survcomp.values.checks import FloatArray, TimeUnit, read_only
from survcomp.values.patients.ipd import IPD
from survcomp.values.quantiles import normal_quantile
from survcomp.values.shown import in_a_line


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmoothedHazard:
    """Events per unit of time at risk, smoothed over time.

    Attributes
    ----------
    arm : str
        Name of the arm.
    time : ndarray of shape (k,)
        From one bandwidth after time 0 to one before the last event, where the whole kernel
        lies within the data.
    estimate, se, ci_low, ci_high : ndarray of shape (k,)
        Per `time_unit`; limits on the log scale.
    bandwidth : float
        Half the width of the kernel.
    time_unit : {"days", "weeks", "months", "years"}
    level : float

    Examples
    --------
    >>> import numpy as np
    >>> import survcomp as sc
    >>> times = np.random.default_rng(1).exponential(12, 100)
    >>> a = sc.IPD.from_times(times, [], arm="A", time_unit="months").truncate(24)
    >>> hazard = sc.smoothed_hazard(a)
    >>> print(f"{hazard.estimate.mean():.3f} an average month, where 1/12 = 0.083 is true")
    0.083 an average month, where 1/12 = 0.083 is true
    """

    arm: str
    time: FloatArray
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    bandwidth: float
    time_unit: TimeUnit
    level: float

    def to_frame(self) -> pd.DataFrame:
        """One row a time: ``time estimate se ci_low ci_high``."""
        names = ("time", "estimate", "se", "ci_low", "ci_high")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def smoothed_hazard(
    ipd: IPD, *, bandwidth: float | None = None, level: float = 0.95
) -> SmoothedHazard:
    r"""Kernel-smoothed hazard of one arm.

    Parameters
    ----------
    ipd : IPD
        Patients of one arm.
    bandwidth : float, optional
        Half the width of the kernel, in the patients' time unit; when left out, a sixth of
        the time to the last event.
    level : float
        Confidence level of the pointwise limits.

    Returns
    -------
    SmoothedHazard

    Raises
    ------
    InputError
        If there is more than one arm, fewer than two events, or the bandwidth leaves no time.

    Notes
    -----
    The increments of the Nelson-Aalen estimate, smoothed with Epanechnikov's kernel. Near time
    0 and near the last event the kernel would reach outside the data and the estimate fall
    towards 0; those times are left out.

    .. math:: \hat h(t) = b^{-1} \sum_i K((t - t_i) / b) \, d_i / n_i

    References
    ----------
    Ramlau-Hansen H (1983), Ann Stat 11:453. Klein JP, Moeschberger ML (2003). Survival
    Analysis, 2nd ed., section 6.2.

    Examples
    --------
    >>> from survcomp import IPD, smoothed_hazard
    >>> ipd = IPD.from_times(range(1, 25), [], arm="A", time_unit="months")
    >>> smooth = smoothed_hazard(ipd, bandwidth=4)
    >>> float(smooth.time[0]), float(smooth.time[-1])
    (4.0, 20.0)
    """
    check_one_arm(ipd, name="ipd")
    if ipd.n_events < 2:
        raise InputError(f"a smoothed hazard needs at least 2 events; got {ipd.n_events}.")
    last = float(ipd.time[ipd.event].max())
    b = last / 6 if bandwidth is None else float(bandwidth)
    if not 0 < b < last / 2:
        raise InputError(
            f"`bandwidth` must lie between 0 and half the time to the last event, {last / 2:g}; "
            f"got {b:g}."
        )
    z = normal_quantile(level)
    time = np.linspace(b, last - b, 200)
    curve = kaplan_meier(ipd)
    distance = (time[:, None] - curve.time[None, :]) / b
    kernel = np.where(np.abs(distance) < 1, 0.75 * (1 - distance**2), 0.0) / b
    # lifelines' smoother gives it at the patients' own times only
    estimate = kernel @ (curve.events / curve.at_risk)
    se = np.sqrt(kernel**2 @ (curve.events / curve.at_risk**2))
    ratio = np.divide(se, estimate, out=np.zeros_like(se), where=estimate > 0)
    return SmoothedHazard(
        arm=ipd.arms[0],
        time=read_only(time, name="time"),
        estimate=read_only(estimate, name="estimate"),
        se=read_only(se, name="se"),
        ci_low=read_only(estimate * np.exp(-z * ratio), name="ci_low"),
        ci_high=read_only(estimate * np.exp(z * ratio), name="ci_high"),
        bandwidth=b,
        time_unit=ipd.time_unit,
        level=level,
    )
