"""Hazard ratio of an unanchored MAIC, over the draws of a rebuilt comparator where it has any.

With draws the weighted hazard ratio has in each of them the variance of one method, as against a
single data set, and Rubin's rules pool them. The weights rest on the treatment's patients and the
target alone and are the same in every draw. A bootstrap that takes each replicate from a draw holds
both errors too, without this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from survcomp.comparison.matching_adjusted.unanchored import (
    SMALL_ESS,
    unanchored_assumptions,
    weighted_pairs,
)
from survcomp.comparison.matching_adjusted.variance import known_weight_variances, maic_variances
from survcomp.comparison.matching_adjusted.variance_result import (
    FEW,
    WORDS,
)
from survcomp.comparison.reweighting.matching import Matching
from survcomp.comparison.two_arms.compatibility import compared_outcome
from survcomp.comparison.two_arms.cox import cox_contrast
from survcomp.errors import InputError
from survcomp.estimation.over_draws.pairs import PairedDraws
from survcomp.values.checks import check_option
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.draws import Patients, assumes_censoring
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.weights import Weights, WeightScale, check_weights

DrawVariance = Literal["robust", "ESS-scaled", "M-estimation"]
"""Variances that a single data set has; a bootstrap resamples the draws itself."""


def unanchored_maic(
    treatment: IPD,
    comparator: Patients,
    weights: Weights,
    *,
    outcome: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    scale: WeightScale | None = None,
    variance: DrawVariance | None = None,
    population: Population | None = None,
    level: float = 0.95,
) -> Contrast:
    """Hazard ratio after weighting the treatment's patients to the comparator's population.

    Parameters
    ----------
    treatment : IPD
        The weighted arm, without patients left out.
    comparator : IPD, Reconstruction or Ensemble
        The comparator's patients, usually rebuilt from its published curve. A reconstruction
        with draws is compared over them; its one data set is asked for by passing its `ipd`.
    weights : Weights
        From `survcomp.adjustment.maic_weights`, joined by identifier.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    assumptions : mapping of str to str, optional
        As for `naive_hazard_ratio`; and "target_population", in words, where the baseline
        that the weights aim at is of another analysis set than the comparator's curve.
    scale : {"raw", "n", "ess"}, optional
        Against one data set, the scale of the weights beside the comparator's, which count 1
        each; "raw" when left out.
    variance : {"robust", "ESS-scaled", "M-estimation"}, optional
        Over draws, the variance in each of them; when left out ESS-scaled where the effective
        sample size is below 50, else robust. Against one data set it is robust, and
        `maic_variances` has the others.
    population : Population, optional
        The target that the weights were fitted to, needed for M-estimation and for it only.
    level : float
        Confidence level.

    Returns
    -------
    Contrast
        Measure "log_hr". Against one data set the robust (Lin-Wei) standard error takes the
        weights as known. Over draws `se` is the total of `se_sampling` and `se_reconstruction`,
        the interval holds both errors (see `pool`), and there is no p value.

    Raises
    ------
    IncompatibleError
        If the weights belong to other patients, the two may not be compared, or the baseline
        weighted to is of another analysis set and that is not named.
    InputError
        If an assumption is named that is no mismatch, an option is not allowed or does not go
        with the others, or a draw has no finite hazard ratio.

    References
    ----------
    Signorovitch JE et al. (2012), Value Health 15:940. Phillippo DM et al. (2016), NICE DSU
    Technical Support Document 18. Rubin DB (1987). Multiple Imputation for Nonresponse in
    Surveys. Wiley.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Ensemble, Mean, Population, maic_weights, unanchored_maic
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10})
    >>> a = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                    covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=29, name="B's trial")
    >>> weights = maic_weights(a, target, match=["x"])
    >>> draws = tuple(
    ...     IPD.from_times([k * t for t in range(1, 30)], [], arm="B", time_unit="months")
    ...     for k in (0.9, 1, 1.1))
    >>> b = Ensemble(draws=draws, method="piecewise exponential", curve_id="T/B/OS")
    >>> effect = unanchored_maic(a, b, weights, outcome="OS")
    >>> round(effect.se_sampling, 3), round(effect.se_reconstruction, 3)
    (0.286, 0.203)
    """
    check_weights(weights)
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    pairs = weighted_pairs(treatment, comparator, weights)
    words = unanchored_assumptions(treatment, pairs.comparator[0], weights, assumptions)
    if not pairs.several:
        if variance is not None or population is not None:
            raise InputError(
                "`variance` and `population` go with a comparator that has draws; against one data "
                "set see maic_variances."
            )
        return _one_data_set(pairs, weights, words, outcome, scale or "raw", level)
    if scale is not None:
        raise InputError("`scale` goes with one data set; over draws it follows from `variance`.")
    chosen = _chosen(variance, weights, population)
    base = _one_data_set(pairs, weights, words, outcome, "raw", level)
    how: dict[str, Any] = {"outcome": outcome, "assumptions": assumptions, "level": level}
    if population is None:
        table = known_weight_variances(treatment, comparator, weights, **how)
    else:
        matching = Matching(population, match=[name for name, _ in weights.coefficients])
        table = maic_variances(treatment, comparator, matching, **how)
    row = table.row(chosen)
    return replace(
        base.with_numbers(row.numbers, over_draws=row.over_draws),
        interval=f"{table.interval_label}; {row.words}",
        method=f"unanchored MAIC, {weights.method}, matched on {', '.join(weights.matched)}; "
        f"weighted Cox model, Efron ties, weights on the {row.scale} scale; standard error in "
        f"each draw: {WORDS[chosen]}; pooled by Rubin's rules over {pairs.words}",
        assumes_censoring=assumes_censoring(*pairs.patients),
    )


def _one_data_set(
    pairs: PairedDraws,
    weights: Weights,
    words: tuple[str, ...],
    outcome: str,
    scale: WeightScale,
    level: float,
) -> Contrast:
    """The effect against the first data set."""
    notes = [f"Effective sample size {weights.ess:.1f} of {weights.n}."]
    if weights.ess < SMALL_ESS:
        notes.append(
            f"The effective sample size is below {SMALL_ESS:g}: few patients carry the estimate, "
            "and no variance method is reliable."
        )
    return cox_contrast(
        pairs.treatment[0],
        pairs.comparator[0],
        outcome=outcome,
        population=weights.population,
        derivation=Derivation(
            method=f"unanchored MAIC, matched on {', '.join(weights.matched)}; weighted Cox model, "
            f"Efron ties, robust variance, weights on the {scale} scale",
            adjustment="weighting",
            assumptions=words,
            notes=tuple(notes),
        ),
        weights=weights,
        scale=scale,
        level=level,
    )


def _chosen(
    variance: DrawVariance | None, weights: Weights, population: Population | None
) -> DrawVariance:
    """The method, or the default of the effective sample size."""
    chosen = variance or ("ESS-scaled" if weights.ess < FEW else "robust")
    check_option(chosen, DrawVariance, name="variance")
    if (chosen == "M-estimation") != (population is not None):
        raise InputError(
            "`population` is needed with variance='M-estimation', and goes with it only; got "
            f"variance={chosen!r} {'without' if population is None else 'with'} one."
        )
    return chosen
