"""A user's own patients and who of them responded: one table, or the ADaM pair ADSL and ADRS.

Which cells are a response is named by the user, cell by cell; an empty one is refused, as
whether a patient who was not evaluated counts as a failure is a definition and no detail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.evidence.own_files.adam import SUBJECT, joined
from survcomp.evidence.own_files.covariates import covariate_cells, indicator_cells
from survcomp.evidence.own_files.described import AdamChoice, Described
from survcomp.evidence.own_files.patients import id_cells
from survcomp.evidence.own_files.sheet import Sheet, raise_faults
from survcomp.values.frame_columns import Indicator
from survcomp.values.ipd import IPD
from survcomp.values.outcome import PatientOutcome

NO_ANSWER = (
    "is empty: say whether such a patient is a responder (fill in, for example, NE, and name it "
    "in `no`)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnResponders:
    """Patients with their covariates, who of them responded, and how they were chosen.

    Attributes
    ----------
    ipd : IPD
        n patients of one arm with their covariates. They have no follow-up: every time is 1 and
        nobody has an event, and no curve is ever made of them.
    response : PatientOutcome
        1 or 0 for each of them.
    notes : tuple of str
        How they were chosen.
    """

    ipd: IPD
    response: PatientOutcome
    notes: tuple[str, ...] = ()


def responders_of_table(
    sheet: Sheet, rule: Indicator, about: Described, *, id: str | None = None
) -> OwnResponders:
    """Patients of a table with one row a patient; `rule` is named as the outcome.

    Raises
    ------
    InputError
        If a column is missing, or ids repeat.
    FileFaultError
        If a cell is empty, or is not one that the rule names; rows are given.
    """
    cells = {**id_cells(sheet, id), **covariate_cells(sheet, about)}
    return _own(cells, _answers(sheet, rule), rule.name, about, id=id)


def responders_of_adam(
    adsl: Sheet, adrs: Sheet, choice: AdamChoice, rule: Indicator, about: Described
) -> OwnResponders:
    """Patients of ADSL with one parameter of ADRS, joined by USUBJID.

    Raises
    ------
    InputError, FileFaultError
        As for `patients_of_adam`; a parameter with several rows a subject (one a visit) is
        refused.
    """
    people, outcome, notes = joined(adsl, adrs, choice)
    cells = {SUBJECT: people.column(SUBJECT), **covariate_cells(people, about)}
    return _own(cells, _answers(outcome, rule), rule.name, about, id=SUBJECT, notes=notes)


def _answers(sheet: Sheet, rule: Indicator) -> tuple[str, ...]:
    """Cells "1" and "0"."""
    cells = indicator_cells(sheet, rule)
    raise_faults(
        sheet.fault(line, rule.column, NO_ANSWER) for line, cell in enumerate(cells) if not cell
    )
    return cells


def _own(
    cells: dict[str, tuple[str, ...]],
    answers: tuple[str, ...],
    outcome: str,
    about: Described,
    *,
    id: str | None,
    notes: tuple[str, ...] = (),
) -> OwnResponders:
    import pandas as pd

    time, event = "time, which is not known", "event, which is not known"
    none = {time: ("1",) * len(answers), event: ("0",) * len(answers)}
    ipd = IPD.from_frame(
        pd.DataFrame({**cells, **none}, dtype=object),
        time=time,
        event=event,
        time_unit="months",
        origin="observed",
        covariates=about.covariate_columns,
        id=id,
        label=about.label,
    ).with_basis(about.basis)
    value = np.array([float(answer) for answer in answers])
    response = PatientOutcome(id=ipd.id, value=value, name=outcome, basis=about.basis)
    return OwnResponders(ipd=ipd, response=response, notes=notes)
