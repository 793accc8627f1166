"""Tables of the ways to adjust beside weighting, from results alone: nothing is computed here."""

from __future__ import annotations

from typing import Any

from survcomp.report.cells import comparison_settings, effect_cell, is_anchored
from survcomp.report.table import Cell, Table, make
from survcomp.values.contrast import MEASURE_NAME
from survcomp.values.results import Results

MEASURE = {
    "log_hr": "log_hr",
    "rmst_difference": "rmst_difference",
    "survival": "risk_difference",
}
"""Part of a record's id, by what an analysis asks for."""

NAME = {
    "STC": "STC",
    "G-computation": "G-computation",
    "augmented": "Augmented (doubly robust)",
}
COLUMNS = ("Method", "Effect", "Estimand", "The interval holds", "Remark")


def models(results: Results, path: str) -> tuple[Table, ...]:
    """Every way to adjust, one row a method and effect, weighting and naive first.

    None where an analysis asks for no outcome model.
    """
    asked = comparison_settings(results, path).get("models")
    if not asked:
        return ()
    rows: list[list[Cell | str]] = []
    notes = [_explained(anchored=is_anchored(path))]
    for effect in asked["effects"]:
        rows += _beside(results, path, effect)
        for method in asked["methods"]:
            here = f"{path}/models/{method}"
            rows.append(_row(results, here, NAME[method], effect))
            notes += _made(results, here, NAME[method], effect)
    if f"{path}/models/left_out" in results:
        notes.append(str(results.value(f"{path}/models/left_out")))
    return (make("Other ways to adjust", COLUMNS, rows, notes=notes),)


def _explained(*, anchored: bool) -> str:
    words = (
        "A marginal effect is that in the target's patients as a whole; a conditional one is for a "
        "patient with their means, and of odds or hazard ratios another number. "
    )
    if anchored:
        return words + "Every effect is indirect: one's own trial adjusted, less what is published."
    return words + (
        "Weighting and models rest on the same assumption: every prognostic factor and effect "
        "modifier is in them."
    )


def _beside(results: Results, path: str, effect: dict[str, Any]) -> list[list[Cell | str]]:
    """The naive effect and the weighted one, where there are any to the same time."""
    indirect = is_anchored(path)
    found: list[list[Cell | str]] = []
    for label, here in (
        ("Bucher, not weighted" if indirect else "Naive (unadjusted)", f"{path}/unadjusted"),
        ("Anchored MAIC" if indirect else "MAIC", f"{path}/maic"),
    ):
        id = f"{here}/{MEASURE[effect['measure']]}"
        if f"{id}/estimate" in results and _same_time(results, id, effect):
            found.append(_row(results, here, label, effect))
    return found


def _same_time(results: Results, here: str, effect: dict[str, Any]) -> bool:
    """Areas are set beside each other only where they go to the same time."""
    horizon = f"{here}/horizon"
    return horizon not in results or results.value(horizon) == effect["horizon"]


def _row(results: Results, path: str, label: str, effect: dict[str, Any]) -> list[Cell | str]:
    """One effect, or why there is none."""
    here = f"{path}/{MEASURE[effect['measure']]}"
    at = f"Survival at {effect['time']:g}: " if effect["measure"] == "survival" else ""
    if f"{here}/refused" in results:
        name = at or f"{MEASURE_NAME[effect['measure']]}: "
        return [label, Cell(f"{name}none", tone="bad"), "", "", _reason(results, here)]
    found = effect_cell(results, here)
    return [
        label,
        Cell(f"{at}{found.text}", record=found.record),
        str(results.value(f"{here}/estimand")),
        str(results.value(f"{here}/interval")),
        "",
    ]


def _reason(results: Results, here: str) -> str:
    words = str(results.value(f"{here}/refused"))
    return f"Not given: {words}" + "." * (not words.endswith("."))


def _made(results: Results, path: str, label: str, effect: dict[str, Any]) -> list[str]:
    """How an effect was made, with its model; of an anchored one, that of one's own trial."""
    measure = MEASURE[effect["measure"]]
    for here in (f"{path}/own/{measure}", f"{path}/{measure}"):
        if f"{here}/method" in results:
            return [f"{label}: {results.value(f'{here}/method')}."]
    return []
