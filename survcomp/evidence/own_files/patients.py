"""A user's own patients as IPD: one table, or the ADaM pair ADSL and ADTTE.

Identifiers are text throughout ("007" is not "7"), and no cell is guessed: what becomes 1
and what becomes 0 is named for every indicator, and patients of two tables that do not
belong together are refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from survcomp.evidence.own_files.adam import SUBJECT, complete, events_of, joined, unit_of
from survcomp.evidence.own_files.arms import in_arms
from survcomp.evidence.own_files.covariates import covariate_cells
from survcomp.evidence.own_files.described import AdamChoice, Described, OneTable
from survcomp.evidence.own_files.sheet import Sheet, raise_faults
from survcomp.values.basis import Basis
from survcomp.values.ipd import IPD
from survcomp.values.study_columns import DRAW, STUDY_COLUMNS, WRITTEN


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPatients:
    """Patients that were read, and sentences on how they were chosen."""

    ipd: IPD
    notes: tuple[str, ...] = ()


def patients_of_table(sheet: Sheet, columns: OneTable, about: Described) -> OwnPatients:
    """Patients of a table with one row a patient.

    Raises
    ------
    InputError
        If a column is missing, ids repeat, or a cell is not what its column must hold.
    FileFaultError
        If an arm is asked for that nobody is in.
    """
    notes: tuple[str, ...] = ()
    if about.arms is not None:
        lines, words = in_arms(sheet, about.arms, list(range(sheet.n)))
        notes = (f"{sheet.name}: {sheet.n} patients, {words}.",)
        sheet = sheet.take(lines)
    cells = _who_they_are(sheet)
    cells[columns.time] = sheet.column(columns.time)
    cells[columns.event] = tuple(map(_true_or_false, sheet.column(columns.event)))
    cells |= id_cells(sheet, columns.id)
    cells |= covariate_cells(sheet, about)
    return OwnPatients(ipd=_ipd(cells, columns, about, _arm_names(sheet, about)), notes=notes)


def patients_of_adam(
    adsl: Sheet, adtte: Sheet, choice: AdamChoice, about: Described
) -> OwnPatients:
    """Patients of ADSL with one parameter of ADTTE, joined by USUBJID.

    CNSR is the other way round than `event`: 0 is an event, and every number above it a
    censoring, with its reason.

    Raises
    ------
    FileFaultError
        If a subject occurs twice, or is in one table only; rows and subjects are named. Also
        for cells that are not what ADaM says they hold.
    InputError
        If a column, the parameter, the arm or the time unit is missing.
    """
    people, outcome, notes = joined(adsl, adtte, choice, about.arms)
    cells = {
        SUBJECT: people.column(SUBJECT),
        "AVAL": complete(outcome, "AVAL"),
        "CNSR": events_of(outcome),
    }
    cells |= covariate_cells(people, about)
    columns = OneTable(
        time="AVAL", event="CNSR", time_unit=unit_of(outcome, choice.time_unit), id=SUBJECT
    )
    return OwnPatients(ipd=_ipd(cells, columns, about, _arm_names(people, about)), notes=notes)


def _ipd(
    cells: dict[str, tuple[str, ...]],
    columns: OneTable,
    about: Described,
    arms: tuple[str, ...] | None,
) -> IPD:
    import pandas as pd

    ipd = IPD.from_frame(
        pd.DataFrame(cells, dtype=object),
        time=columns.time,
        event=columns.event,
        time_unit=columns.time_unit,
        origin=None if "origin" in cells else "observed",
        covariates=about.covariate_columns,
        id=columns.id,
        label=about.label,
    )
    if about.basis != Basis():
        ipd = ipd.with_basis(about.basis)
    return ipd if arms is None else replace(ipd, arm=arms)


def _who_they_are(sheet: Sheet) -> dict[str, tuple[str, ...]]:
    """What a table that survcomp wrote says of its patients: a rebuilt arm stays one."""
    if not all(name in sheet.cells for name in WRITTEN):
        return {}
    names = (*STUDY_COLUMNS, DRAW)
    return {name: sheet.cells[name] for name in names if name in sheet.cells}


def _arm_names(sheet: Sheet, about: Described) -> tuple[str, ...] | None:
    """What the arm of each patient is called, where two are read."""
    if about.arms is None:
        return None
    return tuple(about.arms.names[cell] for cell in sheet.column(about.arms.column))


def id_cells(sheet: Sheet, id: str | None) -> dict[str, tuple[str, ...]]:
    """Cells of the column of ids, if there is one; none may be empty."""
    if id is None:
        return {}
    cells = sheet.column(id)
    raise_faults(
        sheet.fault(line, id, "is empty; every patient needs an id")
        for line, cell in enumerate(cells)
        if not cell
    )
    return {id: cells}


def _true_or_false(cell: str) -> str:
    return {"true": "1", "false": "0"}.get(cell.lower(), cell)
