"""An unanchored MAIC over the draws of a rebuilt comparator: both errors in the interval.

In each draw the weighted hazard ratio has the variance of one method, as against a single
data set; the draws are then pooled by Rubin's rules. The weights rest on the treatment's
patients and the target alone and are the same in every draw. A bootstrap that takes each
replicate from a draw holds both errors too, without this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from survcomp.comparison.matching_adjusted.unanchored import unanchored_maic
from survcomp.comparison.matching_adjusted.variance import known_weight_variances, maic_variances
from survcomp.comparison.matching_adjusted.variance_result import FEW, WORDS, VarianceRow
from survcomp.comparison.reweighting.matching import Matching
from survcomp.comparison.two_arms.compatibility import compared_outcome
from survcomp.comparison.two_arms.paired_draws import paired_draws
from survcomp.errors import InputError
from survcomp.estimation.over_draws.pool import pool
from survcomp.values.checks import check_option
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import OverDraws
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.weights import Weights, check_weights

DrawVariance = Literal["robust", "ESS-scaled", "M-estimation"]
"""Variances that a single data set has; a bootstrap resamples the draws itself."""


def pooled_maic(
    treatment: IPD,
    comparator: Ensemble,
    weights: Weights,
    *,
    outcome: str | None = None,
    method: DrawVariance | None = None,
    population: Population | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> Contrast:
    """Hazard ratio of an unanchored MAIC over the draws of a rebuilt comparator.

    Parameters
    ----------
    treatment : IPD
        The weighted arm, without patients left out.
    comparator : Ensemble
        Draws of the comparator.
    weights : Weights
        Of the treatment's patients, joined by identifier.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    method : {"robust", "ESS-scaled", "M-estimation"}, optional
        Variance in each draw; when left out ESS-scaled where the effective sample size is
        below 50, else robust.
    population : Population, optional
        The target that the weights were fitted to, needed for M-estimation and for it only.
    assumptions : mapping of str to str, optional
        As for `unanchored_maic`.
    level : float
        Confidence level.

    Returns
    -------
    Contrast
        Measure "log_hr": `se` is the total of `se_sampling` and `se_reconstruction`, and the
        interval holds both errors (see `pool`). No p value.

    Raises
    ------
    IncompatibleError
        If the weights belong to other patients, or the two may not be compared.
    InputError
        If `method` is not allowed or does not go with `population`, or a draw has no finite
        hazard ratio.

    References
    ----------
    Rubin DB (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp.adjustment import maic_weights
    >>> from survcomp.values import Mean
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10})
    >>> a = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                    covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=29, name="B's trial")
    >>> weights = maic_weights(a, target, match=["x"])
    >>> draws = tuple(
    ...     IPD.from_times([k * t for t in range(1, 30)], [], arm="B", time_unit="months")
    ...     for k in (0.9, 1, 1.1))
    >>> b = Ensemble(draws=draws, method="piecewise exponential", curve_id="T/B/OS")
    >>> effect = pooled_maic(a, b, weights, outcome="OS")
    >>> round(effect.se_sampling, 3), round(effect.se_reconstruction, 3)
    (0.286, 0.203)
    """
    check_weights(weights)
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    chosen = _chosen(method, weights, population)
    pairs = paired_draws(treatment, comparator)

    def row(draw: IPD) -> VarianceRow:
        if population is None:
            table = known_weight_variances(
                treatment, draw, weights, outcome=outcome, assumptions=assumptions, level=level
            )
        else:
            table = maic_variances(
                treatment,
                draw,
                Matching(population, match=[name for name, _ in weights.coefficients]),
                outcome=outcome,
                assumptions=assumptions,
                level=level,
            )
        return table.row(chosen)

    rows = [row(draw) for draw in pairs.comparator]
    pooled = pool([r.estimate for r in rows], [r.se**2 for r in rows], level=level)
    first = unanchored_maic(
        treatment,
        pairs.comparator[0],
        weights,
        outcome=outcome,
        assumptions=assumptions,
        level=level,
    )
    assumed = any(ipd.censoring == "assumed" for ipd in (treatment, *pairs.comparator))
    drawn = OverDraws(draws=pooled.draws, share=pooled.share)
    return replace(
        first.with_numbers(pooled.numbers, over_draws=drawn),
        interval="sampling and reconstruction error"
        + ", under assumed censoring" * assumed
        + f"; {WORDS[chosen]}",
        method=f"unanchored MAIC, {weights.method}, matched on {', '.join(weights.matched)}; "
        f"weighted Cox model, Efron ties, weights on the {rows[0].scale} scale; standard error in "
        f"each draw: {WORDS[chosen]}; pooled by Rubin's rules over {pairs.words}",
        assumes_censoring=assumed,
    )


def _chosen(
    method: DrawVariance | None, weights: Weights, population: Population | None
) -> DrawVariance:
    """The method, or the default of the effective sample size."""
    chosen = method or ("ESS-scaled" if weights.ess < FEW else "robust")
    check_option(chosen, DrawVariance, name="method")
    if (chosen == "M-estimation") != (population is not None):
        raise InputError(
            "`population` is needed with method='M-estimation', and goes with it only; got "
            f"method={chosen!r} {'without' if population is None else 'with'} one."
        )
    return chosen
