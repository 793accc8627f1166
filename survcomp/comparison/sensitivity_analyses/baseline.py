"""Published baselines as a yardstick: how strong a confounder as uneven as one would have to be.

Without patients' covariates nothing can be weighted, but published baselines still say how
uneven the two arms are. A confounder with the published prevalences of a covariate needs a
certain effect on the hazard to explain the result away; whether the covariate has that effect
is left to the reader.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from survcomp.comparison.sensitivity_analyses.bias_factor import tipping_hazard_ratio
from survcomp.comparison.sensitivity_analyses.confounder import (
    ANALYSIS,
    NO_CONCLUSION,
    ConfounderGrid,
)
from survcomp.comparison.sensitivity_analyses.result import (
    SensitivityRow,
    SensitivityTable,
    refused_row,
)
from survcomp.errors import InputError, NotFoundError
from survcomp.values.populations.population import Population, Proportion


@dataclass(frozen=True, slots=True, kw_only=True)
class UnevenCovariate:
    """A covariate published of both arms, and the effect that would explain the result away.

    Attributes
    ----------
    covariate, title : str
        Its name, and how a reader knows it.
    prevalence_treated, prevalence_comparator : float
        As published, in [0, 1].
    hazard_ratio : float
        Above 1: the effect at which the interval reaches 1, of those with the covariate or,
        where it is `absence` that goes that way, of those without; ``math.inf`` where none
        is strong enough.
    absence : bool
        Whether the effect is of those without it.
    same_definition : bool
        Whether both publications define it alike.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> grid = sc.confounder_grid(arms)
    >>> ours, other = (
    ...     sc.Population.from_moments([sc.Proportion(name="high_risk", value=p)], n=50, name=name)
    ...     for p, name in ((0.24, "A"), (0.7, "B")))
    >>> uneven = sc.comparison.uneven_covariates(grid, ours, other, covariates=["high_risk"])[0]
    >>> print(f"{uneven.title} explains the result away at an HR of {uneven.hazard_ratio:.1f}")
    high_risk explains the result away at an HR of 1.9
    """

    covariate: str
    title: str
    prevalence_treated: float
    prevalence_comparator: float
    hazard_ratio: float
    absence: bool
    same_definition: bool


def uneven_covariates(
    grid: ConfounderGrid,
    treatment: Population,
    comparator: Population,
    *,
    covariates: Sequence[str],
) -> tuple[UnevenCovariate, ...]:
    """How strong confounders as uneven as published covariates would have to be.

    Parameters
    ----------
    grid : ConfounderGrid
        From `confounder_grid`.
    treatment, comparator : Population
        Published baselines of the two arms.
    covariates : sequence of str
        Proportions of both.

    Returns
    -------
    tuple of UnevenCovariate
        In the order of `covariates`; none where the interval holds 1 already.

    Raises
    ------
    NotFoundError
        If one is no proportion of both baselines.
    InputError
        If one is named twice.

    Examples
    --------
    >>> import math
    >>> from survcomp import IPD, Population, Proportion, confounder_grid
    >>> from survcomp.comparison import uneven_covariates, unmatched_arms
    >>> a, b = (IPD.from_times([k * t for t in range(1, 41)], [], arm=name, time_unit="months")
    ...         for k, name in ((3, "A"), (1, "B")))
    >>> grid = confounder_grid(unmatched_arms(a, b, outcome="OS"))
    >>> left, right = (Population.from_moments([Proportion.from_count("high_risk", n, 40)], n=40,
    ...                                        name=name) for n, name in ((4, "A"), (28, "B")))
    >>> uneven = uneven_covariates(grid, left, right, covariates=["high_risk"])
    >>> round(math.exp(grid.observed.ci_high), 2), round(uneven[0].hazard_ratio, 2)
    (0.26, 9.78)
    """
    twice = [name for name in covariates if list(covariates).count(name) > 1]
    if twice:
        raise InputError(f"`covariates` names {twice[0]!r} more than once.")
    pairs = [(_proportion(treatment, name), _proportion(comparator, name)) for name in covariates]
    if grid.observed.near == 0:
        return ()
    return tuple(_uneven(grid.observed.near, left, right) for left, right in pairs)


def _proportion(population: Population, name: str) -> Proportion:
    for moment in population.moments:
        if moment.name == name and isinstance(moment, Proportion):
            return moment
    known = [moment.name for moment in population.moments if isinstance(moment, Proportion)]
    raise NotFoundError(
        f"{population.name} has no proportion {name!r}; it has {', '.join(known) or 'none'}."
    )


def _uneven(near: float, left: Proportion, right: Proportion) -> UnevenCovariate:
    """Of those with it, or of those without: the one that is uneven in the direction needed."""
    p1, p0 = left.value, right.value
    absence = (p1 - p0) * near < 0
    pair = (1 - p1, 1 - p0) if absence else (p1, p0)
    needed = tipping_hazard_ratio(near, prevalence_treated=pair[0], prevalence_comparator=pair[1])
    return UnevenCovariate(
        covariate=left.name,
        title=left.title,
        prevalence_treated=p1,
        prevalence_comparator=p0,
        hazard_ratio=needed,
        absence=absence,
        same_definition=left.definition == right.definition,
    )


def uneven_rows(covariates: Sequence[UnevenCovariate]) -> SensitivityTable:
    """One row a covariate; one refused row where there is no conclusion to tip.

    Parameters
    ----------
    covariates : sequence of UnevenCovariate
        From `uneven_covariates`.

    Returns
    -------
    SensitivityTable
        The column ``estimate`` is the effect of the covariate that is needed.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> ours, other = (
    ...     sc.Population.from_moments([sc.Proportion(name="high_risk", value=p)], n=50, name=name)
    ...     for p, name in ((0.24, "A"), (0.7, "B")))
    >>> uneven = sc.comparison.uneven_covariates(
    ...     sc.confounder_grid(arms), ours, other, covariates=["high_risk"])
    >>> table = sc.comparison.uneven_rows(uneven)
    >>> print(table.to_frame()[["changed", "estimate"]].round(2))
                       changed  estimate
    0  as uneven as: high_risk      1.89
    """
    if not covariates:
        row = refused_row(ANALYSIS, "as uneven as published covariates", NO_CONCLUSION)
        return SensitivityTable(rows=(row,))
    return SensitivityTable(rows=tuple(_row(each) for each in covariates))


def _row(covariate: UnevenCovariate) -> SensitivityRow:
    who = "without" if covariate.absence else "with"
    words = (
        f"Hazard ratio of those {who} it at which the interval reaches 1."
        if math.isfinite(covariate.hazard_ratio)
        else "Not uneven enough: no effect on the hazard, however strong, tips the conclusion."
    )
    differ = "" if covariate.same_definition else " The two publications define it differently."
    return SensitivityRow(
        analysis=ANALYSIS,
        changed=f"as uneven as: {covariate.title}",
        measure="confounder_hr",
        estimate=covariate.hazard_ratio,
        template=f"Published: {100 * covariate.prevalence_treated:.0f}% against "
        f"{100 * covariate.prevalence_comparator:.0f}%. {words}{differ}",
    )
