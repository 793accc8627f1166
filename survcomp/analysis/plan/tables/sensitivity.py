"""The keys of ``[comparisons.sensitivity]``, and the library's settings that they stand for."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from survcomp.analysis.plan.tables.fields import Columns, Positive, Seed, each_once
from survcomp.comparison import CensoringSettings, ConfounderSettings, SensitivitySettings
from survcomp.comparison.sensitivity_analyses.covariates import MOST as MOST_RANKED
from survcomp.comparison.sensitivity_analyses.together import Family
from survcomp.evidence.trial_folders.fields import Flag, Table

CONFOUNDER = ConfounderSettings()
CENSORING = CensoringSettings()
SENSITIVITY = SensitivitySettings()
AT_ONCE: Literal["at once"] = "at once"
MOST_IMPUTATIONS = 1000
MOST_PATIENTS = 1000
MOST_OF_A_GRID = 50


def _ascending(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(b <= a for a, b in pairwise(values)):
        raise ValueError("must be ascending")
    return values


def _families_once(values: tuple[Family, ...]) -> tuple[Family, ...]:
    each_once(values)
    return values


Ascending = AfterValidator(_ascending)
Quantile = Annotated[float, Field(strict=True, gt=0, lt=1)]
Ratio = Annotated[float, Field(strict=True, ge=1, le=1e6)]
Difference = Annotated[float, Field(strict=True, ge=-1, le=1)]
Multiplier = Annotated[float, Field(strict=True, ge=0, le=1e6)] | Literal["at once"]


class ConfounderTable(Table):
    """``sensitivity.confounder``: the unmeasured confounders tried, and drawn."""

    mean_prevalence: Annotated[float, Field(strict=True, gt=0, lt=1)] = Field(
        default=CONFOUNDER.mean_prevalence,
        description="Mean of the confounder's prevalence on the two sides.",
    )
    differences: Annotated[
        tuple[Difference, ...], Field(min_length=2, max_length=MOST_OF_A_GRID), Ascending
    ] = Field(
        default=CONFOUNDER.differences,
        description="Prevalence with the treatment less that with the comparator, ascending; "
        "-0.6 to 0.6 by 0.1 when left out.",
    )
    hazard_ratios: Annotated[
        tuple[Ratio, ...], Field(min_length=2, max_length=MOST_OF_A_GRID), Ascending
    ] = Field(
        default=CONFOUNDER.hazard_ratios,
        description="Its effect on the hazard, at least 1, ascending; 1 to 5 when left out.",
    )

    @property
    def settings(self) -> ConfounderSettings:
        """The library's settings."""
        return ConfounderSettings(
            mean_prevalence=self.mean_prevalence,
            differences=self.differences,
            hazard_ratios=self.hazard_ratios,
        )

    @model_validator(mode="after")
    def _prevalences_exist(self) -> ConfounderTable:
        _ = self.settings  # its errors name the key
        return self


class CensoringTable(Table):
    """``sensitivity.censoring``: how the treatment's censored patients are followed on."""

    multipliers: Annotated[tuple[Multiplier, ...], Field(min_length=1)] = Field(
        default=(*(m for m in CENSORING.multipliers if math.isfinite(m)), AT_ONCE),
        description="Hazard after censoring over the hazard before it: numbers from 0 on, or "
        '"at once" for an event at once; 1, 1.5, 2, 3, 5 and "at once" when left out.',
    )
    imputations: Annotated[int, Field(strict=True, ge=2, le=MOST_IMPUTATIONS)] = Field(
        default=CENSORING.imputations,
        description="Imputed data sets, 2 to 1000, 20 when left out; as many as there are draws, "
        "if that is more.",
    )
    pieces: Annotated[int, Field(strict=True, ge=1, le=50)] = Field(
        default=CENSORING.pieces, description="Pieces of constant hazard; 4 when left out."
    )
    end: Positive | None = Field(
        default=None,
        description="Patients are followed on to this time; the treatment's longest when left out.",
    )


class SensitivityChoiceTable(Table):
    """``comparisons.sensitivity``: how far the effect moves when one thing is changed."""

    skip: Annotated[tuple[Family, ...], AfterValidator(_families_once)] = Field(
        default=(),
        description="Families that are not worked out: "
        + ", ".join(get_args(Family))
        + ". What cannot be worked out is listed with the reason by itself.",
    )
    over_draws: Flag = Field(
        default=True,
        description="Do each in every one of the `settings.draws` draws of a rebuilt side, and "
        "pool; false: in one data set a side, sampling error only.",
    )
    ranked: Annotated[Columns, Field(max_length=MOST_RANKED)] = Field(
        default=(),
        description="With `adjust`: at most 10 covariates, the most important first, of which "
        "every subset is matched.",
    )
    baseline: Columns = Field(
        default=(),
        description="For two published arms: proportions of both baselines; how strong a "
        "confounder as uneven as each would have to be.",
    )
    cuts: Annotated[tuple[Positive, ...], Ascending] = Field(
        default=(), description="Times between which the hazard ratio is given by period."
    )
    null: Annotated[tuple[Positive, ...], Field(min_length=1)] = Field(
        default=SENSITIVITY.null_hazard_ratios,
        description="Hazard ratios tested against in place of 1; 0.8 when left out.",
    )
    caps: Annotated[tuple[Quantile, ...], Field(min_length=1)] = Field(
        default=SENSITIVITY.caps,
        description="Quantiles at which weights are capped; 0.99, 0.95 and 0.9 when left out.",
    )
    tolerance: Positive = Field(
        default=SENSITIVITY.tolerance,
        description="Imbalance of the approximate weights, in standard deviations.",
    )
    patients: Annotated[int, Field(strict=True, ge=1, le=MOST_PATIENTS)] = Field(
        default=SENSITIVITY.patients,
        description="How many of the most influential patients are left out in turn; 10 when "
        "left out.",
    )
    seed: Seed = Field(
        default=CENSORING.seed, description="Seed of the imputations, 0 to 4294967295."
    )
    confounder: ConfounderTable = Field(
        default=ConfounderTable(), description="The unmeasured confounders tried."
    )
    censoring: CensoringTable = Field(
        default=CensoringTable(), description="How censored patients are followed on."
    )

    @property
    def settings(self) -> SensitivitySettings:
        """The library's settings."""
        multipliers = tuple(
            math.inf if isinstance(m, str) else m for m in self.censoring.multipliers
        )
        return SensitivitySettings(
            confounder=self.confounder.settings,
            censoring=CensoringSettings(
                multipliers=multipliers,
                imputations=self.censoring.imputations,
                pieces=self.censoring.pieces,
                end=self.censoring.end,
                seed=self.seed,
            ),
            null_hazard_ratios=self.null,
            caps=self.caps,
            tolerance=self.tolerance,
            patients=self.patients,
            ranked=self.ranked or None,
            cuts=self.cuts or None,
            skip=self.skip,
        )
