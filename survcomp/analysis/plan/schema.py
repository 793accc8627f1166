"""The keys of an analysis.toml, their types, defaults and meaning.

The descriptions are the documentation: ``docs/analysis_toml.md`` lists them, a test holds
the two together, and ``survcomp new`` writes them as comments. Unknown keys are errors, and
nothing in the file is ever run.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from survcomp.analysis.plan.anchored import (
    AnchoredTable,
    AnchoredTargetTable,
    PublishedEffectTable,
    TrialPatientsTable,
)
from survcomp.analysis.plan.context import BiasTable, CovariateTable, ProtocolTable
from survcomp.analysis.plan.models import (
    AnchoredModelEffectTable,
    AnchoredModelsTable,
    ModelEffectTable,
    ModelsTable,
    PublishedAlsoTable,
    ResponseModelsTable,
)
from survcomp.analysis.plan.own import (
    AdamTable,
    AgdFileTable,
    BootstrapTable,
    IndicatorTable,
    PatientsTable,
    PrintedTable,
    TargetTable,
)
from survcomp.analysis.plan.parts import Columns, Positive, Seed, each_once
from survcomp.analysis.plan.responses import (
    PrintedResponseTable,
    ResponseAdamTable,
    ResponsePatientsTable,
    ResponseSideTable,
    ResponseTargetTable,
)
from survcomp.analysis.plan.sensitivity import (
    CensoringTable,
    ConfounderTable,
    SensitivityChoiceTable,
)
from survcomp.estimation.kaplan_meier import CITransform
from survcomp.evidence.trial_folders.fields import (
    Flag,
    Level,
    Name,
    SchemaVersion,
    SomePatients,
    Table,
    Text,
    Time,
)

Role = Literal["main", "sensitivity", "check"]
MOST_DRAWS = 2000
FEWEST_DRAWS = 10


def _none_or_enough(draws: int) -> int:
    if draws != 0 and not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        raise ValueError(f"must be 0, or from {FEWEST_DRAWS} to {MOST_DRAWS}")
    return draws


Draws = Annotated[int, Field(strict=True), AfterValidator(_none_or_enough)]
Dimension = Literal[
    "analysis_set",
    "index_date",
    "assessor",
    "censoring_rule",
    "follow_up",
    "outcome",
    "target_population",
]


class _WithAssumptions(Table):
    assumptions: dict[Dimension, Text] = Field(
        default={},
        description="For each mismatch of analysis_set, index_date, assessor, censoring_rule, "
        "follow_up or (responses) outcome: the words that name it; with `adjust` also "
        "target_population, where the baseline weighted to is of other patients than the curve. "
        "Without them a mismatch is refused.",
    )

    @property
    def named(self) -> dict[str, str]:
        """Assumptions about the two sides, keyed by plain strings."""
        return {k: words for k, words in self.assumptions.items() if k != "target_population"}

    @property
    def named_for_weights(self) -> dict[str, str]:
        """Those, and the one about the population weighted to."""
        return {str(dimension): words for dimension, words in self.assumptions.items()}


class SettingsTable(Table):
    """``[settings]``: choices that hold for the whole analysis."""

    level: Level = Field(default=0.95, description="Confidence level, 0.5 to 0.999.")
    ci_transform: CITransform = Field(
        default="log-log",
        description="Scale on which Kaplan-Meier intervals are symmetric: log-log (SAS), log "
        "(R) or plain.",
    )

    draws: Draws = Field(
        default=100,
        description="Data sets drawn from each rebuilt curve, 10 to 2000: their spread is the "
        "error of the reconstruction. 0 for none; intervals then hold sampling error only.",
    )
    seed: Seed = Field(default=1, description="Seed of the draws, 0 to 4294967295.")


class QuestionTable(Table):
    """``[question]``: the question in PICO form."""

    population: Text = Field(description="In whom.")
    intervention: Text = Field(description="What is compared ...")
    comparator: Text = Field(description="... with what.")
    outcomes: Text = Field(description="On which outcomes.")
    estimand: Text = Field(description="Whose effect, on which scale, marginal or conditional.")


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
        evidence = (self.trial, self.arm, self.cut)
        own = [part for part in (self.patients, self.printed) if part is not None]
        if not own and None in evidence:
            raise ValueError("needs `trial`, `arm` and `cut`, or `patients`, or `printed`")
        if len(own) > 1:
            raise ValueError("has `patients` and `printed`; give one or other")
        if own and any(part is not None for part in evidence):
            name = "patients" if self.patients is not None else "printed"
            raise ValueError(f"has `{name}` and one of `trial`, `arm`, `cut`; give one or other")
        if self.patients is not None and (self.follow_up or self.tail != 1.0):
            raise ValueError("`follow_up` and `tail` are for published curves, not for `patients`")
        if self.joined_with and own:
            raise ValueError("`joined_with` names data cuts of `trial`; leave it out")
        return self


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


class ComparisonTable(_WithAssumptions):
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
    enrolled_bound: Flag = Field(
        default=False,
        description="Also bound the effect by counting those enrolled but not infused as early "
        "failures.",
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


class ResponseComparisonTable(_WithAssumptions):
    """``[[responses]]``: two response rates compared."""

    id: Name = Field(description="Unique; part of every record's id.")
    label: Text = Field(description="How tables name it.")
    role: Literal["main", "sensitivity"] = Field(default="main", description="See comparisons.")
    treatment: ResponseSideTable = Field(description="One side, published or your own.")
    comparator: ResponseSideTable = Field(description="The other side, which is published.")
    adjust: ResponseTargetTable | None = Field(
        default=None, description="Weight the treatment's patients; they need covariates."
    )
    models: ResponseModelsTable | None = Field(
        default=None, description="Also by an outcome model, in the population of `adjust`."
    )
    note: str = Field(default="", description="Remark, printed under the comparison.")

    @model_validator(mode="after")
    def _own_patients_are_the_treatment_s(self) -> ResponseComparisonTable:
        if self.comparator.patients is not None:
            raise ValueError(
                "`comparator.patients`: the comparator of a response is published; give `trial` or "
                "`printed`, and your own patients as `treatment`"
            )
        if self.adjust is not None and self.treatment.patients is None:
            raise ValueError(
                "`adjust` needs `treatment.patients`: a published rate has no covariates"
            )
        if self.models is not None and self.adjust is None:
            raise ValueError("`models` needs `adjust`: it predicts in the baseline that names")
        return self


class DescriptiveTable(Table):
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


class BaselineSideTable(Table):
    """``[[baselines]]``: an arm whose published baseline is set beside the others."""

    trial: Name = Field(description="Study in data/digitized.")
    arm: Name = Field(description="Its arm.")


class PublishedTable(Table):
    """``[[published]]``: a published effect shown beside ours."""

    trial: Name = Field(description="Folder that holds the contrast.")
    contrast: Name = Field(description="Its id.")
    role: Literal["same question", "context"] = Field(
        description="same question: the same pair in the same population. context: another "
        "population, another method or another comparator; drawn in another style."
    )
    why: Text = Field(description="Why it is shown, and how it differs.")


class ExploratoryTable(Table):
    """``[[exploratory]]``: a Bucher comparison of two published effects."""

    id: Name = Field(description="Unique; part of every record's id.")
    label: Text = Field(description="How tables name it.")
    first: CheckTable = Field(description="Effect of the treatment in its trial.")
    second: CheckTable = Field(description="Effect of the comparator in its trial.")
    different_comparators: str = Field(
        default="", description="If the trials' controls differ: why the figure is shown at all."
    )
    population: Text = Field(description="Whose answer it is meant to be.")


class PointTable(Table):
    """``[[points]]``: a question that a reviewer will ask, answered."""

    question: Text = Field(description="The point.")
    answer: Text = Field(
        description="The answer; {{record id}} stands for the number of that record."
    )


class AnalysisFile(Table):
    """A whole analysis.toml."""

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
    comparisons: tuple[ComparisonTable, ...] = Field(default=(), description="Survival.")
    anchored: tuple[AnchoredTable, ...] = Field(
        default=(), description="Survival, your own randomised trial against a published effect."
    )
    responses: tuple[ResponseComparisonTable, ...] = Field(default=(), description="Response.")
    descriptive: tuple[DescriptiveTable, ...] = Field(default=(), description="Shown only.")
    baselines: tuple[BaselineSideTable, ...] = Field(default=(), description="Side by side.")
    published: tuple[PublishedTable, ...] = Field(default=(), description="Beside ours.")
    exploratory: tuple[ExploratoryTable, ...] = Field(default=(), description="Bucher.")
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

    @model_validator(mode="after")
    def _something_to_do(self) -> AnalysisFile:
        kinds = ("comparisons", "anchored", "responses", "exploratory")
        if not any(getattr(self, name) for name in kinds):
            *most, last = (f"`{name}`" for name in kinds)
            raise ValueError(f"compares nothing: give {', '.join(most)} or {last}")
        for name in kinds:
            ids = [item.id for item in getattr(self, name)]
            twice = {i for i in ids if ids.count(i) > 1}
            if twice:
                raise ValueError(f"`{name}` uses the id {sorted(twice)[0]!r} more than once")
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
        tables: tuple[ComparisonTable | ResponseComparisonTable, ...]
        tables = (*self.comparisons, *self.responses)
        adjusted = [c.adjust for c in tables if c.adjust is not None]
        matched = {entry.split(" (")[0] for a in adjusted for entry in a.match}
        if not adjusted and not any(c.standardise for c in self.comparisons) and used:
            raise ValueError(f"`covariates` uses {sorted(used)[0]!r}, but nothing is adjusted")
        if adjusted and used != matched:
            odd = sorted(used ^ matched)[0]
            raise ValueError(
                f"`covariates` and `adjust.match` differ: {odd!r} is "
                + ("used and not matched" if odd in used else "matched and not listed as used")
            )
        return self


TABLES: tuple[type[Table], ...] = (
    AnalysisFile,
    QuestionTable,
    SettingsTable,
    ComparisonTable,
    SideTable,
    FollowUpAssumption,
    PatientsTable,
    AdamTable,
    IndicatorTable,
    PrintedTable,
    TargetTable,
    AgdFileTable,
    BootstrapTable,
    ModelsTable,
    ModelEffectTable,
    CheckTable,
    ScenarioTable,
    AnchoredTable,
    TrialPatientsTable,
    PublishedEffectTable,
    AnchoredTargetTable,
    AnchoredModelsTable,
    AnchoredModelEffectTable,
    PublishedAlsoTable,
    SensitivityChoiceTable,
    ConfounderTable,
    CensoringTable,
    ResponseComparisonTable,
    ResponseSideTable,
    ResponsePatientsTable,
    ResponseAdamTable,
    PrintedResponseTable,
    ResponseTargetTable,
    ResponseModelsTable,
    DescriptiveTable,
    BaselineSideTable,
    PublishedTable,
    ExploratoryTable,
    PointTable,
    ProtocolTable,
    CovariateTable,
    BiasTable,
)
"""Every table of an analysis.toml, in the order of its documentation."""
