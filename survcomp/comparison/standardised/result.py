"""What a model-based standardisation found, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from survcomp.adjustment.imputed.usable_effects import SkippedEffect
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.shown import in_a_line


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariateShift:
    """What one covariate contributes to the adjustment.

    Attributes
    ----------
    covariate, definition, source : str
        The covariate, what it means everywhere, and who published its effect.
    moment : str
        What `own` and `target` are: "proportion", "mean" or "median".
    log_hr : float
        Effect used, jointly with the other covariates.
    own, target : float
        In the patients weighted, as imputed, and in the target population.
    shift : float
        Sign times log_hr (target - own), on the scale of the comparison's log hazard ratio.
    """

    covariate: str
    definition: str
    source: str
    moment: str
    log_hr: float
    own: float
    target: float
    shift: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectsScaled:
    """The adjusted contrast with every effect multiplied by `factor`."""

    factor: float
    contrast: Contrast


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAdjustment:
    """The result of an analysis that published data do not allow to adjust.

    Attributes
    ----------
    naive : Contrast
        The comparison as it is.
    missing : str
        What an adjustment would need, in words.
    skipped : tuple of SkippedEffect
        Published effects that could not be used, each with the reason.

    Examples
    --------
    >>> import survcomp as sc
    >>> a, b = (sc.IPD.from_times(range(first, 41), [10] * 10, arm=name, time_unit="months",
    ...                           origin="observed", censoring="observed")
    ...         for first, name in ((8, "A"), (1, "B")))
    >>> ours, other = (
    ...     sc.Population.from_moments(
    ...         [sc.Proportion(name="stage_3", value=share, definition="ISS III")], n=43, name=name)
    ...     for share, name in ((0.2, "A's trial"), (0.4, "B's trial")))
    >>> nothing = sc.standardised_hazard_ratio(
    ...     a, b, sc.Standardisation(effects=[], baseline=ours, target=other), outcome="OS", rng=1)
    >>> print(nothing.naive)
    HR 0.83 (95% CI 0.52 to 1.32)
    >>> print(nothing.missing)
    no published prognostic effect was given
    """

    naive: Contrast
    missing: str
    skipped: tuple[SkippedEffect, ...] = ()

    def __str__(self) -> str:
        return f"no adjustment possible: {self.missing}. Naive: {self.naive}."

    def to_frame(self) -> pd.DataFrame:
        """One row, the naive contrast: ``analysis value ci_low ci_high se``."""
        return _rows([("naive; no adjustment possible", self.naive)])

    def _repr_html_(self) -> str:
        return f"<p>{_escaped(str(self))}</p>{self.to_frame().to_html(index=False)}"

    __repr__ = in_a_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Standardised:
    """A model-based standardisation with published effects, and all that belongs beside it.

    Attributes
    ----------
    adjusted : Contrast
        Mean over the imputations, interval by bootstrap-then-impute: `se` is the total of
        sampling, reconstruction, effects and the Monte Carlo error of the mean.
    rubin : Contrast
        The same mean with Rubin's rules: `se_sampling` takes the weights as known,
        `se_reconstruction` is the error between imputations (reconstruction, effects and
        imputation together).
    naive : Contrast
        Without adjustment.
    shift : float
        Sum of the covariates' shifts: what the adjustment amounts to, on the log HR scale.
    shift_se : float
        Its standard error from the effects' errors alone.
    covariates : tuple of CovariateShift
        What each covariate contributes.
    sensitivity : tuple of EffectsScaled
        With the effects scaled.
    skipped : tuple of SkippedEffect
        Published effects that were not used, each with the reason.
    ess : float
        Mean effective sample size of the weights. It falls as fast where the rows have no
        link to the outcome, so it says nothing about how much was adjusted.
    n : int
        Patients weighted.
    imputations, replicates : int
        Imputations behind the mean; bootstrap replicates, with two imputations each.
    n_failed_imputations, n_failed : int
        Those of each without weights or without a finite hazard ratio; left out of the
        numbers above.
    notes : tuple of str
        What carries the link to the outcome, in words.

    Examples
    --------
    >>> import survcomp as sc
    >>> a, b = (sc.IPD.from_times(range(first, 41), [10] * 10, arm=name, time_unit="months",
    ...                           origin="observed", censoring="observed")
    ...         for first, name in ((8, "A"), (1, "B")))
    >>> ours, other = (
    ...     sc.Population.from_moments(
    ...         [sc.Proportion(name="stage_3", value=share, definition="ISS III")], n=43, name=name)
    ...     for share, name in ((0.2, "A's trial"), (0.4, "B's trial")))
    >>> factor = sc.PrognosticFactor(
    ...     covariate="stage_3", definition="ISS III", endpoint="OS", source="P1")
    >>> effect = sc.PrognosticEffect.from_interval(
    ...     factor, hazard_ratio=2.0, ci_low=1.5, ci_high=2.7, model="multivariable")
    >>> result = sc.standardised_hazard_ratio(
    ...     a, b, sc.Standardisation(effects=[effect], baseline=ours, target=other), outcome="OS",
    ...     settings=sc.StandardisationSettings(imputations=20, replicates=50), rng=1)
    >>> print("naive", result.naive)
    naive HR 0.83 (95% CI 0.52 to 1.32)
    >>> print("standardised", result.adjusted)
    standardised HR 0.91 (95% CI 0.62 to 1.33)
    """

    adjusted: Contrast
    rubin: Contrast
    naive: Contrast
    shift: float
    shift_se: float
    covariates: tuple[CovariateShift, ...]
    sensitivity: tuple[EffectsScaled, ...]
    skipped: tuple[SkippedEffect, ...]
    ess: float
    n: int
    imputations: int
    replicates: int
    n_failed_imputations: int
    n_failed: int
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"model-based standardisation: {self.adjusted}; shift of the log HR by the published "
            f"effects {self.shift:+.3f} (SE {self.shift_se:.3f}); naive: {self.naive}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an analysis: ``analysis value ci_low ci_high se``; `se` is of the log HR."""
        return _rows(
            [
                ("standardised, bootstrap-then-impute", self.adjusted),
                ("standardised, Rubin's rules", self.rubin),
                ("naive", self.naive),
                *((f"effects x {row.factor:g}", row.contrast) for row in self.sensitivity),
            ]
        )

    def shift_frame(self) -> pd.DataFrame:
        """One row a covariate: what it contributes to the shift."""
        return pd.DataFrame(
            [{name: getattr(row, name) for name in row.__slots__} for row in self.covariates]
        )

    def _repr_html_(self) -> str:
        return (
            f"<p>{_escaped(str(self))}</p>{self.to_frame().to_html(index=False)}"
            f"{self.shift_frame().to_html(index=False)}"
        )

    __repr__ = in_a_line


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _rows(named: list[tuple[str, Contrast]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "analysis": name,
                "value": contrast.value,
                "ci_low": contrast.ci_low,
                "ci_high": contrast.ci_high,
                "se": contrast.se,
            }
            for name, contrast in named
        ]
    )
