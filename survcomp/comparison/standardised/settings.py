"""What a model-based standardisation is asked for, and how it is worked out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from survcomp.errors import InputError
from survcomp.values.checks import check_option
from survcomp.values.populations.population import Population
from survcomp.values.prognostic.correlation import Correlation
from survcomp.values.prognostic.effects import PrognosticEffect
from survcomp.values.quantiles import normal_quantile
from survcomp.values.shown import in_a_line, in_a_table

Weighted = Literal["treatment", "comparator"]
FACTORS = (0.5, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standardisation:
    """Whose patients are standardised to whose population, and by which published effects.

    Attributes
    ----------
    effects : sequence of PrognosticEffect
        Published effects. Those of another endpoint, or of a covariate that the effect and
        both baseline tables do not define in the same words, are skipped, and listed.
    baseline : Population
        Of the arm that is weighted.
    target : Population
        Of the other arm.
    weighted : {"treatment", "comparator"}
        Whose patients are weighted to the other's population.
    correlation : Correlation, optional
        Of the covariates. Several univariable effects are refused without it.
        Multivariable ones are imputed with independent covariates where it is left out.

    Raises
    ------
    InputError
        If `weighted` is neither.

    Examples
    --------
    >>> from survcomp import Population, PrognosticEffect, Proportion, Standardisation
    >>> ours, theirs = (
    ...     Population.from_moments(
    ...         [Proportion(name="stage_3", value=share, definition="ISS stage III")],
    ...         n=100, name=name)
    ...     for name, share in (("our trial", 0.2), ("their trial", 0.4)))
    >>> effect = PrognosticEffect(
    ...     covariate="stage_3", definition="ISS stage III", log_hr=0.7, se=0.15,
    ...     model="multivariable", endpoint="OS", source="P1")
    >>> Standardisation(effects=[effect], baseline=ours, target=theirs).weighted
    'treatment'
    """

    effects: Sequence[PrognosticEffect]
    baseline: Population
    target: Population
    weighted: Weighted = "treatment"
    correlation: Correlation | None = None

    def __post_init__(self) -> None:
        check_option(self.weighted, Weighted, name="weighted")

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardisationSettings:
    """How many imputations and replicates, and which sensitivity analyses.

    Attributes
    ----------
    factors : sequence of float
        Factors of the effects in the sensitivity analyses.
    imputations : int
        Imputations M behind the estimate, at least 2; imputation m uses draw m.
    replicates : int
        Bootstrap replicates, at least 20.
    level : float
        Confidence level.

    Raises
    ------
    InputError
        If an option is not allowed.

    Examples
    --------
    >>> from survcomp import StandardisationSettings
    >>> StandardisationSettings(replicates=1000).factors
    (0.5, 1.5)
    """

    factors: Sequence[float] = FACTORS
    imputations: int = 100
    replicates: int = 500
    level: float = 0.95

    def __post_init__(self) -> None:
        for name, least in (("imputations", 2), ("replicates", 20)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(
                    f"`{name}` must be a whole number of at least {least}; got {value!r}."
                )
        for factor in self.factors:
            if not (math.isfinite(factor) and factor >= 0):
                raise InputError(f"`factors` must be finite and at least 0; got {factor!r}.")
        normal_quantile(self.level)
