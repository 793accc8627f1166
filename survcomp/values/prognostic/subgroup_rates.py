"""A prognostic effect from survival rates: of a subgroup and of the patients outside it."""

from __future__ import annotations

import math
from typing import Literal

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import check_count, check_option
from survcomp.values.curves.printed import Landmark
from survcomp.values.prognostic.effects import PrognosticEffect, PrognosticFactor
from survcomp.values.quantiles import normal_quantile

ComparedWith = Literal["complement", "everybody"]


def complement_landmark(
    subgroup: Landmark, everybody: Landmark, *, n_subgroup: int, n: int
) -> Landmark:
    r"""Survival rate of the patients who are not in a subgroup.

    Parameters
    ----------
    subgroup, everybody : Landmark
        Rates at one time, with intervals that are symmetric on the complementary log-log
        scale, of the subgroup and of all n patients, the subgroup among them.
    n_subgroup, n : int
        Patients in the subgroup and in all.

    Returns
    -------
    Landmark
        With a log-log interval.

    Raises
    ------
    InputError
        If an interval is missing, the times differ, the counts do not fit, or no rate or
        no variance is left for the complement.

    Notes
    -----
    With w the subgroup's share, the rate of all is a mixture of two independent ones:

    .. math:: S = w S_1 + (1 - w) S_0, \qquad V = w^2 V_1 + (1 - w)^2 V_0,

    which holds where censoring is alike in both. Patients whose membership is unknown are in
    the complement, and make it more like the subgroup than it is.

    Examples
    --------
    >>> from survcomp import Landmark
    >>> from survcomp.values import complement_landmark
    >>> part = Landmark(time=24, survival=0.484, ci_low=0.251, ci_high=0.684)
    >>> whole = Landmark(time=24, survival=0.605, ci_low=0.485, ci_high=0.704)
    >>> rest = complement_landmark(part, whole, n_subgroup=23, n=97)
    >>> round(rest.survival, 3), round(rest.ci_low, 2), round(rest.ci_high, 2)
    (0.643, 0.5, 0.75)
    """
    check_count(n_subgroup, name="n_subgroup", at_least=1)
    check_count(n, name="n", at_least=n_subgroup + 1)
    _check_same_time(subgroup, everybody)
    w = n_subgroup / n
    variances = [(_slope(mark) * _log_log_se(mark)) ** 2 for mark in (subgroup, everybody)]
    survival = (everybody.survival - w * subgroup.survival) / (1 - w)
    variance = (variances[1] - w**2 * variances[0]) / (1 - w) ** 2
    if not 0 < survival < 1:
        raise InputError(
            f"the {n - n_subgroup} patients who are not in the subgroup would have a survival of "
            f"{survival:.3g} at {everybody.time:g}: the two rates contradict each other."
        )
    if not variance > 0:
        raise InputError(
            "the interval of `everybody` is too narrow for the subgroup's: no variance is left "
            f"for the other {n - n_subgroup} patients."
        )
    z = normal_quantile(everybody.level)
    g = math.log(-math.log(survival))
    half = z * math.sqrt(variance) / (survival * -math.log(survival))
    return Landmark(
        time=everybody.time,
        survival=survival,
        ci_low=math.exp(-math.exp(g + half)),
        ci_high=math.exp(-math.exp(g - half)),
        level=everybody.level,
        source=everybody.source,
        note=f"complement of {n_subgroup} of {n} patients",
    )


def effect_from_landmarks(
    subgroup: Landmark,
    others: Landmark,
    factor: PrognosticFactor,
    *,
    compared_with: ComparedWith,
) -> PrognosticEffect:
    r"""Log hazard ratio of a subgroup against its complement, from one survival rate of each.

    Parameters
    ----------
    subgroup, others : Landmark
        Rates of the patients with and without the characteristic, at one time, with
        intervals that are symmetric on the complementary log-log scale.
    factor : PrognosticFactor
        The characteristic, and where the rates were read.
    compared_with : {"complement", "everybody"}
        Whose rate `others` is. Only the complement is allowed: everybody holds the
        subgroup, which would be compared with itself in part. See `complement_landmark`.

    Returns
    -------
    PrognosticEffect
        Univariable.

    Raises
    ------
    IncompatibleError
        If the subgroup is compared with everybody.
    InputError
        If a rate is 0 or 1, an interval is missing, or the times differ.

    Notes
    -----
    Under proportional hazards log(-log S) of the two differ by the log hazard ratio at
    every time:

    .. math::
        \beta = \log\{-\log S_1\} - \log\{-\log S_0\}, \qquad
        \mathrm{se}^2 = \mathrm{se}_1^2 + \mathrm{se}_0^2,

    with each standard error the width of the interval on that scale over 2 z, which is the
    delta method's Var(S) / (S log S)^2 for a log-log interval.

    Examples
    --------
    >>> from survcomp import Landmark, PrognosticFactor
    >>> from survcomp.values import effect_from_landmarks
    >>> effect = effect_from_landmarks(
    ...     Landmark(time=24, survival=0.484, ci_low=0.251, ci_high=0.684),
    ...     Landmark(time=24, survival=0.643, ci_low=0.504, ci_high=0.752),
    ...     PrognosticFactor(covariate="high_risk", definition="high-risk cytogenetics",
    ...                      endpoint="PFS", source="P1"),
    ...     compared_with="complement")
    >>> round(effect.log_hr, 2), round(effect.se, 2)
    (0.5, 0.4)
    """
    check_option(compared_with, ComparedWith, name="compared_with")
    if compared_with == "everybody":
        raise IncompatibleError(
            f"the effect of {factor.covariate!r} needs the rate of the patients without it: "
            "everybody holds the subgroup, so the difference would be too small. Give the "
            "complement's rate, or work it out with complement_landmark."
        )
    _check_same_time(subgroup, others)
    levels = [math.log(-math.log(mark.survival)) for mark in (subgroup, others)]
    return PrognosticEffect(
        covariate=factor.covariate,
        definition=factor.definition,
        log_hr=levels[0] - levels[1],
        se=math.hypot(_log_log_se(subgroup), _log_log_se(others)),
        model="univariable",
        endpoint=factor.endpoint,
        source=factor.source,
        patients=factor.patients,
        note=f"from survival at {subgroup.time:g} with and without, hazards proportional",
    )


def _check_same_time(left: Landmark, right: Landmark) -> None:
    if left.time != right.time:
        raise InputError(f"two rates must be at one time; got {left.time:g} and {right.time:g}.")
    for mark in (left, right):
        _log_log_se(mark)


def _slope(mark: Landmark) -> float:
    """Change of S for a change of log(-log S), without its sign."""
    return mark.survival * -math.log(mark.survival)


def _log_log_se(mark: Landmark) -> float:
    """Standard error of log(-log S), from the interval."""
    low, high = mark.ci_low, mark.ci_high
    if low is None or high is None:
        raise InputError(
            f"the rate {mark.survival:g} at {mark.time:g} has no interval, so its uncertainty is "
            "not known and it cannot carry an effect."
        )
    if not 0 < low < mark.survival < high < 1:
        raise InputError(
            f"the rate {mark.survival:g} ({low:g} to {high:g}) at {mark.time:g} must lie inside "
            "its interval, and both limits strictly between 0 and 1."
        )
    width = math.log(-math.log(low)) - math.log(-math.log(high))
    return width / (2 * normal_quantile(mark.level))
