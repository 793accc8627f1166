"""``[settings]`` of an analysis.toml: choices that hold for the whole analysis."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from survcomp.analysis.plan.tables.fields import Seed
from survcomp.estimation.survival_curve import CITransform
from survcomp.evidence.trial_folders.fields import Level, Table

MOST_DRAWS = 2000
FEWEST_DRAWS = 10


def _none_or_enough(draws: int) -> int:
    if draws != 0 and not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        raise ValueError(f"must be 0, or from {FEWEST_DRAWS} to {MOST_DRAWS}")
    return draws


Draws = Annotated[int, Field(strict=True), AfterValidator(_none_or_enough)]


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
