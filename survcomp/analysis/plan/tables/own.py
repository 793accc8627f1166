"""The keys of an analysis.toml that name a user's own files, and how they are weighted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from survcomp.adjustment.weighting.problem import Leave
from survcomp.analysis.plan.tables.fields import Columns, Positive, Seed
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.bootstrap.intervals import IntervalKind
from survcomp.evidence.trial_folders.fields import Name, Number, SomePatients, Table, Text
from survcomp.values.basis import AnalysisSet, Assessor, IndexDate
from survcomp.values.checks import TimeUnit

MOST_REPLICATES = 20_000
FEWEST_REPLICATES = 100

WeightKind = Literal["entropy", "max ESS", "within tolerance"]
ShownVariance = Literal["robust", "ESS-scaled", "M-estimation", "bootstrap"]
Cell = Annotated[str, StringConstraints(min_length=1)]
Condition = Cell | Number | Annotated[tuple[Cell | Number, ...], Field(min_length=1)]
"""What a cell must be, or one of what it must be."""


class IndicatorTable(Table):
    """``patients.indicators.NAME``: a 0/1 covariate NAME, by a rule that names every value."""

    column: Text = Field(description="Column it is made from.")
    yes: tuple[Cell, ...] = Field(default=(), description="Cells that are 1, exactly as written.")
    no: tuple[Cell, ...] = Field(
        default=(),
        description="Cells that are 0; a cell in neither list is refused, an empty one is missing.",
    )
    at_least: Number | None = Field(
        default=None, description="In place of both: 1 from this number on, 0 below it."
    )

    @model_validator(mode="after")
    def _one_rule(self) -> IndicatorTable:
        if self.at_least is not None and (self.yes or self.no):
            raise ValueError("has `at_least` and `yes` or `no`; give one rule")
        if self.at_least is None and not (self.yes and self.no):
            raise ValueError("needs `yes` and `no`, or `at_least`")
        both = [cell for cell in self.yes if cell in self.no]
        if both:
            raise ValueError(f"names {both[0]!r} in `yes` and in `no`")
        return self


class ArmOfAdsl(Table):
    """Which patients of ADSL are read."""

    population: Text | None = Field(
        default=None, description='Flag in ADSL, such as ITTFL: those with "Y". All if left out.'
    )
    arm_column: Text | None = Field(
        default=None, description="Column of ADSL that holds the arm, such as TRT01P ..."
    )
    arm: Cell | None = Field(default=None, description="... and the arm in it. All if left out.")

    @model_validator(mode="after")
    def _arm_in_a_column(self) -> ArmOfAdsl:
        if (self.arm is None) != (self.arm_column is None):
            raise ValueError("`arm` and `arm_column` go together")
        return self


class _AdtteFiles(Table):
    adsl: Text = Field(description="CSV or Parquet file, one row a subject, with the covariates.")
    adtte: Text = Field(description="CSV or Parquet file with PARAMCD, AVAL and CNSR.")
    param: Text = Field(description="PARAMCD of the outcome, such as OS.")
    where: dict[Text, Condition] = Field(
        default={},
        description="Rows of ADTTE that are read: by a column, the cell or a list of cells, such "
        'as { PARCAT1 = "IRC" }. An empty cell meets no condition.',
    )


# the keys of the last base stand first
class AdamTable(ArmOfAdsl, _AdtteFiles):
    """``patients.adam``: ADSL and ADTTE, joined by USUBJID; an event is CNSR = 0."""


class DescribedPatients(Table):
    """Your own patients, whatever is known of them: who they are, and their covariates."""

    study: Text | None = Field(
        default=None, description="Name of the study; that of the file when left out."
    )
    id: Text | None = Field(
        default=None,
        description="Column of unique patient ids (text); row numbers when left out.",
    )
    columns: dict[Text, Text] = Field(
        default={},
        description="Other names for columns of `file` or ADSL: the target's name of a covariate, "
        'and the column that holds it, such as { prior_lines = "LINES" }.',
    )
    where: dict[Text, Condition] = Field(
        default={},
        description="Rows of `file` or ADSL that are read: by a column, the cell or a list of "
        "cells. An empty cell meets no condition.",
    )
    covariates: Columns = Field(default=(), description="Numeric columns to match on.")
    indicators: dict[Text, IndicatorTable] = Field(
        default={}, description="0/1 covariates made from columns, by name."
    )
    analysis_set: AnalysisSet = Field(default="not stated", description="Who is in the file.")

    @model_validator(mode="after")
    def _each_covariate_once(self) -> DescribedPatients:
        both = [name for name in self.indicators if name in self.covariates]
        if both:
            raise ValueError(f"names {both[0]!r} in `covariates` and in `indicators`")
        return self

    @property
    def files(self) -> dict[str, str]:
        """Files by their key."""
        raise NotImplementedError

    @property
    def study_name(self) -> str:
        """How the report names the study."""
        return self.study or next(reversed(self.files.values()))


class _SurvivalOfFile(Table):
    file: Text | None = Field(
        default=None,
        description="CSV or Parquet file inside the project, relative to the analysis ...",
    )
    time: Text | None = Field(default=None, description="... its column of follow-up times ...")
    event: Text | None = Field(
        default=None, description="... and of events: 1 observed, 0 censored."
    )
    adam: AdamTable | None = Field(
        default=None, description="ADSL and ADTTE, in place of `file`, `time`, `event` and `id`."
    )
    time_unit: TimeUnit | None = Field(
        default=None,
        description="Unit of the times, needed but where ADTTE has AVALU; where it differs, they "
        "are converted to the other side's.",
    )


# the keys of the last base stand first
class OwnPatientsTable(DescribedPatients, _SurvivalOfFile):
    """Your own patients with their survival, from one file or from ADaM's pair of files."""

    index_date: IndexDate = Field(default="not stated", description="Time zero.")
    assessor: Assessor = Field(default="not stated", description="Who judged the event.")
    censoring_rule: Text = Field(default="not stated", description="In words.")

    @model_validator(mode="after")
    def _one_source(self) -> OwnPatientsTable:
        of_file = (self.file, self.time, self.event)
        if self.adam is None and None in (*of_file, self.time_unit):
            raise ValueError("needs `file`, `time`, `event` and `time_unit`, or `adam`")
        if self.adam is not None and any(part is not None for part in (*of_file, self.id)):
            raise ValueError("has `adam` and one of `file`, `time`, `event`, `id`")
        return self

    @property
    def files(self) -> dict[str, str]:
        """Files by their key."""
        if self.adam is not None:
            return {"adam.adsl": self.adam.adsl, "adam.adtte": self.adam.adtte}
        assert self.file is not None
        return {"file": self.file}


class PatientsTable(OwnPatientsTable):
    """``patients`` of a side: your own patients, from one file or from ADaM's pair of files."""

    label: Text = Field(description="Name of the arm.")


class PrintedTable(Table):
    """``printed`` of a side: a published curve in files of your own."""

    file: Text = Field(
        description="TOML file with what is printed: the keys of a curve in data/digitized."
    )
    study: Annotated[Text, StringConstraints(pattern=r"^[^/]+$")] = Field(
        description="Name of the study, without a slash."
    )
    label: Text = Field(description="Name of the arm.")
    time_unit: TimeUnit = Field(description="Unit of every time in it.")


class AgdFileTable(Table):
    """``adjust.agd``: a published baseline in a file of your own."""

    file: Text = Field(description="CSV file inside the project, relative to the analysis.")
    layout: Literal["wide", "long"] = Field(
        description="wide: one row an arm, one column a moment, as for maicplus (AGE_MEAN). "
        "long: one row a moment (covariate, kind, value)."
    )
    name: Text = Field(description="Whose baseline it is.")
    row: Cell | None = Field(
        default=None,
        description="wide: the ARM of the row; the only row, or Total, when left out.",
    )
    skip: Columns = Field(default=(), description="wide: columns that are no moments.")
    n: SomePatients | None = Field(default=None, description="long: patients described; needed.")
    analysis_set: AnalysisSet = Field(default="not stated", description="Who is described.")

    @model_validator(mode="after")
    def _fits_the_layout(self) -> AgdFileTable:
        if (self.n is not None) != (self.layout == "long"):
            raise ValueError('`n` is needed with layout = "long", and goes with it only')
        if self.layout == "long" and (self.row is not None or self.skip):
            raise ValueError('`row` and `skip` go with layout = "wide"')
        return self


class BootstrapTable(Table):
    """``adjust.bootstrap``: both arms drawn again, weights of `kind` estimated every time."""

    replicates: Annotated[int, Field(strict=True, ge=FEWEST_REPLICATES, le=MOST_REPLICATES)] = (
        Field(default=1000, description="Replicates, 100 to 20000.")
    )
    seed: Seed = Field(default=1, description="Their seed, 0 to 4294967295.")
    interval: IntervalKind = Field(
        default="percentile", description="percentile, normal or BCa (not over draws)."
    )

    def resampling(self, *, level: float) -> Resampling:
        """The same for the functions that draw."""
        return Resampling(replicates=self.replicates, interval=self.interval, level=level)


class BaselineTargetTable(Table):
    """Weight one's own patients to a published baseline."""

    trial: Name | None = Field(default=None, description="Study whose baseline is the target ...")
    arm: Name | None = Field(default=None, description="... and its arm.")
    agd: AgdFileTable | None = Field(
        default=None, description="A baseline in a file of your own, in place of both."
    )
    match: Columns = Field(
        min_length=1,
        description='Covariates to match, or single moments of them, such as "age (mean)".',
    )
    kind: WeightKind = Field(
        default="entropy",
        description="entropy: the usual weights. max ESS: exact balance with the largest effective "
        "sample size. within tolerance: balance to `tolerance`, with the largest one.",
    )
    tolerance: Positive | None = Field(
        default=None, description="Imbalance allowed, in standard deviations."
    )
    all_or_none: Leave = Field(
        default="refuse",
        description="exclude: leave out patients without what everybody in the target has.",
    )
    missing: Leave = Field(
        default="refuse",
        description="exclude: leave patients with an empty covariate out of the weighting.",
    )
    bootstrap: BootstrapTable | None = Field(
        default=None, description="Also by bootstrap, over draws of a rebuilt comparator."
    )

    @model_validator(mode="after")
    def _one_target(self) -> BaselineTargetTable:
        if (self.trial is None) != (self.arm is None) or (self.trial is None) == (self.agd is None):
            raise ValueError("needs `trial` and `arm`, or `agd`")
        return self

    @model_validator(mode="after")
    def _tolerance_fits(self) -> BaselineTargetTable:
        if (self.tolerance is not None) != (self.kind == "within tolerance"):
            raise ValueError('`tolerance` goes with kind = "within tolerance", and only with it')
        return self

    def own_files(self) -> Iterator[tuple[str, str]]:
        """Key and path of each file of the user's own that it names."""
        if self.agd is not None:
            yield "agd.file", self.agd.file

    @property
    def covariates(self) -> tuple[str, ...]:
        """Covariates that are matched, by name, without the moment."""
        return tuple(dict.fromkeys(entry.split(" (")[0] for entry in self.match))

    def check_variance(self, variance: str | None) -> None:
        """Raise unless these weights have the variance that is to lead."""
        if self.kind == "within tolerance" and variance == "M-estimation":
            raise ValueError(
                'has no M-estimation with kind = "within tolerance", whose equations are not '
                "smooth; `bootstrap` estimates these weights too"
            )
        if variance == "bootstrap" and self.bootstrap is None:
            raise ValueError('variance = "bootstrap" needs a table `bootstrap`')


class TargetTable(BaselineTargetTable):
    """``comparisons.adjust``: weight the treatment's own patients to a published baseline."""

    variance: ShownVariance | None = Field(
        default=None,
        description="Which standard error leads; by a rule when left out: ESS-scaled where the "
        "effective sample size is below 50, else robust.",
    )

    @model_validator(mode="after")
    def _variance_fits(self) -> TargetTable:
        self.check_variance(self.variance)
        return self
