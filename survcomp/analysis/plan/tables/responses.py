"""The keys of an analysis.toml that ask for a comparison of two response rates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from survcomp.analysis.plan.tables.fields import AssumedTable, check_one_source
from survcomp.analysis.plan.tables.models import ResponseModelsTable
from survcomp.analysis.plan.tables.own import (
    ArmOfAdsl,
    BaselineTargetTable,
    Condition,
    DescribedPatients,
    IndicatorTable,
)
from survcomp.comparison.matching_adjusted.response import ZeroCells
from survcomp.evidence.trial_folders.fields import (
    Name,
    Patients,
    Percent,
    SomePatients,
    Table,
    Text,
)
from survcomp.values.basis import AnalysisSet, Assessor

ResponseVariance = Literal["HC3", "HC0", "M-estimation", "bootstrap"]


class _AdrsFiles(Table):
    adsl: Text = Field(description="CSV or Parquet file, one row a subject, with the covariates.")
    adrs: Text = Field(
        description="CSV or Parquet file with PARAMCD and the column that `response` reads."
    )
    param: Text = Field(
        description="PARAMCD with one row a subject, such as BOR (best overall response)."
    )
    where: dict[Text, Condition] = Field(
        default={},
        description="Rows of ADRS that are read: by a column, the cell or a list of cells.",
    )


class ResponseAdamTable(ArmOfAdsl, _AdrsFiles):
    """``patients.adam`` of a response: ADSL and ADRS, joined by USUBJID."""


class _RespondersOfFile(Table):
    label: Text = Field(description="Name of the arm.")
    outcome: Text = Field(description="ORR, >=CR, sCR, ... as the rule defines it.")
    response: IndicatorTable = Field(
        description="Rule that makes 1 of responders and 0 of all others, from a column of `file` "
        "or of ADRS (AVALC). Every cell must be named; an empty one is refused."
    )
    file: Text | None = Field(
        default=None,
        description="CSV or Parquet file inside the project, relative to the analysis.",
    )
    adam: ResponseAdamTable | None = Field(
        default=None, description="ADSL and ADRS, in place of `file` and `id`."
    )


class ResponsePatientsTable(DescribedPatients, _RespondersOfFile):
    """``patients`` of a response comparison: your own patients, and who of them responded."""

    assessor: Assessor = Field(default="not stated", description="Who judged the response.")

    @model_validator(mode="after")
    def _one_source(self) -> ResponsePatientsTable:
        if (self.file is None) == (self.adam is None):
            raise ValueError("needs `file`, or `adam`, and not both")
        if self.adam is not None and self.id is not None:
            raise ValueError("has `adam` and `id`: subjects of ADaM are joined by USUBJID")
        return self

    @property
    def files(self) -> dict[str, str]:
        """Files by their key."""
        if self.adam is not None:
            return {"adam.adsl": self.adam.adsl, "adam.adrs": self.adam.adrs}
        assert self.file is not None
        return {"file": self.file}


class PrintedResponseTable(Table):
    """``printed`` of a response comparison: a published rate that is not in data/digitized."""

    study: Annotated[Text, StringConstraints(pattern=r"^[^/]+$")] = Field(
        description="Name of the study, without a slash."
    )
    label: Text = Field(description="Name of the arm.")
    outcome: Text = Field(description="ORR, >=CR, sCR, ...")
    n: SomePatients = Field(description="Denominator.")
    events: Patients | None = Field(default=None, description="Responders, where printed.")
    percent: Percent | None = Field(default=None, description="As printed.")
    analysis_set: AnalysisSet = Field(
        default="not stated", description="Which patients were counted."
    )
    assessor: Assessor = Field(default="not stated", description="Who judged the response.")
    source: Text = Field(description="Where it is printed, in words; the report prints them.")

    @model_validator(mode="after")
    def _count_or_percent(self) -> PrintedResponseTable:
        if self.events is None and self.percent is None:
            raise ValueError("needs `events` or `percent`")
        return self


class ResponseSideTable(Table):
    """``treatment`` or ``comparator`` of a response comparison."""

    trial: Name | None = Field(default=None, description="Study in data/digitized ...")
    arm: Name | None = Field(default=None, description="... its arm ...")
    outcome: Text | None = Field(
        default=None, description="... its outcome, such as ORR or >=CR ..."
    )
    cut: Text | None = Field(default=None, description="... and its data cut.")
    n: SomePatients | None = Field(
        default=None, description="Denominator, where several are published."
    )
    patients: ResponsePatientsTable | None = Field(
        default=None, description="Treatment: your own patients, in place of all these."
    )
    printed: PrintedResponseTable | None = Field(
        default=None, description="A published rate with its source, in place of all these."
    )

    @model_validator(mode="after")
    def _one_source(self) -> ResponseSideTable:
        check_one_source(self, ("trial", "arm", "outcome", "cut"), "n")
        return self


class ResponseTargetTable(BaselineTargetTable):
    """``responses.adjust``: weight your own patients to a published baseline."""

    variance: ResponseVariance | None = Field(
        default=None,
        description="Which standard error leads: HC3 (when left out) or HC0, sandwiches that take "
        "the weights as known, M-estimation or bootstrap.",
    )
    zero_cells: ZeroCells = Field(
        default="refuse",
        description="add half: where everybody or nobody of an arm responds, add 0.5 to every "
        "cell; there is then no other standard error beside it.",
    )

    @model_validator(mode="after")
    def _variance_fits(self) -> ResponseTargetTable:
        self.check_variance(self.variance)
        return self


class ResponseComparisonTable(AssumedTable):
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

    def own_files(self) -> Iterator[tuple[str, str]]:
        """Key and path of each file of the user's own that it names."""
        if self.treatment.patients is not None:
            for key, file in self.treatment.patients.files.items():
                yield f"treatment.patients.{key}", file
        if self.adjust is not None:
            for key, file in self.adjust.own_files():
                yield f"adjust.{key}", file

    @property
    def matched(self) -> tuple[str, ...]:
        """Covariates that the treatment's patients are matched on."""
        return self.adjust.covariates if self.adjust is not None else ()
