"""What is read off a survival curve: the median, and survival at chosen times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np

from survcomp.estimation.kaplan_meier import curve_of
from survcomp.estimation.over_draws.curve import pooled_curve
from survcomp.estimation.survival_curve import CITransform
from survcomp.values.checks import FloatArray
from survcomp.values.draws import Patients, as_draws
from survcomp.values.estimate import Estimate, Estimates
from survcomp.values.weights import Weights


def median(
    patients: Patients,
    *,
    weights: Weights | None = None,
    ci_transform: CITransform = "log-log",
    level: float = 0.95,
) -> Estimate:
    """Median time, by inverting the Kaplan-Meier curve and its band.

    Parameters
    ----------
    patients : IPD, Reconstruction or Ensemble
        One arm; over draws it is the pooled curve that is inverted, because draws in which the
        median is not reached cannot be averaged.
    weights : Weights, optional
        One weight a patient, joined by identifier.
    ci_transform : {"log-log", "log", "plain"}
        Scale on which the interval is symmetric; over draws "log-log" only.
    level : float
        Confidence level.

    Returns
    -------
    Estimate
        ``math.inf`` where the curve or a limit does not come down to one half; its errors are
        defined in `KMResult.quantile`.

    References
    ----------
    Brookmeyer R, Crowley J (1982), Biometrics 38:29 (inverting the band).

    Examples
    --------
    >>> from survcomp import IPD, Ensemble, median
    >>> draws = tuple(
    ...     IPD.from_times([1, 2, t], [6, 6], arm="A", time_unit="months") for t in (3, 3.5))
    >>> ensemble = Ensemble(draws=draws, method="piecewise exponential", curve_id="T/A/OS")
    >>> median(ensemble).value, median(draws[0]).value
    (3.5, 3.0)
    """
    draws = as_draws(patients, weights)
    return curve_of(draws, ci_transform=ci_transform, level=level).median()


@overload
def survival_at(
    patients: Patients,
    times: float,
    *,
    weights: Weights | None = None,
    ci_transform: CITransform = "log-log",
    level: float = 0.95,
) -> Estimate: ...


@overload
def survival_at(
    patients: Patients,
    times: Sequence[float] | FloatArray,
    *,
    weights: Weights | None = None,
    ci_transform: CITransform = "log-log",
    level: float = 0.95,
) -> Estimates: ...


def survival_at(
    patients: Patients,
    times: float | Sequence[float] | FloatArray,
    *,
    weights: Weights | None = None,
    ci_transform: CITransform = "log-log",
    level: float = 0.95,
) -> Estimate | Estimates:
    """Survival at chosen times.

    Parameters
    ----------
    patients : IPD, Reconstruction or Ensemble
        One arm; over draws survival is pooled on the complementary log-log scale.
    times : float or sequence of float
        In the patients' time unit, within the follow-up, of every draw.
    weights : Weights, optional
        One weight a patient, joined by identifier. The standard error is then robust.
    ci_transform : {"log-log", "log", "plain"}
        Scale on which the interval is symmetric; over draws "log-log" only.
    level : float
        Confidence level.

    Returns
    -------
    Estimate or Estimates
        One for one time, and in the order of the times for several.

    Raises
    ------
    InputError
        If a time is negative or beyond the follow-up; a draw is named.

    Examples
    --------
    >>> from survcomp import IPD, survival_at
    >>> ipd = IPD.from_times([1, 2], [4, 4], arm="A", time_unit="months")
    >>> survival_at(ipd, 1).value
    0.75
    >>> survival_at(ipd, [1, 2]).to_frame()["value"].tolist()
    [0.75, 0.5]
    """
    asked = np.atleast_1d(np.asarray(times, dtype=float))
    draws = as_draws(patients, weights)
    if draws.several and ci_transform == "log-log":
        curve = pooled_curve(draws, times=np.unique(asked), level=level)
    else:
        curve = curve_of(draws, ci_transform=ci_transform, level=level)
    rows = tuple(curve.at(float(time)) for time in asked)
    return rows[0] if np.ndim(times) == 0 else Estimates(rows)
