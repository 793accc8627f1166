"""The tables of a trial.toml for effects of baseline covariates, as a ratio or as rates."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from survcomp.evidence.trial_folders.fields import (
    Fraction,
    Level,
    Name,
    Patients,
    PositiveNumber,
    Published,
    SomePatients,
    Table,
    Text,
    Time,
)


class RateTable(Table):
    """``effects.subgroup`` and the like: a survival rate of some of the patients."""

    survival: Fraction = Field(description="As a fraction.")
    ci: tuple[Fraction, Fraction] = Field(description="Its interval, as fractions.")


class EffectTable(Published):
    """``[[effects]]``: a published effect of a baseline covariate on survival."""

    id: Name = Field(description="Unique in the file.")
    covariate: Name = Field(description="Name of the covariate, as in the baselines.")
    definition: str = Field(
        default="",
        description="What it means, in the words of the baselines it is used with; an effect "
        "without definition cannot be used.",
    )
    endpoint: Text = Field(description="PFS, OS, ...")
    patients: Text = Field(description="In whom it was estimated.")
    model: Literal["multivariable", "univariable"] = Field(
        default="univariable",
        description="Whether it is adjusted for the other effects it is used with.",
    )
    hazard_ratio: PositiveNumber | None = Field(
        default=None, description="As printed, with `ci`; or, in its place, rates of a subgroup."
    )
    ci: tuple[PositiveNumber, PositiveNumber] | None = Field(
        default=None, description="Its interval."
    )
    level: Level = Field(default=0.95, description="Confidence level, 0.5 to 0.999.")
    time: Time | None = Field(default=None, description="Time of the rates.")
    subgroup: RateTable | None = Field(
        default=None, description="Survival of the patients with the characteristic."
    )
    others: RateTable | None = Field(
        default=None, description="Survival of those without it, where printed ..."
    )
    everybody: RateTable | None = Field(
        default=None, description="... or of all, from which that of those without it follows."
    )
    n_subgroup: Patients | None = Field(default=None, description="Patients with it ...")
    n: SomePatients | None = Field(default=None, description="... and all, with `everybody`.")

    @model_validator(mode="after")
    def _one_form(self) -> EffectTable:
        ratio = (self.hazard_ratio, self.ci)
        rates = (self.time, self.subgroup)
        if None not in ratio and not any(rates) and self.others is None and self.everybody is None:
            return self
        if any(part is not None for part in ratio) or None in rates:
            raise ValueError("needs `hazard_ratio` and `ci`, or `time`, `subgroup` and others")
        if (self.others is None) == (self.everybody is None):
            raise ValueError("needs one of `others` and `everybody` beside `subgroup`")
        if (self.everybody is None) != (self.n_subgroup is None or self.n is None):
            raise ValueError("`n_subgroup` and `n` go with `everybody`, both of them")
        return self
