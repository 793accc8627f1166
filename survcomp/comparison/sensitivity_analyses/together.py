"""How far a comparison of two survival arms moves when one thing about it is changed.

One call runs every family; each is also a function of its own on `SensitivityArms`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from survcomp.comparison.matching_adjusted.unanchored import SMALL_ESS
from survcomp.comparison.reweighting.matching import Matching
from survcomp.comparison.sensitivity_analyses.arms import (
    SensitivityArms,
    matched_arms,
    unmatched_arms,
)
from survcomp.comparison.sensitivity_analyses.censoring import (
    CensoringSettings,
    censoring_tipping_point,
)
from survcomp.comparison.sensitivity_analyses.confounder import (
    ConfounderGrid,
    ConfounderSettings,
    confounder_grid,
    confounder_rows,
)
from survcomp.comparison.sensitivity_analyses.covariates import (
    NO_COVARIATES,
    SUBSETS,
    leave_one_covariate_out,
    means_alone,
    ranked_subsets,
)
from survcomp.comparison.sensitivity_analyses.e_value import e_value_rows
from survcomp.comparison.sensitivity_analyses.null import shifted_null
from survcomp.comparison.sensitivity_analyses.periods import ANALYSIS as BY_PERIOD
from survcomp.comparison.sensitivity_analyses.periods import hazard_ratio_by_period
from survcomp.comparison.sensitivity_analyses.reconstruction import reconstruction_uncertainty
from survcomp.comparison.sensitivity_analyses.result import (
    SensitivityRow,
    SensitivityTable,
    effect_row,
    refused_row,
    rows_frame,
)
from survcomp.comparison.sensitivity_analyses.weights import (
    alternative_weights,
    leave_one_patient_out,
    trimmed_weights,
)
from survcomp.comparison.two_arms.compatibility import compared_outcome
from survcomp.errors import InputError
from survcomp.values.checks import check_option
from survcomp.values.draws import Patients
from survcomp.values.patients.ipd import IPD
from survcomp.values.shown import in_a_line, in_a_table

Family = Literal[
    "unmeasured confounder",
    "E-value",
    "reconstruction uncertainty",
    "leave one covariate out",
    "subsets of the ranked covariates",
    "first moments alone",
    "alternative weights",
    "trimmed weights",
    "leave one patient out",
    "hazard ratio by period",
    "shifted null",
    "informative censoring",
]
"""Every analysis beside the main one, in the order of the rows."""

MAIN = "main analysis"
NAIVE = "naive"
CAPS = (0.99, 0.95, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivitySettings:
    """What is tried.

    Attributes
    ----------
    confounder : ConfounderSettings
        The grid of unmeasured confounders.
    censoring : CensoringSettings
        How the treatment's censored patients are followed on.
    null_hazard_ratios : tuple of float
        Thresholds of the shifted null.
    caps : tuple of float
        Quantiles at which weights are capped.
    tolerance : float
        Imbalance of the approximate weights, in standard deviations.
    patients : int
        How many of the most influential patients are left out in turn.
    ranked : tuple of str, optional
        At most 10 covariates, the most important first, all subsets of which are tried; a
        refused row when left out, and where nothing is matched.
    cuts : tuple of float, optional
        Cut points of the hazard ratio by period, in the arms' unit; a refused row when left
        out.
    skip : tuple of str
        Analyses that are not done, such as "informative censoring".

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = sc.IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> settings = sc.SensitivitySettings(cuts=(6,), skip=("informative censoring",))
    >>> every = sc.naive_sensitivity(a, b, outcome="PFS", settings=settings)
    >>> [row.changed for row in every.analysis("hazard ratio by period").rows]
    ['0 to 6 months', 'from 6 months on']
    """

    confounder: ConfounderSettings = field(default_factory=ConfounderSettings)
    censoring: CensoringSettings = field(default_factory=CensoringSettings)
    null_hazard_ratios: tuple[float, ...] = (0.8,)
    caps: tuple[float, ...] = CAPS
    tolerance: float = 0.1
    patients: int = 10
    ranked: tuple[str, ...] | None = None
    cuts: tuple[float, ...] | None = None
    skip: tuple[Family, ...] = ()

    def __post_init__(self) -> None:
        for name in self.skip:
            check_option(name, Family, name="skip")

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Every sensitivity analysis of one comparison.

    Attributes
    ----------
    treatment, comparator, outcome, population : str
        What is compared, and in whom.
    main : SensitivityRow
        The log hazard ratio with nothing changed.
    rows : tuple of SensitivityRow
        The unmeasured confounder first, its tipping point at the top; then the E-values, the
        main analysis, and the others. What could not be done is a row too, with the reason.
    grid : ConfounderGrid
        The hazard ratio under unmeasured confounders, to be drawn.
    assumptions : tuple of str
        What the comparison rests on.
    level : float
        Confidence level.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> every = sc.naive_sensitivity(a, b, outcome="PFS")
    >>> print(every.analysis("E-value").to_frame()[["changed", "estimate"]].round(2))
                        changed  estimate
    0    estimate, rare outcome      4.00
    1    interval, rare outcome      2.01
    2  estimate, common outcome      2.93
    3  interval, common outcome      1.74
    """

    treatment: str
    comparator: str
    outcome: str
    population: str
    main: SensitivityRow
    rows: tuple[SensitivityRow, ...]
    grid: ConfounderGrid
    assumptions: tuple[str, ...]
    level: float

    @property
    def refused(self) -> tuple[SensitivityRow, ...]:
        """The rows that could not be done."""
        return tuple(row for row in self.rows if row.refused)

    def analysis(self, name: str) -> SensitivityTable:
        """The rows of one analysis, such as "E-value"."""
        rows = tuple(row for row in self.rows if row.analysis == name)
        if not rows:
            known = ", ".join(dict.fromkeys(row.analysis for row in self.rows))
            raise InputError(f"`name` must be one of {known}; got {name!r}.")
        return SensitivityTable(rows=rows)

    def to_frame(self) -> pd.DataFrame:
        """One row an analysis, with the columns of `SensitivityRow`."""
        return rows_frame(self.rows)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def sensitivity(
    treatment: IPD,
    comparator: Patients,
    matching: Matching,
    *,
    outcome: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
    settings: SensitivitySettings | None = None,
) -> Sensitivity:
    """All sensitivity analyses of an unanchored MAIC of two survival arms.

    Parameters
    ----------
    treatment : IPD
        The weighted arm, with the covariates that are matched.
    comparator : IPD or Ensemble
        The comparator's patients. Of an ensemble every analysis is pooled over the draws.
    matching : Matching
        The target, what is matched and the scale of the weights; see `matched_arms`.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    assumptions : mapping of str to str, optional
        As for `unanchored_maic`.
    level : float
        Confidence level.
    settings : SensitivitySettings, optional
        What is tried in each family.

    Returns
    -------
    Sensitivity

    Raises
    ------
    IncompatibleError
        If the two may not be compared, or not without naming an assumption.
    InfeasibleTargetError, InputError, NotFoundError
        If the main analysis cannot be done, or an option holds what is not allowed.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Matching, Mean, Population, SensitivitySettings, sensitivity
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10})
    >>> a = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                    covariates=["x"])
    >>> b = IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=29, name="B's trial")
    >>> every = sensitivity(a, b, Matching(target, match=["x"]), outcome="OS",
    ...                     settings=SensitivitySettings(cuts=(12,)))
    >>> every.rows[0].analysis, every.rows[0].changed, round(every.rows[0].estimate, 2)
    ('unmeasured confounder', 'tipping point', 1.3)
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    arms = matched_arms(
        treatment,
        comparator,
        matching,
        outcome=outcome,
        assumptions=assumptions,
        level=level,
    )
    return _all(arms, matching.population.name, settings or SensitivitySettings())


def naive_sensitivity(
    treatment: Patients,
    comparator: Patients,
    *,
    outcome: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
    settings: SensitivitySettings | None = None,
) -> Sensitivity:
    """The sensitivity analyses that a naive comparison without covariates allows.

    Parameters
    ----------
    treatment, comparator : IPD or Ensemble
        One arm each.
    outcome, level, settings
        As for `sensitivity`.
    assumptions : mapping of str to str, optional
        As for `naive_hazard_ratio`.

    Returns
    -------
    Sensitivity
        With refused rows for what needs covariates or weights.

    Raises
    ------
    IncompatibleError, InputError
        As for `naive_hazard_ratio`.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> every = sc.naive_sensitivity(a, b, outcome="PFS")
    >>> top = every.rows[0]
    >>> print(f"{top.analysis}, {top.changed}: HR {top.estimate:.2f} of a confounder")
    unmeasured confounder, tipping point: HR 1.34 of a confounder
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    arms = unmatched_arms(
        treatment, comparator, outcome=outcome, assumptions=assumptions, level=level
    )
    words = "each arm's own patients; no common target population"
    return _all(arms, words, settings or SensitivitySettings())


def _all(arms: SensitivityArms, population: str, chosen: SensitivitySettings) -> Sensitivity:
    grid = confounder_grid(arms, settings=chosen.confounder)
    main = effect_row(MAIN, "nothing", grid.observed, note=_few(arms))
    makers: dict[str, Callable[[], SensitivityTable]] = {
        "unmeasured confounder": lambda: confounder_rows(grid),
        "E-value": lambda: e_value_rows(arms),
        MAIN: lambda: SensitivityTable(rows=(main, *_naive(arms))),
        "reconstruction uncertainty": lambda: reconstruction_uncertainty(arms),
        "leave one covariate out": lambda: leave_one_covariate_out(arms),
        "subsets of the ranked covariates": lambda: _subsets(arms, chosen.ranked),
        "first moments alone": lambda: means_alone(arms),
        "alternative weights": lambda: alternative_weights(arms, tolerance=chosen.tolerance),
        "trimmed weights": lambda: trimmed_weights(arms, quantiles=chosen.caps),
        "leave one patient out": lambda: leave_one_patient_out(arms, exact=chosen.patients),
        "hazard ratio by period": lambda: _periods(arms, chosen.cuts),
        "shifted null": lambda: shifted_null(arms, hazard_ratios=chosen.null_hazard_ratios),
        "informative censoring": lambda: censoring_tipping_point(arms, settings=chosen.censoring),
    }
    tables = [make() for name, make in makers.items() if name not in chosen.skip]
    return Sensitivity(
        treatment=arms.names[0],
        comparator=arms.names[1],
        outcome=arms.outcome,
        population=population,
        main=main,
        rows=tuple(row for table in tables for row in table.rows),
        grid=grid,
        assumptions=arms.assumptions,
        level=arms.level,
    )


def _few(arms: SensitivityArms) -> str:
    if arms.matching is None or arms.matching.weights.ess >= SMALL_ESS:
        return ""
    return (
        f"The effective sample size is below {SMALL_ESS:g}: robust intervals, here and in every "
        "row with weights, are too narrow."
    )


def _naive(arms: SensitivityArms) -> tuple[SensitivityRow, ...]:
    if arms.matching is None:
        return ()
    note = "Nothing is matched; the model's standard error."
    return (effect_row(NAIVE, "without weights", arms.effect(None), note=note),)


def _subsets(arms: SensitivityArms, ranked: Sequence[str] | None) -> SensitivityTable:
    if ranked is not None and arms.matching is not None:
        return ranked_subsets(arms, ranked=ranked)
    why = NO_COVARIATES if arms.matching is None else "No ranked list was given (`ranked`)."
    return SensitivityTable(rows=(refused_row(SUBSETS, "subsets", why),))


def _periods(arms: SensitivityArms, cuts: Sequence[float] | None) -> SensitivityTable:
    if cuts is not None:
        return hazard_ratio_by_period(arms, cuts=cuts)
    why = "No cut points were given (`cuts`)."
    return SensitivityTable(rows=(refused_row(BY_PERIOD, "periods", why),))
