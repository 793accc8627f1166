"""Cells of covariates: numbers as written, and indicators by rules that name every value."""

from __future__ import annotations

import math
from collections.abc import Sequence

from survcomp.errors import Fault
from survcomp.evidence.own_files.described import Described
from survcomp.evidence.own_files.sheet import Sheet, raise_faults
from survcomp.values.frame_columns import Indicator


def covariate_cells(sheet: Sheet, about: Described) -> dict[str, tuple[str, ...]]:
    """Cells of every covariate, "" where it is missing and may be."""
    cells_of = {name: written(sheet.numbers(name)) for name in about.covariates}
    cells_of |= {rule.name: indicator_cells(sheet, rule) for rule in about.indicators}
    if about.missing == "refuse":
        raise_faults(_gaps(sheet, name, cells) for name, cells in cells_of.items() if "" in cells)
    return cells_of


def _gaps(sheet: Sheet, name: str, cells: tuple[str, ...]) -> Fault:
    problem = (
        f"is empty for {cells.count('')} of {sheet.n} patients, the first in row "
        f"{sheet.rows[cells.index('')]}; fill it beforehand, leave it out, or leave these patients "
        'out of the weighting with `adjust.missing = "exclude"`'
    )
    return Fault(sheet.name, name, problem)


def indicator_cells(sheet: Sheet, rule: Indicator) -> tuple[str, ...]:
    """Cells "1", "0" or "" (missing) of a covariate."""
    if rule.at_least is not None:
        limit = rule.at_least
        numbers = sheet.numbers(rule.column)
        return tuple("" if math.isnan(x) else str(int(x >= limit)) for x in numbers)
    cells = sheet.column(rule.column)
    code = {"": "", **dict.fromkeys(rule.no, "0"), **dict.fromkeys(rule.yes, "1")}
    raise_faults(
        sheet.fault(
            line,
            rule.column,
            f"must be one of {', '.join(map(repr, (*rule.yes, *rule.no)))}, as `{rule.name}` "
            f"names them; got {cell!r}",
        )
        for line, cell in enumerate(cells)
        if cell not in code
    )
    return tuple(code[cell] for cell in cells)


def written(numbers: Sequence[float]) -> tuple[str, ...]:
    """Numbers as text, "" for a missing one."""
    return tuple("" if math.isnan(x) else repr(x) for x in numbers)
