"""The hazard ratio by period, where hazards need not be proportional."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from survcomp.comparison.sensitivity_analyses.arms import SensitivityArms
from survcomp.comparison.sensitivity_analyses.result import (
    SensitivityRow,
    SensitivityTable,
    attempt,
    effect_row,
)
from survcomp.errors import InputError
from survcomp.values.checks import check_time
from survcomp.values.patients.ipd import IPD

ANALYSIS = "hazard ratio by period"
EVENTS = (
    "{events_treatment:.0f} events of {patients_treatment:.0f} and {events_comparator:.0f} of "
    "{patients_comparator:.0f}"
)


def hazard_ratio_by_period(arms: SensitivityArms, *, cuts: Sequence[float]) -> SensitivityTable:
    """The hazard ratio in each period between cut points.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms` or `unmatched_arms`.
    cuts : sequence of float
        At least one, ascending, above 0, in the arms' time unit. A period has its end, and
        not its beginning.

    Returns
    -------
    SensitivityTable
        One row a period. Weights are those of the main analysis: in a later period those
        still followed need not balance any more, and they were selected by surviving to it
        (Hernán 2010), so that a row is no causal effect of that period by itself. A period
        without events of one arm is a refused row.

    Raises
    ------
    InputError
        If `cuts` is empty, not ascending, or holds what is no time above 0.

    References
    ----------
    Hernán MA (2010), Epidemiology 21:13.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> table = sc.hazard_ratio_by_period(arms, cuts=[12])
    >>> print(table.to_frame()[["changed", "estimate", "ci_low", "ci_high"]].round(2))
                 changed  estimate  ci_low  ci_high
    0     0 to 12 months     -0.49   -1.32     0.33
    1  from 12 months on     -1.06   -1.76    -0.37
    """
    if not len(cuts):
        raise InputError("`cuts` is empty; name at least one time.")
    for cut in cuts:
        check_time(cut, name="cuts")
    edges = [0.0, *(float(cut) for cut in cuts), math.inf]
    if any(b <= a for a, b in pairwise(edges)):
        raise InputError(f"`cuts` must be above 0 and ascending; got {list(cuts)!r}.")
    return SensitivityTable(rows=tuple(_period(arms, a, b) for a, b in pairwise(edges)))


def _period(arms: SensitivityArms, start: float, end: float) -> SensitivityRow:
    unit = arms.treatment[0].time_unit
    last = f"to {end:g}" if math.isfinite(end) else "on"
    changed = f"{start:g} {last} {unit}" if math.isfinite(end) else f"from {start:g} {unit} on"

    def make() -> SensitivityRow:
        pairs = [
            (_within(a, start, end), _within(b, start, end))
            for a, b in zip(arms.treatment, arms.comparator, strict=True)
        ]
        weight = None
        if arms.matching is not None:
            patients = arms.treatment[0]
            weight = arms.matching.weights.for_ids(patients.id, scale=arms.scale)
            weight = weight[_followed(patients, start)]
        first = pairs[0]
        counts = {
            f"{what}_{side}": float(value)
            for side, ipd in zip(("treatment", "comparator"), first, strict=True)
            for what, value in (("events", ipd.n_events), ("patients", ipd.n))
        }
        draws = " in the first draw" if len(pairs) > 1 else ""
        return effect_row(
            ANALYSIS, changed, arms.effect_of(pairs, weight), note=f"{EVENTS}{draws}.", **counts
        )

    return attempt(ANALYSIS, changed, make)


def _followed(ipd: IPD, start: float) -> np.ndarray:
    return np.asarray(ipd.time > start) if start > 0 else np.ones(ipd.n, dtype=bool)


def _within(ipd: IPD, start: float, end: float) -> IPD:
    later = ipd.after(start) if start > 0 else ipd
    return later.truncate(end) if math.isfinite(end) else later
