"""Patients of the arms that are asked for, counted."""

from __future__ import annotations

from collections.abc import Iterable

from survcomp.errors import Fault
from survcomp.evidence.own_files.described import TwoArms
from survcomp.evidence.own_files.sheet import Sheet, raise_faults


def in_arms(sheet: Sheet, arms: TwoArms, lines: list[int]) -> tuple[list[int], str]:
    """Those of the lines that are in the two arms, and words on how many are in each."""
    cells = sheet.column(arms.column)
    picked = [line for line in lines if cells[line] in arms.names]
    counts = {arm: sum(cells[line] == arm for line in picked) for arm in arms.names}
    raise_faults(
        Fault(sheet.name, arms.column, f"{arm!r} is not among {some(cells[i] for i in lines)}")
        for arm, count in counts.items()
        if count == 0
    )
    words = " and ".join(f"{count} with {arm!r}" for arm, count in counts.items())
    return picked, f"of these by {arms.column} {words}"


def some(values: Iterable[str]) -> str:
    """The first ten different values, for messages."""
    known = [repr(value) for value in dict.fromkeys(values)]
    return ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")
