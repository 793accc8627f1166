"""What `maic` is asked for, and the parts that both its kinds share."""

from __future__ import annotations

from typing import NamedTuple

from survcomp.adjustment.diagnostics.overlap import Overlap, target_overlap
from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.matching_adjusted.left_out import still_to_match
from survcomp.comparison.matching_adjusted.settings import MaicSettings
from survcomp.comparison.matching_adjusted.variance import (
    SurvivalEffect,
)
from survcomp.comparison.matching_adjusted.variance_result import (
    MaicVariance,
    VarianceTable,
)
from survcomp.comparison.reweighting.kinds import TwoStage
from survcomp.comparison.reweighting.matching import Matching
from survcomp.errors import InputError
from survcomp.values.checks import Rng
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.weights import Weights


class Asked(NamedTuple):
    """What `maic` is asked for beside the two that are compared."""

    target: Population
    match: tuple[str, ...]
    outcome: str | None
    effect: SurvivalEffect
    bootstrap: int | Resampling
    rng: Rng
    how: MaicSettings

    @property
    def resampling(self) -> Resampling | None:
        """How replicates are drawn, where there are any."""
        wanted, level = self.bootstrap, self.how.level
        if isinstance(wanted, Resampling):
            if wanted.level != level:
                raise InputError(
                    f"`bootstrap` has level {wanted.level:g} and `settings` {level:g}."
                )
            return wanted
        if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 0:
            raise InputError(
                "`bootstrap` must be a whole number of replicates, 0 for none, or a Resampling; "
                f"got {wanted!r}."
            )
        return Resampling(replicates=wanted, level=level) if wanted else None


def weights_asked(treatment: IPD, asked: Asked, arm: str = "") -> Weights:
    """Weights of the kind asked for; of two stages where the treated arm is named."""
    kind, how = asked.how.weighting, asked.how
    if isinstance(kind, TwoStage):
        if not arm:
            raise InputError("`weighting`: two stages are for an anchored comparison.")
        return kind.of(
            treatment,
            asked.target,
            match=asked.match,
            treatment=arm,
            all_or_none=how.all_or_none,
            missing=how.missing,
        )
    return kind.of(
        treatment,
        asked.target,
        match=asked.match,
        all_or_none=how.all_or_none,
        missing=how.missing,
    )


def overlap_asked(treatment: IPD, asked: Asked) -> Overlap:
    """Where the target lies among the patients."""
    return target_overlap(
        treatment,
        asked.target,
        match=asked.match,
        all_or_none=asked.how.all_or_none,
        missing=asked.how.missing,
    )


def matching_asked(weights: Weights, asked: Asked) -> Matching:
    """What every replicate estimates again, among patients who are not left out."""
    match = still_to_match(weights)
    if not match:
        raise InputError(
            "`bootstrap`: every covariate is matched by leaving patients out; there are no "
            "weights to estimate."
        )
    return Matching(asked.target, match=match, weighting=asked.how.weighting)


def leading(table: VarianceTable, how: MaicSettings) -> MaicVariance:
    """The method asked for, or the default of the effective sample size."""
    names = [row.method for row in table.rows]
    if how.variance is not None and how.variance not in names:
        raise InputError(f"`variance` is {how.variance!r}; these weights have {', '.join(names)}.")
    return how.variance or table.default.method
