"""How a MAIC weights and works out its errors, beyond what has to be said each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from survcomp.adjustment.weighting.problem import Leave
from survcomp.comparison.matching_adjusted.variance_result import MaicVariance
from survcomp.comparison.reweighting.kinds import (
    Entropy,
    MatchedWeighting,
    MaxESS,
    TwoStage,
    WithinTolerance,
)
from survcomp.values.checks import check_option, check_type
from survcomp.values.quantiles import normal_quantile
from survcomp.values.shown import in_a_line, in_a_table

MaicKind = Literal["anchored", "unanchored"]

MaicEstimand = Literal["marginal HR", "marginal RMST difference"]
"""Effects in the target's population; weighting gives marginal ones only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaicSettings:
    """How `maic` weights and works out errors; its defaults suit most comparisons.

    Attributes
    ----------
    weighting : Entropy, MaxESS, WithinTolerance or TwoStage
        Kind of weights; two stages are for an anchored comparison.
    variance : str, optional
        The standard error that leads: "robust", "ESS-scaled", "M-estimation" or "bootstrap".
        Left out, it follows from the effective sample size; see `VarianceTable.default`.
    all_or_none, missing : {"refuse", "exclude"}
        What is done with patients that no weights can serve, or without a value; as for
        `maic_weights`. Patients left out stay in the naive comparison.
    assumptions : mapping of str to str, optional
        Words for each mismatch of the two, as for `unanchored_maic`.
    treatment_arm : str, optional
        In one's own trial of an anchored comparison, the arm of interest; the one that is not
        the published comparator when left out.
    different_comparators : str
        In an anchored comparison without a common comparator: why it is still shown.
    level : float
        Confidence level.

    Examples
    --------
    >>> from survcomp import MaicSettings
    >>> MaicSettings(variance="robust").weighting
    Entropy()
    """

    weighting: MatchedWeighting | TwoStage = field(default_factory=Entropy)
    variance: MaicVariance | None = None
    all_or_none: Leave = "refuse"
    missing: Leave = "refuse"
    assumptions: Mapping[str, str] | None = None
    treatment_arm: str | None = None
    different_comparators: str = ""
    level: float = 0.95

    def __post_init__(self) -> None:
        check_type(
            self.weighting,
            (Entropy, MaxESS, WithinTolerance, TwoStage),
            name="weighting",
            taken="Entropy(), MaxESS(), WithinTolerance(tolerance=...) or TwoStage()",
        )
        if self.variance is not None:
            check_option(self.variance, MaicVariance, name="variance")
        normal_quantile(self.level)

    __repr__ = in_a_line
    _repr_html_ = in_a_table
