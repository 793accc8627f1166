"""Who the patients of a file are: constant columns that a table of patients carries.

A table that survcomp wrote says of itself whether its patients were observed or rebuilt, and
what they were followed for, so that a rebuilt arm is still one after it went through a CSV.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.values.basis import NOT_STATED, Basis, Cut, FollowUp

Origin = Literal["observed", "reconstructed", "reconstructed with imputed covariates"]
Censoring = Literal["observed", "from published counts", "assumed"]

BASIS_COLUMNS = ("analysis_set", "index_date", "assessor", "censoring_rule")
WRITTEN = ("time_unit", "origin", "censoring", "outcome", "trial")
"""A table with all of these was written by survcomp, or as it does."""
STUDY_COLUMNS = (*WRITTEN, *BASIS_COLUMNS, "cut", "median_follow_up")
"""What such a table says of all its patients alike."""

DRAW = "draw"
"""Number of the draw, in a table of several."""


def basis_cells(basis: Basis) -> dict[str, str | float]:
    """Who was counted and how, as cells; the cut where it is stated."""
    cells: dict[str, str | float] = {name: getattr(basis, name) for name in BASIS_COLUMNS}
    if basis.cut is not None:
        cells["cut"] = basis.cut.label
        if basis.cut.follow_up is not None:
            cells["median_follow_up"] = basis.cut.follow_up.median
    return cells


def is_written(frame: pd.DataFrame) -> bool:
    """Whether a table says itself who its patients are."""
    return all(name in frame.columns for name in WRITTEN)


def written_cells(frame: pd.DataFrame) -> dict[str, str]:
    """What a table says of its patients: the one value of each constant column.

    A table that survcomp did not write says nothing, but for a column `origin` that holds
    what only an origin can be: a rebuilt arm is never read as observed by dropping columns.

    Raises
    ------
    InputError
        If a column that must be constant is not.
    """
    if is_written(frame):
        wanted: tuple[str, ...] = STUDY_COLUMNS
    elif "origin" in frame.columns and set(frame["origin"]) <= set(get_args(Origin)):
        wanted = ("origin",)
    else:
        wanted = ()
    return {name: _constant(frame, name) for name in wanted if name in frame.columns}


def _constant(frame: pd.DataFrame, name: str) -> str:
    cells = {"" if _empty(cell) else str(cell) for cell in frame[name].unique()}
    if len(cells) > 1:
        listed = " and ".join(map(repr, sorted(cells)[:2]))
        raise InputError(
            f"column {name!r} must be the same for all patients that are read together; it holds "
            f"{listed}. Read each group by itself."
        )
    return next(iter(cells), "")


def _empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and bool(np.isnan(cell))) or cell is pd.NA


def basis_of_cells(cells: Mapping[str, str]) -> Basis:
    """The basis that `basis_cells` wrote."""
    named = {name: cells[name] for name in BASIS_COLUMNS if cells.get(name)}
    cut = None
    if cells.get("cut") or cells.get("median_follow_up"):
        median = cells.get("median_follow_up")
        follow_up = FollowUp(median=float(median)) if median else None
        cut = Cut(label=cells.get("cut") or NOT_STATED, follow_up=follow_up)
    return Basis(cut=cut, **named)  # type: ignore[arg-type]


def agreed(name: str, said: str | None, written: str | None) -> str | None:
    """What the caller says or, left out, what the table does; they may not contradict.

    Raises
    ------
    InputError
        If they differ.
    """
    if said is not None and written and said != written:
        raise InputError(
            f"`{name}` is {said!r}, but the column {name!r} of the frame says {written!r}."
        )
    return said if said is not None else written or None


def origin_of(said: str | None, censoring: str | None, cells: Mapping[str, str]) -> tuple[str, str]:
    """Origin and censoring of patients that are read: there is no default.

    Raises
    ------
    InputError
        If either is not said where it must be, or contradicts the table.
    """
    origin = agreed("origin", said, cells.get("origin"))
    listed = ", ".join(map(repr, get_args(Origin)))
    if origin is None:
        raise InputError(
            "`origin` must be said: origin='observed' for patients of a trial, "
            "origin='reconstructed' (with censoring='from published counts' or 'assumed') for "
            "patients rebuilt from a published curve, by whatever software."
        )
    if origin not in get_args(Origin):
        raise InputError(f"`origin` must be one of {listed}; got {origin!r}.")
    known = agreed("censoring", censoring, cells.get("censoring"))
    if origin == "observed":
        if known not in (None, "observed"):
            raise InputError(
                f"`censoring` is {known!r}, but observed patients have observed censoring times."
            )
        return origin, "observed"
    if known is None:
        raise InputError(
            f"`censoring` must be said of {origin} patients: censoring='from published counts' "
            "where numbers at risk or of events were used, else 'assumed'."
        )
    return origin, known


def who_they_are(
    frame: pd.DataFrame, *, time_unit: str | None, origin: str | None, censoring: str | None
) -> dict[str, Any]:
    """Unit, origin, censoring, basis, outcome and study of patients, said or written.

    Raises
    ------
    InputError
        As for `written_cells`, `agreed` and `origin_of`.
    """
    cells = written_cells(frame)
    known_origin, known_censoring = origin_of(origin, censoring, cells)
    return {
        "time_unit": agreed("time_unit", time_unit, cells.get("time_unit")),
        "origin": known_origin,
        "censoring": known_censoring,
        "basis": basis_of_cells(cells),
        "outcome": cells.get("outcome", ""),
        "trial": cells.get("trial", ""),
    }


def refuse_draws(frame: pd.DataFrame) -> None:
    """Draws of a reconstruction are alternatives to each other, not so many more patients.

    Raises
    ------
    InputError
        If a frame that is read as patients has a column of them.
    """
    if DRAW in frame.columns:
        raise InputError(
            f"the frame has a column {DRAW!r}: its {len(frame)} rows are {frame[DRAW].nunique()} "
            "draws of one arm, not so many patients. Read all draws with "
            "Ensemble.from_frame(frame), or one with IPD.from_frame(frame[frame.draw == "
            "1].drop(columns='draw')), whose interval then lacks the error of the reconstruction."
        )


def refuse_taken(covariates: Iterable[str], columns: Set[str]) -> None:
    """A covariate may not have the name of a column that says who the patients are.

    Raises
    ------
    InputError
        Naming the covariate.
    """
    for name in covariates:
        if name in columns:
            raise InputError(
                f"covariate {name!r} has the name of a column that says who the patients are; "
                "rename it."
            )
