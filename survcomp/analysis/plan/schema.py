"""The keys of an analysis.toml, their types, defaults and meaning.

The descriptions are the documentation: ``docs/analysis_toml.md`` lists them, a test holds
the two together, and ``survcomp new`` writes them as comments. Unknown keys are errors, and
nothing in the file is ever run. Here stand the keys of the whole analysis; the tables that ask
for something to be worked out are those of the steps that it is put together with.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, get_args

from pydantic import Field, create_model, model_validator

from survcomp.analysis.plan.step import Step
from survcomp.analysis.plan.tables.context import BiasTable, CovariateTable, ProtocolTable
from survcomp.analysis.plan.tables.fields import StepTable
from survcomp.analysis.plan.tables.settings import SettingsTable
from survcomp.evidence.trial_folders.fields import SchemaVersion, Table, Text


class QuestionTable(Table):
    """``[question]``: the question in PICO form."""

    population: Text = Field(description="In whom.")
    intervention: Text = Field(description="What is compared ...")
    comparator: Text = Field(description="... with what.")
    outcomes: Text = Field(description="On which outcomes.")
    estimand: Text = Field(description="Whose effect, on which scale, marginal or conditional.")


class PointTable(Table):
    """``[[points]]``: a question that a reviewer will ask, answered."""

    question: Text = Field(description="The point.")
    answer: Text = Field(
        description="The answer; {{record id}} stands for the number of that record."
    )


class _Beginning(Table):
    """What stands before the tables of the steps."""

    schema_version: SchemaVersion = Field(description="1.")
    title: Text = Field(description="Title of the report.")
    summary: Text = Field(
        description="What the report says, in a few sentences; {{record id}} stands for a number."
    )
    treatment: Text = Field(description="Name of the treatment.")
    comparator: Text = Field(description="Name of the comparator.")
    question: QuestionTable = Field(description="PICO.")
    settings: SettingsTable = Field(
        default=SettingsTable(), description="Choices for the whole analysis."
    )


class AnalysisFile(_Beginning):
    """A whole analysis.toml."""

    steps: ClassVar[tuple[Step, ...]] = ()

    points: tuple[PointTable, ...] = Field(default=(), description="Questions of a reviewer.")
    limitations: tuple[Text, ...] = Field(
        default=(), description="In plain words; {{record id}} stands for a number."
    )
    protocol: ProtocolTable | None = Field(default=None, description="What was decided beforehand.")
    ranking: str = Field(default="", description="How the covariates were chosen and put in order.")
    covariates: tuple[CovariateTable, ...] = Field(
        default=(), description="Candidates for adjustment, most important first."
    )
    risk_of_bias: tuple[BiasTable, ...] = Field(default=(), description="By domain.")

    def tables(self, key: str) -> tuple[StepTable, ...]:
        """Those of one step."""
        tables: tuple[StepTable, ...] = getattr(self, key)
        return tables

    @property
    def all_tables(self) -> Iterator[tuple[str, StepTable]]:
        """Those of every step, each with its path: ``comparisons[0]``."""
        for step in self.steps:
            for index, table in enumerate(self.tables(step.key)):
                yield f"{step.key}[{index}]", table

    @model_validator(mode="after")
    def _something_to_do(self) -> AnalysisFile:
        answers = [step.key for step in self.steps if step.answers]
        if not any(self.tables(key) for key in answers):
            *most, last = (f"`{key}`" for key in answers)
            raise ValueError(f"compares nothing: give {', '.join(most)} or {last}")
        for step in self.steps:
            ids = [getattr(table, "id", index) for index, table in enumerate(self.tables(step.key))]
            twice = {i for i in ids if ids.count(i) > 1}
            if twice:
                raise ValueError(f"`{step.key}` uses the id {sorted(twice)[0]!r} more than once")
        return self

    @model_validator(mode="after")
    def _covariates_agree(self) -> AnalysisFile:
        """The list of covariates says of each matched one that it is used."""
        names = [c.name for c in self.covariates]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"`covariates` names {sorted(twice)[0]!r} more than once")
        if not self.covariates:
            return self
        used = {c.name for c in self.covariates if c.used}
        matched = {name for _, table in self.all_tables for name in table.matched}
        if used and not any(table.adjusts for _, table in self.all_tables):
            raise ValueError(f"`covariates` uses {sorted(used)[0]!r}, but nothing is adjusted")
        if matched and used != matched:
            odd = sorted(used ^ matched)[0]
            raise ValueError(
                f"`covariates` and `adjust.match` differ: {odd!r} is "
                + ("used and not matched" if odd in used else "matched and not listed as used")
            )
        return self


@lru_cache
def analysis_file(steps: tuple[Step, ...]) -> type[AnalysisFile]:
    """The schema of an analysis.toml with the tables of these steps."""
    # pydantic takes fields from the last base on: the beginning, the steps, and the rest
    tables: dict[str, Any] = {
        step.key: (
            tuple[step.table, ...],  # type: ignore[name-defined]
            Field(default=(), description=step.title),
        )
        for step in steps
    }
    of_steps = create_model("_OfSteps", __base__=_Beginning, **tables)
    bases: Any = (AnalysisFile, of_steps)
    whole: type[AnalysisFile] = create_model(
        "AnalysisFile", __base__=bases, __doc__=AnalysisFile.__doc__
    )
    whole.steps = steps
    return whole


def tables_within(table: type[Table]) -> tuple[type[Table], ...]:
    """A table and every table in it, in the order in which they stand, each once."""
    tables: dict[type[Table], None] = {table: None}
    for field in table.model_fields.values():
        for part in _tables_of(field.annotation):
            tables.update(dict.fromkeys(tables_within(part)))
    return tuple(tables)


def _tables_of(annotation: Any) -> Iterator[type[Table]]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
    for part in get_args(annotation):
        yield from _tables_of(part)
