"""Cells and texts looked up in results; every table is made of these."""

from __future__ import annotations

from typing import Any

from survcomp.report.table import Cell
from survcomp.report.text import effect, number
from survcomp.values.results import Results

NONE = "-"
SIDES = ("treatment", "comparator")


def cell(results: Results, id: str, *, missing: str = NONE, unit: str = "") -> Cell:
    """The number of a record in the style of its unit, or of another, or a dash for none."""
    if id not in results:
        return Cell(missing)
    record = results[id]
    return Cell(number(record.value, unit or record.unit), record=id)


def effect_cell(results: Results, path: str) -> Cell:
    """An effect with its interval, or a dash where there is none."""
    estimate = f"{path}/estimate"
    return Cell(effect(results, path), record=estimate) if estimate in results else Cell(NONE)


def naive_effect(results: Results, path: str) -> str:
    """Path of the unadjusted effect with the most in its interval: over draws, where drawn."""
    drawn = f"{path}/over_draws/log_hr"
    return drawn if f"{drawn}/estimate" in results else f"{path}/unadjusted/log_hr"


def best_effect(results: Results, path: str) -> str:
    """Path of the effect that a comparison leads with: the weighted one, else the naive one.

    Of either, the one over draws of the reconstruction where there is one.
    """
    return (
        weighted_effect(results, path)
        if is_weighted(results, path)
        else naive_effect(results, path)
    )


def weighted_effect(results: Results, path: str) -> str:
    """Path of the weighted effect with the most in its interval.

    Over draws of a rebuilt comparator, where drawn; a bootstrap that leads rests on the draws
    itself, and then there is no other.
    """
    drawn = f"{path}/maic/over_draws/log_hr"
    return drawn if f"{drawn}/estimate" in results else f"{path}/maic/log_hr"


def is_weighted(results: Results, path: str) -> bool:
    """Whether a comparison has a weighted (MAIC) effect."""
    return f"{path}/maic/log_hr/estimate" in results


def texts(results: Results, prefix: str) -> tuple[str, ...]:
    """Numbered sentences below a path."""
    return tuple(str(record.value) for record in results.under(prefix))


def comparisons(results: Results, *roles: str) -> tuple[str, ...]:
    """Paths of the comparisons with one of the roles."""
    wanted = [c["id"] for c in results.settings["comparisons"] if c["role"] in roles]
    return tuple(f"comparison/{id}" for id in wanted)


def anchored(results: Results) -> tuple[str, ...]:
    """Paths of the anchored comparisons."""
    return tuple(f"anchored/{table['id']}" for table in results.settings.get("anchored", ()))


def is_anchored(path: str) -> bool:
    """Whether a path is that of an anchored comparison."""
    return path.startswith("anchored/")


def comparison_settings(results: Results, path: str) -> dict[str, Any]:
    """Settings of one comparison, anchored or not."""
    kind, id = path.split("/")[:2]
    tables = results.settings["anchored" if kind == "anchored" else "comparisons"]
    return next(table for table in tables if table["id"] == id)
