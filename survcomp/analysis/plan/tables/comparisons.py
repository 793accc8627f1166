"""The keys of an analysis.toml that ask for a comparison of two survival arms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from survcomp.analysis.plan.tables.fields import (
    AssumedTable,
    Columns,
    Positive,
    check_one_source,
    each_once,
)
from survcomp.analysis.plan.tables.models import ModelsTable
from survcomp.analysis.plan.tables.own import PatientsTable, PrintedTable, TargetTable
from survcomp.analysis.plan.tables.sensitivity import SensitivityChoiceTable
from survcomp.evidence.trial_folders.fields import Flag, Name, Table, Text, Time

Role = Literal["main", "sensitivity", "check"]


class FollowUpAssumption(Table):
    """``follow_up`` of a side: follow-up to assume where none, or another, is published."""

    median: Time = Field(description="Median follow-up, in the curve's time unit.")
    longest: Time | None = Field(
        default=None, description="Longest follow-up; 1.5 times the median when left out."
    )
    reason: Text = Field(description="Why; the report prints it.")


class SideTable(Table):
    """``treatment`` or ``comparator``: one side of a comparison."""

    trial: Name | None = Field(default=None, description="Study in data/digitized ...")
    arm: Name | None = Field(default=None, description="... its arm ...")
    cut: Text | None = Field(default=None, description="... and its data cut.")
    joined_with: Columns = Field(
        default=(),
        description="Earlier data cuts of the same curve, oldest first: the draws rest on all of "
        "them, through one cohort.",
    )
    patients: PatientsTable | None = Field(
        default=None, description="Your own patients, in place of trial, arm and cut."
    )
    printed: PrintedTable | None = Field(
        default=None,
        description="A published curve in files of your own, in place of trial, arm and cut.",
    )
    follow_up: FollowUpAssumption | None = Field(
        default=None, description="Follow-up to assume for a curve without a figure."
    )
    tail: Positive = Field(
        default=1.0,
        description="Hazard beyond the last published point over the hazard before it, for a "
        "curve without a figure.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> SideTable:
        sources = check_one_source(self, ("trial", "arm", "cut"))
        if self.patients is not None and (self.follow_up or self.tail != 1.0):
            raise ValueError("`follow_up` and `tail` are for published curves, not for `patients`")
        if self.joined_with and sources:
            raise ValueError("`joined_with` names data cuts of `trial`; leave it out")
        return self

    def own_files(self) -> Iterator[tuple[str, str]]:
        """Key and path of each file of the user's own that it names."""
        if self.patients is not None:
            for key, file in self.patients.files.items():
                yield f"patients.{key}", file
        if self.printed is not None:
            yield "printed.file", self.printed.file


class ScenarioTable(Table):
    """``comparisons.scenarios``: the same comparison with one assumption changed."""

    id: Name = Field(description="Unique in the comparison.")
    label: Text = Field(description="How tables name it.")
    treatment_tail: Positive | None = Field(default=None, description="Other `treatment.tail`.")
    comparator_tail: Positive | None = Field(default=None, description="Other `comparator.tail`.")
    truncate_at: Positive | Literal["published"] | None = Field(
        default=None,
        description='Censor both arms there; "published" is the last time at which something '
        "published fixes both curves.",
    )

    start_at: Positive | None = Field(
        default=None,
        description="Only patients still event-free and followed then: the effect in the period "
        "from there on.",
    )

    @model_validator(mode="after")
    def _changes_something(self) -> ScenarioTable:
        changes = (self.treatment_tail, self.comparator_tail, self.truncate_at, self.start_at)
        if all(change is None for change in changes):
            raise ValueError("changes nothing: give a tail, `truncate_at` or `start_at`")
        return self


def _ids_once(scenarios: tuple[ScenarioTable, ...]) -> tuple[ScenarioTable, ...]:
    each_once(tuple(scenario.id for scenario in scenarios))
    return scenarios


class EffectChoiceTable(Table):
    """``comparisons.standardise.effects``: one published prognostic effect."""

    trial: Name = Field(description="Study that holds it.")
    effect: Name = Field(description="Its id.")


class StandardiseTable(Table):
    """``comparisons.standardise``: adjust rebuilt arms by published prognostic effects."""

    effects: Annotated[tuple[EffectChoiceTable, ...], Field(min_length=1)] = Field(
        description="Effects to use; those of another endpoint or definition are skipped, and "
        "said so. Without a usable one the result is that nothing can be adjusted."
    )
    weighted: Literal["treatment", "comparator"] = Field(
        default="treatment", description="Whose patients are weighted to the other's baseline."
    )


class CheckTable(Table):
    """``comparisons.check``: a published effect that the rebuilt arms should reproduce."""

    trial: Name = Field(description="Study that holds the contrast.")
    contrast: Name = Field(description="Its id; only a plain contrast can be checked against.")


class ComparisonTable(AssumedTable):
    """``[[comparisons]]``: two survival arms compared."""

    id: Name = Field(description="Unique; part of every record's id.")
    label: Text = Field(description="How tables and figures name it.")
    role: Role = Field(
        default="main",
        description="main: an answer. sensitivity: another way to the same answer. check: the "
        "arms of one trial, beside its own published effect.",
    )
    endpoint: Text = Field(description="PFS, OS, ...")
    treatment: SideTable = Field(description="The side whose benefit is a ratio below 1.")
    comparator: SideTable = Field(description="The other side.")
    enrolled_scenario: Flag = Field(
        default=False,
        description="Also compare with those enrolled but not infused counted as early failures.",
    )
    rmst_horizon: Positive | None = Field(
        default=None, description="Also compare the areas under the curves up to this time."
    )
    adjust: TargetTable | None = Field(
        default=None, description="Weight the treatment's patients; they need covariates."
    )
    models: ModelsTable | None = Field(
        default=None,
        description="Also by an outcome model, in the population of `adjust`.",
    )
    standardise: StandardiseTable | None = Field(
        default=None,
        description="Adjust two rebuilt arms by published effects of baseline covariates.",
    )
    check: CheckTable | None = Field(
        default=None, description="Published effect that the rebuilt arms should reproduce."
    )
    scenarios: Annotated[tuple[ScenarioTable, ...], AfterValidator(_ids_once)] = Field(
        default=(), description="Changed assumptions."
    )
    sensitivity: SensitivityChoiceTable | None = Field(
        default=None, description="How far the effect moves when one thing is changed."
    )
    note: str = Field(default="", description="Remark, printed under the comparison.")

    @model_validator(mode="after")
    def _sensitivity_fits(self) -> ComparisonTable:
        chosen = self.sensitivity
        if chosen is None:
            return self
        if self.role == "check":
            raise ValueError("`sensitivity` and `check` cannot go together")
        if self.adjust is None and chosen.ranked:
            raise ValueError("`sensitivity.ranked` goes with `adjust`: nothing is matched")
        if self.adjust is not None and self.adjust.kind != "entropy":
            raise ValueError('`sensitivity` of a weighted comparison is for kind = "entropy"')
        if chosen.baseline and None in (self.treatment.trial, self.comparator.trial):
            raise ValueError("`sensitivity.baseline` is for two arms of data/digitized")
        return self

    @model_validator(mode="after")
    def _role_and_check(self) -> ComparisonTable:
        if (self.role == "check") != (self.check is not None):
            raise ValueError('`check` goes with role = "check", and only with it')
        if self.standardise is not None and (self.treatment.patients or self.comparator.patients):
            raise ValueError("`standardise` is for two published arms, without `patients`")
        if self.adjust is not None and self.treatment.patients is None:
            raise ValueError(
                "`adjust` needs `treatment.patients`: a rebuilt curve has no covariates"
            )
        if self.models is not None and self.adjust is None:
            raise ValueError("`models` needs `adjust`: it predicts in the baseline that names")
        if self.adjust is not None and self.role == "check":
            raise ValueError("`adjust` and `check` cannot go together: a check is not weighted")
        return self

    def own_files(self) -> Iterator[tuple[str, str]]:
        """Key and path of each file of the user's own that it names."""
        for name in ("treatment", "comparator"):
            side: SideTable = getattr(self, name)
            for key, file in side.own_files():
                yield f"{name}.{key}", file
        if self.adjust is not None:
            for key, file in self.adjust.own_files():
                yield f"adjust.{key}", file

    @property
    def matched(self) -> tuple[str, ...]:
        """Covariates that the treatment's patients are matched on."""
        return self.adjust.covariates if self.adjust is not None else ()

    @property
    def adjusts(self) -> bool:
        """Whether it is weighted, or standardised by published effects."""
        return self.adjust is not None or self.standardise is not None
