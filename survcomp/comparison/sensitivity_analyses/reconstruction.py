"""The error of the reconstruction in the result, and left out of it."""

from __future__ import annotations

import numpy as np

from survcomp.comparison.sensitivity_analyses.arms import Effect, SensitivityArms, log_hr_and_se
from survcomp.comparison.sensitivity_analyses.result import (
    SensitivityRow,
    SensitivityTable,
    attempt,
    effect_row,
    refused_row,
)
from survcomp.estimation.over_draws.pool import pool
from survcomp.values.quantiles import normal_quantile

ANALYSIS = "reconstruction uncertainty"


def reconstruction_uncertainty(arms: SensitivityArms) -> SensitivityTable:
    """The effect with the error of the reconstruction, without it, and in one data set.

    Parameters
    ----------
    arms : SensitivityArms
        With an ensemble on either side; of single data sets the table is one refused row.

    Returns
    -------
    SensitivityTable
        "on" pools the draws by Rubin's rules; "off" has their mean with the sampling error
        alone; "one data set" is the first draw.

    Examples
    --------
    >>> import survcomp as sc
    >>> curve = sc.read_trial("karmma").curve(arm="ide_cel", endpoint="PFS", cut="13.3 months")
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> a = a.with_basis(curve.basis)
    >>> b = sc.reconstruct(curve, draws=20, rng=1)
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> table = sc.comparison.reconstruction_uncertainty(arms)
    >>> print(table.to_frame()[["changed", "estimate", "se"]].round(2))
            changed  estimate    se
    0            on     -1.24  0.39
    1           off     -1.24  0.27
    2  one data set     -1.18  0.27
    """
    if len(arms.treatment) == 1:
        return SensitivityTable(rows=(refused_row(ANALYSIS, "on and off", _why_not(arms)),))
    return SensitivityTable(
        rows=(
            attempt(ANALYSIS, "on", lambda: _on(arms)),
            attempt(ANALYSIS, "off", lambda: _off(arms)),
            attempt(ANALYSIS, "one data set", lambda: _one(arms)),
        )
    )


def _why_not(arms: SensitivityArms) -> str:
    if arms.treatment[0].origin == arms.comparator[0].origin == "observed":
        return "Both arms are observed patients: nothing was rebuilt."
    return "Each side is one data set, whose error is not known: give an Ensemble."


def _fits(arms: SensitivityArms) -> np.ndarray:
    """Log hazard ratio and standard error of each draw, of shape (M, 2)."""
    weight = None
    if arms.matching is not None:
        weight = arms.matching.weights.for_ids(arms.treatment[0].id, scale=arms.scale)
    pairs = zip(arms.treatment, arms.comparator, strict=True)
    return np.array([log_hr_and_se(a, b, weight) for a, b in pairs])


def _on(arms: SensitivityArms) -> SensitivityRow:
    fits = _fits(arms)
    pooled = pool(fits[:, 0], fits[:, 1] ** 2, level=arms.level)
    note = f"{{share:.1%}} of the variance comes from rebuilding, {pooled.draws} draws."
    share = (pooled.se_reconstruction / pooled.se) ** 2
    return effect_row(ANALYSIS, "on", arms.main(), note=note, share=share)


def _off(arms: SensitivityArms) -> SensitivityRow:
    fits = _fits(arms)
    pooled = pool(fits[:, 0], fits[:, 1] ** 2, level=arms.level)
    return _sampling_row(arms, "off", pooled.value, pooled.se_sampling)


def _one(arms: SensitivityArms) -> SensitivityRow:
    estimate, se = (float(v) for v in _fits(arms)[0])
    return _sampling_row(arms, "one data set", estimate, se)


def _sampling_row(
    arms: SensitivityArms, changed: str, estimate: float, se: float
) -> SensitivityRow:
    half = normal_quantile(arms.level) * se
    ess = arms.main().ess
    effect = Effect(
        estimate=estimate, se=se, ci_low=estimate - half, ci_high=estimate + half, ess=ess
    )
    return effect_row(ANALYSIS, changed, effect, note="Sampling error only.")
