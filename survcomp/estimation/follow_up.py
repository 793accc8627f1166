"""How long patients were followed: the reverse Kaplan-Meier estimate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survcomp.estimation.kaplan_meier import CITransform, TimeEstimate, kaplan_meier
from survcomp.values.patients.ipd import IPD


def median_follow_up(
    ipd: IPD, *, ci_transform: CITransform = "log-log", level: float = 0.95
) -> TimeEstimate:
    """Median potential follow-up: Kaplan-Meier with events and censorings exchanged.

    Parameters
    ----------
    ipd : IPD
        Patients of one arm.
    ci_transform : {"log-log", "log", "plain"}, default "log-log"
        Scale on which the interval is symmetric.
    level : float, default 0.95
        Confidence level.

    Returns
    -------
    TimeEstimate
        In the patients' time unit; infinite where fewer than half were censored.

    References
    ----------
    Schemper and Smith, Controlled Clinical Trials 1996;17:343-346.

    Examples
    --------
    >>> from survcomp.values import IPD
    >>> ipd = IPD.from_times([2, 5], [4, 6, 8], time_unit="months", arm="A")
    >>> median_follow_up(ipd).estimate
    6.0
    """
    followed = replace(ipd, event=np.logical_not(ipd.event))
    return kaplan_meier(followed, ci_transform=ci_transform, level=level).median()
