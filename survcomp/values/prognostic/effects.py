"""`PrognosticEffect`: a published effect of a baseline covariate on an endpoint.

It is what links imputed covariates to the outcome, so it says what the covariate means, in
which model and for which endpoint it was estimated, and how uncertain it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import check_interval, check_option, check_text
from survcomp.values.quantiles import normal_quantile

EffectModel = Literal["multivariable", "univariable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrognosticFactor:
    """A baseline covariate of which an effect is published: what, on what, in whom, and where.

    Attributes
    ----------
    covariate, definition, endpoint, source, patients : str
        As in `PrognosticEffect`.

    Examples
    --------
    >>> import survcomp as sc
    >>> factor = sc.PrognosticFactor(covariate="emd", definition="extramedullary disease",
    ...                              endpoint="PFS", source="S4", patients="218 after ide-cel")
    >>> effect = sc.PrognosticEffect.from_interval(
    ...     factor, hazard_ratio=1.40, ci_low=1.03, ci_high=1.91, model="multivariable")
    >>> round(effect.log_hr, 3)
    0.336
    """

    covariate: str
    definition: str
    endpoint: str
    source: str
    patients: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrognosticEffect:
    """Published log hazard ratio of one baseline covariate.

    Attributes
    ----------
    covariate : str
        Name, as in the populations it is used with.
    definition : str
        How the publication defines it, word for word as the populations do; an effect
        without definition cannot be used.
    log_hr : float
        Log hazard ratio: with against without, or for one unit more of a continuous one.
    se : float
        Its standard error, above 0.
    model : {"multivariable", "univariable"}
        Whether it is adjusted for the other effects that it is used with.
    endpoint : str
        Endpoint of the model, such as "PFS".
    source : str
        Id of the citation. Univariable effects of one source are taken to be of the same
        patients, so that their errors are correlated as the covariates are.
    patients : str
        In whom it was estimated, in words.
    note : str
        Remark.

    Examples
    --------
    >>> from survcomp import PrognosticEffect, PrognosticFactor
    >>> factor = PrognosticFactor(
    ...     covariate="high_risk", definition="del(17p), t(4;14) or t(14;16)", endpoint="PFS",
    ...     source="P1")
    >>> effect = PrognosticEffect.from_interval(
    ...     factor, hazard_ratio=1.6, ci_low=1.1, ci_high=2.33, model="multivariable")
    >>> print(effect)
    high_risk: HR 1.60 (log HR 0.470, SE 0.191), multivariable, PFS [P1]
    """

    covariate: str
    definition: str
    log_hr: float
    se: float
    model: EffectModel
    endpoint: str
    source: str
    patients: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("covariate", "endpoint", "source"):
            check_text(getattr(self, name), name=f"effect.{name}")
        check_option(self.model, EffectModel, name="effect.model")
        if not math.isfinite(self.log_hr):
            raise InputError(f"`effect.log_hr` must be finite; got {self.log_hr!r}.")
        if not (math.isfinite(self.se) and self.se > 0):
            raise InputError(
                f"`effect.se` of {self.covariate!r} must be above 0; got {self.se!r}. An effect "
                "of unknown uncertainty cannot be used."
            )

    @classmethod
    def from_interval(
        cls,
        factor: PrognosticFactor,
        *,
        hazard_ratio: float,
        ci_low: float,
        ci_high: float,
        model: EffectModel,
        level: float = 0.95,
        note: str = "",
    ) -> PrognosticEffect:
        """Make an effect from a hazard ratio and its interval, as publications print them.

        The standard error is the width of the interval on the log scale over twice the
        normal quantile, which takes the interval to be a Wald interval.

        Raises
        ------
        InputError
            If a ratio is not above 0, or the interval does not hold the estimate.
        """
        for name, value in (("hazard_ratio", hazard_ratio), ("ci_low", ci_low)):
            if not value > 0:
                raise InputError(f"`effect.{name}` must be above 0; got {value!r}.")
        check_interval(hazard_ratio, ci_low, ci_high, name="effect")
        return cls(
            covariate=factor.covariate,
            definition=factor.definition,
            log_hr=math.log(hazard_ratio),
            se=math.log(ci_high / ci_low) / (2 * normal_quantile(level)),
            model=model,
            endpoint=factor.endpoint,
            source=factor.source,
            patients=factor.patients,
            note=note,
        )

    @property
    def hazard_ratio(self) -> float:
        """The hazard ratio itself."""
        return math.exp(self.log_hr)

    def __str__(self) -> str:
        return (
            f"{self.covariate}: HR {self.hazard_ratio:.2f} (log HR {self.log_hr:.3f}, SE "
            f"{self.se:.3f}), {self.model}, {self.endpoint} [{self.source}]"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row: ``covariate definition estimate se model endpoint source patients``."""
        return pd.DataFrame(
            [
                {
                    "covariate": self.covariate,
                    "definition": self.definition,
                    "estimate": self.log_hr,
                    "se": self.se,
                    "model": self.model,
                    "endpoint": self.endpoint,
                    "source": self.source,
                    "patients": self.patients,
                }
            ]
        )
