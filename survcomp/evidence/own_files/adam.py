"""ADaM's pair of tables, joined by USUBJID: the subjects chosen, and their rows of one outcome."""

from __future__ import annotations

import math

from survcomp.errors import Fault, FileFaultError, InputError
from survcomp.evidence.own_files.arms import in_arms, some
from survcomp.evidence.own_files.covariates import written
from survcomp.evidence.own_files.described import AdamChoice, TwoArms
from survcomp.evidence.own_files.sheet import Sheet, raise_faults
from survcomp.values.checks import TimeUnit

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
MEASURED = ("AVAL", "CNSR", "ADT", "ADY")
"""Columns of ADTTE in which rows differ that are told apart by another one."""


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


def _once(sheet: Sheet) -> dict[str, int]:
    """Line of each subject; none may be empty or occur twice."""
    lines: dict[str, int] = {}
    faults: list[Fault] = []
    for line, subject in enumerate(sheet.column(SUBJECT)):
        if not subject:
            faults.append(sheet.fault(line, SUBJECT, "is empty"))
        elif subject in lines:
            first = sheet.rows[lines[subject]]
            problem = f"{subject!r} occurs more than once, first in row {first}"
            faults.append(
                sheet.fault(line, SUBJECT, problem + _difference(sheet, lines[subject], line))
            )
        else:
            lines[subject] = line
    raise_faults(faults)
    return lines


def _difference(sheet: Sheet, first: int, second: int) -> str:
    """In which columns two rows of a subject differ: by one of these the right rows are picked."""
    pairs = {name: (cells[first], cells[second]) for name, cells in sheet.cells.items()}
    apart = [
        f"{name} ({one!r} and {other!r})"
        for name, (one, other) in pairs.items()
        if one != other and name not in MEASURED
    ]
    if not apart:
        return ""
    return f"; the rows differ in {', '.join(apart[:3])}: pick those that are meant with `where`"


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
                [Fault(adsl.name, choice.arm_column, f"{choice.arm!r} is not among {some(arms)}")]
            )
        keep = [kept and arm == choice.arm for kept, arm in zip(keep, arms, strict=True)]
        words.append(f"{sum(keep)} of these with {choice.arm_column} = {choice.arm!r}")
    if not any(keep):
        raise FileFaultError([Fault(adsl.name, "", f"nobody is left: {', '.join(words)}")])
    lines = [line for line, kept in enumerate(keep) if kept]
    if both is not None:
        lines, counted = in_arms(adsl, both, lines)
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
    picked = [line for line, cell in enumerate(params) if cell == param]
    if not picked:
        raise FileFaultError(
            [Fault(adtte.name, "PARAMCD", f"{param!r} is not among {some(params)}")]
        )
    return adtte.take(picked)


def complete(sheet: Sheet, column: str) -> tuple[str, ...]:
    """Numbers without gaps, as text."""
    numbers = sheet.numbers(column)
    raise_faults(
        sheet.fault(line, column, "is empty") for line, x in enumerate(numbers) if math.isnan(x)
    )
    return written(numbers)


def events_of(adtte: Sheet) -> tuple[str, ...]:
    """1 where CNSR is 0 (an event), 0 where it is a whole number above it (censored)."""
    complete(adtte, "CNSR")
    codes = adtte.numbers("CNSR")
    raise_faults(
        adtte.fault(line, "CNSR", f"must be 0 (event) or a whole number above 0; got {code:g}")
        for line, code in enumerate(codes)
        if code < 0 or code != int(code)
    )
    return tuple("1" if code == 0 else "0" for code in codes)


def unit_of(adtte: Sheet, said: TimeUnit | None) -> TimeUnit:
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
