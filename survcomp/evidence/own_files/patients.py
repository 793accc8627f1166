"""A user's own patients as IPD: one table, or the ADaM pair ADSL and ADTTE.

Identifiers are text throughout ("007" is not "7"), and no cell is guessed: what becomes 1
and what becomes 0 is named for every indicator, and patients of two tables that do not
belong together are refused by name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from survcomp.errors import Fault, FileFaultError, InputError
from survcomp.evidence.own_files.sheet import Sheet, raise_faults
from survcomp.values.basis import Basis
from survcomp.values.checks import TimeUnit
from survcomp.values.frame_columns import CovariateColumns, Missing
from survcomp.values.ipd import IPD

ADAM_UNIT: dict[str, TimeUnit] = {
    "DAY": "days",
    "DAYS": "days",
    "WEEK": "weeks",
    "WEEKS": "weeks",
    "MONTH": "months",
    "MONTHS": "months",
    "YEAR": "years",
    "YEARS": "years",
}
"""AVALU as it is written in ADTTE, in capitals."""

SUBJECT = "USUBJID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A 0/1 covariate made from a column by a rule that names every value.

    Attributes
    ----------
    name : str
        The covariate.
    column : str
        Where it is read.
    yes, no : tuple of str
        Cells that are 1, and cells that are 0; any other is refused.
    at_least : float or None
        In their place: 1 from this number on, 0 below it.
    """

    name: str
    column: str
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    at_least: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoArms:
    """The two arms of a trial that are read together.

    Attributes
    ----------
    column : str
        Where the arm is read: of ADaM's pair in ADSL.
    names : dict of str to str
        What each of the two arms is called, by its cell, exactly as written. Patients with
        another cell are not read, and counted.
    """

    column: str
    names: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a user says of the patients of an arm, or of two.

    Attributes
    ----------
    label : str
        Name of the arm.
    covariates : tuple of str
        Numeric columns.
    indicators : tuple of Indicator
        0/1 covariates that are made from columns.
    missing : {"refuse", "keep"}
        Empty cells of covariates: refused and counted, or kept as NaN.
    basis : Basis
        Who was counted and how.
    arms : TwoArms or None
        Two arms read together, in place of `label`.
    """

    label: str
    covariates: tuple[str, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    missing: Missing = "refuse"
    basis: Basis = field(default_factory=Basis)
    arms: TwoArms | None = None

    @property
    def covariate_columns(self) -> CovariateColumns:
        """The covariates, read or made, in their order."""
        names = (*self.covariates, *(indicator.name for indicator in self.indicators))
        return CovariateColumns(names, missing=self.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTable:
    """Columns of a table with one row a patient.

    Attributes
    ----------
    time, event : str
        Follow-up time; 1 or true = event observed, 0 or false = censored.
    time_unit : {"days", "weeks", "months", "years"}
        Unit of the times.
    id : str or None
        Unique ids; row numbers when left out.
    """

    time: str
    event: str
    time_unit: TimeUnit
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdamChoice:
    """Which patients and which outcome of ADSL and ADTTE.

    Attributes
    ----------
    param : str
        PARAMCD in ADTTE.
    population : str or None
        Flag in ADSL, such as ITTFL; patients with "Y" are kept. All when left out.
    arm_column, arm : str or None
        Column in ADSL, such as TRT01P, and the value kept. All arms when left out.
    time_unit : {"days", "weeks", "months", "years"} or None
        Unit of AVAL where ADTTE has no AVALU; where it has one, they must agree.
    """

    param: str
    population: str | None = None
    arm_column: str | None = None
    arm: str | None = None
    time_unit: TimeUnit | None = None


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
        lines, words = _in_arms(sheet, about.arms, list(range(sheet.n)))
        notes = (f"{sheet.name}: {sheet.n} patients, {words}.",)
        sheet = sheet.take(lines)
    cells = {columns.time: sheet.column(columns.time)}
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
        "AVAL": _complete(outcome, "AVAL"),
        "CNSR": _events(outcome),
    }
    cells |= covariate_cells(people, about)
    columns = OneTable(
        time="AVAL", event="CNSR", time_unit=_unit(outcome, choice.time_unit), id=SUBJECT
    )
    return OwnPatients(ipd=_ipd(cells, columns, about, _arm_names(people, about)), notes=notes)


def joined(
    adsl: Sheet, outcomes: Sheet, choice: AdamChoice, both: TwoArms | None = None
) -> tuple[Sheet, Sheet, tuple[str, ...]]:
    """Subjects of ADSL that are chosen, their rows of one parameter in the same order, and words.

    Raises
    ------
    FileFaultError
        If a subject occurs twice, or is in one table only; rows and subjects are named.
    InputError
        If a column, the parameter or the arm is missing.
    """
    subjects = _once(adsl)
    chosen, notes = _selected(adsl, choice, both)
    outcome = _of_param(outcomes, choice.param)
    rows = _once(outcome)
    raise_faults(
        outcome.fault(line, SUBJECT, f"{subject!r} is not in {adsl.name}")
        for subject, line in rows.items()
        if subject not in subjects
    )
    raise_faults(
        adsl.fault(line, SUBJECT, f"{subject!r} has no {choice.param} in {outcomes.name}")
        for subject, line in chosen.items()
        if subject not in rows
    )
    people = adsl.take(list(chosen.values()))
    return people, outcome.take([rows[subject] for subject in chosen]), notes


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
        covariates=about.covariate_columns,
        id=columns.id,
        label=about.label,
    ).with_basis(about.basis)
    return ipd if arms is None else replace(ipd, arm=arms)


def _arm_names(sheet: Sheet, about: Described) -> tuple[str, ...] | None:
    """What the arm of each patient is called, where two are read."""
    if about.arms is None:
        return None
    return tuple(about.arms.names[cell] for cell in sheet.column(about.arms.column))


def _in_arms(sheet: Sheet, arms: TwoArms, lines: list[int]) -> tuple[list[int], str]:
    """Those of the lines that are in the two arms, and words on how many are in each."""
    cells = sheet.column(arms.column)
    picked = [line for line in lines if cells[line] in arms.names]
    counts = {arm: sum(cells[line] == arm for line in picked) for arm in arms.names}
    raise_faults(
        Fault(sheet.name, arms.column, f"{arm!r} is not among {_some(cells[i] for i in lines)}")
        for arm, count in counts.items()
        if count == 0
    )
    words = " and ".join(f"{count} with {arm!r}" for arm, count in counts.items())
    return picked, f"of these by {arms.column} {words}"


def covariate_cells(sheet: Sheet, about: Described) -> dict[str, tuple[str, ...]]:
    """Cells of every covariate, "" where it is missing and may be."""
    found = {name: _written(sheet.numbers(name)) for name in about.covariates}
    found |= {rule.name: indicator_cells(sheet, rule) for rule in about.indicators}
    if about.missing == "refuse":
        raise_faults(_gaps(sheet, name, cells) for name, cells in found.items() if "" in cells)
    return found


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


def _gaps(sheet: Sheet, name: str, cells: tuple[str, ...]) -> Fault:
    problem = (
        f"is empty for {cells.count('')} of {sheet.n} patients, the first in row "
        f"{sheet.rows[cells.index('')]}; fill it beforehand, leave it out, or leave these patients "
        'out of the weighting with `adjust.missing = "exclude"`'
    )
    return Fault(sheet.name, name, problem)


def _true_or_false(cell: str) -> str:
    return {"true": "1", "false": "0"}.get(cell.lower(), cell)


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


def _once(sheet: Sheet) -> dict[str, int]:
    """Line of each subject; none may be empty or occur twice."""
    found: dict[str, int] = {}
    faults: list[Fault] = []
    for line, subject in enumerate(sheet.column(SUBJECT)):
        if not subject:
            faults.append(sheet.fault(line, SUBJECT, "is empty"))
        elif subject in found:
            first = sheet.rows[found[subject]]
            problem = f"{subject!r} occurs more than once, first in row {first}"
            faults.append(sheet.fault(line, SUBJECT, problem))
        else:
            found[subject] = line
    raise_faults(faults)
    return found


def _selected(
    adsl: Sheet, choice: AdamChoice, both: TwoArms | None
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Line of each subject kept, and a sentence on how many were."""
    keep = [True] * adsl.n
    words = [f"{adsl.name}: {adsl.n} subjects"]
    if choice.population is not None:
        keep = _flagged(adsl, choice.population)
        words.append(f"{sum(keep)} with {choice.population} = 'Y'")
    if choice.arm_column is not None:
        arms = adsl.column(choice.arm_column)
        if choice.arm not in arms:
            raise FileFaultError(
                [Fault(adsl.name, choice.arm_column, f"{choice.arm!r} is not among {_some(arms)}")]
            )
        keep = [kept and arm == choice.arm for kept, arm in zip(keep, arms, strict=True)]
        words.append(f"{sum(keep)} of these with {choice.arm_column} = {choice.arm!r}")
    if not any(keep):
        raise FileFaultError([Fault(adsl.name, "", f"nobody is left: {', '.join(words)}")])
    lines = [line for line, kept in enumerate(keep) if kept]
    if both is not None:
        lines, counted = _in_arms(adsl, both, lines)
        words.append(counted)
    subjects = adsl.column(SUBJECT)
    return {subjects[i]: i for i in lines}, (", ".join(words) + ".",)


def _flagged(adsl: Sheet, flag: str) -> list[bool]:
    cells = adsl.column(flag)
    raise_faults(
        adsl.fault(line, flag, f"must be 'Y', 'N' or empty; got {cell!r}")
        for line, cell in enumerate(cells)
        if cell not in ("Y", "N", "")
    )
    return [cell == "Y" for cell in cells]


def _of_param(adtte: Sheet, param: str) -> Sheet:
    params = adtte.column("PARAMCD")
    picked = [line for line, found in enumerate(params) if found == param]
    if not picked:
        raise FileFaultError(
            [Fault(adtte.name, "PARAMCD", f"{param!r} is not among {_some(params)}")]
        )
    return adtte.take(picked)


def _some(values: Iterable[str]) -> str:
    known = [repr(value) for value in dict.fromkeys(values)]
    return ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")


def _complete(sheet: Sheet, column: str) -> tuple[str, ...]:
    """Numbers without gaps, as text."""
    numbers = sheet.numbers(column)
    raise_faults(
        sheet.fault(line, column, "is empty") for line, x in enumerate(numbers) if math.isnan(x)
    )
    return _written(numbers)


def _events(adtte: Sheet) -> tuple[str, ...]:
    """1 where CNSR is 0 (an event), 0 where it is a whole number above it (censored)."""
    _complete(adtte, "CNSR")
    codes = adtte.numbers("CNSR")
    raise_faults(
        adtte.fault(line, "CNSR", f"must be 0 (event) or a whole number above 0; got {code:g}")
        for line, code in enumerate(codes)
        if code < 0 or code != int(code)
    )
    return tuple("1" if code == 0 else "0" for code in codes)


def _written(numbers: Sequence[float]) -> tuple[str, ...]:
    return tuple("" if math.isnan(x) else repr(x) for x in numbers)


def _unit(adtte: Sheet, said: TimeUnit | None) -> TimeUnit:
    """Unit of AVAL: AVALU, or what the user says where there is none."""
    if "AVALU" not in adtte.cells or not any(adtte.column("AVALU")):
        if said is None:
            raise InputError(f"{adtte.name}: has no AVALU; give `time_unit`, the unit of AVAL.")
        return said
    cells = adtte.column("AVALU")
    raise_faults(
        adtte.fault(line, "AVALU", f"must be one of {', '.join(ADAM_UNIT)}; got {cell!r}")
        for line, cell in enumerate(cells)
        if cell.strip().upper() not in ADAM_UNIT
    )
    units = [ADAM_UNIT[cell.strip().upper()] for cell in cells]
    raise_faults(
        adtte.fault(line, "AVALU", f"is {unit}, while row {adtte.rows[0]} has {units[0]}")
        for line, unit in enumerate(units)
        if unit != units[0]
    )
    if said not in (None, units[0]):
        raise InputError(f"`time_unit` is {said!r}, but AVALU in {adtte.name} is {units[0]!r}.")
    return units[0]
