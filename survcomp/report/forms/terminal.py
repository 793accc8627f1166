"""A reconstruction in words for a terminal, and its patients as CSV."""

from __future__ import annotations

import math

from survcomp.values.reconstruction import GRADE_MEANING, FidelityRow, Reconstruction
from survcomp.values.records.results import NOT_REACHED

HEADER = ("quantity", "published", "rebuilt", "difference", "in SDs", "role", "verdict")
NUMBERS = ("published", "rebuilt", "difference", "in SDs")
"""Columns set to the right."""


def reconstruction_text(reconstruction: Reconstruction) -> str:
    """Method, what it rests on, notes, and the fidelity table in aligned columns."""
    drawn = reconstruction.ensemble is not None
    grade = reconstruction.fidelity.grade
    # without draws there are no SDs
    shown = [i for i, name in enumerate(HEADER) if drawn or name != "in SDs"]
    lines = [
        f"Method: {reconstruction.method}",
        f"Rests on: {reconstruction.support}",
        f"Censoring: {reconstruction.censoring}",
        *(f"Note: {note}" for note in (*reconstruction.notes, *reconstruction.curve.notes)),
        "",
        *(["The most likely data set; the draws vary around it:"] * drawn),
        *_aligned([HEADER, *(_cells(row) for row in reconstruction.fidelity.rows)], shown),
        f"Grade {grade}: {GRADE_MEANING[grade]}",
    ]
    return "\n".join(lines)


def ipd_csv(reconstruction: Reconstruction) -> str:
    """Patients as CSV, from which `Ensemble.from_frame` or `IPD.from_frame` makes them again.

    Columns ``time,event`` first, after ``draw`` where there is an ensemble; then who they are.
    """
    if reconstruction.ensemble is not None:
        frame = reconstruction.ensemble.to_frame()
    else:
        frame = reconstruction.ipd.to_frame()
    first = [name for name in ("draw", "time", "event") if name in frame.columns]
    frame = frame[[*first, *(name for name in frame.columns if name not in first)]]
    return str(frame.to_csv(index=False, lineterminator="\n"))


def _cells(row: FidelityRow) -> tuple[str, ...]:
    return (
        row.quantity,
        _number(row.published, row.unit),
        _number(row.rebuilt, row.unit),
        _number(row.difference, row.unit, sign=True),
        _in_sd(row.difference_in_sd),
        row.role,
        row.verdict,
    )


def _in_sd(value: float) -> str:
    return f"{value:+.1f}" if math.isfinite(value) else "-"


def _number(value: float, unit: str, *, sign: bool = False) -> str:
    if math.isinf(value):
        return "-" if sign else NOT_REACHED
    digits = {"patients": "0f", "probability": "3f"}.get(unit, "2f")
    text = f"{value:{'+' if sign else ''}.{digits}}"
    return "0" if sign and float(text) == 0 else text


def _aligned(rows: list[tuple[str, ...]], columns: list[int]) -> list[str]:
    """Some of the columns; numbers to the right, words to the left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    return [
        "  ".join(
            row[i].rjust(widths[i]) if HEADER[i] in NUMBERS else row[i].ljust(widths[i])
            for i in columns
        ).rstrip()
        for row in rows
    ]
