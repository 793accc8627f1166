"""`maic`: a matching-adjusted indirect comparison in one call, from its parts."""

from __future__ import annotations

from collections.abc import Sequence

from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.bootstrap.effects import HazardRatioEffect, RMSTDifferenceEffect
from survcomp.comparison.matching_adjusted.asked import Asked
from survcomp.comparison.matching_adjusted.result import MAIC
from survcomp.comparison.matching_adjusted.run_anchored import run_anchored
from survcomp.comparison.matching_adjusted.run_unanchored import run_unanchored
from survcomp.comparison.matching_adjusted.settings import MaicEstimand, MaicKind, MaicSettings
from survcomp.comparison.matching_adjusted.variance import (
    SurvivalEffect,
)
from survcomp.errors import InputError
from survcomp.values.checks import Rng, check_option, check_type
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.draws import Patients
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population


def maic(
    treatment: IPD,
    comparator: Patients | Contrast,
    target: Population,
    *,
    match: Sequence[str],
    kind: MaicKind,
    estimand: MaicEstimand,
    outcome: str | None = None,
    horizon: float | None = None,
    bootstrap: int | Resampling = 0,
    rng: Rng = 1,
    settings: MaicSettings | None = None,
) -> MAIC:
    """Matching-adjusted indirect comparison: weights, effects, errors and diagnostics in one.

    Parameters
    ----------
    treatment : IPD
        One's own patients with their covariates: the treated arm (unanchored), or both arms
        of one's own randomised trial (anchored).
    comparator : IPD, Reconstruction, Ensemble or Contrast
        Unanchored, the comparator's patients, usually rebuilt from its published curve; over
        its draws where it has any. Anchored, the published effect of the other treatment
        against the common comparator, whose name is that of an arm of one's own trial.
    target : Population
        Published baseline that is weighted to.
    match : sequence of str
        Covariates to match, as for `maic_weights`.
    kind : {"anchored", "unanchored"}
        Has to be said: unanchored, *every* prognostic factor and effect modifier must be
        matched; anchored, every effect modifier.
    estimand : {"marginal HR", "marginal RMST difference"}
        Has to be said: the measure, in the population of the target. Weighting gives marginal
        effects only; an anchored comparison gives hazard ratios.
    outcome : str, optional
        Endpoint; it may be left out where the patients state it.
    horizon : float, optional
        Upper limit of the areas of an RMST difference, in the patients' time unit.
    bootstrap : int or Resampling
        Replicates, 0 for none; percentile intervals unless a `Resampling` says otherwise.
    rng : int or Generator
        Seed of the bootstrap.
    settings : MaicSettings, optional
        Kind of weights, the standard error that leads, assumptions, level.

    Returns
    -------
    MAIC
        `.naive`, `.adjusted`, `.ess`, `.balance`, `.variances`, `.bootstrap`, and figures by
        `.plot_km()`, `.plot_weights()`, `.plot_balance()` and `.plot_effects()`.

    Raises
    ------
    InputError
        If an option is not allowed or does not go with the others, or a variance is asked
        for that these weights have not.
    InfeasibleTargetError
        If the patients cannot be weighted to the target.
    IncompatibleError
        If the two may not be compared, or not without naming an assumption.

    References
    ----------
    Signorovitch JE et al. (2010), PharmacoEconomics 28:935; (2012), Value Health 15:940.
    Phillippo DM et al. (2016), NICE DSU Technical Support Document 18.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, Population, maic
    >>> frame = pd.DataFrame({"t": range(1, 101), "e": 1, "age": [55, 70, 60, 65] * 25})
    >>> mine = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                       covariates=["age"], label="A")
    >>> theirs = IPD.from_times(range(1, 60), [], arm="B", time_unit="months")
    >>> target = Population.from_moments([Mean(name="age", value=64)], n=59, name="B's trial")
    >>> print(maic(mine, theirs, target, match=["age"], kind="unanchored",
    ...            estimand="marginal HR", outcome="OS", bootstrap=200))
    naive  HR 0.34 (95% CI 0.23 to 0.49)
    MAIC   HR 0.34 (95% CI 0.24 to 0.47)
    Unanchored, weighted to B's trial: effective sample size 93.2 of 100; target inside their range
    """
    check_type(treatment, IPD, name="treatment", taken="one's own patients (IPD)")
    check_type(target, Population, name="target", taken="a Population, as from_moments gives it")
    how = MaicSettings() if settings is None else settings
    check_type(how, MaicSettings, name="settings", taken="MaicSettings(...)")
    check_option(kind, MaicKind, name="kind")
    check_option(estimand, MaicEstimand, name="estimand")
    asked = Asked(
        target, tuple(_names(match)), outcome, _effect(estimand, horizon), bootstrap, rng, how
    )
    _check_goes_with(kind, comparator, asked.effect)
    if isinstance(comparator, Contrast):
        return run_anchored(treatment, comparator, asked)
    return run_unanchored(treatment, comparator, asked)


def _names(match: Sequence[str]) -> Sequence[str]:
    if not isinstance(match, list | tuple) or not match:
        raise InputError(
            f"`match` must be a list that names at least one covariate; got {match!r}."
        )
    return match


def _check_goes_with(
    kind: MaicKind, comparator: Patients | Contrast, effect: SurvivalEffect
) -> None:
    if kind == "unanchored" and isinstance(comparator, Contrast):
        raise InputError(
            "`comparator` of an unanchored comparison is patients; got a Contrast. A published "
            "effect against a common comparator goes with kind='anchored'."
        )
    if kind == "anchored" and not isinstance(comparator, Contrast):
        raise InputError(
            "`comparator` of an anchored comparison is the published effect of the other "
            f"treatment, a Contrast; got {type(comparator).__name__}. Patients of the other arm "
            "are compared with kind='unanchored'."
        )
    if kind == "anchored" and not isinstance(effect, HazardRatioEffect):
        raise InputError("`estimand`: an anchored comparison is of 'marginal HR'.")


def _effect(estimand: MaicEstimand, horizon: float | None) -> SurvivalEffect:
    if estimand == "marginal HR":
        if horizon is not None:
            raise InputError("`horizon` goes with estimand='marginal RMST difference'.")
        return HazardRatioEffect()
    if horizon is None:
        raise InputError("`horizon` must be given with estimand='marginal RMST difference'.")
    return RMSTDifferenceEffect(horizon=horizon)
