"""The keys of an analysis.toml that ask for an anchored comparison."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from survcomp.analysis.plan.tables.fields import StepTable, check_holds
from survcomp.analysis.plan.tables.models import AnchoredModelsTable
from survcomp.analysis.plan.tables.own import Cell, OwnPatientsTable, TargetTable
from survcomp.evidence.trial_folders.fields import Flag, Level, Name, PositiveNumber, Table, Text
from survcomp.values.checks import TimeUnit
from survcomp.values.question import Estimand


class TrialPatientsTable(OwnPatientsTable):
    """``anchored.patients``: both arms of your own randomised trial, from a file or from ADaM."""

    arm_column: Text = Field(description="Column that holds the arm (ADaM: of ADSL, TRT01P).")
    treatment_arm: Cell = Field(description="The treatment's cell in it, exactly as written.")
    comparator_arm: Cell = Field(
        description="The common comparator's cell. Patients of other arms are left out."
    )
    treatment: Text | None = Field(
        default=None, description="Name of the treatment; its cell when left out."
    )
    comparator: Text | None = Field(
        default=None,
        description="Name of the common comparator; its cell when left out. It must be identical "
        "to the comparator of the published effect.",
    )

    @model_validator(mode="after")
    def _two_arms(self) -> TrialPatientsTable:
        if self.adam is not None and self.adam.arm is not None:
            raise ValueError("`adam.arm` reads one arm; give `arm_column` and both arms here")
        if self.treatment_arm == self.comparator_arm:
            raise ValueError("`treatment_arm` and `comparator_arm` are the same")
        if self.treatment_name == self.comparator_name:
            raise ValueError("`treatment` and `comparator` have the same name")
        return self

    @property
    def treatment_name(self) -> str:
        """What the treatment is called."""
        return self.treatment or self.treatment_arm

    @property
    def comparator_name(self) -> str:
        """What the common comparator is called."""
        return self.comparator or self.comparator_arm


class PublishedEffectTable(Table):
    """``anchored.published``: the other treatment against the same comparator, hazard ratio."""

    trial: Name | None = Field(default=None, description="Study that holds the contrast ...")
    contrast: Name | None = Field(default=None, description="... and its id; or, in their place:")
    treatment: Text | None = Field(default=None, description="Name of the other treatment ...")
    comparator: Text | None = Field(
        default=None, description="... of its comparator, identical to that of your own trial ..."
    )
    estimate: PositiveNumber | None = Field(default=None, description="... the hazard ratio ...")
    ci: tuple[PositiveNumber, PositiveNumber] | None = Field(
        default=None, description="... its interval ..."
    )
    level: Level = Field(default=0.95, description="... its confidence level, 0.5 to 0.999 ...")
    population: Text | None = Field(default=None, description="... in whom it was estimated ...")
    estimand: Estimand = Field(
        default="not stated", description="... whether it is marginal or conditional ..."
    )
    source: Text | None = Field(
        default=None, description="... and where it is printed, in words; the report prints them."
    )
    taken_as_marginal: str = Field(
        default="",
        description="Where the estimand is not stated: why it is taken to be marginal, as the "
        "effect it is set against is. The report prints it.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> PublishedEffectTable:
        evidence = (self.trial, self.contrast)
        typed_in = ("treatment", "comparator", "estimate", "ci", "population", "source")
        given = [name for name in typed_in if getattr(self, name) is not None]
        if None not in evidence and not given and self.estimand == "not stated":
            return self
        if any(part is not None for part in evidence):
            raise ValueError("needs `trial` and `contrast`, and then no effect of your own")
        missing = [name for name in typed_in if name not in given]
        if missing:
            raise ValueError(
                f"needs `trial` and `contrast`, or an effect of your own; it lacks `{missing[0]}`"
            )
        assert self.estimate is not None
        assert self.ci is not None
        check_holds(self.estimate, self.ci)
        return self


class AnchoredTargetTable(TargetTable):
    """``anchored.adjust``: weight your own trial, both arms together, to the published baseline."""

    variance: Literal["robust", "bootstrap"] | None = Field(
        default=None, description="Which standard error leads; robust when left out."
    )
    two_stage: Flag = Field(
        default=False,
        description="Weights times the inverse probability of the arm, by a logistic regression on "
        "the matched covariates, which makes up for imbalances that chance left.",
    )

    @model_validator(mode="after")
    def _two_stage_alone(self) -> AnchoredTargetTable:
        if self.two_stage and (self.kind != "entropy" or self.bootstrap is not None):
            raise ValueError('`two_stage` goes with kind = "entropy" and without `bootstrap`')
        return self


class AnchoredTable(StepTable):
    """``[[anchored]]``: your own randomised trial against a published effect, by one comparator."""

    id: Name = Field(description="Unique; part of every record's id.")
    label: Text = Field(description="How tables and figures name it.")
    endpoint: Text = Field(description="PFS, OS, ...; that of the published effect.")
    time_unit: TimeUnit | None = Field(
        default=None,
        description="Unit in which times are shown and horizons are given; that of the patients "
        "when left out.",
    )
    patients: TrialPatientsTable = Field(description="Your own trial, two arms.")
    published: PublishedEffectTable = Field(description="The other trial's effect.")
    adjust: AnchoredTargetTable = Field(
        description="Weight your own trial to the population of the published effect."
    )
    effect_modifiers: Text = Field(
        description="Which covariates are taken to change the effect, and why those that are not "
        "matched are not; the report prints it."
    )
    different_comparators: str = Field(
        default="",
        description="If the comparators differ: why the figure is shown at all. It is then called "
        "exploratory, not anchored. Without words it is refused.",
    )
    models: AnchoredModelsTable | None = Field(
        default=None, description="Also by an outcome model, in place of weighting."
    )
    note: str = Field(default="", description="Remark, printed under the comparison.")

    def own_files(self) -> Iterator[tuple[str, str]]:
        """Key and path of each file of the user's own that it names."""
        for key, file in self.patients.files.items():
            yield f"patients.{key}", file
        for key, file in self.adjust.own_files():
            yield f"adjust.{key}", file
