"""Rows of sensitivity analyses: what was changed, and what came of it or why nothing did."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from survcomp.comparison.sensitivity_analyses.arms import Effect
from survcomp.errors import SurvcompError
from survcomp.values.shown import in_a_line, in_a_table

RowMeasure = Literal[
    "log_hr", "log_hr_beyond_null", "bias_factor", "confounder_hr", "e_value", "hazard_multiplier"
]
"""What a row's estimate is: a log hazard ratio, that less the null tested, or a factor."""

_FIGURE = re.compile(r"\{(\w+):([^{}]+)\}")

COLUMNS = (
    "analysis", "changed", "measure", "estimate", "se", "ci_low", "ci_high", "ess", "refused",
    "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityRow:
    """One analysis with one thing changed.

    Attributes
    ----------
    analysis : str
        Which analysis, such as "leave one covariate out".
    changed : str
        What is changed in this row, such as "without age".
    measure : str
        What `estimate` is: "log_hr" and "log_hr_beyond_null" (log hazard ratio less the log
        of the null's) are on the log scale; "bias_factor", "confounder_hr", "e_value" and
        "hazard_multiplier" are factors.
    estimate, se, ci_low, ci_high : float
        NaN where the row is refused, or there is no such number.
    df : float
        Degrees of freedom of the interval; ``math.inf`` where it is a normal one.
    ess : float
        Effective sample size of the treatment arm, in patients; NaN where it says nothing.
    refused : bool
        Whether the analysis could not be done; `note` says why.
    template : str
        What a reader must know, with a place such as ``{z:.2f}`` for each of the figures.
    figures : tuple of (str, float)
        Numbers in the words, by name, unrounded.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> row = sc.hazard_ratio_by_period(arms, cuts=[12]).rows[0]
    >>> row.analysis, row.changed, row.refused
    ('hazard ratio by period', '0 to 12 months', False)
    """

    analysis: str
    changed: str
    measure: RowMeasure = "log_hr"
    estimate: float = math.nan
    se: float = math.nan
    ci_low: float = math.nan
    ci_high: float = math.nan
    df: float = math.inf
    ess: float = math.nan
    refused: bool = False
    template: str = ""
    figures: tuple[tuple[str, float], ...] = ()

    @property
    def note(self) -> str:
        """What a reader must know; of a refused row why it could not be done."""
        return with_figures(self.template, dict(self.figures))

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityTable:
    """Rows of one or several analyses.

    Attributes
    ----------
    rows : tuple of SensitivityRow
        In the order in which a reader should see them.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> table = sc.hazard_ratio_by_period(arms, cuts=[12, 500])
    >>> print(table.to_frame()[["changed", "estimate", "refused"]].round(2))
                  changed  estimate  refused
    0      0 to 12 months     -0.49    False
    1    12 to 500 months     -1.06    False
    2  from 500 months on       NaN     True
    >>> table.refused[0].note
    "nobody in arm 'A' is followed beyond 500."
    """

    rows: tuple[SensitivityRow, ...]

    @property
    def refused(self) -> tuple[SensitivityRow, ...]:
        """The rows that could not be done."""
        return tuple(row for row in self.rows if row.refused)

    def to_frame(self) -> pd.DataFrame:
        """One row an analysis, with the columns of `SensitivityRow`."""
        return rows_frame(self.rows)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def rows_frame(rows: Sequence[SensitivityRow]) -> pd.DataFrame:
    """Rows as a data frame, in their order."""
    records = [{name: getattr(row, name) for name in COLUMNS} for row in rows]
    return pd.DataFrame(records, columns=list(COLUMNS))


def with_figures(template: str, figures: Mapping[str, float]) -> str:
    """A template with its figures in place; other braces are left alone.

    Examples
    --------
    >>> with_figures("z = {z:.2f}, {share:.1%}, {else}", {"z": -1.234, "share": 0.5})
    'z = -1.23, 50.0%, {else}'
    """

    def one(match: re.Match[str]) -> str:
        name, style = match.groups()
        return format(figures[name], style) if name in figures else match.group(0)

    return _FIGURE.sub(one, template)


def effect_row(
    analysis: str, changed: str, effect: Effect, *, note: str = "", **figures: float
) -> SensitivityRow:
    """A log hazard ratio as a row; the figures go into the note."""
    return SensitivityRow(
        analysis=analysis,
        changed=changed,
        estimate=effect.estimate,
        se=effect.se,
        ci_low=effect.ci_low,
        ci_high=effect.ci_high,
        df=effect.df,
        ess=effect.ess,
        template=note,
        figures=tuple(figures.items()),
    )


def refused_row(analysis: str, changed: str, why: str) -> SensitivityRow:
    """An analysis that cannot be done, and why."""
    return SensitivityRow(analysis=analysis, changed=changed, refused=True, template=why)


def attempt(analysis: str, changed: str, make: Callable[[], SensitivityRow]) -> SensitivityRow:
    """The row, or a refused one with the words of the error that stood in its way."""
    try:
        return make()
    except SurvcompError as error:
        return refused_row(analysis, changed, str(error))
