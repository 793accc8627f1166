"""The keys of an analysis.toml that ask for what is shown beside the comparisons."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from survcomp.analysis.plan.tables.comparisons import CheckTable
from survcomp.analysis.plan.tables.fields import StepTable
from survcomp.evidence.trial_folders.fields import Name, SomePatients, Text


class DescriptiveTable(StepTable):
    """``[[descriptive]]``: a published curve shown but not compared (such as DOR)."""

    trial: Name = Field(description="Study in data/digitized.")
    arm: Name = Field(description="Its arm.")
    endpoint: Text = Field(description="DOR, ...")
    cut: Text = Field(description="Its data cut.")
    responders_of: Text | None = Field(
        default=None,
        description="Outcome whose rate turns the duration into a sentence about all treated.",
    )
    responders_cut: Text | None = Field(
        default=None,
        description="Data cut of that rate, where none is published at `cut`; `cut` when left out.",
    )
    n: SomePatients | None = Field(
        default=None, description="Denominator of that rate, where several are published."
    )

    @model_validator(mode="after")
    def _rate_is_named(self) -> DescriptiveTable:
        if self.responders_of is None and (self.responders_cut or self.n):
            raise ValueError("`responders_cut` and `n` go with `responders_of`")
        return self


class BaselineSideTable(StepTable):
    """``[[baselines]]``: an arm whose published baseline is set beside the others."""

    trial: Name = Field(description="Study in data/digitized.")
    arm: Name = Field(description="Its arm.")


class PublishedTable(StepTable):
    """``[[published]]``: a published effect shown beside ours."""

    trial: Name = Field(description="Folder that holds the contrast.")
    contrast: Name = Field(description="Its id.")
    role: Literal["same question", "context"] = Field(
        description="same question: the same pair in the same population. context: another "
        "population, another method or another comparator; drawn in another style."
    )
    why: Text = Field(description="Why it is shown, and how it differs.")


class ExploratoryTable(StepTable):
    """``[[exploratory]]``: a Bucher comparison of two published effects."""

    id: Name = Field(description="Unique; part of every record's id.")
    label: Text = Field(description="How tables name it.")
    first: CheckTable = Field(description="Effect of the treatment in its trial.")
    second: CheckTable = Field(description="Effect of the comparator in its trial.")
    different_comparators: str = Field(
        default="", description="If the trials' controls differ: why the figure is shown at all."
    )
    population: Text = Field(description="Whose answer it is meant to be.")
