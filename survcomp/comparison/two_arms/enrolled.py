"""What the patients who were enrolled but never infused could change.

A curve that starts at infusion leaves out those who died, progressed or dropped out while
the cells were being made. Counting them as early failures, on both sides or on one alone,
shows what they could do to the comparison. That is a scenario, neither an estimate nor a bound:
failing early on both sides can move the hazard ratio less than on one, and their true times, and
the time from enrolment to infusion, are not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from survcomp.comparison.two_arms.compatibility import compared_outcome
from survcomp.comparison.two_arms.naive import naive_hazard_ratio
from survcomp.errors import InputError
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.patients.ipd import IPD
from survcomp.values.shown import in_a_line, in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledScenario:
    """Hazard ratios with the patients who were not infused as early failures.

    Attributes
    ----------
    both, treatment_only, comparator_only : Contrast
        Counting them on both sides, or on one side alone.
    added_treatment, added_comparator : int
        How many were added.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> scenario = sc.enrolled_scenario(a, b, enrolled=(56, 45), outcome="PFS")
    >>> print("both", scenario.both)
    both HR 0.49 (95% CI 0.30 to 0.79)
    >>> print("treatment alone", scenario.treatment_only)
    treatment alone HR 0.56 (95% CI 0.34 to 0.94)
    """

    both: Contrast
    treatment_only: Contrast
    comparator_only: Contrast
    added_treatment: int
    added_comparator: int

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def enrolled_scenario(
    treatment: IPD,
    comparator: IPD,
    *,
    enrolled: tuple[int, int],
    outcome: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> EnrolledScenario:
    """Compare infused patients again, with the others counted as early failures.

    Parameters
    ----------
    treatment, comparator : IPD
        Infused patients, one arm each.
    enrolled : (int, int)
        How many were enrolled in each, at least as many as infused.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    assumptions : mapping of str to str, optional
        As for `naive_hazard_ratio`.
    level : float
        Confidence level.

    Returns
    -------
    EnrolledScenario

    Raises
    ------
    InputError
        If fewer were enrolled than infused.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> scenario = sc.enrolled_scenario(a, b, enrolled=(56, 45), outcome="PFS")
    >>> print(sc.naive_hazard_ratio(a, b, outcome="PFS"), "of the infused")
    HR 0.44 (95% CI 0.26 to 0.75) of the infused
    >>> added = scenario.added_treatment, scenario.added_comparator
    >>> print(scenario.both, "with those not infused,", *added)
    HR 0.49 (95% CI 0.30 to 0.79) with those not infused, 6 6
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    added = (enrolled[0] - treatment.n, enrolled[1] - comparator.n)
    if min(added) < 0:
        raise InputError(
            f"`enrolled` is {enrolled}, fewer than the {treatment.n} and {comparator.n} infused."
        )
    first = min(float(ipd.time[ipd.event].min()) for ipd in (treatment, comparator))
    with_failures = (
        _add_failures(treatment, added[0], at=first / 2),
        _add_failures(comparator, added[1], at=first / 2),
    )

    def contrast(left: IPD, right: IPD, words: str) -> Contrast:
        naive = naive_hazard_ratio(
            left, right, outcome=outcome, assumptions=assumptions, level=level
        )
        note = (
            f"A scenario, neither an estimate nor a bound: {words} count as failures before every "
            "other event."
        )
        return replace(naive, p=None, notes=(note, *naive.notes))

    one = f"{added[0]} enrolled but not infused with {treatment.arms[0]}"
    other = f"{added[1]} enrolled but not infused with {comparator.arms[0]}"
    return EnrolledScenario(
        both=contrast(*with_failures, f"{one} and {other}"),
        treatment_only=contrast(with_failures[0], comparator, one),
        comparator_only=contrast(treatment, with_failures[1], other),
        added_treatment=added[0],
        added_comparator=added[1],
    )


def _add_failures(ipd: IPD, count: int, *, at: float) -> IPD:
    """The same patients and `count` more, with an event at time `at`; covariates are dropped."""
    return IPD.from_times(
        np.concatenate([np.full(count, at), ipd.time[ipd.event]]),
        ipd.time[~ipd.event],
        arm=ipd.arms[0],
        time_unit=ipd.time_unit,
        origin=ipd.origin,
        censoring=ipd.censoring,
        basis=ipd.basis,
    ).with_study(trial=ipd.trial, outcome=ipd.outcome)
