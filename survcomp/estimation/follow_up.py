"""How long patients were followed: the reverse Kaplan-Meier estimate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survcomp.estimation.kaplan_meier import curve_of
from survcomp.estimation.survival_curve import CITransform
from survcomp.values.draws import Patients, as_draws
from survcomp.values.estimate import Estimate
from survcomp.values.weights import Weights


def median_follow_up(
    patients: Patients,
    *,
    weights: Weights | None = None,
    ci_transform: CITransform = "log-log",
    level: float = 0.95,
) -> Estimate:
    """Median potential follow-up: Kaplan-Meier with events and censorings exchanged.

    Parameters
    ----------
    patients : IPD, Reconstruction or Ensemble
        One arm.
    weights : Weights, optional
        One weight a patient, joined by identifier.
    ci_transform : {"log-log", "log", "plain"}, default "log-log"
        Scale on which the interval is symmetric; over draws "log-log" only.
    level : float, default 0.95
        Confidence level.

    Returns
    -------
    Estimate
        In the patients' time unit; infinite where fewer than half were censored.

    References
    ----------
    Schemper and Smith, Controlled Clinical Trials 1996;17:343-346.

    Examples
    --------
    >>> from survcomp import IPD, median_follow_up
    >>> ipd = IPD.from_times([2, 5], [4, 6, 8], time_unit="months", arm="A")
    >>> median_follow_up(ipd).value
    6.0
    """
    draws = as_draws(patients, weights)
    followed = tuple(replace(ipd, event=np.logical_not(ipd.event)) for ipd in draws.data)
    curve = curve_of(replace(draws, data=followed), ci_transform=ci_transform, level=level)
    return replace(curve.median(), quantity="median follow-up")
