"""A user's own patients as the tables of an analysis describe them, read from their sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from survcomp.analysis.plan.tables.anchored import TrialPatientsTable
from survcomp.analysis.plan.tables.own import (
    AdamTable,
    IndicatorTable,
    OwnPatientsTable,
    PatientsTable,
)
from survcomp.analysis.plan.tables.responses import ResponseAdamTable, ResponsePatientsTable
from survcomp.errors import Fault, FileFaultError, InputError
from survcomp.evidence.own_files.adam import SUBJECT
from survcomp.evidence.own_files.described import (
    AdamChoice,
    Described,
    OneTable,
    TwoArms,
)
from survcomp.evidence.own_files.patients import (
    OwnPatients,
    patients_of_adam,
    patients_of_table,
)
from survcomp.evidence.own_files.responders import (
    OwnResponders,
    responders_of_adam,
    responders_of_table,
)
from survcomp.evidence.own_files.rows import picked, renamed
from survcomp.evidence.own_files.sheet import Sheet
from survcomp.values.basis import Basis
from survcomp.values.patients.frame_columns import Indicator, Missing


def read_arm(table: PatientsTable, sheets: Sequence[Sheet], missing: Missing) -> OwnPatients:
    """Patients of one arm."""
    with _in_files(sheets):
        return _patients(table, sheets, _described(table, table.label, missing))


def read_both_arms(
    table: TrialPatientsTable, sheets: Sequence[Sheet], missing: Missing
) -> OwnPatients:
    """Patients of both arms of a trial."""
    names = {
        table.treatment_arm: table.treatment_name,
        table.comparator_arm: table.comparator_name,
    }
    about = _described(table, table.treatment_name, missing)
    arms = TwoArms(column=table.arm_column, names=names)
    with _in_files(sheets):
        return _patients(table, sheets, replace(about, arms=arms))


@contextmanager
def _in_files(sheets: Sequence[Sheet]) -> Iterator[None]:
    """What is wrong with tables is wrong with their files, which are named."""
    try:
        yield
    except FileFaultError:
        raise
    except (InputError, ValueError) as error:
        names = " and ".join(sheet.name for sheet in sheets)
        raise FileFaultError([Fault(names, "", str(error))]) from error


def _described(table: OwnPatientsTable, label: str, missing: Missing) -> Described:
    """What a user says of the patients."""
    return Described(
        label=label,
        covariates=table.covariates,
        indicators=_indicators(table.indicators),
        missing=missing,
        basis=Basis(
            analysis_set=table.analysis_set,
            index_date=table.index_date,
            assessor=table.assessor,
            censoring_rule=table.censoring_rule,
        ),
    )


def _indicators(tables: Mapping[str, IndicatorTable]) -> tuple[Indicator, ...]:
    return tuple(_indicator(name, table) for name, table in tables.items())


def _indicator(name: str, table: IndicatorTable) -> Indicator:
    return Indicator(
        name=name, column=table.column, yes=table.yes, no=table.no, at_least=table.at_least
    )


def read_responders(
    table: ResponsePatientsTable, sheets: Sequence[Sheet], missing: Missing
) -> OwnResponders:
    """Patients of one arm and who of them responded."""
    with _in_files(sheets):
        return _responders(table, sheets, missing)


def _responders(
    table: ResponsePatientsTable, sheets: Sequence[Sheet], missing: Missing
) -> OwnResponders:
    about = Described(
        label=table.label,
        covariates=table.covariates,
        indicators=_indicators(table.indicators),
        missing=missing,
        basis=Basis(analysis_set=table.analysis_set, assessor=table.assessor),
    )
    rule = _indicator(table.outcome, table.response)
    (people, *outcomes), notes = _read(table, sheets)
    if table.adam is None:
        read = responders_of_table(people, rule, about, id=table.id)
    else:
        read = responders_of_adam(people, outcomes[0], _choice(table.adam), rule, about)
    return replace(read, notes=(*notes, *read.notes))


def _read(
    table: OwnPatientsTable | ResponsePatientsTable, sheets: Sequence[Sheet]
) -> tuple[list[Sheet], tuple[str, ...]]:
    """The tables with the rows and the names that are asked for, and words on the rows."""
    everybody = renamed(sheets[0], table.columns)
    people, notes = picked(everybody, table.where)
    if table.adam is None:
        return [people], notes
    outcomes, more = picked(sheets[1], table.adam.where)
    subjects = outcomes.column(SUBJECT)
    left_out = {*everybody.column(SUBJECT)}.difference(people.column(SUBJECT))
    kept = [line for line, subject in enumerate(subjects) if subject not in left_out]
    return [people, outcomes.take(kept)], (*notes, *more)


def _patients(table: OwnPatientsTable, sheets: Sequence[Sheet], about: Described) -> OwnPatients:
    (people, *outcomes), notes = _read(table, sheets)
    read = _of_tables(table, people, outcomes, about)
    return replace(read, notes=(*notes, *read.notes))


def _of_tables(
    table: OwnPatientsTable, people: Sheet, outcomes: Sequence[Sheet], about: Described
) -> OwnPatients:
    if table.adam is None:
        assert table.time is not None
        assert table.event is not None
        assert table.time_unit is not None
        columns = OneTable(
            time=table.time, event=table.event, time_unit=table.time_unit, id=table.id
        )
        return patients_of_table(people, columns, about)
    choice = replace(_choice(table.adam), time_unit=table.time_unit)
    return patients_of_adam(people, outcomes[0], choice, about)


def _choice(table: AdamTable | ResponseAdamTable) -> AdamChoice:
    return AdamChoice(
        param=table.param,
        population=table.population,
        arm_column=table.arm_column,
        arm=table.arm,
    )
