"""`Matching`: which population patients are weighted to, on what, and by which weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field

from survcomp.comparison.reweighting.kinds import (
    Entropy,
    MatchedWeighting,
    TwoStage,
    check_matched,
)
from survcomp.errors import InputError
from survcomp.values.checks import check_option, check_type
from survcomp.values.populations.population import Population
from survcomp.values.shown import in_a_line, in_a_table
from survcomp.values.weights import WeightScale


@dataclass(frozen=True, slots=True)
class Matching:
    """How patients are weighted to a published population.

    Attributes
    ----------
    population : Population
        The target, held fixed.
    match : sequence of str
        Covariates, or single moments, as for `maic_weights`.
    weighting : Entropy, MaxESS, WithinTolerance or TwoStage
        The kind of weights; `Entropy()`, those of `maic_weights`, when left out. Two stages
        are for a trial of two arms.
    scale : {"raw", "n", "ess"}
        Scale of the weights; only a hazard ratio depends on it.

    Raises
    ------
    InputError
        If `scale` is not one of these, or `match` is one text.

    Examples
    --------
    >>> from survcomp import Matching, Mean, Population
    >>> target = Population.from_moments([Mean(name="age", value=61)], n=128, name="B's trial")
    >>> Matching(target, match=["age"]).weighting
    Entropy()
    """

    population: Population
    _: KW_ONLY
    match: Sequence[str]
    weighting: MatchedWeighting | TwoStage = field(default_factory=Entropy)
    scale: WeightScale = "raw"

    def __post_init__(self) -> None:
        check_type(self.population, Population, name="population", taken="a Population")
        if isinstance(self.match, str):
            raise InputError(
                "`match` must be a list that names at least one covariate to match on; got "
                f"{self.match!r}."
            )
        object.__setattr__(self, "match", tuple(self.match))
        check_option(self.scale, WeightScale, name="scale")

    @property
    def kind(self) -> MatchedWeighting:
        """The kind of weights, where they need no comparator of one's own.

        Raises
        ------
        InputError
            If they do.
        """
        return check_matched(self.weighting)

    __repr__ = in_a_line
    _repr_html_ = in_a_table
