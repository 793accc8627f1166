"""The fields of a trial.toml, their types and their meaning.

The descriptions here are the data dictionary: ``data/digitized/README.md`` lists them
and a test holds the two together. Unknown keys are errors.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from survcomp.evidence.trial_folders.effect_tables import EffectTable, RateTable
from survcomp.evidence.trial_folders.fields import (
    CalendarDate,
    Flag,
    Fraction,
    FractionLimit,
    Level,
    Limit,
    Name,
    Number,
    Patients,
    Percent,
    PercentLimit,
    Published,
    SchemaVersion,
    SomePatients,
    Table,
    Text,
    Time,
    TimeOrNotReached,
)
from survcomp.values.basis import AnalysisSet, Assessor, FollowUpMethod, IndexDate
from survcomp.values.contrasts.derivation import Adjustment
from survcomp.values.contrasts.question import Estimand
from survcomp.values.curves.printed import CountKind
from survcomp.values.trial import Design


class CitationTable(Table):
    """``[citations.ID]``: where numbers were read."""

    title: Text = Field(description="What the publication, page or file is.")
    url: Annotated[Text, StringConstraints(pattern=r"^https?://")] = Field(
        description="Its public address."
    )
    kind: Text = Field(
        description="How close to the trial it is: primary table, primary abstract, registry, "
        "regulator, HTA, manufacturer, press, secondary table, secondary summary, news; more "
        "words may follow in brackets."
    )


class SetTable(Table):
    """``[[arms.sets]]``: the size of one analysis set."""

    analysis_set: AnalysisSet = Field(description="Which patients.")
    n: Patients = Field(description="How many.")
    source: Text = Field(description="Citation id.")
    note: str = Field(default="", description="Remark.")


class ArmTable(Table):
    """``[[arms]]``: one arm of the study."""

    id: Name = Field(description="Short name, lower case with underscores.")
    treatment: Text = Field(description="What was given, as reports name it.")
    label: Text = Field(description="How tables and figures name the arm.")
    sets: tuple[SetTable, ...] = Field(default=(), description="Sizes of the analysis sets.")


class FollowUpTable(Table):
    """``cuts.follow_up``: how long patients had been followed at a cut."""

    median: Time = Field(description="Median follow-up, in months.")
    range: tuple[Time, Time] | None = Field(default=None, description="Shortest and longest.")
    interquartile_range: tuple[Time, Time] | None = Field(
        default=None, description="First and third quartile, where that is what is printed."
    )
    method: FollowUpMethod = Field(
        default="not stated", description="Reverse Kaplan-Meier, observed times, or not stated."
    )
    source: Text = Field(description="Citation id.")
    note: str = Field(default="", description="Remark.")

    @model_validator(mode="after")
    def _one_spread(self) -> FollowUpTable:
        if self.range is not None and self.interquartile_range is not None:
            raise ValueError("give `range` or `interquartile_range`, not both")
        return self


class CutTable(Table):
    """``[[cuts]]``: one data cut."""

    label: Text = Field(description="Name of the cut, used by curves and responses.")
    date: CalendarDate | None = Field(
        default=None, description="Calendar date of the cutoff (ISO 8601), if published."
    )
    follow_up: FollowUpTable | None = Field(default=None, description="Follow-up, if published.")
    note: str = Field(default="", description="Remark.")


class MedianTable(Published):
    """``curves.medians``: a published median time."""

    estimate: TimeOrNotReached = Field(description='Months, or "not reached".')
    ci: tuple[Limit, Limit] | None = Field(
        default=None, description='Its interval; a limit may be "not reached" or "not printed".'
    )
    level: Level = Field(default=0.95, description="Confidence level, 0.5 to 0.999.")


class LandmarkTable(Published):
    """``curves.landmarks``: a published survival rate at a fixed time."""

    time: Time = Field(description="Months.")
    survival: Fraction = Field(description="As a fraction: 0.766, not 76.6.")
    ci: tuple[FractionLimit, FractionLimit] | None = Field(
        default=None, description='Its interval, as fractions; a limit may be "not printed".'
    )
    level: Level = Field(default=0.95, description="Confidence level, 0.5 to 0.999.")


class CountTable(Published):
    """``curves.counts``: a published number of patients with or without the event."""

    kind: CountKind = Field(
        description="events (all until the cut), events by time, progressions by time (deaths "
        "left out), event-free by time (and still followed then), event-free at cut (lost "
        "patients among them: n less the events), event-free and followed at cut (as alive and "
        "in follow-up, or response ongoing: a lower bound on the event-free)."
    )
    count: Patients = Field(description="How many patients.")
    time: Time | None = Field(default=None, description="Months, for the kinds 'by time'.")


class ResolutionTable(Table):
    """``curves.resolution``: how exactly a figure was traced."""

    time: Time | None = Field(
        default=None,
        description="Months; when left out 0.5 % of the longest time, or 2 pixels if larger.",
    )
    survival: Fraction | None = Field(
        default=None,
        description="On the survival scale; when left out 0.01, or 4 pixels if larger.",
    )


class CurveTable(Table):
    """``[[curves]]``: everything published about one arm, endpoint and cut."""

    arm: Name = Field(description="Id of the arm.")
    endpoint: Text = Field(description="PFS, OS, DOR, or the publication's own name.")
    cut: Text = Field(description="Label of the data cut.")
    n: SomePatients = Field(description="Patients in the analysis set.")
    analysis_set: AnalysisSet = Field(description="Which patients were counted.")
    index_date: IndexDate = Field(description="Time zero.")
    assessor: Assessor = Field(default="not stated", description="Who judged the event.")
    censoring_rule: Text = Field(default="not stated", description="In words.")
    medians: tuple[MedianTable, ...] = Field(default=(), description="Published medians.")
    landmarks: tuple[LandmarkTable, ...] = Field(default=(), description="Published rates.")
    counts: tuple[CountTable, ...] = Field(default=(), description="Published counts.")
    points: Text | None = Field(
        default=None, description="CSV file beside trial.toml with the columns time,survival."
    )
    at_risk: Text | None = Field(
        default=None, description="CSV file beside trial.toml with the columns time,at_risk."
    )
    figure_source: str = Field(default="", description="Citation id of the traced figure.")
    resolution: ResolutionTable | None = Field(
        default=None, description="Resolution of the traced figure."
    )
    notes: tuple[Text, ...] = Field(default=(), description="Remarks a reader must see.")

    @model_validator(mode="after")
    def _files_have_sources(self) -> CurveTable:
        if (self.points or self.at_risk) and not self.figure_source:
            raise ValueError("`points` and `at_risk` need a `figure_source`")
        if self.resolution and not self.points:
            raise ValueError("`resolution` goes with `points`")
        return self


class ResponseTable(Published):
    """``[[responses]]``: a published response rate."""

    arm: Name = Field(description="Id of the arm.")
    outcome: Text = Field(description="ORR, >=VGPR, >=CR, CR, sCR, MRD negative, ...")
    cut: Text = Field(description="Label of the data cut.")
    n: SomePatients = Field(description="Denominator.")
    events: Patients | None = Field(default=None, description="Responders, where printed.")
    percent: Percent | None = Field(default=None, description="As printed.")
    ci: tuple[PercentLimit, PercentLimit] | None = Field(
        default=None, description="Its interval, in per cent."
    )
    analysis_set: AnalysisSet = Field(description="Which patients were counted.")
    assessor: Assessor = Field(default="not stated", description="Who judged the response.")

    @model_validator(mode="after")
    def _count_or_percent(self) -> ResponseTable:
        if self.events is None and self.percent is None:
            raise ValueError("needs `events` or `percent`")
        return self


class MomentTable(Published):
    """``populations.moments``: one baseline number."""

    name: Name = Field(description="Name of the covariate; equal names mean the same idea.")
    label: Text = Field(description="How tables name it.")
    definition: str = Field(
        default="",
        description="How the publication defines it; only equal definitions may be matched.",
    )
    n: Patients | None = Field(
        default=None, description="Denominator; the population's n when left out."
    )
    count: Patients | None = Field(default=None, description="Patients with it.")
    percent: Percent | None = Field(default=None, description="Share of patients, as printed.")
    mean: Number | None = Field(
        default=None, description="Arithmetic mean; its SD is a separate entry of the same name."
    )
    sd: Number | None = Field(
        default=None, description="Standard deviation; an entry of its own, beside the mean's."
    )
    median: Number | None = Field(default=None, description="Median.")
    range: tuple[Number, Number] | None = Field(default=None, description="Beside a median.")
    interquartile_range: tuple[Number, Number] | None = Field(
        default=None, description="Beside a median."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> MomentTable:
        given = [
            self.count is not None or self.percent is not None,
            self.mean is not None,
            self.sd is not None,
            self.median is not None,
        ]
        if self.mean is not None and self.sd is not None:
            raise ValueError("`mean` and `sd` are separate entries of the same `name`")
        if sum(given) != 1:
            raise ValueError(
                "needs exactly one of `count` and/or `percent`, `mean`, `sd`, `median`"
            )
        if (self.range or self.interquartile_range) and self.median is None:
            raise ValueError("`range` and `interquartile_range` go with `median`")
        return self


class PopulationTable(Table):
    """``[[populations]]``: the baseline of one arm."""

    arm: Name = Field(description="Id of the arm.")
    n: SomePatients = Field(description="Patients described.")
    analysis_set: AnalysisSet = Field(description="Which patients were described.")
    moments: tuple[MomentTable, ...] = Field(description="The baseline numbers.")


class ContrastTable(Published):
    """``[[contrasts]]``: a published relative effect."""

    id: Name = Field(description="Unique in the file.")
    treatment: Text = Field(description="What is compared ...")
    comparator: Text = Field(description="... with what.")
    outcome: Text = Field(description="PFS, OS, ORR, ...")
    measure: Literal["HR", "OR", "RR"] = Field(description="Hazard, odds or risk ratio.")
    estimate: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)] = Field(
        description="As printed."
    )
    ci: (
        tuple[
            Annotated[float, Field(strict=True, gt=0)],
            Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)],
        ]
        | None
    ) = Field(default=None, description="Its interval.")
    level: Level = Field(default=0.95, description="Confidence level, 0.5 to 0.999.")
    population: Text = Field(description="Whose answer it is.")
    cut: str = Field(default="", description="Data cut, follow-up or version, in words.")
    estimand: Estimand = Field(default="not stated", description="Marginal or conditional.")
    adjustment: Adjustment = Field(
        default="not stated", description="How population differences were dealt with."
    )
    method: str = Field(default="", description="In words.")
    plain: Flag = Field(
        default=False,
        description="True if it is what a plain model of all events of the printed curves "
        "estimates; only such effects are checked against rebuilt arms.",
    )
    why_not_plain: str = Field(default="", description="What it leaves out or adjusts for.")
    n_treatment: str = Field(default="", description="As printed.")
    n_comparator: str = Field(default="", description="As printed.")
    ess: str = Field(default="", description="Effective sample size, as printed.")
    covariates: str = Field(default="", description="What was adjusted for, as printed.")

    @model_validator(mode="after")
    def _says_why(self) -> ContrastTable:
        if self.plain == bool(self.why_not_plain):
            raise ValueError("`why_not_plain` goes with plain = false, and only with it")
        return self


class TrialFile(Table):
    """A whole trial.toml."""

    schema_version: SchemaVersion = Field(description="1.")
    id: Name = Field(description="Name of the folder.")
    name: Text = Field(description="Public name of the study.")
    registry: Annotated[
        str, StringConstraints(pattern=r"^(NCT\d{8}|ChiCTR[A-Za-z0-9-]+|none|not stated)$")
    ] = Field(description='Registry number, "none" or "not stated".')
    design: Design = Field(description="What sort of study it is.")
    phase: str = Field(default="", description="Phase, for trials.")
    population: Text = Field(description="Who was included, in words.")
    notes: tuple[Text, ...] = Field(default=(), description="Remarks a reader must see.")
    citations: dict[str, CitationTable] = Field(description="Every source, by its id.")
    arms: tuple[ArmTable, ...] = Field(default=(), description="The arms.")
    cuts: tuple[CutTable, ...] = Field(default=(), description="The data cuts.")
    curves: tuple[CurveTable, ...] = Field(default=(), description="Survival curves.")
    responses: tuple[ResponseTable, ...] = Field(default=(), description="Response rates.")
    populations: tuple[PopulationTable, ...] = Field(default=(), description="Baselines.")
    contrasts: tuple[ContrastTable, ...] = Field(default=(), description="Relative effects.")
    effects: tuple[EffectTable, ...] = Field(
        default=(), description="Prognostic effects of baseline covariates."
    )


TABLES: tuple[type[Table], ...] = (
    TrialFile,
    CitationTable,
    ArmTable,
    SetTable,
    CutTable,
    FollowUpTable,
    CurveTable,
    MedianTable,
    LandmarkTable,
    CountTable,
    ResolutionTable,
    ResponseTable,
    PopulationTable,
    MomentTable,
    ContrastTable,
    EffectTable,
    RateTable,
)
"""Every table of a trial.toml, in the order of the data dictionary."""
