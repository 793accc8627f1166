"""The keys of an analysis.toml by which its author says what no number can say."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from survcomp.evidence.trial_folders.fields import Flag, Table, Text

Availability = Literal["yes", "no", "other definition"]


class ProtocolTable(Table):
    """``[protocol]``: what was decided before looking at results."""

    prespecified: Flag = Field(description="Whether a protocol was written before the analysis.")
    reference: str = Field(default="", description="Where it is, with its date.")
    deviations: tuple[Text, ...] = Field(default=(), description="What was done differently, why.")
    analyses_run: Text = Field(description="Which analyses were run, those not shown included.")


class CovariateTable(Table):
    """``[[covariates]]``: a candidate for adjustment, most important first."""

    name: Text = Field(description="Name of the covariate.")
    role: Literal["prognostic", "effect modifier", "both", "unknown"] = Field(
        description="What it is believed to be."
    )
    source: Text = Field(description="On what that belief rests: a paper, experts, the data.")
    treatment: Availability = Field(description="Whether the treatment's side has it.")
    comparator: Availability = Field(description="Whether the comparator's side has it.")
    used: Flag = Field(description="Whether it is adjusted for.")
    reason: Text = Field(description="Why it is adjusted for, or why not.")
    bias: str = Field(
        default="", description="If not: the direction of bias that is to be expected."
    )


class BiasTable(Table):
    """``[[risk_of_bias]]``: one domain, judged in words."""

    domain: Literal[
        "confounding",
        "selection",
        "endpoint",
        "missing data",
        "reconstruction",
        "reporting",
    ] = Field(description="Where bias may come from.")
    judgement: Literal["low", "some concerns", "high", "cannot be judged"] = Field(
        description="How serious it is."
    )
    reason: Text = Field(description="Why; {{record id}} stands for the number of that record.")
