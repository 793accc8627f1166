"""Cells and texts looked up in results; every table is made of these."""

from __future__ import annotations

from typing import Any

from survcomp.report.document.table import Cell
from survcomp.report.document.text import effect, number
from survcomp.values.records.results import Results

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
    """Whether a comparison, of survival or of response, has a weighted (MAIC) effect."""
    return f"{path}/maic/weights/ess" in results


def responses(results: Results) -> tuple[str, ...]:
    """Paths of the response comparisons."""
    return tuple(f"response/{table['id']}" for table in results.settings["responses"])


def best_response(results: Results, path: str) -> str:
    """Path above the effects that a response comparison leads with: weighted, else naive."""
    return f"{path}/maic" if is_weighted(results, path) else path


def weighted_curves(results: Results, path: str) -> tuple[tuple[str, str], ...]:
    """Path and side of each weighted curve: the treatment's, or of one's own trial both arms'."""
    return tuple(
        (curve, side)
        for curve, side in (
            (f"{path}/maic/km", "treatment"),
            *((f"{path}/{side}/weighted/km", side) for side in SIDES),
        )
        if f"{curve}/time" in results
    )


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


def is_exploratory(results: Results, path: str) -> bool:
    """Whether the trials have no common comparator."""
    return bool(results.value(f"{path}/kind") == "exploratory")


def weighted_name(results: Results, path: str) -> str:
    """What the weighted indirect effect is called: anchored, or exploratory only."""
    if is_exploratory(results, path):
        return "Exploratory: weighted, no common comparator"
    return "Anchored MAIC"


def is_response(path: str) -> bool:
    """Whether a path is that of a response comparison."""
    return path.startswith("response/")


def comparison_settings(results: Results, path: str) -> dict[str, Any]:
    """Settings of one comparison: of survival, anchored or not, or of response."""
    kind, id = path.split("/")[:2]
    name = {"anchored": "anchored", "response": "responses"}.get(kind, "comparisons")
    tables = results.settings[name]
    return next(table for table in tables if table["id"] == id)
