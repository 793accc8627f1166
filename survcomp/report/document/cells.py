"""Cells and texts looked up in results; every table is made of these."""

from __future__ import annotations

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


def below(results: Results, path: str) -> tuple[str, ...]:
    """Paths one level below a path, in the order of the records."""
    return tuple(f"{path}/{name}" for name in results.children(path))
